"""Which place is meant: a position, or words that are looked for (finding.py).

People write a position as latitude, longitude (the field `position`); addresses say `at=lon,lat` as GeoJSON does. Either is understood the
other way round where only that can be meant, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.model.position import Position, read_position
from kaiteki.model.words import Words
from kaiteki.services.maps.standing import LonLat

TEXT_LENGTH_MAX: Final = 100
POSITION_LENGTH_MAX: Final = 60
NO_POSITION: Final = Words(
    "緯度,経度として読めませんでした。欄の例のように書いてください。",
    "This is no latitude, longitude. Please write it like the example at the field.",
    "数字（すうじ）が ちがいます。れいの ように 書（か）いて ください。",
)
SWAPPED: Final = Words(
    "緯度と経度が逆の順に書かれていたので、入れ替えて読みました（北緯{lat}、東経{lon}）。",
    "Latitude and longitude stood the other way round and were swapped (latitude {lat}, longitude {lon}).",
    "2つの 数字（すうじ）の じゅんばんを かえて 読（よ）みました（{lat},{lon}）。",
)
NOTHING_FOUND: Final = Words(
    "この名前や住所の場所は、まちのデータに見つかりませんでした。短い言葉や、近くの施設の名前でもさがせます。",
    "Nothing of this name or address is in the data of the town. Try shorter words, or a facility nearby.",
    "その 名前（なまえ）の 場所（ばしょ）は ありませんでした。みじかい ことばで さがして ください。",
)


class Wanted(msgspec.Struct, frozen=True):
    """What was asked: a place, or words; `faults` by field what was not understood; `typed` the position as it was written, `swapped` whether
    it stood the other way round."""

    at: LonLat | None = None
    text: str = ""
    faults: Mapping[str, Words] = {}
    typed: str = ""
    swapped: bool = False


def read_wanted(ask: PageAsk) -> Wanted:
    """The place of the query (`position=lat,lon` of the form, else `at=lon,lat`), else the words `q`."""
    text = ask.query.get("q", "").strip()[:TEXT_LENGTH_MAX]
    told, found = told_position(ask.query)
    if told:
        if found is None:
            return Wanted(None, text, faults={"position": NO_POSITION}, typed=told)
        return Wanted(found.at, text, typed=told, swapped=found.swapped)
    return Wanted(None, text)


def told_position(query: Mapping[str, str]) -> tuple[str, Position | None]:
    """What an address says of a position, to 7 decimals, and what it means; None where nobody can read it."""
    typed, told = query.get("position", "").strip()[:POSITION_LENGTH_MAX], query.get("at", "").strip()
    found = read_position(typed or told, latitude_first=bool(typed))
    if found is not None:
        at = (round(found.at[0], 7), round(found.at[1], 7))
        found = msgspec.structs.replace(found, at=at)
    return typed or told[:POSITION_LENGTH_MAX], found


def say_position(at: LonLat) -> str:
    """A position as people write it: latitude, longitude."""
    return f"{at[1]:.7f}".rstrip("0").rstrip(".") + "," + f"{at[0]:.7f}".rstrip("0").rstrip(".")
