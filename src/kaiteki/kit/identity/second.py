"""The second factor of those who sign in by password: an app that tells codes, and codes on paper for the day it is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.kit.identity import codes, vault
from kaiteki.kit.identity.tickets import Tickets
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

TOTP: Final = "totp"
"""The kind of its credential; the value is the account, the body the sealed secret."""
PAPER: Final = "recovery"
"""The kind of a code on paper; the value is the account and the digest of the code."""
ENROL_LIFE_S: Final = 1800
CODE_LENGTH_MAX: Final = 40
_ENROL: Final = "second factor"
_SECOND: Final = 1_000_000


class SecondFactors:
    """The second factors of a node. `keeping`: the secret of the node, under which secrets of apps are sealed, and what marks codes on paper."""

    def __init__(
        self, credentials: Credentials, clock: Clock, tickets: Tickets, keeping: tuple[bytes, codes.Mark]
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._tickets = tickets
        self._secret, self._mark = keeping

    async def is_on(self, account_id: str) -> bool:
        """Whether an account has one."""
        return await self._credentials.get(TOTP, account_id) is not None

    async def paper_codes(self, account_id: str) -> int:
        """How many codes on paper are left."""
        return len(await self._credentials.of(account_id, PAPER))

    def begin(self, holder: str, account_id: str) -> tuple[bytes, str]:
        """A secret for an app, and the ticket with which it is confirmed. Nothing is kept before that."""
        secret = codes.new_secret()
        return secret, self._tickets.issue(_ENROL, holder, self._bound(account_id, secret), ENROL_LIFE_S)

    def begun(self, holder: str, account_id: str, ticket: str) -> bytes | None:
        """The secret of a ticket of this browser for this account, to be shown once more; None when it is over."""
        content = self._tickets.read(_ENROL, holder, ticket)
        return vault.unseal(self._secret, account_id, content) if content is not None else None

    async def confirm(self, holder: str, account_id: str, ticket: str, code: str) -> Sequence[str] | Refused:
        """Switch it on, when the app tells the right code: the codes on paper, told this once."""
        secret = self.begun(holder, account_id, ticket)
        if secret is None:
            return Refused("expired")
        if codes.step_of(secret, codes.tidy_code(code[:CODE_LENGTH_MAX]), self._now_s()) is None:
            return Refused("invalid")
        if await self._tickets.take(_ENROL, holder, ticket) is None:
            return Refused("expired")
        sealed = self._bound(account_id, secret)
        await self._credentials.put(Credential(TOTP, account_id, account_id, sealed, self._clock.now()))
        return await self.renew_paper(account_id)

    async def renew_paper(self, account_id: str) -> Sequence[str]:
        """New codes on paper, told this once; those of before are void."""
        for old in await self._credentials.of(account_id, PAPER):
            await self._credentials.remove(PAPER, old.value)
        made = [codes.new_paper_code() for _ in range(codes.PAPER_CODES)]
        for code in made:
            value = f"{account_id} {await self._mark(account_id, code)}"
            await self._credentials.put(Credential(PAPER, value, account_id, b"", self._clock.now()))
        return made

    async def holds(self, account_id: str, code: str) -> bool:
        """Whether this is a code of now, or one on paper; either is good once, on whichever node."""
        kept, code = await self._credentials.get(TOTP, account_id), code[:CODE_LENGTH_MAX]
        secret = vault.unseal(self._secret, account_id, kept.body) if kept is not None else None
        if secret is None:
            return False
        step = codes.step_of(secret, codes.tidy_code(code), self._now_s())
        if step is not None:
            over = Instant((step + codes.DRIFT_STEPS + 1) * codes.STEP_S * _SECOND)
            return await self._tickets.once(f"code {account_id} {step}", over)
        if len(codes.tidy_code(code)) != codes.PAPER_LENGTH:
            return False
        # codes that were printed before marks were slow are good until they are used or renewed
        marks = (await self._mark(account_id, code), codes.paper_mark(code))
        found = [await self._credentials.remove(PAPER, f"{account_id} {mark}") for mark in marks]
        return any(found)

    async def switch_off(self, account_id: str) -> None:
        """Forget the app and the codes on paper."""
        await self._credentials.remove(TOTP, account_id)
        for old in await self._credentials.of(account_id, PAPER):
            await self._credentials.remove(PAPER, old.value)

    def _bound(self, account_id: str, secret: bytes) -> bytes:
        return vault.seal(self._secret, account_id, secret)

    def _now_s(self) -> int:
        return self._clock.now() // _SECOND
