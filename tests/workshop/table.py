"""Kinds of jobs that a test can watch."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch

from cnnlab import limits, shelf
from cnnlab.links import Field, Linked, text
from cnnlab.specs import SpecError
from cnnlab.workshop import Kind, Lane
from cnnlab.workshop.worker import progress


@dataclass(frozen=True)
class Asked(Linked):
    word: str = ""
    FIELDS: ClassVar[tuple[Field, ...]] = (text("word", limits.LINK_NAME),)


def echo(asked):
    return asked.word, os.getpid()


def sleep(asked):
    for tenth in range(10):
        progress(tenth, 10)
        time.sleep(float(asked.word) / 10)
    return "slept"


def spin(asked):
    while True:
        sum(range(10**7))  # in C, where no signal is looked at


def nap(asked):
    time.sleep(0.05)


def moment(asked):
    return time.time_ns()


def slow_moment(asked):
    time.sleep(0.3)
    return time.time_ns()


def draw(asked):
    torch.manual_seed(7)
    return torch.rand(int(asked.word)).tolist()


def take(asked):
    return torch.ones(int(asked.word), dtype=torch.uint8).sum().item()


def take_in_python(asked):
    return len(bytearray(int(asked.word)))


def refuse(asked):
    raise SpecError("{word} is refused.", word=asked.word)


class Other(SpecError):
    """Of a module that the server has not imported."""

    __module__ = "cnnlab.elsewhere"


def refuse_otherwise(asked):
    raise Other("{word} is refused otherwise.", word=asked.word)


@dataclass(frozen=True)
class Foreign:
    """What no server knows."""

    __module__ = "cnnlab.elsewhere"


def answer_with_what_is_not_known(asked):
    return Foreign()


def shelved(asked):
    return shelf.read(asked.word)


def sockets(asked):
    """How many sockets a worker holds."""
    return sum(path.is_socket() for path in Path("/proc/self/fd").iterdir())


def fail(asked):
    raise KeyError(asked.word)


def crash(asked):
    os.kill(os.getpid(), 9)


def leave(asked):
    raise SystemExit(3)


def flood(asked):
    return bytes(int(asked.word))


WORK = (
    *(echo, sleep, spin, nap, moment, slow_moment, draw, take, take_in_python, refuse, fail, crash, leave, flood),
    *(refuse_otherwise, answer_with_what_is_not_known, shelved, sockets),
)
KINDS = {
    f"{lane.name.lower()}.{work.__name__}": Kind(
        f"{lane.name.lower()}.{work.__name__}",
        Asked,
        f"tests.workshop.table:{work.__name__}",
        lane,
        keeps=work is not crash,
    )
    for lane in (Lane.LIGHT, Lane.HEAVY)
    for work in WORK
}
