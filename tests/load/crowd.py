"""Many visitors at once, each at its own pace."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from random import Random

from tests.load.light import LINKS, light
from tests.load.server import Server
from tests.load.session import Action, Visitor

RAMP_S = 0.03  # between one visitor's coming and the next's
Act = Callable[[Visitor, Random], Awaitable[Action]]


class Crowd:
    """Visitors of these pages in turn, inside `async with`; all left at its end."""

    def __init__(self, server: Server, count: int, pages: Sequence[str], seed: int = 0):
        self.server, self.pages, self.seed = server, [pages[place % len(pages)] for place in range(count)], seed
        self.visitors: list[Visitor] = []
        self._rngs = [Random(f"{seed} {place}") for place in range(count)]

    async def __aenter__(self) -> "Crowd":
        self.visitors = [await self._come(place) for place in range(len(self.pages))]
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.gather(*(visitor.close() for visitor in self.visitors))

    async def _come(self, place: int) -> Visitor:
        visitor, page = Visitor(self.server.url), self.pages[place]
        links = LINKS[page]
        await visitor.open(page, links[place // 2 % len(links)])
        await asyncio.sleep(RAMP_S)
        return visitor

    async def act(self, seconds: float, period_s: float, act: Act = light) -> list[Action]:
        """What all did for so long, each one action in a period, or as soon as the one before was over."""
        ends = time.perf_counter() + seconds
        done = await asyncio.gather(*(self._one(place, ends, period_s, act) for place in range(len(self.visitors))))
        return [action for actions in done for action in actions]

    async def _one(self, place: int, ends: float, period_s: float, act: Act) -> list[Action]:
        rng, actions = self._rngs[place], []
        due = time.perf_counter() + rng.uniform(0, period_s)
        while due < ends:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if self.visitors[place].lost:
                await self.visitors[place].close()
                self.visitors[place] = await self._come(place)
                if self.visitors[place].lost:
                    actions.append(Action("come back", all_s=math.inf, problems=["the server did not answer"]))
                    due += period_s
                    continue
            actions.append(await act(self.visitors[place], rng))
            due = max(due + period_s, time.perf_counter())
        return actions
