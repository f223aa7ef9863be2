"""Uploaded files: what torch.save and safetensors wrote comes back; anything else is refused and not run."""

import io
import json
import pickle
import zipfile

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.models import COURSE, build, match, read_state_dict, under_prefix
from cnnlab.specs import SpecError

STATE = {"fc.weight": torch.arange(6.0).view(2, 3), "fc.bias": torch.ones(2, dtype=torch.float64), "n": torch.tensor(3)}


def saved(content, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def rezipped(data: bytes, change=lambda name, content: content, compression=zipfile.ZIP_STORED) -> bytes:
    old, buffer = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as new:
        for entry in old.namelist():
            new.writestr(entry, change(entry.rpartition("/")[2], old.read(entry)))
    return buffer.getvalue()


def refusal(data: bytes, name: str = "mine.pt") -> str:
    with pytest.raises(SpecError) as caught:
        read_state_dict(data, name)
    return str(caught.value)


class Payload:
    def __reduce__(self):
        return eval, ("1/0",)


SAVED, LEGACY = saved(STATE), saved(STATE, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("data", [SAVED, LEGACY], ids=["zip", "legacy"])
def test_what_was_saved_comes_back(data):
    found = read_state_dict(data, "mine.pth")
    assert list(found.tensors) == list(STATE)
    assert all(
        torch.equal(found.tensors[key], value) and found.tensors[key].dtype == value.dtype
        for key, value in STATE.items()
    )
    assert [(row.name, row.shape, row.dtype, row.numel) for row in found.rows] == [
        ("fc.weight", (2, 3), "float32", 6),
        ("fc.bias", (2,), "float64", 2),
        ("n", (), "int64", 1),
    ]
    assert found.numel == 9


@pytest.mark.parametrize("legacy", [False, True])
def test_weights_inside_a_checkpoint_are_found(legacy):
    data = saved({"epoch": 3, "optimizer": {"lr": 0.1}, "model": STATE}, _use_new_zipfile_serialization=not legacy)
    found = read_state_dict(data, "mine.pt")
    assert (found.under, found.others, list(found.tensors)) == ("model", ("epoch", "optimizer"), list(STATE))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_payload_is_refused_and_not_run(legacy):
    message = refusal(saved({"w": Payload()}, _use_new_zipfile_serialization=not legacy))
    assert message == (
        "mine.pt holds more than tensors (eval), which could run code: only weights are read; "
        "save them with torch.save(model.state_dict(), path)."
    )


def test_a_whole_model_is_refused():
    assert refusal(saved(torch.nn.Linear(1, 1))).startswith(
        "mine.pt holds more than tensors (torch.nn.modules.linear.Linear)"
    )


def test_bare_pickles_are_refused():
    assert (
        refusal(pickle.dumps(Payload(), 2))
        == "mine.pt is not a file of torch.save, or is cut off: upload a .pt, .pth or .safetensors file."
    )


@pytest.mark.parametrize("data", [b"", bytes(1000)])
@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_zeros_are_refused(data, name):
    assert refusal(data, name) == f"{name} holds {len(data)} bytes, all zero: it was not saved or copied to the end."


def test_a_claim_of_two_gib_is_refused():
    claimed = rezipped(
        SAVED, lambda name, content: content.replace(b"K\x06tq", b"J" + (2**29).to_bytes(4, "little") + b"tq")
    )
    assert claimed != rezipped(SAVED)
    message = "record size (24 bytes) does not match expected size (2147483648 bytes"
    assert refusal(claimed).startswith(f"mine.pt cannot be read ({message}")
    old = LEGACY.replace(b"K\x06Nt", b"J" + (2**29).to_bytes(4, "little") + b"Nt")
    assert old != LEGACY
    assert (
        refusal(old)
        == f"mine.pt claims 536,870,912 numbers or bytes and holds {len(old)} bytes: it is cut off or made up."
    )


def test_one_number_for_many_is_refused():
    message = refusal(saved({"w": torch.zeros(1).expand(2**40)}))
    assert message == "mine.pt claims 4,398,046,511,104 numbers or bytes and holds 4 bytes: it is cut off or made up."


def test_an_archive_that_unpacks_to_more_is_refused():
    data = rezipped(saved({"w": torch.zeros(10**6)}), compression=zipfile.ZIP_DEFLATED)
    assert "and would unpack to 4,000," in refusal(data)


@pytest.mark.filterwarnings("ignore:Validating sparse tensor invariants")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "mine.pt holds a list and no state dict: save model.state_dict()."),
        (torch.zeros(2), "mine.pt holds a Tensor and no state dict: save model.state_dict()."),
        ({"a": 1}, "mine.pt holds no tensors where weights are looked for; it has a: save model.state_dict()."),
        (
            {"s": torch.zeros(3, 3).to_sparse()},
            "s in mine.pt is a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
        ),
        (
            {"s": torch.zeros(3, device="meta")},
            "s in mine.pt is a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
        ),
    ],
)
def test_other_contents_are_refused(content, message):
    assert refusal(saved(content)) == message


