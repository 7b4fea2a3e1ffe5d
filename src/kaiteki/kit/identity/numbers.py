"""Whose a number is that somebody types at a counter: an account, what a service knows of one, or a browser that left something here."""

from __future__ import annotations

import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from kaiteki.kit.identity.pairwise import PAIRWISE
from kaiteki.kit.identity.person import person_of
from kaiteki.model.access import Person
from kaiteki.ports.accounts import Accounts, kind_of
from kaiteki.ports.credentials import Credentials

LENGTH_MAX: Final = 100
_PEOPLE: Final = ("person", "organisation")


def tidy_number(text: str) -> str:
    """A number as it is kept, however it was typed: pages show it in groups, and forms in Japan are filled in full width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class Numbers:
    """Finds people by their numbers. `note` writes down by which id a service knows somebody, before it keeps it; `keeps` says whether anything is kept under one of some ids: browsers are known by that alone."""

    def __init__(
        self,
        accounts: Accounts,
        credentials: Credentials,
        note: Callable[[Person, str], Awaitable[None]],
        keeps: Callable[[Sequence[str]], Awaitable[bool]],
    ) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._note = note
        self._keeps = keeps

    async def named(self, service: str, area: str, number: str) -> str:
        """The id by which a service knows whose number it is; empty for nobody, for a machine and for who was erased."""
        number = tidy_number(number)
        if not 0 < len(number) <= LENGTH_MAX:
            return ""
        paired = await self._credentials.get(PAIRWISE, number)
        account = await self._accounts.by_id(paired.account_id if paired is not None else number)
        if account is not None and kind_of(account) not in _PEOPLE:
            return ""
        if account is not None:
            person = person_of(account, area)
            await self._note(person, service)
            return person.seen_by(service).account_id if account.pairing else number
        return number if await self._keeps((number,)) else ""
