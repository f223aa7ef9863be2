"""The layers of a random model, a row each: given dice and what arrives, one that fits it, mostly."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

import torch


class Dice(Random):
    def near(self, value: int) -> int:
        """Mostly the value, sometimes a wrong one."""
        return value if self.random() < 0.95 else max(1, self.choice([value - 1, value + 1, 2 * value, 1, 3]))

    def each(self, dims: int, low: int, high: int) -> int | tuple[int, ...]:
        """One number for all sides, or one for each."""
        several = tuple(self.randint(low, high) for _ in range(dims))
        return several if self.flag() else several[0]

    def flag(self) -> bool:
        return self.random() < 0.5

    def divisor(self, value: int) -> int:
        return self.choice([n for n in range(1, value + 1) if value % n == 0] or [1])

    def sides(self, x: torch.Tensor) -> int:
        """In how many dimensions a layer works on x: with a batch, as a rule."""
        return min(max(x.dim() - self.choices([2, 1, 3], [85, 12, 3])[0], 1), 3)

    def dim(self, x: torch.Tensor) -> int:
        return self.randint(-x.dim(), x.dim() - 1) if x.dim() else 0


@dataclass(frozen=True)
class Line:
    """A step of a model: a layer (or none), and how `forward` calls it."""

    layer: str
    call: str = "m(x)"

    def __str__(self) -> str:
        return f"x = {self.call}" + (f"  # m = {self.layer}" if self.layer else "")


def _made(name: str, *args, call: str = "m(x)", **kwargs) -> Line:
    words = [*(repr(arg) for arg in args), *(f"{key}={value!r}" for key, value in kwargs.items())]
    return Line(f"torch.nn.{name}({', '.join(words)})", call)


def side(x: torch.Tensor, place: int) -> int:
    return x.shape[place] if -x.dim() <= place < x.dim() else 3


def _channels(x: torch.Tensor, d: int) -> int:
    return side(x, -d - 1)


def _conv(dice: Dice, x: torch.Tensor, lazy: str = "") -> Line:
    d = dice.sides(x)
    inside = dice.near(_channels(x, d))
    groups = dice.divisor(inside) if dice.random() < 0.3 else 1
    words = {"stride": dice.each(d, 1, 3), "padding": dice.each(d, 0, 2), "dilation": 1, "groups": groups}
    if dice.random() < 0.2:
        words["dilation"] = dice.each(d, 1, 3)
    if dice.random() < 0.1:
        words |= {"stride": 1, "padding": dice.choice(["same", "valid"])}
    if dice.random() < 0.2:
        words["padding_mode"] = dice.choice(["reflect", "replicate", "circular"])
    sizes = (groups * dice.randint(1, 4), dice.each(d, 1, 4))
    return _made(f"{lazy}Conv{d}d", *(() if lazy else (inside,)), *sizes, bias=dice.flag(), **words)


def _transposed(dice: Dice, x: torch.Tensor, lazy: str = "") -> Line:
    d = dice.sides(x)
    inside = dice.near(_channels(x, d))
    groups = dice.divisor(inside) if dice.random() < 0.5 else 1
    words = {"stride": dice.each(d, 1, 3), "padding": dice.each(d, 0, 2), "groups": groups, "bias": dice.flag()}
    if dice.random() < 0.4:
        words["output_padding"] = dice.each(d, 0, 2)
    if dice.random() < 0.3:
        words["dilation"] = dice.each(d, 1, 3)
    sizes = (groups * dice.randint(1, 4), dice.each(d, 1, 4))
    return _made(f"{lazy}ConvTranspose{d}d", *(() if lazy else (inside,)), *sizes, **words)


def _pool(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    d = dice.sides(x)
    kernel = dice.each(d, 1, 4)
    words = {"ceil_mode": dice.flag()}
    if dice.flag():
        words["stride"] = dice.each(d, 1, 3)
    if kind == "LPPool":
        return _made(f"{kind}{d}d", 2, kernel, **words)
    if kind == "AvgPool" and d == 1:
        kernel = kernel if isinstance(kernel, int) else kernel[0]
    if dice.flag():
        words["padding"] = dice.randint(0, 2)
    if kind == "MaxPool" and dice.random() < 0.3:
        words["dilation"] = dice.each(d, 1, 2)
    if kind == "AvgPool":
        words["count_include_pad"] = dice.flag()
    return _made(f"{kind}{d}d", kernel, **words)


def _adaptive(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    d = dice.sides(x)
    size = dice.each(d, 1, 5)
    if isinstance(size, tuple) and d > 1 and dice.random() < 0.3:
        size = (None, *size[1:])
    return _made(f"Adaptive{kind}Pool{d}d", size)


def _unpool(dice: Dice, x: torch.Tensor) -> Line:
    d = dice.sides(x)
    kernel, stride = dice.each(d, 1, 3), dice.each(d, 1, 3)
    down = f"torch.nn.MaxPool{d}d({kernel}, {stride}, return_indices=True)"
    up = f"torch.nn.MaxUnpool{d}d({kernel}, {stride})"
    size = ", x.shape" if dice.flag() else ""
    between = dice.choices(["y", "F.relu(y)", "y[:, :1]", "y.transpose(-1, -2)"], [8, 2, 1, 1])[0]
    return Line(f"torch.nn.ModuleList([{down}, {up}])", f"(lambda y, i: m[1]({between}, i{size}))(*m[0](x))")


def _fractional(dice: Dice, x: torch.Tensor) -> Line:
    d = max(dice.sides(x), 2)
    how = {"output_ratio": dice.choice([0.4, 0.5, 0.7])} if dice.flag() else {"output_size": dice.each(d, 1, 4)}
    return _made(f"FractionalMaxPool{d}d", dice.each(d, 1, 3), **how)


def _norm(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    d = dice.sides(x) if x.dim() != 2 else 1
    width = side(x, 1) if x.dim() == 2 and kind.endswith("BatchNorm") else _channels(x, d)
    words = {"affine": dice.flag(), "track_running_stats": dice.flag()}
    return _made(f"{kind}{d}d", *(() if kind.startswith("Lazy") else (dice.near(width),)), **words)


def _group_norm(dice: Dice, x: torch.Tensor) -> Line:
    width = dice.near(side(x, 1))
    return _made("GroupNorm", dice.divisor(width), width, affine=dice.flag())


def _last_norm(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    last = tuple(dice.near(side) for side in x.shape[-dice.randint(1, 3) :])
    return _made(kind, last or 1, elementwise_affine=dice.flag())


def _across(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    return _made(kind, dice.randint(1, 4))


def _pad(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    d = dice.sides(x)
    low = -1 if kind in ("Constant", "Zero") else 0
    pad = tuple(dice.randint(low, 4) for _ in range(2 * d)) if dice.flag() else dice.randint(low, 3)
    return _made(f"{kind}Pad{d}d", pad, **({"value": 1.0} if kind == "Constant" else {}))


def _upsample(dice: Dice, x: torch.Tensor) -> Line:
    d = dice.sides(x)
    smooth = ("linear", "bilinear", "trilinear")[d - 1]
    mode = dice.choice(["nearest", "nearest-exact", smooth, smooth, "bicubic", "area"])
    words = {"align_corners": dice.flag()} if "linear" in mode or mode == "bicubic" else {}
    if dice.flag():
        return _made("Upsample", dice.each(d, 1, 9), mode=mode, **words)
    return _made("Upsample", scale_factor=dice.choice([2, 3, 0.5, 1.5, (2.0,) * d]), mode=mode, **words)


def _fold(dice: Dice, x: torch.Tensor) -> Line:
    kernel, stride = dice.randint(1, 3), dice.randint(1, 2)
    unfold = f"torch.nn.Unfold({kernel}, stride={stride}, padding={dice.randint(0, 1)})"
    if dice.flag():
        return Line(unfold)
    size = tuple(dice.near(side) for side in x.shape[-2:])
    return Line(f"torch.nn.Sequential({unfold}, torch.nn.Fold({size}, {kernel}, stride={stride}))")


def _shuffle(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    factor = dice.divisor(side(x, 1)) if kind == "ChannelShuffle" else dice.choice([1, 2, 2, 3])
    return _made(kind, dice.near(factor))


def _flatten(dice: Dice, x: torch.Tensor) -> Line:
    return _made("Flatten", *dice.choice([(), (), (1, 2), (0,), (2,), (1, -2), (0, -1)]))


def _unflatten(dice: Dice, x: torch.Tensor) -> Line:
    dim = dice.dim(x)
    one = dice.divisor(side(x, dim))
    return _made("Unflatten", dim, (dice.near(one), dice.choice([-1, side(x, dim) // one])))


def _linear(dice: Dice, x: torch.Tensor) -> Line:
    return _made("Linear", dice.near(side(x, -1)), dice.randint(1, 9), bias=dice.flag())


def _bilinear(dice: Dice, x: torch.Tensor) -> Line:
    return _made("Bilinear", dice.near(side(x, -1)), side(x, -1), 3, bias=dice.flag(), call="m(x, x)")


def _recurrent(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    words = {"batch_first": dice.flag(), "bidirectional": dice.flag(), "num_layers": dice.randint(1, 2)}
    if kind == "LSTM" and dice.random() < 0.2:
        words["proj_size"] = 2
    return _made(kind, dice.near(side(x, -1)), 4, call=dice.choice(["m(x)[0]", "m(x)[0]", "m(x)[0][:, -1]"]), **words)


def _cell(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    return _made(kind, dice.near(side(x, -1)), 4, call="m(x)[0]" if kind == "LSTMCell" else "m(x)")


def _attention(dice: Dice, x: torch.Tensor) -> Line:
    width = dice.near(side(x, -1))
    call = dice.choice(["m(x, x, x)[0]", "m(x, x, x, need_weights=False)[0]", "m(x, x, x)[1]"])
    return _made("MultiheadAttention", width, dice.divisor(width), batch_first=dice.flag(), call=call)


def _transformer(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    width = dice.near(side(x, -1))
    call = "m(x)" if kind == "TransformerEncoderLayer" else "m(x, x)"
    words = {"norm_first": dice.flag(), "batch_first": dice.flag(), "dim_feedforward": 5}
    if kind == "Transformer":
        words |= {"num_encoder_layers": 1, "num_decoder_layers": 1}
    return _made(kind, width, dice.divisor(width), call=call, **words)


def _embedding(dice: Dice, x: torch.Tensor, kind: str = "Embedding") -> Line:
    words = {"mode": dice.choice(["mean", "sum", "max"])} if kind == "EmbeddingBag" else {}
    return _made(kind, 5000, dice.randint(1, 6), call=dice.choice(["m(x)", "m(x.abs().long() % 9)"]), **words)


def _simple(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    return _made(kind)


def _by_dim(dice: Dice, x: torch.Tensor, kind: str) -> Line:
    return _made(kind, dice.dim(x))


ACTIVATIONS = (
    *("Identity", "ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid", "Tanh"),
    *("RReLU", "Hardtanh", "Hardsigmoid", "Hardswish", "Hardshrink", "LogSigmoid", "Softplus", "Softshrink"),
    *("Softsign", "Tanhshrink", "Softmax2d", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout"),
    "FeatureAlphaDropout",
)
TRANSFORMERS = ("EncoderLayer", "DecoderLayer", "")
LAYERS: dict[str, Callable[[Dice, torch.Tensor], Line]] = {
    **{f"Conv {n}": _conv for n in range(6)},  # most models are made of them
    **{f"ConvTranspose {n}": _transposed for n in range(4)},
    "LazyConv": partial(_conv, lazy="Lazy"),
    "LazyConvTranspose": partial(_transposed, lazy="Lazy"),
    **{kind: partial(_pool, kind=kind) for kind in ("MaxPool", "AvgPool", "LPPool")},
    **{f"Adaptive{kind}": partial(_adaptive, kind=kind) for kind in ("Avg", "Max")},
    "MaxUnpool": _unpool,
    "FractionalMaxPool": _fractional,
    **{kind: partial(_norm, kind=kind) for kind in ("BatchNorm", "InstanceNorm", "LazyBatchNorm", "LazyInstanceNorm")},
    "GroupNorm": _group_norm,
    **{kind: partial(_last_norm, kind=kind) for kind in ("LayerNorm", "RMSNorm")},
    **{kind: partial(_across, kind=kind) for kind in ("LocalResponseNorm", "CrossMapLRN2d")},
    **{
        f"{kind}Pad": partial(_pad, kind=kind) for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular")
    },
    "Upsample": _upsample,
    "UpsamplingNearest2d": lambda dice, x: _made("UpsamplingNearest2d", scale_factor=2),
    "UpsamplingBilinear2d": lambda dice, x: _made("UpsamplingBilinear2d", dice.each(2, 1, 9)),
    "Fold": _fold,
    **{kind: partial(_shuffle, kind=kind) for kind in ("PixelShuffle", "PixelUnshuffle", "ChannelShuffle")},
    **{f"Flatten {n}": _flatten for n in range(2)},
    "Unflatten": _unflatten,
    **{f"Linear {n}": _linear for n in range(3)},
    "LazyLinear": lambda dice, x: _made("LazyLinear", dice.randint(1, 9)),
    "Bilinear": _bilinear,
    **{kind: partial(_recurrent, kind=kind) for kind in ("RNN", "LSTM", "GRU")},
    **{kind: partial(_cell, kind=kind) for kind in ("RNNCell", "LSTMCell", "GRUCell")},
    "MultiheadAttention": _attention,
    **{f"Transformer{kind}": partial(_transformer, kind=f"Transformer{kind}") for kind in TRANSFORMERS},
    "Embedding": _embedding,
    "EmbeddingBag": partial(_embedding, kind="EmbeddingBag"),
    **{name: partial(_simple, kind=name) for name in ACTIVATIONS},
    "Threshold": lambda dice, x: _made("Threshold", 0.1, 2.0),
    "PReLU": lambda dice, x: _made("PReLU", dice.choice([1, dice.near(side(x, 1))])),
    **{name: partial(_by_dim, kind=name) for name in ("GLU", "Softmax", "Softmin", "LogSoftmax")},
    "CosineSimilarity": lambda dice, x: _made("CosineSimilarity", dice.dim(x), call="m(x, x)"),
    "PairwiseDistance": lambda dice, x: _made("PairwiseDistance", call="m(x, x * 2)"),
}
