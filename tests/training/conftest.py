"""A host's settings, and the supervisor that keeps them, for the tests of its rules."""

import pytest

from cnnlab.hosting import VARIABLE
from tests.training.paper import Desk


@pytest.fixture
def rules(tmp_path, monkeypatch):
    """Writes the settings file."""
    path = tmp_path / "host.toml"
    monkeypatch.setenv(VARIABLE, str(path))

    def write_rules(**rules) -> None:
        # The trainers here are the process of the tests itself, whose browsers and servers count as its own.
        said = {"free_mib": 0, "memory_mib": 2**22, "requests": 1000, "per_visitor": 100} | rules
        path.write_text("".join(f"{name} = {value!r}\n".replace("True", "true") for name, value in said.items()))

    write_rules()
    return write_rules


@pytest.fixture
def desk(tmp_path, rules) -> Desk:
    desk = Desk(tmp_path / "runs")
    yield desk
    desk.queue._base.close()
