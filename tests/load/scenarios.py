"""What is measured: a function for every scenario, which gives its rows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.load.bad import BOXES, HEAVY
from tests.load.crowd import Act, Crowd
from tests.load.deeds import Deed
from tests.load.light import LINKS, anywhere, light
from tests.load.report import ALONE, BESIDE, CLASS, FIRST, LESSON, LIGHT, Aim, Row
from tests.load.server import Cpu, Server, Watch
from tests.load.session import Action, Visitor

PAGES = tuple(LINKS)
LESSONS: Mapping[str, str] = {
    "augmentation": "seed=4711",
    "layers": "seed=4711&kernel=default",
    "summary": "model=resnet50",
}


@dataclass(frozen=True)
class Pace:
    """How long scenarios go on: actions of one alone and first visits in number, the others in seconds.

    `patience_s` is that of the one who does the worst; the class beside it waits as long as it must.
    """

    alone: int
    visits: int
    crowd_s: float
    random_s: float
    bad_s: float
    patience_s: float


FULL, QUICK = Pace(40, 8, 30, 30, 12, 30), Pace(12, 3, 7, 6, 4, 5)
Rows = AsyncIterator[Row]


class Measured:
    """CPU and memory of a server inside `async with`."""

    def __init__(self, server: Server):
        self.server, self.watch = server, Watch(server)

    async def __aenter__(self) -> "Measured":
        await self.watch.__aenter__()
        self._before = self.server.cpu()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.cpu: Cpu = self.server.cpu().since(self._before)
        await self.watch.__aexit__(*error)

    def row(self, name: str, visitors: int, actions: list[Action], aims: tuple[Aim, ...] = (), note: str = "") -> Row:
        return Row(name, visitors, actions, self.cpu, self.watch, aims, note)


async def first(server: Server, pace: Pace) -> Rows:
    """First visits of every page: of a server that nobody asked yet, and of one that was asked."""
    fresh = server.another()
    try:
        for when, count in (("cold", 1), ("warm", pace.visits)):
            for page in ("", *PAGES):
                async with Measured(fresh) as measured:
                    actions = [await _visit(fresh, page) for _ in range(count)]
                yield measured.row(f"first, {when} /{page}", 1, actions, FIRST)
    finally:
        if fresh is not server:
            fresh.stop()


async def _visit(server: Server, page: str, query: str = "") -> Action:
    visitor = Visitor(server.url)
    action = await visitor.open(page, query)
    await visitor.close()
    return action


async def alone(server: Server, pace: Pace) -> Rows:
    for page in PAGES:
        async with Crowd(server, 1, [page]) as crowd, Measured(server) as measured:
            rng = Random(1)
            actions = [await light(crowd.visitors[0], rng) for _ in range(pace.alone)]
        yield measured.row(f"alone /{page}", 1, actions, ALONE)


def crowded(name: str, count: int, period_s: float, aims: tuple[Aim, ...], act: Act, split: bool = False) -> Callable:
    """A scenario of so many visitors; `split` into a row for each page, else of all pages together."""

    async def scenario(server: Server, pace: Pace) -> Rows:
        seconds = pace.random_s if act is anywhere else pace.crowd_s
        for pages in [[page] for page in PAGES] if split else [PAGES]:
            async with Crowd(server, count, pages) as crowd, Measured(server) as measured:
                actions = await crowd.act(seconds, period_s, act)
            yield measured.row(f"{name} /{pages[0]}" if split else name, count, actions, aims)

    return scenario


async def lesson(server: Server, pace: Pace) -> Rows:
    """All open the same link at once."""
    for page, query in LESSONS.items():
        async with Measured(server) as measured:
            visitors = [Visitor(server.url) for _ in range(50)]
            actions = await asyncio.gather(*(visitor.open(page, query) for visitor in visitors))
        yield measured.row(f"lesson /{page}", len(visitors), list(actions), LESSON)
        await asyncio.gather(*(visitor.close() for visitor in visitors))


async def bad(server: Server, pace: Pace) -> Rows:
    """The class goes on while one more visitor does each of the worst things; all red boxes of once in one row."""
    crowd = await Crowd(server, 30, PAGES).__aenter__()
    try:
        for name, deeds in (*((deed.name, [deed]) for deed in HEAVY), ("red boxes", BOXES)):
            if not server.alive:
                server.restart()
                crowd = await Crowd(server, 30, PAGES).__aenter__()
            async with Measured(server) as measured:
                worst = asyncio.create_task(_one_by_one(server, deeds, pace.patience_s))
                actions = await crowd.act(pace.bad_s, 2)
            theirs = await worst
            note = f"its own: {max((action.all_s for action in theirs), default=0):.1f} s"
            if problems := [problem for action in theirs for problem in action.problems]:
                note += f"; {problems[0][:60]}" + (f" and {len(problems) - 1} more" if problems[1:] else "")
            row = measured.row(f"bad: {name}", 30, actions, BESIDE, note if server.alive else "✗ the server ended")
            row.aside = theirs
            yield row
    finally:
        await crowd.__aexit__()


async def _one_by_one(server: Server, deeds: Sequence[Deed], patience_s: float) -> list[Action]:
    return [action for deed in deeds for action in await deed.do(server, patience_s)]


SCENARIOS: Mapping[str, Callable[[Server, Pace], Rows]] = {
    "first": first,
    "alone": alone,
    "ten": crowded("ten", 10, 2, LIGHT, light),
    "class": crowded("class", 30, 2, CLASS, light, split=True),
    "large": crowded("large", 50, 5, CLASS, light),
    "random": crowded("random", 12, 1, (), anywhere),
    "lesson": lesson,
    "bad": bad,
}
