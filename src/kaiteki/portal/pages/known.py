"""What an area knows: how much of which kind, how fresh and since when; for everybody, and for those who run it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.responses import Response

from kaiteki.broker.notifying import CONSUMER
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.views import slots
from kaiteki.model.area import FIELDS
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Comparison, DateTimeValue, Order, Path, Query
from kaiteki.portal import saying
from kaiteki.portal.answers import Stop, show
from kaiteki.portal.charts import Point
from kaiteki.portal.pages.desk_frame import desk_of, nav_of, path_of
from kaiteki.portal.pages.search import address_of_kind
from kaiteki.portal.pages.subscriptions import backlog
from kaiteki.portal.visit import Visit
from kaiteki.ports.measures import StoreMeasures

COUNTED_MAX: Final = 1_000_000
"""Entities of a type that are counted; beyond it stands a plus. A type that is open as a whole is counted out of the tally."""
GROWN_MAX: Final = 10_000
"""Entities of a type that are counted as new."""
DAY_S: Final = 86_400
DRAWN_MAX: Final = 8
"""Kinds in the picture; the table has all."""
_READERS: Final = {"reactions": "known.behind_reactions", CONSUMER: "known.behind_notifications"}
"""What those who read the event log are called, by their name in it."""
_CREATED: Final = Path(("createdAt",))
_MODIFIED: Final = Path(("modifiedAt",))


class Known(msgspec.Struct, frozen=True):
    """What is known of one kind by who asks: how many there are, when one of them last changed, since when there is one."""

    service: Service
    declared: EntityType
    count: int
    changed: Instant | None
    since: Instant | None


async def known(visit: Visit) -> Response:
    """`/{area}/known`: the public kinds of an area, by field, with their counts; those without any at the end."""
    if visit.area is None:
        raise Stop(404)
    kinds = [(service, one) for service, one in visit.site.kept.values() if one.public]
    told = [await _known(visit, service, declared) for service, declared in kinds]
    some = sorted((one for one in told if one.count), key=lambda one: -one.count)
    fields = [(field, [one for one in some if field_of(one) == field]) for field in FIELDS]
    values: dict[str, Any] = {
        "title": visit.say("known.title"),
        "total": sum(one.count for one in some),
        "kinds": len(some),
        "changed": max((one.changed for one in some if one.changed is not None), default=None),
        "points": _points(visit, some),
        "groups": [
            {
                "title": visit.say(f"shell.{field}"),
                "field": field,
                "rows": [_public_row(visit, one) for one in rows],
            }
            for field, rows in fields
            if rows
        ],
        "empty": [visit.say(one.declared.words) for one in told if not one.count],
        "origin": f"{visit.request.url.scheme}://{visit.request.headers.get('host', '')}",
    }
    return show(visit, "known.html", values)


async def desk_known(visit: Visit) -> Response:
    """`/{area}/desk/known`: what those who handle it see of every kind, what grows, and what waits in the queues."""
    desk = desk_of(visit)
    told = [await _known(visit, service, declared) for service, declared in desk.types()]
    some = sorted((one for one in told if one.count), key=lambda one: -one.count)
    grown = {one.declared.name: await _grown(visit, one.declared) for one in some}
    measures = await visit.site.parts.measures()
    waiting, dead = await backlog(visit)
    values: dict[str, Any] = {
        "title": visit.say("known.desk_title"),
        "nav": nav_of(visit, desk),
        "total": sum(one.count for one in some),
        "kinds": len(some),
        "new": sum(grown.values()),
        "events": await visit.site.parts.events.last(),
        "size": saying.say_size(measures.kept_bytes) if measures.kept_bytes else None,
        "points": _points(visit, some),
        "rows": [_desk_row(visit, one, grown[one.declared.name]) for one in some],
        "empty": [[visit.say(one.declared.words), visit.say(one.service.words)] for one in told if not one.count],
        "queues": [
            *_behind(visit, measures),
            [visit.say("known.waiting"), _number(waiting)],
            [visit.say("known.dead"), _number(dead)],
        ],
    }  # fmt: skip
    return show(visit, "desk_known.html", values)


def _behind(visit: Visit, measures: StoreMeasures) -> list[list[Any]]:
    """How many changes each reader of the event log has still to read; without subscriptions nobody reads it to notify."""
    watchers = visit.site.parts.watchers
    idle = {CONSUMER} if watchers is None or not watchers.count else set[str]()
    return [
        [visit.say(_READERS.get(name, "known.behind"), name=name), _number(count)]
        for name, count in sorted(measures.behind.items())
        if name not in idle
    ]


def field_of(one: Known) -> str:
    """Where people look for such things."""
    return one.declared.field or one.service.field


async def _known(visit: Visit, service: Service, declared: EntityType) -> Known:
    """One kind, as far as this person may know of it. Two look-ups, whatever there is of it."""
    last = Query(limit=1, total=True, total_max=COUNTED_MAX, order=(Order(_MODIFIED, descending=True),))
    found, _, total = await visit.city.rows(declared, last) or ((), False, 0)
    first = await visit.city.rows(declared, Query(limit=1, order=(Order(_CREATED),))) if found else None
    return Known(
        service,
        declared,
        total or 0,
        Instant(found[0].modified_at) if found else None,
        _created(first[0]) if first is not None else None,
    )


def _created(rows: Sequence[Entity]) -> Instant | None:
    return Instant(rows[0].created_at) if rows else None


async def _grown(visit: Visit, declared: EntityType) -> int:
    """How many of a kind are new since a day ago, counted up to GROWN_MAX."""
    since = Instant(visit.now - DAY_S * 1_000_000)
    new = Comparison(_CREATED, ">=", DateTimeValue(format_instant(since), "DateTime", since))
    found = await visit.city.rows(declared, Query(q=new, limit=0, total=True, total_max=GROWN_MAX))
    return (found[2] or 0) if found is not None else 0


def _points(visit: Visit, some: Sequence[Known]) -> list[Point]:
    """The kinds of which there is most, for a picture."""
    return [Point(visit.say(one.declared.words), one.count) for one in some[:DRAWN_MAX]]


def _public_row(visit: Visit, one: Known) -> list[Any]:
    declared = one.declared
    opens = declared.listing or any(slot.kind == "GeoProperty" for slot in slots(declared.view))
    return [
        {
            "text": visit.say(declared.words),
            "href": visit.href(address_of_kind(declared)) if opens else "",
            "sub": f"type={declared.name}",
        },
        _number(one.count, COUNTED_MAX),
        saying.say_age(one.changed, visit.now, visit.language) if one.changed is not None else None,
        saying.say_day(one.since, visit.language) if one.since is not None else None,
    ]


def _desk_row(visit: Visit, one: Known, grown: int) -> list[Any]:
    return [
        {
            "text": visit.say(one.declared.words),
            "href": visit.href(path_of(one.service, one.declared)),
            "sub": visit.say(one.service.words),
        },
        _number(one.count, COUNTED_MAX),
        _number(grown, GROWN_MAX),
        saying.say_age(one.changed, visit.now, visit.language) if one.changed is not None else None,
        saying.say_day(one.since, visit.language) if one.since is not None else None,
    ]


def _number(count: int, most: int | None = None) -> dict[str, Any]:
    more = "+" if most is not None and count >= most else ""
    return {"text": saying.say_number(count) + more, "number": True}
