"""The weather of a town at any moment: smooth, with seasons and days, the same for the same seed. It is no forecast."""

from __future__ import annotations

import math

import msgspec

from kaiteki.world.chance import noise

DAY_S = 86_400
YEAR_S = 365.25 * DAY_S
JAPAN_OFFSET_S = 9 * 3600


class Weather(msgspec.Struct, frozen=True):
    """°C, % of relative humidity, mm of rain per hour, m/s of wind, degrees from which it blows, hPa."""

    temperature: float
    humidity: float
    rain: float
    wind: float
    wind_from: int
    pressure: float

    @property
    def words(self) -> str:
        """What people say of it."""
        if self.rain >= 0.5:
            return "雨"
        return "くもり" if self.humidity > 72 else "晴れ"


def weather_at(seed: int, town: str, at_s: float) -> Weather:
    """The weather over a town, seconds since the epoch."""
    local = at_s + JAPAN_OFFSET_S
    season = math.cos(2 * math.pi * (local / YEAR_S - 0.57))
    hour = math.cos(2 * math.pi * (local / DAY_S - 14 / 24))
    front = noise(seed, f"{town}/front", local / (1.7 * DAY_S))
    gust = noise(seed, f"{town}/gust", local / 5400)
    wet = max(0.0, front - 0.35)
    temperature = 16.0 + 11.0 * season + 3.6 * hour * (1 - wet) - 2.5 * front + 0.6 * gust
    return Weather(
        temperature=round(temperature, 1),
        humidity=round(min(98.0, max(25.0, 62 + 18 * front - 9 * hour + 3 * gust)), 0),
        rain=round(max(0.0, wet * 9 * (0.6 + 0.4 * gust)), 1),
        wind=round(2.6 + 1.6 * abs(front) + 1.1 * gust, 1),
        wind_from=int(noise(seed, f"{town}/wind", local / (0.8 * DAY_S)) * 180) % 360,
        pressure=round(1013 - 9 * front, 1),
    )


def wbgt_of(weather: Weather) -> float:
    """The heat index outdoors without sun, approximated from temperature and humidity (ABM formula); °C."""
    vapour = (
        weather.humidity / 100 * 6.105 * math.exp(17.27 * weather.temperature / (237.7 + weather.temperature))
    )
    return round(0.567 * weather.temperature + 0.393 * vapour + 3.94, 1)
