"""What an import would make of a table, worked out without keeping anything: rows, records, places, what is found, the first records. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.model.entity import Json
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.mapping import IGNORED, Guess
from kaiteki.services.opendata.model import KeptIssue
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.reading.source import Source, Table, shorten
from kaiteki.services.opendata.records import Maker
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.values import plain

ISSUES_MAX: Final = 10
SAMPLE_ROWS: Final = 3
EPSG_BEFORE_PLANE_1: Final = 6668


class Tried(msgspec.Struct, frozen=True):
    """Rows that were read, records that they would become, those of them with a place, rows that would be refused, and what was found.

    `sample` are the first records: the name of each item with its value.
    """

    rows: int = 0
    records: int = 0
    located: int = 0
    refused: int = 0
    issues: tuple[KeptIssue, ...] = ()
    sample: tuple[tuple[tuple[str, str], ...], ...] = ()


def try_table(source: Source, table: Table, guessed: Guess, plane: int) -> Tried:
    """What becomes of a table whose columns mean what is guessed; `plane` is the plane-rectangular system of the area, 0 for none."""
    surveyed = importing.survey(table, guessed, lambda rows: None)
    ground = importing.Ground("", f"EPSG:{EPSG_BEFORE_PLANE_1 + plane}" if plane else "")
    maker = Maker(importing.plan_table(source, table, guessed, surveyed, ground))
    tally, records, located = Tally(), 0, 0
    sample: list[tuple[tuple[str, str], ...]] = []
    for row in table.rows():
        made = maker.make(row)
        tally.read += 1
        for issue in made.issues:
            tally.note(issue)
        if made.record is not None:
            records += 1
            located += made.record.location is not None
            if len(sample) < SAMPLE_ROWS:
                sample.append(_shown(guessed, row.cells))
    return Tried(tally.read, records, located, tally.refused, tally.issues()[:ISSUES_MAX], tuple(sample))


def _shown(guessed: Guess, cells: Mapping[str, Json]) -> tuple[tuple[str, str], ...]:
    kind = standard_types()[guessed.type]
    labels = {item.key: item.label for item in kind.items}
    return tuple(
        (labels.get(one.item, one.column), shorten(text, 60))
        for one in guessed.choices
        if one.item != IGNORED and (text := plain(cells.get(one.column)))
    )
