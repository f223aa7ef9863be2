"""What stands between the layers of a random model: views, joins, broadcasts and reductions, right ones mostly."""

from collections.abc import Callable
from functools import partial

import torch

from tests.summary.random_lines import Dice, Line, side


def _text(make: Callable[[Dice, torch.Tensor], str]) -> Callable[[Dice, torch.Tensor], Line]:
    return lambda dice, x: Line("", make(dice, x))


def _permuted(dice: Dice, x: torch.Tensor) -> str:
    return f"x.permute({tuple(dice.sample(range(x.dim()), x.dim()))})"


def _viewed(dice: Dice, x: torch.Tensor, function: str) -> str:
    """Two neighbouring sides made one, or one made two, or all but the batch one."""
    sides, place = list(x.shape), dice.randrange(max(x.dim(), 1))
    if dice.flag() and x.dim() > 1:
        place = max(place, 1)
        sides[place - 1 : place + 1] = [sides[place - 1] * sides[place]]
    elif x.dim():
        one = dice.divisor(sides[place])
        sides[place : place + 1] = [one, sides[place] // one]
    if sides and dice.flag():
        sides[dice.randrange(len(sides))] = -1
    if sides and dice.random() < 0.05:
        sides[0] = 2
    return f"x.{function}({tuple(sides)})"


def _pair(dice: Dice, x: torch.Tensor) -> tuple[int, int]:
    return dice.dim(x), dice.dim(x)


def _interpolated(dice: Dice, x: torch.Tensor) -> str:
    mode = dice.choice(["nearest", "bilinear", "bicubic", "area"])
    more = ", antialias=True" if mode in ("bilinear", "bicubic") and dice.random() < 0.3 else ""
    return f"F.interpolate(x, size={tuple(dice.randint(1, 9) for _ in range(dice.sides(x)))}, mode={mode!r}{more})"


def _padded(dice: Dice, x: torch.Tensor) -> str:
    pad = tuple(dice.randint(0, 3) for _ in range(2 * dice.sides(x)))
    return f"F.pad(x, {pad}, mode={dice.choice(['constant', 'reflect', 'replicate', 'circular'])!r})"


STEPS: dict[str, Callable[[Dice, torch.Tensor], Line]] = {
    name: _text(make)
    for name, make in {
        **{f"permute {n}": _permuted for n in range(3)},
        **{f"view {n}": partial(_viewed, function="view") for n in range(4)},
        "reshape": partial(_viewed, function="reshape"),
        "flat view": lambda dice, x: "x.view(x.size(0), -1)",
        "flat view by number": lambda dice, x: f"x.view(-1, {dice.near(max(x[:1].numel(), 1) if x.dim() else 1)})",
        "flatten": lambda dice, x: f"torch.flatten(x, {dice.choice([1, 1, 0, 2])})",
        "transpose": lambda dice, x: "x.transpose({}, {})".format(*_pair(dice, x)),
        "movedim": lambda dice, x: "x.movedim({}, {})".format(*_pair(dice, x)),
        "mT": lambda dice, x: "x.mT",
        "contiguous": lambda dice, x: dice.choice(
            ["x.contiguous()", "x.contiguous(memory_format=torch.channels_last)", "x.clone()", "x.detach()"]
        ),
        "squeeze": lambda dice, x: dice.choice(["x.squeeze()", f"x.squeeze({dice.dim(x)})"]),
        **{f"unsqueeze {n}": lambda dice, x: f"x.unsqueeze({dice.dim(x)})" for n in range(2)},
        "chunk": lambda dice, x: f"x.chunk({dice.randint(1, 3)}, {dice.dim(x)})[{dice.randint(0, 1)}]",
        "split": lambda dice, x: f"torch.cat(x.split({dice.randint(1, 3)}, 1)[::-1], 1)",
        "unbind": lambda dice, x: f"torch.stack(x.unbind({dice.dim(x)}), {dice.dim(x)})",
        "slice": lambda dice, x: dice.choice(
            ["x[:, 1:]", "x[..., ::2]", "x[0]", "x[:, 0]", "x[:, -1:]", "x[..., 1:-1]", "x[:, :, 1]", "x[None]"]
        ),
        "narrow": lambda dice, x: f"x.narrow({dice.dim(x)}, 0, {dice.randint(1, 3)})",
        "cat": lambda dice, x: f"torch.cat([x, x * 2], {dice.dim(x)})",
        "cat of others": lambda dice, x: (
            f"torch.cat([x, x.{dice.choice(['mT', 'flip(0)', 'mean(-1, keepdim=True)'])}], 1)"
        ),
        "stack": lambda dice, x: f"torch.stack([x, -x], {dice.dim(x)})",
        "add the mean": lambda dice, x: f"x + x.mean({dice.dim(x)}, keepdim={dice.random() < 0.8})",
        "add the transpose": lambda dice, x: "x + x.transpose({}, {})".format(*_pair(dice, x)),
        "broadcast": lambda dice, x: (
            f"x + torch.ones({tuple(dice.choice([1, dice.near(side)]) for side in x.shape[-2:])})"
        ),
        "scale": lambda dice, x: f"x * torch.arange({dice.near(side(x, -1))})",
        "in place": lambda dice, x: dice.choice(
            ["F.relu_(x + 0)", "(x + 0).add_(x.mean(0))", "(x * 1).mul_(x[..., :1])", "(x[..., :1] * 1).add_(x)"]
        ),
        "product": lambda dice, x: dice.choice(["x @ x.mT", "torch.bmm(x, x.mT)", "torch.matmul(x, x)", "x.mm(x.t())"]),
        "einsum": lambda dice, x: dice.choice(
            ["torch.einsum('bij,bkj->bik', x, x)", "torch.einsum('bchw->bhc', x)", "torch.einsum('ij,jk->ik', x, x)"]
        ),
        "flip": lambda dice, x: f"x.flip({dice.dim(x)})",
        "roll": lambda dice, x: f"x.roll(1, {dice.dim(x)})",
        "repeat": lambda dice, x: f"x.repeat({tuple(dice.randint(1, 2) for _ in x.shape)})",
        "expand": lambda dice, x: f"x[:1].expand({(2, *(dice.choice([-1, side]) for side in x.shape[1:]))})",
        "repeat_interleave": lambda dice, x: f"x.repeat_interleave(2, {dice.dim(x)})",
        "mean": lambda dice, x: f"x.mean({dice.choice([dice.dim(x), _pair(dice, x), (2, 3), (-2, -1)])})",
        "sum": lambda dice, x: f"x.sum({dice.dim(x)}, keepdim={dice.flag()})",
        "max": lambda dice, x: f"x.max({dice.dim(x)}).values",
        "argmax": lambda dice, x: f"x.argmax({dice.dim(x)})",
        "sorted": lambda dice, x: dice.choice([f"x.sort({dice.dim(x)}).values", f"x.topk(2, {dice.dim(x)}).values"]),
        "normalize": lambda dice, x: f"F.normalize(x, dim={dice.dim(x)})",
        "norm": lambda dice, x: f"x / x.norm(dim={dice.dim(x)}, keepdim={dice.random() < 0.8})",
        "interpolate": _interpolated,
        "pad": _padded,
        "unfold": lambda dice, x: dice.choice([f"x.unfold({dice.dim(x)}, 2, 1)", "F.unfold(x, 2)"]),
        "diagonal": lambda dice, x: "x.diagonal(0, {}, {})".format(*_pair(dice, x)),
        "triangle": lambda dice, x: "torch.tril(x)",
        "where": lambda dice, x: "torch.where(x > 0, x, x[..., :1])",
        "gather": lambda dice, x: (
            f"x.gather({dice.dim(x)}, torch.zeros({tuple(dice.near(s) for s in x.shape)}).long())"
        ),
        "select": lambda dice, x: f"x.index_select({dice.dim(x)}, torch.tensor([0, {dice.randint(0, 1)}]))",
        "distance": lambda dice, x: "torch.cdist(x, x)",
        "attention": lambda dice, x: "F.scaled_dot_product_attention(x, x, x)",
        "functional pool": lambda dice, x: f"F.max_pool{dice.sides(x)}d(x, {dice.randint(1, 3)})",
        "functional average": lambda dice, x: f"F.adaptive_avg_pool{dice.sides(x)}d(x, {dice.randint(1, 2)})",
        "glu": lambda dice, x: f"F.glu(x, {dice.dim(x)})",
        "cumsum": lambda dice, x: f"x.cumsum({dice.dim(x)})",
        "variance": lambda dice, x: f"x.var({dice.dim(x)}, keepdim=True)",
        "like": lambda dice, x: dice.choice(
            ["x.view_as(x.mT)", "x.reshape_as(x.mT)", "x.expand_as(x)", "x + torch.zeros_like(x)"]
        ),
    }.items()
}
