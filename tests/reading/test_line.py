"""A refusal gets its line once, from the innermost place."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.reading import AT_LINE, Note, at, reading
from cnnlab.specs import SpecError

ROOT = Path(__file__).parents[2]
# `None` in sys.modules makes every import of that name fail.
IMPORT_ALONE = """
import importlib, pkgutil, sys
for name in ("torch", "torchvision", "streamlit"):
    sys.modules[name] = None
import cnnlab.reading
for module in pkgutil.iter_modules(cnnlab.reading.__path__, "cnnlab.reading."):
    importlib.import_module(module.name)
print(*(name for name in sys.modules if name.startswith("cnnlab.") and not name.startswith("cnnlab.reading")))
"""


def test_the_innermost_line_wins():
    with pytest.raises(SpecError) as caught, reading(), at(3), at(5):
        raise SpecError("{name} is wrong.", name="a")
    error = caught.value
    assert str(error) == "Line 5: a is wrong."
    assert (error.template, error.values["line"]) == (AT_LINE, 5)
    assert error.values["reason"].template == "{name} is wrong."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_without_a_place_it_is_the_first_line():
    with pytest.raises(SpecError, match=r"^Line 1: no\.$"), reading():
        raise SpecError("no.")


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_the_limits_of_python_are_refusals(error):
    with pytest.raises(SpecError) as caught, reading(), at(7):
        raise error
    assert str(caught.value) == "Line 1: this is nested too deeply to be read: give inner parts names."


def test_other_errors_pass():
    with pytest.raises(KeyError), reading(), at(2):
        raise KeyError


def test_a_note_reads_like_a_refusal():
    assert str(Note(3, "{old} is {new} now.", {"old": "a", "new": "b"})) == "Line 3: a is b now."


def test_only_one_message_says_the_line():
    pot = (ROOT / "locale" / "cnnlab.pot").read_text()
    assert pot.count('"Line {line}') == 1
    assert 'msgid "Line 1' not in pot


def test_the_package_needs_no_torch_no_streamlit_and_no_catalogue():
    run = subprocess.run([sys.executable, "-c", IMPORT_ALONE], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) == {"cnnlab.limits", "cnnlab.messages"}
