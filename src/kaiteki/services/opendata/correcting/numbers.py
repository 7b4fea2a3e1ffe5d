"""Numbers of things stay those of one thing: a correction gives no record the number that another one of its data set has. Pure.

The rule is that of the check of a file (`readability.contents.rows.find_twice`): a number stands once in its data set, however wide it is
written, unless a column beside it tells the parts of one thing apart (枝番). A record that was withdrawn keeps its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from kaiteki.kit.views import every, expand_name, where
from kaiteki.model.decision import Fault
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from kaiteki.services.opendata.correcting.cells import Cell
from kaiteki.services.opendata.model import DataSet, Record, record_view
from kaiteki.services.opendata.naming import TOP_KEYS
from kaiteki.services.opendata.readability.contents.rows import tells_parts_apart
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.values import narrow

FOUND_MAX: Final = 2
"""The record itself and another one: more need not be known."""


def queries_of_numbers(record: str, data_set: str, texts: Mapping[str, str]) -> tuple[Query, ...]:
    """What finds the records of a data set that have one of the numbers that are written (by the keys of their cells)."""
    kind = standard_types().get(record.removeprefix("urn:ngsi-ld:").partition(":")[0])
    if kind is None:
        return ()
    view, found = record_view(kind.name), list[Query]()
    for key in TOP_KEYS:
        text = texts.get(key, "").strip()
        if text and kind.item(key) is not None:
            of_set = where(view, "data_set", "==", data_set)
            same = where(view, key, "==", tuple(dict.fromkeys((text, narrow(text).strip()))))
            found.append(Query(types=TypeIs(expand_name(kind.name)), q=every(of_set, same), limit=FOUND_MAX))
    return tuple(found)


def faults_of_numbers(
    data_set: DataSet, after: Record, written: Iterable[Cell], others: Iterable[object]
) -> tuple[Fault, ...]:
    """The cells that were written with a number that another record of the data set has."""
    faults: list[Fault] = []
    for cell in written:
        number = _number(after, cell.key) if cell.key in TOP_KEYS else ""
        if not number or _has_parts(data_set, cell.column):
            continue
        rest = (one for one in others if isinstance(one, Record) and one.data_set == data_set.id)
        twice = next((one for one in rest if one.id != after.id and _number(one, cell.key) == number), None)
        if twice is not None:
            faults.append(Fault(cell.key, "identifier_twice", _twice(twice)))
    return tuple(faults)


def _number(record: Record, key: str) -> str:
    return narrow(str(getattr(record, key, "") or "")).strip()


def _has_parts(data_set: DataSet, column: str) -> bool:
    """Whether the column beside a number tells the parts of one thing apart: both together are the number."""
    columns = data_set.columns
    at = columns.index(column) + 1 if column in columns else len(columns)
    return at < len(columns) and tells_parts_apart(columns[at])


def _twice(other: Record) -> Words:
    name = str(getattr(other, "name", "") or other.id.rpartition(":")[2])
    return Words(
        f"同じ番号がほかの記録（{name}）にもあります。ほかの番号を書いてください。",
        f"Another record ({name}) has this number. Please write another one.",
        f"おなじ 番号（ばんごう）が {name}に あります。ちがう 番号（ばんごう）を 書（か）いて ください。",
    )
