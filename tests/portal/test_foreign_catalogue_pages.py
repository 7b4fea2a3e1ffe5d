"""The pages of catalogues of others: one is declared, its list is read by pages and words, files are chosen, and it is taken off again."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal
from test_readability_pages import clerk
from trial_site import TrialClock

from kaiteki.main.imports.targets import LocalTarget
from kaiteki.services.opendata.catalogues.desk import PAGE_SIZE
from kaiteki.services.opendata.catalogues.model import HarvestCatalogue, Offered, OfferedFile, key_of
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import Reader

PATH = "/demo/opendata/catalogues"
ONE = "urn:ngsi-ld:HarvestCatalogue:next"
FILES = [OfferedFile(key_of(str(n)), f"https://data.example.jp/{n}.csv", "csv") for n in range(PAGE_SIZE + 2)]
READ = HarvestCatalogue(
    ONE,
    "隣の市",
    "https://data.example.jp/catalog.jsonld",
    "dcat",
    "read",
    sets=tuple(
        Offered(
            f"k{n}",
            f"公園{n}",
            "隣の市役所",
            "CC BY 4.0",
            files=(file,),
            others=n,
            news="new" if n == 1 else "",
        )
        for n, file in enumerate(FILES)
    ),
    gone=("プール",),
    more=True,
)


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a catalogue that was read."""
    await LocalTarget(store.entities, TrialClock(), "demo").keep([READ])
    return await open_portal(store=store)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_a_catalogue_is_declared_and_what_is_wrong_is_said_at_its_field(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app, language)
    assert (await staff.get(f"{PATH}?lang={language}")).status == 200
    form = {"title": "県のカタログ", "url": "https://pref.example.jp/api/3/action/package_search"}
    wrong = await staff.post(PATH, {**form, "url": "ftp://pref.example.jp"})
    assert (wrong.status, 'id="url-error"' in wrong.text) == (422, True)
    assert (await staff.post(PATH, form)).status == 303
    assert form["title"] in (await staff.get(PATH)).text


async def test_a_list_is_read_by_pages_and_words_and_files_are_chosen(app: Starlette) -> None:
    staff = await clerk(app)
    first = (await staff.get(f"{PATH}/{ONE}")).text
    assert first.count('name="chosen"') == PAGE_SIZE and "プール" in first and "page=2" in first
    assert (await staff.get(f"{PATH}/{ONE}?page=2")).text.count('name="chosen"') == 2
    assert (await staff.get(f"{PATH}/{ONE}?only=news")).text.count('name="chosen"') == 1
    assert (await staff.get(f"{PATH}/{ONE}?q={quote('公園26')}")).text.count('name="chosen"') == 1
    chosen = {"chosen": FILES[0].key, "every_hours": "168"}
    assert (await staff.post(f"{PATH}/{ONE}", chosen)).status == 303
    sources = (await staff.get("/demo/opendata/harvest")).text
    assert FILES[0].url in sources and "公園0" in sources
    assert (await staff.get(f"{PATH}/{ONE}")).text.count('name="chosen"') == PAGE_SIZE - 1
    assert (await staff.post(f"{PATH}/{ONE}", {"every_hours": "24"})).status == 422
    assert (await staff.post(f"{PATH}/{ONE}", {"chosen": "0" * 16, "every_hours": "24"})).status == 422


async def test_a_catalogue_is_read_again_and_taken_off_the_list(app: Starlette) -> None:
    staff = await clerk(app)
    assert (await staff.post(f"{PATH}/{ONE}", {"do": "read"})).status == 303
    assert (await staff.post(f"{PATH}/{ONE}", {"do": "forget"})).status == 303
    assert (await staff.get(f"{PATH}/{ONE}")).status == 404


async def test_the_pages_are_for_staff_alone(app: Starlette) -> None:
    for path in (PATH, f"{PATH}/{ONE}"):
        assert (await Reader(app).get(path)).status in (302, 303, 401, 403)
