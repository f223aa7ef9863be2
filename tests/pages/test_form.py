"""The forms a number takes on the screen, for every parameter of every row."""

import pytest
import visit
from streamlit.testing.v1 import AppTest
from visit import choose, said

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.links import pack
from cnnlab.specs import Call, SpecError


def opened(name: str) -> AppTest:
    """The page with one step, its form open."""
    app = visit.visit("augmentation", {"steps": pack([]), "count": "1"})
    return choose(app, "augmentation..add", name)


def call(app: AppTest) -> Call:
    """The step on the screen, as the page's link tells it."""
    return visit.shown(app, "augmentation").pipeline.calls[0]


def refuse_four(app: AppTest) -> str:
    app.number_input(key="augmentation.GaussianBlur.kernel_size.0").set_value(4).run()
    with pytest.raises(SpecError) as caught:
        AUGMENTATIONS["GaussianBlur"](kernel_size=4)
    return str(caught.value)


def test_a_refused_value_shows_why_and_the_step_stays():
    app = opened("GaussianBlur")
    assert said(app) == []
    assert [refuse_four(app)] == said(app)
    assert call(app)["kernel_size"] == AUGMENTATIONS["GaussianBlur"].example()["kernel_size"]
    app.number_input(key="augmentation.GaussianBlur.kernel_size.0").set_value(5).run()
    assert (said(app), call(app)["kernel_size"]) == ([], 5)


def test_a_refusal_does_not_outlive_its_step():
    app = opened("GaussianBlur")
    refuse_four(app)
    app.button(key="augmentation.undo").click().run()
    choose(app, "augmentation..add", "GaussianBlur")
    assert said(app) == []


def test_a_refusal_ends_when_another_parameter_makes_room():
    app = opened("RandAugment")
    app.number_input(key="augmentation.RandAugment.magnitude.0").set_value(40).run()
    assert len(said(app)) == 1
    app.number_input(key="augmentation.RandAugment.num_magnitude_bins.0").set_value(60).run()
    assert said(app) == []


def test_a_list_that_cannot_be_read_stays_in_its_box_to_be_mended():
    app = opened("RandomShortestSize")
    app.text_input(key="augmentation.RandomShortestSize.min_size").set_value("abc").run()
    assert len(said(app)) == 1
    app.text_input(key="augmentation.RandomShortestSize.min_size").set_value("64, 96").run()
    assert (said(app), call(app)["min_size"]) == ([], (64, 96))
