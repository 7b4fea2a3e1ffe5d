"""Recovery at the counter (窓口での再設定): two members of staff let in somebody who has lost every way in.

One looks at an identity document and opens a recovery, another one confirms it; then there is a code, good once and for an hour, with
which all old ways in end and a new one is set. Of the document its kind is kept, no number and no copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.kit.identity.codes import Mark, new_paper_code, tidy_code
from kaiteki.kit.identity.gate import Gate, Quota
from kaiteki.kit.identity.passkey import PASSKEY
from kaiteki.kit.identity.second import PAPER, TOTP
from kaiteki.kit.identity.ways import SUBJECT
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Accounts, kind_of
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

Document: TypeAlias = Literal["my_number", "licence", "residence", "passport", "two_others"]
DOCUMENTS: Final[tuple[Document, ...]] = get_args(Document)
OPENED_PER_HOUR_MAX: Final = 10
"""Recoveries that one member of staff may open in an hour."""
WAITING_MAX: Final = 100
CONFIRM_WITHIN_S: Final = 1800
CODE_LIFE_S: Final = 3600
CODE_LENGTH_MAX: Final = 40
OPENED: Final = "counter"
"""The kind of a recovery that waits for the second member of staff; the value is the area and the account."""
RESET: Final = "reset"
"""The kind of a code; the value is its digest."""
WAYS_IN: Final = (PASSKEY, TOTP, PAPER, RESET, SUBJECT, "api_key")
"""The kinds of credentials that end."""
WRONG_FROM_ADDRESS_MAX: Final = 600
"""Wrong codes of one address in a quarter of an hour: a town hall, a library or a provider of telephones is one address to many people."""
_GROUP: Final = 4
"""The signs of a code by which its account is told from others: who guesses at one of them does not hold up another."""
_SECOND: Final = 1_000_000


class Recovery(msgspec.Struct, frozen=True):
    """A recovery that waits for the second member of staff."""

    area: str
    account_id: str
    name: str
    document: Document
    opened_by: str
    opened_at: Instant


class Slip(msgspec.Struct, frozen=True):
    """What is handed over: the code, told this once, and until when it is good."""

    code: str
    recovery: Recovery
    until: Instant


class Counter:
    """The recoveries of a node."""

    def __init__(self, accounts: Accounts, credentials: Credentials, clock: Clock, mark: Mark) -> None:
        self._mark = mark
        self._accounts = accounts
        self._credentials = credentials
        self._clock = clock
        self._gate = Gate(WRONG_FROM_ADDRESS_MAX)
        self._opened = Quota(OPENED_PER_HOUR_MAX)

    async def open(
        self, area: str, staff_id: str, account: Account | None, document: str
    ) -> Recovery | Refused:
        """Open a recovery of an account, as the first of two. Accounts of staff are none of the counter's business."""
        if account is None or account.disabled:
            return Refused("not_found")
        runs = any(grant.role in (STAFF, ADMIN) for grant in account.grants)
        is_open_to_it = kind_of(account) in ("person", "organisation") and not runs and not account.sample
        if not is_open_to_it or account.id == staff_id:
            return Refused("not_allowed")
        kind: Document | None = next((one for one in DOCUMENTS if one == document), None)
        if kind is None:
            return Refused("invalid")
        if not self._opened.passes(staff_id, self._clock.now()):
            return Refused("too_many")
        opened = Recovery(area, account.id, account.name, kind, staff_id, self._clock.now())
        body = msgspec.msgpack.encode(opened)
        kept = Credential(OPENED, f"{area} {account.id}", account.id, body, opened.opened_at)
        await self._credentials.put(kept)
        return opened

    async def waiting(self, area: str) -> Sequence[Recovery]:
        """The recoveries of an area that can still be confirmed."""
        found = await self._credentials.list(OPENED, f"{area} ", WAITING_MAX)
        own = [msgspec.msgpack.decode(one.body, type=Recovery) for one in found]
        return [one for one in own if one.area == area and self._waits(one)]

    async def confirm(self, area: str, staff_id: str, account_id: str) -> Slip | Refused:
        """Confirm a recovery, as the second of two: the code for the person at the counter."""
        value = f"{area} {account_id}"
        kept = await self._credentials.get(OPENED, value)
        opened = msgspec.msgpack.decode(kept.body, type=Recovery) if kept is not None else None
        if opened is None or not self._waits(opened):
            return Refused("not_found")
        if staff_id in (opened.opened_by, account_id):
            return Refused("not_allowed")
        if not await self._credentials.remove(OPENED, value):
            return Refused("not_found")
        for old in await self._credentials.of(account_id, RESET):
            await self._credentials.remove(RESET, old.value)
        code, now = new_paper_code(), self._clock.now()
        until = Instant(now + CODE_LIFE_S * _SECOND)
        body = msgspec.msgpack.encode(until)
        await self._credentials.put(Credential(RESET, await self._mark(RESET, code), account_id, body, now))
        return Slip(code, opened, until)

    async def withdraw(self, area: str, staff_id: str, account_id: str) -> Recovery | Refused:
        """Take a recovery back that waits: whoever opened it, and whoever should confirm it and does not. The person themselves does not."""
        value = f"{area} {account_id}"
        kept = await self._credentials.get(OPENED, value)
        opened = msgspec.msgpack.decode(kept.body, type=Recovery) if kept is not None else None
        if opened is None or not self._waits(opened):
            return Refused("not_found")
        if staff_id == account_id:
            return Refused("not_allowed")
        return opened if await self._credentials.remove(OPENED, value) else Refused("not_found")

    async def redeem(self, code: str, address: str) -> Account | Refused:
        """The account of a code, with every way in ended; the code is used by that.

        Wrong ones are counted by the first signs of the code, which belong to one account, and the address.
        """
        now, group = self._clock.now(), _group_of(code)
        if not self._gate.is_open(group, address, now):
            return Refused("too_many")
        self._gate.failed(group, address, now)
        mark = await self._mark(RESET, code[:CODE_LENGTH_MAX])
        kept = await self._credentials.get(RESET, mark)
        account = await self._accounts.by_id(kept.account_id) if kept is not None else None
        is_over = kept is None or msgspec.msgpack.decode(kept.body, type=int) <= now
        if account is None or account.disabled or is_over or not await self._credentials.remove(RESET, mark):
            return Refused("invalid")
        self._gate.succeeded(group, address)
        for kind in WAYS_IN:
            for old in await self._credentials.of(account.id, kind):
                await self._credentials.remove(kind, old.value)
        bare = msgspec.structs.replace(account, password_hash="")
        await self._accounts.put(bare)
        for session in await self._accounts.sessions(account.id, now):
            await self._accounts.end(session.token_hash)
        return bare

    def _waits(self, opened: Recovery) -> bool:
        return self._clock.now() < opened.opened_at + CONFIRM_WITHIN_S * _SECOND


def _group_of(code: str) -> str:
    """The first signs of a code, however it was typed."""
    return "code " + tidy_code(code)[:_GROUP]
