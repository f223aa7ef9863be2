"""The frame around every page: page config, the table of pages, the language."""

from pathlib import Path

import streamlit as st

from pages.icon import ICON
from pages.serving.mishaps import pending_mishap
from pages.shared.language import _, language_query, remember_language, switcher
from pages.shared.piece import whole
from pages.shared.problem import refused
from pages.shared.tools import STYLE
from pages.shared.work import forget_stop
from pages.table import PAGES

UPLOAD = """[data-testid="stFileUploaderDropzone"] button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{ content: "{word}"; font-size: 1rem; }}"""

st.set_page_config(
    page_title="cnnlab",
    page_icon=ICON,
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={"About": "**cnnlab**: a lab for convolutional networks in PyTorch, in the browser."},
)
st.html(STYLE)
st.html(Path(__file__).parent / "shared" / "page.css")
remember_language()
if (word := _("Upload")) != "Upload":  # which is Streamlit's own
    st.html(f"<style>{UPLOAD.format(word=word)}</style>")
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
refused()
page.run()
whole()
forget_stop()
