"""The page of fetching by rhythm: a source is declared, fetched now, stopped and started again; what is wrong is said at its field."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal, source
from test_readability_pages import PARKS, clerk
from trial_site import TrialClock

from kaiteki.stores.memory import open_memory
from reader import Reader

PATH = "/demo/opendata/harvest"
FORM = {
    "title": "隣の市の公園",
    "url": "https://data.example.jp/parks.csv",
    "file_name": "parks.csv",
    "every_hours": "168",
    "source": "隣の市",
}


@pytest.fixture
async def app() -> Starlette:
    """A portal with a list of parks."""
    return await open_portal(source("parks.csv", PARKS), store=open_memory(TrialClock()))


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_a_source_is_declared_stopped_and_started_again(app: Starlette, language: str) -> None:
    staff = await clerk(app, language)
    assert (await staff.get(f"{PATH}?lang={language}")).status == 200
    assert (await staff.post(PATH, FORM)).status == 303
    page = (await staff.get(PATH)).text
    assert FORM["title"] in page and FORM["url"] in page and 'value="fetch"' in page
    start = page.index("urn:ngsi-ld:HarvestSource:")
    this = {"id": page[start : page.index('"', start)]}
    assert (await staff.post(PATH, {**this, "do": "fetch"})).status == 303
    assert (await staff.post(PATH, {**this, "do": "switch"})).status == 303
    assert 'value="fetch"' not in (await staff.get(PATH)).text
    assert (await staff.post(PATH, {**this, "do": "switch"})).status == 303
    assert 'value="fetch"' in (await staff.get(PATH)).text


@pytest.mark.parametrize(
    ("name", "value"),
    [("url", "ftp://data.example.jp/a.csv"), ("file_name", "parks.pdf"), ("title", ""), ("every_hours", "5")],
)
async def test_what_is_wrong_is_said_at_its_field(app: Starlette, name: str, value: str) -> None:
    staff = await clerk(app)
    answer = await staff.post(PATH, {**FORM, name: value})
    assert (answer.status, f'id="{name}-error"' in answer.text) == (422, True)
    assert "urn:ngsi-ld:HarvestSource:" not in (await staff.get(PATH)).text


async def test_the_page_is_for_staff_alone(app: Starlette) -> None:
    assert (await Reader(app).get(PATH)).status in (302, 303, 401, 403)
