"""All that the training page shows, as one plain value that a URL can carry."""

import re
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

from cnnlab import limits
from cnnlab.figures.training import AXES
from cnnlab.links import Field, choice, damaged, flag, text, whole

from .checkpoints import BEST, LAST
from .config import TrainConfig, share
from .jobs import PARTS_OF_DATA

SMOOTHING, MOST_SMOOTHING = 0.6, 0.99  # TensorBoard's own
RUN = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)  # what names a folder, and no way out of the one above it


def _run(name: str) -> Field:
    def read(value: str, view: Any) -> str:
        if value and not RUN.fullmatch(value):
            raise damaged()
        return value

    return Field(name, lambda view: getattr(view, name), read, name)


def _runs(value: str, view: Any) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(filter(None, value.split("."))))
    if len(names) > limits.COMPARED or not all(map(RUN.fullmatch, names)):
        raise damaged()
    return names


@dataclass(frozen=True)
class View(TrainConfig):
    """What is being set up, or the run that is watched: `run` is its id, "" while setting up.

    `look` is the tab, "" for the first; `runs` are those that the run is compared with. While setting up, `parent` is
    the run that is forked from, at its checkpoint after `step` steps.

    Curves are drawn along `axis`, made smooth by `smoothing`, the loss on a logarithmic axis where `log` says so;
    histograms are those `taken` after so many steps, 0 for the newest, from `layer` on. The outcome is that of
    `checkpoint` on `part` of the data; where one of them is "", the first that there is.
    """

    run: str = ""
    look: str = ""
    runs: tuple[str, ...] = ()
    parent: str = ""
    step: int = 0
    axis: str = next(iter(AXES))
    smoothing: float = SMOOTHING
    log: bool = False
    taken: int = 0
    layer: str = ""
    checkpoint: str = ""
    part: str = ""

    FIELDS: ClassVar[tuple[Field, ...]] = (
        *TrainConfig.FIELDS,
        _run("run"),
        text("look", limits.LINK_NAME),
        Field("runs", lambda view: ".".join(view.runs), _runs, "runs"),
        _run("parent"),
        whole("step", 0, limits.STEPS_OF_RUN),
        choice("axis", lambda view: AXES),
        share("smoothing", MOST_SMOOTHING),
        flag("log"),
        whole("taken", 0, limits.STEPS_OF_RUN),
        text("layer", limits.LINK_NAME),
        choice("checkpoint", lambda view: ("", BEST, LAST)),
        choice("part", lambda view: ("", *PARTS_OF_DATA)),
    )

    @property
    def config(self) -> TrainConfig:
        return TrainConfig(**{field.name: getattr(self, field.name) for field in fields(TrainConfig)})

    @classmethod
    def of(cls, config: TrainConfig, **more: Any) -> Self:
        """The view in which a configuration is set up."""
        return cls(**{**{field.name: getattr(config, field.name) for field in fields(TrainConfig)}, **more})

    def watching(self, run: str, *others: str, look: str = "") -> "View":
        """The view of a run: what it does stands in its folder, so the link names it alone."""
        return View(run=run, runs=others, look=look)
