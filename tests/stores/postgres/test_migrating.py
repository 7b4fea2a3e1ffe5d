"""Databases of other versions: the version before is brought up to date once, with all that it holds; a newer one is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaiteki.model.periods import Periods
from kaiteki.ports.history import Period
from kaiteki.stores.postgres.opening import open_postgres
from kaiteki.stores.postgres.schema import SCHEMA_VERSION
from kaiteki.stores.postgres.upkeep import faults_of
from kaiteki.stores.store import UnusableStore
from ports.sample import TYPE, SteppingClock, observe
from postgres_server import running_server
from waiting import LONG_S

BEFORE = Path(__file__).with_name("version_1.sql")
"""What the version before has laid, with a lamp and twelve measurements (pg_dump)."""
ID = "urn:ngsi-ld:lamp:1"
STATES = 4


@pytest.fixture
def url() -> Iterator[str]:
    server = running_server()
    server.ask("CREATE DATABASE before")
    server.ask("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist", "before")
    server.ask(BEFORE.read_text(encoding="utf-8"), "before")
    yield server.url("before")
    server.ask("DROP DATABASE before WITH (FORCE)")


async def test_the_version_before_is_brought_up_to_date_by_one_of_two_nodes(url: str) -> None:
    with pytest.raises(UnusableStore, match=r"an older Kaiteki \(version 1"):
        await faults_of(url)
    first, second = await asyncio.gather(
        *(open_postgres(url, SteppingClock(), STATES) for _ in range(2)),
    )
    assert running_server().ask("SELECT version FROM kaiteki.made", "before") == str(SCHEMA_VERSION)
    observed = Period(measured="observed")
    before = await second.history.past("demo", ID, [TYPE + "watts"], observed)
    assert [past.instance and past.instance.value for past in before] == [n / 10 for n in range(12)]
    await observe(first, 1.2, 12 * 60_000_000, 1_700_000_000_000_000 + 12 * 60_000_000)
    (told,) = await second.history.add_up("demo", ID, TYPE + "watts", observed, Periods())
    assert (told.count, told.total) == (13, pytest.approx(7.8))
    for _ in range(int(LONG_S * 20)):
        if (await first.measures()).blocks:
            break
        await asyncio.sleep(0.05)
    for store in (first, second):
        await store.entities.close()
    assert await faults_of(url) == []
    assert running_server().ask("SELECT count(*)>0 FROM kaiteki.block", "before") == "t"


async def test_a_newer_version_is_left_alone_with_words(url: str) -> None:
    running_server().ask("UPDATE kaiteki.made SET version=99", "before")
    with pytest.raises(UnusableStore, match=r"newer Kaiteki \(version 99.*Start the newer Kaiteki"):
        await open_postgres(url, SteppingClock())
    assert running_server().ask("SELECT to_regclass('kaiteki.block') IS NULL", "before") == "t"
