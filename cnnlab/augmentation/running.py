"""A pipeline at work: one sample step by step, and what repeats it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnlab.chance import generator

from . import export
from .budget import Budget
from .calls import walk
from .dice import Planned, plan
from .explain import Failure, explain
from .pipeline import Pipeline
from .runner import Runner, Stage


@dataclass(frozen=True)
class Trace:
    """The stages of one sample; where a step failed, the stages before it and why."""

    stages: tuple[Stage, ...]
    failure: Failure | None = None


def runners(pipeline: Pipeline) -> dict[str, Runner]:
    return {call.id: Runner(call) for call in walk(pipeline.active) if not call.spec.nested}


def trace(pipeline: Pipeline, image: Any, seed: int, sample: int) -> Trace:
    with generator() as seed_generator:
        return run(plan(pipeline.active, seed, sample), image, pipeline.runners, seed_generator, Budget())


def replay(pipeline: Pipeline, seed: int, sample: int) -> str:
    with generator():
        return export.replay(plan(pipeline.active, seed, sample), seed, sample)


def run(
    steps: tuple[Planned, ...], sample: Any, runners: dict[str, Runner], seed_generator: Callable, budget: Budget
) -> Trace:
    """The stages of planned steps, within what is left of the budget.

    The caller holds `generator()`, which also keeps the runners to one thread.
    """
    stages = [Stage("input", sample)]
    for planned in steps:
        call = planned.call
        if call.spec.nested:
            inner = run(planned.inner, sample, runners, seed_generator, budget)
            seconds = sum(stage.seconds for stage in inner.stages)
            stage = Stage(call.name, inner.stages[-1].sample, call.id, planned.draws, seconds, inner=inner.stages[1:])
            if inner.failure:
                return Trace((*stages, *inner.stages[1:]), inner.failure)
        else:
            try:
                budget.foresee(call, sample)
                stage = runners[call.id].run(planned, sample, seed_generator)
            except Exception as error:  # whatever torchvision raises is explained at the step
                return Trace(tuple(stages), explain(call, sample, error))
        stages.append(stage)
        sample = stage.sample
    return Trace(tuple(stages))
