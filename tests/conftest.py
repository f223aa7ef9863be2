"""What all tests share: how property tests draw, and a folder of runs that is nobody's.

`make test` draws the same examples on every run and machine, so that red means a change of the code; `make test-all`
draws fresh ones (--hypothesis-profile fresh) and prints what repeats a failure.
"""

import os
from contextlib import suppress

import psutil
import pytest
from hypothesis import settings

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("fresh", deadline=None, print_blob=True)
settings.load_profile("fixed")


@pytest.fixture(scope="session", autouse=True)
def _runs(tmp_path_factory):
    """Runs that tests start lie in a folder of their own, and end with the tests."""
    root = tmp_path_factory.mktemp("runs")
    os.environ["CNNLAB_RUNS"] = str(root)
    yield
    for process in psutil.process_iter(["cmdline"]):
        if any(str(root) in word for word in process.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):
                process.kill()
