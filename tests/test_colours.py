"""A colour that means something has one name in Python and one in CSS, and both are the same."""

import re
from pathlib import Path

from cnnlab import colours

ROOT = Path(__file__).parents[1]
NAMED = {name: value for name, value in vars(colours).items() if name.isupper()}
PAGE = ROOT / "pages" / "shared" / "page.css"


def test_pages_have_the_colours_of_figures():
    pages = dict(re.findall(r"--lab-([a-z-]+): (#[0-9A-F]{6});", PAGE.read_text(encoding="utf-8")))
    assert pages
    for name, colour in pages.items():
        assert NAMED[name.upper().replace("-", "_")] == colour


def test_a_named_colour_is_written_nowhere_else():
    files = [
        file
        for folder in ("cnnlab", "pages")
        for kind in ("py", "css", "js")
        for file in ROOT.glob(f"{folder}/**/*.{kind}")
    ]
    for file in {*files} - {PAGE, ROOT / "cnnlab" / "colours.py"}:
        assert not {*re.findall("#[0-9A-F]{6}", file.read_text(encoding="utf-8"), re.I)} & {*NAMED.values()}, file


def test_every_property_that_pages_use_is_there():
    defined = set(re.findall(r"--lab-[a-z-]+(?=:)", PAGE.read_text(encoding="utf-8")))
    texts = [
        file.read_text(encoding="utf-8") for kind in ("py", "css", "js") for file in ROOT.glob(f"pages/**/*.{kind}")
    ]
    assert {name for text in texts for name in re.findall(r"var\((--lab-[a-z-]+)", text)} == defined
