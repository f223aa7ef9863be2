"""What all visitors share."""

from functools import cache

from cnnlab.workshop.desk import Desk, Here


class Hall:
    """Where work is asked for: by the workshop once the server has opened one, until then here and now."""

    desk: Desk

    def __init__(self):
        self.desk = Here()


@cache
def hall() -> Hall:
    return Hall()
