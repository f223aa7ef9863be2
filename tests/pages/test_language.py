"""Every sentence a visitor reads, in every language on offer."""

import io
import json
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest
from visit import visit

from cnnlab.augmentation.reading import read_code
from pages.layers.looks import LOOKS as LAYER_LOOKS
from pages.shared import language
from pages.summary.looks import LOOKS
from pages.table import PAGES
from tests.sampling import some
from tools import messages

ROOT = Path(__file__).parents[2]
CODE = {"jsContent", "cssContent", "htmlContent", "src", "id", "uri", "icon", "key", "spec"}


@cache
def read(locale: str):
    path = ROOT / "locale" / locale / "LC_MESSAGES" / "cnnlab.po"
    return [message for message in read_po(io.BytesIO(path.read_bytes()), locale=locale) if message.id]


def fields(text: str) -> set[tuple[str, str | None]]:
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


CATALOGUE = pytest.mark.parametrize("locale", messages.LOCALES)


@CATALOGUE
def test_every_message_is_translated(locale):
    assert [message.id for message in read(locale) if not message.string or message.fuzzy] == []


@CATALOGUE
def test_a_translation_fills_the_same_fields(locale):
    assert [message.id for message in read(locale) if fields(message.string) != fields(message.id)] == []


CODED = re.compile(r"`[^`]+`")


@CATALOGUE
def test_a_translation_keeps_the_code_words_of_its_message(locale):
    lost = [
        message.id for message in read(locale) if set(CODED.findall(message.id)) - set(CODED.findall(message.string))
    ]
    assert lost == []


TOUCHING = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9{]|[A-Za-z0-9}%][\u4e00-\u9fff]|[\u4e00-\u9fff]…$")
# One word for one thing: a picture, a batch and its size, a normalisation layer, the reader.
OTHER_WORDS = {"zh": ("图片", "批大小", "批量", "标准化", "您")}


@CATALOGUE
def test_a_translation_is_set_and_worded_like_all_others(locale):
    assert [message.string for message in read(locale) if TOUCHING.search(message.string)] == []
    others = [message.string for message in read(locale) if any(word in message.string for word in OTHER_WORDS[locale])]
    assert others == []


def test_the_catalogues_hold_what_the_code_says():
    stale = [path.name for path, held in messages.catalogues(ROOT).items() if path.read_bytes() != held]
    assert stale == [], "run `make messages`"


def texts(data) -> Iterator[str]:
    """The strings of an element that a visitor may read."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for item in data:
            yield from texts(item)
    elif isinstance(data, dict):
        for name, item in data.items():
            if name == "json":
                yield from texts(json.loads(item))
            elif name not in CODE:
                yield from texts(item)


def read_aloud(app: AppTest) -> str:
    """All that the page says, but for its code."""
    protos = [element.proto for element in app.main if element.type != "code" and getattr(element, "proto", None)]
    return "\n".join(text for proto in protos for text in texts(MessageToDict(proto)))


PLACES = {
    "home": ("", {}, {}),
    **{page.path: (page.path, {}, {}) for page in PAGES},
    **{
        f"{page.path}, {name}": (page.path, view.to_query(), {})
        for page in PAGES
        for name, view in page.examples.items()
    },
    "an open step": ("augmentation", {"image": "scene"}, {"augmentation.open": "RandomRotation"}),
    "a damaged link": ("augmentation", {"steps": "garbage"}, {}),
    "nothing on offer": ("augmentation", {"image": "nothing"}, {}),
    **{f"summary, {look.title}": ("summary", {"model": "LeNet", "look": look.name}, {}) for look in LOOKS},
    **{f"layers, {look.title}": ("layers", {"look": look.name}, {}) for look in LAYER_LOOKS},
}


def opened(place: str, language: str) -> AppTest:
    path, query, state = PLACES[place]
    # Tabs are known by their titles.
    app = visit(path, {**query, "lang": language}, **state)
    assert not app.exception
    return app


@cache
def pieces(message: str) -> list[str]:
    """The words of a message between its fields, long enough to be known for English."""
    literal = [text.strip() for text, *_ in string.Formatter().parse(message)]
    return [text for text in literal if len(re.findall(r"[A-Za-z]{2,}", text)) >= 2]


@pytest.mark.parametrize("place", PLACES)
def test_the_chinese_page_says_nothing_in_english(place):
    said = read_aloud(opened(place, "zh"))
    left = {
        piece
        for message in read("zh")
        if message.string != message.id
        for piece in pieces(message.id)
        if piece in said and piece not in message.string
    }
    assert left == set()


@pytest.mark.parametrize("place", some(list(PLACES), 5))
def test_the_english_page_is_read_by_this_test_at_all(place):
    said = read_aloud(opened(place, "en"))
    assert sum(piece in said for message in read("zh") for piece in pieces(message.id)) >= 4
    assert not re.search(r"[\u4e00-\u9fff]", said.replace("中文", ""))


def test_a_note_of_a_pasted_line_is_all_in_the_visitors_language():
    said = {message.id: message.string for message in read("zh")}
    token = language._SPOKEN.set("zh")
    try:
        for text in ("v2.Compose([\n  T.ToTensor()])", "x = 1\nT.Scale(96)"):
            for note in read_code(text).notes:
                reason = said[note.template].format(**note.values)
                assert language.say(note.sentence) == said["Line {line}: {reason}"].format(line=2, reason=reason)
    finally:
        language._SPOKEN.reset(token)
