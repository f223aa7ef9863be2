"""A picture by its address; the browser fetches it, and keeps it."""

from html import escape

import streamlit as st


def picture(address: str, alt: str, width: int | None = None, crisp: bool = False) -> None:
    """Show a picture no wider than its place; a `crisp` one is enlarged without smoothing."""
    style = f"max-width:100%;{f'width:{width}px;' if width else ''}{'image-rendering:pixelated;' if crisp else ''}"
    st.html(f'<img src="{escape(address)}" alt="{escape(alt)}" style="{style}">')
