"""Objects by the name of the place where they live."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

# Modules that exported source imports, and how.
MODULES = {
    "functools": "import functools",
    "torch": "import torch",
    "torch.nn": "from torch import nn",
    "torch.nn.init": "from torch.nn import init",
    "torch.optim": "from torch import optim",
    "torch.optim.lr_scheduler": "from torch.optim import lr_scheduler",
    "torchvision.models": "from torchvision import models",
    "torchvision.transforms.v2": "from torchvision.transforms import v2",
}


@dataclass(frozen=True)
class Target:
    """Where an object lives: "module:name", "module:name.attribute", or "module:function()" for what it returns."""

    path: str

    @property
    def module(self) -> str:
        return self.path.partition(":")[0]

    @property
    def name(self) -> str:
        return self.path.partition(":")[2].removesuffix("()")

    @property
    def own(self) -> bool:
        """True for code of ours, which exported source has to bring along."""
        return self.module not in MODULES

    @property
    def code(self) -> str:
        tail = self.path.partition(":")[2]
        return tail if self.own else f"{self.module.rpartition('.')[2]}.{tail}"

    def resolve(self) -> Any:
        item = resolve_name(f"{self.module}:{self.name}")
        return item() if self.path.endswith("()") else item


def lazily(package: str, paths: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's `__getattr__`: names that load torch, by the path of what they name, resolved when first used."""

    def look_up(name: str) -> Any:
        if name not in paths:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return Target(paths[name]).resolve()

    return look_up
