"""A thousand random filters, asked of the stores, find what pygeofilter's own evaluation finds."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path as Folder
from typing import Any, Final

import pytest
import shapely.geometry
from pygeofilter import ast, values
from pygeofilter.backends.native.evaluate import NativeEvaluator
from written import write_text

from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.document import read_document, write_document
from kaiteki.model.cql2.literals import date_of, geometry_of, interval_of, timestamp_of
from kaiteki.model.cql2.planning import Queryable, filtered
from kaiteki.model.cql2.terms import Call, Geometry, Interval, Items, Moment, Named, Plain, Term
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.place import shape_of
from kaiteki.model.query import Path, Query
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from town import TownClock

FILTERS: Final = 1_000
FEATURES: Final = 80
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
KINDS: Final = {
    "height": "number",
    "floors": "number",
    "zone": "text",
    "listed": "boolean",
    "built": "moment",
    "place": "geometry",
}
ZONES: Final = ("商業地域", "近隣商業地域", "工業地域", "park", "Park", "it's 50%", "")
OPERATORS: Final = {
    "=": ast.Equal,
    "<>": ast.NotEqual,
    "<": ast.LessThan,
    ">": ast.GreaterThan,
    "<=": ast.LessEqual,
    ">=": ast.GreaterEqual,
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mul,
    "/": ast.Div,
    "s_intersects": ast.GeometryIntersects,
    "s_disjoint": ast.GeometryDisjoint,
    "s_contains": ast.GeometryContains,
    "s_within": ast.GeometryWithin,
    "s_touches": ast.GeometryTouches,
    "s_crosses": ast.GeometryCrosses,
    "s_overlaps": ast.GeometryOverlaps,
    "s_equals": ast.GeometryEquals,
    "t_after": ast.TimeAfter,
    "t_before": ast.TimeBefore,
    "t_during": ast.TimeDuring,
    "t_startedBy": ast.TimeBegunBy,
}


def iri(name: str) -> str:
    return f"https://example.org/{name}"


def shape(draw: random.Random) -> dict[str, Any]:
    x, y = 140 + draw.randrange(10) / 10, 35 + draw.randrange(10) / 10
    size = draw.choice([0.1, 0.2, 0.5])
    square = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return draw.choice(
        [
            {"type": "Point", "coordinates": [x, y]},
            {"type": "LineString", "coordinates": square[:3]},
            {"type": "Polygon", "coordinates": [square]},
            {"type": "MultiPolygon", "coordinates": [[square]]},
        ]
    )


def moment(draw: random.Random) -> Instant:
    at = START + timedelta(days=draw.randrange(20), hours=draw.choice([0, 0, 12]))
    return Instant(int(at.timestamp()) * 1_000_000)


def feature(draw: random.Random, number: int) -> Entity:
    def there(value: Any, kind: str = "Property") -> tuple[Instance, ...]:
        return (Instance(kind, value),)

    built = {"@type": "DateTime", "@value": format_instant(moment(draw))}
    return Entity(
        f"urn:f{number:03}",
        (iri("Building"),),
        {
            iri("height"): there(draw.choice([-1.5, 0, 2, 2.5, 31, 1e6])),
            iri("floors"): there(draw.randrange(1, 6)),
            iri("zone"): there(draw.choice(ZONES)),
            iri("listed"): there(draw.random() < 0.5),
            iri("built"): there(built),
            iri("place"): there(shape(draw), "GeoProperty"),
        },
        version=1,
    )


def plain(name: str) -> Callable[[Entity], Any]:
    def read(entity: Entity) -> Any:
        value = entity.attributes[iri(name)][0].value
        if KINDS[name] == "geometry":
            return shape_of(value)
        return timestamp_of(value["@value"]) if KINDS[name] == "moment" else value

    return read


QUERYABLES: Final = {
    name: Queryable(kind, iri(name), plain(name), Path((iri(name),)), kind == "moment")
    for name, kind in KINDS.items()
}


def condition(draw: random.Random, depth: int = 0) -> Term:
    if depth < 3 and draw.random() < 0.5:
        op = draw.choice(["and", "or", "not"])
        count = 1 if op == "not" else draw.choice([2, 2, 3])
        return Call(op, tuple(condition(draw, depth + 1) for _ in range(count)))
    return draw.choice(CONDITIONS)(draw)


def compared(draw: random.Random) -> Term:
    op = draw.choice(["=", "<>", "<", ">", "<=", ">="])
    name = draw.choice(["height", "floors", "zone", "built"])
    other: Term = number(draw)
    if name == "zone":
        other = Plain(draw.choice(ZONES))
    if name == "built":
        other = timestamp_of(format_instant(moment(draw)))
    parts = (Named(name), other)
    return Call(op, parts if draw.random() < 0.8 else parts[::-1])


def number(draw: random.Random, depth: int = 0) -> Term:
    if depth < 2 and draw.random() < 0.3:
        return Call(draw.choice("+-*"), (number(draw, depth + 1), number(draw, depth + 1)))
    return draw.choice([Plain(draw.choice([-1.5, 0, 2, 2.5, 3, 31])), Named("floors"), Named("height")])


def liked(draw: random.Random) -> Term:
    return Call("like", (Named("zone"), Plain(draw.choice(["商業%", "%地域", "_ark", "Park", "%'%", "p%k"]))))


def listed(draw: random.Random) -> Term:
    zones = draw.sample(ZONES, draw.choice([2, 3]))
    return Call("in", (Named("zone"), Items(tuple(map(Plain, zones)))))


def between(draw: random.Random) -> Term:
    return Call("between", (Named(draw.choice(["height", "floors"])), number(draw), number(draw)))


def there(draw: random.Random) -> Term:
    return Call("isNull", (Named(draw.choice(list(KINDS))),))


def flagged(draw: random.Random) -> Term:
    return Call("=", (Named("listed"), Plain(draw.random() < 0.5)))


def placed(draw: random.Random) -> Term:
    op = draw.choice([name for name in OPERATORS if name.startswith("s_")])
    parts = (Named("place"), geometry_of(shape(draw)))
    return Call(op, parts if draw.random() < 0.8 else parts[::-1])


def day(draw: random.Random) -> Moment:
    return date_of((START + timedelta(days=draw.randrange(20))).date().isoformat())


def timed(draw: random.Random) -> Term:
    # (the oracle takes the ends of an interval for whole days, also where they are timestamps)
    start, end = sorted((day(draw), day(draw)), key=lambda one: one.first)
    return Call("t_during", (Named("built"), interval_of(start, end)))


def dated(draw: random.Random) -> Term:
    at = timestamp_of(format_instant(moment(draw)))
    return Call(draw.choice(["t_after", "t_before"]), (Named("built"), draw.choice([day(draw), at])))


CONDITIONS: Final = (compared, compared, liked, listed, between, there, flagged, placed, placed, timed, dated)


def their(term: Term) -> Any:
    """The same expression in the terms of pygeofilter."""
    return their_call(term) if isinstance(term, Call) else their_literal(term)


def their_literal(term: Term) -> Any:
    match term:
        case Named(name=name):
            return ast.Attribute(name)
        case Plain(value=known):
            return known
        case Moment(text=text):
            at = datetime.fromisoformat(text)
            return at.date() if term.is_date else at
        case Interval(start=start, end=end):
            return values.Interval(their(start), their(end))
        case Geometry(value=value):
            return values.Geometry(value)
        case Items(parts=parts):
            return [their(part) for part in parts]
    raise AssertionError(term)


def their_call(term: Call) -> Any:
    match term:
        case Call(op="and" | "or", parts=parts):
            joined = ast.And if term.op == "and" else ast.Or
            return joined.from_items(*map(their, parts))
        case Call(op="not", parts=(part,)):
            return ast.Not(their(part))
        case Call(op="isNull", parts=(part,)):
            return ast.IsNull(their(part), not_=False)
        case Call(op="between", parts=(one, low, high)):
            return ast.Between(their(one), their(low), their(high), not_=False)
        case Call(op="like", parts=(one, Plain(value=pattern))):
            return ast.Like(their(one), pattern, False, "%", "_", "\\", not_=False)
        case Call(op="in", parts=(one, many)):
            return ast.In(their(one), their(many), not_=False)
        case Call(op=op, parts=(one, other)):
            return OPERATORS[op](their(one), their(other))
    raise AssertionError(term)


def as_theirs(entity: Entity) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, kind in KINDS.items():
        value = entity.attributes[iri(name)][0].value
        if kind == "moment":
            value = datetime.fromisoformat(value["@value"])
        told[name] = shapely.geometry.shape(value) if kind == "geometry" else value
    return told


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Folder) -> AsyncIterator[Store]:
    one = open_memory(TownClock()) if request.param == "memory" else open_sqlite(tmp_path, TownClock())
    yield one
    await one.entities.close()


async def test_a_thousand_filters_find_what_the_oracle_finds(store: Store) -> None:
    draw = random.Random(20261123)
    kept = [feature(draw, number) for number in range(FEATURES)]
    changes = [Change(None, entity) for entity in kept]
    await store.entities.change("demo", [one.id for one in kept], lambda _: Decision(changes, None), By())
    theirs = {entity.id: as_theirs(entity) for entity in kept}
    found_some = narrowed = 0
    for _ in range(FILTERS):
        term = condition(draw)
        check(term, KINDS)
        assert parse_text(write_text(term)) == read_document(write_document(term)) == term
        admits = NativeEvaluator(use_getattr=False).evaluate(their(term))
        right = [name for name, told in theirs.items() if admits(told)]
        wanted = filtered(Query(limit=FEATURES, total=True), term, QUERYABLES)
        found = await store.entities.find("demo", wanted)
        assert [row.id for row in found.rows] == right, write_text(term)
        assert found.total == len(right)
        found_some += 0 < len(right) < FEATURES
        narrowed += wanted.q is not None or wanted.geo is not None
    assert found_some > FILTERS / 2
    assert narrowed > FILTERS / 3
