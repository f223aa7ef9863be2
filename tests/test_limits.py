"""A host sets limits by the environment; what is no number ends the start with a sentence."""

import os
import subprocess
import sys

import pytest

from cnnlab import limits

NAMES = [name for name in vars(limits) if name.isupper()]


def test_every_limit_is_a_whole_number():
    assert NAMES
    assert all(type(getattr(limits, name)) is int and getattr(limits, name) >= 0 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_set(name):
    assert limits.hosted({name: 1}, {f"CNNLAB_{name}": "7", "CNNLAB_MODELS": "/home"}) == {name: 7}


@pytest.mark.parametrize("text", ["", "-1", "1.5", "1e3", "many", "²", "9" * 19])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(
        ValueError, match="CNNLAB_STEPS=.* is not a whole number from 0 on: correct it or leave it out."
    ):
        limits.hosted({"STEPS": 64}, {"CNNLAB_STEPS": text})


def test_the_environment_is_read_at_the_start():
    code = "from cnnlab import limits; print(limits.STEPS, limits.STEP_DEPTH)"
    environment = {**os.environ, "CNNLAB_STEPS": "5"}
    assert subprocess.check_output([sys.executable, "-c", code], env=environment, text=True) == "5 4\n"
