"""What mends an odd folder, for those who read it with torchvision: a sentence and the Python that does it."""

from collections.abc import Mapping

from cnnlab.loading.folder import ALIKE, DAMAGED, DEEP, EMPTY, GRAY, HIDDEN, LOOSE, OTHERS, SEE_THROUGH, TURNED
from cnnlab.specs import N_

VISIBLE = """\
import os
from torchvision.datasets import ImageFolder

class VisibleFolder(ImageFolder):
    def find_classes(self, directory):
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and entry.name[0] != ".")
        return names, {name: label for label, name in enumerate(names)}

dataset = VisibleFolder(root)
"""
FULL = """\
import os
from torchvision.datasets import ImageFolder

class FullFolder(ImageFolder):
    def find_classes(self, directory):
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and os.listdir(entry))
        return names, {name: label for label, name in enumerate(names)}

dataset = FullFolder(root)
"""
WHOLE = """\
from PIL import Image
from torchvision.datasets import ImageFolder

def is_whole(path):
    try:
        with Image.open(path) as image:
            image.load()
    except (OSError, SyntaxError, ValueError):
        return False
    return True

dataset = ImageFolder(root, is_valid_file=is_whole)
"""
LOADER = """\
{imports}
from torchvision.datasets import ImageFolder

def {name}(path):
    with Image.open(path) as image:
{body}

dataset = ImageFolder(root, loader={name})
"""


def _loader(name: str, *body: str, imports: str = "from PIL import Image") -> str:
    return LOADER.format(name=name, imports=imports, body="\n".join(f"        {line}" for line in body))


UPRIGHT = _loader(
    "upright", 'return ImageOps.exif_transpose(image).convert("RGB")', imports="from PIL import Image, ImageOps"
)
SCALED = _loader(
    "scaled",
    'if image.mode.startswith("I"):',
    "    values = np.asarray(image, np.float32) / 257  # 65535 becomes 255",
    "    image = Image.fromarray(np.rint(values).astype(np.uint8))",
    'return image.convert("RGB")',
    imports="import numpy as np\nfrom PIL import Image",
)
OVER_WHITE = _loader(
    "over_white",
    'image = image.convert("RGBA")',
    'white = Image.new("RGBA", image.size, "white")',
    'return Image.alpha_composite(white, image).convert("RGB")',
)
COLOURED = _loader("coloured", 'return image.convert("RGB")')

# By the template of what is said: a sentence, and code where there is some.
FIXES: Mapping[str, tuple[str, str]] = {
    HIDDEN: (N_("Move the folder elsewhere, or let the dataset leave out names that begin with a dot."), VISIBLE),
    EMPTY: (
        N_(
            "Put pictures into it, remove it, or leave it out; allow_empty=True would keep it as a class that no picture has."
        ),
        FULL,
    ),
    OTHERS: (N_("Nothing has to be done; if they are pictures, save them as PNG or JPEG."), ""),
    LOOSE: (N_("Move them into the folder of their class."), ""),
    ALIKE: (
        N_("Rename one, or put both into one folder: Windows and macOS take the two names for the same folder."),
        "",
    ),
    DAMAGED: (
        N_(
            "Copy them again from where they came from, or leave out what cannot be decoded: this opens every file once."
        ),
        WHOLE,
    ),
    TURNED: (N_("Turn them as their cameras say, in the loader of the dataset."), UPRIGHT),
    DEEP: (N_("Scale them to 8 bits before they become RGB."), SCALED),
    SEE_THROUGH: (N_("Lay them over white, or whatever stands behind the other pictures."), OVER_WHITE),
    GRAY: (N_('Say convert("RGB") wherever a file is opened.'), COLOURED),
}
