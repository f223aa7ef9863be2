"""Expressions as steps: each call looked up in the catalogue, each argument in its parameter."""

import ast
import difflib
from collections.abc import Sequence
from typing import Any

from cnnlab import limits
from cnnlab.augmentation.catalogue import AUGMENTATIONS
from cnnlab.augmentation.catalogue.plumbing import FUNCTIONS
from cnnlab.reading import Scope, at
from cnnlab.specs import N_, Call, Spec, SpecError

from .arguments import Arguments
from .oldnames import LAMBDAS, NO_STEP, OTHER_LIBRARIES, RENAMED, V1_DIFFERENCES, crop_loop, option, shape

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
        self.scope, self.arguments, self.count = scope, Arguments(scope), 0

    def pipeline(self, node: ast.expr) -> tuple[Call, ...]:
        """The steps of a Compose, nn.Sequential or list, or of one step alone."""
        node = self.scope.follow(node)
        compose = AUGMENTATIONS["Compose"]
        if not isinstance(node, ast.Call) or self.named(node.func).rpartition(".")[2] != compose.name:
            return self.steps(node, compose, 1)
        with at(node):
            arguments = self.arguments.bound(node, compose)
            if not arguments:
                self.call(compose)  # says what is missing
        return self.steps(arguments["transforms"], compose, 1, listed=True)

    def steps(self, node: ast.expr, holder: Spec, depth: int, listed: bool = False) -> tuple[Call, ...]:
        """The steps that a holder is given, in a list if it is `listed`, or that stand for one."""
        items = self.items(node)
        if items is None:
            items = [node]
            if listed:
                template = N_("{holder} takes a list: the step is read as a list of one.")
                self.scope.note(node, template, holder=holder.name)
        with at(node):
            if not items:
                raise SpecError("{holder} is empty, and v2 refuses that: put a step in.", holder=holder.name)
            calls: list[Call] = []
            for item in items:
                step = self.step(item, depth, calls)
                calls += step if len(step) == 1 or holder.name in IN_TURN else [self.joined(item, step, depth)]
            # All that stood here may have been functions with nothing left to do.
            return tuple(calls) or (self.call(AUGMENTATIONS["Identity"]),)

    def items(self, node: ast.expr) -> list[ast.expr] | None:
        """The elements of what spells a list of steps; None for anything else."""
        with at(node):
            self.scope.spend()
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
        with at(node):
            self.shallow(depth)
            if isinstance(node, ast.Name) and node.id in FUNCTIONS:
                return self.applied(node, depth, before)
        node = self.scope.follow(node)
        with at(node):
            match node:
                case ast.Call():
                    name = self.named(node.func).rpartition(".")[2]
                    return SPECIAL.get(name, Reader.ordinary)(self, node, depth, before)
                case ast.Lambda():
                    return self.applied(node, depth, before)
                case ast.Name() | ast.Attribute():
                    name = self.named(node).rpartition(".")[2]
                    if name in AUGMENTATIONS or name in SPECIAL:
                        raise SpecError(
                            "{code} is only named here: write {code}(…) to make the step.", code=self.scope.quote(node)
                        )
            raise self.arguments.unset(node) if isinstance(node, ast.Name) else self.scope.unreadable(node)

    def shallow(self, depth: int) -> None:
        if depth > limits.STEP_DEPTH:
            raise SpecError("the steps are nested too deeply: at most {limit} levels.", limit=limits.STEP_DEPTH)

    def ordinary(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        spec = self.spec(node)
        values = {
            name: self.steps(value, spec, depth + 1, listed=True)
            if spec.param(name) is spec.nested
            else self.arguments.argument(value, spec, spec.param(name))
            for name, value in self.arguments.bound(node, spec).items()
        }
        return (self.call(spec, **values),)

    def to_tensor(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        if node.args or node.keywords:
            raise SpecError("{name} takes no values: write {name}().", name="ToTensor")
        new = "ToImage(), ToDtype(float32, scale=True)"
        self.scope.note(node, N_("{old} is {new} in v2."), old="ToTensor()", new=new)
        return (self.call(AUGMENTATIONS["ToImage"]), self.call(AUGMENTATIONS["ToDtype"], dtype="float32", scale=True))

    def sequential(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        template = N_("{old} is {new} here: both run their steps in turn.")
        self.scope.note(node, template, old="nn.Sequential", new="Compose")
        compose = AUGMENTATIONS["Compose"]
        return (self.call(compose, transforms=self.steps(node, compose, depth + 1)),)

    def function(self, node: ast.Call, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        spec = AUGMENTATIONS["Lambda"]
        arguments = self.arguments.bound(node, spec)
        return self.applied(arguments["lambd"], depth, before) if arguments else (self.call(spec),)

    def applied(self, function: ast.expr, depth: int, before: Sequence[Call]) -> tuple[Call, ...]:
        """A function of the user's as one of the named ones, or as the steps it applies to crops."""
        spec = AUGMENTATIONS["Lambda"]
        if word := option(spec.param("lambd"), self.scope.dotted(function) or ""):
            return (self.call(spec, lambd=word),)
        behind = self.scope.follow(function)
        if isinstance(behind, ast.Lambda):
            if word := LAMBDAS.get(shape(behind)):
                template = N_("{code} is the named function {new} here.")
                self.scope.note(function, template, code=self.scope.quote(behind), new=word)
                return (self.call(spec, lambd=word),)
            if (loop := crop_loop(behind)) and any(call.name in CROPS for call in before):
                return self.over_crops(behind, *loop, depth)
        with at(function):
            raise SpecError(
                "a function of yours is not run here; the named functions are {names}.", names=", ".join(FUNCTIONS)
            )

    def over_crops(self, node: ast.Lambda, applied: ast.expr, crop: str, depth: int) -> tuple[Call, ...]:
        """The steps of `lambda crops: torch.stack([step(crop) for crop in crops])`, the innermost first."""
        layers = []
        while isinstance(applied, ast.Call) and len(applied.args) == 1 and not applied.keywords:
            layers.append(applied.func)
            applied = applied.args[0]
        if not isinstance(applied, ast.Name) or applied.id != crop:
            raise self.scope.unreadable(applied)
        calls = tuple(call for layer in reversed(layers) for call in self.step(layer, depth, ()))
        self.scope.note(node, CROPS_READ if calls else CROPS_LEFT, steps=", ".join(call.code() for call in calls))
        return calls

    def joined(self, node: ast.expr, calls: tuple[Call, ...], depth: int) -> Call:
        """Several calls, or none, as one: for holders that draw among their steps."""
        with at(node):
            if not calls:
                return self.call(AUGMENTATIONS["Identity"])
            self.shallow(depth + 1)
            return self.call(AUGMENTATIONS["Compose"], transforms=calls)

    def named(self, node: ast.expr) -> str:
        """The full dotted name of what is called, of no other library's."""
        name = self.scope.dotted(node)
        with at(node):
            if name is None:
                self.scope.follow(node)  # a name says itself why it has no dotted name
                raise self.scope.unreadable(node)
            root, dot, _ = name.partition(".")
            if dot and (library := OTHER_LIBRARIES.get(root)):
                raise SpecError(
                    "{code} belongs to {library}, and this page reads torchvision: use its like there.",
                    code=self.scope.quote(node),
                    library=library,
                )
        return name

    def spec(self, node: ast.Call) -> Spec:
        """The row of the catalogue that a call names, by its old name too."""
        module, _, name = self.named(node.func).rpartition(".")
        if name in NO_STEP:
            raise SpecError(NO_STEP[name], name=name)
        new, template = RENAMED.get(name, (name, ""))
        if new not in AUGMENTATIONS:
            if close := difflib.get_close_matches(name, [*AUGMENTATIONS, *RENAMED, *SPECIAL], n=1):
                raise SpecError("there is no transform {name}: did you mean {close}?", name=name, close=close[0])
            code = self.scope.quote(node)
            raise SpecError("there is no transform {name} here: leave {code} out.", name=name, code=code)
        if template:
            self.scope.note(node, template, old=name, new=new)
        if new in V1_DIFFERENCES and module == "torchvision.transforms":
            self.scope.note(node, V1_DIFFERENCES[new], name=new)
        return AUGMENTATIONS[new]

    def call(self, spec: Spec, **values: Any) -> Call:
        self.count += 1
        if self.count > limits.STEPS:
            raise SpecError("a pipeline has at most {limit} steps: leave some out.", limit=limits.STEPS)
        return spec(**values)


SPECIAL = {"ToTensor": Reader.to_tensor, "Lambda": Reader.function, "Sequential": Reader.sequential}
