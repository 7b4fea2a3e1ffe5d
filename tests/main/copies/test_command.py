"""Copies of a node that goes on: they hold everything, any of them comes back, and nothing that is not whole is taken for one."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
from itertools import count
from pathlib import Path
from threading import Event, Thread

import msgspec
import pytest
from copied_towns import (
    ENTITIES,
    PASSPHRASE,
    everything_in,
    export_of,
    files_of,
    kaiteki,
    keep,
    moment_of,
    opened,
    packs_of,
    rows_of,
    watts_of,
)

from kaiteki.main.clock import SystemClock
from kaiteki.main.copies.lock import unlock
from kaiteki.main.copies.packs import Shelf
from kaiteki.main.copies.repository import (
    DESCRIPTION,
    RING,
    Description,
)
from kaiteki.main.copies.taking import COPIES_NAME
from kaiteki.main.kek import KEK_NAME
from kaiteki.model.instant import format_instant
from kaiteki.stores.sqlite import FILE_NAME
from kaiteki.stores.sqlite.ring import RING_NAME
from node_under_test import KAITEKI, NodeUnderTest
from waiting import LONG_S


def test_a_restored_copy_is_what_was_copied(town: Path, tmp_path: Path, key: str) -> None:
    copies, again = tmp_path / "copies", tmp_path / "again"
    said = kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    assert "files" in said
    (tmp_path / "again.part").mkdir()
    (tmp_path / "again.part" / "left").write_text("by a command that was killed")
    kaiteki("restore", str(copies), "--key-file", key, "--data", str(again))
    assert rows_of(again) == rows_of(town)
    # where the copies of a folder are stands in it, not in the copies
    assert files_of(again).keys() == files_of(town).keys() - {COPIES_NAME}
    assert files_of(again).items() <= files_of(town).items()
    assert {b"a photo", b"a picture"} <= set(files_of(again).values())
    assert (again / "secret.key").stat().st_mode & 0o777 == 0o600
    kaiteki("doctor", "--data", str(again))
    assert "1 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    assert "is there already" in kaiteki("restore", str(copies), "--data", str(again), code=1)


def test_each_moment_comes_back(running: NodeUnderTest, copies: Path, tmp_path: Path, key: str) -> None:
    """Copies are taken between changes; each restores the export of its moment, byte for byte."""
    told: list[bytes] = []
    for n in range(3):
        change = {"content-type": "application/merge-patch+json"}
        path = f"{ENTITIES}/urn:ngsi-ld:Lamp:0"
        assert running.ask("PATCH", path, {"watts": 1000 + n}, change).status == 204
        told.append(export_of(running.data, tmp_path / "told"))
        kaiteki("backup", str(copies), "--key-file", key, "--data", str(running.data))
    assert len(set(told)) == 3
    for n in (0, 1, 2):
        again = tmp_path / f"again{n}"
        kaiteki("restore", str(copies), "--at", moment_of(copies, n), "--key-file", key, "--data", str(again))
        assert export_of(again, tmp_path / "told") == told[n]
    sizes = [copy.added_bytes for _, copy in opened(copies).copies()[0]]
    assert max(sizes[1:]) < sizes[0], "what did not change is not kept twice"
    before = "2001-01-01T00:00"
    assert "no copy of that time" in kaiteki(
        "restore", str(copies), "--at", before, "--key-file", key, "--data", str(tmp_path / "x"), code=1
    )


def test_a_copy_under_writes_holds_what_was_answered_before_it(
    running: NodeUnderTest, copies: Path, tmp_path: Path, key: str
) -> None:
    """A writer counts up without rest; each copy holds at least what was answered before it began, and agrees with itself."""
    begun, done = Event(), Event()
    answered: list[tuple[int, int]] = []

    def write() -> None:
        for n in count(1):
            change = {"content-type": "application/merge-patch+json"}
            assert running.ask("PATCH", f"{ENTITIES}/urn:ngsi-ld:Lamp:1", {"watts": n}, change).status == 204
            answered.append((SystemClock().now(), n))
            begun.set()
            if done.is_set():
                return

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(LONG_S)
        for _ in range(3):
            kaiteki("backup", str(copies), "--key-file", key, "--data", str(running.data))
    finally:
        done.set()
        writer.join()
    for number, (_, copy) in enumerate(opened(copies).copies()[0]):
        again = tmp_path / f"again{number}"
        at = format_instant(copy.at)
        kaiteki("restore", str(copies), "--at", at, "--key-file", key, "--data", str(again))
        held = watts_of(again, tmp_path / "told")
        assert max(n for when, n in answered if when < copy.at) <= held <= answered[-1][1]
    assert "3 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)


def test_a_copy_that_is_killed_leaves_the_repository_whole(
    town: Path, copies: Path, tmp_path: Path, key: str
) -> None:
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    big = keep(town, os.urandom(12_000_000))
    lost = opened(copies).shelf()
    lost.put(b"written by one that was killed before it was done")
    lost.flush()
    words = (*KAITEKI, "backup", str(copies), "--key-file", key, "--data", str(town))
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    while not any(one.suffix and one.stat().st_size for one in packs_of(copies)):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
    process.kill()
    assert process.wait(LONG_S) == -9, "it was killed in the middle"
    assert len(opened(copies).copies()[0]) == 1
    assert any(one.suffix for one in packs_of(copies)) and any(town.glob("copying-*"))
    big.unlink()
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    assert not any(one.suffix for one in packs_of(copies)) and not any(town.glob("copying-*"))
    assert "2 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    before = len(packs_of(copies))
    kaiteki("backup", "prune", str(copies), "--keep-last", "1", "--key-file", key)
    assert len(packs_of(copies)) < before, "what the killed ones had written is cleared away"


def test_one_changed_byte_is_found_and_named(town: Path, copies: Path, tmp_path: Path, key: str) -> None:
    again = tmp_path / "again"
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    (pack,) = packs_of(copies)
    whole = pack.read_bytes()
    shelf = Shelf(copies / "packs", opened(copies).chest)
    rows = shelf.packs[pack]
    row = rows[len(rows) // 2]
    broken = bytearray(whole)
    broken[row.offset + row.length // 2] ^= 1
    pack.write_bytes(broken)
    said = kaiteki("backup", "verify", str(copies), "--key-file", key, code=1)
    assert row.name.hex()[:16] in said and pack.name in said and "cannot be brought back whole" in said
    assert "damaged" in kaiteki("restore", str(copies), "--key-file", key, "--data", str(again), code=1)
    assert not again.exists() and not again.with_name("again.part").exists()
    pack.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "table is damaged" in kaiteki("backup", "verify", str(copies), "--key-file", key, code=1)
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    kaiteki("restore", str(copies), "--key-file", key, "--data", str(again))
    assert rows_of(again) == rows_of(town), "the next copy has written again what was lost"


def test_only_the_passphrase_opens_and_another_one_can_take_its_place(
    town: Path, copies: Path, tmp_path: Path, key: str
) -> None:
    fresh = tmp_path / "fresh"
    asked = kaiteki("backup", str(tmp_path / "typed"), "--data", str(town), code=1)
    assert "--key-file" in asked, "nobody sits at this screen"
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    first = (copies / DESCRIPTION).read_bytes()
    packs = {file: file.read_bytes() for file in packs_of(copies)}
    (tmp_path / "wrong").write_text("another passphrase")
    for command in (("backup", "list"), ("backup", "verify"), ("restore",)):
        more = ("--data", str(tmp_path / "x")) if command == ("restore",) else ()
        said = kaiteki(*command, str(copies), "--key-file", str(tmp_path / "wrong"), *more, code=1)
        assert "the copies are lost" in said
    assert "is not there" in kaiteki(
        "backup", "list", str(copies), "--key-file", str(tmp_path / "lost"), code=1
    )
    (tmp_path / "short").write_text("short")
    short = kaiteki(
        "backup", str(tmp_path / "new"), "--key-file", str(tmp_path / "short"), "--data", str(town), code=1
    )
    assert "at least 12" in short and not (tmp_path / "new").exists()
    kaiteki("backup", "rotate-key", str(copies), "--key-file", key, "--new-key-file", str(fresh))
    assert fresh.stat().st_mode & 0o777 == 0o600
    assert kaiteki("backup", "list", str(copies), "--key-file", key, code=1)
    assert kaiteki("backup", "list", str(copies), "--key-file", str(fresh)).count("kaiteki-") == 1
    assert {file: file.read_bytes() for file in packs_of(copies)} == packs, "no piece was written again"
    old, new = (
        msgspec.json.decode(one, type=Description).locked
        for one in (first, (copies / DESCRIPTION).read_bytes())
    )
    assert unlock(old, PASSPHRASE.encode()) == unlock(new, fresh.read_bytes().strip())


def test_a_disk_that_takes_no_more_leaves_the_copies_that_are_there(
    town: Path, copies: Path, tmp_path: Path, key: str
) -> None:
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    keep(town, os.urandom(5_000_000))

    def few_bytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))

    words = (*KAITEKI, "backup", str(copies), "--key-file", key, "--data", str(town))
    said = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=LONG_S, preexec_fn=few_bytes
    )
    assert said.returncode == 1 and "What was there before is whole" in " ".join(said.stderr.split()), said
    assert not any(one.suffix for one in packs_of(copies)) and not any(town.glob("copying-*"))
    assert "1 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)


def test_two_copies_at_once_are_both_whole(town: Path, copies: Path, tmp_path: Path, key: str) -> None:
    keep(town, os.urandom(3_000_000))
    words = (*KAITEKI, "backup", str(copies), "--key-file", key, "--data", str(town))
    both = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(LONG_S) for one in both] == [0, 0]
    assert "2 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    kaiteki("backup", "prune", str(copies), "--keep-last", "1", "--key-file", key)
    assert "1 copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)


def test_the_ring_of_keys_is_beside_the_copies_and_only_the_newest_one(
    town: Path, copies: Path, tmp_path: Path, key: str
) -> None:
    """Who was erased after a copy stays erased when it is restored, and those who came since keep their keys."""
    ring = town / RING_NAME
    (town / KEK_NAME).write_text("WRAPS-THE-KEYS")
    with sqlite3.connect(ring) as keys:
        keys.execute("CREATE TABLE planted(holder TEXT, body BLOB)")
        keys.execute("INSERT INTO planted VALUES ('hanako', 'KEY-OF-HANAKO'), ('taro', 'KEY-OF-TARO')")
    keys.close()
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    first = moment_of(copies, 0)
    with sqlite3.connect(ring) as keys:
        keys.execute("PRAGMA secure_delete=ON")
        keys.execute("DELETE FROM planted WHERE holder='hanako'")
    keys.close()
    words = ("backup", "keys", str(copies), "--key-file", key, "--data", str(town))
    assert "is the newest" in kaiteki(*words)
    assert "was the newest" in kaiteki(*words)
    again = tmp_path / "again"
    kaiteki("restore", str(copies), "--at", first, "--key-file", key, "--data", str(again))
    assert b"KEY-OF-TARO" in (again / RING_NAME).read_bytes()
    assert (again / KEK_NAME).read_text() == "WRAPS-THE-KEYS"
    assert (again / RING_NAME).stat().st_mode & 0o777 == 0o600
    planted = [b"KEY-OF-HANAKO", b"KEY-OF-TARO", b"WRAPS-THE-KEYS"]
    assert [one for one in planted if any(one in content for content in everything_in(copies))] == []
    assert b"KEY-OF-HANAKO" not in (opened(copies).ring() or b"")
    (copies / RING).write_bytes((copies / RING).read_bytes()[:-1])
    assert "ring" in kaiteki("restore", str(copies), "--key-file", key, "--data", str(tmp_path / "x"), code=1)


def test_each_node_has_a_repository_of_its_own(town: Path, copies: Path, tmp_path: Path, key: str) -> None:
    other = tmp_path / "other"
    kaiteki("backup", str(copies), "--key-file", key, "--data", str(town))
    shutil.copytree(town, other)
    (other / "secret.key").write_text("ab" * 32)
    assert "another node" in kaiteki("backup", str(copies), "--key-file", key, "--data", str(other), code=1)
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter").write_text("of somebody")
    assert "no repository" in kaiteki("backup", str(full), "--key-file", key, "--data", str(town), code=1)


def test_plain_folders_from_before_can_be_restored(town: Path, tmp_path: Path) -> None:
    plain, empty, again = tmp_path / "plain", tmp_path / "empty", tmp_path / "again"
    shutil.copytree(town, plain)
    empty.mkdir()
    assert "no copy that backup made" in kaiteki("restore", str(empty), "--data", str(again), code=1)
    kaiteki("restore", str(plain), "--data", str(again))
    assert (rows_of(again), files_of(again)) == (rows_of(town), files_of(town))
    database = plain / FILE_NAME
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])
    assert "damaged" in kaiteki("restore", str(plain), "--data", str(tmp_path / "x"), code=1)
    assert not (tmp_path / "x").exists()


def test_copies_go_on_until_they_are_stopped(town: Path, copies: Path, tmp_path: Path, key: str) -> None:
    words = (*KAITEKI, "backup", str(copies), "--every", "1s", "--key-file", key, "--data", str(town))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    process.send_signal(2)
    assert process.wait(LONG_S) == 130
    process.stdout.close()
    assert all("files" in line for line in lines)
    assert "copies are whole" in kaiteki("backup", "verify", str(copies), "--key-file", key)
    assert "5m" in kaiteki("backup", str(copies), "--every", "often", "--data", str(town), code=2)
