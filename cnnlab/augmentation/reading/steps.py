"""Expressions as steps: each call looked up in the catalogue, each argument in its parameter."""

import ast
import difflib
from collections.abc import Sequence
from typing import Any

from cnnlab import limits
from cnnlab.augmentation.catalogue import AUGMENTATIONS
from cnnlab.augmentation.catalogue.plumbing import FUNCTIONS
from cnnlab.specs import N_, Call, Spec, SpecError

from .arguments import argument, arguments
from .literals import literal, unreadable
from .oldnames import LAMBDAS, NO_STEP, OTHER_LIBRARIES, RENAMED, V1_DIFFERENCES, crop_loop, option, shape
from .pasted import Scope, at

LISTS = {"ModuleList", "list", "tuple"}
# These run what they hold in turn, so two steps may stand where one stood; the others draw among them.
IN_TURN = {"Compose", "RandomApply"}
CROPS = {"FiveCrop", "TenCrop"}
CROPS_READ = N_(
    "v2 runs each step on every crop by itself, so this function is read as {steps}; "
    "the crops stay a tuple, not stacked."
)
CROPS_LEFT = N_("v2 hands the crops on as a tuple: the function that stacks them is left out.")


class Reader:
    """Reads the steps of one pasted text; what there is to say of them goes to the notes of its scope."""

    def __init__(self, scope: Scope):
        self.scope, self.count = scope, 0

    def pipeline(self, node: ast.expr) -> tuple[Call, ...]:
        """The steps of a Compose, nn.Sequential or list, or of one step alone."""
        node = self.scope.follow(node)
        compose = AUGMENTATIONS["Compose"]
        if not isinstance(node, ast.Call) or self.named(node.func).rpartition(".")[2] != compose.name:
            return self.steps(node, compose, 1)
        given = arguments(node, compose, self.scope)
        if not given:
            self.call(node, compose, {})  # says what is missing
        return self.steps(given["transforms"], compose, 1, given=True)

    def steps(self, node: ast.expr, holder: Spec, depth: int, given: bool = False) -> tuple[Call, ...]:
        """The steps that a holder is given, or that stand for one."""
        items = self.items(node)
        if items is None:
            items = [node]
            if given:
                self.scope.note(
                    node, N_("{holder} takes a list: the step is read as a list of one."), holder=holder.name
                )
        if not items:
            raise at(node, SpecError("{holder} is empty, and v2 refuses that: put a step in.", holder=holder.name))
        calls: list[Call] = []
        for item in items:
            got = self.step(item, depth, calls)
            calls += got if len(got) == 1 or holder.name in IN_TURN else [self.joined(item, got, depth)]
        # All that stood here may have been functions with nothing left to do.
        return tuple(calls) or (self.call(node, AUGMENTATIONS["Identity"], {}),)

    def items(self, node: ast.expr) -> list[ast.expr] | None:
        """The elements of what spells a list of steps; None for anything else."""
        self.scope.spend(node)
        node = self.scope.follow(node)
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return items
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                first, second = self.items(left), self.items(right)
                return None if first is None or second is None else first + second
            case ast.Call(args=args, keywords=[]):
                name = self.named(node.func).rpartition(".")[2]
                if name == "Sequential":
                    return args
                return self.items(args[0]) if name in LISTS and len(args) == 1 else None
        return None

    def step(self, node: ast.expr, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        """The calls that one element stands for: mostly one; `before` are those in front of it."""
        if depth > limits.STEP_DEPTH:
            raise at(
                node, SpecError("the steps are nested too deeply: at most {limit} levels.", limit=limits.STEP_DEPTH)
            )
        if isinstance(node, ast.Name) and node.id in FUNCTIONS:
            return self.applied(node, node, depth, before)
        node = self.scope.follow(node)
        match node:
            case ast.Call():
                name = self.named(node.func).rpartition(".")[2]
                return SPECIAL.get(name, Reader.ordinary)(self, node, depth, before)
            case ast.Lambda():
                return self.applied(node, node, depth, before)
            case ast.Name() | ast.Attribute():
                name = self.named(node).rpartition(".")[2]
                if name in AUGMENTATIONS or name in SPECIAL:
                    raise at(
                        node,
                        SpecError(
                            "{code} is only named here: write {code}(…) to make the step.", code=self.scope.quote(node)
                        ),
                    )
        if isinstance(node, ast.Name):
            literal(node, self.scope)  # says that the name is not set
        raise unreadable(node, self.scope)

    def ordinary(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        spec = self.spec(node)
        given = arguments(node, spec, self.scope)
        values = {
            name: self.steps(value, spec, depth + 1, given=True)
            if spec.param(name) is spec.nested
            else argument(value, spec, spec.param(name), self.scope)
            for name, value in given.items()
        }
        return (self.call(node, spec, values),)

    def to_tensor(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        if node.args or node.keywords:
            raise at(node, SpecError("{name} takes no values: write {name}().", name="ToTensor"))
        self.scope.note(
            node, N_("{old} is {new} in v2."), old="ToTensor()", new="ToImage(), ToDtype(float32, scale=True)"
        )
        return (
            self.call(node, AUGMENTATIONS["ToImage"], {}),
            self.call(node, AUGMENTATIONS["ToDtype"], {"dtype": "float32", "scale": True}),
        )

    def sequential(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        self.scope.note(
            node, N_("{old} is {new} here: both run their steps in turn."), old="nn.Sequential", new="Compose"
        )
        compose = AUGMENTATIONS["Compose"]
        return (self.call(node, compose, {"transforms": self.steps(node, compose, depth + 1)}),)

    def function(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        spec = AUGMENTATIONS["Lambda"]
        given = arguments(node, spec, self.scope)
        return self.applied(node, given["lambd"], depth, before) if given else (self.call(node, spec, {}),)

    def applied(self, node: ast.expr, function: ast.expr, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        """A function of the user's as one of the named ones, or as the steps it applies to crops."""
        spec = AUGMENTATIONS["Lambda"]
        if word := option(spec.param("lambd"), self.scope.dotted(function) or ""):
            return (self.call(node, spec, {"lambd": word}),)
        behind = self.scope.follow(function)
        if isinstance(behind, ast.Lambda):
            if word := LAMBDAS.get(shape(behind)):
                code = self.scope.quote(behind)
                self.scope.note(function, N_("{code} is the named function {new} here."), code=code, new=word)
                return (self.call(node, spec, {"lambd": word}),)
            if (loop := crop_loop(behind)) and any(call.name in CROPS for call in before):
                return self.over_crops(behind, *loop, depth)
        raise at(
            function,
            SpecError(
                "a function of yours is not run here; the named functions are {names}.", names=", ".join(FUNCTIONS)
            ),
        )

    def over_crops(self, node: ast.Lambda, applied: ast.expr, crop: str, depth: int) -> tuple[Call, ...]:
        """The steps of `lambda crops: torch.stack([step(crop) for crop in crops])`, the innermost first."""
        layers = []
        while isinstance(applied, ast.Call) and len(applied.args) == 1 and not applied.keywords:
            layers.append(applied.func)
            applied = applied.args[0]
        if not isinstance(applied, ast.Name) or applied.id != crop:
            raise unreadable(applied, self.scope)
        calls = tuple(call for layer in reversed(layers) for call in self.step(layer, depth, ()))
        self.scope.note(node, CROPS_READ if calls else CROPS_LEFT, steps=", ".join(call.code() for call in calls))
        return calls

    def joined(self, node: ast.expr, calls: tuple[Call, ...], depth: int) -> Call:
        """Several calls, or none, as one: for holders that draw among their steps."""
        if not calls:
            return self.call(node, AUGMENTATIONS["Identity"], {})
        if depth == limits.STEP_DEPTH:
            raise at(
                node, SpecError("the steps are nested too deeply: at most {limit} levels.", limit=limits.STEP_DEPTH)
            )
        return self.call(node, AUGMENTATIONS["Compose"], {"transforms": calls})

    def named(self, node: ast.expr) -> str:
        """The full dotted name of what is called, of no other library's."""
        name = self.scope.dotted(node)
        if name is None:
            self.scope.follow(node)  # a name says itself why it has no dotted name
            raise unreadable(node, self.scope)
        root, dot, _ = name.partition(".")
        if dot and (library := OTHER_LIBRARIES.get(root)):
            raise at(
                node,
                SpecError(
                    "{code} belongs to {library}, and this page reads torchvision: use its like there.",
                    code=self.scope.quote(node),
                    library=library,
                ),
            )
        return name

    def spec(self, node: ast.Call) -> Spec:
        """The row of the catalogue that a call names, by its old name too."""
        module, _, name = self.named(node.func).rpartition(".")
        if name in NO_STEP:
            raise at(node, SpecError(NO_STEP[name], name=name))
        new, template = RENAMED.get(name, (name, ""))
        if new not in AUGMENTATIONS:
            raise self.unknown(node, name)
        if template:
            self.scope.note(node, template, old=name, new=new)
        if new in V1_DIFFERENCES and module == "torchvision.transforms":
            self.scope.note(node, V1_DIFFERENCES[new], name=new)
        return AUGMENTATIONS[new]

    def unknown(self, node: ast.Call, name: str) -> SpecError:
        if close := difflib.get_close_matches(name, [*AUGMENTATIONS, *RENAMED, *SPECIAL], n=1):
            return at(node, SpecError("there is no transform {name}: did you mean {close}?", name=name, close=close[0]))
        return at(
            node,
            SpecError("there is no transform {name} here: leave {code} out.", name=name, code=self.scope.quote(node)),
        )

    def call(self, node: ast.AST, spec: Spec, values: dict[str, Any]) -> Call:
        self.count += 1
        if self.count > limits.STEPS:
            raise at(node, SpecError("a pipeline has at most {limit} steps: leave some out.", limit=limits.STEPS))
        try:
            return spec(**values)
        except SpecError as error:
            raise at(node, error) from None


SPECIAL = {"ToTensor": Reader.to_tensor, "Lambda": Reader.function, "Sequential": Reader.sequential}
