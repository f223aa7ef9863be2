"""A dry run: torch's own loaders, samplers and refusals are the judge of what it tells."""

import io
import multiprocessing
import sys
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, default_collate
from torchvision.transforms import v2

from cnnlab import limits
from cnnlab.augmentation import Pipeline
from cnnlab.loading import DATASETS, Feeding, Selection, batches
from cnnlab.loading.dry_run import drawing, effects, rehearsing, sending, timing
from cnnlab.loading.dry_run.answers import Quartiles, Speed, crowd, tried_workers
from cnnlab.loading.dry_run.collating import collated
from cnnlab.loading.dry_run.drawing import Turned, classic, ours
from cnnlab.loading.dry_run.loaders import Cycle, children, loader, said
from cnnlab.loading.dry_run.subject import OneByOne, subject
from cnnlab.loading.dry_run.traps import traps
from cnnlab.loading.jobs import Rehearsal
from cnnlab.loading.work import rehearsed
from cnnlab.specs import SpecError
from cnnlab.workshop.plain import packed, unpacked

FLOATS = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
SMALL = Selection(samples=200)


def pipeline(steps):
    return Pipeline.from_code(f"v2.Compose([{steps}])")


def found(steps="", selection=SMALL, **feeding):
    feeding = Feeding(**{"augmentation": pipeline(steps) if steps else Pipeline(), **feeding})
    return traps(subject(selection, feeding), selection, feeding)


@pytest.fixture(scope="module")
def turned():
    return subject(SMALL, Feeding(16, augmentation=pipeline("v2.RandomRotation(30)")))


def test_what_is_loaded_is_what_training_loads():
    feeding = Feeding(16, augmentation=pipeline("v2.RandomRotation(30)"), seed=3)
    chosen = subject(SMALL, feeding)
    for places, theirs in zip(chosen.rows, batches(chosen.data, chosen.data.train, feeding, 0), strict=False):
        assert all(torch.equal(a, b) for a, b in zip(chosen.shelf.batch(places), theirs, strict=True))


def test_samples_one_by_one_are_those_of_the_batch(turned):
    x, y, _ = turned.shelf.batch(torch.arange(16))
    other, labels = next(iter(DataLoader(OneByOne(turned.shelf), 16)))
    assert torch.equal(x, other)
    assert torch.equal(y, labels)


@pytest.mark.parametrize("persistent", [False, True])
def test_a_dataset_that_keeps_its_generator_repeats_itself_as_torch_has_it(turned, persistent):
    draws, _sheet = classic(turned.shelf, persistent)
    picture = [Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16))]
    theirs = DataLoader(Turned(picture * 8, 0), 1, num_workers=2, persistent_workers=persistent)
    first, second = ([x.numpy().tobytes() for x in theirs] for _ in range(2))
    assert draws.different == len(set(first)) == 4
    assert draws.again == sum(a == b for a, b in zip(first, second, strict=True)) == (0 if persistent else 8)


@pytest.mark.parametrize("steps", ["v2.RandomRotation(30)", "v2.RandomApply([v2.RandomInvert(1.0)])", ""])
def test_no_draw_of_ours_comes_twice_and_workers_change_nothing(steps):
    chosen = subject(SMALL, Feeding(16, augmentation=pipeline(steps) if steps else Pipeline()))
    draws, _sheet, stand_in = ours(chosen.shelf)
    assert (draws.different, draws.again, draws.same) == (8, 0, True)
    assert stand_in == (not steps)


def test_twins_are_framed_in_one_colour_and_others_in_gray():
    pictures = [[np.full((8, 8, 3), value, np.uint8) for value in (1, 2, 1)]]
    sheet = np.asarray(Image.open(io.BytesIO(drawing.sheet(pictures, [["a", "b", "a"]]))))
    wide = drawing.SIDE + 2 * drawing.FRAME + 4
    frames = [tuple(sheet[0, place * wide]) for place in range(3)]
    assert frames[0] == frames[2] == (*drawing.rgb(drawing.HUES[0]), 255)
    assert frames[1] == (*drawing.LONE, 255)
    assert sheet[0, wide - 1, 3] == 0


