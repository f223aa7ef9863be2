"""Every model of the catalogue under every look at it: a result or a sentence, nothing else."""

import contextlib
import time

import pytest
from cnnlab.summary.agreement import agreement
from cnnlab.summary.walks import walks

from cnnlab.images import sample
from cnnlab.models import MODELS
from cnnlab.specs import SpecError
from cnnlab.summary import summarize
from cnnlab.summary.code import code
from cnnlab.summary.graph import graph
from cnnlab.summary.maps import feature_maps
from cnnlab.summary.measuring import memory
from cnnlab.summary.pictures import pictured, refuse_costly
from cnnlab.summary.receptive import receptive_field
from cnnlab.summary.view import View


def first_map(report) -> str:
    """The first module that puts out a map."""
    return next((row.name for row in report.rows if row.kind == "module" and len(row.output_shape or ()) == 4), "")


def maps(view, report):
    refuse_costly(report)
    return feature_maps(view.real(), first_map(report), pictured(sample("chelsea"), view.shapes[0]))


LOOKS = {
    "agreement": lambda view, report: agreement(report, view.meta, view.published),
    "memory": lambda view, report: memory(view.meta, *view.inputs, batch=view.batch),
    "walks": lambda view, report: walks(view.meta),
    "maps": maps,
    "field": lambda view, report: receptive_field(view.meta, first_map(report), view.shapes[0]),
    "graph": lambda view, report: graph(report),
    "code": lambda view, report: code(view),
}


@pytest.mark.sweep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MODELS)
def test_every_look_gives_a_result_or_a_sentence(name):
    view, seconds = View(model=MODELS[name].example()), {}
    began = time.perf_counter()
    report = summarize(view.meta, *view.inputs, batch=view.batch)
    seconds["summary"] = time.perf_counter() - began
    for look, work in LOOKS.items():
        began = time.perf_counter()
        with contextlib.suppress(SpecError):
            work(view, report)
        seconds[look] = time.perf_counter() - began
    slowest = max(seconds, key=seconds.get)
    print(f"{name}: {slowest} took {seconds[slowest]:.1f} s")
