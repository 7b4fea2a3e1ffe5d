"""What the page tells of days: the form, the counts, the table of differences, their signs on the drawn map, and what the island draws.

A difference has a colour, a pattern, a shape, a dash and a mark of its own (+ − → ≠), so that none needs the colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.former import WRITTEN_MAX
from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Fault
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.maps.days.asked import Days, day_of, end_of, read_days
from kaiteki.services.maps.days.differences import KINDS, Difference, Kind
from kaiteki.services.maps.days.layers import Look, OfDays, look_back
from kaiteki.services.maps.in_view import Feature, InView, draw
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.signs import PATTERNS, SHAPES, Sign, darker
from kaiteki.services.maps.viewport import View

TABLE_MAX: Final = 100
"""Differences of a layer that the table lists; all are counted."""
ROWS_AT_ONCE: Final = 20
"""Differences that stand in one fold of the table."""
OPEN_MAX: Final = 5
"""So few differences are not folded away."""
DRAWN_MAX: Final = 400
"""Features of a day, and differences, of a layer that are drawn."""
_LOOKS: Final[Mapping[Kind, tuple[str, str, str, str, tuple[float, ...]]]] = {
    "added": ("+", "#00705c", "square", "cross", ()),
    "removed": ("−", "#b3173a", "diamond", "falling", (2.0, 1.5)),
    "moved": ("→", "#6a3d9a", "triangle", "level", (6.0, 1.5, 1.0, 1.5)),
    "changed": ("≠", "#8a5a00", "hexagon", "dots", (4.0, 2.0)),
}
"""Of each kind: mark, colour, shape, pattern, dash."""
SLIDE: Final = Words("日を切り替える", "Switch the day", "日（ひ）を かえる")
STOPS: Final = (
    Words("{a}の終わり", "The end of {a}", "{a}"),
    Words("{a}と{b}のちがい", "What differs between {a} and {b}", "{a}と {b}の ちがい"),
    Words("{b}の終わり", "The end of {b}", "{b}"),
)
"""What the slider says at each of its stops."""


def _sign(kind: Kind) -> Sign:
    _, colour, shape, pattern, dash = _LOOKS[kind]
    return Sign(KINDS[kind], (kind,), colour, "", darker(colour), 3.0, dash, 0.25, shape, pattern, "")


SIGNS: Final = {kind: _sign(kind) for kind in KINDS}
MARKS: Final = {kind: _LOOKS[kind][0] for kind in KINDS}


class Asked(msgspec.Struct, frozen=True):
    """What the address says of days, read: the days, or what is wrong by field; since when there is a record."""

    days: Days | None
    wrong: Mapping[str, str]
    typed: Mapping[str, str]
    since: Instant | None


async def ask_days(ask: PageAsk) -> Asked:
    """The days that an address means."""
    since = await ask.city.recorded_since()
    typed = {name: ask.query.get(name, "").strip()[:40] for name in ("date", "compare")}
    found = read_days(ask.query, ask.now, since)
    if isinstance(found, Fault):
        return Asked(None, {found.field: found.words.say(ask.language)}, typed, since)
    return Asked(found, {}, typed, since)


async def look_at_days(
    ask: PageAsk, view: View, days: Days, signs: Mapping[str, Sequence[Sign]], limit: int
) -> list[OfDays]:
    """The shown layers at the end of the days; together they may ask of WRITTEN_MAX entities where these stood."""
    left, found = WRITTEN_MAX, list[OfDays]()
    for one in view.shown:
        look = Look(signs[one.layer.id], view, days, limit, left)
        found.append(await look_back(ask, one.layer, look))
        left -= found[-1].asked
    return found


def seen_of(found: Sequence[OfDays]) -> list[InView]:
    """What the list shows: the layers at the end of the last day."""
    return [one.days[-1] if one.days else InView(one.layer, (), 0) for one in found]


def tell_form(ask: PageAsk, asked: Asked) -> dict[str, Any]:
    """What the form needs, whatever was asked."""
    return {
        "typed": asked.typed,
        "wrong": asked.wrong,
        "first": day_of(asked.since) if asked.since is not None else "",
        "since": asked.since,
        "today": day_of(ask.now),
        "drawn": [],
        "days": asked.days,
        "named": [Instant(end_of(one) - 1) for one in (asked.days.date, asked.days.compare) if one]
        if asked.days is not None
        else [],
    }


def tell_days(ask: PageAsk, view: View, found: Sequence[OfDays]) -> dict[str, Any]:
    """The counts and the table of what differs, layer by layer, and what the island draws."""
    counts = {kind: sum(one.count(kind) for one in found) for kind in KINDS}
    return {
        "layers": [_layer(ask, one) for one in found],
        "open": sum(counts.values()) <= OPEN_MAX,
        "counts": [(words, counts[kind], SIGNS[kind], MARKS[kind]) for kind, words in KINDS.items()],
        "ways": _ways(view),
        # (the page escapes what could end a template element)
        "island": msgspec.json.encode({one.layer.name: _island(one) for one in found}).decode(),
    }


def _layer(ask: PageAsk, one: OfDays) -> dict[str, Any]:
    last = one.days[-1] if one.days else None
    rows = [(each.kind, _difference(ask, each)) for each in one.differences[:TABLE_MAX]]
    return {
        "layer": one.layer,
        "refused": one.refused.say(ask.language) if one.refused is not None else "",
        "tells_gone": one.tells_gone,
        "far": last is not None and last.far,
        "nothing": last is not None and all(day.total == 0 for day in one.days) and not one.differences,
        "counts": [
            (words.say(ask.language), one.count(kind)) for kind, words in KINDS.items() if one.count(kind)
        ],
        "rows": [row for _, row in rows],
        "kinds": [
            {
                "kind": kind,
                "words": words,
                "sign": SIGNS[kind],
                "mark": MARKS[kind],
                "count": one.count(kind),
                "parts": _parts([row for each, row in rows if each == kind]),
            }
            for kind, words in KINDS.items()
            if one.count(kind)
        ],
        "more": max(0, len(one.differences) - TABLE_MAX),
        "undrawn": any(day.total > DRAWN_MAX for day in one.days) or len(one.differences) > DRAWN_MAX,
    }


def _parts(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in folds of ROWS_AT_ONCE, each with the numbers of its first and last row."""
    return [
        {
            "first": first + 1,
            "last": min(first + ROWS_AT_ONCE, len(rows)),
            "rows": rows[first : first + ROWS_AT_ONCE],
        }
        for first in range(0, len(rows), ROWS_AT_ONCE)
    ]


