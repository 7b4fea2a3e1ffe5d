"""Registrations of context sources, in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kaiteki.model.sources.registration import Registration, SourceStanding
from kaiteki.ports.sources import KeptSource, SourceKey
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

_encode = msgspec.json.Encoder().encode
_registration = msgspec.json.Decoder(Registration)
_standing = msgspec.json.Decoder(SourceStanding)


class SqliteSources:
    """Registrations by key; see ports.sources."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, kept: KeptSource) -> None:
        """Keep a registration, in place of one with its area and id."""
        row = (*kept.key, kept.owner, _encode(kept.registration), _encode(kept.standing))
        await self._writer.work(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO source VALUES(?,?,?,?,?)", row
            ).fetchall()
        )

    async def remove(self, key: SourceKey) -> bool:
        """Forget a registration; whether there was one."""

        def forget(connection: Connection) -> bool:
            return bool(
                connection.execute("DELETE FROM source WHERE area=? AND id=? RETURNING id", key).fetchall()
            )

        return await self._writer.work(forget)

    async def revision(self) -> int | None:
        """One node alone writes it."""
        return None

    async def list(self, after: SourceKey = ("", ""), limit: int = 1000) -> Sequence[KeptSource]:
        """Registrations behind a key, by area and id, with their standings."""
        rows = self._reader.connection.execute(
            "SELECT area, owner, body, standing FROM source WHERE (area, id) > (?,?) ORDER BY area, id LIMIT ?",
            (*after, limit),
        )
        return [
            KeptSource(area, owner, _registration.decode(body), _standing.decode(standing))
            for area, owner, body, standing in rows
        ]

    async def note(self, standings: Mapping[SourceKey, SourceStanding]) -> None:
        """Keep how asking sources went, in one transaction."""
        rows = [(_encode(standing), *key) for key, standing in standings.items()]

        def keep(connection: Connection) -> None:
            connection.executemany("UPDATE source SET standing=? WHERE area=? AND id=?", rows)

        if rows:
            await self._writer.work(keep)
