"""Files of places come by rhythm as tables do, from an address or out of the catalogue of another town: whole, held back, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from places_files import PARKS, geojson, shapes, zipped
from test_catalogues import declare, reading
from test_harvesting import Shelf, Town, shelf, town
from test_mapped_sources import Desk
from test_transit_feeds import FEED
from test_transit_feeds import zipped as feed

from kaiteki.model.decision import Accepted
from kaiteki.services.opendata.catalogues.listing import choose_files, source_id
from kaiteki.services.opendata.catalogues.model import ChooseFiles
from kaiteki.services.opendata.intake.harvest import DeclareSource, declare_source
from kaiteki.services.opendata.lineage.model import SourceFile
from kaiteki.services.opendata.transit.feed import TransitFeed

__all__ = ["shelf", "town"]
MANY = tuple((f"公園{n}", 141.0 + n / 1000, 35.3 + n / 1000) for n in range(20))
Made = Callable[..., bytes]


def layer(rows: Any = MANY, field: str = "公園名") -> bytes:
    """A zipped shapefile of parks."""
    return zipped(shapes("parks", rows, field))


def features(rows: Any = MANY, field: str = "公園名") -> bytes:
    """The same as GeoJSON."""
    return geojson(rows).replace("公園名".encode(), field.encode())


FORMS: list[Any] = [("parks.geojson", features), ("parks.zip", layer)]


async def declared(town: Town, shelf: Shelf, name: str) -> str:
    """A source of a file of that name; its id."""
    form = DeclareSource("公園", f"{shelf.url}/{name}", name, "24", "隣の市", "CC BY 4.0")
    done = declare_source({}, form, town.asked())
    assert isinstance(done, Accepted)
    await town.target.keep(done.writes)
    return done.writes[0].id  # pyright: ignore


@pytest.mark.parametrize(("name", "made"), FORMS)
async def test_places_come_in_once_are_held_back_and_stop_their_source(
    shelf: Shelf, town: Town, name: str, made: Made
) -> None:
    shelf.content = made()
    source = await declared(town, shelf, name)
    first = await town.turn(source)
    kept = await town.data_set(first)
    assert (first.result, first.rows, first.columns) == ("new", 20, ("公園名",))
    assert (kept.records, kept.located, kept.source) == (20, 20, "隣の市")
    file = await town.target.get(SourceFile, kept.source_file)
    assert file is not None and (file.way, file.url) == ("harvest", first.url)
    # half a file, and one that speaks of people
    shelf.content = made(MANY[:5])
    half = await town.turn(source, 24)
    assert (half.result, (await town.data_set(first)).records) == ("held", 20)
    shelf.content = made([(f"見本 太郎{n}", *at) for n, (_, *at) in enumerate(MANY)], "氏名")
    other = await town.turn(source, 24)
    assert (other.result, other.is_active, other.why) == ("stopped", False, "columns:−公園名、＋氏名")
    assert (await town.data_set(first)).records == 20
    desk = Desk(town, source)
    done = await desk.keep(await desk.trial({"氏名": "-"}))
    assert done.answer["records"] == 20


async def test_a_feed_comes_in_whole_and_one_with_a_fault_does_not(shelf: Shelf, town: Town) -> None:
    shelf.content = feed()
    source = await declared(town, shelf, "bus.zip")
    first = await town.turn(source)
    kept = await town.data_set(first)
    assert (first.result, first.rows, first.columns, kept.record_type) == ("new", 4, (), "BusStop")
    transit = await town.target.get(TransitFeed, kept.feed)
    assert transit is not None and (transit.version, transit.size_bytes) == ("v7", len(feed()))
    shelf.content = feed(stop_times=FEED["stop_times.txt"].replace("S2_1", "S9"))
    wrong = await town.turn(source, 24)
    assert (wrong.result, wrong.why) == ("failed", "gtfs_reference:stop_times.txt stop_id")
    # a column more is a matter of the standard, and does not stop a feed
    shelf.content = feed(stops=FEED["stops.txt"].replace("zone_id", "zone_id", 1), routes=None)
    assert (await town.turn(source, 24)).why == "gtfs_file_missing:routes.txt"
    shelf.content = feed(agency=FEED["agency.txt"].replace("見本バス", "見本交通"))
    again = await town.turn(source, 24)
    later = await town.target.get(TransitFeed, kept.feed)
    assert again.result == "new" and later is not None and later.digest != transit.digest


async def test_what_a_catalogue_offers_of_places_is_chosen_and_fetched(shelf: Shelf, town: Town) -> None:
    forms = {"GeoJSON": features(PARKS), "SHP": layer(PARKS), "GTFS-JP": feed(), "PDF": b"%PDF"}
    listed = [
        {
            "id": form,
            "title": f"{form}のデータ",
            "resources": [{"url": f"http://127.0.0.1:{shelf.url.rpartition(':')[2]}/{n}", "format": form}],
        }
        for n, form in enumerate(forms)
    ]
    answer = {"success": True, "result": {"count": len(listed), "results": listed}}
    shelf.content = json.dumps(answer).encode()
    read = await reading(town, await declare(town, f"{shelf.url}/api/3/action/package_search"))
    assert [(len(each.files), each.others) for each in read.sets] == [(1, 0), (1, 0), (1, 0), (0, 1)]
    for each, (form, content) in zip(read.sets, forms.items(), strict=True):
        for file in each.files:
            done = choose_files({read.id: read}, ChooseFiles(read.id, (file.key,), "24"), town.asked())
            assert isinstance(done, Accepted)
            await town.target.keep(done.writes)
            shelf.content = content
            source = await town.turn(source_id(file.key))
            assert (source.result, source.why) == ("new", ""), form
            assert (await town.data_set(source)).records == 3


async def test_a_zip_that_holds_neither_says_so(shelf: Shelf, town: Town) -> None:
    shelf.content = zipped({"readme.txt": b"x"})
    told = await town.turn(await declared(town, shelf, "parks.zip"))
    assert (told.result, told.why, told.delivery) == ("failed", "no_stops", "")
