"""Letting go of records of reads when the time is over for which an area keeps them. The log stays provable: leaves stay, and a line says what went.

Said first, then done: a node that is killed in between has said that lines go that are there still, and says it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.retired import NODE, RETIRE, stretches
from kaiteki.ports.accesses import ENTITIES_MAX, Access, Accesses
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By
from kaiteki.ports.ledger import Ledger
from kaiteki.ports.outage import StoreAway

BEGIN_S: Final = 600
EVERY_S: Final = 6 * 3600
"""When a node looks first, and how often then."""
BATCH: Final = 1_000
"""Lines that one line says to be gone."""
BATCHES_MAX: Final = 1_000
"""Batches of one look; the next one goes on."""
DAY: Final = 86_400_000_000
BY: Final = By(NODE, RETIRE)


class LettingGo:
    """Lets go of the reads of areas. `kept_days`: by area, how long they are kept."""

    def __init__(
        self, ledger: Ledger, accesses: Accesses, clock: Clock, kept_days: Mapping[str, int]
    ) -> None:
        self._ledger = ledger
        self._accesses = accesses
        self._clock = clock
        self._kept_days = dict(kept_days)

    async def run(self, fell_behind: Callable[[BaseException], None]) -> None:
        """Look again and again until cancelled; a store that is away is looked at the next time."""
        pause_s = BEGIN_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = EVERY_S
            try:
                await self.retire()
            except StoreAway as away:
                fell_behind(away)

    async def retire(self) -> int:
        """Let go of what is over now; the answer is how many lines that were."""
        heads = await self._ledger.heads(limit=1)
        if not heads:
            return 0
        (leaf,) = await self._ledger.leaves(heads[0].size - 1, 1)
        return sum([await self._of_area(area, leaf.number) for area in self._kept_days])

    async def _of_area(self, area: str, signed: int) -> int:
        """Let go of the reads of an area up to the last line that is signed."""
        before, done = Instant(self._clock.now() - self._kept_days[area] * DAY), 0
        for _ in range(BATCHES_MAX):
            numbers = await self._accesses.older(area, before, signed, min(BATCH, ENTITIES_MAX))
            if not numbers:
                break
            told = tuple(stretches(numbers))
            ground = f"kept for {self._kept_days[area]} days; before {format_instant(before)}"
            line = Access(area, BY, "", "", (), len(numbers), ground, told)
            await self._accesses.keep([line])
            await self._accesses.forget(area, numbers)
            done += len(numbers)
        return done
