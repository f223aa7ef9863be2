"""The reader of pasted models: the lines of a text in turn, and what the names of torch.nn mean in them."""

import ast
from difflib import get_close_matches
from typing import Any

from cnnlab.reading import Bounds, Literals, Scope, at
from cnnlab.specs import SpecError

from .layer import Layer, Name, Table, layer, refuse_many
from .names import DTYPES, LAYERS, MODULE_NAMES, PATHS

# Every expression is read once, so the work grows with the text, and with the lists that its names stand for.
BOUNDS = Bounds(number=10**12, items=2000, inner=16, text=200, depth=60, work=60_000)
IMPORTED = {"torch": "torch", "nn": "torch.nn", "OrderedDict": "collections.OrderedDict", "collections": "collections"}


class Reader(Literals):
    """Reads one text line by line: a layer that is named and used twice is one layer."""

    def __init__(self, text: str):
        super().__init__(_scope(text))
        self.layers: list[Layer] = []  # in the order in which Python would make them
        self.count = 0

    def root(self) -> Layer:
        """The layer that `model` names at the end, or the last one that a line made."""
        last, maker = None, None
        for statement in self.scope.tree.body:
            with at(statement):
                value = self.statement(statement)
            if isinstance(value, Layer):
                last, maker = value, statement
        model = self.scope.bindings.get("model")
        root = self.values.get(id(model[-1].value)) if model else last
        if not isinstance(root, Layer):
            raise SpecError("there is no model here: write model = nn.Sequential(...) with layers of torch.nn.")
        if not model:
            self._name(maker)
        return root

    def _name(self, maker: ast.stmt) -> None:
        """Lets the code call `model` what the statement makes, right where it makes it: a later line may take its name."""
        if isinstance(maker, ast.Expr):
            line, column, text = maker.lineno, maker.col_offset, "model = "
        else:
            target = maker.target if isinstance(maker, ast.AnnAssign) else maker.targets[0]
            line, column, text = maker.end_lineno, maker.end_col_offset, f"; model = {target.id}"
        lines = self.scope.lines
        whole = lines[line - 1].encode()  # columns of the tree count bytes of UTF-8
        lines[line - 1] = whole[:column].decode() + text + whole[column:].decode()

    def statement(self, node: ast.stmt) -> Any:
        """What a line makes; None for an import."""
        match node:
            case ast.Import() | ast.ImportFrom():
                return self.imported(node)
            case (
                ast.Assign(targets=[ast.Name()], value=expression)
                | ast.AnnAssign(target=ast.Name(), value=ast.expr() as expression)
                | ast.Expr(value=expression)
            ):
                self.values[id(expression)] = value = self.value(expression)
                return value
            case ast.ClassDef() | ast.FunctionDef():
                raise SpecError(
                    "a class or function of your own is not read yet: write the layers out in nn.Sequential(...)."
                )
        raise SpecError(
            "this kind of statement ({kind}) is not read: assign layers and numbers to names, no more.",
            kind=type(node).__name__,
        )

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            path = alias.name
            if isinstance(node, ast.ImportFrom):
                path = "." * node.level + f"{node.module}." * bool(node.module) + alias.name
            if path not in PATHS:
                raise SpecError(
                    "{name} is not imported here: only torch, torch.nn and its layers are known.", name=path[:80]
                )

    def other(self, node: ast.expr) -> Any:
        """A layer, a table of layers, a number type, or the name of something of torch's."""
        match node:
            case ast.Name(id=name):
                path = self.scope.dotted(node)
                if path in PATHS:
                    return self.torchs(path)
                raise SpecError(
                    "{name} is not known here: assign it in a line before, or write nn.{name} for a layer.",
                    name=name[:80],
                )
            case ast.Attribute():
                return self.attribute(node)
            case ast.Dict(keys=keys, values=values):
                if None in keys:
                    raise SpecError("** is not read in a table: write its entries out.")
                return self.table([(self.value(key), self.value(of)) for key, of in zip(keys, values, strict=True)])
            case ast.Call():
                return self.call(node)
        raise self.scope.unreadable(node)

    def attribute(self, node: ast.Attribute) -> Any:
        base = self.value(node.value) if isinstance(node.value, (ast.Name, ast.Attribute)) else None
        path = f"{base}.{node.attr}" if isinstance(base, Name) else ""
        if path in PATHS:
            return self.torchs(path)
        name = node.attr[:80]
        if path == f"torch.nn.{node.attr}" and (near := get_close_matches(node.attr, LAYERS, 1)):
            raise SpecError(
                "torch.nn has no layer {name} that is read here: did you mean {near}?", name=name, near=near[0]
            )
        raise SpecError(".{name} is not read here: only layers of torch.nn and torch's number types are.", name=name)

    def torchs(self, path: str) -> Any:
        """A number type as itself; what any other path names stays a name until it is called."""
        return DTYPES.get(path.removeprefix("torch."), Name(path))

    def table(self, pairs: Any) -> Table:
        fits = isinstance(pairs, (list, tuple)) and all(
            isinstance(pair, (list, tuple)) and len(pair) == 2 and type(pair[0]) is str and isinstance(pair[1], Layer)
            for pair in pairs
        )
        if not fits:
            raise SpecError('here go pairs of a name and a layer: OrderedDict([("conv", nn.Conv2d(3, 8, 3)), ...]).')
        return Table(pairs)

    def call(self, node: ast.Call) -> Any:
        called = self.value(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else None
        if not isinstance(called, Name) or called in MODULE_NAMES:
            raise SpecError("only layers of torch.nn may be called here, and OrderedDict.")
        args = self.items(node.args, node)
        if any(keyword.arg is None for keyword in node.keywords):
            raise SpecError("** is not read in a call: write the arguments out.")
        keywords = {}
        for keyword in node.keywords:
            if keyword.arg in keywords:
                raise SpecError("{spec} is given {name} twice: leave one out.", spec=called, name=keyword.arg)
            keywords[keyword.arg] = self.value(keyword.value)
        if called != "collections.OrderedDict":
            self.layers.append(layer(called.rpartition(".")[2], args, keywords, node))
            self.count += self.layers[-1].own
            refuse_many(self.count)
            return self.layers[-1]
        if keywords or len(args) > 1:
            return self.table(None)
        return args[0] if args and isinstance(args[0], Table) else self.table(args[0] if args else [])


def _scope(text: str) -> Scope:
    """The text as it is, where that is Python; else tidied of fences, prompts and what else copying adds."""
    try:
        return Scope(text, BOUNDS, IMPORTED)
    except SpecError:
        return Scope(text, BOUNDS, IMPORTED, tidied=True)
