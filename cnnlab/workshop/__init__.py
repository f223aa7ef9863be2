"""The workshop: work that is done outside the process that serves the pages, with limits, and stopped when unwanted."""

from .kinds import Job, Kind, Lane

__all__ = ["Job", "Kind", "Lane"]
