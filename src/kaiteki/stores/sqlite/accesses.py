"""The reads of personal data in the file; see ports.accesses."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.model.instant import Instant
from kaiteki.model.retired import NODE
from kaiteki.ports.accesses import PAGE_MAX, Access, Kept, check_accesses, check_subjects
from kaiteki.stores.journal import access_decoder, key_of
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

_BEFORE = "AND number<? ORDER BY number DESC LIMIT ?"
_NEWEST = 2**62
_OLDER = "SELECT number FROM aside WHERE area=? AND what='read' AND at<? AND number<=? AND actor<>? ORDER BY number LIMIT ?"


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

    async def older(self, area: str, before: Instant, up_to: int, limit: int) -> Sequence[int]:
        """The numbers of the oldest reads of an area."""
        rows = self._reader.connection.execute(_OLDER, (area, before, up_to, key_of(NODE), limit))
        return [number for (number,) in rows]

    async def forget(self, area: str, numbers: Sequence[int]) -> None:
        """Let go of reads and of the salts of their leaves, in one transaction."""

        def go(connection: Connection) -> None:
            rows = [(number,) for number in numbers]
            connection.executemany("UPDATE leaf SET salt=x'' WHERE number=?", rows)
            connection.executemany(
                "DELETE FROM aside WHERE number=? AND area=? AND what='read'",
                [(number, area) for number in numbers],
            )

        await self._writer.work(go)

    def _read(self, area: str, column: str, value: str, before: int, limit: int) -> list[Kept]:
        rows = self._reader.connection.execute(
            f"SELECT number, at, body FROM aside WHERE area=? AND {column}=? {_BEFORE}",
            (area, key_of(value), before or _NEWEST, min(limit, PAGE_MAX)),
        )
        return [Kept(number, at, access_decoder.decode(body)) for number, at, body in rows]
