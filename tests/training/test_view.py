"""The page's view: what is set up, or the run that is watched."""

import pytest

from cnnlab.specs import SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.view import View

RUN = "Kx3-_abcdefghijklmnopq"


def test_a_view_carries_a_configuration_and_gives_it_back():
    config = TrainConfig(epochs=3, seed=1, classes=(1, 7))
    view = View.of(config, parent=RUN, step=40)
    assert view.config == config
    assert View.from_query(view.to_query()) == view


def test_the_link_of_a_run_names_the_run_alone():
    view = View(epochs=3, parent=RUN).watching(RUN, "b", "c", look="compare")
    assert view.to_query() == {"run": RUN, "look": "compare", "runs": "b.c"}


@pytest.mark.parametrize("query", [{"run": "../x"}, {"run": "a" * 65}, {"parent": "a/b"}, {"runs": "a.."[:2] + "/"},
                                   {"runs": ".".join(f"r{n}" for n in range(12))}, {"run": "ａ"}])  # fmt: skip
def test_what_names_no_folder_of_a_run_is_damaged(query):
    with pytest.raises(SpecError, match="The link is damaged"):
        View.from_query(query)
