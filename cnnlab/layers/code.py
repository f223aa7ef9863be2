"""The drawn layer of a view as Python that makes the same numbers."""

from collections.abc import Iterator

from torch import Tensor

from cnnlab.models import INITIALISATIONS
from cnnlab.models.initialisations import everywhere
from cnnlab.specs import Target
from cnnlab.summary.code import script

from .drawn import drawn, remarked
from .jobs import Asked
from .normalising import BATCH, FREE, GROUPS, SIDE
from .packing import numbers
from .presets import MODEL, STARTS
from .rows import call_arguments
from .values import Sample, put_in
from .weights import TYPED, chosen, model_of, places, typed, weighted
from .windows import DRAW

WIDTH = 100  # of a line, where numbers allow it


def code(asked: Asked, sample: Sample) -> str:
    """Source in which `y` is what `layer` makes of `x`, number for number what is drawn; it prints it."""
    kernel = chosen(asked, sample.call)
    lines = [f"torch.manual_seed({asked.seed})", f"layer = {sample.call.code()}", *_weights(asked, sample, kernel)]
    ran = _of_batch(asked, sample) if asked.call.spec.family in GROUPS else _of_one(asked, sample)
    lines = [*lines, *filter(None, ran), "print(y)"]
    imports = {"torch": "import torch", "nn": "from torch import nn"}
    if kernel in STARTS:
        imports["init"] = "from torch.nn import init"
    if kernel == MODEL:
        return remarked(script(model_of(asked), imports, lines), sample.notes)
    return remarked("\n".join([*imports.values(), "", *lines, ""]), sample.notes)


def _of_one(asked: Asked, sample: Sample) -> Iterator[str]:
    """Lines in which the layer runs on one sample."""
    yield "" if asked.training else "layer.eval()"
    yield from _inputs(sample)
    given = [f"{name}[None]" for name in ("x", *_others(sample))]
    given += [f"{name}={value!r}" for name, value in call_arguments(sample.call).items()]
    ran = f"layer({', '.join(given)})"
    several = sample.call.values.get("return_indices")
    yield "with torch.no_grad():"
    yield f"    y, indices = (part[0] for part in {ran})" if several else f"    y = {ran}[0]"


def _of_batch(asked: Asked, sample: Sample) -> Iterator[str]:
    """Lines in which a normalisation runs on the batch that it is shown with, after as many before."""
    yield from _inputs(sample)
    yield "with torch.no_grad():"
    if asked.step and getattr(sample.layer, "track_running_stats", False):
        yield f"    for _ in range({asked.step}):  # batches before, in training"
        yield "        layer(x)"
    yield "    y = layer(x)" if asked.training else "    y = layer.eval()(x)"


def batched(asked: Asked) -> Sample:
    """A normalisation with the batch that it is shown with."""
    small = drawn(asked.call, asked.first_shape, SIDE if asked.call.spec.family in FREE else 0)
    layer, x = weighted(asked, small), put_in(asked, (BATCH, *small.shape))
    own = {attribute for name, attribute in TYPED.items() if typed(asked, name, getattr(layer, attribute, None))}
    return Sample(small, layer, x, x, None, None, frozenset(own))


def _weights(asked: Asked, sample: Sample, kernel: str) -> Iterator[str]:
    """Lines that give the layer its weights, where it does not start with them."""
    layer = sample.layer
    if kernel in STARTS:
        scheme = everywhere(INITIALISATIONS[kernel].example())
        for name, call in (("weight", scheme["linear"]), ("bias", scheme["bias"])):
            if getattr(layer, name) is not None:
                values = (f", {key}={call.spec.param(key).code(value)}" for key, value in call.changed().items())
                yield f"{Target(call.spec.target).code}(layer.{name}{''.join(values)})"
    elif kernel == MODEL:
        yield f"other = model.get_submodule({asked.row!r}).state_dict()"
        for name, tensor in layer.state_dict().items():
            cut = ", ".join(_place(place) for place in places(sample.small, name, tuple(tensor.shape)))
            yield f"layer.state_dict()[{name!r}].copy_(other[{name!r}]{f'[{cut}]' if cut else ''})"
    literal = {"weight", "bias"} if kernel not in ("default", MODEL, *STARTS) else set()
    literal |= sample.typed
    if names := [name for name in ("weight", "bias") if name in literal and getattr(layer, name) is not None]:
        yield "with torch.no_grad():"
        yield from (f"    layer.{name}.copy_({_tensor(getattr(layer, name))})" for name in names)


def _place(place: slice | list[int]) -> str:
    return f":{place.stop}" if isinstance(place, slice) else repr(place)


def _inputs(sample: Sample) -> Iterator[str]:
    yield f"x = {_tensor(sample.x)}"
    for name, tensor in _others(sample).items():
        yield f"{name} = {_tensor(tensor)}"
    if hasattr(sample.layer, "_random_samples"):
        yield f"layer._random_samples = torch.full({(1, len(sample.x), sample.x.dim() - 1)}, {DRAW})  # not by chance"


def _others(sample: Sample) -> dict[str, Tensor]:
    """What the layer is given beside its input, by name."""
    unpools = sample.call.spec.family == "unpool"
    others = {"indices": sample.indices if unpools else None, "second": sample.second}
    return {name: tensor for name, tensor in others.items() if tensor is not None}


def _tensor(tensor: Tensor) -> str:
    """A tensor written out, in the fewest digits that make it again."""
    whole = not tensor.is_floating_point()
    values = tensor.flatten().tolist() if whole else numbers(tensor)
    for length in reversed(tensor.shape[1:]):
        values = [values[start : start + length] for start in range(0, len(values), length)]
    text = repr(values)
    text = text if len(text) <= WIDTH else text.replace("], [", "],\n    [")
    return f"torch.tensor({text}{'' if whole else ', dtype=torch.float32'})"
