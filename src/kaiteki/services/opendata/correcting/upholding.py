"""What was corrected by hand, against what the next file says. Pure.

a cell that was corrected ─┬─ the file says the same now ──► nothing stands any more
                           ├─ somebody decided: the file ──► the file holds, and nothing stands any more
                           └─ else ────────────────────────► the correction holds, and the import says so (`corrected_kept`)
"""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.services.opendata.correcting.cells import Cell, kind_of, text_of, write_cells
from kaiteki.services.opendata.correcting.model import Corrected, Correction
from kaiteki.services.opendata.model import Record
from kaiteki.services.opendata.reading.source import Issue, shorten

DETAIL: Final = "details."


class Upheld(msgspec.Struct, frozen=True):
    """A record as it comes in, what is still standing against the file, and what the report of the import says of it."""

    record: Record
    standing: tuple[Corrected, ...]
    issues: tuple[Issue, ...]


def cells_standing(record: Record, standing: tuple[Corrected, ...]) -> dict[str, Cell]:
    """The cells that something stands for, as the type of a record has them now."""
    kind = kind_of(record)
    found: dict[str, Cell] = {}
    for one in standing:
        item = None if one.key.startswith(DETAIL) else kind.item(one.key)
        if item is not None or one.key.startswith(DETAIL):
            found[one.key] = Cell(one.key, one.column, item)
    return found


def crossing(record: Record, kept: Correction) -> tuple[tuple[Corrected, str], ...]:
    """What stands against a record that comes from a file, each with what the file says."""
    cells = cells_standing(record, kept.standing)
    told = ((one, text_of(record, cells[one.key])) for one in kept.standing if one.key in cells)
    return tuple((one, said) for one, said in told if said != one.now)


def uphold(record: Record, kept: Correction, file_holds: bool, line: int) -> Upheld:
    """A record that comes from a file, with what was corrected by hand in it."""
    crossed = crossing(record, kept)
    if file_holds or not crossed:
        notes = tuple(
            Issue("corrected_gone", line, one.column, shorten(one.now), "note") for one, _ in crossed
        )
        return Upheld(record, (), notes)
    cells = cells_standing(record, kept.standing)
    written = write_cells(
        record, _all_cells(record, cells), {one.key: one.now for one, _ in crossed if one.key in cells}
    )
    if written.record is None:
        # what held once and is no value of its column any more (the type is another one): the file holds, and it is said
        return Upheld(
            record,
            (),
            tuple(Issue("corrected_gone", line, one.column, shorten(one.now)) for one, _ in crossed),
        )
    standing = tuple(msgspec.structs.replace(one, was=said) for one, said in crossed)
    issues = tuple(
        Issue("corrected_kept", line, one.column, shorten(f"{said} → {one.now}")) for one, said in crossed
    )
    return Upheld(written.record, standing, issues)


def _all_cells(record: Record, known: dict[str, Cell]) -> tuple[Cell, ...]:
    """The cells that stand, with those of the items beside which they are read (the name, both coordinates, the other flags of a list)."""
    kind = kind_of(record)
    further = (Cell(one.key, one.label, one) for one in kind.items if one.key not in known)
    return (*known.values(), *further)
