"""Arrows go one way: no Streamlit in the core, torch only where needed, no circle, no import hidden in a function."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TORCHLESS = (
    "cnnlab.specs",
    "cnnlab.figures",
    "cnnlab.figures.hardware",
    "cnnlab.figures.training",
    "cnnlab.links",
    "cnnlab.forms",
    "cnnlab.hardware",
    "cnnlab.hardware.__main__",
    "cnnlab.trail",
    "cnnlab.limits",
    "cnnlab.reading",
    "cnnlab.layers",
    "cnnlab.layers.handover",
    "cnnlab.layers.jobs",
    "cnnlab.layers.lessons",
    "cnnlab.loading",
    "cnnlab.loading.dry_run.answers",
    "cnnlab.loading.embedded",
    "cnnlab.loading.folder",
    "cnnlab.loading.gallery.answers",
    "cnnlab.loading.jobs",
    "cnnlab.loading.published",
    "cnnlab.loading.samples",
    "cnnlab.loading.targets",
    "cnnlab.loading.view",
    "cnnlab.loading.uploads",
    "cnnlab.models",
    "cnnlab.summary",
    "cnnlab.summary.cells",
    "cnnlab.summary.view",
    "cnnlab.training",
    "cnnlab.training.comparing",
    "cnnlab.training.timing",
    "cnnlab.training.handover",
    "cnnlab.training.jobs",
    "cnnlab.training.objections",
    "cnnlab.training.view",
    "cnnlab.training.words",
    "cnnlab.training.resuming",
    "cnnlab.jobs",
    "cnnlab.training.process",
    "cnnlab.training.run",
    "cnnlab.training.supervisor",
    "cnnlab.training.supervisor.supervising",
)
# What the server imports, besides the scripts of pages, which begin to draw when they are imported.
SERVED = (
    "app",
    "pages.augmentation.picker",
    "pages.augmentation.pipeline",
    "pages.augmentation.sheet",
    "pages.layers.choosing",
    "pages.layers.head",
    "pages.layers.lessons",
    "pages.layers.looks",
    "pages.layers.origin",
    "pages.layers.stack",
    "pages.loading.looks",
    "pages.loading.sample_look",
    "pages.loading.looks",
    "pages.loading.settings",
    "pages.summary.looks",
    "pages.summary.model",
    "pages.summary.start",
    "pages.training.setting_up",
    "pages.training.watching",
)

# `None` in sys.modules makes every import of that name fail.
IMPORT_CORE = """
import importlib, pkgutil, sys
sys.modules["streamlit"] = None
import cnnlab

def fail(name):
    raise

for module in pkgutil.walk_packages(cnnlab.__path__, "cnnlab.", onerror=fail):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""
# Names after the first are imported where the first ones, joined by commas, cannot be; prints those that fail, and why.
IMPORT_WITHOUT = """
import importlib, sys
for name in sys.argv[1].split(","):
    sys.modules[name] = None
for name in sys.argv[2:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        print(name, error)
"""
# "cnnlab/x.py": why an import must stand in a function there.
IN_FUNCTIONS: Mapping[str, str] = {}


