"""The doctor says what makes a node slow, each at its limit, and nothing of a node that is well."""

import os
from pathlib import Path

from kaiteki.main.clock import SystemClock
from kaiteki.main.slowness import (
    BEHIND_MAX,
    SYNC_MAX_MS,
    WRITE_LOG_MAX_BYTES,
    behind,
    lagging,
    long_log,
    slow_disk,
    sync_ms,
)
from kaiteki.model.entity import Entity
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.stores.sqlite import open_sqlite


def test_a_disk_is_measured_and_judged(tmp_path: Path) -> None:
    assert 0 < sync_ms(tmp_path) < 10_000
    assert list(tmp_path.iterdir()) == []
    assert slow_disk(SYNC_MAX_MS) == []
    assert "takes 80 ms" in slow_disk(80.4)[0]


def test_a_long_log_of_writes_is_named(tmp_path: Path) -> None:
    file, log = tmp_path / "kaiteki.sqlite", tmp_path / "kaiteki.sqlite-wal"
    assert long_log(file) == []
    log.touch()
    os.truncate(log, WRITE_LOG_MAX_BYTES)
    assert long_log(file) == []
    os.truncate(log, WRITE_LOG_MAX_BYTES + 44_000_000)
    assert "300 MB" in long_log(file)[0]


def test_who_is_behind_is_named() -> None:
    assert lagging({"reactions": BEHIND_MAX}) == []
    assert lagging({"b": 5, "reactions": 30_000})[0].startswith("reactions are 30,000 events behind")


async def test_a_store_tells_its_commits_and_who_is_behind(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SystemClock())
    await store.events.advance("reactions", 0)
    for number in range(3):
        one = Entity(f"urn:ngsi-ld:Bench:{number}", ("https://example.org/Bench",), version=1)
        await store.entities.change(
            "demo", [one.id], lambda _, one=one: Decision([Change(None, one)], None), By("x", "y")
        )
    told = await store.measures()
    assert (told.groups, told.decisions, told.events) == (4, 4, 3)
    assert 0 < told.commit_max_s <= told.commit_s and told.staging_s > 0
    assert dict(told.behind) == {"reactions": 3}
    assert await behind(store) == []
    await store.entities.close()
