"""The weights of a run as files for others to read; `python -m cnnlab.training.export RUN_FOLDER FILE` writes one."""

import argparse
import io
import sys
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn

from cnnlab.specs import SpecError

from .checkpoints import BEST, Checkpoint
from .outcome import restored
from .run import Run

ONNX = "onnxscript"  # which torch's exporter writes with


def _state_dict(model: nn.Module, picture: torch.Tensor) -> bytes:
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    return file.getvalue()


def _safetensors(model: nn.Module, picture: torch.Tensor) -> bytes:
    return save({name: value.contiguous() for name, value in model.state_dict().items()})


def _onnx(model: nn.Module, picture: torch.Tensor) -> bytes:
    if find_spec(ONNX) is None:
        raise SpecError("ONNX is written by packages that are not installed here: `pip install onnx onnxscript`.")
    file, several = io.BytesIO(), {0: torch.export.Dim.AUTO}  # batches of any size, where the network takes them
    pictures = picture.expand(2, *picture.shape[1:]).clone()  # of one the exporter would take its number for fixed
    names = {"input_names": ["pictures"], "output_names": ["scores"]}
    program = torch.onnx.export(
        model.eval(), (pictures,), dynamo=True, dynamic_shapes=(several,), verbose=False, **names
    )
    program.save(file)
    return file.getvalue()


# By the end of the file's name: what torch.load reads, safetensors, and the whole network as a graph.
FORMS: Mapping[str, Callable[[nn.Module, torch.Tensor], bytes]] = {
    "pt": _state_dict,
    "safetensors": _safetensors,
    "onnx": _onnx,
}


def exported(run: Run, checkpoint: Checkpoint, form: str) -> bytes:
    """The weights of a checkpoint as a file of one of FORMS; ONNX takes pictures (N, C, H, W), normalised as in training."""
    session = restored(run, checkpoint)
    return FORMS[form](session.model.cpu(), torch.zeros(1, *session.data.shape))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m cnnlab.training.export", description="Write a run's weights to a file."
    )
    parser.add_argument("folder", type=Path, help="the folder of the run")
    parser.add_argument("file", type=Path, help="where to: NAME.pt, NAME.safetensors or NAME.onnx")
    parser.add_argument("--checkpoint", default=BEST, help="which weights: best.pt (as it is), last.pt or another")
    asked = parser.parse_args()
    form = asked.file.suffix[1:]
    run = Run(asked.folder)
    checkpoint = next((one for one in run.checkpoints() if one.name == asked.checkpoint), None)
    if form not in FORMS:
        sys.exit(f"{asked.file} must end in one of: {', '.join(FORMS)}.")
    if checkpoint is None:
        sys.exit(f"There is no checkpoint {asked.checkpoint} in {asked.folder}.")
    try:
        asked.file.write_bytes(exported(run, checkpoint, form))
    except (SpecError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
