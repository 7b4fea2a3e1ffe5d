"""The SQL of a plan: statements over index ranges whose rows come in the order of ids. Texts repeat, so they stay prepared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from kaiteki.stores.plan import Arm, Way
from kaiteki.stores.sqlite.driver import Bound

Statement: TypeAlias = tuple[str, tuple[Bound, ...]]

_CANDIDATES: Final = {
    "value": "SELECT id, row, NULL, NULL FROM value WHERE {condition} AND id>?",
    "cell": "SELECT id, row, lon, lat FROM cell WHERE {condition} AND id>?",
    "entity": "SELECT id, row, NULL, NULL FROM entity WHERE {condition} AND id>?",
    "box": "SELECT e.id, b.row, NULL, NULL FROM box b CROSS JOIN entity e ON e.row=b.row"
    " WHERE {condition} AND e.id>?",
    "words": "SELECT e.id, e.row, NULL, NULL FROM words CROSS JOIN entity e ON e.row=words.rowid"
    " WHERE {condition} AND e.kind IN ({kinds}) AND e.id>?",
}
"""Candidates: id, row, longitude, latitude (of points)."""

_DOCUMENTS: Final = {
    "value": "SELECT v.id, e.version, e.born, e.doc, NULL, NULL FROM value v CROSS JOIN entity e ON e.row=v.row"
    " WHERE v.{condition} AND v.id>?",
    "cell": "SELECT c.id, e.version, e.born, e.doc, c.lon, c.lat FROM cell c CROSS JOIN entity e ON e.row=c.row"
    " WHERE c.{condition} AND c.id>?",
    "entity": "SELECT e.id, e.version, e.born, e.doc, NULL, NULL FROM entity e WHERE {condition} AND e.id>?",
}
"""Documents at once: id, version, event of the creation, document, longitude, latitude (of points)."""

_ROW: Final = {"value": "v.row", "cell": "c.row", "entity": "e.row"}
"""What is sifted of these."""

_CROWD: Final = {
    "box": "SELECT 1 FROM box b WHERE {condition}",
    "cell": "SELECT 1 FROM cell WHERE {condition}",
}
_ROWS: Final = {
    "box": "SELECT b.row AS row FROM box b WHERE {condition}",
    "cell": "SELECT row FROM cell WHERE {condition}",
}

_COUNTED: Final = {
    "value": "SELECT id FROM value WHERE {condition}",
    "cell": "SELECT id FROM cell WHERE {condition}",
    "entity": "SELECT id FROM entity WHERE {condition}",
    "box": "SELECT row AS id FROM box b WHERE {condition}",
    "words": "SELECT e.id FROM words CROSS JOIN entity e ON e.row=words.rowid WHERE {condition} AND e.kind IN ({kinds})",
}

FEW_MAX: Final = 600
"""Entries up to which it is cheaper to sort what was found together than to merge ordered ranges."""

DOCUMENT: Final = "SELECT version, born, doc FROM entity WHERE row=?"
BY_ID: Final = "SELECT version, born, doc FROM entity WHERE area=? AND id=? AND doc IS NOT NULL"
BY_ID_AND_KIND: Final = BY_ID.replace("doc FROM", "doc, kind FROM")


def walk(kinds: Sequence[int]) -> tuple[Arm, ...]:
    """All entities of some kinds."""
    return tuple(("entity", "kind=?", (kind,)) for kind in kinds)


LAST_ID: Final = chr(0x10FFFF)
"""Sorts after every id."""


def _join(
    parts: dict[str, str], arms: Sequence[Arm], kinds: Sequence[int], after: tuple[str, ...]
) -> Statement:
    within = ",".join(str(kind) for kind in kinds)
    texts = [parts[table].format(condition=condition, kinds=within) for table, condition, _ in arms]
    return " UNION ALL ".join(texts), tuple(value for _, _, values in arms for value in (*values, *after))


def _listed(
    parts: dict[str, str], arms: Sequence[Arm], kinds: Sequence[int], after: str, backwards: bool
) -> Statement:
    """Rows behind an id in the order of ids, or before it in the opposite order ("" is the end where that begins)."""
    bound = after or LAST_ID if backwards else after
    text, values = _join(parts, arms, kinds, (bound,))
    if backwards:
        text = text.replace("id>?", "id<?")
    return f"{text} ORDER BY 1{' DESC' if backwards else ''}", values


def candidates(arms: Sequence[Arm], kinds: Sequence[int], after: str, backwards: bool = False) -> Statement:
    """Candidates behind an id, in the order of ids; one may come several times."""
    return _listed(_CANDIDATES, arms, kinds, after, backwards)


def documents(arms: Sequence[Arm], kinds: Sequence[int], after: str, backwards: bool = False) -> Statement:
    """Documents behind an id, in the order of ids; one may come several times."""
    return _listed(_DOCUMENTS, arms, kinds, after, backwards)


def sifted(
    arms: Sequence[Arm], kinds: Sequence[int], sieve: Statement, after: str, backwards: bool = False
) -> Statement:
    """The same, but only those of whose row a condition holds (`Way.sieve`)."""
    text, values = sieve
    some = [
        (table, f"{condition} AND {text.replace('{row}', _ROW[table])}", (*told, *values))
        for table, condition, told in arms
    ]
    return _listed(_DOCUMENTS, some, kinds, after, backwards)


def ids(arms: Sequence[Arm], after: str, limit: int) -> Statement:
    """Ids behind an id, in their order, up to a limit, out of indexes alone; one may come once for each arm."""
    texts = [f"SELECT id FROM {table} WHERE {condition} AND id>?" for table, condition, _ in arms]
    values = tuple(value for _, _, values in arms for value in (*values, after))
    return " UNION ALL ".join(texts) + " ORDER BY 1 LIMIT ?", (*values, limit * len(arms))


IN_CELL: Final = (
    "SELECT id, lon, lat FROM cell WHERE kind=? AND name=? AND cell=? AND id>? AND id<=?"
    " AND lon>=? AND lat>=? AND lon<=? AND lat<=? ORDER BY id"
)
"""The points of one cell behind an id and up to another that lie in a box, in the order of ids."""


@lru_cache(maxsize=256)
def in_cells(kinds: int, cells: int) -> str:
    """The points of so many kinds and cells behind an id that lie in a box, in no order, up to a limit."""
    some, listed = ",".join("?" * kinds), ",".join("?" * cells)
    return (
        f"SELECT id, lon, lat FROM cell WHERE kind IN ({some}) AND name=? AND cell IN ({listed}) AND id>?"
        " AND lon>=? AND lat>=? AND lon<=? AND lat<=? LIMIT ?"
    )


@lru_cache(maxsize=64)
def whole_cells(cells: int) -> str:
    """The points of one kind and name in so many cells, up to a limit."""
    listed = ",".join("?" * cells)
    return f"SELECT cell, id, lon, lat FROM cell WHERE kind=? AND name=? AND cell IN ({listed}) LIMIT ?"


def few_documents(
    arms: Sequence[Arm], kinds: Sequence[int], after: str, backwards: bool = False
) -> Statement:
    """Documents of arms that hold few entries: these are sorted first, and only as many documents read as are taken.

    The limit binds the order of the inner rows; the outer loop of a CROSS JOIN keeps it.
    """
    text, values = candidates(arms, kinds, after, backwards)
    outer = "SELECT u.id, e.version, e.born, e.doc, u.lon, u.lat"
    return f"{outer} FROM ({text} LIMIT {FEW_MAX}) u CROSS JOIN entity e ON e.row=u.row", values


def gives_documents(arms: Sequence[Arm]) -> bool:
    """Whether `documents` knows the tables of the arms."""
    return all(table in _DOCUMENTS for table, _, _ in arms)


def probe(arms: Sequence[Arm], kinds: Sequence[int], limit: int) -> Statement:
    """How many entries the arms have, up to a limit."""
    text, values = _join(_COUNTED, arms, kinds, ())
    return f"SELECT count(*) FROM ({text} LIMIT ?)", (*values, limit)


def count(arms: Sequence[Arm], kinds: Sequence[int], most: int | None = None) -> Statement:
    """How many entities the arms hold, counted up to `most`."""
    text, values = _join(_COUNTED, arms, kinds, ())
    if most is not None and [table for table, _, _ in arms] == ["words"]:
        return f"SELECT count(*) FROM ({text} LIMIT ?)", (*values, most)
    if most is not None:
        return f"SELECT count(*) FROM (SELECT DISTINCT id FROM ({text}) LIMIT ?)", (*values, most)
    once = "id" if len(arms) == 1 and arms[0][1].endswith("val=?") else "DISTINCT id"
    return f"SELECT count({once}) FROM ({text})", values


def crowd(arms: Sequence[Arm], limit: int) -> Statement:
    """About how many entries the arms have, up to a limit, without asking which ones."""
    text, values = _join(_CROWD, arms, (), ())
    return f"SELECT count(*) FROM ({text} LIMIT ?)", (*values, limit)


def surely(place: Way, others: Sequence[Way], most: int) -> Statement:
    """The rows of those that lie in a place for certain and satisfy the other ways, each once, up to a limit."""
    text, values = _join(_ROWS, place.surely, (), ())
    also, further = _beside(others)
    joined = f" CROSS JOIN entity e ON e.row=s.row WHERE {also}" if also else ""
    return f"SELECT DISTINCT s.row FROM ({text}) s{joined} LIMIT ?", (*values, *further, most)


def perhaps(place: Way, others: Sequence[Way]) -> Statement | None:
    """The rows and documents of those whose boxes reach over the edge of a place; None where each point is decided."""
    inside = {table: (condition, values) for table, condition, values in place.surely}
    boxes = [(condition, values) for table, condition, values in place.arms if table == "box"]
    if not boxes:
        return None
    (overlaps, values), (within, excepted) = boxes[0], inside["box"]
    also, further = _beside(others)
    rows = f"SELECT DISTINCT b.row AS row FROM box b WHERE {overlaps} AND NOT ({within})"
    joined = f" WHERE {also}" if also else ""
    text = f"SELECT s.row, e.doc FROM ({rows}) s CROSS JOIN entity e ON e.row=s.row{joined}"
    return text, (*values, *excepted, *further)


def _beside(ways: Sequence[Way]) -> Statement:
    """That an entity `e` has one of the values of each of some ways."""
    texts = [
        " OR ".join(
            f"EXISTS(SELECT 1 FROM value v WHERE v.{condition} AND v.id=e.id)" for _, condition, _ in way.arms
        )
        for way in ways
    ]
    values = tuple(value for way in ways for _, _, told in way.arms for value in told)
    return " AND ".join(f"({text})" for text in texts), values


def by_value(
    kinds: Sequence[int], name: int, descending: bool, bounds: Sequence[tuple[str, tuple[Bound, ...]]] = ()
) -> Statement:
    """Candidates in the order of the values of an attribute, between bounds of these, then of ids: value, id, row."""
    condition = "".join(f" AND {text}" for text, _ in bounds)
    one = f"SELECT val, id, row FROM value WHERE kind=? AND name=?{condition}"
    between = tuple(value for _, values in bounds for value in values)
    values = tuple(value for kind in kinds for value in (kind, name, *between))
    return f"{' UNION ALL '.join([one] * len(kinds))} ORDER BY 1{' DESC' if descending else ''}, 2", values
