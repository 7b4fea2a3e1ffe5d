"""The ways in of an account: a password, passkeys, providers of identity. The last one is never taken away."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.identity.passkey import PASSKEY, Passkey
from kaiteki.kit.identity.second import SecondFactors
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account, Accounts
from kaiteki.ports.credentials import Credential, Credentials

SUBJECT: Final = "subject"
"""The kind of credentials that link an account to a provider of identity."""
PASSWORD: Final = "password"
"""What the password of an account is called among its ways in."""


class Ways:
    """The ways in of the accounts of a node."""

    def __init__(self, accounts: Accounts, credentials: Credentials, second: SecondFactors) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._second = second

    async def of(self, account: Account) -> frozenset[tuple[str, str]]:
        """Each way in by its kind and value. A passkey that was stopped is none."""
        kept = [one for one in await self._credentials.of(account.id) if one.kind in (PASSKEY, SUBJECT)]
        opening = {(one.kind, one.value) for one in kept if not _is_stopped(one)}
        return frozenset(opening | ({(PASSWORD, "")} if account.password_hash else set[tuple[str, str]]()))

    async def remove(self, account: Account, kind: str, value: str = "") -> Refused | None:
        """Take a way in away. Refused for the last one (`last`), for one that there is not, and for a sample account, which many share.

        With the password the second factor goes, which is asked for after it alone.
        """
        if account.sample:
            return Refused("not_allowed")
        own = await self.of(account)
        if own <= {(kind, value)} and own:
            return Refused("last")
        if kind != PASSWORD:
            is_own = any(one.value == value for one in await self._credentials.of(account.id, kind))
            gone = is_own and await self._credentials.remove(kind, value)
            return None if gone else Refused("not_found")
        if not account.password_hash:
            return Refused("not_found")
        await self._accounts.put(msgspec.structs.replace(account, password_hash=""))
        await self._second.switch_off(account.id)
        return None


def _is_stopped(one: Credential) -> bool:
    return one.kind == PASSKEY and msgspec.msgpack.decode(one.body, type=Passkey).doubted_at != 0
