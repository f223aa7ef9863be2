"""A page as Streamlit runs it without a browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from pages.table import PAGES

INDEX = Path(__file__).parents[2] / "pages" / "index.py"
ROWS = {page.path: page for page in PAGES}


class Pages(PagesManager):
    """The pages that there are, kept from run to run as a server does: a piece drawn alone has links to them."""

    known: ClassVar[dict[str, Any]] = {}

    def __init__(self, main_script_path: str, *args: Any, **kwargs: Any):
        super().__init__(main_script_path, *args, **kwargs)
        self._pages = self.known.get(main_script_path)

    def set_pages_and_resolve(self, pages: Any, fallback_page_hash: str = "") -> Any:
        self.known[self.main_script_path] = pages
        return super().set_pages_and_resolve(pages, fallback_page_hash)


app_test.PagesManager = Pages  # which else makes a new table for every run


def visit(path: str = "", query: dict[str, str] | None = None, **state: Any) -> AppTest:
    """The page after its first run, opened by a link with these parameters; `path` is the table's, "" for home."""
    app = AppTest.from_file(INDEX, default_timeout=60)
    if path:
        app.run()  # only then does Streamlit know its pages
        app.switch_page(ROWS[path].script)
    for name, value in state.items():
        app.session_state[name] = value
    for name, value in (query or {}).items():
        app.query_params[name] = value
    return app.run()


def query(app: AppTest) -> dict[str, str]:
    """The page's URL parameters; AppTest gives those that the page wrote as lists."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


def shown(app: AppTest, path: str) -> Any:
    """The view on the screen, as its link tells it: what a visitor could share."""
    return ROWS[path].view.from_query({name: value for name, value in query(app).items() if name != "lang"})


def said(app: AppTest) -> list[str]:
    """The error boxes; no exception may have reached the page."""
    assert not app.exception, app.exception
    return [unquoted(box.value) for box in app.error]


def unquoted(text: str) -> str:
    """What a Markdown box shows of text that was quoted for it."""
    return re.sub(r"\\(.)", r"\1", text)


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
    else:
        setattr(forged, field, value)
    states = WidgetStates(widgets=[state for state in app._tree.get_widget_states().widgets if state.id != id])
    states.widgets.append(forged)
    app._run(states)


def choose(app: AppTest, key: str, name: str) -> AppTest:
    """Pick the option of that name in a choice that the browser draws."""
    forge(app, key, "json_value", json.dumps({"picked": {"name": name}}))
    return app
