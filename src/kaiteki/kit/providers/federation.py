"""The providers of identity of a node at work: sign-ins that begin, come back, and the accounts that they belong to.

An account is found by issuer and subject alone, never by name or e-mail. Nothing is linked to an account that exists unless whoever is
signed in there says so again after the provider has answered.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import msgspec

from kaiteki.kit.identity import Identity, SignedIn
from kaiteki.kit.identity.logins import PROVIDER_PREFIX
from kaiteki.kit.identity.ways import SUBJECT
from kaiteki.kit.providers import envelope
from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.configuration import Provider
from kaiteki.kit.providers.flow import PENDING_S, Aim, Known, Pending, RelyingParty
from kaiteki.kit.providers.spent import Spent
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

MADE_S: Final = 60
"""After this time an account that is being made is there, or never will be."""
_SECOND: Final = 1_000_000

Parties = Mapping[str, Mapping[str, RelyingParty]]
"""The providers by area and name."""


class Wish(msgspec.Struct, frozen=True):
    """An answer of a provider that waits for the word of whoever is signed in, to be linked to their account."""

    known: Known
    account_id: str
    area: str
    provider: str
    until: Instant


class Link(msgspec.Struct, frozen=True):
    """A provider that an account is linked to. `provider` is None where the area has it no more."""

    value: str
    provider: Provider | None
    since: Instant


class Federation:
    """What the pages of an area ask for signing in elsewhere."""

    def __init__(
        self, parties: Parties, identity: Identity, credentials: Credentials, clock: Clock, secret: bytes
    ) -> None:
        self._parties = parties
        self._identity = identity
        self._credentials = credentials
        self._clock = clock
        self._spent = Spent(credentials)
        self._secret = secret

    @cached_property
    def _pending(self) -> envelope.Envelope:
        return envelope.Envelope(self._secret, "sign-in at a provider")

    @cached_property
    def _wishes(self) -> envelope.Envelope:
        return envelope.Envelope(self._secret, "link to a provider")

    def offered(self, area: str) -> Sequence[Provider]:
        """The providers that people of an area may choose from, in the order of the file."""
        return [party.provider for party in self._parties.get(area, {}).values()]

    def party(self, area: str, name: str) -> RelyingParty | None:
        """A provider of an area by its name."""
        return self._parties.get(area, {}).get(name)

    async def begin(self, area: str, name: str, aim: Aim, browser: str) -> tuple[str, str]:
        """Where the browser (its id) goes, and the cookie that it carries. Raises ProviderFailed."""
        party = self._known(area, name)
        address, pending = await party.begin(area, aim, self._clock.now())
        return address, self._pending.seal(msgspec.json.encode(pending), browser)

    async def finish(
        self, area: str, name: str, carried: tuple[str, str], answer: Mapping[str, str]
    ) -> tuple[Pending, Known]:
        """What comes back is checked and used up. `carried`: the cookie and the id of the browser. Raises ProviderFailed."""
        cookie, browser = carried
        party, now = self._known(area, name), self._clock.now()
        opened = self._pending.open(cookie, browser)
        if opened is None:
            raise ProviderFailed("this browser began no sign-in, or long ago")
        pending = msgspec.json.decode(opened, type=Pending)
        if pending.area != area or pending.provider != name:
            raise ProviderFailed("the answer came to the address of another provider")
        if not await self._spent.spend(f"state {pending.state}", pending.until, now):
            raise ProviderFailed("this sign-in was used already")
        return pending, await party.finish(pending, answer, now)

    async def enter(self, known: Known, fallback: str) -> SignedIn | Refused:
        """A session for whom a provider vouches for; the first time with a new account (named `fallback` without a name)."""
        account = await self._account_of(known) or await self._make_account(known, fallback)
        if account is None or account.disabled:
            return Refused("not_allowed")
        credential = await self._credentials.get(SUBJECT, known.value)
        if credential is not None:
            await self._credentials.put(msgspec.structs.replace(credential, used_at=self._clock.now()))
        signed_in = await self._identity.open_session(account, known.assurance, "provider")
        session = msgspec.structs.replace(signed_in.session, shown_at=known.shown_at)
        return msgspec.structs.replace(signed_in, session=session)

    async def leave(self, area: str, name: str) -> str:
        """Where people sign out at a provider, empty where it offers that nowhere. Raises ProviderFailed."""
        return await self._known(area, name).leave(self._clock.now())

    def wish(self, pending: Pending, known: Known) -> str:
        """What the browser carries until whoever is signed in has said yes to the link."""
        until = Instant(self._clock.now() + PENDING_S * _SECOND)
        wished = Wish(known, pending.aim.account_id, pending.area, pending.provider, until)
        return self._wishes.seal(msgspec.json.encode(wished), pending.aim.account_id)

    def wished(self, cookie: str, account_id: str) -> Wish | None:
        """The link that waits for the word of an account."""
        opened = self._wishes.open(cookie, account_id)
        wish = msgspec.json.decode(opened, type=Wish) if opened is not None else None
        return wish if wish is not None and self._clock.now() <= wish.until else None

    async def link(self, wish: Wish) -> Refused | None:
        """Link a provider to an account. Refused (conflict) where it belongs to another one."""
        now = self._clock.now()
        if not await self._spent.spend(f"wish {wish.known.value} {wish.account_id}", wish.until, now):
            return Refused("conflict")
        try:
            await self._credentials.put(Credential(SUBJECT, wish.known.value, wish.account_id, b"", now))
        except ValueError:
            return Refused("conflict")
        return None

    async def links(self, account_id: str, area: str) -> Sequence[Link]:
        """What an account is linked to."""
        by_issuer = {one.issuer: one for one in self.offered(area)}
        return [
            Link(one.value, by_issuer.get(one.value.partition(" ")[0]), one.created_at)
            for one in await self._credentials.of(account_id, SUBJECT)
        ]

    async def unlink(self, account: Account, value: str) -> Refused | None:
        """Take a link away. Refused (last) when there would be no way left to sign in."""
        return await self._identity.ways.remove(account, SUBJECT, value)

    def _known(self, area: str, name: str) -> RelyingParty:
        party = self.party(area, name)
        if party is None:
            raise ProviderFailed("there is no such provider here")
        return party

    async def _account_of(self, known: Known) -> Account | None:
        found = await self._credentials.get(SUBJECT, known.value)
        account = await self._identity.accounts.by_id(found.account_id) if found is not None else None
        if found is not None and account is None and self._clock.now() - found.created_at > MADE_S * _SECOND:
            # a run that ended between the link and its account left it behind
            await self._credentials.remove(SUBJECT, known.value)
        return account

    async def _make_account(self, known: Known, fallback: str) -> Account | None:
        """A new account; the one that was made at the same moment where two sign in at once."""
        now, account_id = self._clock.now(), f"acc-{secrets.token_hex(10)}"
        try:
            await self._credentials.put(Credential(SUBJECT, known.value, account_id, b"", now))
        except ValueError:
            return await self._account_of(known)
        account = Account(
            account_id, PROVIDER_PREFIX + account_id, known.name or fallback, "", created_at=now
        )
        await self._identity.accounts.put(account)
        return await self._identity.accounts.by_id(account_id)
