"""A visitor's own weights, larger than the server takes into its memory: 47 MB of a real resnet18."""

import re
from pathlib import Path

import pytest
import torch

from cnnlab.models import MODELS, build

MIB = 1 << 20


def at(page, key: str):
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", f"summary.{key}"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "resnet18.pt"
    torch.save(build(MODELS["resnet18"](), "cpu").state_dict(), path)
    assert path.stat().st_size > 44 * MIB
    return path


def test_resnet18_s_own_state_dict_is_held_against_it(open_page, settle, weights):
    page = open_page("/summary?model=resnet18")
    page.get_by_role("tab", name="State dict").click()
    settle(page)
    page.get_by_text("up to 512 MB").wait_for()
    at(page, "state.upload").locator("input[type=file]").set_input_files(weights)
    page.get_by_text("All 122 tensors fit.").wait_for()


def test_a_file_of_weights_that_is_too_large_is_refused_in_words(open_page, settle, tmp_path):
    page = open_page("/summary?model=LeNet&look=state")
    words = page.get_by_text("This file was not taken: it is larger than 512 MB")
    words.wait_for(state="attached")
    words.wait_for(state="hidden")
    file = tmp_path / "large.pt"
    with file.open("wb") as large:
        large.truncate(513 * MIB)  # takes no room on the disk
    at(page, "state.upload").locator("input[type=file]").set_input_files(file)
    words.wait_for(state="visible")
