"""The first page a visitor sees."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cnnlab.links import Nothing
from pages.serving.answers import address
from pages.shared.language import LANGUAGES
from pages.table import PAGES

INDEX = Path(__file__).parents[2] / "pages" / "index.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_shows_a_living_thumbnail_of_every_page_and_leads_there(language):
    app = AppTest.from_file(INDEX, default_timeout=30)
    app.query_params["lang"] = language
    app.run()
    assert not app.exception
    assert not app.error
    links = [link.proto.page for link in app.get("page_link")]
    assert links == [page.path for page in PAGES]
    drawn = [block.proto.body for block in app.get("html") if "<img" in block.proto.body]
    assert len(drawn) == len(links)
    for html, page in zip(drawn, PAGES, strict=True):
        assert f'src="{address(page.card, Nothing())}"' in html


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("zh", "zh"), ("en-GB", "en"), ("fr", "en"), ("", "en")]
)
def test_the_language_is_the_browsers_until_one_is_chosen(locale, language):
    app = AppTest.from_file(INDEX, default_timeout=30)
    app.context["locale"] = locale
    app.run()
    assert app.session_state["language.choice"] == language
    assert "lang" not in app.query_params


def test_a_language_that_is_not_there_is_the_browsers():
    app = AppTest.from_file(INDEX, default_timeout=30)
    app.context["locale"] = "zh-CN"
    app.query_params["lang"] = "../../etc"
    app.run()
    assert not app.exception
    assert app.session_state["language.choice"] == "zh"
