"""Pasted code as Calls: parsed against the catalogue, never executed, old names translated."""

from .pasted import AT_LINE, Note
from .reader import MAX_DEPTH, MAX_STEPS, Reading, read_code

__all__ = ["AT_LINE", "MAX_DEPTH", "MAX_STEPS", "Note", "Reading", "read_code"]
