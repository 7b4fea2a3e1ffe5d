"""Reads whose time is over are let go, over every store: the log stays provable, a line says what went, and nothing else may go that way."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from kaiteki.broker.letting_go import DAY, LettingGo
from kaiteki.broker.notary import Notary
from kaiteki.broker.proving import prove_line, root_of
from kaiteki.broker.verifying import Verdict, Verification
from kaiteki.main.log_key import is_signed, log_key
from kaiteki.model.area import READS_KEPT_DAYS_MIN
from kaiteki.model.instant import Instant
from kaiteki.model.retired import NODE, RETIRE, read_stretches, stretches
from kaiteki.ports.accesses import Access
from kaiteki.ports.entities import By
from kaiteki.stores.store import Store
from ports.sample import MAYOR, SteppingClock, create, entity

LEGEND = By(NODE, RETIRE)


async def read(store: Store, *subjects: str, area: str = "demo") -> None:
    for subject in subjects:
        await store.accesses.keep([Access(area, MAYOR, subject, "Lamp", ("phone",))])


async def check(store: Store) -> Verdict:
    return await Verification(store.ledger, is_signed).run()


def retiring(store: Store, clock: SteppingClock) -> LettingGo:
    return LettingGo(store.ledger, store.accesses, clock, {"demo": READS_KEPT_DAYS_MIN})


async def test_old_reads_go_and_the_log_proves_what_it_proved(
    store: Store, clock: SteppingClock, tmp_path: Path
) -> None:
    notary = Notary(store.ledger, clock, lambda: log_key(tmp_path, "trial"), secrets.token_bytes)
    await read(store, "pair-1", "pair-2")
    await create(store, entity("lamp:1", watts=40))
    await read(store, "pair-1")
    await read(store, "pair-1", area="else")
    assert await retiring(store, clock).retire() == 0, "nothing is signed yet"
    await notary.finish()
    assert await retiring(store, clock).retire() == 0, "nothing is old yet"
    head = (await store.ledger.heads(limit=1))[0]
    root = await root_of(store.ledger, head.size)
    clock.at += (READS_KEPT_DAYS_MIN + 1) * DAY
    await read(store, "pair-1")
    assert await retiring(store, clock).retire() == 3
    assert await retiring(store, clock).retire() == 0, "nor is what the line itself says"
    assert [one.number for one in await store.accesses.of("demo", ["pair-1"])] == [6]
    assert len(await store.accesses.of("else", ["pair-1"])) == 1
    (line,) = await store.accesses.by("demo", NODE)
    assert (
        line.access.count == 3 and line.access.entities == ("1-2", "4-4") and "365 days" in line.access.ground
    )
    assert await prove_line(store.ledger, 1, head.size) is None
    assert (await store.ledger.leaves(0, 1))[0].salt == b"", "nobody can try out what the line said"
    assert await root_of(store.ledger, head.size) == root
    verdict = await check(store)
    assert (verdict.faults, verdict.retired) == ([], 3)
    await notary.finish()
    assert (await check(store)).faults == []


async def test_what_goes_without_a_line_before_it_that_says_so_is_missed(
    store: Store, clock: SteppingClock, tmp_path: Path
) -> None:
    notary = Notary(store.ledger, clock, lambda: log_key(tmp_path, "trial"), secrets.token_bytes)
    await read(store, "pair-1", "pair-2", "pair-3")
    await notary.finish()
    await store.accesses.forget("demo", [2])
    assert [(one.number, one.what) for one in (await check(store)).faults] == [(2, "this line is gone")]
    await store.accesses.keep([Access("demo", LEGEND, "", "", (), 1, "", ("1-9",))])
    await store.accesses.keep([Access("demo", MAYOR, "", "", (), 1, "", ("2-2",))])
    found = {(one.number, one.what) for one in (await check(store)).faults}
    assert found == {(2, "this line is gone"), (4, "this line says that lines behind it were let go")}
    await store.accesses.keep([Access("demo", LEGEND, "", "", (), 1, "", ("2-2",))])
    assert {one.number for one in (await check(store)).faults} == {4}


async def test_only_the_oldest_of_the_area_are_looked_for(store: Store, clock: SteppingClock) -> None:
    await read(store, "a", "b", "c")
    await read(store, "a", area="else")
    late = Instant(clock.at + 1)
    assert list(await store.accesses.older("demo", late, 99, 9)) == [1, 2, 3]
    assert list(await store.accesses.older("demo", late, 2, 9)) == [1, 2]
    assert list(await store.accesses.older("demo", late, 99, 1)) == [1]
    assert list(await store.accesses.older("demo", Instant(1), 99, 9)) == []


def test_stretches_are_read_as_they_were_written() -> None:
    numbers = [1, 2, 3, 7, 9, 10]
    assert stretches(numbers) == ["1-3", "7-7", "9-10"] and stretches([]) == []
    assert [number for one in read_stretches(stretches(numbers)) for number in one] == numbers
    for wrong in ("", "3", "3-1", "a-b", "1-2-3"):
        with pytest.raises(ValueError, match="no stretch"):
            read_stretches([wrong])
