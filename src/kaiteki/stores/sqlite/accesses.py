"""The reads of personal data in the file; see ports.accesses."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.ports.accesses import PAGE_MAX, Access, Kept, check_accesses, check_subjects
from kaiteki.stores.journal import access_decoder, key_of
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

_BEFORE = "AND number<? ORDER BY number DESC LIMIT ?"
_NEWEST = 2**62


class SqliteAccesses:
    """The lines of reads of one file."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def keep(self, accesses: Sequence[Access]) -> None:
        """Keep accesses with the next commit."""
        check_accesses(accesses)
        if accesses:
            await self._writer.note(accesses)

    async def of(
        self, area: str, subjects: Sequence[str], before: int = 0, limit: int = 50
    ) -> Sequence[Kept]:
        """The accesses to the data of subjects, newest first."""
        check_subjects(subjects)
        found = [
            kept
            for subject in dict.fromkeys(subjects)
            for kept in self._read(area, "subject", subject, before, limit)
            if kept.access.subject == subject
        ]
        return sorted(found, key=lambda kept: -kept.number)[: min(limit, PAGE_MAX)]

    async def by(self, area: str, actor: str, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """The accesses of an actor, newest first."""
        return [
            kept for kept in self._read(area, "actor", actor, before, limit) if kept.access.by.actor == actor
        ]

    def _read(self, area: str, column: str, value: str, before: int, limit: int) -> list[Kept]:
        rows = self._reader.connection.execute(
            f"SELECT number, at, body FROM aside WHERE area=? AND {column}=? {_BEFORE}",
            (area, key_of(value), before or _NEWEST, min(limit, PAGE_MAX)),
        )
        return [Kept(number, at, access_decoder.decode(body)) for number, at, body in rows]
