"""What sensors say, as views of the Smart Data Models types WeatherObserved, AirQualityObserved, OffStreetParking and Device."""

from __future__ import annotations

import msgspec

from kaiteki.kit.views import Link, Location


class WeatherObserved(msgspec.Struct, frozen=True):
    """A weather station: °C, % of relative humidity, mm per hour, m/s, degrees, hPa, °C of the heat index WBGT."""

    id: str
    name: str = ""
    temperature: float | None = None
    relative_humidity: float | None = None
    precipitation: float | None = None
    wind_speed: float | None = None
    wind_direction: float | None = None
    atmospheric_pressure: float | None = None
    wbgt: float | None = None
    weather_type: str = ""
    date_observed: str = ""
    data_provider: str = ""
    location: Location | None = None


class AirQualityObserved(msgspec.Struct, frozen=True):
    """An air station: micrograms per cubic metre of fine dust and of nitrogen dioxide."""

    id: str
    name: str = ""
    pm25: float | None = None
    no2: float | None = None
    date_observed: str = ""
    data_provider: str = ""
    location: Location | None = None


class OffStreetParking(msgspec.Struct, frozen=True):
    """A car park: spaces in all, and free now."""

    id: str
    name: str = ""
    total_spot_number: int | None = None
    available_spot_number: int | None = None
    date_observed: str = ""
    data_provider: str = ""
    location: Location | None = None


class Device(msgspec.Struct, frozen=True):
    """A device that watches an asset (Smart Data Models: Device): which one, and how it is (`ok`, `fault`)."""

    id: str
    name: str = ""
    category: str = ""
    controlled_asset: Link = ""
    device_state: str = ""
    date_observed: str = ""
    data_provider: str = ""
    location: Location | None = None
