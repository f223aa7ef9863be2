"""A driver that is made up: its boards, what they say, and what they refuse."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from nvitop.api import device, libnvml

MIB = 1 << 20


@dataclass
class Board:
    """A GPU, or a part (MIG) of one; `says` are its answers by function, an NVMLError class for a refusal."""

    uuid: str
    parts: tuple["Board", ...] = ()
    says: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


def answers(**says: Any) -> dict[str, Any]:
    """What a common GPU says."""
    return {
        "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=61, memory=20),
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=1000 * MIB, used=300 * MIB, free=690 * MIB, reserved=10 * MIB),
        "nvmlDeviceGetComputeRunningProcesses": [],
        "nvmlDeviceGetTemperature": 55,
        "nvmlDeviceGetPowerUsage": 123_400,
        "nvmlDeviceGetEnforcedPowerLimit": 700_000,
        "nvmlDeviceGetClockInfo": 1980,
        "nvmlDeviceGetMaxClockInfo": 2000,
        "nvmlDeviceGetFanSpeed": libnvml.NVMLError_NotSupported,
        "nvmlDeviceGetCurrentClocksEventReasons": 0x1 | 0x4 | 0x40,
        "nvmlDeviceGetTotalEnergyConsumption": 5_000_000,
        "nvmlDeviceGetPcieThroughput": 2048,
    } | says


def part_of_gpu(uuid: str) -> Board:
    """A part (MIG) of a GPU, which says nothing of what the whole board does."""
    told = {"nvmlDeviceGetMemoryInfo", "nvmlDeviceGetComputeRunningProcesses"}
    refused = {name: libnvml.NVMLError_NotSupported for name in answers() if name not in told}
    return Board(uuid, says=answers(**refused))


class Driver:
    def __init__(self, *boards: Board):
        self.boards = boards
        self.opened = 0

    def install(self, monkeypatch) -> "Driver":
        """Answer in the driver's place: every function of NVML that nvitop and we call."""
        monkeypatch.setattr(libnvml, "_lazy_init", self._open)
        monkeypatch.setattr(device, "_PHYSICAL_DEVICE_ATTRS", None)
        monkeypatch.setattr(device.subprocess, "check_output", _no_cuda)
        device._parse_cuda_visible_devices.cache_clear()
        for name in answers():
            monkeypatch.setattr(libnvml, name, self._answer(name))
        for name, function in {
            "nvmlDeviceGetCount": lambda: len(self.boards),
            "nvmlDeviceGetHandleByIndex": lambda index: self._at(self.boards, index),
            "nvmlDeviceGetHandleByUUID": self._by_uuid,
            "nvmlDeviceGetIndex": lambda board: self.boards.index(board),
            "nvmlDeviceGetUUID": lambda board: board.uuid,
            "nvmlDeviceGetName": lambda board: "NVIDIA Test",
            "nvmlDeviceGetMigMode": lambda board: (int(bool(board.parts)),) * 2,
            "nvmlDeviceIsMigDeviceHandle": lambda board: int(board not in self.boards),
            "nvmlDeviceGetMaxMigDeviceCount": lambda board: 7,
            "nvmlDeviceGetMigDeviceHandleByIndex": lambda board, index: self._at(board.parts, index),
            "nvmlDeviceGetDeviceHandleFromMigDeviceHandle": self._parent,
        }.items():
            monkeypatch.setattr(libnvml, name, function)
        return self

    def _open(self) -> None:
        self.opened += 1

    def _answer(self, name: str):
        def function(board: Board, *constants: Any) -> Any:
            board.asked.append(name)
            said = board.says[name]
            if isinstance(said, type):
                raise said
            return said

        return function

    def _at(self, boards: tuple[Board, ...], index: int) -> Board:
        if index < len(boards):
            return boards[index]
        raise libnvml.NVMLError_NotFound

    def _by_uuid(self, uuid: bytes) -> Board:
        for board in self.boards:
            for one in (board, *board.parts):
                if one.uuid == uuid.decode():
                    return one
        raise libnvml.NVMLError_NotFound

    def _parent(self, part: Board) -> Board:
        return next(board for board in self.boards if part in board.parts)


def _no_cuda(*arguments: Any, **options: Any) -> str:
    """nvitop asks CUDA itself in another process, where there is a CUDA."""
    raise device.subprocess.SubprocessError
