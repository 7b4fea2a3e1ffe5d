"""What lies under and in front of the houses of a town that is nowhere: zones, roads of the ledger, designated roads, sewers.

All of it is invented, and says so in its source; a real town has none of it from here. Around the middle of each quarter lie four
zones, two streets that cross there with their sections, a private road off one of them, and a sewer with its manholes.
"""

from __future__ import annotations

import math
from typing import Any, Final

from kaiteki.world.things import METRES_PER_DEGREE, Document, belongs, data_set, said
from kaiteki.world.town import Quarter, Town

SIDE_M: Final = 600.0
"""The side of a zone."""
HALF_M: Final = 420.0
"""Half the length of a street."""
SPAN_M: Final = 60.0
"""Between two manholes."""
DATA_SETS: Final = {
    "PlanningZone": "用途地域（見本）",
    "CertifiedRoad": "認定道路（見本の道路台帳）",
    "RoadSection": "道路の区間（見本の道路台帳）",
    "DesignatedRoad": "指定道路（見本）",
    "SewerPipe": "下水道の管渠（見本）",
    "Manhole": "下水道のマンホール（見本）",
}
"""Type -> the title of the data set in which the town publishes it."""
ZONES: Final = (
    (-1, 0, "第一種低層住居専用地域", 50, 100),
    (0, 0, "第一種住居地域", 60, 200),
    (-1, -1, "近隣商業地域", 80, 200),
    (0, -1, "準工業地域", 60, 200),
)
"""East and north of the middle, in sides; name, 建蔽率 and 容積率 in percent."""
STREETS: Final = (("東西", 1.0, 0.0, 6.5, 9.0, "1級"), ("南北", 0.0, 1.0, 4.0, 6.0, "2級"))
"""Name, direction (east, north), least and greatest width in metres, grade."""


def network_of(town: Town, at_s: float) -> list[Document]:
    """The zones, roads and sewers of a sample town, with their data sets; nothing of a real one."""
    if not town.sample:
        return []
    laid = [one for n, quarter in enumerate(town.quarters, 1) for one in _quarter(town, quarter, n)]
    return [*(data_set(town, kind, title, laid, at_s) for kind, title in DATA_SETS.items()), *laid]


def _quarter(town: Town, quarter: Quarter, n: int) -> list[Document]:
    return [
        *_zones(town, quarter),
        *_roads(town, quarter, n),
        *_private_road(town, quarter, n),
        *_sewer(town, quarter, n),
    ]


def _zones(town: Town, quarter: Quarter) -> list[Document]:
    found: list[Document] = []
    for part, (east, north, name, coverage, floors) in enumerate(ZONES, 1):
        corners = [(east, north), (east + 1, north), (east + 1, north + 1), (east, north + 1), (east, north)]
        ring = [_at(quarter, x * SIDE_M, y * SIDE_M) for x, y in corners]
        area = {"type": "Polygon", "coordinates": [ring]}
        values = {"name": name, "buildingCoverageRatio": coverage, "floorAreaRatio": floors}
        found.append(_made(town, "PlanningZone", f"{quarter.code}-{part}", area, values))
    return found


def _roads(town: Town, quarter: Quarter, n: int) -> list[Document]:
    found: list[Document] = []
    for street, (name, east, north, least, greatest, grade) in enumerate(STREETS, 1):
        number = f"{n}{street:03d}"
        ends = [(-HALF_M, "西町一丁目1番地先" if east else "南町一丁目1番地先"), (0.0, f"{quarter.name}中央交差点"),
                (HALF_M, "東町三丁目9番地先" if east else "北町三丁目9番地先")]  # fmt: skip
        line = [_at(quarter, way * east, way * north) for way, _ in ends]
        of_road = {
            "routeNumber": number,
            "name": f"市道{quarter.name}{name}線",
            "grade": grade,
            "startPoint": ends[0][1],
            "endPoint": ends[-1][1],
            "via": ends[1][1],
            "length": 2 * HALF_M,
            "widthMin": least,
            "widthMax": greatest,
            "surface": "アスファルト舗装",
            "certifiedOn": f"{1970 + 7 * n + street}-04-01",
            "noticeNumber": f"見本市告示第{10 * n + street}号",
            "openedOn": f"{1971 + 7 * n + street}-04-01",
            "siteArea": round(2 * HALF_M * (least + greatest) / 2),
            "gradientMax": 2.0 + street,
        }
        found.append(
            _made(town, "CertifiedRoad", number, {"type": "LineString", "coordinates": line}, of_road)
        )
        for part in (1, 2):
            (_, start), (_, end) = ends[part - 1], ends[part]
            width = least if part == 1 else greatest
            of_part = {
                "routeNumber": number,
                "sectionNumber": f"{part}",
                "startPoint": start,
                "endPoint": end,
                "length": HALF_M,
                "width": width,
                "carriagewayWidth": min(width, 6.0),
                "sidewalk": width >= 8,
                "surface": "アスファルト舗装",
                "openedOn": of_road["openedOn"],
            }
            half = {"type": "LineString", "coordinates": line[part - 1 : part + 1]}
            found.append(_made(town, "RoadSection", f"{number}-{part}", half, of_part))
    return found


