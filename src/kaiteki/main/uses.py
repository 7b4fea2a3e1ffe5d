"""Keeps what a node counted of the use of its data: every KEPT_EVERY_S, and as it stops. A node that is killed loses what is younger.

front: a number in memory ─► every 30 s: by area, names turned into data sets of the catalogue ─► `opendata.keep_use` ─► entities
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog

from kaiteki.api.uses import Used, Uses
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.engine import Asking
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.main.log import say_failure
from kaiteki.main.parts import Joined
from kaiteki.model.decision import Refused
from kaiteki.model.said import local_time
from kaiteki.ports.outage import StoreAway
from kaiteki.services.opendata.use.model import EVERYTHING, ROWS_MAX, Counted, KeepUse

LOG: Final = "kaiteki.uses"
KEPT_EVERY_S: Final = 30.0
"""What was counted is kept so often; so at most as much is lost with a process that is killed."""
COMMAND: Final = "opendata.keep_use"


class UseKeeper:
    """Takes the counts of a node and keeps them in the areas that they are of."""

    def __init__(self, joined: Joined, uses: Uses) -> None:
        self._joined = joined
        self._uses = uses

    async def run(self) -> None:
        """Keep what is counted, until cancelled."""
        while True:
            await asyncio.sleep(KEPT_EVERY_S)
            await self.keep()

    async def keep(self) -> int:
        """Keep what was counted since the last time; how many counts. What the store does not take now counts on."""
        left, kept = self._uses.take(), 0
        try:
            await self._joined.api_keys.keep_uses()
            for area in dict.fromkeys(one.area for one in left):
                rows = await self._named(area, [one for one in left if one.area == area])
                left = [one for one in left if one.area != area]
                left += [Used(area, row.way, row.subject, row.count) for row in rows]
                for start in range(0, len(rows), ROWS_MAX):
                    batch = rows[start : start + ROWS_MAX]
                    kept += await self._run(area, batch)
                    done = {(row.way, row.subject) for row in batch}
                    left = [one for one in left if one.area != area or (one.way, one.subject) not in done]
        except StoreAway as away:
            say_failure(LOG, "counts of use wait for the store", away)
        except Exception:
            # a count that is late harms nobody; a task that ended would count nothing more
            structlog.get_logger(LOG).exception("counts of use wait")
        finally:
            self._uses.put_back(left)
        return kept

    async def _run(self, area: str, rows: Sequence[Counted]) -> int:
        day = local_time(self._joined.clock.now()).date().isoformat()
        city = self._joined.cities.of(Asking(area, SURVEYOR))
        said = await city.run(COMMAND, KeepUse(day, tuple(rows)))
        if isinstance(said, Refused):
            structlog.get_logger(LOG).warning("counts of use were refused", area=area, code=said.code)
            return 0
        return len(rows)

    async def _named(self, area: str, used: Iterable[Used]) -> list[Counted]:
        """The counts under the names of data that everybody may know; what names none counts for the area as a whole."""
        known = names_of((await self._joined.cities.of(Asking(area)).catalogue()).entries)
        sums: dict[tuple[str, str], Counted] = {}
        for one in used:
            subject, office = known.get(one.subject, (EVERYTHING, ""))
            before = sums.get((one.way, subject))
            count = one.count + (before.count if before is not None else 0)
            sums[one.way, subject] = Counted(one.way, subject, count, office)
        return list(sums.values())


@asynccontextmanager
async def keeping_uses(joined: Joined, uses: Uses | None) -> AsyncGenerator[None]:
    """Keep what is counted, and as the node stops what is left; None: nothing is counted."""
    if uses is None:
        yield
        return
    keeper = UseKeeper(joined, uses)
    task = asyncio.create_task(keeper.run(), name="uses")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await keeper.keep()


def names_of(entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """By what a request may name data: the id under which they are counted, and the code of their office.

    A data set has its id, its slug and the name of its collection. A type of records stands for its data set where there is one alone,
    else for itself.
    """
    known: dict[str, tuple[str, str]] = {}
    tables = Counter(one.record_type for one in entries if one.record_type)
    for one in entries:
        office = one.office.code if one.office is not None else ""
        for name in (one.id, one.name, one.id.rpartition(":DataSet:")[2]):
            known.setdefault(name, (one.id, office))
        if one.record_type:
            alone = tables[one.record_type] == 1
            known.setdefault(one.record_type, (one.id, office) if alone else (one.record_type, ""))
    return known
