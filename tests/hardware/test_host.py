"""The host's figures are the kernel's own; limits are those of the container."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from cnnlab.hardware import METRICS
from cnnlab.hardware.cgroups import group
from cnnlab.hardware.host import Host, Tree

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="there is no /proc")
HOLD = "import sys; block = bytearray(60 << 20); print('ready', flush=True); sys.stdin.read()"
BUSY = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'for n in range(10**8): n * n'])"


@pytest.fixture(scope="module")
def process():
    """A process that holds 60 MiB until it is told to end."""
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        yield psutil.Process(child.pid)
        child.stdin.close()


def meminfo(name):
    (line,) = [line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith(name + ":")]
    return int(line.split()[1]) * 1024


@LINUX
def test_the_host_s_figures_are_those_of_proc(tmp_path):
    host = Host(tmp_path)
    first, second = host.sample(0.0), host.sample(1.0)
    assert first["why"] == dict.fromkeys(("cpu", "cores", "disk_read", "disk_write", "net_in", "net_out"), "first")
    assert second["why"] == {}
    assert second["memory_total"] == meminfo("MemTotal")
    assert second["memory"] == pytest.approx(meminfo("MemTotal") - meminfo("MemAvailable"), rel=0.1)
    assert len(second["cores"]) == second["core_count"] == os.cpu_count()
    assert second["load"] == pytest.approx(float(Path("/proc/loadavg").read_text().split()[0]), abs=1)
    place = os.statvfs(tmp_path)
    assert second["disk_total"] == place.f_blocks * place.f_frsize
    assert second["disk_free"] == pytest.approx(place.f_bavail * place.f_frsize, rel=0.01)


@LINUX
def test_a_run_s_memory_is_that_of_proc_and_its_limit_what_the_machine_has(process):
    row = Tree(process).sample()
    held = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert row["memory"] == held > 60 << 20
    assert row["processes"] == 1
    assert row["memory_limit"] <= psutil.virtual_memory().total
    assert 0 < row["cpu_limit"] <= 100 * os.cpu_count()
    assert row["why"]["cpu"] == "first"


def test_time_of_children_counts_for_the_run():
    with subprocess.Popen([sys.executable, "-c", BUSY]) as busy:
        try:
            tree = Tree(psutil.Process(busy.pid))
            moment, row = 0.0, tree.sample(0.0)
            while row["processes"] < 2 and moment < 3000:
                moment += 10
                row = tree.sample(moment)
            (child,) = tree.process.children()
            before = sum(child.cpu_times()[:2])
            while sum(child.cpu_times()[:2]) < before + 0.1:
                pass
            assert tree.sample(moment + 1)["cpu"] >= 10
            assert tree.pids == {busy.pid, child.pid}
        finally:
            for one in psutil.Process(busy.pid).children():
                one.kill()


def test_a_process_that_ended_but_was_not_fetched_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", ""])
    tree = Tree(psutil.Process(child.pid))
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table of processes
    assert psutil.pid_exists(child.pid)
    assert not tree.alive
    child.wait()
    assert not tree.alive


def test_rows_of_the_table_are_fields_of_the_samples(tmp_path, process):
    host, run = Host(tmp_path).sample(), Tree(process).sample()
    for part, row in (("host", host), ("run", run)):
        names = [metric.name for metric in METRICS if metric.part == part]
        assert sorted(names) == sorted(set(row) - {"why"})
        assert set(row["why"]) <= set(names)
        assert all((row[name] is None) == (name in row["why"]) for name in names)


def kernel(root, files):
    """A /proc and a /sys with these files."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text + "\n")
    return root


TOP = "sys/fs/cgroup"
HUGE = str((2**63 - 1) // 4096 * 4096)


@pytest.mark.parametrize(
    ("files", "cores", "memory", "used"),
    [
        pytest.param({
            "proc/7/cgroup": "0::/user/job", f"{TOP}/cgroup.controllers": "cpu memory",
            f"{TOP}/user/cpu.max": "150000 100000", f"{TOP}/user/memory.max": "3000",
            f"{TOP}/user/job/cpu.max": "max 100000", f"{TOP}/user/job/memory.max": "2000",
            f"{TOP}/user/job/memory.current": "1500", f"{TOP}/user/job/memory.stat": "anon 700\ninactive_file 500",
        }, 1.5, 2000, 1000, id="version 2: the least of all above"),
        pytest.param({
            "proc/7/cgroup": "0::/docker/abc", f"{TOP}/cgroup.controllers": "cpu", f"{TOP}/cpu.max": "50000 100000",
            f"{TOP}/memory.max": "900", f"{TOP}/memory.current": "100",
        }, 0.5, 900, 100, id="version 2 in a container that sees the host's path"),
        pytest.param({
            "proc/7/cgroup": "4:memory:/job\n1:cpu,cpuacct:/job\n0::/",
            f"{TOP}/cpu,cpuacct/job/cpu.cfs_quota_us": "300000", f"{TOP}/cpu,cpuacct/job/cpu.cfs_period_us": "100000",
            f"{TOP}/memory/job/memory.limit_in_bytes": "5000", f"{TOP}/memory/memory.limit_in_bytes": HUGE,
            f"{TOP}/memory/job/memory.usage_in_bytes": "800", f"{TOP}/memory/job/memory.stat": "total_inactive_file 300",
        }, 3.0, 5000, 500, id="version 1"),
        pytest.param({
            "proc/7/cgroup": "4:memory:/\n1:cpu:/", f"{TOP}/cpu/cpu.cfs_quota_us": "-1",
            f"{TOP}/cpu/cpu.cfs_period_us": "100000", f"{TOP}/memory/memory.limit_in_bytes": HUGE,
        }, None, None, None, id="version 1 without limits"),
        pytest.param({"proc/7/cgroup": "0::/../../etc", f"{TOP}/cgroup.controllers": ""}, None, None, None, id="outside"),
        pytest.param({}, None, None, None, id="no cgroups"),
    ],
)  # fmt: skip
def test_limits_are_those_of_the_container(tmp_path, files, cores, memory, used):
    limits = group(7, kernel(tmp_path, files))
    assert (limits.cores, limits.memory_limit, limits.memory_used) == (cores, memory, used)


def test_a_container_s_limits_stand_over_the_machine_s(tmp_path, process):
    root = kernel(tmp_path, {
        f"proc/{process.pid}/cgroup": "0::/", f"{TOP}/cgroup.controllers": "", f"{TOP}/cpu.max": "50000 100000",
        f"{TOP}/memory.max": "123456789", f"{TOP}/memory.current": "5000",
    })  # fmt: skip
    row = Tree(process, root).sample()
    assert (row["cpu_limit"], row["memory_limit"], row["memory_group"]) == (50.0, 123456789, 5000)
    assert row["why"] == {"cpu": "first"}
