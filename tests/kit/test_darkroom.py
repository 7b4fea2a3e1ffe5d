"""The law of photos: the sender does not wait, nothing is shown before faces were looked for, no original stays, none is lost."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Sequence

import pytest
from PIL import Image

from kaiteki.kit import files
from kaiteki.kit.engine import Asking
from kaiteki.kit.files import Photo, darkroom, photo_id
from kaiteki.kit.files.darkroom import TRIES_MAX, Darkroom, Picture
from kaiteki.kit.pages import Upload
from kaiteki.model.decision import Refused
from kaiteki.ports.faces import Box
from town import BOSS, Town
from waiting import LONG_S

RED, BLUE = (220, 30, 30), (30, 30, 220)


class LeftHalf:
    """Takes the left half of every picture for a face, as soon as it may."""

    def __init__(self) -> None:
        self.may = threading.Event()

    def find(self, rgb: bytes, width_px: int, height_px: int) -> Sequence[Box]:
        """One box, once the test allows it."""
        assert self.may.wait(LONG_S)
        return (Box(0, 0, width_px // 2, height_px),)


class Blind:
    """A finder that does not work on this machine."""

    def find(self, rgb: bytes, width_px: int, height_px: int) -> Sequence[Box]:
        """Nothing comes back."""
        raise RuntimeError("the network cannot be loaded")


def stripes(number: int = 0) -> bytes:
    """A photo of thin red and blue stripes, each number another."""
    image = Image.new("RGB", (160, 120), RED)
    for x in range(0, 160, 4):
        image.paste(BLUE, (x, 0, x + 2, 120))
    image.putpixel((0, 0), (number, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def sent(town: Town, content: bytes) -> str:
    """The address of a photo that was taken in."""
    digest = await town.city().keep_photo(Upload("x.png", "image/png", content))
    assert isinstance(digest, str), digest
    return digest


async def held(town: Town) -> int:
    """How many received files lie on the disk."""
    return len(await town.store.received.held(1000))


def restarted(town: Town, faces: LeftHalf | None = None) -> Darkroom:
    """A new process over the same store."""
    return Darkroom(town.engine, town.store.files, town.store.received, faces)


async def test_a_photo_is_shown_only_after_its_faces_were_hidden() -> None:
    faces = LeftHalf()
    town = Town(faces=faces)
    digest = await sent(town, stripes())
    room = town.cities.darkroom
    assert await room.show("demo", digest, 0) == Picture("waiting")
    work = asyncio.create_task(room.settle())
    assert await room.show("demo", digest, 0.05) == Picture("waiting")
    assert (await town.store.files.held(10), await held(town)) == ([], 1)
    viewer = asyncio.create_task(room.show("demo", digest, 20))
    faces.may.set()
    assert await work == 1
    seen = await viewer
    assert seen is not None and seen.state == "ready"
    with Image.open(io.BytesIO(seen.content)) as image:
        left, right = (image.convert("RGB").crop(part) for part in ((8, 8, 72, 112), (110, 8, 152, 112)))
    assert max(high - low for low, high in left.getextrema()) < 12, "the face is one shade"
    assert max(high - low for low, high in right.getextrema()) > 60, "the rest is as it was"
    assert await held(town) == 0, "the original is gone"
    known = await town.city(BOSS).get(Photo, photo_id(digest))
    assert known is not None and (known.state, known.faces) == ("ready", 1)


async def test_a_finder_that_fails_publishes_nothing_and_loses_nothing() -> None:
    town = Town(faces=Blind())
    digest = await sent(town, stripes())
    await town.cities.darkroom.settle()
    assert await town.cities.darkroom.show("demo", digest, 0) == Picture("waiting")
    assert (await town.store.files.held(10), await held(town)) == ([], 1)
    seeing = LeftHalf()
    seeing.may.set()
    room = restarted(town, seeing)
    await room.take_up()
    assert await room.settle() == 1
    seen = await room.show("demo", digest, 0)
    assert seen is not None and seen.state == "ready"


async def test_what_waited_is_developed_by_the_next_process() -> None:
    town = Town()
    digests = [await sent(town, stripes(number)) for number in range(3)]
    room = restarted(town)
    assert await room.show("demo", digests[0], 0) == Picture("waiting")
    await room.take_up()
    assert await room.settle() == 3
    for digest in digests:
        seen = await room.show("demo", digest, 0)
        assert seen is not None and seen.content
    assert await held(town) == 0


async def test_a_kill_between_any_two_steps_leaves_no_original() -> None:
    """The steps are: file received, photo known, pictures kept, photo ready, file forgotten."""
    town = Town()
    await town.store.received.put(
        "demo", stripes(1)
    )  # killed before the photo was known: nobody got an answer
    done = await sent(town, stripes(2))
    await town.cities.darkroom.settle()
    await town.store.received.put("demo", stripes(2))  # killed before the file was forgotten
    room = restarted(town)
    await room.take_up()
    await room.settle()
    assert await held(town) == 0
    seen = await room.show("demo", done, 0)
    assert seen is not None and seen.state == "ready"


async def test_a_photo_that_stops_every_process_is_given_up() -> None:
    town = Town()
    digest = await sent(town, stripes())
    for _ in range(TRIES_MAX + 1):
        room = restarted(town)
        await room.take_up()
    await room.settle()
    assert await room.show("demo", digest, 0) == Picture("refused")
    assert await held(town) == 0
    again = await town.city().keep_photo(Upload("", "", stripes()), "photos")
    assert isinstance(again, Refused) and [one.code for one in again.faults] == ["broken"]


async def test_a_photo_whose_file_is_lost_is_not_waited_for() -> None:
    town = Town()
    digest = await sent(town, stripes())
    await town.store.received.remove("demo", digest)
    room = restarted(town)
    await room.take_up()
    assert await room.show("demo", digest, 0) == Picture("refused")


async def test_the_same_photo_twice_is_one() -> None:
    town = Town()
    first, second = await asyncio.gather(sent(town, stripes()), sent(town, stripes()))
    assert first == second
    await town.cities.darkroom.settle()
    assert await sent(town, stripes()) == first
    assert (await held(town), len(await town.store.files.held(10))) == (0, 1)


async def test_too_many_photos_are_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(darkroom, "WAITING_MAX", 2)
    town = Town()
    kept = [await town.city().keep_photo(Upload("", "", stripes(number)), "photos") for number in range(3)]
    assert [isinstance(one, Refused) for one in kept] == [False, False, True]
    assert kept[2] == Refused("invalid", kept[2].faults) and kept[2].faults[0].words == files.REFUSALS["busy"]
    assert await held(town) == 2


async def test_what_breaks_only_when_it_is_read_is_refused_later() -> None:
    town = Town()
    whole = stripes()
    broken = whole[:-20] + bytes(8) + whole[-12:]
    photo = await town.cities.darkroom.keep(Asking("demo"), broken, "photos")
    if isinstance(photo, Photo):
        await town.cities.darkroom.settle()
        assert await town.cities.darkroom.show("demo", photo.digest, 0) == Picture("refused")
    assert await held(town) == 0


async def test_there_is_nothing_at_an_unknown_address() -> None:
    assert await Town().cities.darkroom.show("demo", "0" * 64, 0) is None


async def test_the_room_works_by_itself_until_it_is_closed() -> None:
    town = Town()
    early = await sent(town, stripes(1))
    room = restarted(town)
    work = asyncio.create_task(room.run())
    late = await room.keep(Asking("demo"), stripes(2), "photos")
    assert isinstance(late, Photo)
    for digest in (late.digest, early):
        seen = await room.show("demo", digest, 20)
        assert seen is not None and seen.state == "ready"
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
