"""What stands in the town and can break, planned works and devices: seen by the part they play, whoever keeps them."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.views import Link, Location
from kaiteki.model.place import distance_m
from kaiteki.model.words import Words
from kaiteki.services.reports.geography import Point
from kaiteki.services.reports.settings import Owner, Settings

ASSET: Final = "asset"
WORK: Final = "work"
DEVICE: Final = "device"
ENDED: Final = frozenset({"完了", "中止", "completed", "cancelled"})
"""States of a planned work that say nothing about the future."""
FAULTS: Final = frozenset({"fault", "error", "failed", "故障", "異常"})
"""States of a device that say something is broken (`deviceState` of the Smart Data Models)."""


class Asset(msgspec.Struct, frozen=True):
    """A light, tree, bench, road, hydrant …: its number or name, who looks after it, and how much depends on it."""

    id: str
    name: str = ""
    identifier: str = ""
    category: str = ""
    owner: str = ""
    criticality: str = ""
    full_address: str = ""
    location: Location | None = None

    @property
    def label(self) -> str:
        """What tells it from others of its kind: its number, and its name where it has one."""
        return "　".join(part for part in (self.identifier, self.name) if part) or self.id.rpartition(":")[2]

    @property
    def point(self) -> Point | None:
        """(longitude, latitude) of an asset that is a point; None for lines and areas."""
        if self.location is None or self.location.get("type") != "Point":
            return None
        longitude, latitude = self.location["coordinates"][:2]
        return float(longitude), float(latitude)


class Work(msgspec.Struct, frozen=True):
    """A work that is planned: on which asset, from which to which day (YYYY-MM-DD)."""

    id: str
    name: str = ""
    asset: Link = ""
    start_date: str = ""
    end_date: str = ""
    work_state: str = ""
    location: Location | None = None

    def ahead(self, today: str) -> bool:
        """Whether it is still to come or under way on a day (YYYY-MM-DD)."""
        return self.work_state not in ENDED and (self.end_date or self.start_date) >= today


class Device(msgspec.Struct, frozen=True):
    """A device or sensor that watches an asset and says how that is."""

    id: str
    name: str = ""
    controlled_asset: Link = ""
    device_state: str = ""

    @property
    def faulty(self) -> bool:
        """Whether it says that something is broken."""
        return self.device_state in FAULTS


def away_m(asset: Asset, point: Point) -> float | None:
    """Metres from a place to the nearest point of an asset; None when nobody knows where it is."""
    if asset.location is None:
        return None
    return distance_m(asset.location, {"type": "Point", "coordinates": list(point)})


def owner_of(settings: Settings, asset: Asset | None) -> Owner | None:
    """Who owns an asset, as the table of the area says; None when nothing is known of its owner."""
    return settings.owner(asset.owner) if asset is not None else None


def named(kind: Words, asset: Asset) -> Words:
    """「街灯 12-34」: the kind and what tells it from others."""
    label = asset.label
    return Words(f"{kind.ja} {label}", f"{kind.en} {label}", f"{kind.say('ja-easy')} {label}")
