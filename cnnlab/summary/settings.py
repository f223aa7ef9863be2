"""The arguments that a layer was made with, in words."""

from typing import Any

from .rows import Row

SHORT = (  # argument, its letter, the value that goes without saying
    ("kernel_size", "k", None),
    ("stride", "s", 1),
    ("padding", "p", 0),
    ("output_padding", "op", 0),
    ("dilation", "d", 1),
    ("groups", "g", 1),
    ("output_size", "→", None),
)
SIZES = ("kernel_size", "output_size")  # written with all their sides


def short(row: Row) -> str:
    """The settings that shape the result.

    >>> short(Row("conv", "Conv2d", settings={"kernel_size": (3, 3), "stride": (2, 2), "padding": (0, 0)}))
    'k 3×3 s 2'
    """
    words = [
        f"{letter} {_sides(row, name, row.settings[name])}"
        for name, letter, usual in SHORT
        if name in row.settings and row.settings[name] is not None and _one(row.settings[name]) != usual
    ]
    if row.type.startswith("Dropout") and "p" in row.settings:
        words.append(f"p {row.settings['p']:g}")
    return " ".join(words)


def listed(row: Row) -> str:
    """All settings, a line for each.

    >>> print(listed(Row("conv", "Conv2d", settings={"kernel_size": (3, 3), "padding_mode": "zeros"})))
    kernel_size=(3, 3)
    padding_mode='zeros'
    """
    return "\n".join(f"{name}={value!r}" for name, value in row.settings.items())


def telling(row: Row) -> dict[str, Any]:
    """The settings without those that go without saying.

    >>> telling(Row("conv", "Conv2d", settings={"stride": (2, 2), "dilation": (1, 1), "groups": 1}))
    {'stride': (2, 2)}
    """
    usual = {name: value for name, _letter, value in SHORT if value is not None}
    return {name: value for name, value in row.settings.items() if name not in usual or _one(value) != usual[name]}


def _one(value: Any) -> Any:
    """The value that all sides have, or the tuple as it is."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _sides(row: Row, name: str, value: Any) -> str:
    if name not in SIZES:
        value = _one(value)
    elif isinstance(value, int) and row.type[-2:] in ("2d", "3d"):  # nn.MaxPool2d(2) keeps the bare 2
        value = (value,) * int(row.type[-2])
    return "×".join("·" if side is None else str(side) for side in value) if isinstance(value, tuple) else str(value)
