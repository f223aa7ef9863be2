"""The workshop: work that is done outside the process that serves the pages, with limits, and stopped when unwanted."""

from .kinds import PICTURES, ROWS, Job, Kind, Lane

__all__ = ["PICTURES", "ROWS", "Job", "Kind", "Lane"]
