"""After an erasure nothing of an entity is in the files of the store, byte by byte; before it, everything is."""

from __future__ import annotations

from pathlib import Path

from kaiteki.model.entity import Instance
from kaiteki.model.instant import Instant
from kaiteki.stores.sqlite import open_sqlite
from ports.sample import SteppingClock, create, drop, entity, put

SECRETS = ("firstsecret", "secondsecret", "longsecret", "secretname")


def place(lon: float) -> Instance:
    return Instance("GeoProperty", {"type": "Point", "coordinates": [lon, 35.5]}, modified_at=Instant(9))


def text_of(folder: Path) -> bytes:
    """All that stands in the files of a store."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


async def test_not_a_byte_is_left(tmp_path: Path) -> None:
    store = open_sqlite(tmp_path, SteppingClock())
    await create(store, *(entity(f"lamp:{n}", watts=n, name=f"lamp {n}") for n in range(200)))
    await create(store, entity("lamp:secretname", name="firstsecret hall", note="x"))
    await put(store, "lamp:secretname", "name", "secondsecret hall", 20)
    await put(store, "lamp:secretname", "note", "longsecret " * 2_000, 30)
    await put(store, "lamp:secretname", "note", "short", 40)
    await put(store, "lamp:secretname", "location", place(140.123456789), 50)
    for watts in range(300):
        await put(store, "lamp:secretname", "watts", 987654321 + watts, 60 + watts)
    before = text_of(tmp_path)
    assert all(secret.encode() in before for secret in SECRETS) and b"140.123456789" in before
    await drop(store, "lamp:secretname", purge_history=True)
    await create(store, entity("lamp:after", name="another"))
    await store.entities.close()
    after = text_of(tmp_path)
    found = [secret for secret in (*SECRETS[:3], "140.123456789", "98765432") if secret.encode() in after]
    assert found == []
    # the erasure itself names it: once in the log, nowhere else
    assert after.count(b"secretname") == 1
