"""The catalogue of an area: what is declared open stands in it as everybody may see it, and it follows every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from importing_hall import Hall, source

from kaiteki.kit.catalogue.entries import DAY_US, Entry, distributions_of, name_of
from kaiteki.kit.catalogue.records import columns_of, record_of, type_of
from kaiteki.kit.catalogue.seeking import FACETS, Catalogue, Sought, catalogue_of, count, count_among, seek
from kaiteki.kit.catalogue.settings import CatalogueOfArea, Office
from kaiteki.kit.city import Cities, CityOf
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import Location, write
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.open_data import OpenData, licence_code
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.settings import Settings

AED = "NO,名称,住所,緯度,経度,夜間\n1,市役所,本町1,35.6,140.1,可\n2,図書館,本町2,35.61,140.12,\n"


class Bench(msgspec.Struct, frozen=True):
    """A bench; who gave it is nobody's business, how it stands is public and not open."""

    id: str
    name: str = ""
    seats: int | None = None
    state: str = ""
    giver: str = ""
    location: Location | None = None


def benches(*attributes: str) -> EntityType:
    """The type of benches, which opens some attributes."""
    return EntityType(
        "Bench",
        Bench,
        Words("ベンチ", "Benches", "いす"),
        public=("name", "seats", "state", "location"),
        open_data=OpenData(attributes, "REGI", rhythm="DAILY"),
    )


KEEPER = Service(
    name="benches",
    words=Words("ベンチ", "Benches"),
    summary=Words("ベンチの一覧です。", "The benches."),
    field="town",
    stage="lab",
    package="kaiteki.services.opendata",
    types=(benches("name", "seats", "location"),),
)
GARDENS = Office("gardens", Words("公園課", "Parks"), "parks@city.example")
TOLD = Settings(licence="CC-BY-4.0", offices=(Office("ict", Words("情報課", "ICT")), GARDENS))


@dataclass
class Desk:
    """A town hall with benches and tables, and its catalogue."""

    hall: Hall
    cities: Cities

    @property
    def city(self) -> CityOf:
        return self.cities.of(Asking(self.hall.area))

    async def catalogue(self) -> Catalogue:
        return await self.city.catalogue()

    async def keep(self, *kept: Any) -> None:
        """Write views as programs do."""
        self.hall.clock.pass_s(1)
        now = self.hall.clock.now()

        def change(loaded: Mapping[str, Entity]) -> Decision[None]:
            changes = [Change(loaded.get(one.id), write(one, loaded.get(one.id), now)) for one in kept]
            return Decision(changes, None)

        await self.hall.store.entities.change(self.hall.area, [one.id for one in kept], change, By())

    async def drop(self, entity_id: str) -> None:
        """Delete an entity."""

        def change(loaded: Mapping[str, Entity]) -> Decision[None]:
            return Decision([Change(loaded[entity_id], None)], None)

        await self.hall.store.entities.change(self.hall.area, [entity_id], change, By())


def desk(*services: Service, settings: CatalogueOfArea = TOLD) -> Desk:
    """A desk over an empty store."""
    hall = Hall()
    kept = (opendata, *(services or (KEEPER,)))
    engine = Engine(hall.store.entities, hall.clock, kept, {hall.area: {"opendata": settings}})
    darkroom = Darkroom(engine, hall.store.files, hall.store.received)
    return Desk(hall, Cities(engine, darkroom, events=hall.store.events))


def bench(number: int, **said: Any) -> Bench:
    """A bench by the sea."""
    place = {"type": "Point", "coordinates": [141.0 + number / 100, 35.3]}
    return Bench(f"urn:ngsi-ld:Bench:{number}", f"ベンチ{number}", 3, "good", "山田", place, **said)


