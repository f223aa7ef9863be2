"""Pasted code as Calls: parsed against the catalogue, never executed, old names translated."""

from cnnlab.reading import AT_LINE, Note

from .reader import Reading, read_code

__all__ = ["AT_LINE", "Note", "Reading", "read_code"]