def test_no_two_twins_have_frames_of_one_colour():
    most = drawing.COUNT  # pairs of twins in two epochs
    names = [[place // 2 for place in range(2 * most)]]
    sheet = np.asarray(Image.open(io.BytesIO(drawing.sheet([[np.zeros((8, 8, 3), np.uint8)] * 2 * most], names))))
    wide = drawing.SIDE + 2 * drawing.FRAME + 4
    assert len({tuple(sheet[0, place * wide]) for place in range(2 * most)} - {(*drawing.LONE, 255)}) == most


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("v2.RandomRotation(30)", "found <class 'PIL.Image.Image'>"),
        (f"v2.RandomRotation(30), {FLOATS}", ""),
        (f"v2.RandomResize(8, 40), {FLOATS}", "resize storage that is not resizable|stack expects each tensor"),
        ("v2.RandomResize(8, 40)", "found <class 'PIL.Image.Image'>"),
    ],
)
def test_what_default_collate_says_is_told_and_the_mended_pipeline_makes_batches(steps, words):
    chosen = subject(SMALL, Feeding(16, augmentation=pipeline(steps)))
    told = collated(chosen)
    assert any(part in told.words for part in words.split("|")) if words else told.words == ""
    assert bool(told.pipeline) == bool(words)
    if words:
        transform = v2.Compose([call.build() for call in Pipeline.from_link(told.pipeline).active])
        stacked = default_collate([(transform(Image.new("L", (8, 8), value)), value) for value in range(8)])
        assert stacked[0].shape[0] == 8


def test_a_batch_is_described_as_it_is(turned):
    told = collated(turned)
    x = turned.shelf.batch(turned.rows[0])[0]
    assert (told.shape, told.dtype, told.labels) == (tuple(x.shape), "float32", "int64")
    assert (told.low, told.high) == (x.min().item(), x.max().item())


def test_three_channels_of_normalize_on_gray_pictures_are_found_and_mended():
    steps = f"{FLOATS}, v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])"
    (trap,) = [trap for trap in found(steps) if not trap.own]
    assert str(trap.says).endswith("3 channels of them without a word, 1 × 8 × 8 becomes 3 × 8 × 8.")
    mended = Pipeline.from_link(trap.pipeline)
    assert mended.stages(Image.new("L", (8, 8)))[-1].image.shape == (1, 8, 8)
    assert [trap for trap in found(augmentation=mended) if not trap.own] == []
    assert [trap for trap in found(steps, replace(SMALL, data=DATASETS["FakeData"](size=200))) if not trap.own] == []


def test_a_second_tensor_that_is_transformed_instead_is_told():
    (trap,) = found("v2.RandomHorizontalFlip(0.5)")
    flipped = v2.RandomHorizontalFlip(1.0)({"depth": torch.arange(4.0).reshape(1, 2, 2), "image": torch.eye(2)[None]})
    assert torch.equal(flipped["depth"], torch.tensor([[[1.0, 0.0], [3.0, 2.0]]]))
    assert torch.equal(flipped["image"], torch.eye(2)[None])
    assert "RandomHorizontalFlip takes the first for the picture" in str(trap.says)
    assert trap.own
    assert found("v2.Identity()") == ()


def test_labels_that_a_network_does_not_know_are_told_in_torch_s_words():
    (trap,) = found(selection=replace(SMALL, classes=(3, 5, 8)))
    with pytest.raises(IndexError) as refusal:
        torch.nn.functional.cross_entropy(torch.zeros(1, 3), torch.tensor([8]))
    assert str(refusal.value).rstrip(".") in str(trap.says)
    assert str(trap.fix).endswith("say target_transform={3: 0, 5: 1, 8: 2}.get.")
    assert found(selection=replace(SMALL, classes=(0, 1, 2))) == ()


def test_a_last_batch_of_one_a_drawing_evaluation_and_a_crowd_are_found():
    alone = found(batch_size=3, selection=Selection(samples=200, validation=0.2, test=0.3))  # 100 = 33 × 3 + 1
    assert [str(trap.says) for trap in alone] == [
        "The last batch has one picture (100 = 33 × 3 + 1): BatchNorm cannot average over one value and stops, where nothing "
        "else is averaged with it."
    ]
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        torch.nn.BatchNorm1d(2)(torch.zeros(1, 2))
    assert found(batch_size=3, drop_last=True, selection=Selection(samples=200, validation=0.2, test=0.3)) == ()
    (trap,) = found(evaluation=pipeline("v2.CenterCrop(8), v2.RandomInvert(0.5)"))
    assert "(RandomInvert)" in str(trap.says)
    assert found(evaluation=pipeline("v2.CenterCrop(8)")) == ()
    (trap,) = crowd(9, 8)
    assert str(trap.says) == "9 workers on 8 cores wait for each other."
    assert crowd(8, 8) == ()


