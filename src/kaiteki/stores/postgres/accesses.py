"""The reads of personal data in the database; see ports.accesses."""

from __future__ import annotations

from collections.abc import Sequence

from kaiteki.model.instant import Instant
from kaiteki.model.retired import NODE
from kaiteki.ports.accesses import PAGE_MAX, Access, Kept, check_accesses, check_subjects
from kaiteki.stores.journal import access_decoder, key_of
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.postgres.writer import Writer

_READ = """
SELECT a.number, a.at, a.body FROM unnest($2::text[]) AS u(key), LATERAL (
SELECT number, at, body FROM aside WHERE area=$1 AND {}=u.key AND number<$3 ORDER BY number DESC LIMIT $4) a
ORDER BY a.number DESC LIMIT $4
"""
_NEWEST = 2**62
_OLDER = "SELECT number FROM aside WHERE area=$1 AND what='read' AND at<$2 AND number<=$3 AND actor<>$4 ORDER BY number LIMIT $5"


class PostgresAccesses:
    """The lines of reads of a database."""

    def __init__(self, pool: Pool, writer: Writer) -> None:
        self._pool = pool
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
        found = await self._read(area, ("subject", subjects), before, limit)
        return [kept for kept in found if kept.access.subject in subjects]

    async def by(self, area: str, actor: str, before: int = 0, limit: int = 50) -> Sequence[Kept]:
        """The accesses of an actor, newest first."""
        found = await self._read(area, ("actor", (actor,)), before, limit)
        return [kept for kept in found if kept.access.by.actor == actor]

    async def older(self, area: str, before: Instant, up_to: int, limit: int) -> Sequence[int]:
        """The numbers of the oldest reads of an area."""
        rows = await self._pool.fetch(_OLDER, area, before, up_to, key_of(NODE), limit)
        return [number for (number,) in rows]

    async def forget(self, area: str, numbers: Sequence[int]) -> None:
        """Let go of reads and of the salts of their leaves, in one transaction."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE leaf SET salt='' WHERE number=ANY($1)", list(numbers))
            await connection.execute(
                "DELETE FROM aside WHERE number=ANY($1) AND area=$2 AND what='read'", list(numbers), area
            )

    async def _read(
        self, area: str, wanted: tuple[str, Sequence[str]], before: int, limit: int
    ) -> list[Kept]:
        column, values = wanted
        keys = sorted({key_of(value) for value in values})
        rows = await self._pool.fetch(
            _READ.format(column), area, keys, before or _NEWEST, min(limit, PAGE_MAX)
        )
        return [Kept(number, at, access_decoder.decode(body)) for number, at, body in rows]
