"""Bytes held against torch: what autograd saves, what an optimizer keeps, what lives at once."""

import pytest
import torch
import torchvision
from torch import nn

from cnnlab.quantities import GIB
from cnnlab.specs import SpecError
from cnnlab.summary import OPTIMIZERS, PRECISIONS, memory


def saved_for_real(model, batch, shape):
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
        out = model.train()(torch.zeros(batch, *shape))
    del out
    return sum(storage.nbytes() for storage in kept)


@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)), (3, 16, 16)),
        (lambda: nn.Sequential(nn.Linear(8, 16), nn.Sigmoid(), nn.Linear(16, 4), nn.Softmax(1)), (8,)),
        (torchvision.models.resnet18, (3, 64, 64)),
        (torchvision.models.mobilenet_v2, (3, 64, 64)),
    ],
)
def test_saved_activations_are_what_autograd_saves_on_the_cpu(build, shape, batch):
    assert memory(build(), shape, batch=batch).activations == saved_for_real(build(), batch, shape)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_state_is_what_the_optimizer_keeps_after_a_real_step(name):
    model = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 4))
    model[1].bias.requires_grad_(False)
    optimizer = getattr(torch.optim, name.partition(" ")[0])(
        [p for p in model.parameters() if p.requires_grad], **OPTIMIZERS[name]
    )
    model(torch.zeros(2, 8)).sum().backward()
    optimizer.step()
    kept = [v for state in optimizer.state.values() for v in state.values() if isinstance(v, torch.Tensor)]
    found = memory(model, (8,), optimizer=name)
    assert found.optimizer_state == sum(tensor.nbytes for tensor in kept)
    assert found.gradients == sum(p.grad.nbytes for p in model.parameters() if p.grad is not None)
    assert found.parameters == sum(p.nbytes for p in model.parameters())


def test_running_keeps_two_neighbours_alive_at_most():
    model = nn.Sequential(nn.Linear(10, 100, bias=False), nn.Linear(100, 50, bias=False), nn.Linear(50, 2, bias=False))
    found = memory(model, (10,), batch=4)
    assert found.inference - found.parameters == 4 * 4 * (10 + 100 + 50)


def test_the_largest_batch_fits_and_one_more_does_not():
    found = memory(torchvision.models.resnet18(), (3, 64, 64))
    for training in (True, False):
        batch = found.largest_batch(1, training)
        need = found._training if training else found._inference
        assert need(batch) <= GIB < need(batch + 1)
    assert found.largest_batch(0.001) == 0


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
    found = memory(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), (3, 16, 16), batch=2)
    assert [(layer.name, layer.at(2)) for layer in found.layers] == [("0", 2 * 4 * 3 * 256), ("1", 2 * 4 * 8 * 196)]


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
