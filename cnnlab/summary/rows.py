"""What a summary says: plain frozen data, below all that explains, counts or shows it.

Shapes are as torch has them, the batch included: `summarize(model, (3, 224, 224))` runs one image, and its
first row reads (1, 3, 224, 224). `Summary.sample` takes the batch off where a page shows a single image.
MACs are multiply-accumulates; FLOPs = 2 × MACs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cnnlab.specs import N_, Message, SpecError

Shape = tuple[int, ...]

MODULE, FUNCTION, PARAMETER = "module", "function", "parameter"
CALL, REST = "call", "rest"  # a module once more; the further rounds of a loop
INPUT = -1  # the step that the model's own input comes from

RUNGS = {
    "meta": N_("Run on the meta device: shapes only, no memory and no arithmetic."),
    "built on cpu": N_("Built on the CPU, because it cannot be built on the meta device, then run on meta."),
    "cpu": N_("Run for real on the CPU with random input, because what it does depends on the values."),
}


@dataclass(frozen=True)
class TensorSize:
    """The shape and dtype of a tensor that went in, without its values."""

    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True)
class Effort:
    """What running for real takes on one thread of a CPU, as foreseen.

    `largest_bytes` are those of the operation that has the most, with all that goes in and comes out; `result_bytes`
    those of all results together.
    """

    seconds: float = 0.0
    largest_bytes: int = 0
    result_bytes: int = 0

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(
            self.seconds + other.seconds,
            max(self.largest_bytes, other.largest_bytes),
            self.result_bytes + other.result_bytes,
        )


@dataclass(frozen=True)
class Row:
    """A call, in the order of execution; or a module that was not called, a parameter, the further rounds of a loop.

    Every name of `named_modules(remove_duplicate=False)` has one row, MODULE, which stands for the module's first call
    and has its parameters; `calls` says how many there were. A later one is a CALL `of` the module, without parameters,
    and `call` says which it is; with 0, a container is gone through once more to a module in it. `name` is the dotted
    name ("" for the model itself) with the number of the call behind it (`relu:2`); operations are named
    `path/operation:number`. `parent` is the row it stands below. Below a REST stand its calls, and `calls` counts them all.

    MACs include everything that ran in this call, the parameters of a module everything that is registered below it;
    `own_params` and `own_macs` do not. Shapes are those of the first tensor; `inputs` and `outputs` list all.
    """

    name: str
    type: str
    kind: str = MODULE
    depth: int = 0
    parent: str | None = None
    input_shape: Shape | None = None
    output_shape: Shape | None = None
    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    params: int = 0
    own_params: int = 0
    trainable: int = 0
    frozen: int = 0
    buffers: int = 0
    macs: int = 0
    own_macs: int = 0
    calls: int = 0
    activation_bytes: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    alias_of: str | None = None
    leaf: bool = True
    call: int = 0
    of: str | None = None

    @property
    def path(self) -> str:
        """The name without the number of the call: of a CALL, the module that is called."""
        return self.name if self.of is None else self.of

    @property
    def holder(self) -> str:
        """The path of the module that a module is registered in, or whose forward calls an operation."""
        return self.name.rpartition("/")[0] if self.kind in (FUNCTION, REST) else self.path.rpartition(".")[0]

    @property
    def label(self) -> str:
        """The last part of the name, without the number of a first operation."""
        if self.kind == REST:
            return f"… × {self.calls:,}"
        if self.kind == FUNCTION:
            return self.name.rpartition("/")[2].removesuffix(":1")
        own = self.path.rpartition(".")[2] or self.type
        return own + self.name[len(self.path) :]

    @property
    def flops(self) -> int:
        return 2 * self.macs


@dataclass(frozen=True)
class Step:
    """One call in the order of the pass; `sources` are the steps whose results came in, INPUT among them.

    `finest` is True for leaf modules and for operations between modules, the nodes of the graph.
    """

    index: int
    row: str
    type: str
    kind: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    macs: int
    sources: tuple[int, ...]
    finest: bool


@dataclass(frozen=True)
class Rung:
    """Which step of the ladder gave the numbers, and what made the steps before it fail."""

    name: str
    reason: str = ""

    @property
    def about(self) -> str:
        return RUNGS[self.name]

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Fix:
    """A change that was run on meta and works; `inputs` are the sizes that fit, or `module` takes `settings`.

    How a model comes by such settings depends on where it is from: other `params` of a catalogue model, another
    `source` of a pasted one, or a line of `code` that makes the layer anew. mending.py finds it.
    """

    message: Message
    inputs: tuple[Any, ...] = ()
    module: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    code: str = ""


@dataclass(frozen=True)
class Failure:
    """Where the pass stopped: the innermost module (and operation), what arrived, what was expected, what would do."""

    path: str
    type: str
    arrived: tuple[Shape, ...]
    error: SpecError
    detail: str
    operation: str | None = None
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Summary:
    """All that one pass told; `Report` is one that also writes itself down.

    `uncounted` says how often each operation without a MAC formula ran.
    `inputs` and `keywords` hold a TensorSize for each tensor that went in. The MACs of the rows below a row and its
    `own_macs` add up to its `macs`, up to the total, and so the `own_macs` of all rows do.
    """

    model: str
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    inputs: tuple[Any, ...]
    keywords: Mapping[str, Any]
    outputs: tuple[Shape, ...]
    batch: int
    training: bool
    macs: int
    counted: Mapping[str, int]
    uncounted: Mapping[str, int]
    rung: Rung
    parameter_bytes: int = 0
    buffer_bytes: int = 0
    unused_parameters: tuple[str, ...] = ()
    failure: Failure | None = None
    notes: tuple[Message, ...] = ()

    @property
    def params(self) -> int:
        return self.rows[0].params

    @property
    def trainable(self) -> int:
        return self.rows[0].trainable

    @property
    def frozen(self) -> int:
        return self.rows[0].frozen

    @property
    def buffers(self) -> int:
        return self.rows[0].buffers

    @property
    def flops(self) -> int:
        return 2 * self.macs

    @cached_property
    def modules(self) -> tuple[Row, ...]:
        """The rows that `named_modules(remove_duplicate=False)` yields, in the order of execution."""
        return tuple(row for row in self.rows if row.kind == MODULE)

    @property
    def leaves(self) -> int:
        """Modules without others in them, and operations between modules; a module once, however often it runs."""
        return sum(row.leaf and row.kind in (MODULE, FUNCTION) for row in self.rows)

    @property
    def layers(self) -> int:
        """Modules without others in them that ran, each once."""
        return sum(row.leaf and row.calls > 0 for row in self.modules)

    @cached_property
    def outline(self) -> tuple[Row, ...]:
        """The rows without those below a REST: what can be read in one go."""
        rows, depth = [], len(self.rows)
        for row in self.rows:
            if row.depth <= depth:
                rows.append(row)
                depth = row.depth if row.kind == REST else len(self.rows)
        return tuple(rows)

    @cached_property
    def activations(self) -> Mapping[str, int]:
        """By the name of the row, the bytes of all results below it, each once: a container's result is its last child's."""
        below = dict.fromkeys((row.name for row in self.rows), 0)
        for row in reversed(self.rows):
            below[row.name] = (
                row.activation_bytes + below[row.name]
                if row.kind == REST
                else (below[row.name] or row.activation_bytes)
            )
            if row.parent is not None:
                below[row.parent] += below[row.name]
        return below

    @cached_property
    def unfinished(self) -> frozenset[str]:
        """The rows in which the pass stopped: what it counts of them is what ran before."""
        at = next((row.name for row in self.rows if "failed" in row.marks), "") if self.failure else None
        names = set()
        while at is not None:
            names.add(at)
            at = self._by_name[at].parent
        return frozenset(names)

    @cached_property
    def _by_name(self) -> Mapping[str, Row]:
        return {row.name: row for row in self.rows}

    def row(self, name: str) -> Row:
        if name not in self._by_name:
            raise SpecError("There is no row {name} in this summary.", name=repr(name))
        return self._by_name[name]

    def path(self, name: str) -> str:
        """The module that the row of this name is a call of; the name itself where it is none."""
        return self._by_name[name].path if name in self._by_name else name

    def calls_of(self, path: str) -> tuple[Row, ...]:
        """The rows of all calls of a module, as far as they have one; of an operation, itself."""
        return tuple(row for row in self.rows if row.path == path and row.calls)

    def children(self, name: str) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.parent == name)

    def sample(self, shape: Shape | None) -> Shape | None:
        """The shape without the batch, where the first side is as long as the batch."""
        return shape[1:] if shape and len(shape) > 1 and shape[0] == self.batch else shape


def shape_text(shape: Shape | None) -> str:
    """The shape as people read it.

    >>> shape_text((1, 3, 224, 224))
    '1 × 3 × 224 × 224'
    """
    return "" if shape is None else " × ".join(map(str, shape)) if shape else "()"
