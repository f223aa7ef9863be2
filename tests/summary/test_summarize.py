"""Shapes, calls, marks and the ladder, held against torch itself; and that the model is left as it was."""

import copy
import warnings
from functools import partial

import pytest
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from cnnlab.specs import SpecError
from cnnlab.summary import summarize
from cnnlab.summary.clone import cloned, on_meta


class Mixed(nn.Module):
    """One of everything that goes wrong elsewhere."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.sequence = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.again = self.blocks[0]
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.embedding.weight
        self.lone = nn.Linear(3, 3)
        self.borrowed = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(4))
        self.weights = nn.ParameterList([nn.Parameter(torch.ones(4))])

    def forward(self, x):
        x = self.embedding(x)
        for block in self.blocks:
            x = x + F.relu(block(x)) * self.scale
        for layer in self.sequence:
            x = layer.forward(x)
        x = F.linear(x, self.borrowed.weight) * self.weights[0]
        return {"scores": self.head(self.again(x)), "features": x}


WORDS = torch.zeros(2, 3, dtype=torch.long)


@pytest.fixture(scope="module")
def mixed():
    return summarize(Mixed(), WORDS)


def test_rows_are_those_of_named_modules():
    model = torchvision.models.googlenet(weights=None, init_weights=False)
    report = summarize(model, (3, 224, 224))
    assert [row.name for row in report.modules] == [name for name, _ in model.named_modules(remove_duplicate=False)]
    assert [row.type for row in report.modules] == [type(m).__name__ for m in model.modules()]


def test_every_shape_is_what_hooks_on_the_model_itself_see():
    model = torchvision.models.resnet18().eval()
    seen = {}

    def note(module, args, out, name):
        seen.setdefault(name, (tuple(args[0].shape), tuple(out.shape)))

    for name, module in model.named_modules():
        module.register_forward_hook(partial(note, name=name))
    model(torch.zeros(2, 3, 64, 64))
    rows = summarize(torchvision.models.resnet18(), (3, 64, 64), batch=2).modules
    assert {row.name: (row.input_shape, row.output_shape) for row in rows} == seen


def test_parameters_of_every_row_are_those_torch_lists_below_it():
    model = Mixed()
    model.lone.requires_grad_(False)
    for row in summarize(model, WORDS).modules:
        parameters = list(model.get_submodule(row.name).parameters())
        assert row.params == sum(p.numel() for p in parameters)
        assert row.trainable == sum(p.numel() for p in parameters if p.requires_grad)
        assert row.frozen == row.params - row.trainable


def test_buffers_are_counted_apart():
    model = torchvision.models.resnet18()
    assert summarize(model, (3, 64, 64)).buffers == sum(b.numel() for b in model.buffers())


def test_macs_of_the_rows_below_add_up_in_every_row(mixed):
    reports = [mixed, summarize(torchvision.models.vit_b_32(), (3, 224, 224))]
    for report in reports:
        assert report.rows[0].macs == report.macs
        for row in report.modules:
            assert row.macs == row.own_macs + sum(child.macs for child in report.children(row.name))


def test_operations_between_modules_are_rows_in_their_place():
    report = summarize(torchvision.models.resnet18(), (3, 64, 64))
    assert [row.label for row in report.children("")][-3:] == ["avgpool", "flatten", "fc"]
    assert [row.label for row in report.children("layer1.0")][-2:] == ["add_", "relu:2"]
    row = report.row("/flatten:1")
    assert (row.kind, row.input_shape, row.output_shape) == ("function", (1, 512, 1, 1), (1, 512))


def test_a_functional_convolution_has_its_macs():
    class Functional(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            return F.conv2d(self.conv(x), self.conv.weight.transpose(0, 1)) @ torch.ones(4, 5)

    report = summarize(Functional(), (3, 8, 8))
    assert report.row("/conv2d:1").macs == 3 * 4 * 9 * 4 * 4
    assert report.row("/matmul:1").macs == 3 * 4 * 4 * 5
    assert report.macs == report.row("conv").macs + 3 * 4 * 9 * 4 * 4 + 3 * 4 * 4 * 5


def test_a_line_in_a_loop_has_a_row_for_each_time(mixed):
    relus = [row for row in mixed.children("") if row.type == "relu"]
    assert [(row.label, row.calls) for row in relus] == [("relu", 1), ("relu:2", 1), ("relu:3", 1)]


def test_marks_say_what_is_repeated_shared_unused_and_not_observed(mixed):
    marks = {row.name: row.marks for row in mixed.rows if row.marks and row.kind == "module"}
    assert marks == {
        "embedding": ("shared",),
        "blocks.0": ("repeated",),
        "sequence": ("not observed",),
        "sequence.0": ("direct",),
        "sequence.1": ("direct",),
        "again": ("alias",),
        "head": ("shared",),
        "lone": ("unused",),
        "borrowed": ("not observed",),
    }
    assert mixed.row("again").alias_of == "blocks.0"
    assert mixed.unused_parameters == ("lone.weight", "lone.bias", "borrowed.bias")


def test_a_tied_weight_counts_once_as_parameters_and_twice_as_macs(mixed):
    assert mixed.params == sum(p.numel() for p in Mixed().parameters())
    assert mixed.row("head").macs == 2 * 3 * 4 * 10


def test_each_call_has_its_own_macs(mixed):
    assert mixed.row("blocks.0").calls == 2
    assert [(row.name, row.macs) for row in mixed.calls_of("blocks.0")] == [
        ("blocks.0", 2 * 3 * 4 * 4),
        ("blocks.0:2", 2 * 3 * 4 * 4),
    ]


def test_parameters_beside_modules_and_parameter_lists_have_rows(mixed):
    assert (mixed.row("scale").kind, mixed.row("scale").params, mixed.row("scale").depth) == ("parameter", 4, 1)
    assert (mixed.row("weights").type, mixed.row("weights").params) == ("ParameterList", 4)
    assert mixed.row("blocks").marks == ()


def test_dict_outputs_are_read(mixed):
    assert mixed.outputs == ((2, 3, 10), (2, 3, 4))


def test_lazy_modules_get_their_sizes_and_stay_lazy_themselves():
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    report = summarize(model, (3, 8, 8))
    sized = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
    assert report.params == sum(p.numel() for p in sized.parameters())
    assert [row.label for row in report.rows] == ["Sequential", "0", "1", "2", "3"]
    assert report.row("3").marks == ("lazy",)
    assert model[0].has_uninitialized_params()


def test_several_inputs_keywords_tensors_and_nested_inputs():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(3, 4), nn.Linear(5, 4)

        def forward(self, a, b, *, scale, extra=None):
            return self.one(a) + self.two(b["deep"][0]) * scale + (0 if extra is None else extra)

    report = summarize(Two(), (3,), {"deep": [torch.zeros(2, 5)]}, scale=(4,), extra=1.5, batch=2)
    assert report.failure is None
    assert report.rows[0].inputs == ((2, 3), (2, 5), (2, 4))
    assert report.rows[0].output_shape == (2, 4)


def test_a_shape_takes_the_dtype_of_the_model():
    assert summarize(nn.Linear(3, 2).double(), (3,)).failure is None
    assert summarize(nn.Linear(3, 2).half(), (3,)).inputs[0].dtype == "float16"


def test_torchs_weight_norm_works_and_foreign_hooks_are_not_run():
    model = nn.Sequential(torch.nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU())
    calls = []
    model[1].register_forward_hook(lambda *arguments: calls.append(arguments))
    report = summarize(model, (3, 8, 8))
    assert report.failure is None
    assert calls == []
    assert [str(note) for note in report.notes] == ["Hooks that were registered on this model by hand were not run: 1."]
    model(torch.zeros(1, 3, 8, 8))
    assert len(calls) == 1


def _state(model):
    return {
        "tensors": {
            name: (id(tensor), tensor.clone(), tensor.device, tensor._version)
            for name, tensor in model.state_dict(keep_vars=True).items()
        },
        "modes": [module.training for module in model.modules()],
        "attributes": [list(vars(module)) for module in model.modules()],
        "hooks": [(dict(m._forward_hooks), dict(m._forward_pre_hooks)) for m in model.modules()],
        "grads": [(p.requires_grad, p.grad) for p in model.parameters()],
        "random": torch.get_rng_state(),
        "fast": torch.backends.mha.get_fastpath_enabled(),
        "grad": torch.is_grad_enabled(),
    }


class Chance(nn.Module):
    """Goes to the real CPU, and draws there."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout()

    def forward(self, x):
        x = self.drop(self.norm(self.conv(x)))
        return x if x.sum() > 0 else x * torch.rand(1)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("build", [torchvision.models.resnet18, torchvision.models.vit_b_32, Chance])
