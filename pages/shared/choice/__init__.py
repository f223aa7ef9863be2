"""A choice of one out of many by name, with what each is below its name; searched and drawn by the browser alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from cnnlab.specs import Message
from pages.shared.component import component
from pages.shared.language import _, language, say

LABEL_PX, FIELD_PX = 28, 41  # of the field 40, and one that its border is not cut off between two pixels
HTML = """
<label class="choice"><span class="label"></span>
  <input type="text" role="combobox" autocomplete="off" autocapitalize="none" spellcheck="false" aria-autocomplete="list"
    aria-haspopup="listbox" aria-expanded="false" aria-controls="list">
</label>
<div id="list" class="list" role="listbox" popover="manual"></div>
"""
_component = component("choice", HTML, Path(__file__).parent)


class Option(NamedTuple):
    """What may be chosen: its name, the kind that it stands under, and a sentence on it, by which it is known from others."""

    name: str
    kind: str = ""
    about: str | Message = ""


def choice(
    key: str,
    label: str,
    options: Callable[[], Sequence[Option]],
    on_pick: Callable[[str], None],
    *,
    picked: str = "",
    placeholder: str = "",
    names: Sequence[str] | None = None,
    unoffered: str = "",
    labelled: bool = True,
) -> None:
    """Draw the choice of one of all `options`, or of those with these names; `on_pick` takes the name of it.

    Options of one kind stand together. What a visitor types finds the name itself first, then those that begin with it.
    Of one that is not among `names`, `unoffered` says why, with places for its {name} and what it is {about}.
    """
    told = _told(options, language())
    among = {option[0] for option in told["options"]} if names is None else set(names)
    offered = [option for option in told["options"] if option[0] in among]
    data = {
        "texts": told["texts"],
        "options": offered,
        "others": [option for option in told["options"] if option[0] not in among] if unoffered else [],
        "picked": picked,
        "words": {
            "label": label,
            "placeholder": placeholder,
            "none": _("Nothing has that name."),
            "unoffered": unoffered,
        },
        "labelled": labelled,
    }

    def picked_changed() -> None:
        value = st.session_state[key].get("picked")
        name = value.get("name") if isinstance(value, dict) else None
        if any(name == option[0] for option in offered):
            on_pick(name)

    height = FIELD_PX + (LABEL_PX if labelled else 0)
    default = {"picked": None}
    _component(key=key, data=data, default=default, on_picked_change=picked_changed, width="stretch", height=height)


@cache
def _told(options: Callable[[], Sequence[Option]], language: str) -> Mapping[str, Any]:
    """The options as [name, kind, about], the latter two by their place among the texts, said once for a language."""
    rows = [(row.name, _(row.kind), say(row.about)) for row in options()]
    places = {text: place for place, text in enumerate(dict.fromkeys(text for _name, *both in rows for text in both))}
    return {"texts": list(places), "options": [[name, places[kind], places[about]] for name, kind, about in rows]}
