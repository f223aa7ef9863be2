"""Pasted text as a syntax tree and the names it sets. Nothing in it is ever run."""

import ast
import re
import textwrap
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, SpecError

# A name may stand for names in turn (a = b + b, b = c + c, …): this ends what would double at every line.
MAX_WORK = 10_000
AT_LINE = N_("Line {line}: {reason}")
PLAIN = {
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "，": ",",
    "（": "(",
    "）": ")",
    "：": ":",
    "＝": "=",
    "【": "[",
    "】": "]",
    "、": ",",
    "；": ";",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "*",
    "…": "...",
}
MUTATORS = {"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"}
PROMPT = re.compile(r"\s*(>>>|\.\.\.)( |$)")
MAGIC = re.compile(r"^\s*[%!]\w.*")


def at(place: ast.AST | int, reason: SpecError) -> SpecError:
    """The refusal with the line it is about."""
    line = place if isinstance(place, int) else getattr(place, "lineno", 1)
    return SpecError(AT_LINE, line=line, reason=reason)


def tidy(text: str) -> str:
    """The code in pasted text, every line where it was.

    What stands outside ``` fences, the output between >>> prompts and notebook magics become empty lines.

    >>> tidy('```python\\n>>> v2.RGB()\\nRGB()\\n```')
    '\\nv2.RGB()\\n\\n'
    """
    text = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    lines = text.replace("\ufeff", "").replace("\xa0", " ").split("\n")
    if any(line.lstrip().startswith("```") for line in lines):
        lines = list(_fenced(lines))
    lines = textwrap.dedent("\n".join(lines)).split("\n")
    if any(line.lstrip().startswith(">>>") for line in lines):
        lines = [PROMPT.sub("", line, count=1) if PROMPT.match(line) else "" for line in lines]
    return "\n".join(MAGIC.sub("", line) for line in lines)


