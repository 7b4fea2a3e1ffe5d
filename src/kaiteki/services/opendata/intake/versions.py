"""Of which data set a delivered table may be the newer version, where it came under another name (202404.csv, 202405.csv): told, never taken.

    all data sets of records ─► by columns (in both ÷ in either) ─┬─► fitting: three fifths and more, the best first ─► the best few are tried with the first rows
                                                              └─► all others, by their names; a word narrows both

A guess is marked where most columns agree and half of the first rows are records that the data set has. Staff choose.
"""

from __future__ import annotations

import asyncio
import unicodedata
from itertools import islice
from typing import Final

import msgspec

from kaiteki.kit.pages import City
from kaiteki.model.query import PAGE_SIZE_MAX, Query
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.bringing import may_renew
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.reading.source import KnownAs, Row, Source, Table
from kaiteki.services.opendata.records import Maker
from kaiteki.services.opendata.standard.table import fold

SETS_MAX: Final = 5000
"""Data sets of an area that are looked through."""
LISTED_MAX: Final = 12
TRIED_MAX: Final = 3
ROWS_TRIED: Final = 100
FITS: Final = 0.6
"""Share of columns from which on a data set is offered before the others."""
GUESSED: Final = 0.7
ROWS_GUESSED: Final = 0.5


class Candidate(msgspec.Struct, frozen=True):
    """A data set that a table may renew: columns in both, columns in either; of `tried` rows `known` are records that it has."""

    id: str
    title: str
    both: int = 0
    either: int = 0
    known: int = 0
    tried: int = 0

    @property
    def fits(self) -> bool:
        """Whether the columns speak for it."""
        return self.either > 0 and self.both >= FITS * self.either

    @property
    def is_guess(self) -> bool:
        """Whether columns and rows speak for it."""
        agree = self.both >= GUESSED * self.either and self.known >= ROWS_GUESSED * self.tried
        return self.fits and self.tried > 0 and agree


class Candidates(msgspec.Struct, frozen=True):
    """Those that are listed, the best first, and how many more there are."""

    listed: tuple[Candidate, ...] = ()
    more: int = 0


async def find_candidates(
    city: City, source: Source, table: Table, words: str, ground: importing.Ground
) -> Candidates:
    """The data sets of an area that a table may renew, narrowed by `words` in their names; not the one of its own name."""
    own, wanted = importing.data_set_id(importing.own_slug(source, table)), _slim(words)
    head = frozenset(fold(name) for name in table.header)
    found: list[tuple[Candidate, DataSet]] = []
    for one in await _data_sets(city):
        if one.id != own and may_renew(one) and wanted in _slim(f"{one.title} {one.file_name}"):
            columns = frozenset(fold(name) for name in one.columns)
            found.append((Candidate(one.id, one.title, len(head & columns), len(head | columns)), one))
    found.sort(key=lambda pair: (not pair[0].fits, -_share(pair[0]) if pair[0].fits else 0, pair[0].title))
    listed: list[Candidate] = []
    rows = await asyncio.to_thread(lambda: tuple(islice(table.rows(), ROWS_TRIED)))
    for candidate, one in found[:LISTED_MAX]:
        is_tried = candidate.fits and len(listed) < TRIED_MAX
        listed.append(
            await _try(city, candidate, one, (source, table, rows, ground)) if is_tried else candidate
        )
    listed.sort(key=lambda each: (not each.is_guess, not each.fits, -each.known))
    return Candidates(tuple(listed), len(found) - len(listed))


async def _data_sets(city: City) -> list[DataSet]:
    found: list[DataSet] = []
    after, more = "", True
    while more and len(found) < SETS_MAX:
        page = await city.find(DataSet, Query(limit=PAGE_SIZE_MAX, after_id=after or None))
        found += page.items
        more, after = page.more and bool(page.items), max((one.id for one in page.items), default="")
    return found


async def _try(
    city: City,
    candidate: Candidate,
    one: DataSet,
    of: tuple[Source, Table, tuple[Row, ...], importing.Ground],
) -> Candidate:
    """A candidate with how many of the first rows it has."""
    source, table, rows, ground = of
    renamed = msgspec.structs.replace(
        source,
        known_as=(
            KnownAs(importing.own_slug(source, table), one.id.rpartition(":")[2], one.title, one.record_type),
        ),
    )
    first = msgspec.structs.replace(table, rows=lambda: iter(rows))

    def make() -> tuple[str, ...]:
        guessed = importing.guess_table(renamed, first, "", None)
        surveyed = importing.survey(first, guessed, lambda rows: None, None, one)
        maker = Maker(importing.plan_table(renamed, first, guessed, surveyed, ground))
        return tuple({made.id for row in rows if (made := maker.make(row).record) is not None})

    ids = await asyncio.to_thread(make)
    found = (
        (await city.find(record_view(one.record_type), Query(ids=ids, limit=len(ids)))).items if ids else ()
    )
    return msgspec.structs.replace(candidate, known=len(found), tried=len(ids))


def _share(one: Candidate) -> float:
    return one.both / one.either if one.either else 0.0


def _slim(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
