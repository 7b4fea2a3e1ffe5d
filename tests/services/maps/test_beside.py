"""A law of the edges near a place: where many areas of a layer meet, the nearest are listed and the others counted."""

from __future__ import annotations

from map_town import ZONES, look, map_town, put, square, take_over

DEGREE_M = 111_320.0


async def test_of_many_areas_near_a_place_the_nearest_are_listed_and_the_others_counted() -> None:
    town = map_town(ZONES)
    await take_over(town)
    side = 1 / DEGREE_M
    for number in range(6):
        # six areas of a metre each, one behind the other to the north, the first a metre away
        place = square(141.05, 35.35 + (1 + 1.2 * number) * side, side)
        await put(town, "PlanningZone", f"z{number}", place, name="商業地域")
    page = await look(town, at="141.050005,35.35")
    away = [round(one["distance"]) for one in page.values["beside"]]
    assert (away, page.values["beside_more"]) == ([1, 2, 3], [("用途地域", 3)])
    few = await look(town, at="141.050005,35.3499")
    assert few.values["beside_more"] == []
