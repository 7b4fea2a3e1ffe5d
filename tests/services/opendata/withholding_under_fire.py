"""A node that withdraws a data set and is killed in the middle of a write: `withholding_under_fire.py FOLDER RECORDS WRITES`.

It takes a table of so many records in, has them withdrawn, and dies while the write behind so many others is decided, in an open transaction.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from importing_hall import Hall, source

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.main.withholding import Withholding
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.entity import Entity
from kaiteki.ports.entities import AnyDecision, By
from kaiteki.services.opendata.manifest import service
from kaiteki.stores.sqlite import open_sqlite

CLERK = Person("acc-desk", "", frozenset({ANYONE, STAFF}), assurance=1)


class Dying:
    """Entities of which a write kills the process, while it is decided."""

    def __init__(self, entities: Any, writes: int) -> None:
        self._entities, self._left = entities, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entities, name)

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], AnyDecision],
        by: By,
    ) -> Any:
        """Write, or die of it."""

        def deadly(existing: Mapping[str, Entity]) -> AnyDecision:
            decide(existing)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError("a killed process goes on")

        self._left -= 1
        return await self._entities.change(area, ids, decide if self._left >= 0 else deadly, by)


def table(records: int) -> bytes:
    """A list of AEDs."""
    rows = (f"A{n},施設{n},見本市{n},{35 + n / 10_000:.4f},{141 + n / 10_000:.4f}\n" for n in range(records))
    return ("番号,名称,住所,緯度,経度\n" + "".join(rows)).encode()


async def withdraw(folder: Path, records: int, writes: int) -> None:
    """Take it in, withdraw it, die."""
    hall = Hall()
    hall.store = store = open_sqlite(folder, hall.clock)
    (outcome,) = await hall.bring(source("aed.csv", table(records)))
    engine = Engine(store.entities, hall.clock, (service,))
    city = Cities(engine, Darkroom(engine, store.files, store.received)).of(Asking("demo", CLERK))
    await city.run("opendata.withhold_data", {"id": outcome.data_set, "reason": "位置がちがう"})
    sys.stdout.write(outcome.data_set + "\n")
    sys.stdout.flush()
    dying: Any = Dying(store.entities, writes)
    await Withholding(dying, store.history, hall.clock, ("demo",)).run_due()


if __name__ == "__main__":
    asyncio.run(withdraw(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
