"""Every sentence in the visitor's language: gettext, chosen by the URL, else by the browser."""

import gettext
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from cnnlab.specs import Message, SpecError
from pages.shared.sent import heard

LANGUAGES = {"en": "English", "zh": "中文"}
LOCALE = Path(__file__).parents[2] / "locale"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("cnnlab", LOCALE, [language], fallback=language == "en")


# Of the run in this thread, which asks for it at every word; a session's state is slow to ask.
_SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


def language() -> str:
    """The language of this visitor's session."""
    return _SPOKEN.get() or st.session_state.get("language", "en")


def language_query() -> dict[str, str]:
    """The language as a URL parameter, where the visitor chose one."""
    return {"lang": language()} if st.session_state.get("language.chosen") else {}


def remember_language() -> None:
    """Settle the language once per run: the URL's, else the one chosen before, else the browser's."""
    if "lang" in st.query_params:
        st.session_state["language.chosen"] = True
    asked = st.query_params.get("lang", st.session_state.get("language"))
    if asked not in LANGUAGES:
        asked = "zh" if (st.context.locale or "").lower().startswith("zh") else "en"
    st.session_state["language"] = asked
    _SPOKEN.set(asked)


def _(message: str) -> str:
    """The message in the visitor's language."""
    return _catalogue(language()).gettext(message) if message else ""


def say(message: Any, quote: Callable[[str], str] = str) -> str:
    """A marked string, a Message, a SpecError or a plain value in the visitor's language.

    `quote` is applied to the text among the values, which may be a stranger's.
    """
    if isinstance(message, (Message, SpecError)):
        values = {name: _value(value, quote) for name, value in message.values.items()}
        filled = Message if isinstance(message, SpecError) else type(message)
        return str(filled(_(message.template), values))
    return message if not isinstance(message, str) else _(message)


def _value(value: Any, quote: Callable[[str], str]) -> Any:
    if isinstance(value, (Message, SpecError)):
        return say(value, quote)
    return quote(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    """Markdown that shows the text as it is: no links, pictures, colours or formulas out of a stranger's words."""
    return re.sub(r"([\\`*\[\]!<>:$|~@])|(?<=www)\.", r"\\\g<0>", text)


def coded(text: str) -> str:
    """Markdown that shows the text as code, whatever it holds.

    >>> coded("3 x 3"), coded("`a`")
    ('`3 x 3`', '`` `a` ``')
    """
    edge = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    inner = " ".join(text.split())
    return f"{edge} {inner} {edge}" if len(edge) > 1 else f"`{inner}`"


def listed(messages: Iterable[Any]) -> str:
    """Messages one after the other, with the language's comma."""
    return _(", ").join(say(message) for message in messages)


def switcher() -> None:
    """The choice of language, kept in the URL."""
    st.session_state["language.choice"] = language()
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        key="language.choice",
        format_func=LANGUAGES.get,
        required=True,
        label_visibility="collapsed",
        on_change=heard("language.choice", LANGUAGES, _choose),
    )


def _choose(name: str) -> None:
    st.session_state["language"], st.session_state["language.chosen"] = name, True
    st.query_params["lang"] = name
