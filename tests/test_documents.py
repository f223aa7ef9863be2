"""The documents say what is so."""

import re
from collections import Counter
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


CODE = ("py", "js", "css")


def mapped() -> list[str]:
    """The files and folders that ARCHITECTURE.md's tree names: two spaces a level, several names on a line."""
    (tree,) = re.findall(r"```\n(app\.py.*?)```", ARCHITECTURE, re.S)
    paths, stack = [], []
    for line in tree.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        stack = [*stack[:depth], names[0].rstrip("/")]
        paths += ["/".join([*stack[:-1], name]) for name in names]
    return paths


def on_disk() -> set[str]:
    """The code of the app, the core and the tools, and the folders it lies in; __init__.py stands for its folder."""
    files = [
        path for top in ("pages", "cnnlab", "tools") for end in (*CODE, "sh") for path in (ROOT / top).rglob(f"*.{end}")
    ]
    paths = {path.relative_to(ROOT) for path in [*files, ROOT / "app.py"]}
    folders = {folder for path in paths for folder in path.parents if folder.name}
    files = {path.as_posix() for path in paths if path.name != "__init__.py"}
    return files | {f"{folder.as_posix()}/" for folder in folders}


def test_the_architecture_s_tree_is_the_tree_on_disk():
    tree = {path for path in mapped() if path.partition("/")[0] in ("app.py", "pages", "cnnlab", "tools")}
    assert sorted(tree - on_disk()) == []
    assert sorted(on_disk() - tree) == []


def test_the_architecture_s_tree_names_a_file_once():
    assert [path for path, count in Counter(mapped()).items() if count > 1] == []


def test_everything_else_on_the_map_is_there():
    for path in mapped():
        assert (ROOT / path).exists(), path
