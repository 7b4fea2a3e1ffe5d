"""Both sides of a mandate are told before it ends, some days ahead and once each, with how it is entrusted anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.allowances import use_id
from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.identity.mandates import MANDATE, Mandate
from kaiteki.kit.identity.person import person_of
from kaiteki.kit.letters import joined, read_letters
from kaiteki.kit.reactions import SYSTEM
from kaiteki.kit.rounds import go_rounds
from kaiteki.model.decision import Accepted, Message, digest_of
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.said import said_day
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Accounts
from kaiteki.ports.credentials import PAGE_CREDENTIALS, Credentials

LETTERS: Final = read_letters("kaiteki.kit")

AHEAD_DAYS: Final = (14, 3)
"""So many days before the end people are told; a mandate that was shorter from the beginning is not announced so early."""
EVERY_S: Final = 3600
MANDATES_MAX: Final = 1_000_000
"""Mandates that one round looks at; the rest has its turn in the next."""
_DAY_US: Final = 86_400_000_000


class MandateEnds:
    """Tells of mandates that end soon. One per node; of several nodes on a store the one whose turn it is."""

    def __init__(self, engine: Engine, accounts: Accounts, credentials: Credentials) -> None:
        self._engine = engine
        self._accounts = accounts
        self._credentials = credentials

    async def run(self, wait: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Tell what is due, every EVERY_S, until cancelled."""
        await go_rounds(self.run_due, EVERY_S, "mandates", "mandates", wait)

    async def run_due(self) -> int:
        """Tell of the mandates whose end is near; how many were told of for the first time."""
        areas = await self._engine.entities.areas()
        told, seen, after = 0, 0, ""
        while seen < MANDATES_MAX:
            page = await self._credentials.list(MANDATE, after)
            for one in page:
                told += await self._tell(msgspec.json.decode(one.body, type=Mandate), areas)
            seen += len(page)
            if len(page) < PAGE_CREDENTIALS:
                break
            after = page[-1].value
        return told

    async def _tell(self, one: Mandate, areas: Sequence[str]) -> bool:
        days = due(one, self._engine.clock.now())
        area = one.area or next(iter(areas), "")
        if days is None or not area:
            return False
        giver, helper = [await self._accounts.by_id(name) for name in (one.giver, one.helper)]
        if giver is None or helper is None or giver.disabled or helper.disabled:
            return False
        messages = (
            self._message(one, area, giver, helper, "ends_for_giver"),
            self._message(one, area, helper, giver, "ends_for_helper"),
        )
        if self._engine.introduce is not None:
            for side in (giver, helper):
                await self._engine.introduce(person_of(side, area), KIT.name)
        told: list[bool] = []

        def rule(_loaded: Mapping[str, Entity], _state: Mapping[str, Any]) -> Accepted:
            told.append(True)
            return Accepted(messages=messages)

        once = digest_of("kit.mandate_ends", one.id, str(days))
        work = Work(KIT, "kit.mandate_ends", (), rule, once)
        await self._engine.decide(work, self._engine.asked(KIT, Asking(area, SYSTEM)))
        return bool(told)

    def _message(self, one: Mandate, area: str, to: Account, other: Account, letter: str) -> Message:
        """What one side is told. It goes along when one of the two is erased (`about`)."""
        services = [service for name, service in self._engine.services.items() if one.speaks_of(name)]
        day = Words(*(said_day(one.until, language) for language in ("ja", "en", "ja-easy")))
        title, body = LETTERS[letter].told(
            other=other.name, day=day, services=joined([service.words for service in services])
        )
        link = f"my/mandates?again={one.id}#give" if to.id == one.giver else "my/mandates"
        me = person_of(to, area).seen_by(KIT.name).account_id
        return Message(me, title, body, link, use_id(one.id))


def due(one: Mandate, now: Instant) -> int | None:
    """For which of AHEAD_DAYS the sides of a mandate are told now, the last that has come; None: for none."""
    if not one.is_in_force(now):
        return None
    begun_at = one.accepted_at or one.made_at
    reached = [days for days in AHEAD_DAYS if begun_at < one.until - days * _DAY_US <= now]
    return min(reached, default=None)