def python(code: str, *args: str) -> str:
    run = subprocess.run([sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_whole_core_imports_without_streamlit():
    assert "cnnlab.specs" in python(IMPORT_CORE).split()


def test_the_server_needs_no_torch():
    assert python(IMPORT_WITHOUT, "torch,torchvision", *SERVED) == ""


def test_what_a_page_thinks_with_needs_no_torch():
    assert python(IMPORT_WITHOUT, "torch,torchvision,streamlit", *TORCHLESS) == ""


def test_an_import_that_needs_torch_is_seen():
    assert "cnnlab.chance" in python(IMPORT_WITHOUT, "torch", "cnnlab.limits", "cnnlab.chance")


def module_name(file: Path) -> str:
    """The name that Python gives a file under the root: a package for its __init__.

    >>> module_name(ROOT / "cnnlab" / "summary" / "__init__.py")
    'cnnlab.summary'
    """
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules(*folders: str) -> Mapping[str, Path]:
    """Files by the name of their module."""
    files = (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")))
    return {module_name(file): file for file in files}


def names_in(statement: ast.stmt, package: str) -> Iterator[str]:
    """What an import statement may import, in full: for `from a import b` both a and a.b."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        base = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level else []
        source = ".".join([*base, *([statement.module] if statement.module else [])])
        yield source
        yield from (f"{source}.{alias.name}" for alias in statement.names)


def imports(source: str, name: str, is_package: bool, known: Mapping[str, Path]) -> set[str]:
    """The modules among `known` that a source imports, wherever in it; a name out of a package counts as its __init__.

    Importing a.b runs the __init__ of a too, but that is no arrow from whoever stands inside a.
    """
    package = name if is_package else name.rpartition(".")[0]
    targets = set()
    for statement in ast.walk(ast.parse(source)):
        names = list(names_in(statement, package))
        deepest = {full for full in names if full in known}
        if isinstance(statement, ast.ImportFrom) and names[0] in known:
            parts = [full for full in names[1:] if full in known]
            deepest = set(parts) if len(parts) == len(names) - 1 else {names[0], *parts}
        for full in deepest:
            parents = {full.rsplit(".", count)[0] for count in range(1, full.count(".") + 1)}
            targets |= {full} | {parent for parent in parents if parent in known and not inside(name, parent)}
    return targets - {name}


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@cache
def graph(*folders: str) -> Mapping[str, frozenset[str]]:
    known = modules(*folders)
    return {
        name: frozenset(imports(file.read_text(encoding="utf-8"), name, file.name == "__init__.py", known))
        for name, file in known.items()
    }


def reached(arrows: Mapping[str, frozenset[str]], start: str) -> set[str]:
    """What can be reached from `start` by following the arrows, itself only where a circle leads back."""
    seen, ahead = set(), list(arrows[start])
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += arrows[name]
    return seen


def circles(arrows: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """The groups of modules that reach each other."""
    beyond = {name: reached(arrows, name) for name in arrows}
    groups = {frozenset(other for other in beyond[name] if name in beyond[other]) for name in arrows}
    return sorted(sorted(group) for group in groups if group)


def functions_with_imports(source: str) -> list[tuple[int, str]]:
    """(line, function) of each import statement inside a function."""
    hidden = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            statements = (node for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom)))
            hidden += [(statement.lineno, function.name) for statement in statements]
    return sorted(set(hidden))


def test_no_import_hides_in_a_function_of_the_core():
    files = {file.relative_to(ROOT).as_posix(): file for file in modules("cnnlab").values()}
    hidden = {place: functions_with_imports(file.read_text(encoding="utf-8")) for place, file in files.items()}
    assert {place: found for place, found in hidden.items() if found and place not in IN_FUNCTIONS} == {}


def test_modules_import_no_circle():
    groups = circles(graph("cnnlab", "pages"))
    assert not groups, "\n".join(" ⇄ ".join(group) for group in groups)


def users(arrows: Mapping[str, frozenset[str]], name: str) -> set[str]:
    """Who of the pages uses a module of pages.shared, itself or through others there: a page's folder, or a file beside."""
    places = (other for other in arrows if name in reached_through_shared(arrows, other))
    return {".".join(place.split(".")[:2]) for place in places if not inside(place, "pages.shared")}


def reached_through_shared(arrows: Mapping[str, frozenset[str]], start: str) -> set[str]:
    """What a module imports of pages.shared, and what that imports there in turn."""
    seen, ahead = set(), list(arrows[start])
    while ahead:
        name = ahead.pop()
        if inside(name, "pages.shared") and name not in seen:
            seen.add(name)
            ahead += arrows[name]
    return seen


@pytest.mark.parametrize("name", [name for name in modules("pages") if name.startswith("pages.shared.")])
def test_what_pages_share_is_used_by_two(name):
    assert len(users(graph("pages"), name)) >= 2, users(graph("pages"), name)


def test_the_arrows_are_read_right():
    known = {name: Path() for name in ("a", "a.b", "a.c", "a.d", "d", "d.e")}
    assert imports("from .c import x\nfrom . import c", "a.b", False, known) == {"a.c"}
    assert imports("from .b import x", "a", True, known) == {"a.b"}
    assert imports("import d.e", "a.b", False, known) == {"d", "d.e"}
    assert imports("from d import e, other", "a.b", False, known) == {"d", "d.e"}
    assert imports("from a import x", "a.b", False, known) == {"a"}
    assert imports("def f():\n    from ..d import e", "a.b.c", False, {**known, "a.d.e": Path()}) == {"a.d", "a.d.e"}
    assert circles({"a": frozenset("b"), "b": frozenset("ca"), "c": frozenset()}) == [["a", "b"]]
    source = "import os\nclass A:\n    import re\n    def f(self):\n        if 1:\n            import sys\n"
    assert functions_with_imports(source) == [(6, "f")]
