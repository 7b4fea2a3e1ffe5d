"""What was moved and then erased stands nowhere in the file: not among the entries, not in the room between them."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from kaiteki.main.trust_notes import notes_of_folder
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.past import Period
from kaiteki.ports.entities import By, Change, Decision, Revised
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.driver import connect
from kaiteki.stores.sqlite.schema import open_writing
from kaiteki.stores.sqlite.slack import clean, empty_slack
from kaiteki.stores.sqlite.wiping import Wiper, mark_of
from kaiteki.stores.store import Store
from town import TownClock

BY = By()
ROUNDS = 3
KILLED_AFTER_PAGES = (1, 3, 9)


def entity(number: int, draw: random.Random, word: str) -> Entity:
    """One with texts of many lengths, so that entries move when others come."""
    text = word + "x" * draw.choice([5, 60, 300, 900])
    names = ("urn:a", "urn:name", "urn:c")
    return Entity(
        f"urn:{draw.randrange(10**9):09}:{number}",
        ("urn:T",),
        {name: (Instance("Property", f"{text}{number}"),) for name in names},
        version=1,
    )


async def put(store: Store, entities: list[Entity]) -> None:
    changes = [Change(None, one) for one in entities]
    await store.entities.change("demo", [one.id for one in entities], lambda _: Decision(changes, None), BY)


async def erase(store: Store, entities: list[Entity]) -> None:
    """Take them out with all of their past, one by one."""
    for one in entities:
        await store.entities.change(
            "demo",
            [one.id],
            lambda kept: Decision([Change(next(iter(kept.values())), None, purge_history=True)], None),
            BY,
        )


async def hide(store: Store, entities: list[Entity]) -> None:
    """Let each say something else, so that what it said is nowhere: what it says now is as long or longer, as ciphertext is."""
    for one in entities:
        said = {name: (Instance("Property", "z" * 1200),) for name in one.attributes}
        after = msgspec.structs.replace(one, attributes=said, version=2)
        await store.entities.change(
            "demo",
            [one.id],
            lambda kept, after=after: Decision([Change(next(iter(kept.values())), after)], None, hides=True),
            BY,
        )
        for past in await store.history.past("demo", one.id, sorted(said), Period(), 100):
            revised = Revised(one.id, past.attribute, past.instance_id, lambda _: Instance("Property", "z"))
            if past.instance is not None and "canary" in str(past.instance.value).lower():
                await store.entities.change(
                    "demo",
                    [one.id],
                    lambda _, revised=revised: Decision((), None, correction=revised, hides=True),
                    BY,
                )


@asynccontextmanager
async def opened(folder: Path, wipes: bool) -> AsyncIterator[Store]:
    store = open_sqlite(folder, TownClock(), wipes=wipes)
    try:
        yield store
    finally:
        await store.entities.close()


async def lived(folder: Path, seed: int, wipes: bool) -> None:
    """A town in which some say CANARY among others, and are erased."""
    draw = random.Random(seed)
    async with opened(folder, wipes) as store:
        said: list[Entity] = []
        for number in range(150):
            mine = draw.random() < 0.2
            one = entity(number, draw, "CANARY" if mine else "other ")
            await put(store, [one])
            said += [one] if mine else []
        await erase(store, said)


def found(folder: Path) -> int:
    return sum(file.read_bytes().lower().count(b"canary") for file in folder.iterdir() if file.is_file())


def is_sound(file: Path) -> bool:
    connection = connect(file, new=False)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


async def test_what_was_erased_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """SQLite alone leaves something in at least one of some towns; a store of a town in none, and owes nothing when it is closed."""
    left = 0
    for seed in range(ROUNDS):
        await lived(tmp_path / f"bare{seed}", seed, wipes=False)
        left += found(tmp_path / f"bare{seed}")
        await lived(tmp_path / f"town{seed}", seed, wipes=True)
        assert found(tmp_path / f"town{seed}") == 0
        assert is_sound(tmp_path / f"town{seed}" / FILE_NAME)
        assert not mark_of(tmp_path / f"town{seed}" / FILE_NAME).exists()
    assert left > 0


async def test_what_was_hidden_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """What was sealed where it stood in clear is gone as what was erased is; without a wiper something is left of it."""
    left = 0
    for wipes in (False, True):
        for seed in range(ROUNDS):
            draw, folder = random.Random(seed), tmp_path / f"{wipes}{seed}"
            async with opened(folder, wipes) as store:
                said = [entity(number, draw, "CANARY" if number % 5 else "other ") for number in range(150)]
                for one in said:
                    await put(store, [one])
                await hide(store, said)
            assert is_sound(folder / FILE_NAME)
            left += found(folder) if not wipes else 0
            assert not (wipes and found(folder))
    assert left > 0


async def test_pages_that_a_writer_remembers_bring_nothing_back(tmp_path: Path) -> None:
    draw = random.Random(7)
    async with opened(tmp_path, wipes=False) as store:
        mine = [entity(number, draw, "CANARY") for number in range(60)]
        for number, one in enumerate(mine):
            await put(store, [one, entity(1000 + number, draw, "other ")])
        await erase(store, mine)
        empty_slack(tmp_path / FILE_NAME)
        await put(store, [entity(2000 + number, draw, "other ") for number in range(60)])
    assert found(tmp_path) == 0
    assert is_sound(tmp_path / FILE_NAME)


async def test_what_is_owed_is_done_by_whoever_opens_the_store_next(tmp_path: Path) -> None:
    await lived(tmp_path, 1, wipes=False)
    mark_of(tmp_path / FILE_NAME).touch()
    async with opened(tmp_path, wipes=True):
        pass
    assert found(tmp_path) == 0
    assert not mark_of(tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("pages", KILLED_AFTER_PAGES)
async def test_being_killed_leaves_a_sound_file(tmp_path: Path, pages: int) -> None:
    await lived(tmp_path, 2, wipes=False)
    file = tmp_path / FILE_NAME
    script = (
        "import os, signal, sys; from pathlib import Path; import kaiteki.stores.sqlite.slack as slack\n"
        "real, left = os.pwrite, [int(sys.argv[2])]\n"
        "def pwrite(*told):\n"
        "    left[0] -= 1\n"
        "    return real(*told) if left[0] else os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.pwrite = pwrite\n"
        "slack.clean(Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", script, str(file), str(pages)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert is_sound(file)
    assert clean(file) > 0
    assert found(tmp_path) == 0
    assert is_sound(file)


def test_a_file_that_is_no_database_of_trees_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    open_writing(file).close()
    before = file.read_bytes()
    (size,) = connect(file, new=False).execute("PRAGMA page_size").fetchall()[0]
    with file.open("r+b") as opened_file:
        opened_file.seek(int(size))
        opened_file.write(b"\x07")
    with pytest.raises(ValueError, match="is no page of a tree"):
        clean(file)
    assert file.stat().st_size == len(before)


def test_settings_of_the_writer_hold(tmp_path: Path) -> None:
    """Each is made to its end: several in one text end with the first that answers."""
    connection = open_writing(tmp_path / FILE_NAME)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "trusted_schema": 0,
        "secure_delete": 1,
        "temp_store": 2,
    }
    try:
        held = {name: connection.execute(f"PRAGMA {name}").fetchall()[0][0] for name in wanted}
    finally:
        connection.close()
    assert held == wanted


async def test_what_cannot_be_emptied_stays_owed(tmp_path: Path) -> None:
    file = tmp_path / FILE_NAME
    open_writing(file).close()
    with file.open("r+b") as broken:
        broken.seek(4096)
        broken.write(b"\x07")
    wiper = Wiper(file, True)
    wiper.owe()
    await wiper.close()
    assert mark_of(file).exists()
    assert notes_of_folder(tmp_path) == [
        one for one in notes_of_folder(tmp_path) if "erased people" not in one
    ]
    os.utime(mark_of(file), (0, 0))
    assert any("erased people" in one for one in notes_of_folder(tmp_path))
