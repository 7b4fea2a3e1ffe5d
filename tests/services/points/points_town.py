"""A town with a campaign and somebody's account, for tests of city points."""

from __future__ import annotations

from typing import Any

from kaiteki.main.parts import POINTS
from kaiteki.model.decision import Accepted
from town import CLERK, RESIDENT_A, Town

CLEANING = {
    "name": "海岸清掃",
    "name_en": "Beach cleaning",
    "field": "volunteer",
    "amount": 50,
    "day_max": 100,
    "person_max": 200,
    "budget": 1000,
    "starts": "2026-11-01",
    "ends": "2027-03-31",
}
TABLE = {
    "name": "みなと子ども食堂",
    "name_en": "Harbour children's table",
    "about": "子どもの夕食",
    "about_en": "Suppers for children",
    "starts": "2026-11-01",
    "ends": "2027-03-31",
}
DAY_S = 86_400


async def a_town(**changed: Any) -> tuple[Town, str, str]:
    """A town with a campaign and the account of somebody: the town, the campaign, the points number."""
    town = Town(POINTS)
    begun = await town.run("points.keep_campaign", {**CLEANING, **changed}, CLERK)
    opened = await town.run("points.open", {}, RESIDENT_A)
    assert isinstance(begun, Accepted) and isinstance(opened, Accepted)
    return town, str(begun.answer["id"]), str(opened.answer["number"])
