"""Bytes held against torch: what autograd saves, what an optimizer keeps, what lives at once."""

import pytest
import torch
import torchvision
from torch import nn

from cnnlab.quantities import GIB
from cnnlab.specs import SpecError
from cnnlab.summary import OPTIMIZERS, PRECISIONS, memory
from cnnlab.summary.measuring import _measured


def saved_by(model, run):
    """Bytes of the distinct storages that autograd saves on the real CPU, the parameters and buffers left out."""
    known = [t.untyped_storage() for t in [*model.parameters(), *model.buffers()]]
    seen, kept = {storage.data_ptr() for storage in known}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in seen:
            seen.add(storage.data_ptr())
            kept.append(storage)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        out = run(model.train())
    del out
    return sum(storage.nbytes() for storage in kept)


def saved_for_real(model, batch, shape, dtype=torch.float32):
    return saved_by(model, lambda model: model(torch.zeros(batch, *shape, dtype=dtype)))


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)), (3, 16, 16)),
        (lambda: nn.Sequential(nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 4), nn.Softmax(1)), (8,)),
    ],
)
def test_saved_activations_are_what_autograd_saves_on_the_cpu(build, shape, batch):
    assert memory(build(), shape, batch=batch).activations == saved_for_real(build(), batch, shape)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_saved_activations_of_the_zoo_are_what_autograd_saves_on_the_cpu(name):
    model = torchvision.models.get_model(name, weights=None)
    assert memory(model, (3, 64, 32), batch=2).activations == saved_for_real(model, 2, (3, 64, 32))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_state_is_what_the_optimizer_keeps_after_a_real_step(name):
    model = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 4), nn.Linear(4, 4), nn.Linear(4, 4))
    model[1].bias.requires_grad_(False)
    optimizer = getattr(torch.optim, name.partition(" ")[0])(
        [p for p in model.parameters() if p.requires_grad], **OPTIMIZERS[name]
    )
    model(torch.zeros(2, 8)).sum().backward()
    optimizer.step()
    kept = [v for state in optimizer.state.values() for v in state.values() if isinstance(v, torch.Tensor)]
    needs = memory(model, (8,), optimizer=name)
    assert needs.optimizer_state == sum(tensor.nbytes for tensor in kept)
    assert needs.gradients == sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    assert needs.parameters == sum(p.nbytes for p in model.parameters())


def test_running_keeps_two_neighbours_alive_at_most():
    model = nn.Sequential(nn.Linear(10, 100, bias=False), nn.Linear(100, 50, bias=False), nn.Linear(50, 2, bias=False))
    needs = memory(model, (10,), batch=4)
    assert needs.inference - needs.parameters == 4 * 4 * (10 + 100 + 50)


def test_the_largest_batch_fits_and_one_more_does_not():
    needs = memory(torchvision.models.resnet18(), (3, 64, 64))
    for training in (True, False):
        batch = needs.largest_batch(1, training)
        need = needs._training if training else needs._inference
        assert need(batch) <= GIB < need(batch + 1)
    assert needs.largest_batch(0.001) == 0


def test_half_precision_halves_and_mixed_keeps_the_parameters():
    full, half, mixed = (
        memory(torchvision.models.alexnet(), (3, 224, 224), precision=name) for name in ("float32", "bfloat16", "mixed")
    )
    assert full.parameters == 2 * half.parameters == mixed.parameters
    assert half.activations < 0.6 * full.activations
    assert mixed.copies == half.parameters
    assert mixed.note
    assert full.note is None


def test_layers_say_where_it_is_saved():
    needs = memory(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), (3, 16, 16), batch=2)
    assert [(layer.name, layer.at(2)) for layer in needs.layers] == [("0", 2 * 4 * 3 * 256), ("1", 2 * 4 * 8 * 196)]


@pytest.mark.parametrize(("what", "table"), [("precision", PRECISIONS), ("optimizer", OPTIMIZERS)])
def test_unknown_names_are_refused(what, table):
    with pytest.raises(SpecError) as refusal:
        memory(nn.Linear(3, 2), (3,), **{what: "none"})
    assert str(refusal.value) == f"{what}=none is not known: use {', '.join(table)}."