def _fenced(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        fence = line.lstrip().startswith("```")
        inside ^= fence
        yield line if inside and not fence else ""


def parse(text: str, known: Collection[str] = ()) -> "Scope":
    """The tree of the pasted text and its names, or SpecError; definitions of `known` names do not count."""
    if len(text) > limits.PASTE_CHARACTERS:
        raise at(
            1,
            SpecError(
                "the text has {count} characters: paste the pipeline alone, at most {limit}.",
                count=len(text),
                limit=limits.PASTE_CHARACTERS,
            ),
        )
    code = tidy(text)
    # Only escaped quotes and line ends matter to what is read. Other escapes ("D:\data") would make the parser
    # warn, or refuse; a slash of the same width keeps every column.
    code = re.sub(r"\\(.)", lambda pair: pair[0] if pair[1] in "\\'\"\n" else "/" + pair[1], code, flags=re.DOTALL)
    try:
        return Scope(code, ast.parse(code), known)
    except SyntaxError as error:
        raise _not_python(error, code) from None
    except (RecursionError, MemoryError):
        raise at(1, SpecError("this is nested too deeply to be read: paste the pipeline alone.")) from None


def _not_python(error: SyntaxError, code: str) -> SpecError:
    line = min(max(error.lineno or 1, 1), code.count("\n") + 1)
    here = code.split("\n")[line - 1]
    odd = next((character for character in here if character in PLAIN), None)
    if odd and "invalid" in error.msg:
        return at(
            line,
            SpecError(
                "{character} is not a character of Python: type {plain} instead.", character=odd, plain=PLAIN[odd]
            ),
        )
    return at(line, SpecError("this is not Python: {reason}", reason=error.msg))


@dataclass(frozen=True)
class Note:
    """What a person should know of how a line was read: an English template and its values."""

    line: int
    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"Line {self.line}: {self.template.format(**self.values)}"


@dataclass(frozen=True)
class Binding:
    """From `since` (line, column) on a name stands for `value`; None where only running would tell."""

    since: tuple[int, int]
    value: ast.expr | None


class Scope:
    """The names that pasted code sets at its top level, and notes on how it was read."""

    def __init__(self, code: str, tree: ast.Module, known: Collection[str] = ()):
        self.lines, self.tree, self.known = code.split("\n"), tree, known
        self.imports: dict[str, str] = {}
        self.bindings: dict[str, list[Binding]] = {}
        self.changed: dict[str, int] = {}
        self.notes: list[Note] = []
        self.work = 0
        for statement in tree.body:
            self._learn(statement)

    def note(self, node: ast.AST, template: str, **values: Any) -> None:
        self.notes.append(Note(node.lineno, template, values))

    def _learn(self, statement: ast.stmt) -> None:
        since = (statement.end_lineno, statement.end_col_offset)
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    root = alias.name.partition(".")[0]
                    self.imports[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=module, names=names):
                self.imports |= {alias.asname or alias.name: f"{module or ''}.{alias.name}" for alias in names}
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value, since)
            case ast.AnnAssign(target=target, value=value):
                self._bind(target, value, since)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name not in self.known:
                    self._set(name, None, since)
                return
            case _:
                for name in _stored(statement):
                    self._set(name, None, since)
        self.changed |= dict.fromkeys(_mutated(statement), statement.lineno)

    def _bind(self, target: ast.expr, value: ast.expr | None, since: tuple[int, int]) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self._set(name, value, since)
            case ((ast.Tuple() | ast.List()), (ast.Tuple() | ast.List())) if len(target.elts) == len(value.elts):
                for one, its in zip(target.elts, value.elts, strict=True):
                    self._bind(one, its, since)
            case _:
                for name in _stored(target):
                    self._set(name, None, since)

    def _set(self, name: str, value: ast.expr | None, since: tuple[int, int]) -> None:
        self.bindings.setdefault(name, []).append(Binding(since, value))

    def quote(self, node: ast.AST) -> str:
        """The beginning of the source of a node, for a message."""
        one_line = node.lineno == node.end_lineno
        # Columns of the tree count bytes of UTF-8.
        line = self.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset if one_line else None]
        text = line.decode()
        return text if one_line and len(text) <= 60 else text[:57] + "..."

    def binding(self, name: ast.Name) -> Binding | None:
        """What the name stands for where it is used: the last assignment before it, so nothing goes in circles."""
        self.spend(name)
        self.unchanged(name.id, name)
        here = (name.lineno, name.col_offset)
        return next((one for one in reversed(self.bindings.get(name.id, [])) if one.since <= here), None)

    def spend(self, node: ast.AST) -> None:
        self.work += 1
        if self.work > MAX_WORK:
            raise at(node, SpecError("this is too much to read: paste the pipeline alone, its values written out."))

    def unchanged(self, name: str, place: ast.AST) -> None:
        if name in self.changed:
            raise at(
                place,
                SpecError(
                    "{name} is changed on line {changed}, and nothing is run here: write it in one piece.",
                    name=name,
                    changed=self.changed[name],
                ),
            )

    def follow(self, node: ast.expr) -> ast.expr:
        """The expression behind a name, or the node itself; SpecError where only running would tell."""
        while isinstance(node, ast.Name) and (binding := self.binding(node)):
            if binding.value is None:
                raise at(
                    node,
                    SpecError(
                        "{name} is code of yours, which is not run here: use what this page knows.", name=node.id
                    ),
                )
            node = binding.value
        return node

    def dotted(self, node: ast.expr) -> str | None:
        """The full name behind `T.Resize`, imports and `T = transforms` resolved; None for anything else."""
        tail = []
        while isinstance(node, (ast.Attribute, ast.Name)):
            if isinstance(node, ast.Attribute):
                tail.append(node.attr)
                node = node.value
            elif binding := self.binding(node):
                node = binding.value
            else:
                return ".".join([self.imports.get(node.id, node.id), *reversed(tail)])
        return None


def _stored(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _mutated(statement: ast.stmt) -> Iterator[str]:
    """Names whose object the statement changes in place."""
    for node in ast.walk(statement):
        match node:
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.Call(func=ast.Attribute(attr=method) as changed) if method in MUTATORS:
                yield from _root(changed)
            case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
                yield from _root(node)


def _root(node: ast.expr) -> Iterator[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
