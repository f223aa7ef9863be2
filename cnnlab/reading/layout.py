"""A call that was written on one long line, over several."""

import ast
from collections.abc import Iterator
from functools import lru_cache

WIDTH = 60
INDENT = "    "


@lru_cache(maxsize=16)
def laid_out(text: str, width: int = WIDTH) -> str:
    """The same Python with a line for each argument of a call that reaches beyond so many characters on its line.

    Text that is no Python, and calls that stand on several lines already, stay as they are.

    >>> print(laid_out("net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))", 40))
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 10),
    )
    """
    if "\r" in text:  # where Python begins a line too
        return text
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    lines = [line.encode() for line in text.split("\n")]  # columns of the tree count bytes of UTF-8
    last = len(lines)
    for statement in reversed(tree.body):
        value = getattr(statement, "value", None)
        alone = statement.lineno == statement.end_lineno < last + 1
        if alone and isinstance(value, ast.expr) and len(lines[statement.lineno - 1].decode()) > width:
            line, last = lines[statement.lineno - 1], statement.lineno - 1
            before, after = line[: value.col_offset].decode(), line[value.end_col_offset :].decode()
            lines[last] = f"{before}{_over_lines(line, value, '', width)}{after}".encode()
        else:
            last = statement.lineno - 1
    return b"\n".join(lines).decode()


def _over_lines(line: bytes, node: ast.expr, indent: str, width: int) -> str:
    """A part of a line, beginning at the indent, over as many lines as it takes."""
    text = line[node.col_offset : node.end_col_offset].decode()
    parts = list(_parts(node))
    if not parts or (indent and len(indent) + len(text) < width):
        return text
    head = line[node.col_offset : _opening(line, node)].decode()
    inner = indent + INDENT
    rows = "".join(f"{inner}{_part(line, part, inner, width)},\n" for part in parts)
    return f"{head}\n{rows}{indent}{text[-1]}"


def _opening(line: bytes, node: ast.Call | ast.List) -> int:
    """Where the bracket before the parts has just ended."""
    return line.index(b"(", node.func.end_col_offset) + 1 if isinstance(node, ast.Call) else node.col_offset + 1


def _parts(node: ast.expr) -> Iterator[ast.expr | ast.keyword]:
    """The arguments of a call, or the elements of a list, in the order of the text."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *node.keywords]
    elif isinstance(node, ast.List):
        parts = node.elts
    else:
        parts = []
    if not any(isinstance(part, ast.GeneratorExp) for part in parts):  # which takes no comma after it
        yield from sorted(parts, key=lambda part: part.col_offset)


def _part(line: bytes, part: ast.expr | ast.keyword, indent: str, width: int) -> str:
    if not isinstance(part, ast.keyword):
        return _over_lines(line, part, indent, width)
    return (f"{part.arg}=" if part.arg else "**") + _over_lines(line, part.value, indent, width)
