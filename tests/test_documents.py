"""The documents say what is so."""

import re
from pathlib import Path

from cnnlab.images import sample

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()


def test_the_readme_s_notebook_code_runs():
    pipeline_code, summary_code = re.findall(r"```python\n(.*?)```", README, re.S)
    scope = {}
    exec(pipeline_code, scope)
    exec(summary_code, scope)
    assert scope["report"].params == sum(parameter.numel() for parameter in scope["resnet18"]().parameters())
    exact = {}
    exec(scope["pipeline"].code(seed=7, sample=3), exact)
    assert exact["transform"](sample("chelsea")).tobytes() == scope["stages"][-1].image.tobytes()


def test_the_readme_names_only_targets_that_make_has():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`?\bmake ([a-z-]+)", README)) <= targets


def test_pictures_and_files_that_the_documents_link_are_there():
    for text in (README, ARCHITECTURE):
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / link).exists(), link


def test_the_architecture_s_map_shows_what_is_there():
    (tree,) = re.findall(r"```\n(app\.py.*?)```", ARCHITECTURE, re.S)
    stack = []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        listed = re.split(r"\s{2,}", line.strip())[0].split()
        paths = [name for name in listed if re.fullmatch(r"[\w.]+(\.py|/)", name)]
        assert paths, line
        stack = [*stack[:depth], paths[0].rstrip("/")]
        for path in paths:
            assert ROOT.joinpath(*stack[:-1], path).exists(), path


def test_every_module_of_the_core_stands_on_the_map():
    for path in sorted((ROOT / "cnnlab").glob("**/*.py")):
        parts = path.relative_to(ROOT).parts
        known = any(f"{name}/" in ARCHITECTURE for name in parts[1:-1] if name not in ("augmentation",))
        assert path.name == "__init__.py" or known or path.name in ARCHITECTURE, path
