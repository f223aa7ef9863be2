"""The frame around every page: page config, the table of pages, the language."""

import streamlit as st
from PIL import Image

from pages.serving.mishaps import pending_mishap
from pages.shared.language import _, language_query, remember_language, switcher
from pages.shared.tools import STYLE
from pages.table import PAGES

BLUE, ORANGE, GREEN = (0, 114, 178), (230, 159, 0), (0, 158, 115)


def icon() -> Image.Image:
    """A kernel of 3 × 3, drawn here so that no icon is fetched from elsewhere."""
    kernel = Image.new("RGB", (3, 3), BLUE)
    for place, colour in (((1, 1), ORANGE), ((1, 0), GREEN), ((0, 1), GREEN), ((2, 1), GREEN), ((1, 2), GREEN)):
        kernel.putpixel(place, colour)
    return kernel.resize((48, 48), Image.Resampling.NEAREST)


st.set_page_config(
    page_title="cnnlab",
    page_icon=icon(),
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={"About": "**cnnlab**: a lab for convolutional networks in PyTorch, in the browser."},
)
st.html(STYLE)
remember_language()
page = st.navigation(
    [
        st.Page("home.py", title=_("Home"), icon=":material/home:", url_path="home", default=True),
        *(st.Page(row.script, title=_(row.title), icon=f":material/{row.icon}:", url_path=row.path) for row in PAGES),
    ],
    position="top",
)
st.session_state["page.before"], st.session_state["page.now"] = st.session_state.get("page.now"), page.url_path
for name, value in language_query().items():
    st.query_params[name] = value
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.title(page.title if page.url_path else "cnnlab", anchor=False)
    switcher()
pending_mishap()
page.run()
