"""Every model of the catalogue under every look at it: a result or a sentence, nothing else."""

import contextlib
import time

import pytest

from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary.jobs import CODE, MAPS, MEMORY, SIGHT, WALKS, asked, report_of
from cnnlab.summary.view import View
from cnnlab.workshop.plain import packed

LOOKS = (CODE, MAPS, MEMORY, SIGHT, WALKS)


def first_map(report) -> str:
    """The first module that puts out a map."""
    return next((row.name for row in report.rows if row.kind == "module" and len(row.output_shape or ()) == 4), "")


@pytest.mark.sweep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MODELS)
def test_every_look_gives_a_result_or_a_sentence(name):
    view, seconds = View(model=MODELS[name].example()), {}
    kind = report_of(view)
    report = kind.do(asked(view).to_query()).report
    for look in LOOKS:
        began = time.perf_counter()
        with contextlib.suppress(SpecError):
            packed(look.do(asked(view, row=first_map(report)).to_query()))
        seconds[look.name] = time.perf_counter() - began
    slowest = max(seconds, key=seconds.get)
    print(f"{name}: {slowest} took {seconds[slowest]:.1f} s")
