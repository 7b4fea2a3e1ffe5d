"""The books hold through kills: operations drawn at random, each sent three times, by a process that is killed with SIGKILL again and again.

6,000 operations in the suite; `make ledger` says KAITEKI_LEDGER_OPERATIONS=1000000.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
from ledger_under_fire import AREA, SENT, WAVE

from kaiteki.kit.city import Cities
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.purses import Account, Transfer
from kaiteki.main.parts import POINTS
from kaiteki.services.earning.model import Campaign
from kaiteki.services.points.donations import Recipient
from kaiteki.services.points.pages.book import pages_of
from kaiteki.stores.sqlite import open_sqlite
from town import BOSS, TownClock

OPERATIONS: Final = int(os.environ.get("KAITEKI_LEDGER_OPERATIONS", "6000"))
KILL_EVERY: Final = min(10_000, OPERATIONS // 6)
"""Operations that a process answers, about, before it is killed in the middle of the next."""
MADE: Final = ("grant", "reversal", "donation", "payout")
AUDITS: Final = 6
"""How often the whole ledger is gone through: that costs as much as there are transfers."""


class Audit(msgspec.Struct, frozen=True):
    """What was found in the ledger: all transfers by kind, and the sum over all accounts, budgets and books."""

    kinds: Counter[str]
    ids: frozenset[str]
    sum_all: int


async def audited(folder: Path) -> Audit:
    """Go through the whole ledger; every account and budget stands where its transfers leave it."""
    clock = TownClock()
    store = open_sqlite(folder, clock)
    try:
        engine = Engine(store.entities, clock, (POINTS,))
        city = Cities(engine, Darkroom(engine, store.files, store.received)).of(Asking(AREA, BOSS))
        moved, kinds, ids = Counter[str](), Counter[str](), set[str]()
        async for page in pages_of(city, Transfer, None):
            for one in page:
                moved[one.account] += one.amount
                moved[one.book] -= one.amount
                kinds[one.kind] += 1
                ids.add(one.id)
        kept = dict[str, int]()
        async for accounts in pages_of(city, Account, None):
            kept |= {one.id: one.balance for one in accounts}
            assert all(one.balance == sum(lot.amount for lot in one.lots) >= 0 for one in accounts)
        async for campaigns in pages_of(city, Campaign, None):
            kept |= {one.id: one.left for one in campaigns}
        async for recipients in pages_of(city, Recipient, None):
            kept |= {one.id: one.held for one in recipients}
            assert all(0 <= one.held <= one.received for one in recipients)
        assert {name: moved[name] for name in kept} == kept
        books = {name: amount for name, amount in moved.items() if name not in kept}
        assert all(name.startswith("book:") for name in books), books
        return Audit(kinds, frozenset(ids), sum(kept.values()) + sum(books.values()))
    finally:
        await store.entities.close()


def lived(folder: Path, first: int, drawn: random.Random) -> tuple[int, list[str]]:
    """Let a process operate from the first on and kill it: the number after the last that it answered, and what it promised."""
    script = Path(__file__).with_name("ledger_under_fire.py")
    environment = {**os.environ, "PYTHONPATH": f"{script.parents[2]}{os.pathsep}{script.parent}"}
    command = [sys.executable, str(script), str(folder), "11", str(first), str(OPERATIONS)]
    upto = first + drawn.randint(WAVE, 2 * KILL_EVERY - WAVE)
    after, promised = first, list[str]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            number, *ids = line.split()
            after = int(number)
            promised += ids
            if after >= upto:
                process.kill()
                break
        # what it still said before the kill was promised too
        for line in process.stdout:
            if line.endswith("\n"):
                number, *ids = line.split()
                after = int(number)
                promised += ids
    assert process.returncode in (0, -9) and (process.returncode or after == OPERATIONS)
    return after, promised


async def test_whatever_is_killed_the_sum_is_zero_and_what_was_promised_is_there_once(tmp_path: Path) -> None:
    drawn = random.Random(3)
    first, kills, promised, audits = 0, 0, list[str](), list[Audit]()
    began = time.monotonic()
    while first < OPERATIONS:
        first, ids = lived(tmp_path, first, drawn)
        kills += 1
        promised += ids
        if first * AUDITS >= OPERATIONS * (len(audits) + 1):
            audits.append(await audited(tmp_path))
            assert audits[-1].sum_all == 0
            assert set(promised) <= audits[-1].ids
    last = audits[-1]
    print(
        f"\n{OPERATIONS:,} operations, each sent {SENT} times; {kills} processes; {time.monotonic() - began:.0f} s"
    )
    print(f"kept: {dict(last.kinds)}; promised {len(promised):,}; sum {last.sum_all}")
    # a transfer that was kept but never answered is of the wave in which the process was killed
    made = sum(last.kinds[kind] for kind in MADE)
    assert len(set(promised)) == len(promised) <= made <= len(promised) + kills * WAVE
    assert first == OPERATIONS and kills >= 3
    assert min(last.kinds[kind] for kind in (*MADE, "expiry")) > 0
