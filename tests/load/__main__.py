"""How many visitors one server bears: `make load`, with ARGS such as `--quick alone class`."""

import argparse
import asyncio
import platform
import sys
from collections.abc import Sequence

import psutil

from tests.load.messages import RED_BOX
from tests.load.report import HEAD, LEGEND, Row, number, table
from tests.load.scenarios import FULL, QUICK, SCENARIOS
from tests.load.server import LIMIT_GIB, Memory, Server, load_average

SETTLE_S, STILL = 40, 0.01  # memory is at rest once it changes by less than this share in a second
REST_GROWTH = 0.10


def main() -> int:
    options = arguments()
    server = Server.join(options.url) if options.url else Server.start(limit_gib=options.limit_gib)
    try:
        return asyncio.run(measure(server, options))
    finally:
        server.stop()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument(
        "scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)}; all if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="shorter scenarios, two minutes in all")
    parser.add_argument("--url", help="of a server that runs already, such as http://127.0.0.1:8501")
    parser.add_argument(
        "--rest", type=float, default=0, metavar="S", help="look at memory so long after all left (300)"
    )
    parser.add_argument("--limit-gib", type=int, default=LIMIT_GIB, help="memory that one process may have")
    parser.add_argument("--detail", action="store_true", help="a row for every kind of action too")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"no scenario {', '.join(sorted(unknown))}: there are {', '.join(SCENARIOS)}")
    return options


async def measure(server: Server, options: argparse.Namespace) -> int:
    print(f"Python {platform.python_version()}, {psutil.cpu_count()} cores, load average {load_average()}", flush=True)
    before = await at_rest(server)
    rows: list[Row] = []
    for name in options.scenarios or SCENARIOS:
        async for row in SCENARIOS[name](server, QUICK if options.quick else FULL):
            figures = row.figures
            print(
                f"  {row.name}: p95 {number(figures['p95'])} ms, load average {load_average()}",
                file=sys.stderr,
                flush=True,
            )
            rows.append(row)
    shown = [part for row in rows for part in (row, *(row.parts if options.detail else ()))]
    print(table([HEAD, *(row.cells for row in shown)]), LEGEND, sep="\n\n")
    await rest(server, before, options.rest)
    return verdict(server, rows)


async def at_rest(server: Server) -> Memory:
    """Memory once a new server, with all it starts, no longer grows."""
    memory = await asyncio.to_thread(server.memory)
    for _ in range(SETTLE_S):
        await asyncio.sleep(1)
        earlier, memory = memory, await asyncio.to_thread(server.memory)
        if abs(memory.together - earlier.together) <= STILL * earlier.together:
            break
    return memory


async def rest(server: Server, before: Memory, seconds: float) -> None:
    await asyncio.sleep(seconds)
    after = await asyncio.to_thread(server.memory)
    if not before.resident:
        return
    grown = {"resident": after.resident / before.resident - 1, "all": after.together / before.together - 1}
    said = ", ".join(f"{name} {growth:+.0%}" for name, growth in grown.items())
    aim = f"  {'✓' if max(grown.values()) <= REST_GROWTH else '✗'} at most {REST_GROWTH:+.0%}" if seconds else ""
    print(
        f"\nMemory before the first came {before.resident:.0f} MiB resident, {before.together:.0f} MiB of all processes; "
        f"{seconds:g} s after all left {after.resident:.0f} and {after.together:.0f}: {said}{aim}"
    )


def verdict(server: Server, rows: Sequence[Row]) -> int:
    """What went wrong, printed; 1 where a visitor saw a red box or the server ended."""
    problems = [(row.name, problem) for row in rows for problem in row.every_problem]
    for name, problem in dict.fromkeys(problems):
        print(f"{name}: {problem} ({problems.count((name, problem))} times)")
    for line in dict.fromkeys(server.tracebacks):
        print(f"in the log: {line}")
    missed = sum(not aim.met(row) for row in rows for aim in row.aims)
    print(f"{missed} aims missed, {len(problems)} problems, load average {load_average()}")
    return int(bool(any(problem.startswith(RED_BOX) for _, problem in problems) or server.ends or not server.alive))


if __name__ == "__main__":
    sys.exit(main())
