"""Withdrawing in steps: few writes, counted as they are made, and gone on with after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from delivered import one_of
from importing_hall import Hall, source
from withholding_under_fire import CLERK, table

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.views import expand_name
from kaiteki.main.withholding import STEP, Withholding
from kaiteki.model.query import Query, TypeIs
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.withdrawal.model import Withdrawal, is_withheld, withdrawal_id
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from town import TownClock
from waiting import LONG_S

RECORDS = 2 * STEP + 100
BESIDE = 4
"""What a data set has beside its records: its description, what was judged of it, a file and a part of its lines."""


class Watched:
    """Entities that remember how many every write was about, and what was counted before it."""

    def __init__(self, store: Store, data_set: str) -> None:
        self._store, self._data_set = store, data_set
        self.sizes: list[int] = []
        self.counts: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store.entities, name)

    async def change(self, area: str, ids: Any, decide: Any, by: Any) -> Any:
        """Write and remember."""
        self.sizes.append(len(ids))
        row = (await self._store.entities.load(area, [withdrawal_id(self._data_set)])).popitem()[1]
        self.counts.append(row.entity().attributes[expand_name("count")][0].value)
        return await self._store.entities.change(area, ids, decide, by)


async def test_a_step_is_one_write_and_is_counted_by_it() -> None:
    hall = Hall()
    (outcome,) = await hall.bring(source("aed.csv", table(RECORDS)))
    engine = Engine(hall.store.entities, hall.clock, (service,))
    city = Cities(engine, Darkroom(engine, hall.store.files, hall.store.received)).of(Asking("demo", CLERK))
    await city.run(
        "opendata.describe",
        {"id": outcome.data_set, "title": "AED", "source": "見本市", "licence": "CC-BY-4.0"},
    )
    for command, form in (("withhold_data", {"reason": "位置がちがう"}), ("publish_data", {})):
        await city.run(f"opendata.{command}", {"id": outcome.data_set, **form})
        watched: Any = Watched(hall.store, outcome.data_set)
        await Withholding(watched, hall.store.history, hall.clock, ("demo",)).run_due()
        steps = [size for size in watched.sizes if size > BESIDE]
        # the decision itself stands beside the entities of a step
        assert steps == [STEP + 1, STEP + 1, RECORDS - 2 * STEP + 1]
        # description, lines, file; who is told of it; the end
        assert len(watched.sizes) <= len(steps) + 5
        assert watched.counts == sorted(watched.counts) and {2, 2 + STEP, 2 + 2 * STEP} <= {*watched.counts}
        told = await one_of(hall, Withdrawal, withdrawal_id(outcome.data_set))
        assert told.count == RECORDS + BESIDE


async def test_a_node_that_was_killed_in_the_middle_goes_on_and_writes_nothing_twice(tmp_path: Path) -> None:
    script = Path(__file__).with_name("withholding_under_fire.py")
    paths = f"{script.parent}{os.pathsep}{script.parents[2]}"
    # two writes are kept: the description, the first step; the second step dies in its open transaction
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script), str(tmp_path / "town"), str(RECORDS), "2"],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    data_set = killed.stdout.strip()
    hall = Hall()
    hall.store = store = open_sqlite(tmp_path / "town", hall.clock)
    hall.clock = TownClock()
    hall.clock.pass_s(3600)
    mark = withdrawal_id(data_set)
    stopped = await one_of(hall, Withdrawal, mark)
    assert (stopped.state, stopped.count) == ("withholding", 2 + STEP)
    assert await _hidden(store) == STEP
    before = (await store.events.read(0, 10_000))[-1].number
    assert await Withholding(store.entities, store.history, hall.clock, ("demo",)).run_due() == 1
    done = await one_of(hall, Withdrawal, mark)
    assert (done.state, done.count) == ("withheld", RECORDS + BESIDE)
    assert await _hidden(store) == RECORDS
    written = [one.entity_id for one in await store.events.read(before, 10_000) if ":AED:" in one.entity_id]
    assert len(written) == len({*written}) == RECORDS - STEP
    await store.entities.close()


async def _hidden(store: Store) -> int:
    """How many records are hidden."""
    hidden, after = 0, None
    while True:
        wanted = Query(types=TypeIs(expand_name("AED")), limit=1000, after_id=after)
        rows = (await store.entities.find("demo", wanted)).rows
        hidden += sum(is_withheld(row.entity()) for row in rows)
        if len(rows) < 1000:
            return hidden
        after = rows[-1].id
