"""Parts of a page that the browser draws: a folder with Python, script and style sheet of one name."""

from pathlib import Path

import streamlit as st


def component(name: str, html: str, folder: Path):
    """Mount `html` with <name>.js and <name>.css of the folder; call it once, when its module is imported."""
    script, style = ((folder / f"{name}.{ending}").read_text(encoding="utf-8") for ending in ("js", "css"))
    return st.components.v2.component(f"cnnlab_{name}", html=html, css=style, js=script)
