"""Some of many cases in every run, all of them by `make test-all`."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest


def some(cases: Iterable[Any] | Mapping[str, Any], every: int) -> list[Any]:
    """The cases for `parametrize`, those of a mapping named by its keys: the first and each so many after it run always."""
    named = cases.items() if isinstance(cases, Mapping) else ((None, case) for case in cases)
    return [
        pytest.param(case, id=name, marks=[pytest.mark.sweep] if place % every else [])
        for place, (name, case) in enumerate(named)
    ]
