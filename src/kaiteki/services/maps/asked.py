"""Which place is meant: a position, or words that are looked for among what the town has.

People write a position as latitude, longitude (the field `position`); addresses say `at=lon,lat` as GeoJSON does. Either is understood the
other way round where only that can be meant, and the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import City, Hit, PageAsk
from kaiteki.kit.views import slots
from kaiteki.model.addresses import prefecture_of, spellings
from kaiteki.model.area import Area
from kaiteki.model.place import shape_of
from kaiteki.model.position import Position, read_position
from kaiteki.model.query import Comparison, OneOf, Path, Query, Range
from kaiteki.model.words import Words
from kaiteki.services.maps.shown import located_types
from kaiteki.services.maps.standing import LonLat

TEXT_LENGTH_MAX: Final = 100
POSITION_LENGTH_MAX: Final = 60
CHOICES_MAX: Final = 10
ADDRESS: Final = "fullAddress"
"""The attribute in which records of the standard tables keep an address."""
_LAST_CHARACTER: Final = "\U0010ffff"
NO_POSITION: Final = Words(
    "緯度,経度として読めませんでした（例：35.607,140.106）。",
    "This is no latitude, longitude (such as 35.607,140.106).",
    "数字（すうじ）が ちがいます（れい：35.607,140.106）。",
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


class Choice(msgspec.Struct, frozen=True):
    """A place that may be meant: what it is called, of which kind it is, its address, where it is."""

    title: str
    kind: str
    address: str
    at: LonLat


class Wanted(msgspec.Struct, frozen=True):
    """What was asked: a place, or words with the places that they may mean; `faults` by field what was not understood; `typed` the position
    as it was written, `swapped` whether it stood the other way round."""

    at: LonLat | None = None
    text: str = ""
    choices: tuple[Choice, ...] = ()
    faults: Mapping[str, Words] = {}
    typed: str = ""
    swapped: bool = False


async def read_wanted(ask: PageAsk) -> Wanted:
    """The place of the query (`position=lat,lon` of the form, else `at=lon,lat`), else the places that the words `q` may mean."""
    text = ask.query.get("q", "").strip()[:TEXT_LENGTH_MAX]
    told, found = told_position(ask.query)
    if told:
        if found is None:
            return Wanted(None, text, faults={"position": NO_POSITION}, typed=told)
        return Wanted(found.at, text, typed=told, swapped=found.swapped)
    if not text:
        return Wanted()
    choices = await choices_of(ask.city, text, ask.language, ask.town)
    return Wanted(None, text, choices, {} if choices else {"q": NOTHING_FOUND})


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


async def choices_of(city: City, text: str, language: str, town: Area | None = None) -> tuple[Choice, ...]:
    """What has a place and a name that holds every word, else an address that begins like this."""
    located = located_types(city)
    named = await city.hits(Query(text=text, limit=CHOICES_MAX), tuple(located))
    hits = list(named.items) or await by_address(city, text, town)
    found = [choice for hit in hits if (choice := _choice(hit, located[hit.type][1], language)) is not None]
    return tuple(found[:CHOICES_MAX])


async def by_address(city: City, text: str, town: Area | None = None) -> list[Hit]:
    """What has an address that begins with a text, in whichever way the text and the address write it (model.addresses)."""
    types: list[str] = []
    path: Path | None = None
    for name, (declared, _) in located_types(city).items():
        slot = next((one for one in slots(declared.view) if one.short == ADDRESS), None)
        if slot is not None and slot.field in declared.public:
            types.append(name)
            path = Path((slot.iri,))
    if path is None:
        return []
    ways = spellings(text, town.words.ja, prefecture_of(town.code)) if town is not None else spellings(text)
    begins = OneOf(tuple(Range(one, one + _LAST_CHARACTER) for one in ways))
    return list((await city.hits(Query(q=Comparison(path, "==", begins), limit=CHOICES_MAX), types)).items)


def _choice(hit: Hit, field: str, language: str) -> Choice | None:
    place: Any = getattr(hit.seen, field)
    if not place:
        return None
    middle = shape_of(place).representative_point()
    address = str(getattr(hit.seen, ADDRESS, "") or getattr(hit.seen, "address", "") or "")
    return Choice(hit.title, hit.kind.say(language), address, (round(middle.x, 7), round(middle.y, 7)))
