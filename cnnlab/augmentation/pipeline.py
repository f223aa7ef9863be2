"""A pipeline of transforms as plain data: run it step by step, edit it, and take it away."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cnnlab import limits
from cnnlab.links import pack, unpack
from cnnlab.objects import Target
from cnnlab.specs import Call, SpecError

from . import export
from .calls import active, anonymous, depth, edited, identified, walk, with_children
from .catalogue import AUGMENTATIONS, is_mixing
from .reading import read_code

RUNNING = "cnnlab.augmentation.running:"  # what needs torch


@dataclass(frozen=True)
class Pipeline:
    """A tuple of Calls, each with an id of its own; what a step draws depends on (seed, sample, id) alone."""

    calls: tuple[Call, ...] = ()

    def __post_init__(self):
        calls = tuple(walk(self.calls))
        if len(calls) > limits.STEPS:
            raise SpecError(
                "{count} steps are too many: a pipeline has at most {limit}.", count=len(calls), limit=limits.STEPS
            )
        if depth(self.calls) > limits.STEP_DEPTH:
            raise SpecError("The steps are nested too deeply: at most {limit} levels.", limit=limits.STEP_DEPTH)
        object.__setattr__(self, "calls", identified(self.calls))

    @staticmethod
    def from_code(text: str) -> "Pipeline":
        """The pipeline that pasted code describes; the code is parsed, never executed."""
        return Pipeline(read_code(text).calls)

    @staticmethod
    def from_dict(data: Any) -> "Pipeline":
        """The pipeline that `to_dict` described, or SpecError."""
        steps = data.get("steps") if isinstance(data, dict) else None
        if not isinstance(steps, list) or data.get("version") != 1:
            raise SpecError('This is not a pipeline of cnnlab: it needs "version": 1 and a list of "steps".')
        return Pipeline(tuple(Call.from_dict(step, AUGMENTATIONS) for step in steps))

    @staticmethod
    def from_json(text: str) -> "Pipeline":
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise SpecError("This is not JSON: {reason}.", reason=str(error)) from error
        except (ValueError, RecursionError) as error:
            raise SpecError("This JSON has a number of thousands of digits, or is nested too deeply.") from error
        return Pipeline.from_dict(data)

    def to_dict(self) -> dict[str, Any]:
        return {"version": 1, "steps": [call.to_dict() for call in self.calls]}

    def stages(self, image: Any, seed: int = 0, sample: int = 0) -> tuple[Any, ...]:
        """The input and what each top-level step left of it: one `runner.Stage` before the first step, one after each.

        `image` is a PIL image, a tensor (C, H, W), or a dict with an "image" and boxes, mask or key points beside it.
        Raises SpecError where a step fails.
        """
        trace = self.trace(image, seed, sample)
        if trace.failure:
            raise trace.failure.error
        return trace.stages

    def trace(self, image: Any, seed: int = 0, sample: int = 0) -> Any:
        """Like `stages`, but a step that fails ends the Trace instead of raising."""
        return Target(RUNNING + "trace").resolve()(self, image, seed, sample)

    def code(self, seed: int | None = None, sample: int = 0) -> str:
        """Python source that defines `transform`.

        Without a seed the same distribution as an idiomatic v2.Compose; with one, source whose `transform(image)` gives
        exactly the pixels of `stages(image, seed, sample)`. Its words count samples from one, as the screen does.
        """
        if seed is None:
            return export.distribution(self.active)
        return Target(RUNNING + "replay").resolve()(self, seed, sample)

    @cached_property
    def link(self) -> str:
        """The steps as a URL parameter; `from_link` reads it."""
        return pack(self.to_dict()["steps"])

    @staticmethod
    def from_link(text: str) -> "Pipeline":
        return Pipeline.from_dict({"version": 1, "steps": unpack(text)})

    @property
    def mixes(self) -> bool:
        """True when a step works on whole batches."""
        return any(is_mixing(call) for call in self.active)

    @cached_property
    def active(self) -> tuple[Call, ...]:
        """The calls that run: neither switched off nor containers of nothing."""
        return active(self.calls)

    @cached_property
    def runners(self) -> dict[str, Any]:
        """The built transforms of the steps that run, by id; for one thread at a time, which holds the generator."""
        return Target(RUNNING + "runners").resolve()(self)

    def find(self, id: str) -> Call:
        for call in walk(self.calls):
            if call.id == id:
                return call
        raise SpecError("There is no step {id}.", id=id)

    def edited(self, id: str, change: Callable[[Call], tuple[Call, ...]]) -> "Pipeline":
        """The pipeline with the step `id` replaced by what `change` makes of it."""
        return Pipeline(edited(self.calls, id, change))

    def changed(self, id: str, **values: Any) -> "Pipeline":
        return self.edited(id, lambda call: (call.replace(**values),))

    def toggled(self, id: str) -> "Pipeline":
        return self.switched(id, not self.find(id).enabled)

    def switched(self, id: str, enabled: bool) -> "Pipeline":
        return self.edited(id, lambda call: (call.marked(enabled=enabled),))

    def removed(self, id: str) -> "Pipeline":
        return self.edited(id, lambda call: ())

    def duplicated(self, id: str) -> "Pipeline":
        """A copy of the step after it, with dice of its own."""
        return self.edited(id, lambda call: (call, anonymous(call)))

    def added(self, *calls: Call, into: str = "", before: str = "") -> "Pipeline":
        """The pipeline with further steps: at the end, at the end of a container, or before a step."""
        if before:
            return self.edited(before, lambda call: (*calls, call))
        if into:
            return self.edited(into, lambda call: (with_children(call, (*call.children, *calls)),))
        return Pipeline((*self.calls, *calls))

    def moved(self, id: str, by: int) -> "Pipeline":
        """The step one place up (by=-1) or down (by=1) among its siblings; past the end of a container, out of it."""
        siblings, holder = self._family(id)
        index = [call.id for call in siblings].index(id)
        call, target = siblings[index], index + by
        if 0 <= target < len(siblings):
            order = [*siblings[:index], *siblings[index + 1 :]]
            order.insert(target, call)
            if not holder:
                return Pipeline(tuple(order))
            return self.edited(holder, lambda container: (with_children(container, tuple(order)),))
        if not holder:
            return self
        rest = self.removed(id)
        return rest.edited(holder, lambda container: (call, container) if by < 0 else (container, call))

    def _family(self, id: str) -> tuple[tuple[Call, ...], str]:
        for holder in walk(self.calls):
            if any(call.id == id for call in holder.children):
                return holder.children, holder.id
        self.find(id)
        return self.calls, ""
