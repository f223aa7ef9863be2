"""The core works without Streamlit, and the parts that need no torch work without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TORCHLESS = ("cnnlab.specs", "cnnlab.figures")

# `None` in sys.modules makes every import of that name fail.
IMPORT_CORE = """
import importlib, pkgutil, sys
sys.modules["streamlit"] = None
import cnnlab

def fail(name):
    raise

for module in pkgutil.walk_packages(cnnlab.__path__, "cnnlab.", onerror=fail):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
        print(module.name)
"""
IMPORT_ONE = """
import importlib, sys
sys.modules["torch"] = sys.modules["torchvision"] = sys.modules["streamlit"] = None
importlib.import_module(sys.argv[1])
"""


def python(code: str, *args: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_whole_core_imports_without_streamlit():
    assert "cnnlab.specs" in python(IMPORT_CORE).split()


@pytest.mark.parametrize("name", TORCHLESS)
def test_imports_without_torch(name):
    python(IMPORT_ONE, name)
