"""Whoever writes into the file past Kaiteki is found out: every bit of every line, and every way of moving lines about."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from kaiteki.broker.notary import Notary
from kaiteki.broker.verifying import Fault, Verification
from kaiteki.main.log_key import HEAD_NAME, is_signed, log_key, remembered_head
from kaiteki.model.merkle import leaf_hash, perfect_root
from kaiteki.ports.accesses import Access
from kaiteki.ports.ledger import commitment
from kaiteki.stores.ledger import aside_entry, logged_entry, unreadable_entry
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.driver import Connection, connect
from kaiteki.stores.store import Store
from ports.sample import MAYOR, SteppingClock, create, drop, entity, put

Tamper = Callable[[Connection], object]
LINES = 300


def notary_of(store: Store, folder: Path) -> Notary:
    return Notary(store.ledger, SteppingClock(), lambda: log_key(folder, "trial"), secrets.token_bytes)


async def lived(folder: Path) -> Store:
    """A store with changes, reads and an erasure, all taken in and signed; then as much again, not erased."""
    store = open_sqlite(folder, SteppingClock())
    notary = notary_of(store, folder)
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=41))
    await put(store, "lamp:1", "watts", 60, 20)
    named = ("urn:ngsi-ld:lamp:1",)
    access = Access("demo", MAYOR, "pair-1", "Lamp", ("phone",), 2, "69", named)
    await store.accesses.keep([access, Access("demo", MAYOR, "pair-2", "Lamp", ("phone",))])
    await notary.finish()
    await drop(store, "lamp:1", purge_history=True)
    await put(store, "lamp:2", "watts", 60, 20)
    await store.accesses.keep([Access("demo", MAYOR, f"pair-{n}", "Lamp", ("phone",)) for n in range(LINES)])
    await notary.finish()
    return store


async def faults(store: Store, folder: Path | None = None) -> list[Fault]:
    """What is found; with what the folder of the node remembers, where it is named."""
    remembered = remembered_head(folder) if folder else None
    return list((await Verification(store.ledger, is_signed).run(remembered=remembered)).faults)


async def test_every_bit_of_every_line_counts(tmp_path: Path) -> None:
    store = await lived(tmp_path)
    connection, catalogue = connect(tmp_path / FILE_NAME, new=False), FileCatalogue()
    catalogue.refresh(connection)

    def written(number: int, at: int, area: str, body: bytes) -> bytes:
        try:
            return logged_entry(catalogue, number, at, area, body).text  # pyright: ignore
        except KeyError:
            return unreadable_entry(number, at, body).text  # pyright: ignore

    turned = 0
    for number, at, body in connection.execute("SELECT number, at, body FROM log").fetchall():
        for other in one_bit_off(body):
            turned += 1
            assert written(number, at, "demo", other) != written(number, at, "demo", body)
    rows = "SELECT number, area, at, what, actor, subject, body FROM aside WHERE number<12"
    for *told, body in connection.execute(rows).fetchall():
        for other in one_bit_off(body):
            turned += 1
            assert aside_entry((*told, other)).text != aside_entry((*told, body)).text
    assert turned > 5_000
    connection.close()
    await store.entities.close()


def one_bit_off(body: bytes) -> list[bytes]:
    number, size = int.from_bytes(body, "big"), len(body)
    return [(number ^ (1 << bit)).to_bytes(size, "big") for bit in range(size * 8)]


def forge(connection: Connection) -> None:
    """Change a line together with its leaf."""
    connection.execute(
        "UPDATE aside SET body=replace(body, '\"pair-2\"', '\"pair-9\"'), subject='pair-9' WHERE number=5"
    )
    row = connection.execute(
        "SELECT number, area, at, what, actor, subject, CAST(body AS BLOB) FROM aside WHERE number=5"
    )
    salt = b"0" * 16
    forged = leaf_hash(commitment(salt, aside_entry(row.fetchall()[0]).text))
    connection.execute("UPDATE leaf SET salt=?, hash=? WHERE number=5", (salt, forged))


def cut(connection: Connection) -> None:
    """Cut the log off behind a line, leaves and all, but not the heads."""
    for table in ("aside", "log", "leaf"):
        connection.execute(f"DELETE FROM {table} WHERE number>9")


WAYS: dict[str, tuple[Tamper, int, str]] = {
    "a name behind a number": (
        lambda c: c.execute("UPDATE name SET text='price' WHERE text LIKE '%watts'"),
        2,
        "what the erasure",
    ),
    "the time of a change": (lambda c: c.execute("UPDATE log SET at=at+1 WHERE number=8"), 8, "was changed"),
    "who read": (lambda c: c.execute("UPDATE aside SET actor='x' WHERE number=5"), 5, "was changed"),
    "whose page shows a read": (
        lambda c: c.execute("UPDATE aside SET subject='x' WHERE number=5"),
        5,
        "was changed",
    ),
    "a read that is gone": (lambda c: c.execute("DELETE FROM aside WHERE number=5"), 5, "is gone"),
    "a change that is gone": (lambda c: c.execute("DELETE FROM log WHERE number=8"), 8, "is gone"),
    "an erasing that is gone": (lambda c: c.execute("DELETE FROM aside WHERE number=7"), 2, "was changed"),
    "more erased than was said": (
        lambda c: c.execute('UPDATE log SET body=\'["","","","",[]]\' WHERE number=8'),
        8,
        "was changed",
    ),
    "what an erasure left, changed": (
        lambda c: c.execute("UPDATE log SET body=replace(body, 'mayor', 'minor') WHERE number=2"),
        2,
        "the erasure of line 7",
    ),
    "a line twice": (
        lambda c: c.execute(
            "INSERT INTO log SELECT 4000, area, at, body FROM log WHERE number=8;"
            "UPDATE leaf SET number=4000 WHERE number=8"
        ),
        8,
        "put in afterwards",
    ),
    "a read with its leaf": (forge, 1, "not as it was signed"),
    "the end cut off": (cut, 0, "the log has"),
    "a leaf": (
        lambda c: c.execute("UPDATE leaf SET hash=zeroblob(32) WHERE number=8"),
        8,
        "was changed",
    ),
    "a kept hash": (lambda c: c.execute("UPDATE tile SET hash=zeroblob(32)"), 2, "not theirs"),
    "a head": (
        lambda c: c.execute("UPDATE signed SET note=replace(note, 'time 2023', 'time 2022')"),
        0,
        "not signed",
    ),
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_done_past_the_program_is_found(tmp_path: Path, way: str) -> None:
    tamper, number, words = WAYS[way]
    store = await lived(tmp_path)
    assert await faults(store) == []
    await store.entities.close()
    connection = connect(tmp_path / FILE_NAME, new=False)
    tamper(connection)
    connection.close()
    store = open_sqlite(tmp_path, SteppingClock())
    found = await faults(store)
    assert found and found[0].number == number and words in found[0].what, found[:3]
    await store.entities.close()


def change_and_sign_no_more(connection: Connection) -> None:
    """Change a line with its leaf and take all heads away, so that the next one would be signed over what is left."""
    forge(connection)
    connection.execute("DELETE FROM signed")


def rebuild(connection: Connection) -> None:
    """The same, with the hash of the first tile made anew: the tree is whole in itself."""
    change_and_sign_no_more(connection)
    rows = connection.execute("SELECT hash FROM leaf ORDER BY number LIMIT 256").fetchall()
    connection.execute("UPDATE tile SET hash=?", (perfect_root([row[0] for row in rows]),))


UNSIGNED: dict[str, tuple[Tamper, str]] = {
    "all heads": (lambda c: c.execute("DELETE FROM signed"), "the store has no head; the node remembers"),
    "the newest head": (
        lambda c: c.execute("DELETE FROM signed WHERE size=(SELECT max(size) FROM signed)"),
        "the newest head in the store is over 4 lines; the node remembers one over",
    ),
    "all heads, and a line with its leaf and tile": (rebuild, "not as it was signed"),
}


@pytest.mark.parametrize("way", UNSIGNED)
async def test_heads_that_are_taken_out_are_missed(tmp_path: Path, way: str) -> None:
    tamper, words = UNSIGNED[way]
    store = await lived(tmp_path)
    assert await faults(store, tmp_path) == []
    assert (tmp_path / HEAD_NAME).stat().st_mode & 0o777 == 0o600
    before = (tmp_path / HEAD_NAME).read_text(encoding="utf-8")
    await store.entities.close()
    connection = connect(tmp_path / FILE_NAME, new=False)
    tamper(connection)
    connection.close()
    store = open_sqlite(tmp_path, SteppingClock())
    found = await faults(store, tmp_path)
    assert any(words in fault.what for fault in found), found
    # a node that goes on signs no change away
    await put(store, "lamp:2", "watts", 61, 30)
    await notary_of(store, tmp_path).finish()
    changed = way.startswith("all heads,")
    assert bool(await faults(store, tmp_path)) is changed
    assert ((tmp_path / HEAD_NAME).read_text(encoding="utf-8") == before) is changed
    await store.entities.close()


async def test_who_is_killed_between_signing_and_remembering_raises_no_alarm(tmp_path: Path) -> None:
    store = await lived(tmp_path)
    before = (tmp_path / HEAD_NAME).read_text(encoding="utf-8")
    await put(store, "lamp:2", "watts", 61, 30)
    await notary_of(store, tmp_path).finish()
    after = (tmp_path / HEAD_NAME).read_text(encoding="utf-8")
    assert after != before
    (tmp_path / HEAD_NAME).write_text(before, encoding="utf-8")
    (tmp_path / f"{HEAD_NAME}.part").write_text("half", encoding="utf-8")
    assert await faults(store, tmp_path) == []
    # the next node remembers what the store has, also where nothing is to be signed
    await notary_of(store, tmp_path).sign_in_time()
    assert (tmp_path / HEAD_NAME).read_text(encoding="utf-8") == after
    await store.entities.close()
