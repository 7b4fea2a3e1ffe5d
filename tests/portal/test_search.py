"""The search of an area: sentences about trouble, kinds of things, names, in every language, in few looks at the store."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher
from rich.console import Console
from starlette.applications import Starlette
from test_opendata_pages import SHELTERS, SITES, source
from trial_site import SECRET, TrialClock

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity
from kaiteki.main.cities import load_city, load_service_settings
from kaiteki.main.imports.runner import Importer, Options
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.decision import Accepted
from kaiteki.model.words import Words
from kaiteki.portal.app import portal
from kaiteki.portal.likeness import likeness, sought
from kaiteki.portal.site import Parts
from kaiteki.ports.entities import Found
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.reports.settings import Settings
from kaiteki.stores.memory import open_memory
from reader import Reader

QUERIES_MAX = 10
TOILETS = "ID,名称,住所,緯度,経度,男性トイレ総数,女性トイレ総数\nT1,中央公園,見本市1,35.34,141.06,2,2\n"


@pytest.fixture
async def looks() -> list[Any]:
    """The queries that the store was asked."""
    return []


@pytest.fixture
async def app(looks: list[Any], monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """A portal with shelters and one report near a school."""
    clock = TrialClock()
    store = open_memory(clock)
    settings = {"demo": {"reports": load_service_settings("demo", "reports", Settings)}}
    engine = Engine(store.entities, clock, (opendata, reports), settings)
    target = LocalTarget(store.entities, clock, "demo")
    screen = ImportScreen(Console(file=io.StringIO()))
    importer = Importer(target, clock, screen, Options(source="見本市", licence="CC BY 4.0"))
    toilets = source("public_toilet.csv", TOILETS)
    for one in (source("emergency.csv", SITES), source("evacuation.csv", SHELTERS), toilets):
        await importer.run(one, lambda outcome: None)
    darkroom = Darkroom(engine, store.files, store.received)
    cities = Cities(engine, darkroom)
    told = {"category": "light", "description": "港小学校の前が暗い", "latitude": 35.35, "longitude": 141.02}
    done = await cities.of(Asking("demo")).run("reports.submit", told)
    assert isinstance(done, Accepted), done
    find = store.entities.find

    async def counted(area: str, query: Any) -> Found:
        looks.append(query)
        return await find(area, query)

    monkeypatch.setattr(store.entities, "find", counted)
    return portal(
        Parts(
            areas=[load_city("demo")],
            services=(opendata, reports),
            city=cities.of,
            identity=Identity(
                store.accounts, store.credentials, clock, SECRET, PasswordHasher(time_cost=1, memory_cost=8)
            ),
            darkroom=darkroom,
            history=store.history,
            events=store.events,
            clock=clock,
            settings=engine.settings,
            secret=SECRET,
        )
    )


async def search(app: Starlette, text: str, language: str = "ja") -> str:
    """The main part of the page of results."""
    page = await Reader(app).get("/demo/search?" + urlencode({"q": text, "lang": language}))
    assert page.status == 200
    return page.text[page.text.index("<main") : page.text.index("</main")]


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
@pytest.mark.parametrize("text", ["街灯が切れている", "street light", "街灯"])
async def test_trouble_in_any_words_offers_to_report_it(app: Starlette, text: str, language: str) -> None:
    found = await search(app, text, language)
    assert 'href="/demo/reports/new?category=light"' in found


async def test_trouble_of_no_known_kind_still_offers_to_report_it(app: Starlette) -> None:
    assert 'href="/demo/reports/new"' in await search(app, "看板が倒れている")


async def test_the_offered_kind_is_chosen_in_the_first_step(app: Starlette) -> None:
    first = (await Reader(app).get("/demo/reports/new?category=light")).text
    chosen = first[first.index('value="light"') :]
    assert "checked" in chosen[: chosen.index(">")]


@pytest.mark.parametrize("text", ["避難所", "近くの避難所", "shelter"])
async def test_a_kind_of_thing_leads_to_all_of_them_with_the_near_ones(app: Starlette, text: str) -> None:
    found = await search(app, text)
    assert 'href="/demo/places?kind=shelter"' in found
    assert "港小学校" in found and "丘公園" in found and "5件" in found


HAZARDS_ASKED = {
    "津波": "tsunami",
    "津波 避難": "tsunami",
    "津波避難ビル": "tsunami",
    "tsunami": "tsunami",
    "洪水": "flood",
    "flood": "flood",
    "地震": "earthquake",
    "earthquake": "earthquake",
    "地震 避難所": "earthquake",
    "がけ崩れ": "landslide",
}


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_a_hazard_leads_to_the_places_that_are_safe_from_it(app: Starlette, language: str) -> None:
    for text, hazard in HAZARDS_ASKED.items():
        found = await search(app, text, language)
        assert f'href="/demo/places?kind=shelter&amp;hazard={hazard}"' in found, text


async def test_what_is_no_hazard_or_tells_of_damage_is_not_sent_away(app: Starlette) -> None:
    for text in ("避難所", "公園", "港小学校"):
        assert "hazard=" not in await search(app, text)
    assert 'href="/demo/reports/new' in await search(app, "地震で塀が倒れた")


async def test_places_come_before_what_was_told_and_stand_once(app: Starlette, looks: list[Any]) -> None:
    looks.clear()
    found = await search(app, "小学校")
    assert len(looks) <= QUERIES_MAX
    assert 0 < found.index(">港小学校</a>") < found.index("/demo/reports/")
    assert found.count(">港小学校</a>") == 1
    assert "指定避難所" in found and "名前が合う場所" in found


async def test_a_search_looks_little_into_the_store(app: Starlette, looks: list[Any]) -> None:
    for text in ("避難所の近くの小学校のトイレ", "港"):
        looks.clear()
        await search(app, text)
        assert 0 < len(looks) <= QUERIES_MAX
        assert all(query.limit <= 20 for query in looks)


async def test_the_name_of_a_kind_of_things_is_no_trouble_with_them(app: Starlette) -> None:
    found = await search(app, "トイレ")
    assert 'href="/demo/places?kind=PublicToilet"' in found
    assert "reports/new?category=" not in found
    assert "reports/new?category=graffiti" in await search(app, "トイレの壁に落書き")


async def test_a_kind_of_which_the_town_has_nothing_is_said_to_be_missing(app: Starlette) -> None:
    found = await search(app, "消防水利")
    assert "消防水利のデータは、このまちではまだ公開されていません" in found
    assert "reports/new?category=" not in found


@pytest.mark.parametrize(("language", "said"), [("ja", "洪水"), ("ja-easy", "川の水"), ("en", "Flood")])
async def test_codes_are_said_in_words(app: Starlette, language: str, said: str) -> None:
    found = await search(app, "丘公園", language)
    assert said in found and "flood" not in found


async def test_nothing_found_says_what_one_can_do(app: Starlette) -> None:
    found = await search(app, "ぬるぽがっ")
    assert "見つかりませんでした" in found and 'href="/demo/services"' in found


def test_particles_and_nearness_are_no_words_of_a_search() -> None:
    assert sought("近くの避難所").terms == ("避難所",)
    assert sought("街灯が切れている").terms == ("街灯", "切れ")
    assert sought("Where are the Street Lights?").terms == ("street", "light")
    assert sought("さくら公園のトイレ").terms == ("さくら", "公園", "トイレ")
    assert sought("の").terms == ("の",)


def test_long_words_fit_by_their_pairs_and_readings_count() -> None:
    words = Words("道路の穴・段差", "Hole in the road", "道（みち）の あな")
    assert likeness(sought("みち"), [words]) > 0
    assert likeness(sought("ROAD"), [words]) > 0
    assert likeness(sought("緊急避難場所"), [Words("指定緊急避難所", "Site")]) > 0
    assert likeness(sought("小学校"), [Words("学校給食", "School lunch")]) == 0
    assert likeness(sought("穴がある"), [Words("その他", "Other")], ["穴"]) > 0


@pytest.mark.parametrize("text", ["山", "海"])
async def test_one_letter_is_a_word_of_its_own(app: Starlette, text: str) -> None:
    """山 is no 火山; what only contains the letter within a longer word is not meant."""
    found = await search(app, text)
    assert "hazard=volcano" not in found


async def test_one_letter_finds_the_names_that_hold_it(app: Starlette) -> None:
    assert "港小学校" in await search(app, "港")


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("千葉駅の近く", "ja", "住所や駅の名前からはさがせません"),
        ("near Chiba station", "en", "Names of stations and addresses cannot be searched by distance"),
        ("千葉駅の ちかく", "ja-easy", "駅（えき）の 名前（なまえ）では さがせません"),
    ],
)
async def test_near_a_station_says_what_is_lacking_and_what_can_be_found(
    app: Starlette, text: str, language: str, said: str
) -> None:
    found = await search(app, text, language)
    lacking = {"ja": "駅・のりばのデータは", "ja-easy": "駅の データは", "en": "Railway station or stop"}
    assert said in found and lacking[language] in found
    assert 'href="/demo/places?kind=PublicToilet"' in found


async def test_a_whole_number_finds_the_report_in_the_search_of_the_area(app: Starlette) -> None:
    for number in ("R-2026-00001", "r-2026-1", "Ｒ－２０２６－００００１"):
        assert 'href="/demo/reports/urn:ngsi-ld:Report:R-2026-00001"' in await search(app, number), number
    assert "R-2026-00002" not in await search(app, "R-2026-00001")
