"""Passkeys of accounts: made, used, named, removed. A challenge is good for one browser, one answer and a few minutes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.kit.identity import ceremony
from kaiteki.kit.identity.passkey import PASSKEY, Asked, Passkey, Place
from kaiteki.kit.identity.tickets import Tickets
from kaiteki.model.decision import Refused
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

PASSKEYS_MAX: Final = 20
"""Passkeys of one account."""
ANSWER_LENGTH_MAX: Final = 20_000
TITLE_LENGTH_MAX: Final = 60
CHALLENGE_BYTES: Final = 32
_MAKE: Final = "make a passkey"
_SHOW: Final = "show a passkey"


class Challenge(msgspec.Struct, frozen=True):
    """What a browser is given: the options of WebAuthn as JSON, and the ticket that comes back with its answer."""

    options: str
    ticket: str


class Answer(msgspec.Struct, frozen=True):
    """What a browser gives back: the ticket, what its authenticator says (JSON), and what only this browser has."""

    ticket: str
    said: str
    holder: str


class OwnPasskey(msgspec.Struct, frozen=True):
    """A passkey as its owner sees it. `id` is what forms name it by."""

    id: str
    passkey: Passkey
    credential: Credential


class Passkeys:
    """The passkeys of a node."""

    def __init__(self, credentials: Credentials, clock: Clock, tickets: Tickets) -> None:
        self._credentials = credentials
        self._clock = clock
        self._tickets = tickets

    async def of(self, account_id: str) -> Sequence[OwnPasskey]:
        """The passkeys of an account, oldest first."""
        kept = sorted(await self._credentials.of(account_id, PASSKEY), key=lambda one: one.created_at)
        return [OwnPasskey(one.value, msgspec.msgpack.decode(one.body, type=Passkey), one) for one in kept]

    async def ask_to_make(self, place: Place, holder: str, account_id: str, name: str) -> Challenge:
        """A challenge to make a passkey for an account, which may not be kept yet."""
        asked = Asked(place, secrets.token_bytes(CHALLENGE_BYTES), account_id, name)
        known = [one.id for one in await self.of(account_id) if one.passkey.rp_id == place.rp_id]
        ticket = self._tickets.issue(_MAKE, holder, msgspec.msgpack.encode(asked))
        return Challenge(ceremony.creation_options(asked, known), ticket)

    async def make(self, answer: Answer, title: str) -> tuple[Asked, Credential] | Refused:
        """The credential that a browser made, not kept yet, and for whom; refused where the answer does not hold."""
        packed = await self._tickets.take(_MAKE, answer.holder, answer.ticket)
        if packed is None or len(answer.said) > ANSWER_LENGTH_MAX:
            return Refused("expired")
        asked = msgspec.msgpack.decode(packed, type=Asked)
        found = ceremony.made(asked, answer.said)
        if found is None:
            return Refused("not_allowed")
        passkey_id, passkey = found
        passkey = msgspec.structs.replace(passkey, title=title.strip()[:TITLE_LENGTH_MAX])
        body = msgspec.msgpack.encode(passkey)
        return asked, Credential(PASSKEY, passkey_id, asked.account_id, body, self._clock.now())

    async def keep(self, credential: Credential) -> Refused | None:
        """Keep a passkey that was made; refused where another account has it or there are too many."""
        if len(await self._credentials.of(credential.account_id, PASSKEY)) >= PASSKEYS_MAX:
            return Refused("too_many")
        try:
            await self._credentials.put(credential)
        except ValueError:
            return Refused("not_allowed")
        return None

    async def ask_to_show(self, place: Place, holder: str, account_id: str = "") -> Challenge:
        """A challenge to show a passkey: one of an account, or whichever the person chooses."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        own = await self.of(account_id) if account_id else ()
        known = [one.id for one in own if one.passkey.rp_id == place.rp_id]
        content = msgspec.msgpack.encode((place, challenge))
        ticket = self._tickets.issue(_SHOW, holder, content)
        return Challenge(ceremony.request_options(place, challenge, known), ticket)

    async def show(self, answer: Answer) -> str | Refused:
        """The account whose passkey a browser showed. `doubted` where its count of signatures went back: it may be a copy."""
        packed = await self._tickets.take(_SHOW, answer.holder, answer.ticket)
        if packed is None or len(answer.said) > ANSWER_LENGTH_MAX:
            return Refused("expired")
        place, challenge = msgspec.msgpack.decode(packed, type=tuple[Place, bytes])
        kept = await self._credentials.get(PASSKEY, named_in(answer.said))
        passkey = msgspec.msgpack.decode(kept.body, type=Passkey) if kept is not None else None
        if kept is None or passkey is None or passkey.rp_id != place.rp_id:
            return Refused("not_allowed")
        count = ceremony.shown(place, challenge, answer.said, passkey)
        if count is None:
            return Refused("not_allowed")
        if passkey.doubted_at or ((passkey.sign_count or count) and count <= passkey.sign_count):
            doubted = msgspec.structs.replace(passkey, doubted_at=passkey.doubted_at or self._clock.now())
            await self._put(kept, doubted)
            return Refused("doubted")
        used = msgspec.structs.replace(kept, used_at=self._clock.now())
        await self._put(used, msgspec.structs.replace(passkey, sign_count=count))
        return kept.account_id

    async def rename(self, account_id: str, passkey_id: str, title: str) -> bool:
        """Call one of one's own passkeys something else; whether there was such a one."""
        for own in await self.of(account_id):
            if own.id == passkey_id:
                named = msgspec.structs.replace(own.passkey, title=title.strip()[:TITLE_LENGTH_MAX])
                await self._put(own.credential, named)
                return True
        return False

    async def remove(self, account_id: str, passkey_id: str) -> bool:
        """Forget one of one's own passkeys; whether there was such a one."""
        is_own = any(own.id == passkey_id for own in await self.of(account_id))
        return is_own and await self._credentials.remove(PASSKEY, passkey_id)

    async def _put(self, credential: Credential, passkey: Passkey) -> None:
        await self._credentials.put(msgspec.structs.replace(credential, body=msgspec.msgpack.encode(passkey)))


class _Said(msgspec.Struct):
    id: str = ""


def named_in(said: str) -> str:
    """The id of the passkey that an answer names; empty where it names none."""
    try:
        return msgspec.json.decode(said, type=_Said).id
    except (msgspec.DecodeError, UnicodeError):
        return ""
