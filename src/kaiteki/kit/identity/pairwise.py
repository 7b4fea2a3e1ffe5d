"""The register of pairwise ids: the one place where somebody is found by what a service knows of them (decision 0025).

An id is made from the key of the account (`model.pairing`), so nobody's own is looked up here. Each is written down before a service keeps
it for the first time, so that an erasure finds them all, also of services that are gone by then, and so that consents are found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from kaiteki.kit.identity.person import person_of
from kaiteki.model.access import Person
from kaiteki.model.instant import Instant
from kaiteki.model.pairing import PAIR_PREFIX
from kaiteki.ports.accounts import Accounts
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

PAIRWISE: Final = "pairwise"
REMEMBERED_MAX: Final = 20_000
"""Ids that are remembered."""
REMEMBERED_S: Final = 30
"""How long it is remembered whose an id is, so that who was erased at another node is soon forgotten here as well."""
_SECOND: Final = 1_000_000


async def known_as(credentials: Credentials, subject: str) -> frozenset[str]:
    """The ids under which services keep something of an account, with its own; of anything else, an id in one service too, that alone.

    It leads from the account alone: who has an id of one service is not told the others. Of who was erased nothing is left to lead on.
    """
    rows = await credentials.of(subject, PAIRWISE) if subject else ()
    return frozenset((subject, *(one.value for one in rows))) if subject else frozenset()


class Pairwise:
    """Whose the pairwise ids of a node are."""

    def __init__(self, accounts: Accounts, credentials: Credentials, clock: Clock) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._clock = clock
        self._noted: set[str] = set()
        self._known: dict[tuple[str, str, str], str] = {}
        self._until = Instant(0)

    async def note(self, person: Person, service: str) -> None:
        """Write down, durably, under which ids a service knows a person and who helps them; what stands there stays as it is."""
        for account_id, pairs in ((person.account_id, person.pairs), (person.helper, person.helper_pairs)):
            for one in (own for name, own in pairs if name == service):
                await self._note(account_id, one, service)

    async def in_service(self, service: str, area: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Ids of people as any service of an area knows them -> those under which one service does; others mean themselves."""
        return {one: await self._translated(service, area, one) for one in ids}

    async def lead(self, service: str, area: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Ids of people as any service of an area knows them -> those under which one service does, written down; others are left out."""
        known: dict[str, str] = {}
        for one in ids:
            account = await self._accounts.by_id(await self.account_of(one) or one)
            if account is not None:
                person = person_of(account, area)
                await self.note(person, service)
                known[one] = person.seen_by(service).account_id
        return known

    async def account_of(self, pair: str) -> str:
        """The account behind a pairwise id; empty where there is none, or none any more."""
        found = await self._credentials.get(PAIRWISE, pair) if pair.startswith(PAIR_PREFIX) else None
        return found.account_id if found is not None else ""

    async def _note(self, account_id: str, pair: str, service: str) -> None:
        if pair in self._noted:
            return
        if await self._credentials.get(PAIRWISE, pair) is None:
            now = self._clock.now()
            await self._credentials.put(Credential(PAIRWISE, pair, account_id, service.encode(), now))
        if len(self._noted) >= REMEMBERED_MAX:
            self._noted.clear()
        self._noted.add(pair)

    async def _translated(self, service: str, area: str, one: str) -> str:
        now = self._clock.now()
        if now >= self._until or len(self._known) >= REMEMBERED_MAX:
            self._known, self._until = {}, Instant(now + REMEMBERED_S * _SECOND)
        known = self._known.get((service, area, one))
        if known is None:
            account_id = await self.account_of(one)
            account = await self._accounts.by_id(account_id) if account_id else None
            known = person_of(account, area).seen_by(service).account_id if account is not None else one
            self._known[service, area, one] = known
        return known
