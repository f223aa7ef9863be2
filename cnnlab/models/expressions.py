"""The reader of pasted source: statements and expressions become layers, numbers and words, by a table of their kinds."""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from cnnlab.specs import SpecError

from .layer import Layer, Name, Table, layer
from .names import DTYPES, LAYERS, MODULE_NAMES, OBJECTS

MAX_DEPTH = 60
MAX_TEXT = 200
MAX_ITEMS = 2000  # of a list or tuple; of one inside another, 16
MAX_NUMBER = 10**12

OPERATORS: Mapping[type[ast.operator], Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class Reader:
    """Reads one text; `names` are what its lines so far have named."""

    def __init__(self):
        self.names: dict[str, Any] = {
            "torch": Name("torch"),
            "nn": Name("torch.nn"),
            "OrderedDict": Name("collections.OrderedDict"),
            "collections": Name("collections"),
        }
        self.last: Layer | None = None

    def read(self, tree: ast.Module) -> Layer:
        for statement in tree.body:
            self.statement(statement)
        root = self.names.get("model", self.last)
        if not isinstance(root, Layer):
            raise SpecError("Line 1: there is no model here: write model = nn.Sequential(...) with layers of torch.nn.")
        return root

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.imported(node)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                self.names[name] = self.kept(self.value(node.value, 0))
            case ast.Expr():
                self.kept(self.value(node.value, 0))
            case ast.ClassDef() | ast.FunctionDef():
                raise SpecError(
                    "Line {line}: a class or function of your own is not read yet: write the layers "
                    "out in nn.Sequential(...).",
                    line=node.lineno,
                )
            case _:
                raise SpecError(
                    "Line {line}: this kind of statement ({kind}) is not read: assign layers and "
                    "numbers to names, no more.",
                    line=node.lineno,
                    kind=type(node).__name__,
                )

    def kept(self, value: Any) -> Any:
        if isinstance(value, Layer):
            self.last = value
        return value

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
            if getattr(node, "level", 0) or full not in (*MODULE_NAMES, *OBJECTS):
                raise SpecError(
                    "Line {line}: {name} is not imported here: only torch, torch.nn and its layers are known.",
                    line=node.lineno,
                    name=full[:80],
                )
            if isinstance(node, ast.ImportFrom) or alias.asname:
                self.names[alias.asname or alias.name] = Name(full)
            else:
                self.names[full.partition(".")[0]] = Name(full.partition(".")[0])

    def value(self, node: ast.expr, depth: int) -> Any:
        """What an expression stands for; each kind that is read has a line in READ, and no other is."""
        if depth > MAX_DEPTH:
            raise SpecError(
                "Line {line}: this is nested more than {limit} deep: give inner parts names.",
                line=node.lineno,
                limit=MAX_DEPTH,
            )
        read = READ.get(type(node))
        if read is None:
            raise SpecError(
                "Line {line}: this kind of expression ({kind}) is not read: use layers, numbers, words and tuples.",
                line=node.lineno,
                kind=type(node).__name__,
            )
        return read(self, node, depth + 1)

    def constant(self, node: ast.Constant, depth: int) -> Any:
        value = node.value
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return value
        if isinstance(value, (int, float)):
            return self.number(value, node)
        raise SpecError(
            "Line {line}: a {type} is not read here: use numbers and short words.",
            line=node.lineno,
            type=type(value).__name__,
        )

    def number(self, value: Any, node: ast.expr) -> int | float:
        if not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > MAX_NUMBER:
            raise SpecError(
                "Line {line}: a number here is larger than {limit}: use smaller ones.",
                line=node.lineno,
                limit=f"{MAX_NUMBER:,}",
            )
        return value

    def sequence(self, node: ast.Tuple | ast.List, depth: int) -> tuple | list:
        items = self.items(node.elts, node, depth)
        return self.bounded(items if isinstance(node, ast.List) else tuple(items), node)

    def items(self, elements: list[ast.expr], node: ast.expr, depth: int) -> list:
        items: list[Any] = []
        for element in elements:
            starred = isinstance(element, ast.Starred)
            value = self.value(element.value if starred else element, depth)
            items += self.unpacked(value, element) if starred else [value]
            if len(items) > MAX_ITEMS:
                self.bounded(items, node)
        return items

    def unpacked(self, value: Any, node: ast.expr) -> list:
        if not isinstance(value, (list, tuple)):
            raise SpecError("Line {line}: only a list or tuple may follow a *.", line=node.lineno)
        return list(value)

    def bounded(self, items: Any, node: ast.expr) -> Any:
        """The items, if they are few: shared inner lists would multiply, so these are short and hold no further ones."""
        inner = [item for item in items if isinstance(item, (list, tuple))]
        if len(items) > MAX_ITEMS or any(len(i) > 16 or any(isinstance(x, (list, tuple)) for x in i) for i in inner):
            raise SpecError("Line {line}: this list is too long or nested too deeply.", line=node.lineno)
        return items

    def table(self, node: ast.Dict, depth: int) -> Table:
        if None in node.keys:
            raise SpecError("Line {line}: ** is not read in a table: write its entries out.", line=node.lineno)
        pairs = [(self.value(k, depth), self.value(v, depth)) for k, v in zip(node.keys, node.values, strict=True)]
        return self.named(pairs, node)

    def named(self, pairs: Any, node: ast.expr) -> Table:
        good = isinstance(pairs, (list, tuple)) and all(
            isinstance(pair, (list, tuple)) and len(pair) == 2 and type(pair[0]) is str and isinstance(pair[1], Layer)
            for pair in pairs
        )
        if not good:
            raise SpecError(
                'Line {line}: here go pairs of a name and a layer: OrderedDict([("conv", nn.Conv2d(3, 8, 3)), ...]).',
                line=node.lineno,
            )
        return Table(pairs)

    def name(self, node: ast.Name, depth: int) -> Any:
        if node.id not in self.names:
            raise SpecError(
                "Line {line}: {name} is not known here: assign it in a line before, or write nn.{name} for a layer.",
                line=node.lineno,
                name=node.id[:80],
            )
        return self.plain(self.names[node.id])

    def attribute(self, node: ast.Attribute, depth: int) -> Any:
        base = self.value(node.value, depth) if isinstance(node.value, (ast.Name, ast.Attribute)) else None
        full = f"{base}.{node.attr}"
        if not isinstance(base, Name) or full not in (*MODULE_NAMES, *OBJECTS):
            near = get_close_matches(node.attr, LAYERS, 1) if base == "torch.nn" else []
            if near:
                raise SpecError(
                    "Line {line}: torch.nn has no layer {name} that is read here: did you mean {near}?",
                    line=node.lineno,
                    name=node.attr[:80],
                    near=near[0],
                )
            raise SpecError(
                "Line {line}: .{name} is not read here: only layers of torch.nn and torch's number types are.",
                line=node.lineno,
                name=node.attr[:80],
            )
        return self.plain(Name(full))

    def plain(self, value: Any) -> Any:
        """A number type as itself; any other name stays one until it is called."""
        head, _, tail = value.rpartition(".") if isinstance(value, Name) else ("", "", "")
        return DTYPES[tail] if head == "torch" and tail in DTYPES else value

    def negated(self, node: ast.UnaryOp, depth: int) -> Any:
        value = self.value(node.operand, depth)
        if isinstance(node.op, ast.USub | ast.UAdd) and type(value) in (int, float):
            return -value if isinstance(node.op, ast.USub) else value
        raise SpecError("Line {line}: only + and − of numbers are worked out here.", line=node.lineno)

    def combined(self, node: ast.BinOp, depth: int) -> Any:
        left, right = self.value(node.left, depth), self.value(node.right, depth)
        if isinstance(node.op, ast.Add) and type(left) is type(right) and isinstance(left, (list, tuple)):
            return self.bounded(left + right, node)
        if type(node.op) not in OPERATORS or not {type(left), type(right)} <= {int, float}:
            raise SpecError(
                "Line {line}: only + − * / // % ** of numbers, and + of lists, are worked out here.", line=node.lineno
            )
        if isinstance(node.op, ast.Pow) and (abs(right) > 64 or abs(left) > MAX_NUMBER):
            self.number(math.inf, node)
        try:
            return self.number(OPERATORS[type(node.op)](left, right), node)
        except (ArithmeticError, ValueError) as error:
            raise SpecError(
                "Line {line}: this cannot be worked out ({reason}).", line=node.lineno, reason=error
            ) from error

    def call(self, node: ast.Call, depth: int) -> Any:
        called = self.value(node.func, depth) if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        if not isinstance(called, Name) or called not in OBJECTS:
            raise SpecError(
                "Line {line}: only layers of torch.nn may be called here, and OrderedDict.", line=node.lineno
            )
        args = self.items(node.args, node, depth)
        if any(keyword.arg is None for keyword in node.keywords):
            raise SpecError("Line {line}: ** is not read in a call: write the arguments out.", line=node.lineno)
        keywords = {keyword.arg: self.value(keyword.value, depth) for keyword in node.keywords}
        if called == "collections.OrderedDict":
            if keywords or len(args) > 1:
                return self.named(None, node)
            return args[0] if args and isinstance(args[0], Table) else self.named(args[0] if args else [], node)
        return layer(called.rpartition(".")[2], args, keywords, node.lineno)


READ: Mapping[type[ast.expr], Callable[[Reader, Any, int], Any]] = {
    ast.Constant: Reader.constant,
    ast.Tuple: Reader.sequence,
    ast.List: Reader.sequence,
    ast.Dict: Reader.table,
    ast.Name: Reader.name,
    ast.Attribute: Reader.attribute,
    ast.UnaryOp: Reader.negated,
    ast.BinOp: Reader.combined,
    ast.Call: Reader.call,
}
