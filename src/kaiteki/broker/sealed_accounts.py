"""Accounts whose login and name stand in the register as ciphertext; the login is found by its blind mark.

Accounts of before are read as they are, and sealed with their next change or by `seal_all`. An account that is new here says within its
ciphertext that services know it by pairwise ids, made from its key; one of before is known to them by its own id, as what they keep of it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import NODE, Keys
from kaiteki.model.instant import Instant
from kaiteki.model.pairing import Pairing
from kaiteki.model.sealed import marked
from kaiteki.ports.accounts import Account, Accounts, Session

_SEALED: Final = "sealed:"
_PAIRED: Final = "pairs"
"""What stands behind login and name of an account that services know by pairwise ids."""
PAGE: Final = 200
"""Accounts that are looked at together when all are sealed."""


class SealedAccounts:
    """The register of accounts; see ports.accounts. Lists are in the order of the marks, which is no order of names.

    `services` are those that know accounts by pairwise ids.
    """

    def __init__(self, accounts: Accounts, keys: Keys, services: Sequence[str] = ()) -> None:
        self._accounts = accounts
        self._keys = keys
        self._services = tuple(services)

    async def put(self, account: Account) -> None:
        """Keep an account, sealed; ValueError when another one has the login."""
        other = await self._accounts.by_login(account.login)
        if other is not None and other.id != account.id:
            raise _taken(account.login)
        self._keys.age()
        await self._keys.hold((account.id, NODE))
        key = self._keys.of(account.id)
        if key is None:
            raise RuntimeError("the key of an account was forgotten while it was used")
        said = (account.login, account.name, *((_PAIRED,) if await self._is_paired(account.id) else ()))
        content = ciphering.seal(key.secret, msgspec.json.encode(said), _bound(account.id))
        name = f"{_SEALED}{key.id}:{b64encode(content).decode()}"
        sealed = msgspec.structs.replace(
            account, login=await self._mark(account.login), name=name, pairing=None
        )
        try:
            await self._accounts.put(sealed)
        except ValueError:
            raise _taken(account.login) from None

    async def by_id(self, account_id: str) -> Account | None:
        """The account of an id."""
        found = await self._accounts.by_id(account_id)
        return None if found is None else await self._opened(found)

    async def by_login(self, login: str) -> Account | None:
        """The account of a login."""
        found = await self._accounts.by_login(await self._mark(login)) or await self._accounts.by_login(login)
        return None if found is None else await self._opened(found)

    async def list(self, after_login: str = "", limit: int = 100) -> Sequence[Account]:
        """Accounts behind the one with a login."""
        after = after_login
        if after_login and await self._accounts.by_login(after_login) is None:
            after = await self._mark(after_login)
        return [await self._opened(one) for one in await self._accounts.list(after, limit)]

    async def with_roles(self, limit: int = 1000) -> Sequence[Account]:
        """Accounts that hold a role anywhere."""
        return [await self._opened(one) for one in await self._accounts.with_roles(limit)]

    async def remove(self, account_id: str) -> bool:
        """Forget an account wholly."""
        return await self._accounts.remove(account_id)

    async def open(self, session: Session) -> None:
        """Keep a session."""
        await self._accounts.open(session)

    async def session(self, token_hash: str, now: Instant) -> Session | None:
        """A session that has not expired."""
        return await self._accounts.session(token_hash, now)

    async def touch(self, token_hash: str, at: Instant) -> None:
        """Keep when a session was used last."""
        await self._accounts.touch(token_hash, at)

    async def end(self, token_hash: str) -> None:
        """Forget a session."""
        await self._accounts.end(token_hash)

    async def sessions(self, account_id: str, now: Instant) -> Sequence[Session]:
        """The open sessions of an account."""
        return await self._accounts.sessions(account_id, now)

    async def seal_all(self) -> int:
        """Seal the accounts that are plain still; how many. May be stopped and begun again."""
        done, after = 0, ""
        while page := await self._accounts.list(after, PAGE):
            after = page[-1].login
            for account in page:
                if not account.name.startswith(_SEALED):
                    await self.put(account)
                    done += 1
        return done

    async def _is_paired(self, account_id: str) -> bool:
        """Whether services know an account by pairwise ids: all that are new do, and none changes."""
        known = await self._accounts.by_id(account_id)
        return known is None or (await self._opened(known)).pairing is not None

    async def _mark(self, login: str) -> str:
        await self._keys.hold((NODE,))
        node = self._keys.of(NODE)
        if node is None:
            raise RuntimeError("the key of the node was forgotten while it was used")
        return marked(ciphering.blind_mark(node.secret, b"login", login))

    async def _opened(self, account: Account) -> Account:
        if not account.name.startswith(_SEALED):
            return account
        key_id, _, text = account.name.removeprefix(_SEALED).partition(":")
        self._keys.age()
        await self._keys.fetch((key_id,))
        key = self._keys.with_id(key_id)
        # nobody acts by an account that cannot be read: it could not be told by which ids services know it
        unread = msgspec.structs.replace(account, name="", disabled=True)
        if key is None:
            return unread
        try:
            content = ciphering.unseal(key.secret, b64decode(text), _bound(account.id))
        except (ciphering.Unsealable, ValueError):
            return unread
        login, name, *more = msgspec.json.decode(content, type=tuple[str, ...])
        pairing = Pairing(key.secret, self._services) if _PAIRED in more else None
        return msgspec.structs.replace(account, login=login, name=name, pairing=pairing)


def _bound(account_id: str) -> bytes:
    return msgspec.json.encode(["account", account_id])


def _taken(login: str) -> ValueError:
    return ValueError(f"another account has the login {login}")
