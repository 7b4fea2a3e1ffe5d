"""Credentials in the database."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.ports.credentials import PAGE_CREDENTIALS, Credential
from kaiteki.stores.postgres.pool import Pool

_encode = msgspec.msgpack.Encoder().encode
_credential = msgspec.msgpack.Decoder(Credential)


class PostgresCredentials:
    """Credentials by kind and value; see ports.credentials."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, credential: Credential) -> None:
        """Keep one; ValueError when another account has it."""
        kept = await self._pool.fetchval(
            "INSERT INTO credential VALUES($1, $2, $3, $4) ON CONFLICT (kind, value) DO UPDATE SET body=excluded.body"
            " WHERE credential.account_id=excluded.account_id RETURNING kind",
            credential.kind,
            credential.value,
            credential.account_id,
            _encode(credential),
        )
        if kept is None:
            raise ValueError(f"another account has this {credential.kind}")

    async def get(self, kind: str, value: str) -> Credential | None:
        """The one of a kind and value."""
        if "\x00" in value:
            # nothing in the database has such a text
            return None
        body = await self._pool.fetchval(
            "SELECT body FROM credential WHERE kind=$1 AND value=$2", kind, value
        )
        return None if body is None else _credential.decode(body)

    async def of(self, account_id: str, kind: str = "") -> Sequence[Credential]:
        """Those of an account, by kind and value."""
        rows = await self._pool.fetch(
            "SELECT body FROM credential WHERE account_id=$1 AND ($2='' OR kind=$2) ORDER BY kind, value",
            account_id,
            kind,
        )
        return [_credential.decode(body) for (body,) in rows]

    async def remove(self, kind: str, value: str) -> bool:
        """Forget one; whether there was one."""
        gone = await self._pool.fetchval(
            "DELETE FROM credential WHERE kind=$1 AND value=$2 RETURNING kind", kind, value
        )
        return gone is not None

    async def forget(self, account_id: str) -> None:
        """Forget all of an account."""
        await self._pool.execute("DELETE FROM credential WHERE account_id=$1", account_id)

    async def list(
        self, kind: str, after_value: str = "", limit: int = PAGE_CREDENTIALS
    ) -> Sequence[Credential]:
        """Those of a kind behind a value, in order."""
        rows = await self._pool.fetch(
            "SELECT body FROM credential WHERE kind=$1 AND value>$2 ORDER BY value LIMIT $3",
            kind,
            after_value,
            limit,
        )
        return [_credential.decode(body) for (body,) in rows]
