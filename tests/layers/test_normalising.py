"""Normalisation and dropout by hand are torch's."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnlab.layers import LAYERS
from cnnlab.layers.dropping import DRAWS, dropped, factor
from cnnlab.layers.jobs import asked
from cnnlab.layers.normalising import BATCH, GROUPS, normed
from cnnlab.layers.presets import MODEL
from cnnlab.layers.view import View
from cnnlab.specs import SpecError

NORMS = [
    LAYERS["BatchNorm1d"](num_features=3),
    LAYERS["BatchNorm2d"](num_features=3, momentum=0.3),
    LAYERS["BatchNorm2d"](num_features=2, momentum=None),
    LAYERS["BatchNorm2d"](num_features=2, track_running_stats=False, affine=False),
    LAYERS["BatchNorm3d"](num_features=2, eps=0.1),
    LAYERS["InstanceNorm1d"](num_features=2),
    LAYERS["InstanceNorm2d"](num_features=3, affine=True),
    LAYERS["InstanceNorm2d"](num_features=3, track_running_stats=True),
    LAYERS["GroupNorm"](num_groups=2, num_channels=4),
    LAYERS["LayerNorm"].example(),
    LAYERS["RMSNorm"].example(),
    LAYERS["RMSNorm"].example().replace(eps=0.01),
]
SHAPES = {"BatchNorm1d": (3, 5), "BatchNorm2d": (3, 3, 4), "BatchNorm3d": (2, 2, 3, 2), "InstanceNorm1d": (2, 6),
          "InstanceNorm2d": (3, 4, 3), "GroupNorm": (4, 2, 3)}  # fmt: skip


def view(call, **more) -> View:
    shape = SHAPES.get(call.name)
    if shape:
        shape = (call.values.get("num_features", shape[0]), *shape[1:])
    return View(layers=(call,), shape=shape, **{"fill": "random", "seed": 2, **more})


@pytest.mark.parametrize("call", NORMS, ids=lambda call: call.code())
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("step", [0, 3])
def test_each_element_normalised_by_hand_is_what_torch_gives(call, training, step):
    by_hand = normed(asked(view(call, training=training, step=step)))
    of = np.array(by_hand.groups)
    x, means, variances = (np.array(part) for part in (by_hand.values, by_hand.means, by_hand.variances))
    normal = (x - means[of]) / np.sqrt(variances[of] + by_hand.eps)
    assert normal == pytest.approx(by_hand.normal)
    assert normal * by_hand.weight + by_hand.bias == pytest.approx(by_hand.output, abs=1e-5)
    layer = call.build().train()
    batch = torch.tensor(by_hand.values, dtype=torch.float32).reshape(by_hand.shape)
    for _ in range(step):
        layer(batch)
    expected = layer.train(training)(batch).detach().flatten().numpy()
    assert expected == pytest.approx(by_hand.output, abs=1e-5)
    assert by_hand.shape[0] == BATCH


@pytest.mark.parametrize("call", NORMS, ids=lambda call: call.code())
def test_elements_share_a_mean_where_the_gradient_says_so(call):
    """Without the mean's part, an output would depend on its own input alone: those with a gradient share its group."""
    by_hand = normed(asked(view(call)))
    layer = call.build().train()
    x = torch.tensor(by_hand.values, dtype=torch.float64).reshape(by_hand.shape).requires_grad_()
    y = layer.double()(x)
    for place in (0, len(by_hand.values) // 2, len(by_hand.values) - 1):
        gradient = torch.autograd.grad(y.flatten()[place], x, retain_graph=True)[0].flatten()
        group = [other for other, of in enumerate(by_hand.groups) if of == by_hand.groups[place]]
        assert set(gradient.nonzero().flatten().tolist()) <= set(group)
        assert len(group) == by_hand.members
    assert by_hand.members * len(by_hand.means) == len(by_hand.values)


def test_running_statistics_move_batch_by_batch_as_torch_moves_them():
    call = LAYERS["BatchNorm2d"](num_features=2, momentum=0.25)
    by_hand = normed(asked(view(call, step=4)))
    assert len(by_hand.running) == 5
    assert by_hand.running[0] == ((0, 0), (1, 1))
    count = by_hand.members
    for before, after in zip(by_hand.running, by_hand.running[1:], strict=False):
        for part, batch in ((0, by_hand.means), (1, [v * count / (count - 1) for v in by_hand.variances])):
            moved = [0.75 * old + 0.25 * new for old, new in zip(before[part], batch, strict=True)]
            assert after[part] == pytest.approx(moved)
    assert normed(asked(view(LAYERS["LayerNorm"].example(), step=2))).running == ()
    averaged = normed(asked(view(NORMS[2], step=3)))
    assert (averaged.momentum, averaged.running[-1][0]) == (None, pytest.approx(averaged.means))


def test_typed_numbers_and_factors_are_taken():
    call = LAYERS["BatchNorm1d"](num_features=2)
    typed = {"x": (1, 10, 2, 20, 3, 60), "w": (2, 1), "b": (0, 5)}
    by_hand = normed(asked(View(layers=(call,), shape=(2,), numbers=typed)))
    assert by_hand.means == (2, 30)
    assert by_hand.weight == (2, 1) * 3
    assert by_hand.output[2:4] == pytest.approx((0, 5 - 10 / (1400 / 3) ** 0.5))


class Trained(torch.nn.Sequential):
    """A batch normalisation that has learned, and kept statistics."""

    def __init__(self):
        super().__init__(torch.nn.BatchNorm2d(3))
        for name, tensor in self[0].state_dict().items():
            tensor.copy_(torch.tensor(4) if name == "num_batches_tracked" else torch.arange(1.0, 4) * len(name))


@pytest.mark.parametrize("training", [True, False])
def test_the_factors_and_running_statistics_are_those_of_the_model(training, monkeypatch):
    monkeypatch.setattr("cnnlab.layers.weights.source", lambda asked: Trained()[0])
    call = LAYERS["BatchNorm2d"](num_features=3)
    by_hand = normed(asked(view(call, kernel=MODEL, row="0", training=training)))
    x = torch.tensor(by_hand.values, dtype=torch.float32).reshape(by_hand.shape)
    expected = Trained().train(training)(x).detach().flatten().numpy()
    assert by_hand.output == pytest.approx(expected, abs=1e-4)
    assert by_hand.weight[::12][:3] == (6, 12, 18)
    assert by_hand.running[0] == ((12, 24, 36), (11, 22, 33))


@pytest.mark.parametrize("ask", [normed, dropped])
def test_other_layers_are_refused(ask):
    with pytest.raises(SpecError, match=r"^Conv2d (takes no mean and variance|drops nothing)\.$"):
        ask(asked(View()))


DROPOUTS = [name for name, row in LAYERS.items() if row.family == "dropout"]


@pytest.mark.parametrize("name", DROPOUTS)
@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropout_keeps_or_drops_and_says_by_what_it_multiplies(name, p):
    question = asked(View(layers=(LAYERS[name](p=p),), fill="counting", seed=5))
    drawn = dropped(question)
    assert (drawn.evaluated, len(drawn.outputs), drawn.seeds) == (drawn.values, DRAWS, (5, 6, 7, 8))
    x = torch.tensor(drawn.values, dtype=torch.float32)
    for seed, output in zip(drawn.seeds, drawn.outputs, strict=True):
        torch.manual_seed(seed)
        expected = LAYERS[name](p=p).build().train()(x.reshape(1, *drawn.shape)).flatten()
        torch.testing.assert_close(torch.tensor(output, dtype=torch.float32), expected)
        if "Alpha" not in name:
            assert all(
                y == pytest.approx(v * drawn.factor) or y == 0 for v, y in zip(drawn.values, output, strict=True)
            )
    if (
        name == "AlphaDropout" and p == 0.3
    ):  # what is kept lies on a line with this slope, what is dropped on a level one
        y = torch.tensor(drawn.outputs[0])
        rests = (y - drawn.factor * x).round(decimals=3)
        level = y[rests != rests.mode().values]
        assert 0.5 * len(x) < len(x) - len(level) < len(x)
        assert float(level.max() - level.min()) == pytest.approx(0, abs=1e-5)
    assert drawn.notes != () or name == "Dropout"


@pytest.mark.parametrize("name", DROPOUTS)
@pytest.mark.parametrize("p", [0.0, 0.4, 1.0])
def test_what_was_kept_is_known_even_of_zeros(name, p):
    drawn = dropped(asked(View(layers=(LAYERS[name](p=p),), fill="impulse", seed=5)))
    shape = (1, *drawn.shape)
    for seed, kept in zip(drawn.seeds, drawn.kept, strict=True):
        torch.manual_seed(seed)  # the same draws for other numbers, far enough from what a dropped one becomes
        passed = LAYERS[name](p=p).build().train()(torch.full(shape, 50.0)).flatten() > 10
        assert kept == tuple(passed.tolist())


def test_the_mean_of_many_draws_is_torchs():
    drawn = dropped(asked(View(layers=(LAYERS["Dropout"](p=0.3),), fill="counting", seed=2)))
    layer, x = torch.nn.Dropout(0.3), torch.tensor(drawn.values).reshape(1, *drawn.shape).float()
    every = []
    for draw in range(drawn.draws):
        torch.manual_seed(2 + draw)
        every.append(layer(x))
    assert drawn.average == pytest.approx(torch.stack(every).mean(0).flatten().tolist(), rel=1e-5)


def test_seeds_are_what_makes_draws_differ():
    question = asked(View(layers=(LAYERS["Dropout"](),), seed=1))
    assert len(set(dropped(question).outputs)) == DRAWS
    assert dropped(question) == dropped(replace(question, training=False))
    assert factor(1) == 0


def test_every_family_of_normalisations_has_its_groups():
    named = {row.family for name, row in LAYERS.items() if "Norm" in name}
    assert named - set(GROUPS) == {"local_response_norm"}  # it weighs neighbours, and takes no mean
