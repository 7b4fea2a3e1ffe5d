"""Credentials in the file."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.ports.credentials import PAGE_CREDENTIALS, Credential
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

_encode = msgspec.msgpack.Encoder().encode
_credential = msgspec.msgpack.Decoder(Credential)


class SqliteCredentials:
    """Credentials by kind and value; see ports.credentials."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, credential: Credential) -> None:
        """Keep one; ValueError when another account has it."""
        row = (credential.kind, credential.value, credential.account_id, _encode(credential))

        def keep(connection: Connection) -> None:
            owner = connection.execute(
                "SELECT account_id FROM credential WHERE kind=? AND value=?", row[:2]
            ).get
            if owner is not None and owner != credential.account_id:
                raise ValueError(f"another account has this {credential.kind}")
            connection.execute("INSERT OR REPLACE INTO credential VALUES(?,?,?,?)", row)

        await self._writer.work(keep)

    async def get(self, kind: str, value: str) -> Credential | None:
        """The one of a kind and value."""
        body = self._reader.connection.execute(
            "SELECT body FROM credential WHERE kind=? AND value=?", (kind, value)
        ).get
        return None if body is None else _credential.decode(body)

    async def of(self, account_id: str, kind: str = "") -> Sequence[Credential]:
        """Those of an account, by kind and value."""
        rows = self._reader.connection.execute(
            "SELECT body FROM credential WHERE account_id=?1 AND (?2='' OR kind=?2) ORDER BY kind, value",
            (account_id, kind),
        )
        return [_credential.decode(body) for (body,) in rows]

    async def remove(self, kind: str, value: str) -> bool:
        """Forget one; whether there was one."""

        def forget(connection: Connection) -> bool:
            gone = connection.execute(
                "DELETE FROM credential WHERE kind=? AND value=? RETURNING kind", (kind, value)
            )
            return bool(gone.fetchall())

        return await self._writer.work(forget)

    async def forget(self, account_id: str) -> None:
        """Forget all of an account."""
        await self._writer.work(
            lambda connection: connection.execute(
                "DELETE FROM credential WHERE account_id=?", (account_id,)
            ).fetchall()
        )

    async def list(
        self, kind: str, after_value: str = "", limit: int = PAGE_CREDENTIALS
    ) -> Sequence[Credential]:
        """Those of a kind behind a value, in order."""
        rows = self._reader.connection.execute(
            "SELECT body FROM credential WHERE kind=? AND value>? ORDER BY value LIMIT ?",
            (kind, after_value, limit),
        )
        return [_credential.decode(body) for (body,) in rows]
