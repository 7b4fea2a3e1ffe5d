"""Laws of ports.keys, of every ring; and that a ring which is a file or a database keeps no byte of what was destroyed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from kaiteki.broker.keyring import Keys
from kaiteki.main.kek import HeldKek, made_kek, open_kek, read_kek, rotate, write_kek
from kaiteki.model.instant import Instant
from kaiteki.ports.keys import KeptKey, Tombstone, UnknownKek
from kaiteki.stores.sqlite.ring import RING_NAME, SqliteRing, read_ring, write_ring
from kaiteki.stores.store import Store
from ports.sample import SteppingClock
from postgres_server import running_server

ANNA = KeptKey("k2", "anna", b"wrapped of anna", "kek-1", Instant(5))
BEN = KeptKey("k1", "ben", b"wrapped of ben", "kek-1", Instant(6))
GRAVE = Tombstone(Instant(9), "operator", "asked by the holder", 0)


async def test_keys_are_found_by_holder_and_by_id(store: Store) -> None:
    await store.keys.put([ANNA, BEN])
    assert list(await store.keys.find(holders=["anna", "zoe"])) == [ANNA]
    assert list(await store.keys.find(ids=["k1"])) == [BEN]
    assert list(await store.keys.find()) == []
    assert list(await store.keys.list()) == [BEN, ANNA]
    assert list(await store.keys.list("k1", 1)) == [ANNA]


async def test_whoever_has_a_key_keeps_it(store: Store) -> None:
    await store.keys.put([ANNA])
    await store.keys.put([KeptKey("k9", "anna", b"another", "kek-1"), BEN])
    assert list(await store.keys.list()) == [BEN, ANNA]


async def test_a_destroyed_key_is_gone_and_leaves_a_tombstone_without_a_name(store: Store) -> None:
    await store.keys.put([ANNA, BEN])
    assert await store.keys.destroy(["anna", "zoe"], GRAVE) == 1
    assert await store.keys.destroy(["anna"], GRAVE) == 0
    # what was being wrapped anew meanwhile does not come back
    await store.keys.replace([ANNA, KeptKey("k1", "ben", b"newer", "kek-2", Instant(6))])
    assert list(await store.keys.list()) == [KeptKey("k1", "ben", b"newer", "kek-2", Instant(6))]
    # one that says who was erased stands also where there was no key, behind all before it
    await store.keys.destroy([], msgspec.structs.replace(GRAVE, who="zoe"))
    first, second = await store.keys.tombstones()
    assert msgspec.structs.replace(first, number=0) == Tombstone(
        Instant(9), "operator", "asked by the holder", 1
    )
    assert (second.who, second.count) == ("zoe", 0) and second.number > first.number


async def test_a_file_keeps_no_byte_of_a_destroyed_key(tmp_path: Path) -> None:
    ring, copy = SqliteRing(tmp_path / RING_NAME), tmp_path / "copy"
    await ring.put([ANNA, BEN])
    write_ring(tmp_path, copy)
    assert b"wrapped of anna" in copy.read_bytes()
    await ring.destroy(["anna"], GRAVE)
    held = (tmp_path / RING_NAME).read_bytes()
    assert not (tmp_path / f"{RING_NAME}-wal").exists()
    assert b"wrapped of anna" not in held and b"anna" not in held and b"wrapped of ben" in held
    # the newest copy is the one that counts; an older ring never takes the place of one that stands
    write_ring(tmp_path, copy)
    with pytest.raises(FileExistsError):
        read_ring(copy, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    read_ring(copy, other)
    assert list(await SqliteRing(other / RING_NAME).list()) == [BEN]
    assert (other / RING_NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_a_database_keeps_no_byte_of_a_destroyed_key(store: Store) -> None:
    await store.keys.put([ANNA, BEN])
    await store.keys.destroy(["anna"], GRAVE)
    server = running_server()
    server.ask("CHECKPOINT", "town")
    path = server.ask("SELECT pg_relation_filepath('kaiteki_keys.key')", "town")
    content = (server.folder / "data" / path).read_bytes()
    assert b"wrapped of anna" not in content and b"wrapped of ben" in content


async def test_keys_are_made_once_remembered_and_destroyed(store: Store, tmp_path: Path) -> None:
    path = made_kek(tmp_path / "kek.json")
    one = Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock())
    other = Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock())
    await one.hold(["anna", "ben"])
    await other.hold(["anna"])
    key = one.of("anna")
    assert key is not None and key == other.of("anna") and key != one.of("ben")
    assert all(key.secret not in kept.wrapped for kept in await store.keys.list())
    assert await other.destroy(["anna"], GRAVE) == 1
    await other.fetch([key.id])
    assert other.knows(key.id) and other.with_id(key.id) is None
    # within a minute the other process has forgotten it too
    for _ in range(62):
        one.age()
    assert one.of("anna") is None


async def test_what_others_forget_meanwhile_is_no_missing_key(store: Store, tmp_path: Path) -> None:
    path = made_kek(tmp_path / "kek.json")
    keys = Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock())
    await keys.hold(["anna"])
    keys.forget()
    put = store.keys.put

    async def meanwhile(made: Sequence[KeptKey]) -> None:
        await put(made)
        for _ in range(100):
            keys.age()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store.keys, "put", meanwhile)
        await keys.hold(["anna", "ben"])
    assert keys.of("ben") is not None
    await keys.hold(["anna"])
    assert keys.of("anna") is not None


async def test_a_rotation_wraps_everything_anew_and_goes_on_where_it_was_stopped(
    store: Store, tmp_path: Path
) -> None:
    path = made_kek(tmp_path / "kek.json")
    assert path.stat().st_mode & 0o077 == 0 and made_kek(path) == path
    keys = Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock())
    await keys.hold(["anna", "ben"])
    before = keys.of("anna")
    (first,) = read_kek(path)
    # stopped after the new key was written
    write_kek(path, {**read_kek(path), "kek-new": "0b" * 32})
    assert await rotate(path, keys) == 2
    assert list(read_kek(path)) == ["kek-new"] and first != "kek-new"
    assert {kept.kek for kept in await store.keys.list()} == {"kek-new"}
    fresh = Keys(store.keys, HeldKek(lambda: read_kek(path)), SteppingClock())
    await fresh.hold(["anna"])
    assert fresh.of("anna") == before
    with pytest.raises(UnknownKek):
        await HeldKek(lambda: {first: "0c" * 32}).unwrap(b"x" * 60, b"k1", "kek-new")


async def test_a_named_file_holds_the_key_instead_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = made_kek(tmp_path / "given.json")
    monkeypatch.setenv("KAITEKI_KEK_FILE", str(given))
    kek = await open_kek(tmp_path / "data", SqliteRing(tmp_path / RING_NAME), in_database=False)
    assert await kek.name() == next(iter(read_kek(given))) and not (tmp_path / "data").exists()


async def test_a_node_without_the_right_key_makes_no_second_one(store: Store) -> None:
    await store.keys.put([ANNA])
    keys = Keys(store.keys, HeldKek(lambda: {"kek-2": "0c" * 32}), SteppingClock())
    with pytest.raises(UnknownKek):
        await keys.hold(["anna"])
    assert list(await store.keys.list()) == [ANNA]
