"""What the world knows of a town: the public part of its folder of data. Places are drawn around its ward offices."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from kaiteki.world.chance import weighted

SPREAD_DEGREES = 0.012
"""How far from an office people live and walk: about 1.2 km, one standard deviation."""


class Quarter(msgspec.Struct, frozen=True):
    """A ward, or the whole town where there are none: its name and where its middle is (longitude, latitude)."""

    code: str
    name: str
    centre: tuple[float, float]


class Town(msgspec.Struct, frozen=True):
    """A town as its folder describes it."""

    area: str
    name: str
    bbox: tuple[float, float, float, float]
    quarters: tuple[Quarter, ...]
    sample: bool = False
    """Whether it is nowhere: in such a town anything may be invented."""


class Spot(msgspec.Struct, frozen=True):
    """A place in a town: longitude, latitude, and what people call it."""

    longitude: float
    latitude: float
    quarter: Quarter
    landmark: str


LANDMARKS: tuple[tuple[str, float], ...] = (
    ("公園の入口", 3.0),
    ("駅前の広場", 2.0),
    ("小学校の東側", 2.0),
    ("バス停のそば", 2.0),
    ("商店街の角", 2.0),
    ("川沿いの遊歩道", 1.5),
    ("団地の中の道", 1.5),
    ("図書館の前", 1.0),
    ("歩道橋の下", 1.0),
    ("市民センターの前", 1.0),
)


def read_town(folder: Path) -> Town:
    """Read `city.toml` of an area's folder; raises OSError, ValueError or KeyError when it is none."""
    document: dict[str, Any] = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
    name = str(document["words"]["ja"])
    whole = Quarter(str(document["code"]), name, _pair(document["centre"]))
    wards: list[dict[str, Any]] = document.get("wards", [])
    quarters = tuple(
        Quarter(str(ward["code"]), str(ward["words"]["ja"]), _pair(ward["centre"])) for ward in wards
    )
    west, south, east, north = (float(edge) for edge in document["bbox"])
    return Town(
        folder.name, name, (west, south, east, north), quarters or (whole,), bool(document.get("sample"))
    )


def draw_spot(town: Town, source: random.Random) -> Spot:
    """A place where people are: around a ward office, inside the town."""
    quarter = source.choice(town.quarters)
    west, south, east, north = town.bbox
    longitude = min(max(source.gauss(quarter.centre[0], SPREAD_DEGREES), west), east)
    latitude = min(max(source.gauss(quarter.centre[1], SPREAD_DEGREES * 0.8), south), north)
    return Spot(round(longitude, 6), round(latitude, 6), quarter, weighted(source, LANDMARKS))


def _pair(value: list[Any]) -> tuple[float, float]:
    return float(value[0]), float(value[1])
