"""What nobody means to do, done to the real server: `python -m tests.load.fuzz --seconds 120 --seed 1`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.load.__main__ import at_rest
from tests.load.crowd import Crowd
from tests.load.deeds import Deed
from tests.load.inputs import inputs
from tests.load.report import number, percentile
from tests.load.scenarios import PAGES
from tests.load.server import LIMIT_GIB, Memory, Server, Watch, load_average, tracebacks
from tests.load.session import Action

ORDINARY, PERIOD_S = 2, 1.0
PATIENCE_S = 30
COOL_S = 10  # before memory is looked at again


@dataclass
class Outcome:
    """What came of the deeds: how many were done, and what each that failed brought about."""

    done: int = 0
    slowest: tuple[float, str] = (0.0, "")
    failed: dict[str, list[str]] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="0: until all is done")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="NAME", help="do this one alone, or all whose name begins so")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--url", help="of a server that runs already, such as http://127.0.0.1:8501")
    parser.add_argument("--patience", type=float, default=PATIENCE_S, metavar="S", help="how long one action may take")
    parser.add_argument("--limit-gib", type=int, default=LIMIT_GIB, help="memory that one process may have")
    options = parser.parse_args()
    deeds = inputs(options.seed)
    if options.only:
        exact = [deed for deed in deeds if deed.name == options.only]
        deeds = exact or [deed for deed in deeds if deed.name.startswith(options.only)]
    if options.list or not deeds:
        print("\n".join(sorted(deed.name for deed in deeds)) or f"no input is called {options.only}")
        return int(not deeds)
    server = Server.join(options.url) if options.url else Server.start(limit_gib=options.limit_gib)
    try:
        return asyncio.run(fuzz(server, deeds, options.seconds or float("inf"), options.patience))
    finally:
        server.stop()


async def fuzz(server: Server, deeds: Sequence[Deed], seconds: float, patience_s: float) -> int:
    print(f"{len(deeds)} inputs, load average {load_average()}", flush=True)
    before = await at_rest(server)
    stop, outcome = asyncio.Event(), Outcome()
    async with Crowd(server, ORDINARY, PAGES) as crowd, Watch(server) as watch:
        ordinary = asyncio.create_task(keep_on(crowd, stop))
        await feed(server, deeds, seconds, patience_s, outcome)
        stop.set()
        actions = await ordinary
    await asyncio.sleep(COOL_S)
    tell(server, outcome, actions, before, watch.most, await asyncio.to_thread(server.memory), len(deeds))
    return int(bool(outcome.failed) or not server.alive or any(action.problems for action in actions))


async def keep_on(crowd: Crowd, stop: asyncio.Event) -> list[Action]:
    """What ordinary visitors do meanwhile."""
    actions: list[Action] = []
    while not stop.is_set():
        actions += await crowd.act(PERIOD_S, PERIOD_S)
    return actions


async def feed(server: Server, deeds: Sequence[Deed], seconds: float, patience_s: float, outcome: Outcome) -> None:
    """One input after the other; a traceback in the log is put down to the input that was being done."""
    ends, size = time.perf_counter() + seconds, log_size(server)
    for deed in deeds:
        if time.perf_counter() > ends:
            return
        began = time.perf_counter()
        try:
            actions = await deed.do(server, patience_s)
        except Exception as error:  # the driver's own fault, to be seen and told from the server's
            actions = [Action(deed.name, problems=[f"the driver: {type(error).__name__} {error}"])]
        problems = [problem for action in actions for problem in action.problems]
        text, size = new_log(server, size)
        problems += [f"in the log: {said}" for said in tracebacks(text) if not deed.wild]
        outcome.done += 1
        outcome.slowest = max(outcome.slowest, (time.perf_counter() - began, deed.name))
        if not server.alive:
            problems.append("the server ended")
        if problems:
            outcome.failed[deed.name] = problems
            print(f"  ✗ --only '{deed.name}': {problems[0][:200]}", flush=True)
        if not server.alive:
            return


def log_size(server: Server) -> int:
    return server.log.stat().st_size if server.log else 0


def new_log(server: Server, size: int) -> tuple[str, int]:
    """What the log says since it was so long, and how long it is."""
    if not server.log:
        return "", 0
    with server.log.open("rb") as log:
        log.seek(size)
        text = log.read()
    return text.decode(errors="replace"), size + len(text)


def tell(
    server: Server, outcome: Outcome, actions: Sequence[Action], before: Memory, most: Memory, after: Memory, count: int
) -> None:
    print(f"\n{outcome.done} of {count} done, {len(outcome.failed)} failed, load average {load_average()}")
    for name, problems in outcome.failed.items():
        print(f"✗ --only '{name}'")
        for problem in dict.fromkeys(problems):
            print(f"    {problem[:300]}")
    print(f"slowest: {outcome.slowest[0]:.1f} s, {outcome.slowest[1]}")
    waits = [action.all_s * 1e3 for action in actions]
    broken = [problem for action in actions for problem in action.problems]
    print(f"{ORDINARY} ordinary visitors: {len(waits)} actions, p95 {number(percentile(waits, 0.95))} ms", end="")
    print(f", {len(broken)} problems, first {broken[0]}" if broken else ", no problems")
    print(
        f"memory: resident {before.resident:.0f} MiB, at most {most.resident:.0f}, after {after.resident:.0f}; "
        f"of all processes {before.together:.0f}, {most.together:.0f}, {after.together:.0f}"
    )
    print("the server is alive" if server.alive else "✗ the server ended")


if __name__ == "__main__":
    sys.exit(main())