def test_the_model_is_bit_for_bit_what_it_was(build, training):
    model = build().train()
    next(model.children()).eval()
    next(model.modules()).register_forward_hook(print)
    before = _state(model)
    assert summarize(model, (3, 224, 224), batch=2, training=training).failure is None
    after = _state(model)
    for name, (key, values, device, version) in before.pop("tensors").items():
        now = after["tensors"][name]
        assert (now[0], now[2], now[3]) == (key, device, version)
        assert torch.equal(now[1], values)
    assert torch.equal(before.pop("random"), after["random"])
    assert before == {key: after[key] for key in before}


def test_a_copy_on_meta_holds_no_memory_and_keeps_ties():
    model = Mixed()
    clone = cloned(model, on_meta)
    assert {p.device.type for p in clone.parameters()} == {"meta"}
    assert clone.head.weight is clone.embedding.weight
    assert clone.again is clone.blocks[0]


def test_plain_tensors_and_constants_made_in_forward_stay_on_meta():
    class Constants(nn.Module):
        def __init__(self):
            super().__init__()
            self.masks = {"one": torch.ones(4, 1, 1)}
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x):
            return self.conv(x) * self.masks["one"] + torch.arange(6)

    assert summarize(Constants(), (3, 8, 8)).rung.name == "meta"