def test_oddities_of_a_folder_are_told(tmp_path, monkeypatch):
    for name in ("cats", "dogs", ".hidden"):
        (tmp_path / name).mkdir()
        for number in range(6):
            Image.effect_noise((12, 12), 50).save(tmp_path / name / f"{number}.png")
    (tmp_path / "cats" / "9.png").write_bytes(b"no picture")
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))
    selection = Selection(DATASETS["ImageFolder"](), side=8, samples=10)
    told = [str(trap.says) for trap in found(selection=selection)]
    assert any(".hidden is hidden and left out" in words for words in told)
    assert any("cannot be read, such as cats/9.png" in words for words in told)


def test_what_pickles_is_what_python_pickles(turned):
    assert sending.unsendable(pipeline("v2.RandomRotation(30), v2.RandomApply([v2.ColorJitter(0.5)])")) == ()
    assert sending.refusal(v2.Compose([v2.Lambda(lambda x: x)])) == sending.refusal(lambda x: x) != ""
    assert "<lambda>" in sending.lambda_words()
    sent = sending.sent(turned.shelf, "fork", 30)
    assert sent.seconds is not None
    assert sent.failure == ""


@pytest.mark.sweep
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_of_another_kind_gives_batches(turned, method):
    assert sending.sent(turned.shelf, method, 100).seconds is not None


@pytest.fixture
def short(monkeypatch):
    """Rounds of a blink."""
    monkeypatch.setattr(timing, "ROUNDS", 3)
    monkeypatch.setattr(timing, "ROUND_S", 0.01)
    monkeypatch.setattr(effects, "ROUNDS", 1)
    monkeypatch.setattr(rehearsing, "METHODS", ("fork",))
    monkeypatch.setattr(rehearsing, "cores_here", lambda: 2)


def test_a_dry_run_tells_how_far_it_is_comes_to_its_end_and_is_plain(short):
    steps = []
    told = rehearsing.rehearse(
        SMALL,
        Feeding(16, augmentation=pipeline("v2.RandomRotation(30)")),
        16,
        lambda done, total: steps.append(done / total),
    )
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert unpacked(packed(told)) == told
    assert [speed.workers for speed in told.speeds] == [0, 1, 2]
    assert all(speed.rate.low <= speed.rate.median <= speed.rate.high for speed in told.speeds)
    assert told.effects.usual_seconds is None or torch.cuda.is_available()
    assert (told.total, told.samples, told.batch_size, told.here) == (160, 160, 16, False)
    assert len(told.pictures) == 3
    assert multiprocessing.active_children() == []


def test_rounds_begin_no_later_than_the_time_is_up(turned, short):
    speeds = timing.speeds(
        turned, (0, 1, 2), time.monotonic() - 1, time.monotonic() + 100, tell=lambda done, total: None
    )
    assert [speed.rate.rounds for speed in speeds] == [1, 1, 1]
    speeds = timing.speeds(turned, (0, 1), time.monotonic() - 1, time.monotonic() - 1, tell=lambda done, total: None)
    assert [speed.rate for speed in speeds] == [None, None]


def test_what_would_not_fit_into_shared_memory_is_not_tried(turned, monkeypatch):
    monkeypatch.setattr(psutil, "disk_usage", lambda path: psutil._ntp.sdiskusage(0, 0, 2 * turned.batch_bytes, 0))
    assert timing.too_large(turned, 0) is None
    assert "shared memory" in str(timing.too_large(turned, 1))


