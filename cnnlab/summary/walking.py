"""What the ways to walk through a model yield, in order."""

from torch import nn
from torch.nn.parameter import UninitializedTensorMixin

from cnnlab.specs import N_, SpecError

from .answers import Item, Walk

# Method, loop, whether it yields pairs, what it is.
WALKS = (
    (
        "modules",
        "for module in model.modules():\n    print(type(module).__name__)",
        False,
        N_("Every module, the model itself first, then depth first; one that is used twice comes once."),
    ),
    (
        "named_modules",
        "for name, module in model.named_modules():\n    print(name, type(module).__name__)",
        True,
        N_("Like modules(), with the dotted name; the model's own name is empty."),
    ),
    (
        "children",
        "for module in model.children():\n    print(type(module).__name__)",
        False,
        N_("Only the modules directly below the model."),
    ),
    (
        "named_children",
        "for name, module in model.named_children():\n    print(name, type(module).__name__)",
        True,
        N_("Like children(), with the attribute's name."),
    ),
    (
        "parameters",
        "for parameter in model.parameters():\n    print(tuple(parameter.shape))",
        False,
        N_(
            "Every parameter, frozen ones too, at any depth; a tied one comes once. This is what an optimizer is given."
        ),
    ),
    (
        "named_parameters",
        "for name, parameter in model.named_parameters():\n    print(name, tuple(parameter.shape))",
        True,
        N_("Like parameters(), with the dotted name."),
    ),
    (
        "state_dict",
        "for name, tensor in model.state_dict().items():\n    print(name, tuple(tensor.shape))",
        True,
        N_(
            "Every tensor to be saved, under every name: parameters, tied ones again, and persistent buffers such as "
            "BatchNorm's running mean."
        ),
    ),
)


def walks(model: nn.Module) -> tuple[Walk, ...]:
    """The Walks of a model, each with everything it yields.

    >>> [item.name for item in walks(nn.Sequential(nn.ReLU()))[1].items]
    ['', '0']
    """
    return tuple(Walk(name, code, about, tuple(_items(model, name, named))) for name, code, named, about in WALKS)


def _items(model: nn.Module, name: str, named: bool):
    # keep_vars: the tensors themselves, as state_dict() would detach and so hide which are Parameters.
    items = model.state_dict(keep_vars=True).items() if name == "state_dict" else getattr(model, name)()
    for pair in items:
        key, value = pair if named else (None, pair)
        if isinstance(value, nn.Module):
            yield Item(key, type(value).__name__)
        else:
            known = not isinstance(value, UninitializedTensorMixin) and hasattr(value, "shape")
            yield Item(key, type(value).__name__, tuple(value.shape) if known else None)


def module_at(model: nn.Module, path: str) -> nn.Module:
    """The module of that name, "" being the model itself; SpecError where there is none."""
    try:
        return dict(model.named_modules(remove_duplicate=False))[path]
    except KeyError:
        raise SpecError("{type} has no module {path}.", type=type(model).__name__, path=repr(path)) from None
