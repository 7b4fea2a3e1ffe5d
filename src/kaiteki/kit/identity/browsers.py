"""The browsers that somebody signed in at: how a session is told from others, and whether one is new to its account."""

from __future__ import annotations

import hashlib
from typing import Final

from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Accounts, Session
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

BROWSER: Final = "browser"
"""The kind of the mark of a browser; the value is the account and a digest of what only that browser has."""
BROWSERS_MAX: Final = 30
"""Browsers of one account that are remembered; the one unused for longest is forgotten first."""


class Browsers:
    """The browsers of the accounts of a node. Of a browser a digest is kept that tells nothing beside other accounts."""

    def __init__(self, accounts: Accounts, credentials: Credentials, clock: Clock) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._clock = clock

    async def greet(self, session: Session, browser: str) -> bool:
        """Keep a session that was just opened, told apart from others, and the browser it is in; whether that one is new.

        The first browser of an account is not new, unless the account is signed in elsewhere: there is nobody to be warned.
        """
        await self._accounts.open(session)
        known = await self._credentials.of(session.account_id, BROWSER)
        others = await self._accounts.sessions(session.account_id, self._clock.now())
        mark = _mark(session.account_id, browser)
        before = next((one for one in known if one.value == mark), None)
        now = self._clock.now()
        made_at = before.created_at if before is not None else now
        await self._credentials.put(Credential(BROWSER, mark, session.account_id, b"", made_at, now))
        if before is not None:
            return False
        for gone in sorted(known, key=_last_used)[: max(0, len(known) + 1 - BROWSERS_MAX)]:
            await self._credentials.remove(BROWSER, gone.value)
        return bool(known) or len(others) > 1

    async def place(self, account_id: str, browser: str, address: str) -> str:
        """From where an attempt at an account is counted: a browser that it was signed in at before is a place of its own.

        So nobody who shares an address with the owner keeps them out of their own browser by guessing there.
        """
        mark = _mark(account_id, browser)
        return f"browser {mark}" if await self._credentials.get(BROWSER, mark) is not None else address

    async def end_others(self, session: Session) -> int:
        """End all sessions of the account but this one; how many there were."""
        open_now = await self._accounts.sessions(session.account_id, self._clock.now())
        others = [one.token_hash for one in open_now if one.token_hash != session.token_hash]
        for hashed in others:
            await self._accounts.end(hashed)
        return len(others)


def _mark(account_id: str, browser: str) -> str:
    digest = hashlib.sha256(f"browser\0{account_id}\0{browser}".encode()).hexdigest()
    return f"{account_id} {digest}"


def _last_used(one: Credential) -> Instant:
    return one.used_at or one.created_at
