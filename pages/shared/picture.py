"""A picture by its address; the browser fetches it, and keeps it."""

from html import escape

import streamlit as st


def picture(address: str, alt: str, size: tuple[int, int], wide: bool = False) -> None:
    """Show a picture of (width, height) pixels, or as wide as its place; never wider. Its place is kept while it comes."""
    width, height = size
    style = f"{'width: 100%; ' if wide else ''}max-width: 100%; height: auto"
    st.html(f'<img src="{escape(address)}" alt="{escape(alt)}" width="{width}" height="{height}" style="{style}">')