async def test_a_type_is_a_data_set_as_soon_as_it_has_an_entity_and_no_longer() -> None:
    at = desk()
    assert (await at.catalogue()).entries == ()
    await at.keep(bench(1), bench(2))
    one = (await at.catalogue()).get("Bench")
    assert one is not None
    assert (one.name, one.kind, one.records, one.licence, one.rhythm, one.located) == (
        *("bench", "type", 2, "CC-BY-4.0", "DAILY"),
        True,
    )
    assert one.office is not None and one.office.code == "ict"
    assert [part.path for part in one.distributions] == [
        *("data/Bench/records.csv", "data/Bench/records.geojson", "data/Bench/records.jsonl"),
        "ogc/collections/Bench/items",
    ]
    # forms that a node has to be able to write stand there where it is
    able = desk()
    able.cities.shelves.offer(frozenset({"gpkg"}))
    await able.keep(bench(1))
    other = (await able.catalogue()).get("Bench")
    assert other is not None
    assert [part.format for part in other.distributions] == [
        *("CSV", "GeoJSON", "GeoPackage", "JSON Lines", "OGC API"),
    ]
    await at.drop("urn:ngsi-ld:Bench:1")
    assert [(e.id, e.records) for e in (await at.catalogue()).entries] == [("Bench", 1)]
    await at.drop("urn:ngsi-ld:Bench:2")
    assert (await at.catalogue()).entries == ()


async def test_records_hold_what_is_declared_open_and_nothing_else() -> None:
    at = desk()
    await at.keep(bench(1))
    one = (await at.catalogue()).entries[0]
    declared = type_of(one, at.city.services)
    assert declared is not None
    columns = columns_of(one, declared)
    assert [(c.name, c.kind) for c in columns] == [
        ("name", "text"),
        ("seats", "whole"),
        ("location", "geometry"),
    ]
    found = await at.city.rows(declared, Query(limit=10))
    assert found is not None
    assert [record_of(entity, columns, at.city.open_to(entity)) for entity in found[0]] == [
        {
            "id": "urn:ngsi-ld:Bench:1",
            "name": "ベンチ1",
            "seats": 3,
            "location": {"type": "Point", "coordinates": [141.01, 35.3]},
        }
    ]


async def test_tables_stand_there_with_what_staff_said_and_an_import_leaves_that_alone() -> None:
    at = desk()
    await at.hall.bring(source("aed.csv", AED.encode()))
    (one,) = (await at.catalogue()).entries
    assert (one.record_type, one.records, one.category, one.theme) == ("AED", 2, "AED設置箇所一覧", "HEAL")
    assert (one.licence, one.rhythm, one.box) == ("", "UNKNOWN", (140.1, 35.6, 140.12, 35.61))
    assert one.details == ("夜間",) and one.name == one.id.rpartition(":")[2]
    kept: Any = await at.city.get(DataSet, one.id)
    await at.keep(
        msgspec.structs.replace(
            kept, licence="PDL1.0", rhythm="ANNUAL", office="gardens", theme="JUST", keywords=("命",)
        )
    )
    (said,) = (await at.catalogue()).entries
    assert (said.licence, said.rhythm, said.office, said.theme) == ("PDL-1.0", "ANNUAL", GARDENS, "JUST")
    await at.hall.bring(source("aed.csv", AED.replace("市役所", "公民館").encode()))
    (again,) = (await at.catalogue()).entries
    assert (again.licence, again.rhythm, again.keywords) == ("PDL-1.0", "ANNUAL", ("命",))
    assert again.changed_at is not None and said.changed_at is not None and again.changed_at > said.changed_at


async def test_a_standard_type_stands_for_itself_only_where_no_table_holds_its_records() -> None:
    at = desk()
    aed: Any = record_view("AED")
    await at.keep(aed(id="urn:ngsi-ld:AED:1", name="駅"))
    assert [one.id for one in (await at.catalogue()).entries] == ["AED"]
    await at.hall.bring(source("aed.csv", AED.encode()))
    assert [one.kind for one in (await at.catalogue()).entries] == ["table"]


