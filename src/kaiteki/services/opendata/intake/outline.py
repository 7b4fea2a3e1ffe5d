"""Where an area lies, as exactly as it is known: areas of a data set that its settings name, else its wards, else its box. Which it was is said.

Boundaries of open data are approximate, and quays lie beyond them: what is less than EDGE_DEGREES away is taken for inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, cast

import msgspec
import shapely

from kaiteki.kit.pages import City
from kaiteki.model.area import Area
from kaiteki.model.entity import Json
from kaiteki.model.place import bounds_of, shape_of
from kaiteki.model.query import PAGE_SIZE_MAX
from kaiteki.model.words import Words
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.surplus import records_of

EDGE_DEGREES: Final = 0.001
"""About 100 m."""
RECORDS_MAX: Final = 5_000
"""Areas of the data set that are taken together."""
AREAS: Final = ("Polygon", "MultiPolygon")
CHECKS: Final = {
    "areas": Words(
        "「{title}」の区域（まわり約100mを含む）で確かめました。",
        "Checked against the areas of “{title}”, with about 100 m around them.",
        "「{title}」で たしかめました。",
    ),
    "wards": Words(
        "区の区域（まわり約100mを含む）で確かめました。",
        "Checked against the wards, with about 100 m around them.",
        "区（く）の 形（かたち）で たしかめました。",
    ),
    "box": Words(
        "区域のデータがないので、地域を囲む四角（緯度・経度の範囲）で確かめました。",
        "No areas of the town are at hand; checked against the box around it.",
        "まちを かこむ 四角（しかく）で たしかめました。",
    ),
}


class Outline(msgspec.Struct, frozen=True):
    """Where an area lies: its box, and the geometry (with its edge) where one is known; `title` is the data set that it is of."""

    kind: Literal["areas", "wards", "box"]
    box: tuple[float, float, float, float]
    shape: Any = None
    title: str = ""

    def is_outside(self, location: dict[str, Json]) -> bool:
        """Whether a geometry lies outside as a whole."""
        west, south, east, north = self.box
        at = bounds_of(location)
        if self.shape is None:
            return at[2] < west or at[0] > east or at[3] < south or at[1] > north
        return not self.shape.intersects(shape_of(location))

    def say(self, language: str) -> str:
        """Which check it is, in words."""
        return CHECKS[self.kind].fill(language, title=self.title)


def outline_of(area: Area, title: str = "", areas: Sequence[dict[str, Json]] = ()) -> Outline:
    """The outline of an area: of these areas of a data set, else of its wards where each has a polygon, else its box."""
    drawn = [one for one in areas if one.get("type") in AREAS]
    if drawn:
        return Outline("areas", area.bbox, _with_edge([shape_of(one) for one in drawn]), title)
    if area.wards and all(one.polygon for one in area.wards):
        wards: list[dict[str, Json]] = [
            {"type": "Polygon", "coordinates": [[list(at) for at in one.polygon]]} for one in area.wards
        ]
        return Outline("wards", area.bbox, _with_edge([shape_of(one) for one in wards]))
    return Outline("box", area.bbox)


def _with_edge(shapes: Sequence[Any]) -> Any:
    whole = cast(Any, shapely).union_all([shapely.make_valid(one) for one in shapes]).buffer(EDGE_DEGREES)
    shapely.prepare(whole)
    return whole


async def find_outline(city: City, area: Area, slug: str) -> Outline:
    """The outline of an area whose settings name a data set by its slug, as far as the person may see that; empty for none."""
    data_set = await city.get(DataSet, f"urn:ngsi-ld:DataSet:{slug}") if slug else None
    if data_set is None:
        return outline_of(area)
    found: list[dict[str, Json]] = []
    wanted, offset, more = records_of(data_set.id), 0, True
    while more and offset < RECORDS_MAX:
        page = msgspec.structs.replace(wanted, limit=PAGE_SIZE_MAX, offset=offset)
        listing = await city.find(record_view(data_set.record_type), page)
        found += [one.location for one in listing.items if one.location is not None]
        more, offset = listing.more, offset + PAGE_SIZE_MAX
    return outline_of(area, data_set.title, found)
