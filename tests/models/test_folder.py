"""Models from a folder of one's own: only there, only when switched on."""

import pytest
import torch

from cnnlab.models import from_folder
from cnnlab.specs import SpecError

NET = """
from torch import nn
from .parts.block import block

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.block = block(width)

    def forward(self, x):
        return self.block(x)

class NoModel: pass
class Needs(Net):
    def __init__(self, needed): pass
class Leaves(Net):
    def __init__(self): exit(3)
class Other(nn.Module):
    def __new__(cls): return "other"
ready = nn.ReLU()
text = "text"
"""


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "models"
    (home / "parts").mkdir(parents=True)
    (home / "parts" / "block.py").write_text(
        "from torch import nn\n\ndef block(width):\n    return nn.Linear(width, 2)\n"
    )
    (home / "net.py").write_text(NET)
    (home / "broken.py").write_text("1 / 0")
    (home / "leaves.py").write_text("import sys; sys.exit('gone')")
    (tmp_path / "outside.py").write_text("raise AssertionError('ran')")
    (home / "link.py").symlink_to(tmp_path / "outside.py")
    return home


def test_off_by_default(monkeypatch):
    monkeypatch.delenv("CNNLAB_MODELS", raising=False)
    with pytest.raises(SpecError) as caught:
        from_folder("net:Net")
    assert str(caught.value) == (
        "Models from a folder are switched off: start cnnlab on your own machine with CNNLAB_MODELS set to the folder."
    )


def test_a_class_is_made_and_its_edits_show(monkeypatch, folder):
    monkeypatch.setenv("CNNLAB_MODELS", str(folder))
    assert from_folder("net:Net", width=3)(torch.zeros(1, 3)).shape == (1, 2)
    (folder / "parts" / "block.py").write_text(
        "from torch import nn\n\ndef block(width):\n    return nn.Linear(width, 55)\n"
    )
    assert from_folder("net:Net").block.out_features == 55


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net", "'net' is not of the form module:Class: for the class Net in net.py write net:Net."),
        ("../outside:X", "'../outside:X' is not of the form module:Class: for the class Net in net.py write net:Net."),
        ("link:X", "There is no link.py in FOLDER: check the name."),
        ("os:system", "There is no os.py in FOLDER: check the name."),
        ("net:Gone", "net.py has no class Gone: check the name."),
        ("net:text", "net.py has no class text: check the name."),
        ("net:ready", "net.py has no class ready: check the name."),
        ("parts.block:block", "block.py has no class block: check the name."),
        ("net:__name__", "net.py has no class __name__: check the name."),
        ("n" * 300 + ":Net", f"There is no {'n' * 80}.py in FOLDER: check the name."),
        ("net:Other", "net:Other makes a str, and a model is a torch.nn.Module."),
        ("net:Leaves", "Leaves could not be made (SystemExit: 3): give its arguments defaults, or correct it."),
        ("leaves:X", "leaves.py could not be imported (SystemExit: gone): correct it and try again."),
        ("net:NoModel", "net:NoModel makes a NoModel, and a model is a torch.nn.Module."),
        (
            "net:Needs",
            "Needs could not be made (TypeError: Needs.__init__() missing 1 required positional argument: 'needed'): "
            "give its arguments defaults, or correct it.",
        ),
        (
            "broken:X",
            "broken.py could not be imported (ZeroDivisionError: division by zero): correct it and try again.",
        ),
    ],
)
def test_errors_are_sentences(folder, name, message):
    with pytest.raises(SpecError) as caught:
        from_folder(name, folder)
    assert str(caught.value).replace(str(folder), "FOLDER") == message