async def test_an_area_may_close_a_type() -> None:
    at = desk(settings=Settings(closed=("Bench",)))
    await at.keep(bench(1))
    assert (await at.catalogue()).entries == ()


@pytest.mark.parametrize("opened", [("giver",), ("name", "nothing"), ()])
def test_what_is_not_public_cannot_be_declared_open(opened: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="open"):
        benches(*opened)


def test_data_of_people_cannot_be_declared_open() -> None:
    class Letter(msgspec.Struct, frozen=True):
        """What somebody wrote."""

        id: str
        text: str = ""

    with pytest.raises(ValueError, match="released statistics"):
        EntityType(
            "Letter", Letter, Words("手紙", "Letters"), public=("text",), data_class="related",
            open_data=OpenData(("text",), "SOCI"),
        )  # fmt: skip


def test_settings_name_licences_that_are_known() -> None:
    with pytest.raises(ValueError, match="licence"):
        Settings(licence="mine")
    assert [licence_code(one) for one in ("ＣＣ　ＢＹ　４．０", "公共データ利用規約（第1.0版）", "不明")] == [
        *("CC-BY-4.0", "PDL-1.0", ""),
    ]


def test_words_and_facets_find_entries() -> None:
    now = Instant(400 * DAY_US)
    fresh = Entry(
        "a",
        "a",
        "table",
        Words("ＡＥＤ一覧", "AEDs"),
        Words("", ""),
        theme="HEAL",
        rhythm="ANNUAL",
        changed_at=now,
    )
    late = Entry(
        "b",
        "b",
        "table",
        Words("公園", "Parks"),
        Words("", ""),
        theme="ENVI",
        rhythm="DAILY",
        changed_at=Instant(0),
        quality=95,
    )
    kept = catalogue_of([late, fresh])
    assert [one.id for one in seek(kept, Sought("aed"), now)] == ["a"]
    assert [one.id for one in seek(kept, Sought("-aed"), now)] == ["b"]
    assert [one.id for one in seek(kept, Sought(facets={"freshness": ("late",)}), now)] == ["b"]
    assert count(kept.entries, "grade", now) == {"A": 1, "-": 1}
    twice = catalogue_of([fresh, msgspec.structs.replace(late, name="a")])
    assert {one.id: one.name == "a" for one in twice.entries} == {"a": True, "b": False}
    assert {twice.by_name[one.name].id for one in twice.entries} == {"a", "b"}


def test_counts_of_a_whole_catalogue_are_kept_but_for_what_changes_with_the_time() -> None:
    entries = [
        Entry(
            f"urn:ngsi-ld:DataSet:{n}",
            f"set-{n}",
            "table",
            Words(f"表{n}", f"Table {n}"),
            Words("", ""),
            theme=("ENVI", "HEAL")[n % 2],
            rhythm="DAILY",
            changed_at=Instant(0),
            distributions=distributions_of("table", f"urn:ngsi-ld:DataSet:{n}", bool(n % 3)),
        )
        for n in range(7)
    ]
    kept = catalogue_of(entries)
    for now in (Instant(0), Instant(100 * DAY_US)):
        for facet in FACETS:
            for some in (kept.entries, kept.entries[:3], kept.entries):
                assert count_among(kept, some, facet, now) == count(some, facet, now)
    assert count_among(kept, kept.entries, "freshness", Instant(0)) == {"fresh": 7}
    assert [one.name for one in seek(kept, Sought("表 -表3 -"), Instant(0))] == [
        one.name for one in kept.entries if one.name != "set-3"
    ]


@pytest.mark.parametrize(
    ("entry_id", "name"),
    [("urn:ngsi-ld:DataSet:aed-1a2b", "aed-1a2b"), ("OffStreetParking", "off-street-parking")],
)
def test_slugs_are_what_programs_can_type(entry_id: str, name: str) -> None:
    assert name_of(entry_id) == name
    assert name_of("urn:ngsi-ld:DataSet:防災") != name_of("urn:ngsi-ld:DataSet:消防")
