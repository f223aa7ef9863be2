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


def normalize(**values) -> AppTest:
    """The page with a Normalize of these values, its form open."""
    steps = [{"name": "Normalize", "params": values, "id": "n"}]
    return visit.visit("augmentation", {"steps": pack(steps), "count": "1"}, **{"augmentation.open": "n"})


def row(app: AppTest, name: str) -> dict[str, float]:
    """The numbers of a parameter of that Normalize, by what they are called."""
    return {box.label: box.value for box in app.number_input if box.key.startswith(f"augmentation.n.{name}.")}


def test_the_numbers_of_normalize_are_named_after_their_channels():
    app = normalize(mean=[0.4, 0.5, 0.6], std=[0.1, 0.2, 0.3])
    assert row(app, "mean") == {"mean R": 0.4, "mean G": 0.5, "mean B": 0.6}
    assert row(app, "std") == {"std R": 0.1, "std G": 0.2, "std B": 0.3}
    app.number_input(key="augmentation.n.std.1").set_value(0.25).run()
    assert call(app)["std"] == (0.1, 0.25, 0.3)


def test_channels_are_chosen_for_mean_and_std_together():
    app = normalize(mean=[0.4, 0.5, 0.6], std=[0.1, 0.2, 0.3])
    channels = app.selectbox(key="augmentation.n.channels")
    assert channels.options == ["all channels", "1, 2", "R, G, B", "1, 2, 3, 4"]
    channels.set_value(1).run()
    assert (call(app)["mean"], call(app)["std"]) == ((0.4,), (0.1,))
    app.selectbox(key="augmentation.n.channels").set_value(3).run()
    assert (call(app)["mean"], call(app)["std"]) == ((0.4,) * 3, (0.1,) * 3)
    assert row(app, "std") == dict.fromkeys(("std R", "std G", "std B"), 0.1)


def test_a_mean_for_all_channels_beside_a_std_for_each_keeps_its_one_number():
    app = normalize(mean=[0.5], std=[0.1, 0.2, 0.3])
    assert row(app, "mean") == {"mean all channels": 0.5}
    app.number_input(key="augmentation.n.mean.0").set_value(0.25).run()
    assert (call(app)["mean"], call(app)["std"]) == ((0.25,), (0.1, 0.2, 0.3))


@pytest.mark.parametrize("name", ["Normalize", "RandomAffine", "RandomErasing", "Pad"])
def test_no_back_tick_is_read_aloud(name):
    app = opened(name)
    widgets = [*app.number_input, *app.selectbox, *app.slider, *app.toggle, *app.text_input]
    assert len(widgets) > 5
    assert [widget.label for widget in widgets if "`" in widget.label] == []


def a_folder():
    import streamlit as st

    from cnnlab.loading import DATASETS
    from pages.shared.form import form

    call = st.session_state.setdefault("call", DATASETS["ImageFolder"]())

    def change(values):
        st.session_state.call = call.replace(**values)

    form(call, "data", change)


def test_a_text_is_typed_and_one_of_several_lines_is_refused():
    app = AppTest.from_function(a_folder).run()
    app.text_input(key="data.root").set_value("flowers/red").run()
    assert (said(app), app.session_state.call["root"]) == ([], "flowers/red")
    app.text_input(key="data.root").set_value("a\nb").run()
    assert said(app) == [r"root='a\nb' must be text of at most 300 characters, in one line."]
    assert app.session_state.call["root"] == "flowers/red"
