"""A layer of the map is a data set where it says so: with licence, rhythm and maintainer of its own, as long as what it shows is open."""

from __future__ import annotations

import msgspec
from test_catalogue import GARDENS, KEEPER, Desk, bench, desk

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.settings import CatalogueOfArea
from kaiteki.model.decision import digest_of
from kaiteki.model.instant import parse_instant
from kaiteki.model.words import Words
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.settings import Told
from kaiteki.services.opendata.settings import Settings

LAYER = MapLayer(
    id="urn:ngsi-ld:MapLayer:seats",
    title=Words("座れる場所", "Where to sit"),
    summary=Words("ベンチの地図", "A map of benches"),
    collection="Bench",
    filter="seats > 2",
    legal_note=Words("参考です。", "For reference."),
    source=Words("公園台帳", "Ledger of parks"),
    as_of="2026-04-01",
    licence="PDL1.0",
    maintainer=Words("公園課", "Parks"),
    rhythm="annual",
    open_data=True,
)


async def told(at: Desk) -> list[str]:
    return [one.id for one in (await at.catalogue()).entries if one.kind == "layer"]


async def entry(at: Desk) -> Entry:
    one = (await at.catalogue()).get("layer_seats")
    assert one is not None
    return one


async def test_a_layer_that_says_so_is_a_data_set_with_what_it_says_of_itself() -> None:
    at = desk(KEEPER, maps)
    await at.keep(bench(1), LAYER)
    one = await entry(at)
    assert (one.id, one.page, one.title) == (LAYER.id, "maps/layers/urn:ngsi-ld:MapLayer:seats", LAYER.title)
    assert one.about == Words(
        "ベンチの地図 参考です。", "A map of benches For reference.", "ベンチの地図 参考です。"
    )
    assert (one.licence, one.rhythm, one.office) == ("PDL-1.0", "ANNUAL", GARDENS)
    assert (one.source, one.until, one.located) == ("公園台帳", "2026-04-01", True)
    april, late = (parse_instant(f"{day}T12:00:00Z") for day in ("2026-04-02", "2027-12-31"))
    assert april is not None and late is not None
    assert (one.freshness(april), one.freshness(late)) == ("fresh", "late")
    undated = msgspec.structs.replace(LAYER, as_of="")
    await at.keep(undated)
    assert (await entry(at)).freshness(april) == "unknown"
    assert [(part.format, part.path) for part in one.distributions] == [
        ("OGC API", "ogc/collections/layer_seats/items")
    ]


async def test_its_office_is_the_one_that_the_area_lists_else_its_own_name() -> None:
    at = desk(KEEPER, maps)
    other = msgspec.structs.replace(LAYER, maintainer=Words("道路課", "Roads"))
    await at.keep(bench(1), other)
    office = (await entry(at)).office
    assert office is not None
    assert office.words == Words("道路課", "Roads")
    assert office.code.startswith("office-")
    await at.keep(msgspec.structs.replace(LAYER, maintainer=Words("", "")))
    office = (await entry(at)).office
    assert office is not None and office.code == "ict"


async def test_a_layer_is_none_before_it_says_so_and_once_it_is_withdrawn() -> None:
    at = desk(KEEPER, maps)
    await at.keep(bench(1), msgspec.structs.replace(LAYER, open_data=False))
    assert await told(at) == []
    await at.keep(LAYER)
    assert await told(at) == [LAYER.id]
    await at.drop(LAYER.id)
    assert await told(at) == []


async def test_a_layer_over_what_is_not_open_or_not_there_is_none() -> None:
    at = desk(KEEPER, maps)
    await at.keep(LAYER)
    assert await told(at) == [], "no bench stands yet"
    await at.keep(bench(1))
    assert await told(at) == [LAYER.id]
    for collection in ("Nothing", "MapLayer", ""):
        await at.keep(msgspec.structs.replace(LAYER, collection=collection))
        assert await told(at) == [], collection
    closed: CatalogueOfArea = Settings(closed=("Bench",))
    shut = desk(KEEPER, maps, settings=closed)
    await shut.keep(bench(1), LAYER)
    assert await told(shut) == []


def test_a_row_that_says_nothing_of_it_is_what_it_was() -> None:
    """The digest of a row is that of before this member was there, so no layer is renewed by it."""
    row = Told(name="seats", title=Words("座れる場所", "Where to sit"), collection="Bench")
    before = {name: value for name, value in msgspec.to_builtins(row).items() if name != "open_data"}
    assert row.digest == digest_of(msgspec.json.encode(before, order="sorted"))
    assert msgspec.structs.replace(row, open_data=True).digest != row.digest
