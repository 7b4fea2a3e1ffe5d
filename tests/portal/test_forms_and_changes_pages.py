"""The table of forms says sizes where one is known; what changed offers files before feeds; why a source failed is said in the language of the page."""

from __future__ import annotations

import re
from importlib import resources

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal, source
from test_readability_pages import PARKS
from trial_site import TrialClock

from kaiteki.services import opendata
from kaiteki.services.opendata.intake.harvest_desk import reason
from kaiteki.stores.memory import open_memory
from reader import Reader

LANGUAGES = ("ja", "ja-easy", "en")


@pytest.fixture
async def app() -> Starlette:
    """A portal with a list of parks."""
    return await open_portal(source("parks.csv", PARKS), store=open_memory(TrialClock()))


async def data_set_of(reader: Reader) -> str:
    """The page of the one table."""
    found = re.search(
        r'href="(/demo/data/urn:ngsi-ld:DataSet:[^"/?]+)"', (await reader.get("/demo/data")).text
    )
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("language", "size"), [("ja", "大きさ"), ("ja-easy", "おおきさ"), ("en", "Size")])
async def test_sizes_stand_in_the_table_as_soon_as_one_is_known(
    app: Starlette, language: str, size: str
) -> None:
    reader = Reader(app)
    page = await data_set_of(reader)
    before = (await reader.get(f"{page}?lang={language}")).text
    assert "records.csv" in before and f">{size}</th>" not in before
    assert (await reader.get(f"{page}/records.csv")).status == 200
    assert f">{size}</th>" in (await reader.get(f"{page}?lang={language}")).text


async def test_only_a_table_whose_order_is_known_is_offered_in_that_of_an_edition(app: Starlette) -> None:
    toilets = source("公衆トイレ一覧.csv", "ID,名称,男性トイレ総数\n1,駅前,2\n")
    known = Reader(await open_portal(toilets, store=open_memory(TrialClock())))
    unknown = Reader(app)
    claims = {
        "ja": "自治体標準オープンデータセット（正式版）の項目の順",
        "en": "in the order of the municipal standard",
    }
    for language, claim in claims.items():
        assert claim in (await known.get(f"{await data_set_of(known)}?lang={language}")).text
        text = (await unknown.get(f"{await data_set_of(unknown)}?lang={language}")).text
        assert "項目の順" not in text and "municipal standard" not in text


def test_files_of_what_changed_stand_before_feeds() -> None:
    text = (resources.files(opendata) / "pages" / "changes.html").read_text(encoding="utf-8")
    body = text[text.index("{% block main %}") :]
    places = [body.index(name) for name in ("/changes.csv", "/changes.json", "/feed.atom", "/feed.json")]
    assert places == sorted(places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_a_source_failed_is_said_without_words_of_the_network(language: str) -> None:
    told = reason("unreachable:data.example.jp cannot be reached: gaierror", language)
    assert told and "gaierror" not in told
    assert reason("gtfs_reference:stop_times.txt stop_id", language).endswith("stop_times.txt stop_id")
    assert reason("status:500", language).endswith("500") and len(reason("not_text", language)) > 5
