"""The history of a place: what happened there by its own date, and what was written of what is there, the newest first.

It is the past of the areas in which the place lies now, of the points and lines within STEPS_M, as far as that past is public, and of the
layers that cover it; and when what stood there and stands there no more came and left (services.maps.left), by the same measure (`is_here`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import City, PageAsk, Wrote, part_of_path
from kaiteki.kit.views import slots
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.model.words import Words
from kaiteki.services.maps.model import DONE, Group, MapLayer
from kaiteki.services.maps.standing import Standing, title_of

STEPS_M: Final = 30.0
"""Points and lines that lie as near as this are told of as being at the place; an area holds the place or is not there."""
THINGS_MAX: Final = 30
"""Things whose past is read for one page."""
STATES_MAX: Final = 100
"""States of one thing that are looked at."""
LINES_PER_PAGE: Final = 20
_JAPAN: Final = timedelta(hours=9)
_DATES: Final = frozenset({"date"})
WRITTEN: Final = Words("データに載りました", "Entered into the data", "データに 入（はい）りました")
CHANGED: Final = Words("内容が変わりました", "Changed", "かわりました")


class Line(msgspec.Struct, frozen=True):
    """A line of the history: when (`is_day`: only the day is known), of what, what happened, and which values became which."""

    at: Instant
    what: Words
    one: Standing | None = None
    layer: MapLayer | None = None
    is_day: bool = False
    why: str = ""
    changes: Mapping[str, tuple[Any, Any]] = {}


class Changes(msgspec.Struct, frozen=True):
    """A page of lines, and whether more follow."""

    lines: Sequence[Line]
    more: bool


async def changes_at(
    city: City,
    standing: Sequence[Standing],
    near: Mapping[Group, Sequence[Standing]],
    left: Sequence[Line],
    number: int,
) -> Changes:
    """The lines of a page, counted from 1; `left` are those of what is there no more."""
    close = (one for rows in near.values() for one in rows)
    things = {one.hit.id: one for one in (*close, *standing) if is_here(one)}
    lines = list(left)
    for one in list(things.values())[:THINGS_MAX]:
        lines += dated(one)
        lines += written(one, await city.past(one.hit.type, one.hit.id, STATES_MAX))
    layers = {one.shown.layer.id: one.shown.layer for one in standing if one.covers}
    lines += [
        Line(step.at, DONE.get(step.what, CHANGED), layer=layer, why=step.why)
        for layer in layers.values()
        for step in layer.log
    ]
    lines.sort(key=lambda line: -line.at)
    first = (number - 1) * LINES_PER_PAGE
    return Changes(lines[first : first + LINES_PER_PAGE], len(lines) > first + LINES_PER_PAGE)


def is_here(one: Standing) -> bool:
    """Whether a feature is told of in the history of the place: an area that holds it, or a point or line within STEPS_M."""
    return one.covers if one.edge_m is not None else one.away_m <= STEPS_M


def dated(one: Standing) -> list[Line]:
    """What a thing says itself of when it happened: its items that are a date."""
    found: list[Line] = []
    for item in one.shown.layer.items:
        value = one.shown.value_of(one.hit.seen, item.property) if item.role in _DATES else None
        at = moment_of_day(value) if isinstance(value, str) else None
        if at is not None:
            found.append(Line(at, item.words, one, is_day=len(str(value)) == 10))
    return found


def moment_of_day(text: str) -> Instant | None:
    """An instant of a date (its midnight in Japan) or of a DateTime."""
    if len(text) == 10:
        return parse_instant(f"{text}T00:00:00+09:00")
    return parse_instant(text)


def written(one: Standing, past: Sequence[Wrote]) -> list[Line]:
    """The writes of a thing: the first as that it is there now, others with what they changed."""
    return [
        Line(wrote.at, WRITTEN if wrote.first else CHANGED, one, changes={} if wrote.first else wrote.changes)
        for wrote in past
        if wrote.first or wrote.changes
    ]


def lines_of(ask: PageAsk, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The lines as the page shows them (the macro `ui.line`)."""
    return [_line(ask, line) for line in lines]


def _line(ask: PageAsk, line: Line) -> dict[str, Any]:
    say = ask.language
    if line.one is None:
        title = line.layer.title.say(say) if line.layer is not None else ""
        return {"title": f"{title}　{line.what.say(say)}", "at": line.at, "day": "", "who": "", "href": "",
                "text": line.why, "changes": []}  # fmt: skip
    one = line.one
    labels = one.shown.collection.declared.labels
    known = {slot.field: slot.short for slot in slots(one.shown.collection.declared.view)}
    changes = [
        (labels[field].say(say) if field in labels else known.get(field, field), _text(before), _text(after))
        for field, (before, after) in line.changes.items()
        if not isinstance(before or after, dict)
    ]
    moved = any(isinstance(before or after, dict) for before, after in line.changes.values())
    where = Words("場所や形が変わりました", "Its place or shape changed", "場所（ばしょ）が かわりました")
    return {
        "title": f"{title_of(one.shown, one.hit, one.kind, say)}　{line.what.say(say)}",
        "at": line.at,
        "day": day_of(line.at) if line.is_day else "",
        "who": one.shown.layer.title.say(say),
        "href": part_of_path(one.hit.id),
        "text": where.say(say) if moved else "",
        "changes": changes,
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "・".join(str(part) for part in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return str(value)


def day_of(at: Instant) -> str:
    """The day of an instant in Japan, as ISO 8601."""
    return format_instant(Instant(at + round(_JAPAN.total_seconds() * 1_000_000)))[:10]
