"""What somebody changed in a file past Kaiteki, or a disk lost, is found by looking through it; a sound file is called sound."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from kaiteki.ports.entities import By, Change, Decision
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.driver import connect
from kaiteki.stores.sqlite.thorough import doubts_of
from ports.sample import SteppingClock, create, entity, put

CHANGES = {
    "UPDATE entity SET doc=x'00' WHERE id LIKE '%:1'": "documents that cannot be read",
    "UPDATE entity SET doc=CAST(replace(CAST(doc AS TEXT), '60', '61') AS BLOB) WHERE id LIKE '%:1'": "attributes that are not what their past says",
    "UPDATE entity SET doc=CAST(replace(CAST(doc AS TEXT), '41', '42') AS BLOB) WHERE id LIKE '%:2'": "entries of documents that are not in the index",
    "UPDATE entity SET version=version+1 WHERE id LIKE '%:1'": "documents of another id, version or type than their row",
    "DELETE FROM history WHERE row=(SELECT row FROM entity WHERE id LIKE '%:1') AND name>0": "changes in the log of which the past holds nothing",
    "INSERT INTO value SELECT kind, name, 12345, id, row FROM value LIMIT 1": "entries in the index that no document has",
    "UPDATE tally SET n=n+1 WHERE name<>0": "counts of attributes that are not those of the documents",
    "UPDATE log SET body=x'5b' WHERE number=(SELECT min(number) FROM log)": "lines of the log that cannot be read",
    "DELETE FROM log WHERE number=(SELECT max(number) FROM log)": "entities",
    "UPDATE entity SET doc=NULL, kind=NULL WHERE id LIKE '%:2'": "entities that are gone, though the log does not say so",
}


@pytest.fixture
async def file(tmp_path: Path) -> AsyncGenerator[Path]:
    """Three lamps: one that was changed, one as it was made, one that is gone."""
    store = open_sqlite(tmp_path / "data", SteppingClock())
    await create(store, *(entity(f"lamp:{number}", watts=39 + number) for number in (1, 2, 3)))
    for watts in (50, 60):
        await put(store, "lamp:1", "watts", watts, watts)
    await store.entities.change(
        "demo",
        [entity("lamp:3").id],
        lambda loaded: Decision([Change(one, None) for one in loaded.values()], None),
        By("x"),
    )
    await store.entities.close()
    yield tmp_path / "data" / FILE_NAME


def test_a_sound_file_is_called_sound(file: Path) -> None:
    looked: list[int] = []
    assert doubts_of(file, looked.append) == []
    assert sum(looked) > 0


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_past_kaiteki_is_found(file: Path, change: str) -> None:
    before = connect(file)
    before.execute(change)
    assert before.changes() > 0
    before.close()
    found = doubts_of(file)
    assert any(one.startswith(CHANGES[change]) for one in found), found


def test_a_file_that_cannot_be_looked_through_is_said_to_be_that(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 3])
    assert doubts_of(file)
