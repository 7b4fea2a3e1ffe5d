"""On which side of the division of the planning area a place lies: 市街化区域 or 市街化調整区域 (区域区分, 都市計画法7条).

```
Settings.division ─┬─ none ─────────────────────────────► none        the area has no such division
                   ├─ its layer is not there ───────────► no_data     nobody gave data, or they are not public now
                   └─ areas of the layer at the place ──► promotion, control; outside of all: control or outside (`rest`)
```

Zones of use lie in 市街化区域 alone in most areas, so a place without one is asked about first; the answer is never left out in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.area import Area
from kaiteki.model.words import Words
from kaiteki.services.maps.model import Ground
from kaiteki.services.maps.settings import Division
from kaiteki.services.maps.standing import LonLat, Ready, Standing, value_of

GROUND: Final = Ground(
    Words("都市計画法", "City Planning Act", "まちづくりの 法律（ほうりつ）"),
    "7条",
    Words("区域区分", "Division of the planning area", "区域（くいき）を わける"),
    "https://laws.e-gov.go.jp/law/343AC0000000100",
)
SIDES: Final = {
    "promotion": (
        Words("市街化区域", "Urbanisation promotion area", "市街化区域（しがいか くいき）"),
        Words(
            "すでに市街地になっているか、これから市街地にしていく区域です。",
            "It is built up, or is to be built up.",
            "まちに する ところです。",
        ),
    ),
    "control": (
        Words("市街化調整区域", "Urbanisation control area", "市街化調整区域（しがいか ちょうせい くいき）"),
        Words(
            "市街地になるのをおさえる区域です。建てるには原則として許可が要ります。",
            "Urbanisation is restrained here; to build, one needs a permit in principle.",
            "家（いえ）を たてる ことが むずかしい ところです。",
        ),
    ),
    "outside": (
        Words(
            "市街化区域の外",
            "Outside of the urbanisation promotion area",
            "市街化区域（しがいか くいき）の そと",
        ),
        Words(
            "市街化調整区域か、都市計画区域の外です。どちらかは、公開しているデータでは分かりません。窓口で確かめてください。",
            "It is an urbanisation control area or not in a planning area; the public data do not say which. Please ask the office.",
            "くわしい ことは 市役所（しやくしょ）で 聞（き）いて ください。",
        ),
    ),
    "none": (
        Words("区域区分はありません", "There is no such division here", "わけて いません"),
        Words(
            "このまちでは、市街化区域と市街化調整区域を分けていません。",
            "This town is not divided into areas of urbanisation promotion and control.",
            "この まちは 市街化区域（しがいか くいき）を きめて いません。",
        ),
    ),
    "no_data": (
        Words("データがありません", "No data", "データが ありません"),
        Words(
            "市街化区域か市街化調整区域かのデータは公開していません。窓口で確かめてください。",
            "There are no public data on areas of urbanisation promotion and control. Please ask the office.",
            "市役所（しやくしょ）で 聞（き）いて ください。",
        ),
    ),
}
"""What is said of a place, and what it means."""


class Side(msgspec.Struct, frozen=True):
    """The answer (`SIDES`); `at_edge`: nearer to an edge than a map can tell; `layer` the name of the layer that says it."""

    code: str
    at_edge: bool = False
    layer: str = ""

    @property
    def words(self) -> Words:
        """The side by its name."""
        return SIDES[self.code][0]

    @property
    def meaning(self) -> Words:
        """What it means."""
        return SIDES[self.code][1]


def side_at(
    division: Division | None,
    shown: Sequence[Ready],
    standing: Sequence[Standing],
    place: tuple[LonLat, Area | None],
) -> Side | None:
    """The side on which a place of an area lies, by what stands there (standing.standing_at); None beyond the area."""
    (lon, lat), town = place
    if town is not None:
        west, south, east, north = town.bbox
        if not (west <= lon <= east and south <= lat <= north):
            return None
    if division is not None and division.none:
        return Side("none")
    if division is None or all(one.layer.name != division.layer for one in shown):
        return Side("no_data")
    areas = [one for one in standing if one.shown.layer.name == division.layer and one.edge_m is not None]
    at_edge = any(one.at_edge for one in areas)
    sides = [side for one in areas if one.covers and (side := side_of(division, one))]
    rest = "control" if division.rest == "control" else "outside"
    return Side(sides[0] if sides else rest, at_edge, division.layer)


def side_of(division: Division, one: Standing) -> str:
    """The side that an area of the layer is of; empty where its value is none of those that are known."""
    if not division.by:
        return "promotion"
    value = str(value_of(one.hit.seen, division.by) or "")
    return "promotion" if value in division.promotion else "control" if value in division.control else ""
