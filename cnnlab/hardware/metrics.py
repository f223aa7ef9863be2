"""All that is measured, a row each; what an answer of the driver means in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cnnlab.messages import N_, Message


@dataclass(frozen=True)
class Metric:
    """One field of a row of system.jsonl.

    `limit` is the field of the same part that it cannot pass, or the number itself. A GPU's fields say how they are
    asked: `query` is a function of NVML and the names of its constants, `pick` an attribute of the answer, `divisor`
    takes the answer to the `unit`. `board` fields of a part (MIG) of a GPU are those of the whole board. `every` is
    in seconds.
    """

    part: str
    name: str
    title: str
    unit: str
    about: str
    limit: str | float = ""
    query: tuple[str, ...] = ()
    pick: str = ""
    divisor: float = 1
    board: bool = False
    every: float = 1
    chart: bool = True  # False for what is only a limit, or a list


PARTS = {"gpu": N_("GPU"), "run": N_("This run"), "host": N_("The machine")}

METRICS = (
    Metric("gpu", "utilisation", N_("Busy"), "%",
           N_("Share of the last moment in which at least one kernel ran. 100 % may mean that one of a hundred "
              "multiprocessors was busy."),
           100, ("nvmlDeviceGetUtilizationRates",), "gpu"),
    Metric("gpu", "memory_used", N_("Memory"), "B",
           N_("Memory that programs hold on this GPU, without what the driver keeps for itself."),
           "memory_total", ("nvmlDeviceGetMemoryInfo",), "used"),
    Metric("gpu", "memory_total", N_("Memory in all"), "B", N_("Memory of this GPU."),
           "", ("nvmlDeviceGetMemoryInfo",), "total", every=60, chart=False),
    Metric("gpu", "memory_run", N_("Memory of this run"), "B",
           N_("Memory that the driver counts for this run's processes: numbers, PyTorch's reserve, and CUDA itself."),
           "memory_total", ("nvmlDeviceGetComputeRunningProcesses",), every=10),
    Metric("gpu", "temperature", N_("Temperature"), "°C", N_("Temperature of the chip; too hot, and it slows down."),
           "", ("nvmlDeviceGetTemperature", "NVML_TEMPERATURE_GPU"), board=True),
    Metric("gpu", "power", N_("Power"), "W", N_("Power that the whole board draws."),
           "power_limit", ("nvmlDeviceGetPowerUsage",), "", 1000, board=True),
    Metric("gpu", "power_limit", N_("Power limit"), "W", N_("Power at which the driver slows the board down."),
           "", ("nvmlDeviceGetEnforcedPowerLimit",), "", 1000, board=True, every=60, chart=False),
    Metric("gpu", "clock_sm", N_("Clock of the multiprocessors"), "MHz", N_("How fast the chip computes now."),
           "clock_sm_limit", ("nvmlDeviceGetClockInfo", "NVML_CLOCK_SM"), board=True),
    Metric("gpu", "clock_sm_limit", N_("Highest clock of the multiprocessors"), "MHz",
           N_("How fast the chip could compute."),
           "", ("nvmlDeviceGetMaxClockInfo", "NVML_CLOCK_SM"), board=True, every=60, chart=False),
    Metric("gpu", "clock_memory", N_("Clock of the memory"), "MHz", N_("How fast the memory works now."),
           "clock_memory_limit", ("nvmlDeviceGetClockInfo", "NVML_CLOCK_MEM"), board=True),
    Metric("gpu", "clock_memory_limit", N_("Highest clock of the memory"), "MHz",
           N_("How fast the memory could work."),
           "", ("nvmlDeviceGetMaxClockInfo", "NVML_CLOCK_MEM"), board=True, every=60, chart=False),
    Metric("gpu", "fan", N_("Fan"), "%", N_("Speed of the fan, as asked for; cards in servers have none."),
           100, ("nvmlDeviceGetFanSpeed",), board=True, every=5),
    Metric("gpu", "throttle", N_("Slowed down by"), "", N_("What keeps the clocks down at the moment."),
           "", ("nvmlDeviceGetCurrentClocksEventReasons",), board=True, chart=False),
    Metric("gpu", "energy", N_("Energy since the start"), "J",
           N_("Energy that the whole board has taken since this run began."),
           "", ("nvmlDeviceGetTotalEnergyConsumption",), "", 1000, board=True),
    Metric("gpu", "pcie_tx", N_("PCIe, out of the GPU"), "B/s",
           N_("Bytes a second from the GPU, measured over 20 milliseconds."),
           "", ("nvmlDeviceGetPcieThroughput", "NVML_PCIE_UTIL_TX_BYTES"), "", 1 / 1024, board=True, every=5),
    Metric("gpu", "pcie_rx", N_("PCIe, into the GPU"), "B/s",
           N_("Bytes a second to the GPU, measured over 20 milliseconds."),
           "", ("nvmlDeviceGetPcieThroughput", "NVML_PCIE_UTIL_RX_BYTES"), "", 1 / 1024, board=True, every=5),
    Metric("run", "cpu", N_("Processor"), "%",
           N_("Time of the processor that this run and its loaders take: 100 % is one core."), "cpu_limit"),
    Metric("run", "cpu_limit", N_("Processor, at most"), "%",
           N_("Cores that this run may use, by the limits of its container and the cores it is bound to."),
           chart=False),
    Metric("run", "memory", N_("Memory"), "B",
           N_("Memory of this run and its loaders; what they share is counted for each."), "memory_limit"),
    Metric("run", "memory_group", N_("Memory of its container"), "B",
           N_("What counts against the container's limit, without files that can be read again."), "memory_limit"),
    Metric("run", "memory_limit", N_("Memory, at most"), "B",
           N_("Memory that this run may use: its container's limit, or all that the machine has."), chart=False),
    Metric("run", "processes", N_("Processes"), "", N_("The trainer and its loaders."), chart=False),
    Metric("host", "cpu", N_("Processor"), "%", N_("Average over all cores, whoever uses them."), 100),
    Metric("host", "cores", N_("Cores"), "%", N_("Each core, whoever uses it."), 100, chart=False),
    Metric("host", "load", N_("Waiting for the processor"), "",
           N_("Average number of processes that run or wait to, over one minute; more than there are cores is a queue."),
           "core_count"),
    Metric("host", "core_count", N_("Cores in all"), "", N_("Cores of this machine."), chart=False),
    Metric("host", "memory", N_("Memory"), "B", N_("Memory that is not available to new programs."), "memory_total"),
    Metric("host", "memory_total", N_("Memory in all"), "B", N_("Memory of this machine."), chart=False),
    Metric("host", "disk_free", N_("Free on the disk"), "B", N_("Room where this run's folder lies."), "disk_total"),
    Metric("host", "disk_total", N_("Disk in all"), "B", N_("Size of the disk where this run's folder lies."),
           chart=False),
    Metric("host", "disk_read", N_("Read from disks"), "B/s", N_("All disks, whoever reads.")),
    Metric("host", "disk_write", N_("Written to disks"), "B/s", N_("All disks, whoever writes.")),
    Metric("host", "net_in", N_("Network, in"), "B/s", N_("All networks, whoever receives.")),
    Metric("host", "net_out", N_("Network, out"), "B/s", N_("All networks, whoever sends.")),
)  # fmt: skip

# Bits of nvmlDeviceGetCurrentClocksEventReasons. An idle GPU lowers its clocks too: that slows nobody down.
THROTTLES: Mapping[int, tuple[str, str]] = MappingProxyType({
    0x002: ("clocks set", N_("a clock that somebody has set")),
    0x004: ("power cap", N_("the power limit")),
    0x008: ("hardware", N_("the hardware: too hot, or too little power")),
    0x010: ("sync boost", N_("another GPU that it keeps step with")),
    0x020: ("heat", N_("heat")),
    0x040: ("heat, hardware", N_("heat, by the hardware")),
    0x080: ("power brake", N_("the power supply")),
    0x100: ("display clock", N_("a display")),
})  # fmt: skip

# Why there is no value: the driver's or psutil's answer by name.
REASONS: Mapping[str, str] = MappingProxyType({
    "asking": N_("The driver is being asked."),
    "LibraryNotFound": N_("This machine has no NVIDIA driver."),
    "DriverNotLoaded": N_("The NVIDIA driver of this machine is not loaded."),
    "LibRmVersionMismatch": N_("The NVIDIA driver was exchanged and not loaded since: start the machine again."),
    "NoDevice": N_("The NVIDIA driver finds no GPU."),
    "hidden": N_("CUDA_VISIBLE_DEVICES hides all GPUs from this run."),
    "NotSupported": N_("This GPU does not measure it."),
    "NoPermission": N_("The driver does not tell it to this user."),
    "FunctionNotFound": N_("The driver of this machine is too old to tell it."),
    "GpuIsLost": N_("The GPU does not answer any more: start the machine again."),
    "mig": N_("The driver does not measure it for a part (MIG) of a GPU."),
    "unlisted": N_("The driver lists no memory for this run: it does not use this GPU, or runs in a container."),
    "AccessDenied": N_("The system does not tell it to this user."),
    "NotImplementedError": N_("This system does not measure it."),
    "AttributeError": N_("This system does not measure it."),
    "first": N_("It is measured between two moments, and this is the first."),
    "unlimited": N_("No container limits it."),
})  # fmt: skip


def reason(answer: str) -> Message:
    """Why there is no value, as a sentence.

    >>> print(reason("NoPermission")); print(reason("Timeout"))
    The driver does not tell it to this user.
    The answer was: Timeout.
    """
    if answer in REASONS:
        return Message(REASONS[answer])
    return Message(N_("The answer was: {answer}."), {"answer": answer[:60]})
