"""The sensors of a town: which there are, and what they say at a moment, as NGSI-LD entities in normalized form.

Types and attribute names are those of the Smart Data Models (WeatherObserved, AirQualityObserved, OffStreetParking).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from kaiteki.world.chance import dice, noise
from kaiteki.world.town import Quarter, Town
from kaiteki.world.weather import DAY_S, JAPAN_OFFSET_S, wbgt_of, weather_at

Document = dict[str, Any]


def entities_at(seed: int, town: Town, at_s: float) -> list[Document]:
    """What every sensor of a town says at a moment (seconds since the epoch): three entities per quarter."""
    return [
        document
        for quarter in town.quarters
        for document in (
            _weather_station(seed, town, quarter, at_s),
            _air_station(seed, town, quarter, at_s),
            _car_park(seed, town, quarter, at_s),
        )
    ]


def _weather_station(seed: int, town: Town, quarter: Quarter, at_s: float) -> Document:
    weather = weather_at(seed, town.area, at_s)
    own = dice(seed, town.area, quarter.code, "bias").uniform(-0.8, 0.8)
    return {
        "id": f"urn:ngsi-ld:WeatherObserved:{town.area}-{quarter.code}",
        "type": "WeatherObserved",
        "name": {"type": "Property", "value": f"{quarter.name} 気象計"},
        "temperature": _measured(round(weather.temperature + own, 1), "CEL", at_s),
        "relativeHumidity": _measured(weather.humidity, "P1", at_s),
        "precipitation": _measured(weather.rain, "MMT", at_s),
        "windSpeed": _measured(max(weather.wind, 0.0), "MTS", at_s),
        "windDirection": _measured(weather.wind_from, "DD", at_s),
        "atmosphericPressure": _measured(weather.pressure, "A97", at_s),
        "wbgt": _measured(wbgt_of(weather), "CEL", at_s),
        "weatherType": {"type": "Property", "value": weather.words, "observedAt": _time(at_s)},
        "location": _place(quarter, 0.0),
        **_origin(at_s),
    }


def _air_station(seed: int, town: Town, quarter: Quarter, at_s: float) -> Document:
    weather = weather_at(seed, town.area, at_s)
    traffic = _busy(at_s)
    dust = 9 + 7 * traffic + 5 * noise(seed, f"{town.area}/{quarter.code}/dust", at_s / 10_800) - weather.wind
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:{town.area}-{quarter.code}",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": f"{quarter.name} 大気測定局"},
        "pm25": _measured(round(max(dust, 1.0), 1), "GQ", at_s),
        "no2": _measured(round(max(6 + 22 * traffic - weather.wind, 1.0), 1), "GQ", at_s),
        "location": _place(quarter, 0.004),
        **_origin(at_s),
    }


def _car_park(seed: int, town: Town, quarter: Quarter, at_s: float) -> Document:
    spaces = dice(seed, town.area, quarter.code, "spaces").randrange(40, 180, 10)
    taken = 0.15 + 0.7 * _busy(at_s) + 0.12 * noise(seed, f"{town.area}/{quarter.code}/cars", at_s / 3600)
    return {
        "id": f"urn:ngsi-ld:OffStreetParking:{town.area}-{quarter.code}",
        "type": "OffStreetParking",
        "name": {"type": "Property", "value": f"{quarter.name} 市営駐車場"},
        "totalSpotNumber": {"type": "Property", "value": spaces},
        "availableSpotNumber": _measured(round(spaces * (1 - min(max(taken, 0.0), 1.0))), "C62", at_s),
        "location": _place(quarter, -0.004),
        **_origin(at_s),
    }


def _busy(at_s: float) -> float:
    """How busy a town is at a time of day, 0 at night to 1."""
    hour = (at_s + JAPAN_OFFSET_S) % DAY_S / 3600
    return math.exp(-((hour - 8.5) ** 2) / 5) * 0.8 + math.exp(-((hour - 17.5) ** 2) / 9)


def _measured(value: float, unit: str, at_s: float) -> Document:
    return {"type": "Property", "value": value, "unitCode": unit, "observedAt": _time(at_s)}


def _place(quarter: Quarter, shift: float) -> Document:
    longitude, latitude = quarter.centre
    position = [round(longitude + shift, 6), round(latitude + shift / 2, 6)]
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": position}}


def _origin(at_s: float) -> Document:
    return {
        "dateObserved": {"type": "Property", "value": _time(at_s)},
        "dataProvider": {"type": "Property", "value": "見本の世界（シミュレーション）"},
    }


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
