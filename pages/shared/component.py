"""Parts of a page that the browser draws: a folder with Python, scripts and a style sheet."""

from pathlib import Path

import streamlit as st


def script(folder: Path) -> str:
    """The scripts of a component as one module, in the order of their names."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.js")))


def component(name: str, html: str, folder: Path):
    """Mount `html` with the scripts and <name>.css of the folder; call it once, when its module is imported."""
    style = (folder / f"{name}.css").read_text(encoding="utf-8")
    return st.components.v2.component(f"cnnlab_{name}", html=html, css=style, js=script(folder))
