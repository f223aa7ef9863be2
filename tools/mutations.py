"""The small faults that a module can have: mutmut's, and three of our own."""

from collections.abc import Iterable
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor, mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

PROSE = ("N_",)  # messages are proofread, not tested
EXPORTS = cst.Name("__all__")  # what a star would import, which nobody writes here; ruff knows of a wrong name


def _fewer(node: cst.Tuple | cst.List | cst.Dict) -> Iterable[cst.CSTNode]:
    """A key, a row or a choice forgotten."""
    for number in range(len(node.elements) * (len(node.elements) > 1)):
        kept = [*node.elements[:number], *node.elements[number + 1 :]]
        if isinstance(node, cst.Tuple) and len(kept) == 1:
            kept = [kept[0].with_changes(comma=cst.Comma())]
        yield node.with_changes(elements=kept)


def _unsaid(node: cst.FormattedString) -> Iterable[cst.CSTNode]:
    """A value left out of a text."""
    for part in node.parts:
        if isinstance(part, cst.FormattedStringExpression):
            yield node.with_changes(parts=[other for other in node.parts if other is not part])


def _opposite(node: cst.If) -> Iterable[cst.CSTNode]:
    test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


OPERATORS = (
    *mutation_operators,
    *((kind, _fewer) for kind in (cst.Tuple, cst.List, cst.Dict)),
    (cst.FormattedString, _unsaid),
    (cst.If, _opposite),
)


class _Everywhere(MutationVisitor):
    """Properties, tables and defaults too, which mutmut's own runner cannot exchange while a program runs."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in PROSE:
            return True
        if isinstance(node, cst.Assign) and cst.ensure_type(node.targets[0], cst.AssignTarget).target.deep_equals(
            EXPORTS
        ):
            return True
        return super()._skip_node_and_children(node)


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines two texts begin with together."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True)
class Mutation:
    """One fault in a file; `source` is the file with it."""

    file: str
    tree: cst.Module
    before: cst.CSTNode
    after: cst.CSTNode

    @property
    def source(self) -> str:
        return self.tree.deep_replace(self.before, self.after).code

    @property
    def change(self) -> tuple[int, list[str], list[str]]:
        """The first line that differs, and the lines there before and after."""
        before, after = self.tree.code.splitlines(), self.source.splitlines()
        first = _alike(before, after)
        last = _alike(before[first:][::-1], after[first:][::-1])
        return first + 1, before[first : len(before) - last], after[first : len(after) - last]

    def __str__(self) -> str:
        line, before, after = self.change
        lines = [f"    - {text.strip()}" for text in before] + [f"    + {text.strip()}" for text in after]
        return "\n".join([f"{self.file}:{line}", *lines])


def mutations(file: str, source: str) -> list[Mutation]:
    """Every fault of one source file, from its top to its end."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Everywhere(OPERATORS, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    return [Mutation(file, wrapper.module, fault.original_node, fault.mutated_node) for fault in visitor.mutations]
