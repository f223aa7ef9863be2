"""A picture by its address; the browser fetches it, and keeps it."""

from html import escape

import streamlit as st


def picture(address: str, alt: str, width: str = "auto") -> None:
    """Show a picture as wide as CSS's `width` says, and never wider than its place."""
    st.html(f'<img src="{escape(address)}" alt="{escape(alt)}" style="width: {width}; max-width: 100%">')
