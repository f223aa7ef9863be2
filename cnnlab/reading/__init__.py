"""Pasted Python as plain values: parsed and never executed; each catalogue adds what its names mean."""

from .line import AT_LINE, Note, at, reading
from .literals import Literals, is_number
from .scope import Bounds, Scope

__all__ = ["AT_LINE", "Bounds", "Literals", "Note", "Scope", "at", "is_number", "reading"]
