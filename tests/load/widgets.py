"""The widgets that a page shows, and the values that a browser sends of them: a row for every kind."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from google.protobuf.message import Message
from streamlit.proto.WidgetStates_pb2 import WidgetState

TEXTS = ("", "3", "3x64x64", "0.1, 0.2", "#102030", "layer1", "√ 中文", "x" * 200)


UNSENT = object()


class Kind(NamedTuple):
    """Where a value is written, what a browser sends of it unasked, and any value that it could send."""

    field: str
    initial: Callable[[Any], Any]
    any: Callable[[Any, Random], Any]


@dataclass(frozen=True)
class Widget:
    """A widget on the page. `labels` are those of a row of tabs."""

    kind: str
    proto: Message
    fragment: str = ""
    labels: Sequence[str] = ()

    @property
    def id(self) -> str:
        return self.proto.id

    @property
    def key(self) -> str:
        return key_of(self.id)

    @property
    def field(self) -> str:
        """Where the browser writes its value in a WidgetState."""
        whole = self.kind == "number_input" and self.proto.data_type == self.proto.INT
        return "int_value" if whole else KINDS[self.kind].field

    def sent(self, value: Any) -> WidgetState:
        """The value as the browser sends it; None is that of an empty choice."""
        if value is None:
            return WidgetState(id=self.id)
        return state(self.id, self.field, int(value) if self.field == "int_value" else value)


def key_of(id: str) -> str:
    """The key that the page gave a widget.

    >>> key_of("$$ID-0a1b-augmentation.seed")
    'augmentation.seed'
    """
    return id.split("-", 2)[2] if id.count("-") >= 2 else ""


def _nothing(widget: Widget) -> object:
    return UNSENT


def _default(widget: Widget) -> Any:
    proto = widget.proto
    return proto.value if proto.set_value else proto.default


def _numbers(widget: Widget) -> list[float]:
    return list(_default(widget))


def _chosen(widget: Widget) -> str | None:
    proto = widget.proto
    if proto.set_value:
        return proto.raw_value if proto.HasField("raw_value") else None
    return proto.options[proto.default] if proto.HasField("default") and proto.options else None


def _group(widget: Widget) -> list[str]:
    proto = widget.proto
    return list(proto.raw_values) if proto.set_value else [proto.options[index].content for index in proto.default]


def _several(widget: Widget) -> list[str]:
    proto = widget.proto
    return list(proto.raw_values) if proto.set_value else [proto.options[index] for index in proto.default]


def _number(widget: Widget, rng: Random) -> float:
    """One of the bounds, or a step from the value, or anything between."""
    proto = widget.proto
    low = proto.min if proto.has_min else -1000.0
    high = proto.max if proto.has_max else 1000.0
    near = _default(widget) + rng.choice((-1, 1)) * (proto.step or 1)
    number = min(max(rng.choice((low, high, near, near, rng.uniform(low, high))), low), high)
    return number if proto.data_type == proto.FLOAT else float(round(number))


def _slid(widget: Widget, rng: Random) -> list[float]:
    proto = widget.proto
    steps = math.floor((proto.max - proto.min) / (proto.step or 1) + 1e-9)
    return sorted(proto.min + rng.randint(0, steps) * (proto.step or 1) for _ in proto.default)


def _option(widget: Widget, rng: Random) -> str | None:
    return rng.choice(widget.proto.options) if widget.proto.options else None


def _state(widget: Widget, rng: Random) -> dict[str, Any]:
    return picked(widget, rng)


def _tab(widget: Widget, rng: Random) -> str | None:
    return rng.choice(widget.labels) if widget.labels else None


KINDS: Mapping[str, Kind] = {
    "button": Kind("trigger_value", _nothing, lambda widget, rng: True),
    "checkbox": Kind("bool_value", _default, lambda widget, rng: rng.random() < 0.5),
    "number_input": Kind("double_value", _default, _number),
    "slider": Kind("double_array_value", _numbers, _slid),
    "selectbox": Kind("string_value", _chosen, _option),
    "radio": Kind("string_value", _chosen, _option),
    "multiselect": Kind("string_array_value", _several, lambda widget, rng: rng.sample(list(widget.proto.options), 1)),
    "button_group": Kind("string_array_value", _group, lambda widget, rng: [rng.choice(widget.proto.options).content]),
    "text_input": Kind("string_value", _default, lambda widget, rng: rng.choice(TEXTS)),
    "text_area": Kind("string_value", _default, lambda widget, rng: rng.choice(TEXTS)),
    "color_picker": Kind("string_value", _default, lambda widget, rng: f"#{rng.randrange(1 << 24):06x}"),
    "bidi_component": Kind("json_value", _nothing, _state),
    "file_uploader": Kind("file_uploader_state_value", _nothing, lambda widget, rng: []),
    "tab_container": Kind("string_value", _nothing, _tab),
    "expandable": Kind("bool_value", _nothing, lambda widget, rng: rng.random() < 0.5),
    "popover": Kind("bool_value", _nothing, lambda widget, rng: rng.random() < 0.5),
}
BLOCKS = ("tab_container", "expandable", "popover")


def state(id: str, field: str, value: Any) -> WidgetState:
    """A value for a widget, in whichever field."""
    made = WidgetState(id=id)
    if field == "json_value" and not isinstance(value, str):
        value = json.dumps(value)
    if field.endswith("_array_value"):
        getattr(made, field).SetInParent()
        getattr(made, field).data.extend(value)
    elif field == "file_uploader_state_value":
        made.file_uploader_state_value.SetInParent()
        made.file_uploader_state_value.uploaded_file_info.extend(value)
    else:
        setattr(made, field, value)
    return made


def picked(widget: Widget, rng: Random) -> dict[str, Any]:
    """What a component of ours reports when a tile, a map, a row, a node or an option of it is clicked."""
    component = widget.proto
    data = json.loads(component.json or component.mixed.json or "{}")
    data = data if isinstance(data, dict) else {}
    if tiles := data.get("tiles"):
        return {"picked": {"id": str(rng.choice(tiles).get("id", "")), "turn": rng.randrange(1 << 30)}}
    if options := data.get("options"):
        return {"picked": {"name": str(rng.choice(options)[0]), "turn": rng.randrange(1 << 30)}}
    if "pictures" in data:  # feature maps, which lie at an address too
        return {"picked": rng.randrange(6)}
    names = [row for row in (row_name(item) for item in data.get("rows") or data.get("nodes") or ()) if row is not None]
    names = ROWS if data.get("source") else names  # the rows lie at an address, which the browser has read
    return {"picked": {"row": rng.choice(names) if names else "", "turn": rng.randrange(1 << 30)}}


# Of the models that a class looks at; a page takes no notice of those that its model has not.
ROWS = ("", "conv1", "conv2", "relu", "fc", "fc1", "layer1", "layer1.0.conv1", "layer4.1.bn2")


def row_name(item: Any) -> str | None:
    """The name of a row or of a node, in whichever form the component is given it."""
    if isinstance(item, dict):
        return next((item[name] for name in ("row", "name", "path", "id") if isinstance(item.get(name), str)), None)
    return item[0] if isinstance(item, list) and item and isinstance(item[0], str) else None
