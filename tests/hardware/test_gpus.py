"""What the driver says comes out in its units; what it refuses has a reason."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from nvitop.api import libnvml
from nvml import MIB, Board, Driver, answers, part_of_gpu

from cnnlab.hardware import METRICS, gpus
from cnnlab.hardware.gpus import AGAIN, FIELDS, Gpus
from cnnlab.hardware.metrics import REASONS

ONE, TWO = "GPU-11111111-aaaa-bbbb-cccc-000000000001", "GPU-22222222-aaaa-bbbb-cccc-000000000002"
PART, OTHER = "MIG-33333333-aaaa-bbbb-cccc-000000000003", "MIG-44444444-aaaa-bbbb-cccc-000000000004"


def rows(visible=None, pids=(), at=(0.0,), energies=None):
    """Samples at these moments, after the first, which opens nothing."""
    watched = Gpus(visible, energies)
    assert watched.sample(pids) == []
    return watched, [watched.sample(pids, moment) for moment in at]


def test_a_gpu_says_everything_in_its_units(monkeypatch):
    Driver(Board(ONE, says=answers(nvmlDeviceGetComputeRunningProcesses=[
        SimpleNamespace(pid=7, usedGpuMemory=100 * MIB),
        SimpleNamespace(pid=8, usedGpuMemory=50 * MIB),
        SimpleNamespace(pid=9, usedGpuMemory=80 * MIB),
    ]))).install(monkeypatch)  # fmt: skip
    watched, [[row]] = rows(pids={7, 8})
    assert watched.why == ""
    assert row == {
        "index": 0, "uuid": ONE, "name": "NVIDIA Test", "mig": False,
        "utilisation": 61, "memory_used": 300 * MIB, "memory_total": 1000 * MIB, "memory_run": 150 * MIB,
        "temperature": 55, "power": 123.4, "power_limit": 700.0,
        "clock_sm": 1980, "clock_sm_limit": 2000, "clock_memory": 1980, "clock_memory_limit": 2000,
        "fan": None, "throttle": ["power cap", "heat, hardware"], "energy": 0.0,
        "pcie_tx": 2048 * 1024.0, "pcie_rx": 2048 * 1024.0, "why": {"fan": "NotSupported"},
    }  # fmt: skip


def test_energy_is_counted_from_the_start_of_the_run_and_goes_on_after_it_is_resumed(monkeypatch):
    board = Board(ONE, says=answers())
    Driver(board).install(monkeypatch)
    watched = Gpus(None, {ONE: 40.0})
    watched.sample(())
    seen = []
    for moment, meter in enumerate((5_000_000, 5_001_500, 200, 1_200)):  # the driver is loaded anew before the third
        board.says["nvmlDeviceGetTotalEnergyConsumption"] = meter
        seen += [row["energy"] for row in watched.sample((), float(moment))]
    assert seen == [40.0, 41.5, 41.5, 42.5]


def test_memory_is_asked_in_version_2_which_leaves_out_what_the_driver_reserves():
    (metric,) = [metric for metric in FIELDS if metric.name == "memory_used"]
    assert getattr(libnvml, metric.query[0]).__module__ == "nvitop.api.libnvml"  # nvitop's own asks for version 2


def test_what_is_refused_has_a_reason_and_is_asked_again_seldom(monkeypatch):
    refusals = {
        "nvmlDeviceGetTemperature": libnvml.NVMLError_NoPermission,
        "nvmlDeviceGetPowerUsage": libnvml.NVMLError_GpuIsLost,
        "nvmlDeviceGetUtilizationRates": libnvml.NVMLError_Timeout,
    }
    board = Board(ONE, says=answers(**refusals))
    Driver(board).install(monkeypatch)
    watched, [*_, [row]] = rows(at=[float(moment) for moment in range(30)])
    assert row["why"] == {
        "fan": "NotSupported", "temperature": "NoPermission", "power": "GpuIsLost", "utilisation": "Timeout",
        "memory_run": "unlisted",
    }  # fmt: skip
    assert {row[name] for name in row["why"]} == {None}
    assert [board.asked.count(name) for name in refusals] == [1, 1, 1]
    board.says = answers()
    [row] = watched.sample((), AGAIN)
    assert (row["temperature"], row["why"]) == (55, {"fan": "NotSupported", "memory_run": "unlisted"})


def test_what_costs_the_driver_much_is_asked_seldom(monkeypatch):
    board = Board(ONE, says=answers(nvmlDeviceGetComputeRunningProcesses=[SimpleNamespace(pid=7, usedGpuMemory=MIB)]))
    Driver(board).install(monkeypatch)
    rows(pids={7}, at=[float(moment) for moment in range(30)])
    assert board.asked.count("nvmlDeviceGetComputeRunningProcesses") == 3
    assert board.asked.count("nvmlDeviceGetPcieThroughput") == 2 * 6
    assert board.asked.count("nvmlDeviceGetTemperature") == 30


def test_an_old_driver_tells_what_slows_it_down_by_the_old_name(monkeypatch):
    says = answers(nvmlDeviceGetCurrentClocksEventReasons=libnvml.NVMLError_FunctionNotFound)
    Driver(Board(ONE, says=says)).install(monkeypatch)
    monkeypatch.setattr(libnvml, "nvmlDeviceGetCurrentClocksThrottleReasons", lambda board: 0x4)
    _, [[row]] = rows()
    assert row["throttle"] == ["power cap"]


@pytest.mark.parametrize(
    ("visible", "uuids"),
    [
        (None, [ONE, TWO]),
        ("1,0", [TWO, ONE]),
        ("1", [TWO]),
        (TWO, [TWO]),
        (f"{TWO},{ONE}", [TWO, ONE]),
        ("", []),
        ("-1", []),
        ("7", []),
    ],
)
def test_a_run_sees_the_gpus_that_cuda_shows_it_in_cuda_s_order(monkeypatch, visible, uuids):
    Driver(Board(ONE, says=answers()), Board(TWO, says=answers())).install(monkeypatch)
    watched, [sample] = rows(visible)
    assert [row["uuid"] for row in sample] == uuids
    assert [row["index"] for row in sample] == list(range(len(uuids)))
    assert watched.why == ("" if uuids else "hidden")


@pytest.mark.parametrize(("visible", "uuid"), [(None, PART), (PART, PART), (OTHER, OTHER)])
def test_a_part_of_a_gpu_has_its_own_memory_and_the_board_s_heat(monkeypatch, visible, uuid):
    board = Board(ONE, (part_of_gpu(PART), part_of_gpu(OTHER)), answers())
    Driver(board).install(monkeypatch)
    _, [[row]] = rows(visible)
    assert (row["uuid"], row["mig"], row["memory_used"], row["temperature"]) == (uuid, True, 300 * MIB, 55)
    assert (row["utilisation"], row["why"]["utilisation"]) == (None, "mig")
    assert "nvmlDeviceGetMemoryInfo" not in board.asked


def test_a_part_in_a_container_may_not_ask_for_memory(monkeypatch):
    part = part_of_gpu(PART)
    part.says["nvmlDeviceGetMemoryInfo"] = libnvml.NVMLError_NoPermission
    Driver(Board(ONE, (part,), answers())).install(monkeypatch)
    _, [[row]] = rows(PART)
    assert (row["memory_used"], row["why"]["memory_used"]) == (None, "NoPermission")


def test_without_a_gpu_or_a_driver_it_says_so(monkeypatch):
    Driver().install(monkeypatch)
    assert rows()[0].why == "NoDevice"

    def no_library():
        raise libnvml.NVMLError_LibraryNotFound

    monkeypatch.setattr(libnvml, "_lazy_init", no_library)
    watched, [sample] = rows()
    assert (sample, watched.why) == ([], "LibraryNotFound")


def test_nothing_asks_the_driver_before_the_second_sample(monkeypatch):
    driver = Driver(Board(ONE, says=answers())).install(monkeypatch)
    watched = Gpus(None)
    assert watched.sample(()) == []
    assert (driver.opened, watched.why) == (0, "asking")
    assert watched.sample(())
    assert driver.opened > 0


def test_every_row_asks_for_what_nvml_has():
    for metric in METRICS:
        for name in metric.query:
            assert hasattr(libnvml, name), metric.name
    assert {metric.name for metric in METRICS if metric.query} == {metric.name for metric in FIELDS}
    assert set(gpus.SHAPES) <= {metric.name for metric in FIELDS}
    assert all(hasattr(libnvml, f"NVMLError_{name}") for name in REASONS if name in ("NoPermission", "NotSupported"))


def test_what_reads_samples_opens_neither_driver_nor_torch():
    code = "import sys; sys.modules['nvitop'] = sys.modules['torch'] = sys.modules['psutil'] = None; import cnnlab.hardware"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
