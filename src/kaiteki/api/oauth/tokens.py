"""Access tokens: random texts of which only hashes are kept, with what they give and until when. One can be revoked at any moment."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.identity import Identity, person_of
from kaiteki.kit.providers.spent import sweep, timed_value
from kaiteki.model.access import ADMIN, ANYONE, Person
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

KIND: Final = "access_token"
MARK: Final = "kaiteki_at_"
LIFE_S: Final = 600
"""How long a token lives; whoever needs it longer asks again."""
TOKENS_MAX: Final = 200
"""Tokens of one account at the same time; the oldest gives way."""
_UNTIL_DIGITS: Final = 12
_SECOND: Final = 1_000_000


class Held(msgspec.Struct, frozen=True):
    """What a token gives. `scope` are roles, empty for all of the account; `person` stands for whoever has no account here, in one area."""

    until: Instant
    scope: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    area: str = ""
    person: Person | None = None


class AccessTokens:
    """The register of access tokens of a node."""

    def __init__(self, identity: Identity, credentials: Credentials, clock: Clock) -> None:
        self._identity = identity
        self._credentials = credentials
        self._clock = clock

    async def issue(self, account_id: str, held: Held) -> str:
        """A new token; it is told this once."""
        now = self._clock.now()
        await sweep(self._credentials, KIND, now)
        own = await self._credentials.of(account_id, KIND)
        for one in own[: max(0, len(own) - TOKENS_MAX + 1)]:
            await self._credentials.remove(KIND, one.value)
        token = f"{MARK}{held.until // _SECOND:0{_UNTIL_DIGITS}x}_{secrets.token_urlsafe(32)}"
        body = msgspec.json.encode(held)
        await self._credentials.put(Credential(KIND, timed_value(held.until, token), account_id, body, now))
        return token

    def lasting(self) -> Instant:
        """Until when a token lives that is issued now, in whole seconds."""
        return Instant((self._clock.now() // _SECOND + LIFE_S) * _SECOND)

    async def person(self, token: str, area: str) -> tuple[Person, tuple[str, ...]] | None:
        """Whom a token stands for in an area and for which purposes (empty: any); None when it is unknown, over, or revoked."""
        found = await self._find(token)
        if found is None:
            return None
        held = msgspec.json.decode(found.body, type=Held)
        if held.until <= self._clock.now() or (held.area and held.area != area):
            return None
        if held.person is not None:
            return held.person, held.purposes
        account = await self._identity.accounts.by_id(found.account_id)
        if account is None or account.disabled:
            return None
        return person_of(narrowed(account, held.scope), area), held.purposes

    async def revoke(self, token: str, account_id: str) -> None:
        """End a token of an account; one of another account stays."""
        found = await self._find(token)
        if found is not None and found.account_id == account_id:
            await self._credentials.remove(KIND, found.value)

    async def _find(self, token: str) -> Credential | None:
        until = token.removeprefix(MARK)[:_UNTIL_DIGITS]
        if not token.startswith(MARK) or any(sign not in "0123456789abcdef" for sign in until) or not until:
            return None
        return await self._credentials.get(KIND, timed_value(Instant(int(until, 16) * _SECOND), token))


def narrowed(account: Account, scope: Sequence[str]) -> Account:
    """The account with the roles of a scope alone, in the areas and offices in which it holds them; never with more."""
    if not scope:
        return account
    kept: list[Grant] = []
    for grant in account.grants:
        roles = scope if grant.role == ADMIN else [role for role in scope if role == grant.role]
        kept += [Grant(grant.area, role, grant.office) for role in roles]
    return msgspec.structs.replace(account, grants=tuple(dict.fromkeys(kept)))


def holds(account: Account, scope: Sequence[str], roles: frozenset[str]) -> bool:
    """Whether every word of a scope is a role that there is and that the account holds somewhere."""
    own = {grant.role for grant in account.grants} | {ANYONE}
    return all(word in own or (ADMIN in own and word in roles) for word in scope)
