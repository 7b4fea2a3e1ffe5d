"""The page of where data come from, in three languages: linked from the data set and from each place, the same for a service's own records."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal, source
from test_readability_pages import PARKS
from trial_site import TrialClock

from kaiteki.stores.memory import open_memory
from reader import Reader

LANGUAGES = ("ja", "ja-easy", "en")


@pytest.fixture
async def app() -> Starlette:
    """A portal with a list of parks."""
    return await open_portal(source("parks.csv", PARKS), store=open_memory(TrialClock()))


async def data_set_of(reader: Reader) -> str:
    """The page of the one table."""
    page = (await reader.get("/demo/data")).text
    found = re.search(r'href="(/demo/data/urn:ngsi-ld:DataSet:[^"/?]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_place_leads_to_its_line_and_the_line_to_the_place(app: Starlette, language: str) -> None:
    reader = Reader(app)
    data_set = await data_set_of(reader)
    assert f'href="{data_set}/lineage"' in (await reader.get(f"{data_set}?lang={language}")).text
    lineage = await reader.get(f"{data_set}/lineage?lang={language}")
    assert lineage.status == 200 and "parks.csv" in lineage.text and "SHA-256" in lineage.text
    place = re.search(r'href="(/demo/places/[^"]+)"', lineage.text)
    assert place is not None
    back = re.search(
        rf'href="({re.escape(data_set)}/lineage\?record=[^"]+)"', (await reader.get(place[1])).text
    )
    assert back is not None
    found = (await reader.get(f"{back[1]}&lang={language}")).text
    note = found[found.index('<h2 id="lines-title"') :].partition("</div>")[0]
    assert "parks.csv" in note and "2" in note


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_cannot_be_read_or_is_not_there_is_said(app: Starlette, language: str) -> None:
    reader = Reader(app)
    data_set = await data_set_of(reader)
    wrong = await reader.get(f"{data_set}/lineage?line=x&lang={language}")
    assert (wrong.status, 'class="field wrong"' in wrong.text) == (400, True)
    assert (await reader.get(f"{data_set}/lineage?record=urn:x&line=999999&lang={language}")).status == 200
    assert (await reader.get(f"/demo/data/none/lineage?lang={language}")).status == 404
    for path, status in ((f"{data_set}/lineage.jsonld?line=x", 400), ("/demo/data/none/lineage.jsonld", 404)):
        assert (await reader.get(path)).status == status
    told = await reader.get(f"{data_set}/lineage.jsonld")
    assert told.headers["content-type"].startswith("application/ld+json")
