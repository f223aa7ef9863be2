"""What no browser sends: values that are not on offer, and of types that no widget has."""

from collections.abc import Iterator
from typing import Any

import pytest
import visit
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from cnnlab.augmentation import AUGMENTATIONS
from cnnlab.links import pack

GONE = [UploadedFileInfo(file_id="x", name="x.png", size=1)]


def ids(node: Any) -> Iterator[str]:
    yield from filter(None, [getattr(node, "id", "")])
    for child in getattr(node, "children", {}).values():
        yield from ids(child)


def forge(app: AppTest, key: str, field: str, value: Any) -> None:
    """Send a value for the widget with this key, and what the others hold."""
    id = next(id for id in ids(app._tree) if id.endswith(f"-{key}"))
    forged = WidgetState(id=id)
    if field == "string_array_value":
        forged.string_array_value.data.extend(value)
    elif field == "file_uploader_state_value":
        forged.file_uploader_state_value.uploaded_file_info.extend(value)
    else:
        setattr(forged, field, value)
    states = WidgetStates(widgets=[state for state in app._tree.get_widget_states().widgets if state.id != id])
    states.widgets.append(forged)
    app._run(states)


@pytest.mark.parametrize(
    ("page", "key", "field", "value"),
    [
        ("augmentation", "augmentation.preset", "string_value", "x"),
        ("augmentation", "augmentation..add", "string_value", "Nope"),
        ("augmentation", "augmentation..add", "bool_value", True),
        ("augmentation", "augmentation.group", "string_value", "x"),
        ("augmentation", "language.choice", "string_array_value", ["x"]),
        ("augmentation", "augmentation.upload", "file_uploader_state_value", GONE),
        ("summary", "summary.precision", "string_value", "x"),
        ("summary", "summary.against", "string_value", "Nope"),
    ],
)
def test_what_is_not_on_offer_changes_nothing(page, key, field, value):
    app = visit.visit(page, {"count": "1"} if page == "augmentation" else {})
    if key == "summary.against":
        app.session_state["summary.look"] = "Compare"
        app.run()
    before = visit.shown(app, page)
    forge(app, key, field, value)
    assert visit.said(app) == []
    assert visit.shown(app, page) == before


@pytest.mark.parametrize(
    ("step", "key", "field", "value"),
    [
        ("Resize", "interpolation", "string_value", "x"),
        ("Resize", "interpolation", "double_value", 3.0),
        ("Resize", "size.form", "string_value", "x"),
        ("Normalize", "preset", "string_value", "x"),
    ],
)
def test_a_parameter_hears_only_what_is_on_offer(step, key, field, value):
    call = AUGMENTATIONS[step].example().to_dict()
    app = visit.visit(
        "augmentation", {"steps": pack([{**call, "id": "a"}]), "count": "1"}, **{"augmentation.open": "a"}
    )
    forge(app, f"augmentation.a.{key}", field, value)
    assert visit.said(app) == []
    assert visit.shown(app, "augmentation").pipeline.calls[0].to_dict() == {**call, "id": "a"}


def test_a_short_colour_changes_nothing():
    steps = [{"name": "Pad", "id": "a", "params": {"padding": 3, "fill": [1, 2, 3]}}]
    app = visit.visit("augmentation", {"steps": pack(steps), "count": "1"}, **{"augmentation.open": "a"})
    forge(app, "augmentation.a.fill", "string_value", "#abc")
    assert visit.said(app) == []
    assert visit.shown(app, "augmentation").pipeline.calls[0]["fill"] == (1, 2, 3)
