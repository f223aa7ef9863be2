"""A choice of one out of many by name, with what each is below its name; searched and drawn by the browser alone."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from pages.shared.component import component
from pages.shared.language import _, language

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
    """What may be chosen: its name, the kind that it stands under, and a sentence on it; messages in English."""

    name: str
    kind: str = ""
    about: str = ""


def choice(
    key: str,
    label: str,
    options: Callable[[], Sequence[Option]],
    on_pick: Callable[[str], None],
    *,
    picked: str = "",
    placeholder: str = "",
    names: Sequence[str] | None = None,
    labelled: bool = True,
) -> None:
    """Draw the choice of one of all `options`, or of those with these names; `on_pick` takes the name of it.

    Options of one kind stand together. What a visitor types finds the name itself first, then those that begin with it.
    """
    told = _told(options, language())
    offered = told["options"] if names is None else [option for option in told["options"] if option[0] in set(names)]
    data = {
        "texts": told["texts"],
        "options": offered,
        "picked": picked,
        "words": {"label": label, "placeholder": placeholder, "none": _("Nothing has that name.")},
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
    rows = options()
    texts = list(dict.fromkeys(text for row in rows for text in (row.kind, row.about)))
    return {
        "texts": [_(text) for text in texts],
        "options": [[row.name, texts.index(row.kind), texts.index(row.about)] for row in rows],
    }
