"""What the core asks of the register of who is who: accounts, roles per area and office, sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from kaiteki.model.instant import Instant


class Grant(msgspec.Struct, frozen=True):
    """A role in an area, and in one office of it when `office` is set (`*` as area: everywhere)."""

    area: str
    role: str
    office: str = ""


class Account(msgspec.Struct, frozen=True):
    """Somebody who can sign in. `password_hash` is argon2id in PHC form; `sample` accounts exist only with a simulated world."""

    id: str
    login: str
    name: str
    password_hash: str
    grants: tuple[Grant, ...] = ()
    created_at: Instant = Instant(0)
    sample: bool = False
    disabled: bool = False


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser. `token_hash` is the SHA-256 of the cookie."""

    token_hash: str
    account_id: str
    opened_at: Instant
    expires_at: Instant


class Accounts(Protocol):
    """The register of accounts and sessions of a node."""

    async def put(self, account: Account) -> None:
        """Keep an account durably (by id); raises ValueError when another account has the login."""
        ...

    async def by_id(self, account_id: str) -> Account | None: ...

    async def by_login(self, login: str) -> Account | None: ...

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind a login, in order of logins."""
        ...

    async def open(self, session: Session) -> None:
        """Keep a session durably."""
        ...

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        ...

    async def end(self, token_hash: str) -> None: ...

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]: ...
