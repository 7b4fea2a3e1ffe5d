"""What stood at a place and stands there no more, as lines of the history of the place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import City, Hit
from kaiteki.kit.views import expand_name
from kaiteki.model.query import GeoFilter
from kaiteki.model.words import Words
from kaiteki.services.maps.changes import STEPS_M, WRITTEN, Line
from kaiteki.services.maps.standing import LonLat, Ready, Standing

GONE: Final = Words("なくなりました", "Removed", "なくなりました")
MOVED_AWAY: Final = Words(
    "ほかの場所へ移ったか、形が変わりました",
    "Moved away or reshaped",
    "ほかの 場所（ばしょ）に いきました",
)
CAME: Final = Words("ここに移りました", "Moved here", "ここに きました")


class Left(msgspec.Struct, frozen=True):
    """The lines; within how many days what ended was written at most (0: nothing was looked at); whether of all layers it is told what
    was deleted."""

    lines: Sequence[Line]
    reach_days: int
    tells_gone: bool


async def left_of(city: City, shown: Sequence[Ready], at: LonLat) -> Left:
    """What of the layers stood at a place or within STEPS_M (areas: covered it) and left, as far as whoever asks may know."""
    point = {"type": "Point", "coordinates": list(at)}
    near = GeoFilter("near", point, expand_name("location"), max_distance_m=STEPS_M)
    types = dict.fromkeys(one.collection.declared.name for one in shown)
    found = await city.stays(tuple(types), near)
    lines: list[Line] = []
    for stay in found.rows:
        standing = _standing(shown, stay.type, stay.seen)
        if standing is not None:
            lines.append(Line(stay.until, GONE if stay.gone else MOVED_AWAY, standing))
            lines.append(Line(stay.since, WRITTEN if stay.first else CAME, standing))
    return Left(lines, found.reach_days, found.tells_gone)


def _standing(shown: Sequence[Ready], kind: str, seen: Any) -> Standing | None:
    """The feature of the first layer to which a state of an entity belongs."""
    for one in shown:
        declared = one.collection.declared
        title = str(getattr(seen, declared.title, "") or seen.id)
        hit = Hit(seen.id, title, kind, declared.words, "", seen)
        if one.belongs(hit):
            return Standing(one, hit, one.class_of(hit), 0.0)
    return None
