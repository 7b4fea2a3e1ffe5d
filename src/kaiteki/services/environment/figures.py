"""What the sensors say of the town as a whole, for its home page: the middle of the stations, with their age."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from kaiteki.kit.pages import PageAsk, Reading
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.environment.model import OffStreetParking, WeatherObserved

STATIONS_MAX: Final = 100
FRESH_S: Final = 3 * 3600
"""Older values are not the present; the town then says that it does not know."""


async def read_temperature(ask: PageAsk) -> Reading | None:
    """The air temperature, °C; None where there is no station, unknown where none is fresh."""
    return await _middle(ask, "temperature", Words("℃", "°C"))


async def read_heat(ask: PageAsk) -> Reading | None:
    """The heat index WBGT, °C."""
    return await _middle(ask, "wbgt", Words("℃", "°C"))


async def read_parking(ask: PageAsk) -> Reading | None:
    """Free spaces of all car parks together."""
    found = await ask.city.find(OffStreetParking, Query(limit=STATIONS_MAX))
    if not found.items:
        return None
    fresh = _fresh(ask, found.items, "available_spot_number")
    if not fresh:
        return Reading(None)
    free = sum(one.available_spot_number for one in fresh)
    return Reading(
        value=f"{free:,}",
        unit=Words("台", "spaces", "だい"),
        text=Words(f"{len(fresh)}か所の合計", f"{len(fresh)} car parks", f"{len(fresh)}かしょ"),
        at=_newest(fresh),
        path="map?layer=OffStreetParking",
    )


async def _middle(ask: PageAsk, field: str, unit: Words) -> Reading | None:
    found = await ask.city.find(WeatherObserved, Query(limit=STATIONS_MAX))
    if not found.items:
        return None
    fresh = _fresh(ask, found.items, field)
    if not fresh:
        return Reading(None)
    values = [getattr(one, field) for one in fresh]
    low, high = min(values), max(values)
    return Reading(
        value=f"{median(values):.1f}",
        unit=unit,
        text=Words(
            f"市内{len(fresh)}か所で {low:.1f}〜{high:.1f}",
            f"{low:.1f} to {high:.1f} at {len(fresh)} stations",
            f"{len(fresh)}かしょで {low:.1f}〜{high:.1f}",
        ),
        at=_newest(fresh),
        path="map?layer=WeatherObserved",
    )


def _fresh(ask: PageAsk, items: Sequence[Any], field: str) -> list[Any]:
    oldest = ask.now - FRESH_S * 1_000_000
    return [one for one in items if getattr(one, field) is not None and _observed(one) >= oldest]


def _observed(one: Any) -> Instant:
    """When a station measured; long ago when it does not say."""
    return parse_instant(one.date_observed) or Instant(0)


def _newest(items: Sequence[Any]) -> Instant:
    return max(_observed(one) for one in items)