def _difference(ask: PageAsk, one: Difference) -> dict[str, Any]:
    at = _spot(one.feature)
    return {
        "kind": KINDS[one.kind].say(ask.language),
        "sign": SIGNS[one.kind],
        "mark": MARKS[one.kind],
        "title": one.feature.title,
        "path": one.feature.path if not one.gone else "",
        "here": f"maps/here?at={at}",
        "rows": one.rows,
        "more": one.more,
        "away_m": one.away_m,
    }


def _spot(feature: Feature) -> str:
    """A position of a feature, as addresses say it: of its first corner, which lies on it."""
    position: Any = feature.geometry.get("coordinates")
    if position is None:
        position = feature.geometry["geometries"][0]["coordinates"]
    while isinstance(position[0], list | tuple):
        position = position[0]
    return f"{position[0]:.6f},{position[1]:.6f}"


def _ways(view: View) -> list[tuple[str, str, bool]]:
    """Three views of two days: each of them as a map, and what differs."""
    if not view.compare:
        return []
    return [
        ("first", "maps?" + view.query(date=view.date, compare=""), False),
        ("both", "maps?" + view.query(), True),
        ("last", "maps?" + view.query(date=view.compare, compare=""), False),
    ]


def drawn_of(view: View, found: Sequence[OfDays]) -> list[dict[str, Any]]:
    """The differences on the drawn map: by kind the shapes, faint ones (what was) below, and where the marks stand."""
    drawn: list[dict[str, Any]] = []
    every = [each for one in found for each in one.differences[:DRAWN_MAX]]
    for kind in KINDS:
        of_kind = [each for each in every if each.kind == kind]
        was = [
            each.before for each in of_kind if each.before is not None and each.kind in ("removed", "moved")
        ]
        now = [each.after for each in of_kind if each.after is not None]
        if of_kind:
            shapes = [(shape, True) for shape in draw(view, was)]
            shapes += [(shape, False) for shape in draw(view, now)]
            drawn.append({"sign": SIGNS[kind], "mark": MARKS[kind], "kind": kind, "shapes": shapes})
    return drawn


# The island ----------------------------------------------------------------------------------------------------------


def _island(one: OfDays) -> dict[str, Any]:
    """A layer as the moving map draws it: the features of each day, and what differs."""
    differing = [
        _feature(one.layer, each, {"kind": diff.kind, "when": when, "mark": MARKS[diff.kind]})
        for diff in one.differences[:DRAWN_MAX]
        for when, each in (("before", diff.before), ("after", diff.after))
        if each is not None and (when == "after" or diff.kind in ("removed", "moved"))
    ]
    return {
        "days": [
            _collection([_feature(one.layer, each, {}) for each in day.features[:DRAWN_MAX]])
            for day in one.days
        ],
        "differences": _collection(differing),
    }


def _feature(layer: MapLayer, one: Feature, more: Mapping[str, str]) -> dict[str, Any]:
    """A feature with the properties by which the layer chooses its sign and its name."""
    names = [item.property for item in layer.items if item.role == "title"]
    told = dict.fromkeys(names[:1], one.title)
    if layer.style.by and layer.style.by not in told:
        told[layer.style.by] = one.sign.values[0] if one.sign is not None and one.sign.values else ""
    return {"type": "Feature", "geometry": one.geometry, "properties": {**told, "title": one.title, **more}}


def _collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def tell_island(view: View, language: str) -> dict[str, Any] | None:
    """What the island is told of days: which, and how differences look; None where the map is that of now."""
    if not view.date:
        return None
    return {
        "date": view.date,
        "compare": view.compare,
        "words": {
            "slide": SLIDE.say(language),
            "stops": [one.fill(language, a=view.date, b=view.compare) for one in STOPS],
        },
        "kinds": [
            {
                "kind": kind,
                "mark": MARKS[kind],
                "colour": sign.colour,
                "edge": sign.edge,
                "dash": sign.dash,
                "shape": SHAPES[sign.shape],
                "pattern": PATTERNS[sign.pattern],
                "words": sign.words.say(language),
            }
            for kind, sign in SIGNS.items()
        ],
    }
