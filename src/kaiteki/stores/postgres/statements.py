"""The SQL of a plan: statements over index ranges, whose rows come in the order of ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias, cast

from kaiteki.stores.entries import Value
from kaiteki.stores.order import Ordered
from kaiteki.stores.plan import Arm, Bound
from kaiteki.stores.postgres.keys import key_of

Statement: TypeAlias = tuple[str, list[Any]]

BY_ID: Final = "SELECT id, version, born, doc FROM entity WHERE area=$1 AND id=ANY($2) AND doc IS NOT NULL"
LAST_ID: Final = "\U0010ffff"
"""Sorts after every id."""


class Sql:
    """A statement that is put together; a `?` of a part becomes the number of its value."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def put(self, text: str, *values: Any) -> str:
        """A part with its values."""
        first, *others = text.split("?")
        told = first
        for value, other in zip(values, others, strict=True):
            self.values.append(value)
            told += f"${len(self.values)}{other}"
        return told


def in_order(way: str, back: bool) -> str:
    """An order of ids."""
    return f"{way} DESC" if back else way


class Ranges:
    """The index ranges that hold candidates: of a way, or of all entities of some kinds."""

    def __init__(self, area: str, kinds: Sequence[int], arms: Sequence[Arm] | None) -> None:
        self._area = area
        self._kinds = list(kinds)
        self._arms = arms

    def page(self, after: str, back: bool, limit: int) -> Statement:
        """Documents behind an id: id, version, born, doc, and the points for which each was found (or None)."""
        sql = Sql()
        if self._arms is None:
            behind = sql.put(f"id{'<' if back else '>'}? LIMIT ?", after, limit)
            head, tail = behind.split(" LIMIT ")
            kinds = [
                f"(SELECT id, version, born, doc FROM entity WHERE kind={kind} AND doc IS NOT NULL AND {head}"
                f" ORDER BY {in_order('id', back)} LIMIT {tail})"
                for kind in self._kinds
            ]
            text = f"SELECT id, version, born, doc, NULL, NULL FROM ({' UNION ALL '.join(kinds)}) e ORDER BY"
            return f"{text} {in_order('id', back)} LIMIT {tail}", sql.values
        found = self._candidates(sql, after, back, limit)
        area = sql.put("e.area=?", self._area)
        text = f"SELECT e.id, e.version, e.born, e.doc, c.x, c.y FROM ({found}) c JOIN entity e ON {area} AND e.id=c.id"
        return f"{text} WHERE e.doc IS NOT NULL ORDER BY {in_order('e.id', back)}", sql.values

    def _candidates(self, sql: Sql, after: str, back: bool, limit: int) -> str:
        behind = sql.put(f"id{'<' if back else '>'}?", after)
        parts = [
            f"SELECT {_COLUMNS[arm[0]]} WHERE {self._condition(sql, arm)} AND {behind}"
            for arm in self._arms or ()
        ]
        most = sql.put("LIMIT ?", limit)
        order = f"ORDER BY {in_order('id', back)} {most}"
        tables = {table for table, _, _ in self._arms or ()}
        if len(parts) == 1 and "words" in tables:
            return f"{parts[0]} {order}"
        if "place" in tables:
            return f"SELECT id, array_agg(x) x, array_agg(y) y FROM ({parts[0]}) a GROUP BY id {order}"
        return f"SELECT DISTINCT id, NULL::float8[] x, NULL::float8[] y FROM ({' UNION ALL '.join(parts)}) a {order}"

    def _condition(self, sql: Sql, arm: Arm) -> str:
        table, condition, values = arm
        told = [*values[:2], *map(_key, values[2:])] if table == "value" else list(values)
        text = sql.put(condition, *told)
        if table == "place":
            return f"{text} AND kind=ANY({sql.put('?', self._kinds)}::int[])"
        if table == "words":
            return f"{text} AND {sql.put('area=?', self._area)} AND {self._of_kinds(sql)}"
        return text

    def _of_kinds(self, sql: Sql) -> str:
        """That the entity of a line of words is of the kinds."""
        kinds = sql.put("?", self._kinds)
        return (
            "EXISTS(SELECT 1 FROM entity o WHERE o.area=words.area AND o.id=words.id AND o.doc IS NOT NULL"
            f" AND o.kind=ANY({kinds}::int[]))"
        )

    def count(self, most: int | None) -> Statement:
        """How many entities there are, counted up to `most`."""
        sql = Sql()
        if self._arms is None:
            kinds = sql.put("?", self._kinds)
            inner = f"SELECT id FROM entity WHERE kind=ANY({kinds}::int[]) AND doc IS NOT NULL"
        else:
            parts = [f"SELECT id FROM {arm[0]} WHERE {self._condition(sql, arm)}" for arm in self._arms]
            inner = f"SELECT DISTINCT id FROM ({' UNION ALL '.join(parts)}) a"
        limit = "" if most is None else sql.put(" LIMIT ?", most)
        return f"SELECT count(*) FROM ({inner}{limit}) c", sql.values

    def entries(self, others: Sequence[Sequence[Arm]], most: int | None) -> Statement:
        """How many entities the entries are of that stand in each of other ranges too, and how many entries: at most so many are looked at."""
        sql = Sql()
        inner = self._entries(sql, self._arms or (), others)
        limit = "" if most is None else sql.put(" LIMIT ?", most)
        return f"SELECT count(DISTINCT id), count(*) FROM ({inner}{limit}) a", sql.values

    def beyond(
        self, surely: Sequence[Arm], others: Sequence[Sequence[Arm]], after: str, limit: int
    ) -> Statement:
        """Documents behind an id of which an entry stands in these ranges and in each of the others, and none in `surely`."""
        sql = Sql()
        behind = sql.put("id>?", after)
        some = self._entries(sql, self._arms or (), others, behind)
        ids = f"{some} EXCEPT {self._entries(sql, surely, (), behind)}"
        found = f"SELECT id FROM ({ids}) a ORDER BY id {sql.put('LIMIT ?', limit)}"
        area = sql.put("e.area=?", self._area)
        text = f"SELECT e.id, e.version, e.born, e.doc, NULL, NULL FROM ({found}) c JOIN entity e ON {area} AND e.id=c.id"
        return f"{text} WHERE e.doc IS NOT NULL ORDER BY e.id", sql.values

    def _entries(
        self, sql: Sql, arms: Sequence[Arm], others: Sequence[Sequence[Arm]], behind: str = "true"
    ) -> str:
        """The ids of entries, in no order."""
        beside = "".join(f" AND id IN ({self._entries(sql, one, ())})" for one in others)
        parts = [
            f"SELECT id FROM {arm[0]} WHERE {self._condition(sql, arm)} AND {behind}{beside}" for arm in arms
        ]
        return " UNION ALL ".join(parts)

    def probe(self, limit: int) -> Statement:
        """How many entries there are, each range counted up to a limit."""
        sql = Sql()
        parts = [f"SELECT 1 FROM {arm[0]} WHERE {self._condition(sql, arm)}" for arm in self._arms or ()]
        most = sql.put("LIMIT ?", limit)
        text = " UNION ALL ".join(f"({part} {most})" for part in parts)
        return f"SELECT count(*) FROM ({text}) c", sql.values


