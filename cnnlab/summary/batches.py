"""What a model is given to go there and back through it: the visitor's picture, as tensors and as Python."""

from collections.abc import Mapping

import torch
from torch import nn

from cnnlab import shelf
from cnnlab.specs import SpecError

from .effort import refuse
from .learnt import Element
from .lessons import takes_picture
from .passes import refuse_lazy
from .pictures import PLAIN, framing, given, refuse_costly
from .receptive import BACKWARD
from .report import Report
from .rows import Effort, shape_text
from .subject import Subject

MIRRORED = 4  # the picture, and it mirrored along either side and both
FILE = "picture.png"


def refuse_list(subject: Subject) -> None:
    """SpecError for a detector."""
    if subject.view.takes_list:
        raise SpecError(
            "A detector learns from pictures with the boxes in them, which are not at hand here: choose another model."
        )


def refuse_way_back(report: Report) -> None:
    """A model that would take too long or too much there and back is not run; the results of all layers are kept."""
    refuse_costly(report)
    effort = report.effort
    kept = 2 * effort.result_bytes + effort.largest_bytes + report.parameter_bytes
    refuse(Effort(BACKWARD * effort.seconds, kept))


def batch_size(model: nn.Module) -> int:
    """How many samples a model needs to train on: more than one where a layer normalises by the batch."""
    norms = nn.modules.batchnorm._BatchNorm
    return MIRRORED if any(isinstance(module, norms) for module in model.modules()) else 1


def inputs(subject: Subject, model: nn.Module, batch: int = 1) -> tuple[torch.Tensor, ...]:
    """The photo as the model takes it, `batch` 1 or MIRRORED; random numbers where it takes no picture, or more than one."""
    refuse_lazy(model)
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), torch.float32)
    shapes = subject.shapes
    if not takes_picture(subject.shapes):
        dice = torch.Generator().manual_seed(subject.view.seed)
        return tuple(torch.rand(batch, *shape, generator=dice).to(dtype) for shape in shapes)
    photo = given(subject).x[None].to(dtype)
    return (mirrored(photo) if batch > 1 else photo,)


def mirrored(photo: torch.Tensor) -> torch.Tensor:
    """(1, C, H, W) as four: as it is, mirrored left to right, upside down, and both."""
    return torch.cat([photo, photo.flip(-1), photo.flip(-2), photo.flip(-1, -2)])


def inputs_code(subject: Subject, dtype: torch.dtype, batch: int = 1) -> tuple[Mapping[str, str], list[str]]:
    """The imports, by the name that they bind, and the lines that make `inputs` what `inputs` gives."""
    view, cast = subject.view, "" if dtype is torch.float32 else f".to({dtype})"
    if not takes_picture(subject.shapes):
        dice = f"dice = torch.Generator().manual_seed({view.seed})"
        made = [f"torch.rand{(batch, *shape)}".replace(")", f", generator=dice){cast}") for shape in subject.shapes]
        return {}, [dice, f"inputs = [{', '.join(made)}]"]
    if view.learnt or Element.read(view.image):
        return _of_run(subject, cast, batch)
    imports = {"pictured": "from cnnlab.summary.pictures import pictured"}
    if shelf.is_digest(view.image):
        imports["Image"] = "from PIL import Image"
        photo = f'photo = Image.open("{FILE}")  # your picture'
    else:
        imports["sample"] = "from cnnlab.images import sample"
        photo = f'photo = sample("{view.image}")'
    how, shape = framing(view, subject.shapes[0]), subject.shapes[0]
    if how != PLAIN:
        imports["pictured"] = "from cnnlab.summary.pictures import Framing, pictured"
        imports["InterpolationMode"] = "from torchvision.transforms import InterpolationMode"
        said = ", ".join(f"{name}={value}" for name, value in (vars(how) | {"like": repr(how.like)}).items())
        lines = [photo, f"how = Framing({said})", f"x = pictured(photo, {shape}, how)[None]{cast}"]
    else:
        lines = [photo, f"x = pictured(photo, {shape})[None]{cast}"]
    return imports, [*lines, *_batched(batch)]


def _of_run(subject: Subject, cast: str, batch: int) -> tuple[Mapping[str, str], list[str]]:
    """The same where only the run itself knows what it gives its network."""
    imports = {
        "View": "from cnnlab.summary.view import View",
        "Subject": "from cnnlab.summary.subject import Subject",
        "given": "from cnnlab.summary.pictures import given",
    }
    return imports, [f"x = given(Subject(View.from_query({subject.view.to_query()}))).x[None]{cast}", *_batched(batch)]


def _batched(batch: int) -> list[str]:
    mirrors = "x = torch.cat([x, x.flip(-1), x.flip(-2), x.flip(-1, -2)])  # normalisation needs a batch"
    return [*([mirrors] if batch > 1 else []), "inputs = [x]"]


def lent(tensor: torch.Tensor) -> torch.Tensor:
    """For a copy that is run and gone back through: the parameter on the same memory, a buffer of its own."""
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach(), tensor.requires_grad)
    return tensor.detach().clone()


def untaken(model: nn.Module, batch: tuple[torch.Tensor, ...], error: Exception) -> SpecError:
    """What to say of a model that raises while it runs."""
    return SpecError(
        "{type} cannot take {shape}: {detail}",
        type=type(model).__name__,
        shape=", ".join(shape_text(tuple(tensor.shape)) for tensor in batch),
        detail=str(error).strip(),
    )
