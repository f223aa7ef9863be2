"""The names that pasted code sets at its top level, what stands behind them, and how much is read."""

import ast
from bisect import bisect_right
from collections.abc import Collection, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cnnlab import limits
from cnnlab.messages import N_, SpecError

from .line import AT_LINE, Note, at
from .text import parse

MUTATORS = {"append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort"}


@dataclass(frozen=True)
class Bounds:
    """How much of everything a catalogue has a use for."""

    number: int  # the largest magnitude
    items: int  # of a list or tuple
    inner: int = 0  # of one inside another, which holds no further ones; 0 where none may stand inside
    text: int = limits.PASTE_CHARACTERS  # of one word
    depth: int = 200  # of one expression in another
    work: int = 10_000  # names may stand for names (a = b + b, b = c + c, …): this ends what would double
    lists: type[list] | type[tuple] = list  # what a list is read as


@dataclass(frozen=True)
class Binding:
    """From `since` (line, column) on a name stands for a value or an imported path; with neither, running would tell."""

    since: tuple[int, int]
    value: ast.expr | None = None
    path: str = ""


class Scope:
    """The names of one pasted text, and notes on how it was read.

    `paths` are names that count as imported from the start; the text may itself define `known` ones without
    changing what they mean; it is `tidied` first if only what is read of it is kept.
    """

    def __init__(
        self,
        text: str,
        bounds: Bounds,
        paths: Mapping[str, str] | None = None,
        known: Collection[str] = (),
        tidied: bool = False,
    ):
        code, self.tree = parse(text, tidied)
        self.lines, self.bounds, self.known = code.split("\n"), bounds, known
        self.bindings = {name: [Binding((0, 0), path=path)] for name, path in (paths or {}).items()}
        self.changed: dict[str, int] = {}
        self.notes: list[Note] = []
        self.work = self.depth = 0
        for statement in self.tree.body:
            self._learn(statement)

    def note(self, node: ast.AST, template: str, **values: Any) -> None:
        self.notes.append(Note(node.lineno, template, values))

    def _learn(self, statement: ast.stmt) -> None:
        since = (statement.end_lineno, statement.end_col_offset)
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    root = alias.name.partition(".")[0]
                    self._set(alias.asname or root, Binding(since, path=alias.name if alias.asname else root))
            case ast.ImportFrom(module=module, names=names):
                for alias in names:
                    self._set(alias.asname or alias.name, Binding(since, path=f"{module or ''}.{alias.name}"))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value, since)
            case ast.AnnAssign(target=target, value=value):
                self._bind(target, value, since)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                if name not in self.known:
                    self._set(name, Binding(since))
                return
            case _:
                for name in _stored(statement):
                    self._set(name, Binding(since))
        self.changed |= dict.fromkeys(_mutated(statement), statement.lineno)

    def _bind(self, target: ast.expr, value: ast.expr | None, since: tuple[int, int]) -> None:
        match target, value:
            case ast.Name(id=name), _:
                self._set(name, Binding(since, value))
            case ((ast.Tuple() | ast.List()), (ast.Tuple() | ast.List())) if len(target.elts) == len(value.elts):
                for one, its in zip(target.elts, value.elts, strict=True):
                    self._bind(one, its, since)
            case _:
                for name in _stored(target):
                    self._set(name, Binding(since))

    def _set(self, name: str, binding: Binding) -> None:
        self.bindings.setdefault(name, []).append(binding)

    @contextmanager
    def inside(self, node: ast.expr) -> Iterator[None]:
        """Nothing; around what reads one expression: refusals get its line, its depth and its work are counted."""
        with at(node):
            self.spend()
            if self.depth > self.bounds.depth:
                raise SpecError(
                    "this is nested more than {limit} deep: give inner parts names.", limit=self.bounds.depth
                )
            self.depth += 1
            try:
                yield
            finally:
                self.depth -= 1

    def spend(self, work: int = 1) -> None:
        self.work += work
        if self.work > self.bounds.work:
            raise SpecError("this is too much to read: paste less of it, its values written out.")

    def quote(self, node: ast.AST) -> str:
        """The beginning of the source of a node, for a message."""
        one_line = node.lineno == node.end_lineno
        # Columns of the tree count bytes of UTF-8.
        line = self.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset if one_line else None]
        text = line.decode()
        return text if one_line and len(text) <= 60 else text[:57] + "..."

    def unreadable(self, node: ast.AST) -> SpecError:
        """The refusal of what spells nothing that is read, on its own line."""
        template = N_("{code} is not something this page reads: write plain values and what the page offers.")
        return SpecError(AT_LINE, line=node.lineno, reason=SpecError(template, code=self.quote(node)))

    def follow(self, node: ast.expr, known: Container[int] = ()) -> ast.expr:
        """The expression behind a name, or the node itself; SpecError where only running would tell.

        Nodes whose identity is `known` are not followed further.
        """
        while isinstance(node, ast.Name) and id(node) not in known:
            binding = self._binding(node)
            if binding is None or binding.path:
                break
            if binding.value is None:
                with at(node):
                    raise SpecError(
                        "{name} is code of yours, which is not run here: use what this page knows.", name=node.id
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
            elif (binding := self._binding(node)) and not binding.path:
                node = binding.value
            else:
                return ".".join([binding.path if binding else node.id, *reversed(tail)])
        return None

    def unchanged(self, name: str) -> None:
        """Nothing, or SpecError where a later line changes in place what the name stands for."""
        if name in self.changed:
            raise SpecError(
                "{name} is changed on line {changed}, and nothing is run here: write it in one piece.",
                name=name,
                changed=self.changed[name],
            )

    def _binding(self, name: ast.Name) -> Binding | None:
        """What was last bound to the name before it is used, so nothing goes in circles."""
        with at(name):
            self.spend()
            self.unchanged(name.id)
        bindings = self.bindings.get(name.id, [])
        before = bisect_right(bindings, (name.lineno, name.col_offset), key=lambda binding: binding.since)
        return bindings[before - 1] if before else None


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
