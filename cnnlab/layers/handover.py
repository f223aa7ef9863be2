"""A layer that comes from a row of a summary: what of it the inspector shows, and the way back."""

import json
from dataclasses import replace
from typing import Any

from cnnlab import limits
from cnnlab.links import pack
from cnnlab.specs import SCALAR, Call, Param, SpecError
from cnnlab.summary.export import hand_over
from cnnlab.summary.rows import Row, Summary
from cnnlab.summary.view import View as Origin

from .catalogue import LAYERS
from .presets import MODEL
from .view import View


def opened(origin: Origin, report: Summary, row: Row) -> View | None:
    """The inspector's view of the layer that a row of the summary `origin` is about; None where no layer here is it.

    Its weights are those of the model, where it has any and the link has room to say which model that is.
    """
    try:
        layer = hand_over(row)
        spec = LAYERS[layer["name"]]
        told = layer["params"]
        params = {param.name: shortened(param, told[param.name]) for param in spec.params if param.name in told}
        call, shape = Call.from_dict({"name": spec.name, "params": params}, LAYERS), tuple(layer["input_shape"])
    except (SpecError, KeyError):
        return None
    if not shape or not all(1 <= side <= limits.LAYER_SIDE for side in shape):
        return None
    view = View(layers=(call,), shape=shape, image=origin.image, seed=origin.seed)
    query = origin.at(row.name).to_query()
    if len(pack(query)) > limits.LINK_PACKED or len(json.dumps(query)) > limits.LINK_UNPACKED:
        return view
    kernel = MODEL if report.row(row.path).params else view.kernel
    return replace(view, origin=query, row=row.path, kernel=kernel)


def shortened(param: Param, value: Any) -> Any:
    """One number where all sides have the same.

    >>> shortened(LAYERS["Conv2d"].param("stride"), [2, 2])
    2
    """
    alike = isinstance(value, list) and len(set(value)) == 1 and SCALAR in param.lengths
    return value[0] if alike else value
