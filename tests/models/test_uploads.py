"""Uploaded files: what torch.save and safetensors wrote comes back; anything else is refused and not run."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, deserialize
from safetensors.torch import _TYPES as SAFETENSORS_TYPES
from safetensors.torch import load as safetensors_load
from safetensors.torch import save as safetensors

from cnnlab import limits
from cnnlab.models import COURSE, build, list_state_dict, match, pickled, read_state_dict, under_prefix
from cnnlab.models.headers import CHUNK, MAGIC
from cnnlab.models.pickled import Scan
from cnnlab.models.stack import Malformed
from cnnlab.models.storages import Stored
from cnnlab.models.uploads import SCALED
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
        "mine.pt holds more than tensors (eval), which could run code or claim memory: only weights are read; "
        "save them with torch.save(model.state_dict(), path)."
    )


def test_a_whole_model_is_refused():
    assert refusal(saved(torch.nn.Linear(1, 1))).startswith(
        "mine.pt holds more than tensors (torch.nn.modules.linear.Linear)"
    )


def test_bare_pickles_are_refused():
    message = "mine.pt is not a file of torch.save, or is cut off: upload a .pt, .pth or .safetensors file."
    assert refusal(pickle.dumps({"a": 1}, 2)) == message


@pytest.mark.parametrize("data", [b"", bytes(1000)])
@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_zeros_are_refused(data, name):
    assert refusal(data, name) == f"{name} holds {len(data)} bytes, all zero: it was not saved or copied to the end."


def test_a_claim_of_two_gib_is_refused():
    claimed = rezipped(
        SAVED, lambda name, content: content.replace(b"K\x06tq", b"J" + (2**29).to_bytes(4, "little") + b"tq")
    )
    assert claimed != rezipped(SAVED)
    assert (
        refusal(claimed)
        == "mine.pt claims 2,147,483,648 numbers or bytes and holds 24 bytes: it is cut off or made up."
    )
    old = LEGACY.replace(b"K\x06Nt", b"J" + (2**29).to_bytes(4, "little") + b"Nt")
    assert old != LEGACY
    assert (
        refusal(old)
        == f"mine.pt claims 2,147,483,648 numbers or bytes and holds {len(old)} bytes: it is cut off or made up."
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
            "mine.pt has a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
        ),
        (
            {"s": torch.zeros(3, device="meta")},
            "mine.pt has a tensor without plain numbers (sparse, quantized or meta): save it as a dense one.",
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


# What torch.load(weights_only=True) would make: bytes of a pickle's protocol 2, between PROTO and STOP.
CLAIM = b"J" + (2**31 - 1).to_bytes(4, "little")
TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n"
STORAGE = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" + b"0X\3\0\0\0cpuK\6tQ"
BOMBS = {
    "bytearray": b"cbuiltins\nbytearray\n" + CLAIM + b"\x85R",
    "a storage made by name": b"ctorch\nFloatStorage\n" + CLAIM + b"\x85R",
    "an untyped storage": b"ctorch.storage\nUntypedStorage\n" + CLAIM + b"\x85R",
    "a tensor by size": b"ctorch\nTensor\n" + CLAIM + b"\x85R",
    "a tensor set to a size": b"ctorch\nTensor\n)\x81" + STORAGE + b"K\0" + CLAIM + b"\x85K\1\x85tb",
    "a tensor past its storage": TENSOR + b"(" + STORAGE + b"K\0" + CLAIM + b"\x85K\1\x85\x89}tR",
    "steps past its storage": TENSOR + b"(" + STORAGE + b"K\0K\2\x85" + CLAIM + b"\x85\x89}tR",
    "an offset past its storage": TENSOR + b"(" + STORAGE + CLAIM + b"K\1\x85K\1\x85\x89}tR",
    "a negative step": TENSOR + b"(" + STORAGE + b"K\0K\1\x85J\xff\xff\xff\xff\x85\x89}tR",
    "a text encoded over and over": b"(c_codecs\nencode\nq\0X\x10\x27\0\0" + b"a" * 10_000 + b"X\6\0\0\0latin1\x86q\1R"
    + b"h\0h\1R" * 1000 + b"t",
    "a list copied over and over": b"](" + b"K\1" * 999 + b"eq\0(" + b"cbuiltins\nset\nh\0\x85R" * 1000 + b"t\x86",
    "a key of tuples in tuples": b"(K\1q\0" + b"h\0h\0\x86q\0" * 40 + b"t}h\0K\1s\x86",
    "a set of tuples in tuples": b"(K\1q\0" + b"h\0h\0\x86q\0" * 40 + b"tcbuiltins\nset\n](h\0e\x85R\x86",
    "many opcodes": b"(" + b"N" * 1_100_000 + b"t",
    "a function of torch": b"ctorch.storage\n_load_from_bytes\n" + CLAIM + b"\x85R",
    "a pickle's end before its content": b"",
}  # fmt: skip


def bombed(code: bytes) -> tuple[bytes, bytes]:
    """The opcodes as the content of an archive and of an old file."""
    pickled = b"\x80\2" + code + b"."
    old = LEGACY.index(b"fc.weight")
    start = LEGACY.rindex(b"\x80\2", 0, old)
    end = LEGACY.index(b".\x80\2", old) + 1
    return (
        rezipped(SAVED, lambda name, content: pickled if name == "data.pkl" else content),
        LEGACY[:start] + pickled + LEGACY[end:],
    )


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_claims_memory_or_time_is_refused_before_it_is_made(bomb, monkeypatch):
    monkeypatch.setattr(torch, "load", lambda *args, **options: pytest.fail("torch was asked to load it"))
    for data in bombed(BOMBS[bomb]):
        assert refusal(data).startswith("mine.pt ")


def test_a_content_of_our_own_reaches_torch():
    """What the bombs are made of is in order, so that nothing else refuses them."""
    good = b"}X\1\0\0\0w" + TENSOR + b"(" + STORAGE + b"K\0K\6\x85K\1\x85\x89}tRs"
    archive, _ = bombed(good)
    assert torch.equal(read_state_dict(archive, "mine.pt").tensors["w"], STATE["fc.weight"].flatten())


class Noted(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 3)
        self.layer.weight.note = "kept"
        self.register_buffer("whole", torch.tensor(3))


REAL = {
    "module": Noted().state_dict(),
    "parameters": dict(Noted().named_parameters()),
    "shared": {"a": STATE["n"], "b": STATE["fc.weight"], "c": STATE["fc.weight"].T, "d": STATE["fc.weight"][1]},
    "types": {
        str(dtype): torch.zeros(3, dtype=dtype)
        for dtype in (torch.float16, torch.bfloat16, torch.complex64, torch.bool, torch.int8, torch.uint8)
    },
    "checkpoint": {
        "model": STATE,
        "args": {
            "size": torch.Size([1, 2]),
            "device": torch.device("cpu"),
            "dtype": torch.float16,
            "names": {"a", "b"},
        },
        "raw": b"\0\xff",
        "pair": (1, 2.5, None, True, 1 + 2j),
        "optimizer": torch.optim.Adam(Noted().parameters()).state_dict(),
    },
    "empty": {"none": torch.zeros(0, 3), "one": torch.zeros(())},
}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", REAL)
def test_what_checkpoints_really_hold_is_read(kind, legacy):
    found = read_state_dict(saved(REAL[kind], _use_new_zipfile_serialization=not legacy), "mine.pt")
    content = REAL[kind].get("model", REAL[kind])
    assert found.tensors.keys() == content.keys()
    assert all(torch.equal(found.tensors[key], value) for key, value in content.items())


@pytest.mark.parametrize("row", COURSE.values(), ids=COURSE)
def test_a_state_dict_of_every_course_network_is_read(row):
    state = {
        key: torch.zeros(value.shape)
        for key, value in build(row.example()).state_dict().items()
        if value.numel() < 10**5
    }
    found = read_state_dict(saved(state or {"none": torch.zeros(0)}), "mine.pt")
    assert found.tensors.keys() == (state or {"none": 0}).keys()


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "n" * 400])
def test_a_name_that_is_no_text_is_refused(name):
    assert refusal(saved({name: torch.zeros(1)})).startswith("mine.pt has a tensor called '")
    others = read_state_dict(saved({**STATE, name: 1, ("x",) * 0 or 7: 2}), "mine.pt").others
    assert all(len(other) < 400 and other.isprintable() for other in others)


def test_an_archive_on_several_disks_is_refused():
    end = SAVED.rindex(b"PK\6\7")
    for place in (end + 4, end + 16):
        data = SAVED[:place] + b"\7" + SAVED[place + 1 :]
        assert refusal(data).startswith("mine.pt is a damaged archive (")


def test_an_archive_behind_an_old_file_is_not_asked():
    assert read_state_dict(LEGACY + SAVED, "mine.pt").tensors.keys() == STATE.keys()


@pytest.mark.parametrize("offsets", [(0,), (0, 4, 8), (0, 1e400), ("0", 8), (0.0, 8.0)])
def test_offsets_that_are_no_pair_of_whole_numbers_are_refused(offsets):
    message = refusal(packed({"w": entry(offsets=offsets)}), "mine.safetensors")
    assert message.startswith("mine.safetensors is not a safetensors file: its header is not in order")


def test_a_safetensors_name_of_half_a_letter_is_refused():
    assert refusal(packed({"\ud800": entry()}), "mine.safetensors").startswith("mine.safetensors")


def _virtual() -> int:
    """The most address space that this process has had, in bytes; 0 where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    return int(status.partition("VmPeak:")[2].split()[0]) * 1024


