"""What was corrected in a record by hand, for staff: what stands against its file, and who changed what, when, why.

    Correction (one of a record) ─ standing: cell by cell what the file says and what holds ─► the next import (`upholding`)
                                 └ acts: each correction with its cells before and after ────► the page of the record

The data set knows which of its records have something standing (`DataSet.corrected`), so that an import looks at those alone.
"""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from kaiteki.kit.manifest import EVERYTHING, EntityType
from kaiteki.kit.views import Link
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.opendata.withdrawal.model import mark_of

ACTS_MAX: Final = 50
"""Corrections of a record that are told with it; earlier ones are in its history."""
CORRECTED_MAX: Final = 1_000
"""Records of a data set that may stand against their file; beyond that the file itself is to be corrected."""


class Corrected(msgspec.Struct, frozen=True):
    """A cell that holds against the file: its key (`cells`) and heading, what the file says, what it is, since when, by whom."""

    key: str
    column: str
    was: str
    now: str
    at: Instant
    by: str = ""


class CellChange(msgspec.Struct, frozen=True):
    """A cell before and after a correction. `by_hand`: what was there before stood against its file, too."""

    key: str
    column: str
    before: str = ""
    after: str = ""
    by_hand: bool = False


class Act(msgspec.Struct, frozen=True):
    """A correction: when, by whom, why, of which cells; `let` are those that may speak of people and were cleared, each with the reason."""

    at: Instant
    by: str
    why: str
    changes: tuple[CellChange, ...] = ()
    let: tuple[str, ...] = ()


class Correction(msgspec.Struct, frozen=True):
    """What was corrected in a record."""

    id: str
    record: Link = ""
    data_set: Link = ""
    title: str = ""
    standing: tuple[Corrected, ...] = ()
    acts: tuple[Act, ...] = ()


class StandingNow(msgspec.Struct, frozen=True):
    """The part of it that an import writes: acts are added beside it."""

    entity_type: ClassVar[str] = "Correction"
    id: str
    standing: tuple[Corrected, ...] = ()


def correction_id(record: str) -> str:
    """The id of what was corrected in a record; it does not say which one."""
    return id_of_mark(mark_of(record))


def id_of_mark(mark: str) -> str:
    """The same of a record of which only the mark is known."""
    return f"urn:ngsi-ld:Correction:{mark}"


CORRECTIONS: Final = EntityType(
    name="Correction",
    raw=EVERYTHING,
    view=Correction,
    words=Words("画面で直した記録", "Records corrected by hand", "なおした もの"),
    title="title",
    columns=("title", "data_set"),
    desk="opendata/corrections",
    workings=frozenset({"standing", "acts"}),
    labels={
        "title": Words("名前", "Title", "なまえ"),
        "record": Words("記録", "Record", "もの"),
        "data_set": Words("データセット", "Data set", "データ"),
    },
)