@given(st.sampled_from([SAVED, LEGACY]), st.integers(0, 3000), st.binary(max_size=4))
def test_a_damaged_file_is_read_or_refused(data, place, put):
    place %= len(data)
    for damaged in (data[:place], data[:place] + put + data[place + len(put) :]):
        try:
            assert read_state_dict(damaged, "mine.pt").tensors
        except SpecError as error:
            assert str(error).startswith(("mine.pt", *STATE))  # noqa: PT017, what is intact is read


@given(st.binary())
def test_any_bytes_are_refused(data):
    for name in ("mine.pt", "mine.safetensors"):
        assert refusal(data, name).startswith(name)


def packed(header, body: bytes = bytes(8)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(dtype="F32", shape=(2,), offsets=(0, 8)) -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    "data",
    [
        packed({"w": entry(shape=(2**29,))}),
        packed({"w": entry(offsets=(0, 2**31), shape=(2**29,))}),
        packed({"w": entry(shape=(-2, -1))}),
        packed({"w": entry(dtype="F31")}),
        packed({"w": entry(shape=(2.0,))}),
        packed({"w": entry(), "v": entry()}),
        packed({"w": 3}),
        packed([1]),
        packed(b"{"),
        packed(b"[" * 100_000),
        packed({"w": entry()}, bytes(9)),
        packed({"w": entry(offsets=(8, 16))}),
        (2**62).to_bytes(8, "little") + b"{}",
        b"\1\2",
        packed(b"\xff"),
        packed({"w": entry(offsets=("0", "x"))}),
    ],
)
def test_a_safetensors_header_that_does_not_fit_is_refused(data):
    message = refusal(data, "mine.safetensors")
    assert message.startswith("mine.safetensors")
    assert "cannot be read" not in message  # the library's own check comes after ours,
    assert "needs the package" not in message  # and is not even asked for


def test_safetensors_come_back():
    library = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    data = library.save(
        {**STATE, "half": torch.zeros(2, dtype=torch.bfloat16), "empty": torch.zeros(0, 3)}, metadata={"by": "me"}
    )
    found = read_state_dict(data, "mine.safetensors")
    assert all(torch.equal(found.tensors[key], value) for key, value in STATE.items())
    assert found.others == ()
    assert {row.name: row.dtype for row in found.rows}["half"] == "bfloat16"


MODEL = build(COURSE["LeNet"]())
OWN = {key: torch.zeros(value.shape) for key, value in MODEL.state_dict().items()}


def test_a_state_dict_that_fits():
    found = match(OWN, MODEL)
    assert found.fits
    assert str(found.sentence) == "All 10 tensors fit."


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.module."])
def test_a_prefix_is_found_either_way(prefix):
    found = match({prefix + key: value for key, value in OWN.items()}, MODEL)
    assert (found.lost, found.wanted, len(found.missing), len(found.unexpected)) == (prefix, "", 10, 10)
    assert match(under_prefix({prefix + key: value for key, value in OWN.items()}, found), MODEL).fits
    assert str(found.sentence).startswith(f"All names begin with {prefix}, which the model's do not")
    inner = {
        key.removeprefix("net."): torch.zeros(value.shape) for key, value in build(COURSE["VGG"]()).state_dict().items()
    }
    found = match(inner, build(COURSE["VGG"]()))
    assert found.wanted == "net."
    assert match(under_prefix(inner, found), build(COURSE["VGG"]())).fits


def test_other_classes_another_model_and_single_names():
    found = match(OWN, build(COURSE["LeNet"](classes=7)))
    assert found.mismatched == (("fc3.weight", (10, 84), (7, 84)), ("fc3.bias", (10,), (7,)))
    assert str(found.sentence) == (
        "2 tensors have another shape, such as fc3.weight: (10, 84) in the file and "
        "(7, 84) in the model. "
        "For a last layer that means another number of classes."
    )
    assert (
        str(match(OWN, build(COURSE["AlexNet"]())).sentence)
        == "Not one tensor fits: these weights are of another model."
    )
    rest = {**{key: value for key, value in OWN.items() if key != "fc1.bias"}, "more": torch.zeros(1)}
    found = match(rest, MODEL)
    assert (found.missing, found.unexpected, found.fits) == (("fc1.bias",), ("more",), False)
    assert str(found.sentence) == (
        "9 tensors fit; the file lacks 1, has 1 that the model lacks, and 0 have another shape; "
        "the first name to differ is fc1.bias."
    )


def test_lazy_layers_are_left_out_of_the_comparison():
    assert match({}, torch.nn.LazyLinear(3)).fits
