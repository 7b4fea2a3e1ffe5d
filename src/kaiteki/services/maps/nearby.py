"""What lies near a place as rows that can be told apart: how far, in which direction, and what differs where several have one name or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import slots
from kaiteki.model.place import bearing_of
from kaiteki.model.words import Words
from kaiteki.services.maps.shown import BELONGS
from kaiteki.services.maps.standing import LonLat, Standing, title_of

DIRECTIONS: Final = (
    Words("北", "north", "北（きた）"),
    Words("北東", "north-east", "北東（ほくとう）"),
    Words("東", "east", "東（ひがし）"),
    Words("南東", "south-east", "南東（なんとう）"),
    Words("南", "south", "南（みなみ）"),
    Words("南西", "south-west", "南西（なんせい）"),
    Words("西", "west", "西（にし）"),
    Words("北西", "north-west", "北西（ほくせい）"),
)
FIRST: Final = ("category", "installationPosition", "fullAddress", "address", "identifier")
"""The values by which people know a thing that has no name, the surest first."""
TOLD_MAX: Final = 2
LENGTH_MAX: Final = 60
_DETAILS: Final = "details"


def direction_of(at: LonLat, one: Standing) -> Words | None:
    """The direction of a feature from a place, of eight; None where it is there."""
    point = {"type": "Point", "coordinates": list(at)}
    degrees = bearing_of(point, cast("dict[str, Any]", getattr(one.hit.seen, one.shown.collection.place)))
    return None if degrees is None else DIRECTIONS[round(degrees / 45) % len(DIRECTIONS)]


def apart(ask: PageAsk, rows: Sequence[Standing]) -> list[list[tuple[str, str]]]:
    """For each row what tells it from the others, as label and value: nothing of one whose name stands alone."""
    titles = [_title(one, ask.language) for one in rows]
    values = [_values(one, ask.language) for one in rows]
    told: list[list[tuple[str, str]]] = []
    for number, one in enumerate(rows):
        again = [values[n] for n, title in enumerate(titles) if title == titles[number]]
        unnamed = titles[number][0] == one.shown.layer.title.say(ask.language)
        found = [
            (label, text)
            for label, text in values[number].items()
            if text not in titles[number]
            if (len(again) > 1 and any(other.get(label) != text for other in again))
            or (len(again) == 1 and unnamed)
        ]
        told.append(found[:TOLD_MAX])
    return told


def _title(one: Standing, language: str) -> tuple[str, str]:
    """What a row is called, and of which layer it is."""
    return title_of(one.shown, one.hit, one.kind, language), one.shown.layer.title.say(language)


def _values(one: Standing, language: str) -> dict[str, str]:
    """The short public values of a feature by their labels, those by which people know it first."""
    declared, seen = one.shown.collection.declared, one.hit.seen
    by_name: dict[str, tuple[str, str]] = {}
    for slot in slots(declared.view):
        value = getattr(seen, slot.field)
        is_open = slot.field in declared.public and slot.field not in declared.workings
        if slot.field == _DETAILS and is_open and isinstance(value, Mapping):
            by_name |= {
                str(name): (str(name), text)
                for name, each in cast("Mapping[Any, Any]", value).items()
                if (text := _text(each))
            }
        elif is_open and slot.kind == "Property" and slot.short != BELONGS and (text := _text(value)):
            words = declared.labels.get(slot.field)
            by_name[slot.short] = (words.say(language) if words is not None else slot.short, text)
    order = sorted(by_name, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return dict(by_name[name] for name in order)


def _text(value: Any) -> str:
    """A value in a line of a list; empty for what is none, is long, or has parts."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value).strip()
    return text if len(text) <= LENGTH_MAX else ""
