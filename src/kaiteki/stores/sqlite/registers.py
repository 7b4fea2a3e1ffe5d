"""The small registers in the file: @contexts, accounts with their sessions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Session
from kaiteki.ports.contexts import KeptContext
from kaiteki.stores.sqlite.driver import Connection
from kaiteki.stores.sqlite.reader import Reader
from kaiteki.stores.sqlite.writer import Writer

NO_GRANTS = b'"grants":[]'
"""How the body of an account without roles says so; inside of a text its quotes would be escaped."""
_encode = msgspec.json.Encoder().encode
_context = msgspec.json.Decoder(KeptContext)
_account = msgspec.json.Decoder(Account)
_session = msgspec.json.Decoder(Session)


class SqliteContexts:
    """@contexts by url; see ports.contexts."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, context: KeptContext) -> None:
        """Keep a context, replacing one of the same url."""
        row = (context.url, context.local_id, _encode(context))
        await self._writer.work(
            lambda connection: connection.execute(
                "INSERT OR REPLACE INTO context VALUES(?,?,?)", row
            ).fetchall()
        )

    async def get(self, url_or_id: str) -> KeptContext | None:
        """A context by its url or local id."""
        for column in ("url", "local_id"):
            body = self._reader.connection.execute(
                f"SELECT body FROM context WHERE {column}=? ORDER BY url", (url_or_id,)
            ).get
            if body is not None:
                return _context.decode(body)
        return None

    async def list(self) -> Sequence[KeptContext]:
        """All kept contexts, by url."""
        rows = self._reader.connection.execute("SELECT body FROM context ORDER BY url")
        return [_context.decode(body) for (body,) in rows]

    async def remove(self, url_or_id: str) -> bool:
        """Forget one; whether there was one."""
        found = await self.get(url_or_id)
        if found is None:
            return False

        def forget(connection: Connection) -> bool:
            gone = connection.execute("DELETE FROM context WHERE url=? RETURNING url", (found.url,))
            return bool(gone.fetchall())

        return await self._writer.work(forget)


class SqliteAccounts:
    """Accounts by id and login, sessions by token hash; see ports.accounts."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def put(self, account: Account) -> None:
        """Keep an account; ValueError when another one has the login."""

        def keep(connection: Connection) -> None:
            other = connection.execute("SELECT id FROM account WHERE login=?", (account.login,)).get
            if other is not None and other != account.id:
                raise ValueError(f"another account has the login {account.login}")
            row = (account.id, account.login, _encode(account))
            connection.execute("INSERT OR REPLACE INTO account VALUES(?,?,?)", row)

        await self._writer.work(keep)

    async def by_id(self, account_id: str) -> Account | None:
        """The account of an id."""
        return self._account("id", account_id)

    async def by_login(self, login: str) -> Account | None:
        """The account of a login."""
        return self._account("login", login)

    def _account(self, column: str, value: str) -> Account | None:
        body = self._reader.connection.execute(f"SELECT body FROM account WHERE {column}=?", (value,)).get
        return None if body is None else _account.decode(body)

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind a login, in order of logins."""
        rows = self._reader.connection.execute(
            "SELECT body FROM account WHERE login>? ORDER BY login LIMIT ?", (after_login, limit)
        )
        return [_account.decode(body) for (body,) in rows]

    async def with_roles(self, limit: int = 1000) -> Sequence[Account]:
        """Accounts that hold a role anywhere, in order of ids."""
        rows = self._reader.connection.execute(
            "SELECT body FROM account WHERE instr(body, ?)=0 ORDER BY id LIMIT ?", (NO_GRANTS, limit)
        )
        return [_account.decode(body) for (body,) in rows]

    async def remove(self, account_id: str) -> bool:
        """Forget an account and its sessions; whether there was one."""

        def forget(connection: Connection) -> bool:
            connection.execute("DELETE FROM session WHERE account_id=?", (account_id,))
            gone = connection.execute("DELETE FROM account WHERE id=? RETURNING id", (account_id,))
            return bool(gone.fetchall())

        return await self._writer.work(forget)

    async def open(self, session: Session) -> None:
        """Keep a session; those that expired before it was opened are forgotten."""
        row = (session.token_hash, session.account_id, session.expires_at, _encode(session))

        def keep(connection: Connection) -> None:
            connection.execute(
                "DELETE FROM session WHERE account_id=? AND expires_at<=?",
                (session.account_id, session.opened_at),
            )
            connection.execute("INSERT OR REPLACE INTO session VALUES(?,?,?,?)", row)

        await self._writer.work(keep)

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        body = self._reader.connection.execute(
            "SELECT body FROM session WHERE token_hash=? AND expires_at>?", (token_hash, now)
        ).get
        return None if body is None else _session.decode(body)

    async def touch(self, token_hash: str, at: Instant) -> None:
        """Keep when a session was used last."""

        def keep(connection: Connection) -> None:
            body = connection.execute("SELECT body FROM session WHERE token_hash=?", (token_hash,)).get
            if body is not None:
                used = msgspec.structs.replace(_session.decode(body), used_at=at)
                connection.execute(
                    "UPDATE session SET body=? WHERE token_hash=?", (_encode(used), token_hash)
                )

        await self._writer.work(keep)

    async def end(self, token_hash: str) -> None:
        """Forget a session."""
        await self._writer.work(
            lambda connection: connection.execute(
                "DELETE FROM session WHERE token_hash=?", (token_hash,)
            ).fetchall()
        )

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]:
        """The open sessions of an account, oldest first."""
        rows = self._reader.connection.execute(
            "SELECT body FROM session WHERE account_id=? AND expires_at>?", (account_id, now)
        )
        found = [_session.decode(body) for (body,) in rows]
        return sorted(found, key=lambda session: (session.opened_at, session.token_hash))
