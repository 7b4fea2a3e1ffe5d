"""What the core asks of the register of who is who: accounts, roles per area and office, sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from kaiteki.model.access import Kind
from kaiteki.model.instant import Instant
from kaiteki.model.pairing import Pairing


class Grant(msgspec.Struct, frozen=True):
    """A role in an area, and in one office of it when `office` is set (`*` as area: everywhere)."""

    area: str
    role: str
    office: str = ""


class Account(msgspec.Struct, frozen=True):
    """Somebody who can sign in. `password_hash` is argon2id in PHC form, empty where there is no password.

    `sample` accounts exist only with a simulated world. `kind` says what it stands for; `kind_of` knows it of records from before, too.
    `pairing` makes the ids by which services know it, and is never kept; None: they know it by its own id, as one of before.
    """

    id: str
    login: str
    name: str
    password_hash: str
    grants: tuple[Grant, ...] = ()
    created_at: Instant = Instant(0)
    sample: bool = False
    disabled: bool = False
    kind: Kind = "person"
    pairing: Pairing | None = None


MACHINE_PREFIX: Final = "machine:"
"""Logins of machines begin so; nobody signs in with one by password."""


def kind_of(account: Account) -> Kind:
    """What an account stands for; one of before kinds were kept is known by its login."""
    is_machine = account.kind == "person" and account.login.startswith(MACHINE_PREFIX)
    return "machine" if is_machine else account.kind


Method: TypeAlias = Literal["password", "two_factors", "passkey", "provider", "recovery"]
"""How somebody signed in."""


class Session(msgspec.Struct, frozen=True):
    """A signed-in browser. `token_hash` is the SHA-256 of the cookie.

    `assurance` is how sure it is who sits there (see `model.access.Person`), `method` how they showed it. `acting_for` is the account
    in whose name they act, empty when it is their own. `used_at` is when it was last seen, by the hour or so. `device` is the browser
    and the system as it calls itself ("Firefox/Android"), `via` the area and the provider of identity by which they came.
    `shown_at` is when they showed it where somebody else says so (a provider of identity): 0 where that is not said, None where it was
    as the session was opened.
    `purpose` is what whoever works at the desk has said they look for (`<service>.<purpose>`), empty before they did.
    """

    token_hash: str
    account_id: str
    opened_at: Instant
    expires_at: Instant
    assurance: int = 1
    method: Method = "password"
    acting_for: str = ""
    used_at: Instant = Instant(0)
    device: str = ""
    via: str = ""
    purpose: str = ""
    shown_at: Instant | None = None


class Sessions(Protocol):
    """The browsers that are signed in at a node."""

    async def open(self, session: Session) -> None:
        """Keep a session durably, replacing one of the same token."""
        ...

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        ...

    async def touch(self, token_hash: str, at: Instant) -> None:
        """Keep when a session was used last; one that has ended meanwhile stays ended, and nothing else of it changes."""
        ...

    async def end(self, token_hash: str) -> None: ...

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]: ...


class Accounts(Sessions, Protocol):
    """The register of accounts of a node, and of their sessions, which go with them."""

    async def put(self, account: Account) -> None:
        """Keep an account durably (by id); raises ValueError when another account has the login."""
        ...

    async def by_id(self, account_id: str) -> Account | None: ...

    async def by_login(self, login: str) -> Account | None: ...

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind a login, in order of logins."""
        ...

    async def with_roles(self, limit: int = 1000) -> Sequence[Account]:
        """Accounts that hold a role anywhere, in order of ids."""
        ...

    async def remove(self, account_id: str) -> bool:
        """Forget an account wholly, with its sessions; whether there was one."""
        ...
