"""GPUs that a run sees, through nvitop's devices: right under MIG and CUDA_VISIBLE_DEVICES. The driver is opened when
the first sample asks for it.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

from nvitop.api import CudaDevice, Device, libnvml
from nvitop.api.device import parse_cuda_visible_devices

from .metrics import METRICS, THROTTLES, Metric

AGAIN = 60.0  # seconds until what failed is asked for again
FIELDS = tuple(metric for metric in METRICS if metric.part == "gpu")
OLD_NAMES = {"nvmlDeviceGetCurrentClocksEventReasons": "nvmlDeviceGetCurrentClocksThrottleReasons"}


class Gpu:
    """One device, and what it said: values that are asked seldom, and what it does not tell."""

    def __init__(self, device: Device, index: int, energy: float):
        self.device, self.index, self.energy = device, index, energy
        self.mig = device.is_mig_device()
        self.board = device.parent if self.mig else device
        self.uuid = str(device.uuid())
        self._kept: dict[str, tuple[float, Any, str]] = {}  # name: (when it is asked again, value, why there is none)
        self._meter: float | None = None

    def sample(self, now: float, pids: Collection[int]) -> dict[str, Any]:
        row = {"index": self.index, "uuid": self.uuid, "name": str(self.device.name()), "mig": self.mig}
        why = {}
        for metric in FIELDS:
            until, value, problem = self._kept.get(metric.name, (0.0, None, ""))
            if now >= until:
                value, problem = self._ask(metric, pids)
                self._kept[metric.name] = (now + (AGAIN if problem else metric.every) - 0.5, value, problem)
            row[metric.name] = value
            if problem:
                why[metric.name] = problem
        return row | {"why": why}

    def _ask(self, metric: Metric, pids: Collection[int]) -> tuple[Any, str]:
        function, *constants = metric.query
        handle = (self.board if metric.board else self.device).handle
        if handle is None:
            return None, "GpuIsLost"
        answer, problem = query(function, handle, *(getattr(libnvml, name) for name in constants))
        if problem == "FunctionNotFound" and function in OLD_NAMES:
            answer, problem = query(OLD_NAMES[function], handle)
        if problem:
            return None, "mig" if self.mig and not metric.board and problem != "NoPermission" else problem
        return SHAPES.get(metric.name, _number)(self, metric, answer, pids)

    def _energy(self, metric: Metric, answer: Any, pids: Collection[int]) -> tuple[float, str]:
        meter = answer / metric.divisor
        if self._meter is not None and meter >= self._meter:  # it starts anew with the driver
            self.energy += meter - self._meter
        self._meter = meter
        return round(self.energy, 1), ""


def query(function: str, *args: Any) -> tuple[Any, str]:
    """The driver's answer, or None and the name of its refusal: the one door to it."""
    try:
        return libnvml.nvmlQuery(function, *args, ignore_errors=False), ""
    except libnvml.NVMLError as error:
        return None, type(error).__name__.removeprefix("NVMLError_")


def _number(gpu: Gpu, metric: Metric, answer: Any, pids: Collection[int]) -> tuple[Any, str]:
    value = getattr(answer, metric.pick) if metric.pick else answer
    return (value if metric.divisor == 1 else round(value / metric.divisor, 1)), ""


def _slowed(gpu: Gpu, metric: Metric, answer: Any, pids: Collection[int]) -> tuple[list[str], str]:
    return [name for bit, (name, _) in THROTTLES.items() if answer & bit], ""


def _run_memory(gpu: Gpu, metric: Metric, answer: Any, pids: Collection[int]) -> tuple[int | None, str]:
    sizes = [process.usedGpuMemory for process in answer if process.pid in pids]
    if not sizes:
        return None, "unlisted"
    return (None, "NotSupported") if None in sizes else (sum(sizes), "")


SHAPES: Mapping[str, Callable[..., tuple[Any, str]]] = {
    "energy": Gpu._energy,
    "throttle": _slowed,
    "memory_run": _run_memory,
}


class Gpus:
    """The GPUs that a process with this CUDA_VISIBLE_DEVICES sees (None where it is not set), in CUDA's order.

    `energies` are what earlier attempts of the run have used, in joules by UUID.
    """

    def __init__(self, visible: str | None, energies: Mapping[str, float] | None = None):
        self._visible, self._energies = visible, dict(energies or {})
        self._gpus: list[Gpu] | None = None
        self._asked = False
        self.why = "asking"

    def sample(self, pids: Collection[int], now: float | None = None) -> list[dict[str, Any]]:
        """A row for each GPU; none, and `why`, where there is none. The first call opens nothing: opening takes long."""
        if not self._asked:
            self._asked = True
            return []
        if self._gpus is None:
            self._gpus = self._open()
        now = time.monotonic() if now is None else now
        return [gpu.sample(now, pids) for gpu in self._gpus]

    def _open(self) -> list[Gpu]:
        logging.getLogger(libnvml.LOGGER.name).setLevel(
            logging.CRITICAL + 1
        )  # it explains in many lines that there is no driver
        count, self.why = query("nvmlDeviceGetCount")
        if self.why:
            return []
        if not count:
            self.why = "NoDevice"
            return []
        indices = parse_cuda_visible_devices(self._visible)
        devices = [CudaDevice(place, nvml_index=index) for place, index in enumerate(indices)]
        self.why = "" if devices else "hidden"
        return [Gpu(device, place, self._energies.get(str(device.uuid()), 0.0)) for place, device in enumerate(devices)]