def test_the_ladder_says_which_rung_and_why():
    assert str(summarize(nn.Linear(3, 2), (3,)).rung) == "meta"
    built = summarize(torchvision.models.regnet_y_400mf, (3, 224, 224))
    assert built.rung.name == "built on cpu"
    assert "Cannot copy out of meta tensor" in built.rung.reason
    real = summarize(Chance(), (3, 8, 8))
    assert real.rung.name == "cpu"
    assert real.rung.reason == "RuntimeError: Tensor.item() cannot be called on meta tensors"
    assert real.rung.about == ("Run for real on the CPU with random input, because what it does depends on the values.")


def test_a_builder_is_run_on_meta_without_memory():
    made = []

    def build():
        made.append(nn.Linear(100, 100))
        return made[-1]

    assert summarize(build, (100,)).rung.name == "meta"
    assert made[0].weight.device.type == "meta"


def test_what_is_too_large_for_the_cpu_stays_a_failure(monkeypatch):
    monkeypatch.setattr("cnnlab.limits.REAL_MACS", 10)
    report = summarize(Chance(), (3, 8, 8))
    assert report.rung.name == "meta"
    message = "This model needs more than 10 MACs on the CPU to be looked at: give a smaller input."
    assert str(report.failure.error) == message  # and not that meta has no values


def test_a_detector_is_summarised_on_the_cpu():
    model = torchvision.models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None)
    report = summarize(model, (3, 64, 64))
    assert report.rung.name == "cpu"
    assert report.params == sum(p.numel() for p in model.parameters())
    assert report.failure is None


def test_what_cannot_be_copied_is_refused():
    class Stuck(nn.Linear):
        def __deepcopy__(self, memo):
            raise TypeError("no")

    with pytest.raises(SpecError) as refusal:
        summarize(Stuck(3, 2), (3,))
    assert str(refusal.value) == (
        "Stuck cannot be copied (TypeError: no), so it cannot be looked at without changing it."
    )


@pytest.mark.parametrize("value", ["resnet18", 3, lambda: 3])
def test_what_is_not_a_model_is_refused(value):
    with pytest.raises(SpecError, match=r"^summarize takes a torch.nn.Module, and this is (str|int)\.$"):
        summarize(value, (3,))


def test_torchscript_is_refused():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated, and yet people hold such files
        script = torch.jit.script(nn.Linear(3, 2))
    with pytest.raises(SpecError) as refusal:
        summarize(script, (3,))
    assert str(refusal.value) == (
        "RecursiveScriptModule holds TorchScript, which runs outside Python and cannot be followed: "
        "give the module it was made from."
    )


def test_packed_sequences_are_taken():
    words = torch.nn.utils.rnn.pack_padded_sequence(torch.zeros(5, 2, 4), torch.tensor([5, 3]))
    report = summarize(nn.LSTM(4, 5), words)
    assert report.failure is None
    assert report.macs == (5 + 3) * (4 + 5) * 4 * 5


def test_recursive_models_add_up():
    class Recursive(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 4)

        def forward(self, x, times=3):
            return self.layer(x) if times == 0 else self(self.layer(x), times - 1)

    report = summarize(Recursive(), (4,))
    assert (report.rows[0].calls, report.row("layer").calls, report.macs) == (4, 4, 4 * 16)
    assert report.rows[0].macs == report.macs


def test_a_deep_copy_of_the_report_equals_it(mixed):
    assert copy.deepcopy(mixed) == mixed
