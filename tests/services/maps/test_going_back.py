"""Laws of going back with a layer: it is as it was, the log says so, it can be undone, and nothing of others is written over unseen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from map_town import STATIONS, ZONES, map_town, put, square, take_over

from kaiteki.kit.pages import Missing, Moved, PageAsk, Shown
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import format_instant
from kaiteki.services.maps.edit import form_of
from kaiteki.services.maps.going_back import GoBack, act_back, mark, show_back
from kaiteki.services.maps.model import HeldMapLayer, MapLayer
from kaiteki.services.maps.rules import content_of
from town import CLERK, RESIDENT_A, Town

ID = "urn:ngsi-ld:MapLayer:zones"


async def changed_town(**fields: str) -> tuple[Town, MapLayer]:
    """A town whose layer was taken over and then changed by hand, and the layer as it was before that."""
    town = map_town(ZONES)
    await put(town, "PlanningZone", "a", square(141.0, 35.0, 0.1), name="商業地域")
    await take_over(town)
    before = await layer_of(town)
    town.clock.pass_s(60)
    await change(town, **fields)
    town.clock.pass_s(60)
    return town, before


async def layer_of(town: Town) -> MapLayer:
    kept = await town.city(CLERK).get(MapLayer, ID)
    assert isinstance(kept, MapLayer)
    return kept


async def change(town: Town, **fields: str) -> None:
    form = msgspec.structs.replace(form_of(await layer_of(town)), **fields)
    assert isinstance(await town.run("maps.change", form, CLERK), Accepted)


def at_line(layer: MapLayer, number: int) -> str:
    return format_instant(layer.log[number].at)


def asked(town: Town, person: Person, at: str, fields: Mapping[str, tuple[str, ...]] = {}) -> PageAsk:
    city = town.city(person)
    return PageAsk("demo", {"name": "zones"}, {"at": at}, fields, {}, person, "ja", town.clock.now(), 1, city)


async def test_a_layer_is_as_it_was_its_log_says_so_and_that_is_undone_in_the_same_way() -> None:
    town, before = await changed_town(title="間違い", colour="#000000", filter="name = '商業地域'")
    wrong = await layer_of(town)
    assert await town.run("maps.go_back", GoBack("zones", at_line(wrong, 0)), RESIDENT_A) == Refused(
        "not_allowed"
    )
    done = await town.run("maps.go_back", GoBack("zones", at_line(wrong, 0), why="間違えた"), CLERK)
    assert isinstance(done, Accepted)
    back = await layer_of(town)
    assert content_of(back) == content_of(before)
    assert [(one.what, one.why) for one in back.log][-1] == ("went_back", "間違えた")
    assert (back.edited, back.told) == (
        False,
        before.told,
    )  # the folder says what it said: it is followed again
    assert isinstance(await town.run("maps.go_back", GoBack("zones", at_line(back, 1)), CLERK), Accepted)
    again = await layer_of(town)
    assert (content_of(again), again.edited) == (content_of(wrong), True)


async def test_the_page_shows_now_and_then_before_anything_is_done_and_takes_what_was_ticked() -> None:
    town, _ = await changed_town(title="間違い", licence="CC BY 4.0")
    layer = await layer_of(town)
    page = await show_back(asked(town, CLERK, at_line(layer, 0)))
    assert isinstance(page, Shown)
    rows = {
        one["field"]: (one["now"].splitlines()[0] if one["now"] else "", one["then"].splitlines()[:1])
        for one in page.values["rows"]
    }
    assert rows == {"title": ("間違い", ["用途地域"]), "licence": ("CC BY 4.0", [])}
    seen = tuple(f"{one['field']}:{one['mark']}" for one in page.values["rows"])
    fields = {"at": (at_line(layer, 0),), "seen": seen, "fields": ("title",)}
    assert isinstance(await act_back(asked(town, CLERK, "", fields)), Moved)
    after = await layer_of(town)
    assert (after.title.ja, after.licence, after.edited) == ("用途地域", "CC BY 4.0", True)
    nothing = await act_back(asked(town, CLERK, "", {"at": fields["at"], "seen": seen}))
    assert isinstance(nothing, Shown) and [one.code for one in nothing.values["faults"]] == ["nothing"]


async def test_what_somebody_changed_meanwhile_is_shown_before_it_goes_back_and_other_fields_stay_theirs() -> (
    None
):
    town, _ = await changed_town(title="間違い")
    layer = await layer_of(town)
    form = GoBack("zones", at_line(layer, 0), ("title",), (mark(layer, "title"),))
    town.clock.pass_s(60)
    await change(town, licence="CC BY 4.0")
    await change(town, title="もう一つの題")
    refused = await town.run("maps.go_back", form, CLERK)
    assert isinstance(refused, Refused)
    assert (refused.code, [(one.field, one.code) for one in refused.faults]) == (
        "conflict",
        [("title", "overtaken")],
    )
    now = await layer_of(town)
    assert now.title.ja == "もう一つの題"
    seen = msgspec.structs.replace(form, seen=(mark(now, "title"),))
    assert isinstance(await town.run("maps.go_back", seen, CLERK), Accepted)
    assert ((await layer_of(town)).title.ja, (await layer_of(town)).licence) == ("用途地域", "CC BY 4.0")


async def test_a_data_set_that_is_gone_does_not_come_back_and_the_reason_is_said() -> None:
    town = map_town(msgspec.structs.replace(ZONES, collection="k-none", filter=""), STATIONS)
    await take_over(town)
    town.clock.pass_s(60)
    await change(town, collection="PlanningZone", title="別の題")
    at = at_line(await layer_of(town), 0)
    refused = await town.run("maps.go_back", GoBack("zones", at), CLERK)
    assert isinstance(refused, Refused) and [one.code for one in refused.faults] == ["gone"]
    fields = {"at": (at,), "fields": ("collection", "title")}
    page = await act_back(asked(town, CLERK, at, fields))
    assert isinstance(page, Shown) and [one.code for one in page.values["faults"]] == ["gone"]
    assert isinstance(await town.run("maps.go_back", GoBack("zones", at, ("title",)), CLERK), Accepted)


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "x"])
async def test_what_is_not_kept_is_said(at: str) -> None:
    town, _ = await changed_town(title="間違い")
    refused = await town.run("maps.go_back", GoBack("zones", at), CLERK)
    assert isinstance(refused, Refused) and [one.code for one in refused.faults] == ["no_past"]
    page = await show_back(asked(town, CLERK, at))
    assert isinstance(page, Shown) and (page.status, page.values["rows"]) == (404, ())
    assert isinstance(
        await show_back(msgspec.structs.replace(asked(town, CLERK, at), path={"name": "none"})), Missing
    )


async def test_a_layer_that_was_withdrawn_meanwhile_goes_back_and_stays_withdrawn() -> None:
    town, before = await changed_town(title="間違い")
    assert isinstance(await town.run("maps.withdraw", {"id": ID}, CLERK), Accepted)
    town.clock.pass_s(60)
    page = await show_back(asked(town, CLERK, at_line(before, 0)))
    assert isinstance(page, Shown) and [one["field"] for one in page.values["rows"]] == ["title"]
    assert isinstance(await town.run("maps.go_back", GoBack("zones", at_line(before, 0)), CLERK), Accepted)
    held = await town.city(CLERK).get(HeldMapLayer, "urn:ngsi-ld:HeldMapLayer:zones")
    assert isinstance(held, HeldMapLayer)
    assert (held.title.ja, await town.city(CLERK).get(MapLayer, ID)) == ("用途地域", None)
