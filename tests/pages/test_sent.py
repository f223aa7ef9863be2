"""What no browser sends: values that are not on offer, and of types that no widget has."""

import pytest
import visit
from visit import forge

from cnnlab.augmentation import AUGMENTATIONS, Pipeline
from cnnlab.links import pack


@pytest.mark.parametrize(
    ("page", "key", "field", "value"),
    [
        ("augmentation", "augmentation.preset", "string_value", "x"),
        ("augmentation", "augmentation..add", "json_value", '{"picked": {"name": "Nope"}}'),
        ("augmentation", "augmentation..add", "json_value", "[true]"),
        ("augmentation", "augmentation.count", "string_array_value", ["5"]),
        ("augmentation", "augmentation..add", "json_value", '{"picked": {"name": "os.system"}}'),
        ("augmentation", "language.choice", "string_array_value", ["x"]),
        ("summary", "summary.precision", "string_value", "x"),
        ("summary", "summary.model", "json_value", '{"picked": {"name": "Nope"}}'),
        ("summary", "summary.model", "json_value", '{"picked": {"name": ["LeNet"]}}'),
        ("summary", "summary.model", "json_value", '{"picked": "LeNet"}'),
        ("summary", "summary.model", "string_value", "LeNet"),
        ("summary", "summary.against", "string_value", "Nope"),
    ],
)
def test_what_is_not_on_offer_changes_nothing(page, key, field, value):
    looks = {"summary.against": "compare", "summary.precision": "memory"}
    app = visit.visit(page, {"count": "1"} if page == "augmentation" else {"look": looks.get(key, "")})
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
    ready = [
        {"name": "ToImage", "id": "i"},
        {"name": "ToDtype", "params": {"dtype": "float32", "scale": True}, "id": "d"},
    ]
    steps = [*ready, {**AUGMENTATIONS[step].example().to_dict(), "id": step}]
    app = visit.visit("augmentation", {"steps": pack(steps), "count": "1"}, **{"augmentation.open": step})
    forge(app, f"augmentation.{step}.{key}", field, value)
    assert visit.said(app) == []
    assert visit.shown(app, "augmentation").pipeline == Pipeline.from_dict({"version": 1, "steps": steps})


def test_a_short_colour_changes_nothing():
    steps = [{"name": "Pad", "id": "a", "params": {"padding": 3, "fill": [1, 2, 3]}}]
    app = visit.visit("augmentation", {"steps": pack(steps), "count": "1"}, **{"augmentation.open": "a"})
    forge(app, "augmentation.a.fill", "string_value", "#abc")
    assert visit.said(app) == []
    assert visit.shown(app, "augmentation").pipeline.calls[0]["fill"] == (1, 2, 3)
