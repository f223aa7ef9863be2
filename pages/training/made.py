"""Files that are made when they are asked for."""

import streamlit as st

from cnnlab.links import Linked
from cnnlab.workshop import Kind
from pages.shared.language import _
from pages.shared.problem import refusals
from pages.shared.work import done


def wished(key: str) -> Linked | None:
    """What this session asked for last by a button."""
    return st.session_state.get(f"{key}.wished")


def made(key: str, title: str, about: str, kind: Kind, recipe: Linked, name: str, mime: str) -> None:
    """A button that has a file made; once the recipe was asked for, in its place the one that saves the file."""
    if wished(key) != recipe:

        def wish() -> None:
            st.session_state[f"{key}.wished"] = recipe

        st.button(title, key=key, icon=":material/save:", help=about, on_click=wish)
        return
    with refusals():
        st.download_button(
            _("Save {file}").format(file=name),
            done(kind, recipe, _("Writing the file …")),
            name,
            mime,
            key=f"{key}.save",
            icon=":material/download:",
            on_click="ignore",
        )
