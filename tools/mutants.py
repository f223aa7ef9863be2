"""Do the tests notice a fault? `make mutants SECONDS=600` plants one after the other and counts.

Each is run in a fork of a process that has torch and all else imported but nothing of cnnlab, in a copy of the tree.
The order is drawn by a seed, and what is not reached in time is left out, of each module in proportion.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from compileall import compile_dir
from contextlib import suppress
from importlib import import_module
from math import inf, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# The tests that concern each module, beside its own doctests.
MODULES: Mapping[str, tuple[str, ...]] = {
    "cnnlab/specs.py": ("tests/test_specs.py",),
    "cnnlab/params.py": ("tests/test_params.py",),
    "cnnlab/links.py": ("tests/test_links.py",),
    "cnnlab/trail.py": ("tests/test_trail.py",),
    "cnnlab/reading/literals.py": ("tests/reading/test_literals.py",),
    "cnnlab/augmentation/dice.py": ("tests/augmentation/test_dice.py",),
    "cnnlab/augmentation/view.py": ("tests/augmentation/test_view.py", "tests/pages/test_table.py"),
    "cnnlab/models/expressions.py": ("tests/models/test_source.py",),
    "cnnlab/models/initialisation.py": ("tests/models/test_initialisation.py",),
    "cnnlab/summary/view.py": ("tests/summary/test_view.py", "tests/pages/test_table.py"),
    "cnnlab/summary/columns.py": ("tests/summary/test_columns.py", "tests/summary/test_views.py"),
    "cnnlab/summary/windows.py": ("tests/summary/test_windows.py",),
    "cnnlab/summary/counting.py": ("tests/summary/test_counting.py",),
    "cnnlab/summary/measuring.py": ("tests/summary/test_memory.py",),
    "cnnlab/summary/needs.py": ("tests/summary/test_memory.py",),
}
PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
PASSED, NO_PYTHON = 0, 99
SOUND, IMPORTED = "sound", "imported.txt"
MEMORY = 8 << 30  # bytes that one run may take: a fault in a size must not take the machine


class Run(NamedTuple):
    """The tests of one module with one fault, or with none."""

    file: str
    fault: Any = None
    limit_s: float = inf


class End(NamedTuple):
    run: Run
    status: int
    seconds: float


def drawn(faults: Mapping[str, Sequence], seed: int) -> list[tuple[str, Any]]:
    """All (file, fault) in an order of which every beginning holds each file in its proportion."""
    places = []
    for file, ours in faults.items():
        order = random.Random(f"{seed}/{file}").sample(list(ours), len(ours))
        places += [((number + 0.5) / len(order), file, fault) for number, fault in enumerate(order)]
    return [place[1:] for place in sorted(places, key=lambda place: place[:2])]


def estimate(killed: int, tried: int, total: int) -> tuple[float, float]:
    """Percent killed, and how far the sample may be off all of them, 19 times of 20."""
    if not tried:
        return 0.0, 100.0
    share, unseen = killed / tried, (total - tried) / max(total - 1, 1)
    return 100 * share, 196 * sqrt(share * (1 - share) / tried * unseen)


def copied(target: Path) -> Path:
    """A copy of the tree: what git tracks, or would."""
    names = subprocess.check_output(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    compile_dir(target / "cnnlab", quiet=2)
    return target


def log_of(tree: Path, file: str) -> Path:
    return tree.parent / f"{file.replace('/', '.')}.log"


def tested(tree: Path, run: Run) -> int:
    """The exit status of the tests in a copy, for a process that does nothing else."""
    os.chdir(tree)
    sys.path[0] = str(tree)
    sys.dont_write_bytecode = run.fault is not None
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    if run.fault:
        source = run.fault.source
        try:
            compile(source, run.file, "exec")
        except SyntaxError:
            return NO_PYTHON
        Path(run.file).write_text(source, encoding="utf-8")
    with open(log_of(tree, run.file), "w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    # The tests first: collected first, a module would hide a function of its name in the package, as `memory` has.
    status = pytest.main([*PYTEST, *MODULES[run.file], run.file])
    if not run.fault:
        ours = [name for name, module in sys.modules.items() if sys.prefix in (getattr(module, "__file__", "") or "")]
        with open(tree.parent / IMPORTED, "a") as names:
            names.write("".join(f"{name}\n" for name in ours))
    return int(status)


def ends(runs: Sequence[Run], trees: Sequence[Path], until: float) -> list[End]:
    """What came of the runs that ended in time, as many at once as there are copies."""
    waiting, free, busy, ended = list(runs)[::-1], list(trees), {}, []
    while (waiting or busy) and time.monotonic() < until:
        while waiting and free:
            run, tree = waiting.pop(), free.pop()
            if pid := os.fork():
                os.setpgid(pid, pid)
                busy[pid] = run, tree, time.monotonic()
            else:
                try:
                    os._exit(tested(tree, run))
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
        for pid, (run, tree, began) in list(busy.items()):
            seconds = time.monotonic() - began
            if seconds > run.limit_s:
                os.killpg(pid, signal.SIGKILL)
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                del busy[pid]
                shutil.copy2(tree.parent / SOUND / run.file, tree / run.file)
                free.append(tree)
                ended.append(End(run, os.waitstatus_to_exitcode(status), seconds))
        time.sleep(0.01)
    for pid in busy:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return ended


def sound(files: Sequence[str], trees: Sequence[Path], until: float) -> dict[str, float]:
    """How long the tests of each module take with no fault; it ends here if they do not pass."""
    seconds = {}
    for end in ends([Run(file) for file in files], trees, until):
        if end.status != PASSED:
            log = log_of(trees[0], end.run.file).read_text()
            sys.exit(f"{log}\nThe tests of {end.run.file} fail without any fault: {' '.join(MODULES[end.run.file])}")
        seconds[end.run.file] = end.seconds
    if len(seconds) < len(files):
        sys.exit("The time is too short to run the tests of every module even once.")
    return seconds


def main() -> None:
    from tools.mutations import mutations  # mutmut is needed by nothing else

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="some of the modules instead of all")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    until = time.monotonic() + options.seconds
    os.environ["OMP_NUM_THREADS"] = "1"  # one run to a processor, and none of them waits for threads of its own
    files = options.modules or list(MODULES)
    if missing := [name for file in files for name in (file, *MODULES[file]) if not (ROOT / name).is_file()]:
        sys.exit(f"MODULES in {Path(__file__).name} names what is not there: {', '.join(missing)}")
    with TemporaryDirectory(prefix="mutants-") as folder:
        source = copied(Path(folder, SOUND))
        trees = [Path(shutil.copytree(source, Path(folder, str(number)))) for number in range(os.cpu_count() or 1)]
        sound(files, trees, until)
        for name in dict.fromkeys(Path(folder, IMPORTED).read_text().split()):
            with suppress(Exception):
                import_module(name)
        limits = {file: 10 + 4 * seconds for file, seconds in sound(files, trees, until).items()}
        faults = {file: mutations(file, (source / file).read_text(encoding="utf-8")) for file in limits}
        runs = [Run(file, fault, limits[file]) for file, fault in drawn(faults, options.seed)]
        ended = [end for end in ends(runs, trees, until) if end.status != NO_PYTHON]
    report(faults, ended)


def report(faults: Mapping[str, Sequence], ended: Sequence[End]) -> None:
    tried = Counter(end.run.file for end in ended)
    survivors = sorted(
        (end.run.fault for end in ended if end.status == PASSED), key=lambda fault: (fault.file, fault.change[0])
    )
    survived = Counter(fault.file for fault in survivors)
    print("\n".join(map(str, survivors)))
    print(f"\n{'module':40} {'tried':>6} {'killed':>6} {'survived':>8} {'not reached':>11} {'killed %':>9}")
    for file, ours in faults.items():
        killed, left = tried[file] - survived[file], len(ours) - tried[file]
        percent = f"{estimate(killed, tried[file], len(ours))[0]:.0f}"
        print(f"{file:40} {tried[file]:6} {killed:6} {survived[file]:8} {left:11} {percent:>9}")
    total, count = sum(map(len, faults.values())), sum(tried.values())
    percent, margin = estimate(count - sum(survived.values()), count, total)
    print(f"\n{percent:.1f} % of the faults are noticed (± {margin:.1f}): {count:,} tried of {total:,}.")


if __name__ == "__main__":
    main()
