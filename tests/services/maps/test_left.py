"""Laws of the history of a place: what stood there and stands there no more is in it, with when it came and left."""

from __future__ import annotations

from typing import Any

from map_town import ZONES, look, map_town, put, square, take_over

from kaiteki.kit.pages import Shown
from kaiteki.main.imports.targets import LocalTarget
from town import Town

WEST, SOUTH, SIDE = 141.0, 35.3, 0.01
AT = f"{WEST + 0.005},{SOUTH + 0.005}"


def titles(page: Shown) -> list[str]:
    return [one["title"] for one in page.values["changes"] if "用途地域" not in one["title"]]


async def zoned(**more: Any) -> Town:
    town = map_town(ZONES)
    await take_over(town)
    town.clock.pass_s(1)
    await put(town, "PlanningZone", "a", square(WEST, SOUTH, SIDE), name="商業地域")
    await put(town, "PlanningZone", "b", square(WEST + SIDE, SOUTH, SIDE), name="工業地域")
    town.clock.pass_s(1)
    return town


async def test_what_was_deleted_there_stays_in_the_history_of_the_place() -> None:
    town = await zoned()
    await LocalTarget(town.store.entities, town.clock, town.area).remove(["urn:ngsi-ld:PlanningZone:a"])
    page = await look(town, at=AT)
    assert page.values["groups"] == []
    assert titles(page) == ["商業地域　なくなりました", "商業地域　データに載りました"]


async def test_what_moved_away_is_told_where_it_was_and_where_it_is() -> None:
    town = await zoned()
    await put(town, "PlanningZone", "a", square(WEST + 3 * SIDE, SOUTH, SIDE), name="商業地域")
    assert titles(await look(town, at=AT)) == [
        "商業地域　ほかの場所へ移ったか、形が変わりました",
        "商業地域　データに載りました",
    ]
    there = await look(town, at=f"{WEST + 3.5 * SIDE},{SOUTH + 0.005}")
    assert titles(there) == ["商業地域　内容が変わりました", "商業地域　データに載りました"]


async def test_the_neighbour_that_never_lay_there_is_not_told() -> None:
    town = await zoned()
    await LocalTarget(town.store.entities, town.clock, town.area).remove(["urn:ngsi-ld:PlanningZone:b"])
    assert titles(await look(town, at=AT)) == ["商業地域　データに載りました"]


async def test_the_page_says_how_far_back_was_looked() -> None:
    page = await look(await zoned(), at=AT)
    assert (page.values["left"].reach_days, page.values["left"].tells_gone) == (400, True)
