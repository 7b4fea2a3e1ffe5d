"""The numbers of the town are the middle of its stations, unknown when they are old, absent when there are none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kaiteki.kit.pages import Listing, PageAsk
from kaiteki.model.access import NOBODY
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.services.environment.figures import read_parking, read_temperature
from kaiteki.services.environment.model import OffStreetParking, WeatherObserved

NOW = parse_instant("2026-11-22T03:00:00Z") or Instant(0)
FRESH, OLD = "2026-11-22T02:50:00Z", "2026-11-21T02:50:00Z"


class Stations:
    """A city that knows these stations, and nothing else."""

    def __init__(self, *stations: msgspec.Struct) -> None:
        self.stations = stations

    async def find(self, view: type[Any], wanted: Any) -> Listing:
        return Listing([one for one in self.stations if isinstance(one, view)])


def ask(*stations: msgspec.Struct) -> PageAsk:
    city: Any = Stations(*stations)
    return PageAsk("demo", {}, {}, {}, {}, NOBODY, "ja", NOW, 1, city)


@pytest.mark.parametrize(
    ("when", "value", "text"), [(FRESH, "17.0", "市内3か所で 16.0〜20.0"), (OLD, None, None)]
)
async def test_temperature_is_the_middle_of_what_is_fresh(
    when: str, value: str | None, text: str | None
) -> None:
    stations = [WeatherObserved(f"urn:{t}", temperature=t, date_observed=when) for t in (16.0, 17.0, 20.0)]
    said = await read_temperature(ask(*stations))
    assert said is not None
    assert (said.value, said.text.ja if said.text else None) == (value, text)


async def test_free_spaces_are_added_up() -> None:
    parks = [OffStreetParking(f"urn:{n}", available_spot_number=n, date_observed=FRESH) for n in (700, 800)]
    said = await read_parking(ask(*parks))
    assert said is not None
    assert (said.value, said.at) == ("1,500", parse_instant(FRESH))


async def test_a_town_without_stations_says_nothing() -> None:
    assert await read_temperature(ask()) is None
    assert await read_parking(ask()) is None
