"""Models from a folder of one's own, when cnnlab runs on one's own machine: their code is run."""

import hashlib
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from cnnlab.specs import SpecError

from .own import VARIABLE, checked_name, models_folder


def from_folder(name: str, folder: str | Path | None = None, **arguments: Any) -> nn.Module:
    """The model that `name`, "module:Class", makes: its file is run anew each time, so edits show.

    Only files inside the folder are imported; beside each other they import with a dot, `from .blocks import Block`.
    """
    chosen = Path(folder) if folder is not None else models_folder()
    if chosen is None:
        raise SpecError(
            "Models from a folder are switched off: start cnnlab on your own machine with "
            "{variable} set to the folder.",
            variable=VARIABLE,
        )
    module_name = checked_name(name).partition(":")[0]
    root = chosen.resolve()
    path = _file(root, module_name)
    if path is None:
        file = f"{module_name.replace('.', '/')[:80]}.py"
        raise SpecError("There is no {file} in {folder}: check the name.", file=file, folder=chosen)
    made = _made(_imported(module_name, path, root), name, path.name, arguments)
    if not isinstance(made, nn.Module):
        raise _no_module(name, type(made))
    return made


def _file(root: Path, module_name: str) -> Path | None:
    """The module's file, None where the folder has none."""
    try:
        path = root.joinpath(*module_name.split(".")).with_suffix(".py").resolve()
        return path if path.is_file() and path.is_relative_to(root) else None
    except OSError:  # a name longer than the file system's are
        return None


def _no_module(name: str, kind: type) -> SpecError:
    return SpecError("{name} makes a {type}, and a model is a torch.nn.Module.", name=name, type=kind.__name__)


def _imported(name: str, path: Path, root: Path) -> ModuleType:
    """The module, run inside a package of its own whose only search path is the folder."""
    package = f"cnnlab_models_{hashlib.sha256(str(root).encode()).hexdigest()[:12]}"
    for known in [known for known in sys.modules if known == package or known.startswith(f"{package}.")]:
        del sys.modules[known]
    importlib.invalidate_caches()
    parent = ModuleType(package)
    parent.__path__ = [str(root)]
    sys.modules[package] = parent
    try:
        return importlib.import_module(f"{package}.{name}")
    except (Exception, SystemExit) as error:  # a person's own code may raise anything; the page shows it
        raise SpecError(
            "{file} could not be imported ({type}: {reason}): correct it and try again.",
            file=path.name,
            type=type(error).__name__,
            reason=str(error)[:200],
        ) from error


def _made(module: ModuleType, name: str, file: str, arguments: dict[str, Any]) -> Any:
    """What the class makes; only classes of modules are called, for `name` may come out of a link."""
    class_name = name.rpartition(":")[2]
    maker = vars(module).get(class_name)
    if not isinstance(maker, type):
        raise SpecError("{file} has no class {name}: check the name.", file=file, name=class_name)
    if not issubclass(maker, nn.Module):
        raise _no_module(name, maker)
    try:
        return maker(**arguments)
    except (Exception, SystemExit) as error:  # as above
        raise SpecError(
            "{name} could not be made ({type}: {reason}): give its arguments defaults, or correct it.",
            name=class_name,
            type=type(error).__name__,
            reason=str(error)[:200],
        ) from error
