"""Pasted code as the steps of a pipeline: parsed and looked up in the tables, never executed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cnnlab.augmentation.catalogue import AUGMENTATIONS
from cnnlab.reading import Note, Scope, at, reading
from cnnlab.specs import N_, Call, SpecError

from .arguments import BOUNDS
from .oldnames import NO_STEP, OWN, RENAMED
from .steps import SPECIAL, Reader

# What may be the pipeline, the likeliest first: a Compose, a bare list, a step alone.
COMPOSED, LISTED, ALONE = range(3)
PIPELINE_ROOTS = ("Compose", "Sequential")
RANKS = {
    **dict.fromkeys((*AUGMENTATIONS, *RENAMED, *SPECIAL, *NO_STEP), ALONE),
    **dict.fromkeys(PIPELINE_ROOTS, COMPOSED),
}
QUIET = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Pass)
ALSO_FOUND = N_("{name} is read; also found: {others}. Paste one alone to read it.")
LEFT_ASIDE = N_("only the pipeline is read; these lines were left aside and not run: {lines}.")
MAX_LISTED = 8


@dataclass(frozen=True)
class Reading:
    """The steps that pasted code spells, and what a person should know of how they were read."""

    calls: tuple[Call, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """An expression that may be the pipeline, what it is called, and the statement it stands in."""

    node: ast.expr
    label: str
    statement: ast.stmt
    rank: int = COMPOSED


def read_code(text: str) -> Reading:
    """The pipeline in pasted code, or SpecError with the line and the reason.

    >>> [call.code() for call in read_code("T.Compose([T.Scale(256), T.ToTensor()])").calls]
    ['v2.Resize(size=256)', 'v2.ToImage()', 'v2.ToDtype(dtype=torch.float32, scale=True)']
    """
    with reading():
        scope = Scope(text, BOUNDS, known=OWN, tidied=True)
        candidates = list(_candidates(scope))
        choice, others = _choice(candidates, scope)
        calls = Reader(scope).pipeline(choice.node)
        return Reading(calls, (*_remarks(choice, others, candidates, scope), *scope.notes))


def _candidates(scope: Scope) -> Iterator[Candidate]:
    """Everything at the top level that may be the pipeline."""
    for statement in scope.tree.body:
        match statement:
            case ast.Assign(targets=[target, *_], value=ast.expr() as value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                pass
            case ast.Expr(value=ast.expr() as value) | ast.Return(value=ast.expr() as value):
                target = None
            case _:
                continue
        for one in _within(Candidate(value, "", statement), scope):
            yield replace(one, label=scope.quote(target) + one.label) if target else one


def _within(whole: Candidate, scope: Scope) -> Iterator[Candidate]:
    """The candidates in an expression, itself mostly."""
    match whole.node:
        case ast.Call(func=func) if (name := _last(func, scope)) in RANKS:
            yield replace(whole, rank=RANKS[name])
        case ast.Call(args=args, keywords=keywords):  # datasets.ImageFolder(path, transforms.Compose([...]))
            inside = (replace(whole, node=node) for node in (*args, *(keyword.value for keyword in keywords)))
            yield from (one for part in inside for one in _within(part, scope) if one.rank == COMPOSED)
        case ast.Dict(keys=keys, values=values):  # {"train": transforms.Compose([...]), "val": …}
            for key, node in zip(keys, values, strict=True):
                for one in _within(replace(whole, node=node), scope):
                    if key and one.rank == COMPOSED:
                        yield replace(one, label=f"[{scope.quote(key)}]{one.label}")
        case ast.Tuple(elts=[only]):  # a trailing comma
            yield from _within(replace(whole, node=only), scope)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            if any(isinstance(item, ast.Call) and _last(item.func, scope) in RANKS for item in items):
                yield replace(whole, rank=LISTED)
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            sides = (replace(whole, node=side) for side in (left, right))
            if any(one.rank == LISTED for side in sides for one in _within(side, scope)):
                yield replace(whole, rank=LISTED)


def _last(node: ast.expr, scope: Scope) -> str:
    """The name at the end of a dotted one, whatever else the text binds it to."""
    if isinstance(node, ast.Attribute):
        return node.attr
    name = getattr(node, "id", "")
    paths = [binding.path for binding in scope.bindings.get(name, ()) if binding.path]
    return (paths or [name])[-1].rpartition(".")[2]


def _choice(candidates: list[Candidate], scope: Scope) -> tuple[Candidate, list[Candidate]]:
    """The first of the likeliest kind, and the others, without those that another one uses."""
    if bare := _bare_lines(candidates):
        return bare, []
    users: dict[str, set[int]] = {}
    for one in candidates:
        for node in ast.walk(one.node):
            if isinstance(node, ast.Name):
                users.setdefault(node.id, set()).add(id(one.statement))
    free = [one for one in candidates if not users.get(one.label, set()) - {id(one.statement)}]
    if not free:
        return _last_resort(scope), []
    choice = min(free, key=lambda one: one.rank)
    with at(choice.statement):
        scope.unchanged(choice.label)
    return choice, [one for one in free if one is not choice]


def _bare_lines(candidates: list[Candidate]) -> Candidate | None:
    """The lines of a list that were pasted without its brackets, as one list."""
    tuples = [isinstance(getattr(one.statement, "value", None), ast.Tuple) and not one.label for one in candidates]
    if len(candidates) < 2 or not all(tuples[:-1]) or any(one.label or one.rank != ALONE for one in candidates):
        return None
    first = candidates[0]
    listed = ast.List(elts=[one.node for one in candidates], ctx=ast.Load())
    return replace(first, node=ast.copy_location(listed, first.node), rank=LISTED)


def _last_resort(scope: Scope) -> Candidate:
    """The last expression that could be meant, so that its refusal says what is wrong with it."""
    for statement in reversed(scope.tree.body):
        value = getattr(statement, "value", None)
        alone = isinstance(statement, ast.Expr) and not isinstance(value, ast.Constant)
        if alone or isinstance(value, (ast.Call, ast.List, ast.BinOp)):
            return Candidate(value, "", statement)
    raise SpecError("there are no transforms here: paste v2.Compose([...]), a list of steps, or one step.")


def _remarks(choice: Candidate, others: list[Candidate], candidates: list[Candidate], scope: Scope) -> Iterator[Note]:
    """What the pasted text holds besides the pipeline."""
    if others:
        name = choice.label or scope.quote(choice.node)
        names = _listed([one.label or scope.quote(one.node) for one in others[: MAX_LISTED + 1]])
        yield Note(choice.node.lineno, ALSO_FOUND, {"name": name, "others": names})
    statements = {id(one.statement) for one in (choice, *candidates)}
    lines = [
        statement.lineno
        for statement in scope.tree.body
        if not isinstance(statement, QUIET)
        and not isinstance(getattr(statement, "value", None), ast.Constant)
        and id(statement) not in statements
    ]
    if lines:
        yield Note(lines[0], LEFT_ASIDE, {"lines": _listed([str(line) for line in lines])})


def _listed(words: list[str]) -> str:
    return ", ".join(words[:MAX_LISTED]) + ", …" * (len(words) > MAX_LISTED)
