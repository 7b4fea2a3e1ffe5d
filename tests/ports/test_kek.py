"""Laws of ports.keys.Kek, of every implementation: a file, and a token behind PKCS#11."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kaiteki.broker.keyring import Keys, wrapped_by
from kaiteki.main.hsm import kek as hsm_kek
from kaiteki.main.kek import HeldKek, made_kek, new_kek, open_kek, read_kek, write_kek
from kaiteki.main.kek_state import kek_state
from kaiteki.ports.keys import Kek, UnknownKek
from kaiteki.stores.sqlite.ring import RING_NAME, SqliteRing
from kaiteki.stores.store import Store
from ports.sample import SteppingClock
from soft_token import enter, make_token

KEY = bytes(range(32))


class Case(NamedTuple):
    """An implementation, and how its key is renewed."""

    kek: Kek
    renew: Callable[[], Awaitable[object]]


@pytest.fixture(params=["file", "token"])
async def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Each implementation with one key."""
    if request.param == "file":
        path = made_kek(tmp_path / "kek.json")

        async def renew_file() -> None:
            write_kek(path, read_kek(path) | new_kek())

        return Case(HeldKek(lambda: read_kek(path)), renew_file)
    token = make_token(tmp_path / "hsm")
    enter(token, monkeypatch)
    kek = token.kek
    await kek.ask(lambda session: session.make(time.time()))
    return Case(kek, lambda: kek.ask(lambda session: session.make(time.time())))


async def test_what_is_wrapped_is_had_back_for_what_it_was_wrapped_for(case: Case) -> None:
    name, wrapped = await case.kek.wrap(KEY, b"anna")
    other, again = await case.kek.wrap(KEY, b"anna")
    assert name == other == await case.kek.name()
    assert wrapped != again and KEY not in wrapped and len(wrapped) == len(again) == 12 + 32 + 16
    assert await case.kek.unwrap(wrapped, b"anna", name) == KEY
    for bytes_, bound, kek in (
        (wrapped, b"ben", name),
        (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"anna", name),
        (wrapped[:20], b"anna", name),
        (b"", b"anna", name),
        (wrapped, b"anna", name[:-2] + ("00" if name[-2:] != "00" else "01")),
    ):
        with pytest.raises(UnknownKek):
            await case.kek.unwrap(bytes_, bound, kek)
    # a refusal leaves nothing behind that would hinder the next
    assert await case.kek.unwrap(wrapped, b"anna", name) == KEY


async def test_a_newer_key_wraps_and_older_ones_still_unwrap(case: Case) -> None:
    name, wrapped = await case.kek.wrap(KEY, b"anna")
    await case.renew()
    newer, again = await case.kek.wrap(KEY, b"anna")
    assert newer == await case.kek.name() != name
    assert await case.kek.unwrap(wrapped, b"anna", name) == KEY
    assert await case.kek.unwrap(again, b"anna", newer) == KEY


async def test_many_ask_at_once_and_each_gets_their_own(case: Case) -> None:
    keys = {f"holder {number}".encode(): bytes([number]) * 32 for number in range(100)}
    wrapped = await asyncio.gather(*(case.kek.wrap(key, bound) for bound, key in keys.items()))
    opened = await asyncio.gather(
        *(case.kek.unwrap(one, bound, name) for bound, (name, one) in zip(keys, wrapped, strict=True))
    )
    assert opened == list(keys.values())


async def test_the_keys_of_holders_live_through_a_renewal(case: Case, tmp_path: Path) -> None:
    ring = SqliteRing(tmp_path / RING_NAME)
    keys = Keys(ring, case.kek, SteppingClock())
    holders = [f"holder-{number:02}" for number in range(40)]
    await keys.hold(holders)
    before = [keys.of(holder) for holder in holders]
    first = await case.kek.name()
    await case.renew()
    told: list[int] = []
    assert await keys.rewrap(told.append) == 40 and told[-1] == 40
    assert await wrapped_by(ring) == {await case.kek.name(): 40} and await case.kek.name() != first
    fresh = Keys(ring, case.kek, SteppingClock())
    await fresh.hold(holders)
    assert [fresh.of(holder) for holder in holders] == before
    assert await keys.rewrap() == 0


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_nodes_on_a_database_wrap_by_the_token_that_they_are_told_of(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(make_token(tmp_path / "hsm"), monkeypatch)
    hsm_kek._token_of.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("KAITEKI_PKCS11_MODULE")
        patch.delenv("KAITEKI_PKCS11_TOKEN")
        await Keys(store.keys, await open_kek(tmp_path, store.keys, True), SteppingClock()).hold(["anna"])
        shared = await kek_state(tmp_path, store.keys, True)
    assert shared.newest.startswith("kek-") and shared.wraps == {shared.newest: 1} and not shared.faults()
    kek = hsm_kek.named_token()
    assert kek is not None
    await kek.ask(lambda session: session.make(time.time()))
    keys = Keys(store.keys, await open_kek(tmp_path, store.keys, True), SteppingClock())
    await keys.hold(["anna", "ben"])
    between = await kek_state(tmp_path, store.keys, True)
    assert sorted(between.wraps.values()) == [1, 1] and not between.faults()
    assert "`kaiteki keys move --to token`" in between.notes()[0]
    assert await keys.rewrap() == 1
    after = await kek_state(tmp_path, store.keys, True)
    assert after.wraps == {after.newest: 2} and after.newest.startswith("hsm-") and not after.notes()
