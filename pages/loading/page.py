"""The loading page: from pictures to batches, and whether that will train, before it does."""

from pathlib import Path

import streamlit as st

from cnnlab.loading.view import View
from pages.loading.looks import looks
from pages.loading.settings import PAGE, settings
from pages.shared.language import _
from pages.shared.zip import Own

STYLE = f"<style>{(Path(__file__).parent / 'page.css').read_text(encoding='utf-8')}</style>"


def main() -> None:
    history = Own(PAGE, View)
    st.html(STYLE)
    with st.container(key="loading.top", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(_("How pictures become the batches that a network learns from, one step after the other."))
        history.buttons()
    with st.container(key="loading.bench"):
        left, right = st.columns([5, 13], gap="medium")
    with left:
        settings(history)
    with right:
        if history.now.data.spec.own and not history.now.data["digest"]:
            st.info(_("Choose a zip beside, and its pictures are here."), icon=":material/folder_zip:")
        else:
            looks(history)
    history.write_url()


main()