_COLUMNS: Final = {
    "value": "id FROM value",
    "place": "id, x, y FROM place",
    "words": "id, NULL::float8[] x, NULL::float8[] y FROM words",
}


def _key(bound: Bound) -> bytes:
    return key_of(cast(Value, bound))


def by_value(
    kinds: Sequence[int],
    area: str,
    entry: Ordered,
    descending: bool,
    page: tuple[int, int],
) -> Statement:
    """Documents in the order of the values of an entry, between its bounds, then of ids; `page` is (offset, limit)."""
    sql = Sql()
    between = "".join(f" AND {sql.put(text, *map(_key, values))}" for text, values in entry.bounds)
    number = sql.put("?", entry.name)
    parts = [f"SELECT val, id FROM value WHERE kind={kind} AND name={number}{between}" for kind in kinds]
    order = "ORDER BY val DESC, id" if descending else "ORDER BY val, id"
    most = sql.put("OFFSET ? LIMIT ?", *page)
    where = sql.put("e.area=?", area)
    return (
        f"SELECT e.id, e.version, e.born, e.doc, NULL, NULL FROM (SELECT val, id FROM ({' UNION ALL '.join(parts)}) a {order} {most}) c"
        f" JOIN entity e ON {where} AND e.id=c.id WHERE e.doc IS NOT NULL ORDER BY c.{order.removeprefix('ORDER BY ').replace(', id', ', c.id')}",
        sql.values,
    )
