"""One settings file: each row is read, a wrong one closes the machine, and what stands over a limit is refused."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.hosting import HOSTED, SETTINGS, UNLIMITED, VARIABLE, Host, host_of, settings
from cnnlab.loading import DATASETS
from cnnlab.models import MODELS, cached, find_weights
from cnnlab.specs import Param, SpecError
from cnnlab.training import TrainConfig
from cnnlab.training.refusing import Usage, refusals

NUMBERS = [name for name, row in SETTINGS.items() if row.kind in (int, float)]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "host.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problem(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        host_of(path)
    return str(caught.value)


def test_without_a_file_one_s_own_machine_is_open(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert settings() == Host()
    assert [getattr(Host(), name) for name in ("minutes", "epochs", "memory_mib", "disk_mib", "days", "gpus")] == [
        None
    ] * 6


def test_a_file_that_says_nothing_bounds_everything(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(written(tmp_path, "")))
    assert settings() == HOSTED
    assert None not in vars(HOSTED).values()
    assert [getattr(HOSTED, name) for name in ("own_classes", "folders", "fetch", "by_hand")] == [False] * 4


@pytest.mark.parametrize("row", SETTINGS.values(), ids=SETTINGS)
def test_each_row_says_what_it_is(row):
    assert row.about
    assert row.kind in (bool, int, float, list)
    if row.kind in (int, float):
        assert row.low <= row.hosted <= row.high
        assert row.open is None or row.low <= row.open <= row.high


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_is_taken_within_its_bounds(name, tmp_path):
    row = SETTINGS[name]
    for value in (row.low, row.high):
        read = getattr(host_of(written(tmp_path, f"\n{name} = {value}")), name)
        assert (read, type(read)) == (value, row.kind)
    for value in (row.low - 1, row.high + 1, "true", '"7"', "nan", "[1]", "-inf"):
        said = problem(written(tmp_path, f"# a comment\n\n{name} = {value}\n"))
        assert said.startswith(f"Nobody may train: line 3 of {tmp_path / 'host.toml'} says {name} = ")
        assert said.endswith(f": it must be {row.expects}.")
        assert f"from {row.low} to {row.high}" in said


@pytest.mark.parametrize("name", NUMBERS)
def test_a_limit_can_be_lifted_where_one_s_own_machine_has_none(name, tmp_path):
    path = written(tmp_path, f'{name} = "{UNLIMITED}"')
    if SETTINGS[name].open is None:
        assert getattr(host_of(path), name) is None
    else:
        assert problem(path)


@pytest.mark.parametrize("name", [name for name, row in SETTINGS.items() if row.kind is bool])
def test_a_switch_is_true_or_false(name, tmp_path):
    assert getattr(host_of(written(tmp_path, f"{name} = true")), name) is True
    assert getattr(host_of(written(tmp_path, f"{name} = false")), name) is False
    said = problem(written(tmp_path, f"{name} = 1"))
    assert said.endswith(f"says {name} = 1: it must be true or false.")


def test_gpus_are_indices_or_uuids(tmp_path):
    gpus = '["0", 3, "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-1c8b"]'
    host = host_of(written(tmp_path, f"gpus = {gpus}"))
    assert host.gpus == ("0", "3", "GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-1c8b")
    for wrong in ('"0"', '["0", "0"]', '["0,1"]', '["; rm"]', '[""]', '["-1"]', "[[0]]", '"unlimited"'):
        assert "it must be a list of GPUs" in problem(written(tmp_path, f"gpus = {wrong}"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "epohcs = 3",
            "Nobody may train: line 1 of {file} says epohcs, which is no setting: use some of train, minutes, ",
        ),
        ("[limits]\nepochs = 3", "Nobody may train: line 1 of {file} says limits, which is no setting: use some of "),
        ("train = true\nepochs =", "Nobody may train: {file} is no settings file (Invalid value (at "),
        (
            "train = true\ntrain = true\n",
            "Nobody may train: {file} is no settings file (Cannot overwrite a value (at line 2",
        ),
        (b"epochs = \xff", "Nobody may train: {file} is no settings file ('utf-8' codec can't decode byte 0xff"),
        ("days = " + "[" * 60_000, "Nobody may train: {file} is no settings file (maximum recursion depth exceeded"),
        ("#" * 70_000, "Nobody may train: {file} is no settings file (more than 65536 bytes): correct it."),
    ],
)
def test_a_wrong_file_says_where_and_what_is_expected(text, said, tmp_path):
    path = written(tmp_path, text)
    assert problem(path).startswith(said.replace("{file}", str(path)))


def test_a_file_that_is_not_there_closes_the_machine(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "host.toml"))
    with pytest.raises(SpecError) as caught:
        settings()
    assert str(caught.value) == (
        f"Nobody may train: CNNLAB_HOST names {tmp_path / 'host.toml'}, which cannot be read (FileNotFoundError): "
        "correct the name or the file."
    )
    assert "FileNotFoundError" in problem(tmp_path)


def said(value: object) -> str:
    """A value as a settings file says it."""
    if isinstance(value, tuple):
        return str(list(value))
    return UNLIMITED if value is None else str(value).lower().removesuffix(".0")


def test_the_readme_lists_every_setting(tmp_path):
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", readme, re.MULTILINE)
    unit = {name: f" ({row.unit})" if row.unit else "" for name, row in SETTINGS.items()}
    own = {name: "all" if name == "gpus" else said(row.open) for name, row in SETTINGS.items()}
    assert rows == [(name, row.about + unit[name], own[name], said(row.hosted)) for name, row in SETTINGS.items()]


def test_a_changed_file_is_read_anew(tmp_path):
    path = written(tmp_path, "epochs = 3")
    assert host_of(path).epochs == 3
    assert host_of(written(tmp_path, "epochs = 44")).epochs == 44


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("host")


ROWS = st.sampled_from(list(SETTINGS)).flatmap(lambda name: st.text(max_size=20).map(f"{name} = ".__add__))


@given(text=st.text(max_size=60) | ROWS)
def test_no_text_opens_the_machine_by_mistake(text, folder):
    try:
        host = host_of(written(folder, text.encode(errors="replace")))
    except SpecError:
        return
    if UNLIMITED not in text:
        assert None not in vars(host).values()


FOLDER = replace(DATASETS["digits"], params=(Param("root", str, "."),))

OVER = [
    ({"epochs": 51}, {}, Host(epochs=50), "epochs=51 is more than this machine allows: use 50 or less."),
    ({"threads": 2, "workers": 2}, {}, Host(cores=3), "threads=2 and workers=2 are 4 together: use 3 or less."),
    ({"device": "cuda"}, {}, Host(gpus=()), "device=cuda is not for visitors of this machine: use cpu."),
    ({"device": "mps"}, {}, Host(gpus=("0",)), "device=mps is not for visitors of this machine: use cpu, cuda."),
    (
        {"device": "cuda:2"},
        {},
        Host(gpus=("0", "5")),
        "device=cuda:2 is not there: 2 GPUs are for training here, so use cuda:1 or less, or cuda for any.",
    ),
    (
        {},
        {"active": 3},
        Host(per_visitor=3),
        "3 of your runs run or wait, and 3 may: wait for one to end, or stop one.",
    ),
    ({}, {"waiting": 60}, Host(waiting=60), "60 runs wait already, and 60 may: try again when some have ended."),
    (
        {},
        {"disk_mib": 1024},
        Host(disk_mib=1024),
        "Your runs take 1024 MiB of disk, and 1024 MiB may be taken: delete some.",
    ),
    (
        {},
        {"free_mib": 99},
        Host(free_mib=100),
        "The disk has 99 MiB left, and 100 MiB stay free: delete runs, or ask the host.",
    ),
    (
        {"own": "net:Net"},
        {},
        Host(own_classes=False),
        "own=net:Net: classes of a folder are not run for visitors of this machine. Paste an nn.Sequential, "
        "or take a model of the list.",
    ),
    ({}, {}, Host(train=False), "Nobody may train on this machine: start cnnlab on your own."),
]


@pytest.mark.parametrize(("config", "usage", "host", "said"), OVER, ids=[row[3][:24] for row in OVER])
def test_what_stands_over_a_limit_is_refused_with_the_number(config, usage, host, said):
    config, usage = TrainConfig(**config), Usage(**usage)
    assert [str(error) for error in refusals(config, host, usage)] == [said]
    assert refusals(config, Host(free_mib=0), usage) == ()


WITHIN = [
    ({"epochs": 50}, {}, Host(epochs=50)),
    ({"threads": 1, "workers": 2}, {}, Host(cores=3)),
    ({"device": "cuda:1"}, {}, Host(gpus=("0", "5"))),
    ({"device": "cuda"}, {}, Host(gpus=("0",))),
    ({}, {"active": 2}, Host(per_visitor=3)),
    ({}, {"waiting": 59}, Host(waiting=60)),
    ({}, {"disk_mib": 1023}, Host(disk_mib=1024)),
    ({}, {"free_mib": 100}, Host(free_mib=100)),
]


@pytest.mark.parametrize(("config", "usage", "host"), WITHIN)
def test_what_a_limit_allows_is_not_refused(config, usage, host):
    assert refusals(TrainConfig(**config), host, Usage(**usage)) == ()


def test_the_default_run_may_be_started_for_a_class():
    assert refusals(TrainConfig(), HOSTED, Usage()) == ()


def test_everything_that_is_wrong_is_said_at_once():
    config = TrainConfig(epochs=1000, own="net:Net", device="cuda", threads=64)
    assert len(refusals(config, HOSTED, Usage(active=99, waiting=99, disk_mib=10**6, free_mib=0))) == 8


def test_folders_of_the_machine_are_not_for_visitors():
    config = TrainConfig(data=FOLDER())
    assert [str(error) for error in refusals(config, HOSTED, Usage())] == [
        "digits: folders of this machine are not for its visitors. Take another dataset."
    ]
    assert refusals(config, replace(HOSTED, folders=True), Usage()) == ()


def test_what_must_be_downloaded_is_refused_until_it_is_there():
    class Fetched(type(DATASETS["digits"])):
        fetched = True

    row = Fetched(
        **{name: getattr(DATASETS["digits"], name) for name in ("target", "params", "about", "classes", "shape")}
    )
    config = TrainConfig(data=row())
    assert [str(error) for error in refusals(config, HOSTED, Usage())] == [
        "digits is not on this machine, and visitors may not have it downloaded. Take another dataset."
    ]
    assert refusals(config, HOSTED, Usage(cached=True)) == refusals(config, Host(), Usage()) == ()


def test_pretrained_weights_that_must_be_downloaded_are_refused_until_they_are_there(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    config = TrainConfig(model=MODELS["resnet18"](), weights="ResNet18_Weights.IMAGENET1K_V1")
    assert [str(error) for error in refusals(config, HOSTED, Usage())] == [
        "weights=ResNet18_Weights.IMAGENET1K_V1 are not on this machine, and visitors may not have them downloaded: "
        "leave them out."
    ]
    assert refusals(config, replace(HOSTED, fetch=True), Usage()) == ()
    file = cached(find_weights(config.weights))
    file.parent.mkdir(parents=True)
    file.touch()
    assert refusals(config, HOSTED, Usage()) == ()
