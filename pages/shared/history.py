"""What a page shows, as one value: kept for the session, written into the URL, with undo.

Three places hold a view: the session (a Trail), the browser's address, and the widgets. The session is the truth. The
widgets are set from it at every run and report changes to it; the address is written from it at the end of a run. The
address also speaks for itself in three cases, and telling them from an echo of our own writing is the hard part:

- a new session begins with what the address says (a link was opened);
- the address differs from what we wrote last (the visitor went back or forward, or edited it);
- the address is empty although we wrote one (the browser went back to the very first entry), which must be told from
  coming here by the top menu, where the address is empty too and the session's view should be shown again.

A click may be sent before the browser has heard of the address that the run before wrote. Then an older address comes
with it, which is no wish of the visitor's: whenever a callback has acted, the address of that run is ignored.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import streamlit as st

from cnnlab.links import Linked
from cnnlab.specs import SpecError
from cnnlab.trail import Trail
from pages.shared.language import _, language_query
from pages.shared.numbers import forget_refusals
from pages.shared.piece import CHANGED, piece, renew
from pages.shared.problem import problem
from pages.shared.sent import heard, switch
from pages.shared.tools import tools


class History:
    """The view of one page. It begins with what the URL says, or else with what the session last showed."""

    def __init__(self, page: str, view: type[Linked]):
        self.page, self.view = page, view
        query = {name: value for name, value in st.query_params.to_dict().items() if name != "lang"}
        acted = st.session_state.pop(f"{page}.acted", False)
        st.session_state.pop(CHANGED, None)
        if self._trail is None:
            self._trail = Trail((self._read(query),))
        elif not acted and query != st.session_state.get(f"{page}.query") and (query or _stayed()):
            self.change(self._read(query))
            forget_refusals()

    def _read(self, query: dict[str, str]) -> Any:
        try:
            return self.view.from_query(query)
        except SpecError as error:
            problem(error)
            st.session_state[CHANGED] = True  # so that the sentence goes with the next touch
            return self.view()

    @property
    def _trail(self) -> Trail | None:
        return st.session_state.get(f"{self.page}.trail")

    @_trail.setter
    def _trail(self, trail: Trail) -> None:
        st.session_state[f"{self.page}.trail"] = trail

    @property
    def now(self) -> Any:
        return self._trail.now

    def change(self, view: Any, keep: bool = True, pieces: Iterable[str] = ()) -> None:
        """Show another view; with `keep`, undo leads back to the one before.

        With `pieces`, at the end of a callback: the change shows in them, in undo and at the foot of the page alone.
        """
        st.session_state[f"{self.page}.acted"] = True
        self._trail = self._trail.changed(view, keep)
        if pieces:
            renew(f"{self.page}.history", *pieces, f"{self.page}.foot")
        st.session_state[CHANGED] = True

    def update(self, keep: bool = True, pieces: Iterable[str] = (), **fields: Any) -> None:
        """Show the view with other fields."""
        self.change(replace(self.now, **fields), keep, pieces)

    def bound(self, name: str, keep: bool = True, pieces: Iterable[str] = ()) -> dict[str, Any]:
        """The key and callback that tie a widget to a field of the view; with `pieces`, those alone show the field."""
        key = f"{self.page}.{name}"
        value = getattr(self.now, name)
        if isinstance(value, bool):
            switch(key, value)
        else:
            st.session_state[key] = value
        return {"key": key, "on_change": lambda: self._told(name, st.session_state[key], keep, pieces)}

    def _told(self, name: str, value: Any, keep: bool, pieces: Iterable[str]) -> None:
        self.update(keep, pieces, **{name: value})

    def number(self, name: str, keep: bool = True, pieces: Iterable[str] = ()) -> dict[str, Any]:
        """Like `bound`, for a widget of whole numbers: with the bounds that the link has."""
        field = self.view.field(name)
        return {"min_value": field.low, "max_value": field.high, **self.bound(name, keep, pieces)}

    def choice(self, name: str, options: Iterable[Any], pieces: Iterable[str] = ()) -> dict[str, Any]:
        """Like `bound`, for a choice: only what is on offer is taken."""
        return {
            **self.bound(name),
            "on_change": heard(
                f"{self.page}.{name}", options, lambda value: self._told(name, value, keep=True, pieces=pieces)
            ),
        }

    def step(self, by: int) -> None:
        """Undo (by=-1) or redo (by=1)."""
        st.session_state[f"{self.page}.acted"] = st.session_state[CHANGED] = True
        forget_refusals()
        self._trail = self._trail.stepped(by)

    def buttons(self) -> None:
        piece(f"{self.page}.history", self._buttons)

    def _buttons(self) -> None:
        trail = self._trail
        with tools(f"history.{self.page}"):  # no step's id makes this key
            for act, icon, title, by, disabled in (
                ("undo", "undo", _("Undo"), -1, trail.first),
                ("redo", "redo", _("Redo"), 1, trail.last),
            ):
                st.button(
                    title,
                    icon=f":material/{icon}:",
                    key=f"{self.page}.{act}",
                    help=title,
                    disabled=disabled,
                    on_click=self.step,
                    args=(by,),
                )

    def query(self) -> dict[str, str]:
        """The URL parameters of the view, the language included where the visitor chose one."""
        return {**self.now.to_query(), **language_query()}

    def foot(self, draw: Callable[[], None]) -> None:
        """The piece of a page that shows what can be taken away of the view; with it goes the view's address."""

        def drawn() -> None:
            self.write_url()
            draw()

        piece(f"{self.page}.foot", drawn)

    def write_url(self) -> None:
        query = self.query()
        st.session_state.pop(f"{self.page}.acted", None)
        st.session_state[f"{self.page}.query"] = {name: value for name, value in query.items() if name != "lang"}
        if query != st.query_params.to_dict():
            st.query_params.from_dict(query)


def _stayed() -> bool:
    """True where the run before was of this page too: an empty address is then the browser's way back."""
    return st.session_state.get("page.before") == st.session_state.get("page.now")
