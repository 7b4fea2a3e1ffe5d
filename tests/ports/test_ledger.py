"""Laws of ports.ledger over every store, with the notary that fills it and the check that reads it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from kaiteki.broker.notary import Notary
from kaiteki.broker.proving import prove_growth, prove_line, root_of
from kaiteki.broker.verifying import Verdict, Verification
from kaiteki.main.log_key import LogKey, is_signed, log_key
from kaiteki.model.checkpoint import Signature, key_id, note_of, read_note
from kaiteki.model.merkle import EMPTY, Grown, is_consistent, is_included, leaf_hash
from kaiteki.ports.accesses import Access
from kaiteki.ports.ledger import CHANGE, ERASED, READ, Batch, Leaf, commitment
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, create, drop, entity, put


@pytest.fixture
def key(tmp_path: Path) -> LogKey:
    return log_key(tmp_path, "kaiteki-trial")


@pytest.fixture
def notary(store: Store, key: LogKey) -> Notary:
    return Notary(store.ledger, SteppingClock(), lambda: key, secrets.token_bytes)


async def reads(store: Store, count: int) -> None:
    """So many reads, each a line."""
    await store.accesses.keep([Access("demo", MAYOR, f"pair-{n}", "Lamp", ("phone",)) for n in range(count)])


async def check(store: Store, since: int = 0, saved: Sequence[tuple[str, bytes]] = ()) -> Verdict:
    return await Verification(store.ledger, is_signed, since).run(saved)


async def test_lines_of_changes_and_reads_stand_in_one_order(store: Store) -> None:
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=41))
    await reads(store, 2)
    await put(store, "lamp:1", "watts", 60, 20)
    found = await store.ledger.lines(0)
    assert [(one.number, one.what, one.area) for one in found.lines] == [
        (2, CHANGE, "demo"),
        (3, READ, "demo"),
        (4, READ, "demo"),
        (5, CHANGE, "demo"),
    ]
    assert found.erasing == 0
    texts = [one.text.decode() for one in found.lines]
    assert all(name in texts[0] for name in ("mayor", "lamp:1", "lamp:2", TYPE + "watts", TYPE + "Lamp"))
    assert "pair-0" in texts[1] and "phone" in texts[1] and "mayor" in texts[1]
    assert [one.number for one in (await store.ledger.lines(3, 1)).lines] == [4]
    assert (await store.ledger.lines(5)).lines == []
    assert texts == [one.text.decode() for one in (await store.ledger.lines(0)).lines]


async def test_the_notary_takes_lines_in_and_signs_them(store: Store, notary: Notary, key: LogKey) -> None:
    assert await notary.sign() is None and await root_of(store.ledger, 0) == EMPTY
    await reads(store, 600)
    await create(store, entity("lamp:1", watts=40))
    assert await notary.catch_up() == 601 and await notary.catch_up() == 0
    grown = Grown()
    lines, after = list[bytes](), 0
    while found := (await store.ledger.lines(after)).lines:
        lines += [one.text for one in found]
        after = found[-1].number
    leaves = [*await store.ledger.leaves(0, 600), *await store.ledger.leaves(600, 600)]
    for text, leaf in zip(lines, leaves, strict=True):
        assert leaf.hash == leaf_hash(commitment(leaf.salt, text))
        grown.add(leaf.hash)
    assert await root_of(store.ledger, 601) == grown.root
    head = await notary.sign_in_time()
    assert head is not None and head.size == 601 and list(await store.ledger.heads()) == [head]
    note = read_note(head.note)
    assert (note.checkpoint.root, note.checkpoint.origin) == (grown.root, "kaiteki-trial")
    assert is_signed(key.public, note.signatures[0].signed, note.checkpoint.text.encode())
    assert await notary.sign_in_time() is None and await notary.sign() is None
    await reads(store, 1)
    await notary.catch_up()
    assert await notary.sign_in_time() is None
    await notary.finish()
    assert [one.size for one in await store.ledger.heads()] == [602, 601]
    assert [one.size for one in await store.ledger.heads(before=602, limit=1)] == [601]
    assert await check(store) == Verdict(602, 602, 602, 0, 0, [])
    assert await check(store, since=300) == Verdict(302, 602, 602, 0, 0, [])


async def test_lines_and_growth_are_proven(store: Store, notary: Notary) -> None:
    await reads(store, 520)
    await notary.catch_up()
    ledger, roots = store.ledger, {size: await root_of(store.ledger, size) for size in range(1, 521, 173)}
    for size, root in roots.items():
        for number in range(1, size + 1, 97):
            proof = await prove_line(ledger, number, size)
            assert proof is not None and proof.entry.number == number
            leaf = leaf_hash(commitment(proof.leaf.salt, proof.entry.text))
            assert is_included(leaf, proof.place, size, proof.hashes, root)
        for before, was in roots.items():
            if before <= size:
                assert is_consistent(before, size, await prove_growth(ledger, before, size), (was, root))
    assert await prove_line(ledger, 300, 299) is None and await prove_line(ledger, 521, 520) is None
    for before, size in ((0, 5), (6, 5), (1, 521)):
        with pytest.raises(ValueError, match=r"log has no|does not begin"):
            await prove_growth(ledger, before, size)


async def test_what_is_not_taken_in_yet_is_told_as_unproven(store: Store, notary: Notary) -> None:
    await reads(store, 5)
    assert await check(store) == Verdict(0, 0, 0, 5, 0, [])
    await notary.finish()
    await reads(store, 3)
    assert await check(store) == Verdict(5, 5, 5, 3, 0, [])
    await notary.catch_up()
    assert await check(store) == Verdict(8, 8, 5, 0, 0, [])


async def test_an_erasure_empties_lines_and_the_log_still_holds(store: Store, notary: Notary) -> None:
    await create(store, entity("lamp:1", watts=40), entity("lamp:2", watts=41))
    await put(store, "lamp:1", "watts", 60, 20)
    named = ("urn:ngsi-ld:lamp:1", "urn:ngsi-ld:lamp:2")
    await store.accesses.keep([Access("demo", MAYOR, "pair-1", "Lamp", ("phone",), entities=named)])
    await notary.finish()
    before = await store.ledger.leaves(0, 10)
    root = await root_of(store.ledger, 3)
    await drop(store, "lamp:1", purge_history=True)
    await drop(store, "lamp:2", purge_history=True)
    after = await store.ledger.leaves(0, 10)
    assert [leaf.hash for leaf in after] == [leaf.hash for leaf in before]
    assert all(new.salt != old.salt for new, old in zip(after, before, strict=True))
    assert await root_of(store.ledger, 3) == root
    told = b"".join(one.text for one in (await store.ledger.lines(0)).lines if one.number <= 4)
    assert b"lamp:1" not in told and b"lamp:2" not in told
    kinds = [one.what for one in (await store.ledger.lines(0)).lines]
    assert kinds == [CHANGE, CHANGE, READ, CHANGE, ERASED, CHANGE, ERASED]
    assert await check(store) == Verdict(3, 3, 3, 4, 3, [])
    await notary.finish()
    assert await check(store) == Verdict(7, 7, 7, 0, 3, [])
    assert await check(store, since=4) == Verdict(3, 7, 7, 0, 3, [])


async def test_leaves_are_not_made_of_lines_that_were_emptied_meanwhile(store: Store, notary: Notary) -> None:
    await create(store, entity("lamp:1", watts=40))
    stale = await store.ledger.lines(0)
    await drop(store, "lamp:1", purge_history=True)
    leaf = Leaf(1, b"s" * 16, leaf_hash(commitment(b"s" * 16, stale.lines[0].text)))
    assert not await store.ledger.append(Batch(0, [leaf], []), stale.erasing)
    assert await store.ledger.size() == 0
    await notary.finish()
    assert (await check(store)).faults == []
    fresh = await store.ledger.lines(0)
    assert not await store.ledger.append(Batch(0, [leaf], []), fresh.erasing)
    assert await store.ledger.place_of(1) == 0 and await store.ledger.place_of(9) is None


async def test_a_saved_head_is_compared(store: Store, notary: Notary, key: LogKey) -> None:
    await reads(store, 10)
    head = await notary.sign() or (await notary.catch_up(), await notary.sign())[1]
    assert head is not None
    await reads(store, 10)
    await notary.finish()
    assert (await check(store, saved=[(head.note, key.public)])).faults == []
    assert (await check(store, since=15, saved=[(head.note, key.public)])).faults == []
    other = signed_otherwise(key, head.note)
    for since in (0, 15):
        (fault,) = (await check(store, since, saved=[(other, key.public)])).faults
        assert "not as it was signed" in fault.what or "does not begin" in fault.what
    (fault,) = (await check(store, saved=[(head.note, bytes(32))])).faults
    assert fault.number == 0 and "not signed by its key" in fault.what
    (fault,) = (await check(store, saved=[("nonsense", key.public)])).faults
    assert "cannot be read" in fault.what


def signed_otherwise(key: LogKey, note: str) -> str:
    """The same head with another root, signed."""
    checkpoint = msgspec.structs.replace(read_note(note).checkpoint, root=bytes(32))
    signature = Signature(key.name, key_id(key.name, key.public), key.sign(checkpoint.text.encode()))
    return note_of(checkpoint, (signature,))


async def test_writers_erasers_and_the_notary_work_at_the_same_time(store: Store, notary: Notary) -> None:
    async def live(number: int) -> None:
        await create(store, entity(f"lamp:{number}", watts=1))
        await put(store, f"lamp:{number}", "watts", 2, 20)
        await reads(store, 7)
        if number % 2:
            await notary.catch_up()
        await drop(store, f"lamp:{number}", purge_history=True)

    async def prove() -> None:
        for _ in range(15):
            await notary.catch_up()
            await notary.sign()
            assert (await check(store)).faults == []

    await asyncio.gather(*(live(number) for number in range(12)), prove())
    await notary.finish()
    verdict = await check(store)
    assert verdict.faults == [] and verdict.unproven == 0 and verdict.emptied > 0
    # erasures of one commit share a line
    assert 12 * (3 + 7) < verdict.size <= 12 * (3 + 7 + 1)