def test_batches_that_would_take_too_long_are_made_smaller(monkeypatch):
    assert subject(SMALL, Feeding(4096)).batch_size == 160
    monkeypatch.setattr("cnnlab.loading.dry_run.subject.of_a_sample", lambda shelf: 0.05)
    assert subject(SMALL, Feeding(64)).batch_size == 8
    monkeypatch.setattr(limits, "DRY_RUN_PICTURES", 50)
    chosen = subject(SMALL, Feeding(64))
    assert chosen.total == 160
    assert 45 <= len(chosen.shelf.part) <= 50


def test_what_training_refuses_a_dry_run_refuses():
    for feeding, words in (
        (Feeding(4096, drop_last=True), "A batch of 4096 is more than the 160 pictures there are"),
        (Feeding(augmentation=pipeline("v2.RandomCrop(100)")), "RandomCrop"),
    ):
        with pytest.raises(SpecError, match=words):
            subject(SMALL, feeding)


def test_the_best_is_the_fewest_workers_that_are_nearly_the_fastest(turned, short):
    told = rehearsing.rehearse(SMALL, Feeding(16), 0, lambda done, total: None)
    assert told.here  # nothing is drawn, and the pictures lie in memory
    assert [speed.workers for speed in told.speeds] == [0]
    speeds = tuple(Speed(number, Quartiles(rate, rate, rate, 3)) for number, rate in enumerate((50, 96, 100, 99)))
    assert replace(told, speeds=(*speeds, Speed(4))).best == speeds[1]
    assert replace(told, speeds=()).best is None


@pytest.mark.parametrize(("cores", "most"), [(1, 16), (2, 16), (12, 16), (64, 16), (8, 1), (4, 0)])
def test_workers_that_are_tried_stay_within_cores_and_bounds(cores, most):
    tried = tried_workers(cores, most)
    assert tried[0] == 0
    assert max(tried) <= min(cores, most)
    assert len(tried) < 8


@pytest.fixture
def hosted(tmp_path, monkeypatch):
    """A host with one core for each run, whose folders are not for visitors."""
    (tmp_path / "host.toml").write_text("cores = 1\n")
    monkeypatch.setenv("CNNLAB_HOST", str(tmp_path / "host.toml"))
    monkeypatch.setenv("CNNLAB_PICTURES", str(tmp_path))


def test_a_host_s_folders_are_hidden_and_its_cores_bound_the_workers(hosted, monkeypatch):
    with pytest.raises(SpecError, match="folders of this machine are not for its visitors"):
        rehearsed(Rehearsal(data=DATASETS["ImageFolder"](), side=8))
    asked = []
    monkeypatch.setattr("cnnlab.loading.work.rehearse", lambda selection, feeding, most, tell: asked.append(most))
    rehearsed(Rehearsal())
    assert asked == [1]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_way_to_a_gpu_is_timed(turned):
    assert all(seconds > 0 for seconds in effects.to_the_gpu(turned))


def test_quartiles_far_apart_are_called_unstable():
    assert Quartiles(94, 100, 105, 7).unstable
    assert not Quartiles(96, 100, 105, 7).unstable


def test_the_words_of_a_worker_are_those_of_what_failed_there():
    report = "Caught ValueError in DataLoader worker process 0.\nOriginal Traceback:\n  File x\nValueError: too small"
    assert said(ValueError(report)) == "ValueError: too small"
    assert said(RuntimeError("stack expects each tensor")) == "RuntimeError: stack expects each tensor"


class Greedy(Dataset):
    def __getitem__(self, number):
        return torch.zeros(number)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA is Linux's own")
def test_workers_together_take_no_more_than_a_job(monkeypatch):
    monkeypatch.setattr(limits, "HEAVY_BYTES", 256 << 20)
    assert len(next(iter(loader(Greedy(), [1000], 2)))) == 1000
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        next(iter(loader(Greedy(), [50 << 20], 2)))  # of four bytes each


def lonely(subject, connection):
    """A process that goes on loading with two workers, and says which they are."""
    made = iter(loader(subject.shelf, Cycle(subject.rows), 2))
    next(made)
    connection.send(sorted(children()))
    time.sleep(100)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's own")
def test_workers_end_with_a_process_that_is_killed(turned):
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=lonely, args=(turned, there))
    process.start()
    workers = [psutil.Process(number) for number in here.recv()]
    assert len(workers) == 2
    process.kill()
    process.join()
    until = time.monotonic() + 4
    while any(map(alive, workers)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(alive, workers))


def alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
