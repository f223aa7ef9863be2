"""With what a run is made: the versions of packages, the hash of our own code. Needs no torch."""

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .config import TrainConfig

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "scikit-learn")
CODE = Path(__file__).parents[1]


def origin(config: TrainConfig) -> dict[str, Any]:
    """What a result depends on besides the configuration, and what of the configuration is asked for first."""
    return {
        "seed": config.seed,
        "threads": config.threads,
        "versions": dict(versions()),
        "code": code_hash(),
        "machine": platform.machine(),
    }


@cache
def versions() -> tuple[tuple[str, str], ...]:
    return (("python", platform.python_version()), *((name, installed(name)) for name in PACKAGES))


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def code_hash() -> str:
    """SHA-256 of the core's Python files, by their names."""
    total = hashlib.sha256()
    for file in sorted(CODE.rglob("*.py")):
        data = file.read_bytes()
        total.update(f"{file.relative_to(CODE).as_posix()} {len(data)}\n".encode() + data)
    return total.hexdigest()