TINY = {"w": torch.arange(6.0).view(2, 3), "b": torch.ones(2)}
HEADER = {"w": entry(shape=(2, 3), offsets=(0, 24)), "b": entry(offsets=(24, 32)), "__metadata__": {"by": "me"}}


@pytest.mark.sweep
@settings(max_examples=5000)
@given(st.data())
def test_mutated_files_are_read_or_refused_within_memory(data):
    """The wide form; the narrow one follows."""
    _mutated(data)


@settings(max_examples=300)
@given(st.data())
def test_some_mutated_files_are_read_or_refused_within_memory(data):
    _mutated(data)


def _mutated(data) -> None:
    kind = data.draw(st.sampled_from(["archive", "content", "legacy", "header", "safetensors"]))
    file = {
        "archive": saved(TINY),
        "content": zipfile.ZipFile(io.BytesIO(saved(TINY))).read("archive/data.pkl"),
        "legacy": saved(TINY, _use_new_zipfile_serialization=False),
        "header": json.dumps(HEADER).encode(),
        "safetensors": packed(HEADER, bytes(32)),
    }[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        place, cut = data.draw(st.integers(0, len(file))), data.draw(st.integers(0, 4))
        put = data.draw(st.one_of(st.binary(max_size=4), st.sampled_from([CLAIM, b"\xff" * 8, b"1e400", b"\\ud800"])))
        file = file[:place] + put + file[place + cut :]
    if kind == "content":
        file = rezipped(saved(TINY), lambda name, content: file if name == "data.pkl" else content)
    if kind == "header":
        file = packed(file, bytes(32))
    before = _virtual()
    try:
        state = read_state_dict(file, "mine.safetensors" if kind in ("header", "safetensors") else "mine.pt")
        assert state.numel <= len(file)
        str(state.rows).encode()
    except SpecError as error:
        str(error).encode()
    assert _virtual() - before < 2**28


LISTED = {
    **{f"{kind} {legacy}": (saved(content, _use_new_zipfile_serialization=not legacy), "mine.pt")
       for kind, content in {**REAL, "state": STATE, "halves": {"h": torch.zeros(2, dtype=torch.bfloat16)}}.items()
       for legacy in (False, True)},
    "safetensors": (safetensors({**STATE, "b": torch.zeros(3, dtype=torch.bfloat16)}), "mine.safetensors"),
    "both": (LEGACY + SAVED, "mine.pt"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LISTED)
def test_a_file_says_what_it_holds_without_being_loaded(kind):
    data, name = LISTED[kind]
    listed, read = list_state_dict(io.BytesIO(data), name), read_state_dict(data, name)
    rows = [sorted(file.rows, key=str) if kind == "safetensors" else file.rows for file in (listed, read)]
    assert rows[0] == rows[1]
    assert (listed.under, listed.others, listed.numel) == (read.under, read.others, read.numel)
    model = build(COURSE["LeNet"]())
    matches = [
        match(dict(sorted(file.tensors.items())), model) for file in (listed, read)
    ]  # safetensors keeps no order
    assert matches[0] == matches[1]


class Watched(io.BytesIO):
    """Counts the bytes that are read."""

    count = 0

    def read(self, *size):
        data = super().read(*size)
        self.count += len(data)
        return data

    def readline(self, *size):
        data = super().readline(*size)
        self.count += len(data)
        return data


@pytest.mark.parametrize("kind", ["zip", "safetensors"])
def test_the_numbers_are_never_read(kind):
    large = {"w": torch.ones(4 << 20)}
    data, name = (saved(large), "mine.pt") if kind == "zip" else (safetensors(large), "mine.safetensors")
    file = Watched(data)
    assert list_state_dict(file, name).numel == 4 << 20
    assert file.count < 1 << 21  # of 16 MiB; the first of them tells that it is not blank


def refused_unread(data: bytes, name: str = "mine.pt") -> str:
    with pytest.raises(SpecError) as caught:
        list_state_dict(io.BytesIO(data), name)
    return str(caught.value)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    "content", [{"w": Payload()}, build(COURSE["LeNet"]()), [1], torch.zeros(2), {}, {"": 1, "a": 2}, {1, 2}]
)
def test_what_is_refused_when_it_is_read_is_refused_unread_in_the_same_words(content, legacy):
    data = saved(content, _use_new_zipfile_serialization=not legacy)
    assert refused_unread(data) == refusal(data)


def test_a_file_that_breaks_off_or_says_too_much_is_refused_unread(monkeypatch):
    for data in (b"", b"\0" * 5000, b"PK\x03\x04", b"nonsense", SAVED[:400], LEGACY[:-9], LEGACY[:200]):
        assert refused_unread(data).startswith("mine.pt ")
    assert refused_unread(b"\1" * 5000, "mine.safetensors").startswith("mine.safetensors is not a safetensors file: ")
    monkeypatch.setattr(limits, "STATE_PICKLE", 20)
    for data in (SAVED, LEGACY):
        assert refused_unread(data) == ("mine.pt describes its tensors in more than 20 bytes: save model.state_dict().")


def line(text: str) -> bytes:
    """A name of the file, up to the end of its line."""
    return b"c" + text.encode() + b"\n" + text.encode() + b"\n"


@pytest.mark.parametrize(
    "pickled",
    [pickle.dumps("a" * (1 << 20), 2), b"\x80\x02" + line("a" * (1 << 20)), pickle.dumps([1] * 9000, 2)],
    ids=["text", "name", "list"],
)
def test_pickles_of_an_old_file_are_read_no_further_than_the_limit(pickled, monkeypatch):
    monkeypatch.setattr(limits, "STATE_PICKLE", 5000)
    head = pickle.dumps(MAGIC, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)
    file = Watched(head + pickled + bytes(1 << 20))
    with pytest.raises(SpecError, match="describes its tensors in more than 5,000 bytes"):
        list_state_dict(file, "mine.pt")
    assert file.count <= CHUNK + 4 + 5001  # the first of them tell what it is


def test_the_numbers_of_an_old_file_may_be_more_than_its_pickles(monkeypatch):
    monkeypatch.setattr(limits, "STATE_PICKLE", 5000)
    large = {"w": torch.ones(10_000)}
    assert list_state_dict(io.BytesIO(saved(large, _use_new_zipfile_serialization=False)), "mine.pt").numel == 10_000


@given(st.integers(0, len(SAVED) - 1), st.integers(0, 255))
def test_a_damaged_file_is_listed_or_refused_in_one_sentence(at, byte):
    for data in (SAVED, LEGACY):
        damaged = data[: at % len(data)] + bytes([byte]) + data[at % len(data) + 1 :]
        try:
            rows = list_state_dict(io.BytesIO(damaged), "mine.pt").rows
        except SpecError as refusal:
            assert str(refusal).startswith("mine.pt ")  # noqa: PT017 both outcomes are right
        else:
            assert rows


def header(text: bytes) -> bytes:
    return len(text).to_bytes(8, "little") + text + bytes(4)


SOUND = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'


@pytest.mark.parametrize(
    "text",
    [
        SOUND.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + SOUND,
        SOUND.replace(b"[1]", b"{}"),
        SOUND[:-1] + b',"__metadata__":7}',
        SOUND[:-1] + b',"__metadata__":{"a":1}}',
    ],
    ids=["UTF-16", "byte order mark", "shape", "metadata", "number in metadata"],
)
def test_a_header_that_safetensors_refuses_is_refused_unread(text):
    assert list_state_dict(io.BytesIO(header(SOUND)), "mine.safetensors").numel == 1
    with pytest.raises(SafetensorError):
        safetensors_load(header(text))
    assert "its header is not in order" in refused_unread(header(text), "mine.safetensors")


@pytest.mark.parametrize("dtype", sorted(SCALED))
def test_types_that_torch_does_not_read_are_refused_for_what_they_are(dtype):
    size = {"F4": 4, "F8_E8M0": 8}.get(dtype, 6)
    data = packed({"w": entry(dtype=dtype, shape=(8,), offsets=(0, size))}, bytes(size))
    assert deserialize(data)[0][1]["dtype"] == dtype  # a file as the format has it,
    with pytest.raises(KeyError):  # but none that the library gives to torch
        safetensors_load(data)
    assert refused_unread(data, "mine.safetensors") == (
        f"mine.safetensors keeps w in {dtype}, a type of scaled blocks that layers cannot take as weights: "
        "turn its tensors into bfloat16 or float32 and save them again."
    )


def test_every_type_that_torch_reads_is_listed():
    for dtype in SAFETENSORS_TYPES.values():
        data = safetensors({"w": torch.zeros(4, dtype=dtype)})
        (row,) = list_state_dict(io.BytesIO(data), "mine.safetensors").rows
        assert row.dtype == str(dtype).removeprefix("torch.")


@pytest.mark.parametrize("name", ["uint16", "float8_e8m0fnu", "float4_e2m1fn_x2"])
def test_an_unusual_type_is_no_attack(name):
    tensor = torch.zeros(4, dtype=torch.uint8).view(getattr(torch, name))
    assert refusal(saved({"w": tensor})) == (
        "mine.pt has a tensor of an unusual type (such as uint16 or float8_e8m0fnu): "
        "turn its tensors into bfloat16 or float32 and save them again."
    )


@pytest.mark.parametrize("sides", [[2**47] * 64, [0] + [2**47] * 63, [2**47, 2**47, 0]])
def test_a_giant_shape_is_refused_in_few_words(sides):
    data = packed({"w": entry(shape=sides, offsets=(0, 0))}, b"")
    with pytest.raises((SafetensorError, RuntimeError)):
        safetensors_load(data)
    assert len(refused_unread(data, "mine.safetensors")) < 200
    for size in (sides, [2**60] * 64):
        scan = Scan("mine.pt", 8, lambda key: 8)
        with pytest.raises((SpecError, Malformed)) as refused:
            scan.tensor(Stored("0", 4, 4, "float32"), 0, size, [0] * len(size))
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize("change", ["without a version", "with two contents"])
def test_an_archive_that_torch_reads_otherwise_is_refused_unread(change):
    whole = zipfile.ZipFile(io.BytesIO(saved(STATE)))
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
            for name in whole.namelist():
                if not (change == "without a version" and name.endswith("/version")):
                    archive.writestr(name, whole.read(name))
                if change == "with two contents" and name.endswith("data.pkl"):
                    with pytest.warns(UserWarning, match="Duplicate name"):
                        archive.writestr(name, whole.read(name))
        assert "is a damaged archive" in refused_unread(stream.getvalue())


@pytest.mark.parametrize("opcode", ["APPEND", "SETITEM"])
def test_what_is_nested_is_followed_without_copies_of_what_lies_above(opcode, monkeypatch):
    class Stack(list):
        def __getitem__(self, at):
            assert not isinstance(at, slice), "a copy at every opcode takes the square of their number"
            return super().__getitem__(at)

    stack = Stack([[], 1] if opcode == "APPEND" else [{}, "a", 1])
    pickled.STEPS[opcode](None, stack, None)
    assert list(stack) == ([[1]] if opcode == "APPEND" else [{"a": 1}])
