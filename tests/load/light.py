"""What a visitor of a class does: light actions of each page, found by the keys of its widgets."""

from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.load.links import link, packed
from tests.load.session import Action, Visitor
from tests.load.widgets import KINDS, Widget


class Touch(NamedTuple):
    """A light action: which widgets it is done to, and the value that one of them gets."""

    name: str
    key: str
    value: Callable[[Widget, Random], object]
    weight: int = 1

    def change(self, visitor: Visitor, rng: Random) -> WidgetState | None:
        """The change to one of the widgets, None where the page shows none of them."""
        widgets = visitor.find(self.key)
        widget = rng.choice(widgets) if widgets else None
        value = self.value(widget, rng) if widget else None
        return None if value is None else widget.sent(value)


def anything(widget: Widget, rng: Random) -> object:
    return KINDS[widget.kind].any(widget, rng)


def turned(widget: Widget, rng: Random) -> bool | None:
    return not KINDS[widget.kind].initial(widget) if widget.kind == "checkbox" else None


def next_one(widget: Widget, rng: Random) -> float:
    more = KINDS[widget.kind].initial(widget) + 1
    return min(more, widget.proto.max) if widget.proto.has_max else more


def other_option(widget: Widget, rng: Random) -> list[str]:
    now = KINDS[widget.kind].initial(widget)
    return [rng.choice([option.content for option in widget.proto.options if [option.content] != now])]


LANGUAGE = Touch("change the language", r"language\.choice", other_option)
LIGHT: Mapping[str, tuple[Touch, ...]] = {
    "augmentation": (
        Touch("pick another sample", r"augmentation\.sheet", anything, 3),
        Touch("toggle raw values", r"augmentation\.raw", turned),
        Touch("open a step's card", r"augmentation\..*\.title", anything, 2),
        Touch("step the seed", r"augmentation\.seed", next_one, 2),
        Touch("undo", r"augmentation\.undo", anything),
        LANGUAGE,
    ),
    "layers": (
        Touch("pick another element", r"layers\.pixels", anything, 3),
        Touch("switch the look", r"layers\.look", anything, 2),
        Touch("change a setting", r"layers\.Conv2d\.padding", next_one, 2),
        Touch("toggle", r"layers\..*", turned),
        Touch("take away", r"layers\.take", anything),
        Touch("undo", r"layers\.undo", anything),
        LANGUAGE,
    ),
    "loading": (
        Touch("switch the look", r"loading\.look", anything, 3),
        Touch("step the seed", r"loading\.seed", next_one, 2),
        Touch("step the batch size", r"loading\.batch_size", next_one, 2),
        Touch("toggle", r"loading\..*", turned),
        Touch("undo", r"loading\.undo", anything),
        LANGUAGE,
    ),
    "summary": (
        Touch("pick a row", r"summary\.(tree|graph)", anything, 4),
        Touch("pick a map", r"summary\.maps", anything),
        Touch("switch the look", r"summary\.look", anything, 2),
        Touch("toggle", r"summary\..*", turned),
        Touch("take away", r"summary\.take", anything),
        Touch("undo", r"summary\.undo", anything),
        LANGUAGE,
    ),
    "training": (
        Touch("step the seed", r"training\.seed", next_one, 2),
        Touch("step the epochs", r"training\.epochs", next_one, 2),
        Touch("toggle", r"training\..*", turned),
        Touch("undo", r"training\.undo", anything),
        LANGUAGE,
    ),
}
CROP = {"name": "RandomResizedCrop", "params": {"size": 224}, "id": "RandomResizedCrop"}
SCALE = {"name": "ToDtype", "params": {"dtype": "float32", "scale": True}, "id": "ToDtype"}
NORMALISE = {"name": "Normalize", "params": {"mean": [0.5] * 3, "std": [0.25] * 3}, "id": "Normalize"}
NORMALISED = link(image="astronaut", steps=packed([CROP, {"name": "ToImage", "id": "ToImage"}, SCALE, NORMALISE]))
LINKS: Mapping[str, tuple[str, ...]] = {  # of a class
    "augmentation": ("", NORMALISED),
    "layers": ("", "shape=1x12x12"),
    "loading": ("", "batch_size=10"),
    "summary": ("", "model=LeNet"),
    "training": ("", "seed=3"),
}


async def light(visitor: Visitor, rng: Random) -> Action:
    """One light action of the visitor's page; a page that shows none of these widgets is only run again."""
    touches = LIGHT[visitor.page]
    for touch in rng.choices(touches, [touch.weight for touch in touches], k=20):
        change = touch.change(visitor, rng)
        if change:
            return await visitor.act(touch.name, change)
    return await visitor.act("nothing to touch")


async def anywhere(visitor: Visitor, rng: Random) -> Action:
    """Any widget, set to a value that a browser could send."""
    widgets = [widget for widget in visitor.widgets.values() if not getattr(widget.proto, "disabled", False)]
    while widgets:
        widget = widgets.pop(rng.randrange(len(widgets)))
        value = anything(widget, rng)
        if value is not None:
            return await visitor.act(widget.key, widget.sent(value))
    return await visitor.act("nothing to touch")
