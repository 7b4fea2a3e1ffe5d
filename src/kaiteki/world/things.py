"""What stands in a town: lights, trees, benches, hydrants, with numbers and owners; a device that sees a fault, a planned work.

Types and attribute names are those of the municipal standard tables and of the Smart Data Model Device.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from kaiteki.world.chance import dice, weighted
from kaiteki.world.town import Quarter, Town
from kaiteki.world.weather import DAY_S, JAPAN_OFFSET_S

Document = dict[str, Any]
STREETS = 4
LIGHTS_PER_STREET = 9
SPACING_M = 35.0
TREES_PER_STREET = 6
METRES_PER_DEGREE = 111_320.0
OWNERS: tuple[tuple[str, float], ...] = (("市", 80), ("国", 7), ("県", 6), ("電柱会社", 4), ("商店会", 3))
SOURCE = "見本の世界（シミュレーション）"
LICENCE = "Apache-2.0（見本のデータ）"
DATA_SETS = {
    "StreetLight": "街灯（見本）",
    "StreetTree": "街路樹（見本）",
    "FireHydrant": "消火栓（見本）",
    "ParkEquipment": "公園の設備（見本）",
    "PlannedWork": "工事の予定（見本）",
}
"""Type of what stands -> the title of the data set in which the town publishes it."""
EQUIPMENT = ("ベンチ", "ぶらんこ", "すべり台", "水飲み場", "あずまや")
FAULTY_LIGHT = (1, 4)
"""Street and place of the light in each quarter whose device tells of a fault."""
PLANNED_LIGHT = (2, 3)
"""The light in each quarter that is to be replaced."""


def things_of(seed: int, town: Town, at_s: float) -> list[Document]:
    """Everything that stands in a town, with its devices and planned works as they are at a moment, and its data sets."""
    standing = [document for quarter in town.quarters for document in _quarter(seed, town, quarter, at_s)]
    return [*(data_set(town, kind, DATA_SETS[kind], standing, at_s) for kind in DATA_SETS), *standing]


def data_set(town: Town, kind: str, title: str, standing: list[Document], at_s: float) -> Document:
    """What is said of one kind of things as a whole: whose data they are, and that nobody need ask to use them."""
    return {
        "id": _data_set_id(town, kind),
        "type": "DataSet",
        "title": said(title),
        "recordType": said(kind),
        "records": {"type": "Property", "value": sum(1 for one in standing if one["type"] == kind)},
        "source": said(SOURCE),
        "licence": said(LICENCE),
        "checkedAt": {"type": "Property", "value": {"@type": "DateTime", "@value": moment(at_s)}},
    }


def _data_set_id(town: Town, kind: str) -> str:
    return f"urn:ngsi-ld:DataSet:{town.area}-{kind.lower()}"


def belongs(town: Town, kind: str) -> Document:
    """The relation of a thing to its data set."""
    return {"type": "Relationship", "object": _data_set_id(town, kind)}


def _quarter(seed: int, town: Town, quarter: Quarter, at_s: float) -> list[Document]:
    found: list[Document] = []

    def stand(kind: str, number: str, where: list[float], owner: str = "市", name: str = "") -> None:
        document = {
            "id": _id(town, kind, quarter, number),
            "type": kind,
            "identifier": said(number),
            "owner": said(owner),
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": where}},
            "dataSet": belongs(town, kind),
        }
        found.append(document | ({"name": said(name), "category": said(name)} if name else {}))

    for street in range(1, STREETS + 1):
        source = dice(seed, town.area, quarter.code, "street", street)
        towards = source.uniform(0, 2 * math.pi)
        for n in range(1, LIGHTS_PER_STREET + 1):
            ours = (street, n) in (FAULTY_LIGHT, PLANNED_LIGHT)
            owner = "市" if ours else weighted(source, OWNERS)
            stand("StreetLight", f"{street:02d}-{n:02d}", _along(quarter, towards, n * SPACING_M, 4), owner)
        for n in range(1, TREES_PER_STREET + 1):
            stand("StreetTree", f"{street:02d}-{n:02d}", _along(quarter, towards, n * SPACING_M * 1.5, -5))
        stand("FireHydrant", f"{street:02d}-H", _along(quarter, towards, SPACING_M * 5.5, 9))
    for n, name in enumerate(EQUIPMENT, 1):
        stand("ParkEquipment", f"P-{n:02d}", _along(quarter, n * 1.2, 24, 0), name=name)
    faulty = _id(town, "StreetLight", quarter, f"{FAULTY_LIGHT[0]:02d}-{FAULTY_LIGHT[1]:02d}")
    light = next(one for one in found if one["id"] == faulty)
    return [*found, _device(town, quarter, light, at_s), _work(town, quarter, at_s)]


def _along(quarter: Quarter, towards: float, away_m: float, aside_m: float) -> list[float]:
    """A position some metres along a street out of the middle of a quarter, and aside of it."""
    east = away_m * math.cos(towards) - aside_m * math.sin(towards)
    north = away_m * math.sin(towards) + aside_m * math.cos(towards)
    longitude, latitude = quarter.centre
    shrink = math.cos(math.radians(latitude))
    return [
        round(longitude + east / METRES_PER_DEGREE / shrink, 6),
        round(latitude + north / METRES_PER_DEGREE, 6),
    ]


def _id(town: Town, kind: str, quarter: Quarter, number: str) -> str:
    return f"urn:ngsi-ld:{kind}:{town.area}-{quarter.code}-{number}"


def _device(town: Town, quarter: Quarter, light: Document, at_s: float) -> Document:
    number = light["identifier"]["value"]
    return {
        "id": _id(town, "Device", quarter, number),
        "type": "Device",
        "name": said(f"街灯 {number} の見守り装置：点灯しません"),
        "category": said("街灯"),
        "controlledAsset": {"type": "Relationship", "object": light["id"]},
        "location": light["location"],
        "deviceState": said("fault"),
        "dateObserved": said(moment(at_s)),
        "dataProvider": said(SOURCE),
    }


def _work(town: Town, quarter: Quarter, at_s: float) -> Document:
    number = f"{PLANNED_LIGHT[0]:02d}-{PLANNED_LIGHT[1]:02d}"
    return {
        "id": _id(town, "PlannedWork", quarter, number),
        "type": "PlannedWork",
        "name": said(f"街灯 {number} のLED化"),
        "asset": said(_id(town, "StreetLight", quarter, number)),
        "startDate": said(_day(at_s + 5 * DAY_S)),
        "endDate": said(_day(at_s + 6 * DAY_S)),
        "workState": said("予定"),
        "dataSet": belongs(town, "PlannedWork"),
    }


def moment(at_s: float) -> str:
    """A moment as DateTime text."""
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s) + JAPAN_OFFSET_S, UTC).strftime("%Y-%m-%d")


def said(value: str | float) -> Document:
    """A value as it goes over the wire."""
    return {"type": "Property", "value": value}