def test_a_model_that_needs_values_is_refused():
    class Data(nn.Linear):
        def forward(self, x):
            return super().forward(x) if x.sum() > 0 else x

    with pytest.raises(SpecError, match=r"^The memory of Data cannot be measured without running it for real: "):
        memory(Data(3, 2), (3,))


def test_the_model_keeps_its_mode_and_gets_no_gradient():
    model = torchvision.models.resnet18().eval()
    memory(model, (3, 64, 64))
    assert not any(module.training for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


class Halves(nn.Module):
    """Saves two views of one storage, and one of them twice."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 8, bias=False)

    def forward(self, x):
        one, two = self.linear(x).chunk(2, 1)
        return one * two * two


class Shared(nn.Module):
    """One module called twice, a buffer with a view, work of its own beside its children, and a keyword."""

    def __init__(self):
        super().__init__()
        self.relu, self.linear = nn.ReLU(), nn.Linear(6, 6)
        self.register_buffer("scale", torch.ones(4, 6))
        self.register_buffer("first", self.scale[0])

    def forward(self, x, y):
        return (self.relu(self.linear(self.relu(x))) * self.first).exp() * y


def test_two_tensors_saved_on_one_storage_are_counted_once():
    saved = memory(Halves(), (6,), batch=3).activations
    # The input, the eight features that both halves are views of, and the product of the halves.
    assert saved == 4 * 3 * (6 + 8 + 4) == saved_for_real(Halves(), 3, (6,))


@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("batch", [1, 4])
def test_any_precision_is_what_autograd_saves_in_it(precision, batch):
    model = nn.Sequential(nn.Conv2d(3, 4, (3, 2), groups=1, stride=(1, 2)), nn.SiLU(), nn.Flatten(), nn.Linear(112, 2))
    dtype = getattr(torch, precision)
    needs = memory(model, (3, 9, 8), batch=batch, precision=precision)
    real = model.to(dtype)
    assert needs.activations == saved_for_real(real, batch, (3, 9, 8), dtype)
    assert needs.parameters == needs.gradients == sum(p.nbytes for p in real.parameters())
    assert needs.copies == 0


def test_every_precision_is_torchs_of_that_name():
    for name, dtypes in PRECISIONS.items():
        assert all(isinstance(getattr(torch, dtype), torch.dtype) for dtype in dtypes)
        assert name == "mixed" or dtypes == (name, name)


def test_mixed_precision_saves_in_half_and_keeps_everything_else_in_full():
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Sigmoid())
    full, half, mixed = (memory(model, (6,), batch=5, precision=name) for name in ("float32", "bfloat16", "mixed"))
    assert mixed.layers == half.layers
    assert mixed.peaks == half.peaks
    assert (mixed.gradients, mixed.optimizer_state, mixed.buffers) == (
        full.gradients,
        full.optimizer_state,
        full.buffers,
    )


def test_every_optimizer_of_torch_that_takes_any_gradient_of_any_shape_is_offered():
    classes = {name for name, kind in vars(torch.optim).items() if isinstance(kind, type)}
    special = {"Optimizer", "LBFGS", "SparseAdam", "Muon", "ASGD", "Adafactor"}  # sizes of these say little, or vary
    assert {name.partition(" ")[0] for name in OPTIMIZERS} == classes - special
    assert memory(nn.Linear(3, 2), (3,), optimizer="SGD").optimizer_state == 0
    assert memory(nn.Linear(3, 2), (3,), optimizer="SGD with momentum").optimizer_state == 8 * 4


def test_without_being_asked_one_sample_in_float32_with_adam():
    model = nn.Linear(3, 2)
    assert memory(model, (3,)) == memory(model, (3,), batch=1, precision="float32", optimizer="Adam")
    needs = memory(model, (3,), batch=4, precision="float64", optimizer="SGD")
    assert (needs.batch, needs.precision, needs.optimizer) == (4, "float64", "SGD")


def test_buffers_are_counted_in_their_own_types():
    model = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5))
    assert memory(model, (3,)).buffers == 2 * 5 * 4 + 8  # mean and variance, and an int64 count
    assert memory(model, (3,), precision="float16").buffers == 2 * 5 * 2 + 8


def test_what_is_frozen_needs_no_gradient_and_no_state():
    model = nn.Sequential(nn.Linear(6, 8), nn.Linear(8, 2, bias=False))
    model[0].requires_grad_(False)
    half = memory(model, (6,))
    assert (half.parameters, half.gradients, half.optimizer_state) == (4 * (6 * 8 + 8 + 16), 64, 2 * 64 + 4)
    frozen = memory(model.requires_grad_(False), (6,))
    assert (frozen.gradients, frozen.optimizer_state, frozen.activations) == (0, 0, 0)


def test_whole_numbers_stay_whole_numbers_and_tensors_are_taken_by_their_shape():
    model = nn.Sequential(nn.Embedding(9, 5), nn.Linear(5, 2))
    needs = memory(model, torch.zeros(3, 7, dtype=torch.int64), batch=2)
    assert [(layer.name, layer.type, layer.fixed, layer.sample) for layer in needs.layers] == [
        ("0", "Embedding", 0, 7 * 8),
        ("1", "Linear", 0, 7 * 5 * 4),
    ]
    half = memory(nn.Linear(5, 2), torch.zeros(3, 7, 5, dtype=torch.float64), precision="float16", batch=2)
    assert half.activations == 2 * 7 * 5 * 2


@pytest.mark.parametrize("batch", [1, 3])
def test_what_a_model_saves_itself_is_counted_under_its_own_name_and_keywords_are_taken(batch):
    given = torch.zeros(batch, 6), torch.zeros(batch, 6)
    needs = memory(Shared(), (6,), batch=batch, y=(6,))
    assert needs.activations == saved_by(Shared(), lambda model: model(given[0], y=given[1]))
    layers = {layer.name: (layer.type, layer.at(batch) // (4 * batch * 6)) for layer in needs.layers}
    # The input needs no gradient, so the first call of the ReLU saves nothing, but the linear layer what it put out.
    # exp saves its result, and the product that one again and the keyword.
    assert layers == {"": ("Shared", 2), "linear": ("Linear", 1), "relu": ("ReLU", 1)}


def test_what_does_not_grow_with_the_batch_is_fixed():
    class Positions(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Parameter(torch.ones(7, 5))

        def forward(self, x):
            return x * self.table.exp()

    (layer,) = memory(Positions(), (7, 5)).layers
    # exp saves its result once for all samples, the product that same result again and each sample.
    assert (layer.fixed, layer.sample) == (7 * 5 * 4, 7 * 5 * 4)


def alive(function, *sizes):
    """The most bytes beside the parameters that a function has alive at once, without a gradient."""

    class Model(nn.Module):
        def forward(self, *inputs):
            return function(*inputs)

    needs = memory(Model(), *sizes, batch=3)
    return needs.inference // 4


def nothing_kept(x):
    for _ in range(4):
        x = x * 2
    return x


def grown(x):
    for _ in range(20):
        x = x * 2
    return torch.cat([x] * 10, 1)


@pytest.mark.parametrize(
    ("function", "sizes", "most"),
    [
        (lambda x: x, [(10,)], 10),
        (lambda x: x.view(-1)[::2].t(), [(10,)], 10),
        (lambda x: x.relu_().mul_(2), [(10,)], 10),
        (lambda x: x * 2, [(10,)], 20),
        (nothing_kept, [(10,)], 30),  # the caller holds the input; each product needs the one before
        (grown, [(10,)], 10 + 10 + 100),  # what has gone leaves its place to what comes
        (lambda x: x + (x * 2) * 3, [(10,)], 30),
        (lambda x, y: torch.cat([x, y], 1), [(10,), (4,)], 28),
        (lambda x: [x * 2, x * 3, x * 4][0] * 5, [(10,)], 40),
    ],
)
def test_the_peak_is_what_lives_at_once(function, sizes, most):
    assert alive(function, *sizes) == 3 * most


def test_training_and_running_are_the_sums_of_their_parts():
    needs = memory(nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8)), (6,), batch=5, precision="mixed")
    held = needs.parameters + needs.buffers + needs.copies
    assert all((needs.parameters, needs.buffers, needs.copies, needs.gradients, needs.optimizer_state))
    assert needs.inference == held + max(fixed + 5 * sample for fixed, sample in needs.peaks)
    assert needs.training == held + needs.gradients + needs.optimizer_state + needs.activations
    assert needs.activations == sum(layer.fixed + 5 * layer.sample for layer in needs.layers)


def test_a_batch_that_costs_nothing_has_no_largest():
    assert memory(nn.Identity(), (6,)).largest_batch(1) is None
    assert memory(nn.Identity(), (6,)).largest_batch(1, training=False) == GIB // (4 * 6)
    assert memory(nn.Linear(6, 8, bias=False), (6,), optimizer="SGD").largest_batch(1) == (GIB - 2 * 192) // 24


@pytest.mark.parametrize(
    ("precision", "name"),
    [
        *(("float32", name) for name in ("resnet18", "vit_b_16", "densenet121", "shufflenet_v2_x1_0")),
        *(("mixed", name) for name in ("resnet18", "vit_b_16", "shufflenet_v2_x1_0")),
        pytest.param("mixed", "densenet121", marks=pytest.mark.sweep),
    ],
)
def test_what_is_computed_for_a_batch_is_what_a_pass_of_that_batch_measures(name, precision):
    model = torchvision.models.get_model(name, weights=None)
    shape, dtype = (3, 224, 224), getattr(torch, PRECISIONS[precision][1])
    needs = memory(model, shape, batch=17, precision=precision)
    once = _measured(model, (shape,), {}, dtype, 17)
    assert needs.linear
    assert {layer.name: layer.at(17) for layer in needs.layers} == once.saved
    assert needs.inference == needs.parameters + needs.buffers + needs.copies + max(once.alive)


class Pairs(nn.Module):
    """Holds each sample against each other."""

    def forward(self, x):
        return (x @ x.T).exp()


class Halved(nn.Module):
    """Makes work of another kind where the batch is large."""

    def forward(self, x):
        return (x * 2 if len(x) > 4 else x).exp()


@pytest.mark.parametrize(
    "model", [Pairs(), Halved(), nn.Sequential(Pairs(), Halved())], ids=lambda model: str(type(model))
)
@pytest.mark.parametrize("batch", [1, 6, 9])
def test_what_does_not_grow_evenly_is_measured_at_its_batch_and_says_so(model, batch):
    model = nn.Sequential(nn.Linear(7, 7), model)
    needs = memory(model, (7,), batch=batch)
    assert not needs.linear
    assert needs.activations == saved_for_real(model, batch, (7,))
    assert needs.largest_batch(1) is None
    assert needs.largest_batch(1, training=False) is None


class Table(nn.Module):
    """A large table that is made anew for each batch, and then not needed any more."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.ones(1000))

    def forward(self, x):
        x = x + (self.table * 2).exp().sum()
        return (x * 2) + (x * 3)


def test_which_moment_takes_most_depends_on_the_batch():
    needs = {batch: memory(Table(), (10,), batch=batch) for batch in (1, 100, 1000)}
    for batch, need in needs.items():
        (most,) = {max(_measured(Table(), ((10,),), {}, torch.float32, batch).alive)}
        assert need.inference == need.parameters + most, batch
    assert len(needs[1].peaks) > 1
    for gib in (1.2e-5, 1e-4, 1e-3, 1):
        batch = needs[1].largest_batch(gib, training=False)
        assert needs[1]._inference(batch) <= gib * GIB < needs[1]._inference(batch + 1)
    assert needs[1].largest_batch(1e-6, training=False) == 0


@pytest.mark.parametrize("kind", [RuntimeError, ValueError])
def test_a_refusal_says_the_first_line_of_the_reason(kind):
    class Broken(nn.Module):
        def forward(self, x):
            raise kind(" one reason\nand a trace")

    with pytest.raises(SpecError) as refusal:
        memory(Broken(), (3,))
    assert str(refusal.value) == (
        "The memory of Broken cannot be measured with a batch of 1, which it refuses: one reason"
    )


FLAT = nn.Sequential(nn.Flatten(0), nn.Linear(12, 4), nn.Sigmoid())


def test_a_model_for_one_sample_is_measured_with_one():
    needs = memory(FLAT, (3, 4), batch=1)
    assert not needs.linear
    assert needs.activations == saved_for_real(FLAT, 1, (3, 4))


def test_a_batch_that_a_model_refuses_is_said_and_why():
    with pytest.raises(RuntimeError) as reason:
        FLAT(torch.zeros(2, 3, 4))
    with pytest.raises(SpecError) as refusal:
        memory(FLAT, (3, 4), batch=2)
    words = "The memory of Sequential cannot be measured with a batch of 2, which it refuses: "
    assert str(refusal.value) == words + str(reason.value)
