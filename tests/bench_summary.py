"""What a summary costs beside others: `python -m tests.bench_summary [model …]`.

Each figure comes from a process of its own: seconds of the summary, seconds with the building of the model, and the
peak of resident memory above that of the imports alone. torchinfo on the CPU builds real weights; all else is on meta.
"""

import json
import resource
import subprocess
import sys
import time
from functools import partial
from statistics import median

MODELS = ("resnet18", "resnet152", "densenet201", "vit_b_16", "vit_h_14", "convnext_large")
WAYS = ("summarize", "hooks + FlopCounterMode", "FlopCounterMode", "bare hooks", "torchinfo meta", "torchinfo cpu")
SHAPE = (3, 224, 224)
REPEATS = 3


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)


def hooked(model, x):
    """Shapes of every call, and nothing else."""
    import torch

    seen, handles = [], []

    def note(module, args, out, name):
        seen.append((name, getattr(args[0], "shape", None), getattr(out, "shape", None)))

    for name, module in model.named_modules():
        handles.append(module.register_forward_hook(partial(note, name=name)))
    with torch.no_grad(), torch.device("meta"):
        model(x)
    for handle in handles:
        handle.remove()


def counted(model, x, look):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False):
        look(model, x)


def plain(model, x):
    import torch

    with torch.no_grad(), torch.device("meta"):
        model(x)


def measure(way: str, name: str) -> dict[str, float]:
    """Seconds and MiB of one way for one model, in this process."""
    import torch
    import torchinfo
    import torchvision

    from cnnlab.summary import summarize

    device = "cpu" if way == "torchinfo cpu" else "meta"
    base, started = peak_mib(), time.perf_counter()
    with torch.device(device):
        model = torchvision.models.get_model(name, weights=None).eval()
    x = torch.empty(1, *SHAPE, device="meta")
    built = time.perf_counter()
    run = {
        "summarize": lambda: summarize(model, SHAPE),
        "hooks + FlopCounterMode": lambda: counted(model, x, hooked),
        "FlopCounterMode": lambda: counted(model, x, plain),
        "bare hooks": lambda: hooked(model, x),
        "torchinfo meta": lambda: torchinfo.summary(model, (1, *SHAPE), device="meta", verbose=0),
        "torchinfo cpu": lambda: torchinfo.summary(model, (1, *SHAPE), device="cpu", verbose=0),
    }[way]
    run()
    done = time.perf_counter()
    return {"seconds": done - built, "built": done - started, "mib": peak_mib() - base}


def fresh(way: str, name: str) -> dict[str, float]:
    """The median of a few processes."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench_summary", "--one", way, name]
    repeats = 1 if way == "torchinfo cpu" else REPEATS
    found = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(repeats)]
    return {key: median(each[key] for each in found) for key in found[0]}


def main(models: tuple[str, ...] = MODELS) -> None:
    print(f"{'model':<16}{'way':<26}{'summary s':>10}{'with build s':>14}{'peak MiB over imports':>24}")
    for name in models:
        rows = {way: fresh(way, name) for way in WAYS}
        for way, row in rows.items():
            print(f"{name:<16}{way:<26}{row['seconds']:>10.3f}{row['built']:>14.3f}{row['mib']:>24.1f}", flush=True)
        ratio = rows["summarize"]["seconds"] / rows["hooks + FlopCounterMode"]["seconds"]
        faster = rows["torchinfo cpu"]["built"] / rows["summarize"]["built"]
        print(f"{name:<16}{ratio:.2f} × hooks + FlopCounterMode")
        print(f"{name:<16}{faster:.1f} × faster than torchinfo on the CPU, build included", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(*sys.argv[2:])))
    else:
        main(tuple(sys.argv[1:]) or MODELS)
