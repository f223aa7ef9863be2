"""On a machine that has a GPU: what is sampled is what nvidia-smi says. Elsewhere this is not run, and says so."""

import os
import shutil
import subprocess

import pytest

from cnnlab.hardware.gpus import Gpus

SMI = shutil.which("nvidia-smi")
FIELDS = {  # of nvidia-smi: ours, how many of nvidia-smi's units there are in one of ours, and how far apart they may be
    "memory.used": ("memory_used", 1 / 2**20, 1),
    "memory.total": ("memory_total", 1 / 2**20, 1),
    "temperature.gpu": ("temperature", 1, 1),
    "power.draw": ("power", 1, 30),
    "enforced.power.limit": ("power_limit", 1, 1),
    "clocks.max.sm": ("clock_sm_limit", 1, 0),
}


@pytest.mark.gpu
@pytest.mark.skipif(SMI is None, reason="this machine has no nvidia-smi: a real driver was not asked")
def test_samples_are_what_nvidia_smi_says():
    watched = Gpus(os.environ.get("CUDA_VISIBLE_DEVICES"))
    watched.sample(())
    ours = {row["uuid"]: row for row in watched.sample(())}
    assert ours, watched.why
    query = f"--query-gpu=uuid,{','.join(FIELDS)}"
    told = subprocess.run(
        [SMI, query, "--format=csv,noheader,nounits"], capture_output=True, text=True, check=True
    ).stdout
    theirs = {line.split(", ")[0]: line.split(", ")[1:] for line in told.splitlines()}
    for uuid, row in ours.items():
        if row["mig"]:
            continue
        for text, (name, factor, apart) in zip(theirs[uuid], FIELDS.values(), strict=True):
            if row[name] is None:
                assert row["why"][name], name
            else:
                assert row[name] * factor == pytest.approx(float(text), abs=apart), name
