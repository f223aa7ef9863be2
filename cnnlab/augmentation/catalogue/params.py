"""Parameters that many transforms share, each told once."""

from collections.abc import Mapping
from typing import Any

from cnnlab import limits
from cnnlab.specs import N_, SCALAR, Param, SpecError

PAIR, QUAD = 2, 4
HEIGHT_WIDTH = {PAIR: (N_("height"), N_("width"))}
WIDTH_HEIGHT = {PAIR: (N_("across"), N_("down"))}
LOW_HIGH = {PAIR: (N_("smallest"), N_("largest"))}
RGB = {3: ("R", "G", "B")}
CHANNELS = {1: (N_("all channels"),), 2: ("1", "2"), **RGB, 4: ("1", "2", "3", "4")}
BORDERS = {PAIR: (N_("left and right"), N_("top and bottom")),
           QUAD: (N_("left"), N_("top"), N_("right"), N_("bottom"))}
MODES = {mode: f"torchvision.transforms.v2:InterpolationMode.{mode.upper().replace('-', '_')}" for mode in
         ("nearest", "nearest-exact", "bilinear", "bicubic", "box", "hamming", "lanczos")}
DTYPES = {name: f"torch:{name}" for name in
          ("float32", "float64", "float16", "uint8", "int16", "int32", "int64", "bool")}


def probability(default: float = 0.5) -> Param:
    return Param(
        "p", default=default, low=0, high=1, step=0.05, help=N_("How often the step happens: 0 never, 1 always.")
    )


def size(start: int, lengths: tuple[int, ...] = (SCALAR, 1, PAIR), **more: Any) -> Param:
    return Param("size", int, start=start, low=1, high=limits.PICTURE_SIDE, lengths=lengths, labels=HEIGHT_WIDTH, unit="px",
                 **{"help": N_("One number makes a square; two are (height, width), in this order."), **more})


def interpolation(default: str, modes: tuple[str, ...] = ("nearest", "bilinear", "bicubic")) -> Param:
    return Param("interpolation", str, default=default, options={mode: MODES[mode] for mode in modes}, advanced=True,
                 help=N_("How a pixel between pixels gets its value: nearest copies, bilinear and bicubic blend."))


def resampling(default: str = "bilinear") -> Param:
    return interpolation(default, tuple(MODES))


def antialias() -> Param:
    return Param("antialias", bool, default=True, optional=True, advanced=True,
                 help=N_("Blur before shrinking, so that fine patterns do not turn into false ones. PIL always does."))


def fill(default: int | None = 0, **more: Any) -> Param:
    return Param("fill", default=default, low=0, high=255, lengths=(SCALAR, 1, 3), labels=RGB, optional=True,
                 widget="color", advanced=True,
                 help=N_("The colour of pixels from outside the picture: 0–255 for uint8 and PIL, 0–1 for floats."),
                 **more)


def padding(default: Any, **more: Any) -> Param:
    return Param("padding", int, default=default, low=0, high=256, lengths=(SCALAR, PAIR, QUAD), labels=BORDERS,
                 unit="px", widget="padding",
                 help=N_("One number for all sides; two are (left and right, top and bottom); "
                         "four are (left, top, right, bottom)."), **more)


def padding_mode() -> Param:
    return Param("padding_mode", str, default="constant", options=("constant", "edge", "reflect", "symmetric"),
                 advanced=True,
                 help=N_("constant fills with one colour; edge repeats the last pixel; reflect mirrors without "
                         "repeating it, [1,2,3,4] → [3,2,1,2,3,4,3,2]; symmetric mirrors and repeats it, "
                         "[2,1,1,2,3,4,4,3]."))


def pair(name: str, default: tuple[float, float], low: float, high: float, help: str, **more: Any) -> Param:
    """A (smallest, largest) range."""
    return Param(
        name, default=default, low=low, high=high, lengths=(PAIR,), labels=LOW_HIGH, rising=True, help=help, **more
    )


def same_length(values: Mapping[str, Any]) -> None:
    """Normalize: mean and std have one number per channel each."""
    mean, std = values["mean"], values["std"]
    if len(mean) != len(std) and 1 not in (len(mean), len(std)):
        raise SpecError(
            "mean has {mean} values and std has {std}: give both one per channel.", mean=len(mean), std=len(std)
        )


def odd_kernel(values: Mapping[str, Any]) -> None:
    """GaussianBlur: a kernel has a middle pixel."""
    kernel = values["kernel_size"]
    for side in kernel if isinstance(kernel, tuple) else (kernel,):
        if side % 2 == 0:
            raise SpecError("kernel_size={kernel} has an even side: use {less} or {more}, which have a middle pixel.",
                            kernel=kernel, less=side - 1, more=side + 1)


def ordered(small: str, large: str):
    """A check that one value does not exceed another, where both are given."""

    def check(values: Mapping[str, Any]) -> None:
        low, high = values[small], values[large]
        if low is not None and high is not None and (max(low) if isinstance(low, tuple) else low) > high:
            raise SpecError("{small}={low} is larger than {large}={high}: make it smaller or raise {large}.",
                            small=small, low=low, large=large, high=high)

    return check


def both(*checks):
    """Several checks as one."""

    def check(values: Mapping[str, Any]) -> None:
        for one in checks:
            one(values)

    return check


def rising_shear(values: Mapping[str, Any]) -> None:
    """RandomAffine: each pair of shear angles is (smallest, largest)."""
    shear = values["shear"] if isinstance(values["shear"], tuple) else ()
    for low, high in zip(shear[::2], shear[1::2], strict=True):
        if low > high:
            raise SpecError("shear={shear} must go from the smaller to the larger angle.", shear=shear)


def resize_rules(values: Mapping[str, Any]) -> None:
    """Resize: `max_size` caps the long side, so it needs a single `size`, smaller than itself."""
    side, cap = values["size"], values["max_size"]
    if side is None and cap is None:
        raise SpecError("Resize needs a size, or a max_size for the long side.")
    if cap is None or side is None:
        return
    if isinstance(side, tuple) and len(side) == PAIR:
        raise SpecError("max_size={cap} goes with a single size, and size={size} names both sides: leave max_size out.",
                        cap=cap, size=side)
    if cap <= (side[0] if isinstance(side, tuple) else side):
        raise SpecError("max_size={cap} must be larger than size={size}, the short side.", cap=cap, size=side)


def weights(values: Mapping[str, Any]) -> None:
    """RandomChoice: one weight per step, not all zero."""
    chances, steps = values["p"], values["transforms"]
    if chances is None:
        return
    if len(chances) != len(steps):
        raise SpecError("p has {weights} weights for {steps} steps: give each step one.",
                        weights=len(chances), steps=len(steps))
    if not sum(chances):
        raise SpecError("p={p} gives every step the chance 0: raise one.", p=chances)


def gray_channels(values: Mapping[str, Any]) -> None:
    """Grayscale: one channel, or three equal ones."""
    if values["num_output_channels"] == 2:
        raise SpecError("num_output_channels={count} is neither 1 nor 3: use one of them.", count=2)


def magnitude_in_bins(values: Mapping[str, Any]) -> None:
    """RandAugment: the strength is one of the levels, counted from 0."""
    magnitude, levels = values["magnitude"], values["num_magnitude_bins"]
    if magnitude >= levels:
        raise SpecError("magnitude={magnitude} must be below num_magnitude_bins={levels}: use {limit} or less.",
                        magnitude=magnitude, levels=levels, limit=levels - 1)
