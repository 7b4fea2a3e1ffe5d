"""The small registers in memory: @contexts, accounts with sessions, files."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Session
from kaiteki.ports.contexts import KeptContext


class MemoryContexts:
    """@contexts by url; see ports.contexts."""

    def __init__(self) -> None:
        self._by_url: dict[str, KeptContext] = {}

    def _find(self, url_or_id: str) -> KeptContext | None:
        found = self._by_url.get(url_or_id)
        if found is None:
            found = next((kept for kept in self._by_url.values() if kept.local_id == url_or_id), None)
        return found

    async def put(self, context: KeptContext) -> None:
        """Keep a context, replacing one of the same url."""
        self._by_url[context.url] = context

    async def get(self, url_or_id: str) -> KeptContext | None:
        """A context by its url or local id."""
        return self._find(url_or_id)

    async def list(self) -> Sequence[KeptContext]:
        """All kept contexts, by url."""
        return [self._by_url[url] for url in sorted(self._by_url)]

    async def remove(self, url_or_id: str) -> bool:
        """Forget one; whether there was one."""
        found = self._find(url_or_id)
        if found is None:
            return False
        del self._by_url[found.url]
        return True


class MemoryAccounts:
    """Accounts by id and login, sessions by token hash; see ports.accounts."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._sessions: dict[str, Session] = {}

    async def put(self, account: Account) -> None:
        """Keep an account; ValueError when another one has the login."""
        other = await self.by_login(account.login)
        if other is not None and other.id != account.id:
            raise ValueError(f"another account has the login {account.login}")
        self._accounts[account.id] = account

    async def by_id(self, account_id: str) -> Account | None:
        """The account of an id."""
        return self._accounts.get(account_id)

    async def by_login(self, login: str) -> Account | None:
        """The account of a login."""
        return next((account for account in self._accounts.values() if account.login == login), None)

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind a login, in order of logins."""
        behind = (account for account in self._accounts.values() if account.login > after_login)
        return sorted(behind, key=lambda account: account.login)[:limit]

    async def with_roles(self, limit: int = 1000) -> Sequence[Account]:
        """Accounts that hold a role anywhere, in order of ids."""
        return sorted((one for one in self._accounts.values() if one.grants), key=_account_id)[:limit]

    async def remove(self, account_id: str) -> bool:
        """Forget an account and its sessions; whether there was one."""
        self._sessions = {key: one for key, one in self._sessions.items() if one.account_id != account_id}
        return self._accounts.pop(account_id, None) is not None

    async def open(self, session: Session) -> None:
        """Keep a session."""
        self._sessions[session.token_hash] = session

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        session = self._sessions.get(token_hash)
        return session if session is not None and session.expires_at > now else None

    async def touch(self, token_hash: str, at: Instant) -> None:
        """Keep when a session was used last."""
        session = self._sessions.get(token_hash)
        if session is not None:
            self._sessions[token_hash] = msgspec.structs.replace(session, used_at=at)

    async def end(self, token_hash: str) -> None:
        """Forget a session."""
        self._sessions.pop(token_hash, None)

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]:
        """The open sessions of an account, oldest first."""
        of_account = (
            session
            for session in self._sessions.values()
            if session.account_id == account_id and session.expires_at > now
        )
        return sorted(of_account, key=lambda session: (session.opened_at, session.token_hash))


class MemoryFiles:
    """Files by area and digest; see ports.files."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], bytes] = {}

    async def put(self, area: str, content: bytes) -> str:
        """Keep bytes; the answer is their digest."""
        digest = sha256(content).hexdigest()
        self._files[area, digest] = content
        return digest

    async def get(self, area: str, digest: str) -> bytes | None:
        """The bytes, None when there are none."""
        return self._files.get((area, digest))

    async def held(self, limit: int) -> Sequence[tuple[str, str]]:
        """The first so many files."""
        return list(self._files)[:limit]

    async def remove(self, area: str, digest: str) -> None:
        """Forget the bytes."""
        self._files.pop((area, digest), None)


def _account_id(account: Account) -> str:
    return account.id
