"""What a page shows, as one value: kept for the session, written into the URL, with undo."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnlab import limits
from cnnlab.specs import SpecError
from pages.shared.language import _, language_query
from pages.shared.numbers import forget_refusals
from pages.shared.problem import problem
from pages.shared.tools import tools


class History:
    """The view of one page. It begins with what the URL says, or else with what the session last showed."""

    def __init__(self, page: str, read: Callable[[Mapping[str, str]], Any], default: Callable[[], Any]):
        self.page = page
        query = {name: value for name, value in st.query_params.to_dict().items() if name != "lang"}
        # What a visitor does may arrive with the address of the run before: what they did counts, not that address.
        acted = st.session_state.pop(f"{page}.acted", False)
        if self._views is None:
            self._views = ((self._read(query, read, default),), 0)
        elif not acted and query != st.session_state.get(f"{page}.query") and (query or _stayed()):
            self.change(self._read(query, read, default))
            forget_refusals()

    def _read(self, query: dict[str, str], read: Callable, default: Callable) -> Any:
        try:
            return read(query) if query else default()
        except SpecError as error:
            problem(error)
            return default()

    @property
    def _views(self) -> tuple[tuple[Any, ...], int] | None:
        return st.session_state.get(f"{self.page}.views")

    @_views.setter
    def _views(self, value: tuple[tuple[Any, ...], int]) -> None:
        st.session_state[f"{self.page}.views"] = value

    @property
    def now(self) -> Any:
        views, at = self._views
        return views[at]

    def change(self, view: Any, keep: bool = True) -> None:
        """Show another view; with `keep`, undo leads back to the one before."""
        st.session_state[f"{self.page}.acted"] = True
        views, at = self._views
        if view == self.now:
            return
        past = views[: at + 1] if keep else views[:at]
        past = past[-limits.UNDO :]
        self._views = ((*past, view), len(past))

    def update(self, keep: bool = True, **fields: Any) -> None:
        """Show the view with other fields."""
        self.change(replace(self.now, **fields), keep)

    def bound(self, name: str, keep: bool = True) -> dict[str, Any]:
        """The key and callback that tie a widget to a field of the view."""
        key = f"{self.page}.{name}"
        st.session_state[key] = getattr(self.now, name)
        return {"key": key, "on_change": lambda: self.update(keep, **{name: st.session_state[key]})}

    def step(self, by: int) -> None:
        """Undo (by=-1) or redo (by=1)."""
        st.session_state[f"{self.page}.acted"] = True
        forget_refusals()
        views, at = self._views
        self._views = (views, min(max(at + by, 0), len(views) - 1))

    def buttons(self) -> None:
        views, at = self._views
        with tools(f"{self.page}.history"):
            st.button(
                _("Undo"),
                icon=":material/undo:",
                key=f"{self.page}.undo",
                help=_("Undo"),
                disabled=at == 0,
                on_click=self.step,
                args=(-1,),
            )
            st.button(
                _("Redo"),
                icon=":material/redo:",
                key=f"{self.page}.redo",
                help=_("Redo"),
                disabled=at == len(views) - 1,
                on_click=self.step,
                args=(1,),
            )

    def query(self) -> dict[str, str]:
        """The URL parameters of the view, the language included where the visitor chose one."""
        return {**self.now.to_query(), **language_query()}

    def write_url(self) -> None:
        query = self.query()
        st.session_state.pop(f"{self.page}.acted", None)
        st.session_state[f"{self.page}.query"] = {name: value for name, value in query.items() if name != "lang"}
        if query != st.query_params.to_dict():
            st.query_params.from_dict(query)


def _stayed() -> bool:
    """True where the run before was of this page too: an empty address is then the browser's way back."""
    return st.session_state.get("page.before") == st.session_state.get("page.now")