def _private_road(town: Town, quarter: Quarter, n: int) -> list[Document]:
    line = {"type": "LineString", "coordinates": [_at(quarter, 120, 0), _at(quarter, 120, 35)]}
    narrow = {"type": "LineString", "coordinates": [_at(quarter, -150, 0), _at(quarter, -150, -80)]}
    rows = (
        ("1", line, "法第42条第1項第5号", f"{1975 + n}-06-10", 35.0, 4.5),
        ("2", narrow, "法第42条第2項", "1960-04-01", 80.0, 2.7),
    )
    return [
        _made(
            town,
            "DesignatedRoad",
            f"{n}{part}",
            place,
            {
                "designationNumber": f"第{n}{part}号",
                "category": kind,
                "designatedOn": day,
                "startPoint": f"{quarter.name}中央交差点付近",
                "length": length,
                "width": width,
            },
        )
        for part, place, kind, day, length, width in rows
    ]


def _sewer(town: Town, quarter: Quarter, n: int) -> list[Document]:
    stops = [-HALF_M + k * SPAN_M for k in range(int(2 * HALF_M / SPAN_M) + 1)]
    found: list[Document] = []
    for k, way in enumerate(stops):
        ground, invert = 6.0 - 0.002 * k * SPAN_M, 4.5 - 0.003 * k * SPAN_M
        values = {
            "identifier": f"M-{n}{k:03d}",
            "category": "汚水",
            "manholeKind": "1号マンホール",
            "groundLevel": round(ground, 2),
            "invertLevel": round(invert, 2),
            "depth": round(ground - invert, 2),
            "installedYear": 1988 + n,
        }
        place = {"type": "Point", "coordinates": _at(quarter, way, 2)}
        found.append(_made(town, "Manhole", f"{n}{k:03d}", place, values))
        if k:
            pipe = {
                "identifier": f"P-{n}{k:03d}",
                "category": "汚水",
                "material": "塩化ビニル管",
                "diameter": 250 if k < len(stops) / 2 else 300,
                "length": SPAN_M,
                "slope": 3.0,
                "depth": 1.5,
                "installedYear": 1988 + n,
                "upstreamManhole": f"M-{n}{k - 1:03d}",
                "downstreamManhole": f"M-{n}{k:03d}",
            }
            line = {
                "type": "LineString",
                "coordinates": [_at(quarter, stops[k - 1], 2), _at(quarter, way, 2)],
            }
            found.append(_made(town, "SewerPipe", f"{n}{k:03d}", line, pipe))
    return found


def _made(town: Town, kind: str, part: str, place: Document, values: dict[str, Any]) -> Document:
    return {
        "id": f"urn:ngsi-ld:{kind}:{town.area}-{part}",
        "type": kind,
        "location": {"type": "GeoProperty", "value": place},
        "dataSet": belongs(town, kind),
        **{name: said(value) for name, value in values.items()},
    }


def _at(quarter: Quarter, east_m: float, north_m: float) -> list[float]:
    """A position some metres from the middle of a quarter."""
    longitude, latitude = quarter.centre
    shrink = math.cos(math.radians(latitude))
    return [
        round(longitude + east_m / METRES_PER_DEGREE / shrink, 7),
        round(latitude + north_m / METRES_PER_DEGREE, 7),
    ]
