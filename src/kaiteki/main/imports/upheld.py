"""What an import has to do with what was corrected by hand: it stays, or the file holds, as somebody decided; the report says either."""

from __future__ import annotations

from kaiteki.main.imports.targets import Target
from kaiteki.services.opendata.correcting.model import Correction, StandingNow, correction_id, id_of_mark
from kaiteki.services.opendata.correcting.upholding import uphold
from kaiteki.services.opendata.model import DataSet, Record, record_view
from kaiteki.services.opendata.reading.source import Issue
from kaiteki.services.opendata.withdrawal.model import mark_of


class Upholding:
    """The corrections of one table while it is imported; only records that the data set names are looked up."""

    def __init__(self, target: Target, file_holds: frozenset[str]) -> None:
        self._target, self._file_holds = target, file_holds
        self._marks = frozenset[str]()
        self._settled: set[str] = set()
        self._issues: list[Issue] = []
        self._writes: list[StandingNow] = []

    def begin(self, data_set: DataSet | None) -> None:
        """Look which records of a data set were corrected."""
        self._marks = frozenset(data_set.corrected if data_set is not None else ())

    async def uphold(self, record: Record, line: int) -> Record:
        """A record of the file as it comes in."""
        mark = mark_of(record.id)
        if mark not in self._marks:
            return record
        kept = await self._target.get(Correction, correction_id(record.id))
        if kept is None or not kept.standing:
            self._settled.add(mark)
            return record
        upheld = uphold(record, kept, mark in self._file_holds, line)
        self._issues += upheld.issues
        if not upheld.standing:
            self._settled.add(mark)
        if upheld.standing != kept.standing:
            self._writes.append(StandingNow(kept.id, upheld.standing))
        return upheld.record

    def issues(self) -> tuple[Issue, ...]:
        """What the report of the import says of the records that were looked at since it was asked last."""
        told, self._issues = tuple(self._issues), []
        return told

    async def keep(self) -> None:
        """Keep what stands against the file now, after the records were kept."""
        if self._writes:
            await self._target.keep(self._writes)
            self._writes = []

    async def end(self, data_set: DataSet | None) -> tuple[str, ...]:
        """The marks of the records that still stand otherwise than in the file; `data_set` as it is at the end of the import. What somebody
        corrected while rows came in is put back where they wrote over it."""
        marks = data_set.corrected if data_set is not None else ()
        for mark in marks:
            if data_set is not None and mark not in self._marks:
                await self._put_back(data_set.record_type, mark)
        return tuple(one for one in marks if one not in self._settled)

    async def _put_back(self, record_type: str, mark: str) -> None:
        kept = await self._target.get(Correction, id_of_mark(mark))
        record = await self._target.get(record_view(record_type), kept.record) if kept is not None else None
        if kept is not None and record is not None:
            upheld = uphold(record, kept, False, 0)
            self._issues += upheld.issues
            await self._target.keep([upheld.record])
