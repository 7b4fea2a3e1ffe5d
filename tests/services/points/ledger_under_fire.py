"""A node that works on points until it is killed: `ledger_under_fire.py FOLDER SEED FIRST LAST`.

The operations FIRST to LAST (without it) of a drawn life, WAVE of them at once, each sent three times with one key. A line on the standard output
for each wave that was answered: the number after its last operation, then the ids of the transfers that it was promised.
Time goes on by a number of seconds with each operation, so points expire on the way.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import deque
from pathlib import Path
from typing import Any, Final

from points_town import CLEANING, TABLE

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.purses import account_id, number_of
from kaiteki.main.parts import POINTS
from kaiteki.model.access import ANYONE, RESIDENT, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.earning.model import Settings
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from town import CLERK, MORNING, TownClock

AREA: Final = "demo"
WAVE: Final = 48
SENT: Final = 3
OPERATION_S: Final = 3_000
PEOPLE: Final = 200
CAMPAIGNS: Final = 6
RECIPIENTS: Final = 3
EXPIRY_EVERY: Final = 20
"""Waves after which what is over is looked for."""
REMEMBERED: Final = 2_000
SETTINGS: Final = {"points": Settings(expire_months=1, often_a_day=50)}


class Life:
    """The people, the campaigns and the operations of one seed."""

    def __init__(self, store: Store, clock: TownClock, seed: int) -> None:
        self._clock, self._seed = clock, seed
        self.engine = Engine(store.entities, clock, (POINTS,), {AREA: SETTINGS})
        self._cities = Cities(self.engine, Darkroom(self.engine, store.files, store.received))
        self._campaigns: list[str] = []
        self._recipients: list[str] = []
        self._grants: deque[tuple[str, str, str]] = deque(maxlen=REMEMBERED)

    async def settle(self) -> None:
        """Campaigns as they are after any start: the key makes each once."""
        form = {**CLEANING, "day_max": 1_000_000, "person_max": 1_000_000, "ends": "2199-03-31"}
        for place in range(CAMPAIGNS):
            budget = {"amount": 1 + 7 * place, "budget": 10 ** (3 + place)}
            begun = await self._run("keep_campaign", {**form, **budget}, CLERK, f"campaign {place}")
            assert isinstance(begun, Accepted), begun
            self._campaigns.append(str(begun.answer["id"]))
        for place in range(RECIPIENTS):
            kept = await self._run(
                "keep_recipient", {**TABLE, "ends": "2199-03-31"}, CLERK, f"recipient {place}"
            )
            assert isinstance(kept, Accepted), kept
            self._recipients.append(str(kept.answer["id"]))

    async def wave(self, first: int, last: int) -> list[str]:
        """Operations at once; the ids of what they were promised."""
        promised = await asyncio.gather(*(self._operation(number) for number in range(first, last)))
        return [one for one in promised if one]

    async def _operation(self, number: int) -> str:
        """One operation, sent three times: all that succeed are told of the same transfer."""
        drawn = random.Random(self._seed * 1_000_003 + number)
        who = f"person-{drawn.randrange(PEOPLE)}"
        points, kind = number_of(AREA, who), drawn.random()
        sent: tuple[str, dict[str, Any], Person]
        if kind < 0.05:
            sent = ("open", {}, Person(who, who, frozenset({ANYONE, RESIDENT})))
        elif kind < 0.30 and self._grants:
            grant, account, campaign = drawn.choice(self._grants)
            back = {"id": grant, "point_account": account, "campaign": campaign, "why": "試しの取り消し"}
            sent = ("take_back", back, CLERK)
        elif kind < 0.45:
            gift = {"recipient": drawn.choice(self._recipients), "amount": drawn.randrange(1, 60)}
            sent = ("donate", gift, Person(who, who, frozenset({ANYONE, RESIDENT})))
        elif kind < 0.47:
            sent = (
                "pay_out",
                {"recipient": drawn.choice(self._recipients), "held": drawn.randrange(1, 200)},
                CLERK,
            )
        else:
            sent = ("grant", {"campaign": drawn.choice(self._campaigns), "number": points}, CLERK)
        done = await asyncio.gather(*(self._run(*sent, f"operation {number}") for _ in range(SENT)))
        ids = {str(one.answer["id"]) for one in done if isinstance(one, Accepted) and "id" in one.answer}
        assert len(ids) <= 1, (number, sent, ids)
        name = ids.pop() if ids else ""
        if name and sent[0] == "grant":
            self._grants.append((name, account_id(points), sent[1]["campaign"]))
        return name

    async def _run(self, command: str, form: Any, person: Person, key: str) -> Accepted | Refused:
        """A command of points, as somebody."""
        return await self._cities.of(Asking(AREA, person)).run(f"points.{command}", form, key)


async def live(folder: Path, seed: int, first: int, last: int) -> None:
    """Operate until the last, or until killed."""
    clock = TownClock(MORNING)
    clock.pass_s(first * OPERATION_S)
    for _ in range(first * SENT):
        clock.seed()
    life = Life(open_sqlite(folder, clock), clock, seed)
    await life.settle()
    jobs = Jobs(life.engine)
    for wave, start in enumerate(range(first, last, WAVE)):
        after = min(start + WAVE, last)
        promised = await life.wave(start, after)
        clock.pass_s((after - start) * OPERATION_S)
        if wave % EXPIRY_EVERY == 0:
            await jobs.run_due()
        sys.stdout.write(" ".join([str(after), *promised]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), *(int(one) for one in sys.argv[2:5])))
