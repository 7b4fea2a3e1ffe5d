"""Laws of the map of a day and of two days compared: what stood is shown, what came, went, moved or changed is told, and the present is
never shown instead of a past that is not told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kaiteki.kit.manifest import EVERYTHING, EntityType, Service
from kaiteki.kit.pages import Moved, PageAsk, Shown
from kaiteki.kit.views import Location, write
from kaiteki.main.cities import load_city
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.maps.days.asked import Days, day_of, end_of, read_days
from kaiteki.services.maps.days.layers import REFUSALS
from kaiteki.services.maps.manifest import service
from kaiteki.services.maps.model import Item, MapLayer, Style
from kaiteki.services.maps.sheets.page import show_sheet, write_pdf
from kaiteki.services.maps.view import show_map
from kaiteki.services.opendata.manifest import service as opendata
from kaiteki.services.opendata.model import record_view
from town import CLERK, Town

DEMO = load_city("demo")
DAY_S = 86_400
AED: Any = record_view("AED")
NAMED = (Item("name", Words("名前", "Name", "なまえ"), role="title"),)
WINDOW = {"layers": "aeds", "window": "141.04,35.34,141.08,35.36"}


class Hut(msgspec.Struct, frozen=True):
    """A hut whose place of before is told to nobody."""

    id: str
    name: str = ""
    location: Location | None = None


HUTS = Service(
    name="huts",
    words=Words("小屋", "Huts"),
    summary=Words("小屋", "Huts"),
    field="town",
    stage="lab",
    package="kaiteki.services.opendata",
    types=(
        EntityType(
            name="Hut",
            view=Hut,
            words=Words("小屋", "Hut"),
            public=("name", "location"),
            public_past=("name",),
            raw=EVERYTHING,
        ),
    ),
)


def layer(name: str, **more: Any) -> MapLayer:
    return MapLayer(id=f"urn:ngsi-ld:MapLayer:{name}", title=Words(name, name, name), items=NAMED, **more)


LAYERS = (
    layer("aeds", collection="AED", geometry="point", order=1),
    layer("huts", collection="Hut", geometry="point", order=2),
    layer("zones", collection="PlanningZone", geometry="area", order=3),
    layer("blue", collection="AED", geometry="point", order=4, filter="name = '青'"),
    layer(
        "kinds", collection="AED", geometry="point", order=5,
        style=Style(by="name"),
    ),
)  # fmt: skip


def aed(n: int, name: str = "", lon: float = 141.05, **more: Any) -> Any:
    place = {"type": "Point", "coordinates": [lon, 35.35]}
    return AED(f"urn:ngsi-ld:AED:{n}", "", place, name=name or f"{n}番", **more)


async def put(town: Town, *things: Any) -> None:
    await LocalTarget(town.store.entities, town.clock, town.area).keep(things)


async def remove(town: Town, *numbers: int) -> None:
    ids = [f"urn:ngsi-ld:AED:{n}" for n in numbers]
    await LocalTarget(town.store.entities, town.clock, town.area).remove(ids)


async def lived_town() -> tuple[Town, list[str]]:
    """Three days: five AEDs; one goes, one moves, one moves away, one is renamed and one comes; nothing. The days."""
    town = Town(service, opendata, HUTS)
    days = [day_of(town.clock.now())]

    def decide(_loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(one, None, town.clock.now())) for one in LAYERS], None)

    await town.store.entities.change("demo", (), decide, By(action="trial"))
    await put(town, *(aed(n, lon=141.05 + n / 1000) for n in range(5)))
    await put(town, Hut("urn:ngsi-ld:Hut:1", "小屋", {"type": "Point", "coordinates": [141.05, 35.35]}))
    town.clock.pass_s(DAY_S)
    days.append(day_of(town.clock.now()))
    await remove(town, 0)
    await put(town, aed(1, lon=141.06), aed(2, lon=141.5), aed(3, "青"), aed(9, lon=141.059))
    town.clock.pass_s(DAY_S)
    days.append(day_of(town.clock.now()))
    return town, days


async def look(town: Town, query: dict[str, str], person: Person = NOBODY, language: str = "ja") -> Shown:
    city = town.city(person, language=language)
    ask = PageAsk("demo", {}, query, {}, {}, person, language, town.clock.now(), 1, city, town=DEMO)
    reply = await show_map(ask)
    assert isinstance(reply, Shown)
    return reply


def titles(shown: Shown, name: str = "aeds") -> list[str]:
    (one,) = [one for one in shown.values["seen"] if one["layer"].name == name]
    return [feature.title for feature in one["features"]]


def told(shown: Shown, name: str = "aeds") -> list[tuple[str, str]]:
    (one,) = [one for one in shown.values["past"]["layers"] if one["layer"].name == name]
    return [(row["kind"], row["title"]) for row in one["rows"]]


async def test_a_day_shows_what_stood_at_its_end() -> None:
    town, (first, second, today) = await lived_town()
    assert titles(await look(town, WINDOW | {"date": first})) == ["0番", "1番", "2番", "3番", "4番"]
    for day in (second, today):
        assert titles(await look(town, WINDOW | {"date": day})) == ["1番", "青", "4番", "9番"]
    assert titles(await look(town, WINDOW)) == ["1番", "青", "4番", "9番"]


async def test_two_days_tell_what_came_went_moved_and_changed() -> None:
    town, (first, second, today) = await lived_town()
    shown = await look(town, WINDOW | {"date": first, "compare": second})
    assert told(shown) == [
        ("なくなったもの", "0番"),
        ("場所や形が変わったもの", "1番"),
        ("場所や形が変わったもの", "2番"),
        ("場所や形が変わったもの", "青"),
        ("増えたもの", "9番"),
    ]
    # what moved and was renamed says both
    (one,) = shown.values["past"]["layers"]
    row = one["rows"][3]
    assert [(each.name, each.before, each.after) for each in row["rows"]] == [
        ("場所", "35.35000, 141.05300", "35.35000, 141.05000"),
        ("名前", "3番", "青"),
    ]
    assert [count for _, count, *_ in shown.values["past"]["counts"]] == [1, 1, 3, 0]
    # what is gone has no page, but its place has a history
    assert one["rows"][0]["path"] == "" and one["rows"][0]["here"] == "maps/here?at=141.050000,35.350000"
    assert told(await look(town, WINDOW | {"date": second, "compare": today})) == []
    assert told(await look(town, WINDOW | {"date": first, "compare": today})) == told(shown)


async def test_only_what_touches_the_window_is_told() -> None:
    town, (first, second, _) = await lived_town()
    far = {"layers": "aeds", "window": "141.45,35.34,141.55,35.36", "date": first, "compare": second}
    assert told(await look(town, far)) == [("場所や形が変わったもの", "2番")]


async def test_a_filter_is_asked_of_what_things_were() -> None:
    town, (first, second, _) = await lived_town()
    blue = WINDOW | {"layers": "blue"}
    assert titles(await look(town, blue | {"date": first}), "blue") == []
    assert titles(await look(town, blue | {"date": second}), "blue") == ["青"]
    shown = await look(town, blue | {"date": first, "compare": second})
    assert told(shown, "blue") == [("増えたもの", "青")]


async def test_a_layer_whose_past_is_not_told_says_so_and_shows_nothing() -> None:
    town, (first, _, _) = await lived_town()
    shown = await look(town, WINDOW | {"layers": "huts,aeds", "date": first})
    hut, aeds = shown.values["past"]["layers"]
    assert hut["refused"] == REFUSALS["no_past"].ja and not aeds["refused"]
    assert titles(shown, "huts") == [] and len(titles(shown)) == 5
    # staff, to whom the past is open, see it
    assert titles(await look(town, WINDOW | {"layers": "huts", "date": first}, CLERK), "huts") == ["小屋"]


async def test_a_layer_over_nothing_of_that_day_says_so() -> None:
    town, (first, _, _) = await lived_town()
    (zones,) = (await look(town, WINDOW | {"layers": "zones", "date": first})).values["past"]["layers"]
    assert zones["nothing"] and not zones["refused"]


async def test_what_is_drawn_of_a_day_is_what_stood() -> None:
    town, (first, second, _) = await lived_town()
    ((_, _, shapes),) = (await look(town, WINDOW | {"date": first})).values["drawn"]
    assert [one.feature.title for one in shapes] == ["0番", "1番", "2番", "3番", "4番"]
    shown = await look(town, WINDOW | {"date": first, "compare": second})
    drawn = {
        one["kind"]: [(each.feature.title, was) for each, was in one["shapes"]]
        for one in shown.values["past"]["drawn"]
    }
    assert drawn == {
        "added": [("9番", False)],
        "removed": [("0番", True)],
        "moved": [("1番", True), ("2番", True), ("3番", True), ("1番", False), ("2番", False), ("青", False)],
    }  # fmt: skip
    island = msgspec.json.decode(shown.values["past"]["island"])["aeds"]
    assert [len(day["features"]) for day in island["days"]] == [5, 4]
    marks = {
        (one["properties"]["mark"], one["properties"]["when"]) for one in island["differences"]["features"]
    }
    assert marks == {("+", "after"), ("−", "before"), ("→", "before"), ("→", "after")}


async def test_the_island_is_told_of_the_days_and_asks_for_no_tiles() -> None:
    town, (first, second, _) = await lived_town()
    page = await look(town, {"layers": "kinds", "date": first, "compare": second})
    told_island = msgspec.json.decode(page.values["told"])
    assert (told_island["days"]["date"], told_island["days"]["compare"]) == (first, second)
    assert {one["items"] for one in told_island["layers"]} == {"#"}
    assert msgspec.json.decode((await look(town, {"layers": "kinds"})).values["told"])["days"] is None
    # the signs of two kinds differ in more than their colour
    kinds = told_island["days"]["kinds"]
    for part in ("mark", "shape", "pattern", "dash"):
        assert len({str(one[part]) for one in kinds}) == len(kinds), part


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"date": "x"}, "date", "not_a_day"),
        ({"date": "2026-02-30"}, "date", "not_a_day"),
        ({"date": "２０２６-11-22"}, "date", "not_a_day"),
        ({"date": "2026-11-21"}, "date", "too_early"),
        ({"date": "2026-11-25"}, "date", "future"),
        ({"date": "2026-11-22", "compare": "2026-11-25"}, "compare", "future"),
        ({"date": "2026-11-22", "compare": "soon"}, "compare", "not_a_day"),
        ({"compare": "2026-11-23"}, "date", "missing"),
        ({"date": "2026-11-23", "compare": "2026-11-22"}, "date", "after"),
        ({"date": "2026-11-23", "compare": "2026-11-23"}, "date", "after"),
    ],
)
async def test_a_day_that_is_refused_names_its_field(query: dict[str, str], field: str, code: str) -> None:
    town, days = await lived_town()
    assert days == ["2026-11-22", "2026-11-23", "2026-11-24"]
    fault = read_days(query, town.clock.now(), await town.city().recorded_since())
    assert (getattr(fault, "field", None), getattr(fault, "code", None)) == (field, code)
    for language in ("ja", "ja-easy", "en"):
        shown = await look(town, WINDOW | query, language=language)
        assert (shown.status, list(shown.values["past"]["wrong"])) == (400, [field])
        assert "{" not in shown.values["past"]["wrong"][field]
    # the map of now that stands there instead leads on without the wrong day
    assert "date=" not in shown.values["address"] and titles(shown) == ["1番", "青", "4番", "9番"]


async def test_a_day_ends_at_midnight_in_japan() -> None:
    assert end_of("2026-11-22") == parse_instant("2026-11-22T15:00:00Z")
    last, next_day = (parse_instant(f"2026-11-22T1{one}Z") or Instant(0) for one in ("4:59:59", "5:00:00"))
    assert [day_of(one) for one in (last, next_day)] == ["2026-11-22", "2026-11-23"]
    assert Days("2026-11-22", "2026-11-23").moments == (end_of("2026-11-22"), end_of("2026-11-23"))
    assert read_days({}, last, None) is None
    assert getattr(read_days({"date": "2026-11-22"}, last, None), "code", "") == "too_early"


async def test_links_and_forms_keep_the_days() -> None:
    town, (first, second, _) = await lived_town()
    query = {"layers": "aeds", "at": "141.05,35.35", "z": "14", "date": first, "compare": second}
    shown = await look(town, query)
    assert f"date={first}&compare={second}" in shown.values["address"]
    assert all(f"date={first}&compare={second}" in to for _, to in shown.values["ways"])
    city = town.city()
    form = {"form": "1", "on.aeds": "aeds", "order": "", "date": first, "compare": second}
    moved = await show_map(
        PageAsk("demo", {}, form, {}, {}, NOBODY, "ja", town.clock.now(), 1, city, town=DEMO)
    )
    assert isinstance(moved, Moved) and f"date={first}&compare={second}" in moved.path


async def test_a_sheet_refuses_a_day_and_never_prints_the_present_instead() -> None:
    town, (first, _, _) = await lived_town()
    for query in ({"layers": "aeds", "date": first}, {"compare": first}):
        ask = PageAsk("demo", {}, query, {}, {}, NOBODY, "en", town.clock.now(), 1, town.city(), town=DEMO)
        page, file = await show_sheet(ask), await write_pdf(ask)
        assert getattr(page, "status", 0) == 400 and getattr(file, "status", 0) == 400


async def test_many_differences_are_folded_by_kind_with_their_counts_first() -> None:
    town, (first, second, today) = await lived_town()
    (one,) = (await look(town, WINDOW | {"date": first, "compare": second})).values["past"]["layers"]
    few = [(kind["kind"], kind["count"], len(kind["parts"])) for kind in one["kinds"]]
    assert few == [("added", 1, 1), ("removed", 1, 1), ("moved", 3, 1)]
    await put(town, *(aed(n, lon=141.05) for n in range(100, 150)))
    past = (await look(town, WINDOW | {"date": second, "compare": today})).values["past"]
    ((added,),) = [layer["kinds"] for layer in past["layers"]]
    parts = [(part["first"], part["last"], len(part["rows"])) for part in added["parts"]]
    assert (past["open"], added["count"], parts) == (False, 50, [(1, 20, 20), (21, 40, 20), (41, 50, 10)])


async def test_of_a_layer_for_closer_views_a_day_says_to_come_closer_and_not_that_nothing_was_there() -> None:
    town, (first, second, _) = await lived_town()
    close = msgspec.structs.replace(LAYERS[0], style=Style(zooms=(18, 24)))

    def decide(loaded: Any) -> Decision[None]:
        old = loaded[close.id]
        return Decision([Change(old, write(close, old, town.clock.now()))], None)

    await town.store.entities.change("demo", (close.id,), decide, By(action="trial"))
    shown = await look(town, WINDOW | {"date": first, "compare": second})
    (one,) = shown.values["past"]["layers"]
    assert (one["far"], one["counts"]) == (True, [])
