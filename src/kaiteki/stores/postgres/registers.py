"""The small registers in the database: @contexts, accounts with their sessions, files."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Session
from kaiteki.ports.contexts import KeptContext
from kaiteki.stores.postgres.pool import Pool

NO_GRANTS = b'"grants":[]'
"""How the body of an account without roles says so; inside of a text its quotes would be escaped."""
_encode = msgspec.json.Encoder().encode
_context = msgspec.json.Decoder(KeptContext)
_account = msgspec.json.Decoder(Account)
_session = msgspec.json.Decoder(Session)


class PostgresContexts:
    """@contexts by url; see ports.contexts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, context: KeptContext) -> None:
        """Keep a context, replacing one of the same url."""
        await self._pool.execute(
            "INSERT INTO context VALUES($1, $2, $3)"
            " ON CONFLICT (url) DO UPDATE SET local_id=excluded.local_id, body=excluded.body",
            context.url,
            context.local_id,
            _encode(context),
        )

    async def get(self, url_or_id: str) -> KeptContext | None:
        """A context by its url or local id."""
        for column in ("url", "local_id"):
            body = await self._pool.fetchval(
                f"SELECT body FROM context WHERE {column}=$1 ORDER BY url LIMIT 1", url_or_id
            )
            if body is not None:
                return _context.decode(body)
        return None

    async def list(self) -> Sequence[KeptContext]:
        """All kept contexts, by url."""
        return [
            _context.decode(body)
            for (body,) in await self._pool.fetch("SELECT body FROM context ORDER BY url")
        ]

    async def remove(self, url_or_id: str) -> bool:
        """Forget one; whether there was one."""
        found = await self.get(url_or_id)
        if found is None:
            return False
        gone = await self._pool.fetchval("DELETE FROM context WHERE url=$1 RETURNING url", found.url)
        return gone is not None


class PostgresAccounts:
    """Accounts by id and login, sessions by token hash; see ports.accounts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, account: Account) -> None:
        """Keep an account; ValueError when another one has the login."""
        async with self._pool.acquire() as connection, connection.transaction():
            # of two nodes that give one login away at once one comes second
            await connection.execute("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")
            other = await connection.fetchval("SELECT id FROM account WHERE login=$1", account.login)
            if other is not None and other != account.id:
                raise ValueError(f"another account has the login {account.login}")
            await connection.execute(
                "INSERT INTO account VALUES($1, $2, $3)"
                " ON CONFLICT (id) DO UPDATE SET login=excluded.login, body=excluded.body",
                account.id,
                account.login,
                _encode(account),
            )

    async def by_id(self, account_id: str) -> Account | None:
        """The account of an id."""
        return await self._account("id", account_id)

    async def by_login(self, login: str) -> Account | None:
        """The account of a login."""
        return await self._account("login", login)

    async def _account(self, column: str, value: str) -> Account | None:
        if "\x00" in value:
            # nothing in the database has such a text
            return None
        body = await self._pool.fetchval(f"SELECT body FROM account WHERE {column}=$1", value)
        return None if body is None else _account.decode(body)

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind a login, in order of logins."""
        rows = await self._pool.fetch(
            "SELECT body FROM account WHERE login>$1 ORDER BY login LIMIT $2", after_login, limit
        )
        return [_account.decode(body) for (body,) in rows]

    async def with_roles(self, limit: int = 1000) -> Sequence[Account]:
        """Accounts that hold a role anywhere, in order of ids."""
        rows = await self._pool.fetch(
            'SELECT body FROM account WHERE position($1::bytea in body)=0 ORDER BY id COLLATE "C" LIMIT $2',
            NO_GRANTS,
            limit,
        )
        return [_account.decode(body) for (body,) in rows]

    async def remove(self, account_id: str) -> bool:
        """Forget an account and its sessions; whether there was one."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("DELETE FROM session WHERE account_id=$1", account_id)
            gone = await connection.fetchval("DELETE FROM account WHERE id=$1 RETURNING id", account_id)
        return gone is not None

    async def open(self, session: Session) -> None:
        """Keep a session; those that expired before it was opened are forgotten."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "DELETE FROM session WHERE account_id=$1 AND expires_at<=$2",
                session.account_id,
                session.opened_at,
            )
            await connection.execute(
                "INSERT INTO session VALUES($1, $2, $3, $4) ON CONFLICT (token_hash) DO UPDATE SET"
                " account_id=excluded.account_id, expires_at=excluded.expires_at, body=excluded.body",
                session.token_hash,
                session.account_id,
                session.expires_at,
                _encode(session),
            )

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        body = await self._pool.fetchval(
            "SELECT body FROM session WHERE token_hash=$1 AND expires_at>$2", token_hash, now
        )
        return None if body is None else _session.decode(body)

    async def touch(self, token_hash: str, at: Instant) -> None:
        """Keep when a session was used last."""
        async with self._pool.acquire() as connection, connection.transaction():
            body = await connection.fetchval(
                "SELECT body FROM session WHERE token_hash=$1 FOR UPDATE", token_hash
            )
            if body is not None:
                used = msgspec.structs.replace(_session.decode(body), used_at=at)
                await connection.execute(
                    "UPDATE session SET body=$2 WHERE token_hash=$1", token_hash, _encode(used)
                )

    async def end(self, token_hash: str) -> None:
        """Forget a session."""
        await self._pool.execute("DELETE FROM session WHERE token_hash=$1", token_hash)

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]:
        """The open sessions of an account, oldest first."""
        rows = await self._pool.fetch(
            "SELECT body FROM session WHERE account_id=$1 AND expires_at>$2", account_id, now
        )
        found = [_session.decode(body) for (body,) in rows]
        return sorted(found, key=lambda session: (session.opened_at, session.token_hash))


class PostgresFiles:
    """Files of one shelf by area and digest, so that every node has them; see ports.files."""

    def __init__(self, pool: Pool, shelf: str) -> None:
        self._pool = pool
        self._shelf = shelf

    async def put(self, area: str, content: bytes) -> str:
        """Keep bytes; the answer is their digest."""
        digest = sha256(content).hexdigest()
        await self._pool.execute(
            "INSERT INTO file VALUES($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            self._shelf,
            area,
            digest,
            content,
        )
        return digest

    async def get(self, area: str, digest: str) -> bytes | None:
        """The bytes, None when there are none."""
        return await self._pool.fetchval(
            "SELECT content FROM file WHERE shelf=$1 AND area=$2 AND digest=$3", self._shelf, area, digest
        )

    async def held(self, limit: int) -> Sequence[tuple[str, str]]:
        """Some files."""
        rows = await self._pool.fetch(
            "SELECT area, digest FROM file WHERE shelf=$1 LIMIT $2", self._shelf, limit
        )
        return [(area, digest) for area, digest in rows]

    async def remove(self, area: str, digest: str) -> None:
        """Forget the bytes."""
        await self._pool.execute(
            "DELETE FROM file WHERE shelf=$1 AND area=$2 AND digest=$3", self._shelf, area, digest
        )
