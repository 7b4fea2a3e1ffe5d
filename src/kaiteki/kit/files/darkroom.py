"""Where photos wait and are developed: a person's answer waits for the check alone, and nothing is shown before it is ready.

A photo on its way is a file in `received`, which nothing serves, and an entity in state waiting. The folder of received files is the
queue: it outlives the process. What a photo becomes is kept first, then the received file is forgotten; every step may be
done twice. So a kill at any moment loses no photo, publishes none, and leaves no original behind.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec
import structlog

from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.files.photo import PHOTOS, READY, REFUSED, WAITING, Photo, photo_id, sender_mark
from kaiteki.kit.files.picture import check, prepare
from kaiteki.kit.files.refusals import refuse
from kaiteki.kit.manifest import State
from kaiteki.kit.reactions import SYSTEM
from kaiteki.kit.views import expand_name, read, where
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.query import PAGE_SIZE_MAX, Query, TypeIs
from kaiteki.ports.faces import Faces
from kaiteki.ports.files import Files
from kaiteki.ports.scanning import Scanner, ScannerAway

CHECKS_AT_ONCE: Final = 2
WAITING_MAX: Final = 300
"""Photos that may wait on a node; whoever sends more is asked to come back later."""
VIEWERS_MAX: Final = 200
"""Requests that may wait for a picture at the same time; the others are told at once that it is being prepared."""
TRIES_MAX: Final = 3
"""Starts of a node at which a photo may still wait; a file that stops the process each time is given up."""
RETRY_S: Final = 5.0


class Picture(msgspec.Struct, frozen=True):
    """What there is to show of a photo: its JPEG bytes when it is ready; else none and the state."""

    state: str
    content: bytes = b""


class Darkroom:
    """Takes photos in, develops them one by one, shows what is ready. One per node; without `faces` no face is hidden."""

    def __init__(
        self,
        engine: Engine,
        files: Files,
        received: Files,
        faces: Faces | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        """`scanner` looks into every file before anything else does; without one nobody looks."""
        self._engine = engine
        self._files = files
        self._received = received
        self._faces = faces
        self._scanner = scanner
        self._slots = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._queue: dict[tuple[str, str], asyncio.Event] = {}
        """What waits, by area and digest, in the order of arrival; the event is set when it is done."""
        self._work = asyncio.Event()
        self._viewers = 0

    @property
    def hides_faces(self) -> bool:
        """Whether faces are looked for and hidden."""
        return self._faces is not None

    async def keep(self, asking: Asking, content: bytes, field: str) -> Photo | Refused:
        """Take a photo in: checked, on disk and known when this returns, shown later. The refusal names `field`."""
        async with self._slots:
            code = await self._scan(content) or await asyncio.to_thread(check, content)
        if code:
            return refuse(code, field)
        digest = hashlib.sha256(content).hexdigest()
        asked = self._engine.asked(KIT, asking)
        mark = sender_mark(asking.owner, digest)
        known = await self._known(asking.area, digest)
        if known is not None:
            if known.state == REFUSED:
                return refuse("broken", field)
            if mark and mark not in known.senders:
                await self._engine.decide(_taking(known, mark), asked)
            return known
        if len(self._queue) >= WAITING_MAX:
            return refuse("busy", field)
        photo = Photo(photo_id(digest), digest)
        await self._received.put(asking.area, content)
        said = await self._engine.decide(_taking(photo, mark), asked)
        if isinstance(said, Refused):
            await self._received.remove(asking.area, digest)
            return said
        self._enqueue(asking.area, digest)
        return photo

    async def _scan(self, content: bytes) -> str | None:
        """Why a file is refused before anybody opens it; nothing where the scanner found nothing."""
        if self._scanner is None:
            return None
        try:
            found = await self._scanner.find(content)
        except ScannerAway as away:
            structlog.get_logger("darkroom").warning(
                "nobody looked into a file, so it was refused", why=str(away)
            )
            return "not_scanned"
        if found:
            structlog.get_logger("darkroom").warning(
                "malware was refused", found=found, digest=hashlib.sha256(content).hexdigest()
            )
            return "malware"
        return None

    async def is_sender(self, asking: Asking, digest: str) -> bool:
        """Whether the one who asks sent this photo."""
        photo = await self._known(asking.area, digest)
        return photo is not None and asking.sent(photo)

    async def show(self, area: str, digest: str, wait_s: float) -> Picture | None:
        """The picture at an address, waited for when it is on its way; None when there is none. Whoever calls has asked who may see it."""
        photo = await self._known(area, digest)
        done = self._queue.get((area, digest))
        if photo is not None and photo.state == WAITING and done is not None and self._viewers < VIEWERS_MAX:
            photo = await self._after(area, digest, done, wait_s)
        if photo is not None and photo.state != READY:
            return Picture(photo.state)
        content = await self._files.get(area, photo.picture if photo is not None else digest)
        return Picture(READY, content) if content is not None else None

    async def settle(self) -> int:
        """Develop what waits, one after another; how many were looked at."""
        done = 0
        while self._queue:
            area, digest = next(iter(self._queue))
            await self._develop(area, digest)
            self._queue.pop((area, digest)).set()
            done += 1
        return done

    async def take_up(self) -> None:
        """Queue what still waited when the process was stopped; give up what has waited through too many starts, or has no file."""
        held = await self._received.held(2 * WAITING_MAX)
        for area, digest in held:
            photo = await self._known(area, digest)
            if photo is not None and photo.state == WAITING:
                tried = photo.tries + 1
                state = REFUSED if tried > TRIES_MAX else WAITING
                await self._keep(area, msgspec.structs.replace(photo, tries=tried, state=state))
            self._enqueue(area, digest)
        waiting = Query(
            types=TypeIs(expand_name(PHOTOS.name)),
            q=where(Photo, "state", "==", WAITING),
            limit=PAGE_SIZE_MAX,
        )
        for area in await self._engine.entities.areas():
            for row in (await self._engine.entities.find(area, waiting)).rows:
                photo = read(Photo, row.entity())
                if (area, photo.digest) not in self._queue:
                    await self._keep(area, msgspec.structs.replace(photo, state=REFUSED))

    async def run(self) -> None:
        """Develop photos as they come, until cancelled."""
        is_taken_up = False
        while True:
            try:
                if not is_taken_up:
                    await self.take_up()
                    is_taken_up = True
                await self._work.wait()
                self._work.clear()
                await self.settle()
            except Exception:
                # whatever the store says, the photos lie there and are taken up again
                structlog.get_logger("darkroom").exception("photos wait for the store")
                self._work.set()
                await asyncio.sleep(RETRY_S)

    def _enqueue(self, area: str, digest: str) -> None:
        self._queue.setdefault((area, digest), asyncio.Event())
        self._work.set()

    async def _after(self, area: str, digest: str, done: asyncio.Event, wait_s: float) -> Photo | None:
        """The photo after it was developed, or after so many seconds."""
        self._viewers += 1
        try:
            await asyncio.wait_for(done.wait(), wait_s)
        except TimeoutError:
            structlog.get_logger("darkroom").info("a picture was waited for in vain", photo=digest)
        finally:
            self._viewers -= 1
        return await self._known(area, digest)

    async def _develop(self, area: str, digest: str) -> None:
        """Make one received file a picture, and forget the file."""
        photo = await self._known(area, digest)
        content = await self._received.get(area, digest)
        if photo is not None and photo.state == WAITING:
            try:
                became = await asyncio.to_thread(prepare, content, self._faces) if content else "broken"
            except Exception:
                # It stays unseen and is tried again at the next start: without the finder of faces nothing may be shown.
                structlog.get_logger("darkroom").exception("a photo could not be developed", photo=digest)
                return
            if isinstance(became, str):
                await self._keep(area, msgspec.structs.replace(photo, state=REFUSED))
            else:
                ready = Photo(
                    id=photo.id,
                    digest=digest,
                    state=READY,
                    picture=await self._files.put(area, became.picture),
                    thumbnail=await self._files.put(area, became.thumbnail),
                    width_px=became.width_px,
                    height_px=became.height_px,
                    faces=became.faces,
                )
                await self._keep(area, ready)
        await self._received.remove(area, digest)

    async def _known(self, area: str, digest: str) -> Photo | None:
        name = photo_id(digest)
        row = (await self._engine.entities.load(area, (name,))).get(name)
        return read(Photo, row.entity()) if row is not None else None

    async def _keep(self, area: str, photo: Photo) -> None:
        def rule(loaded: Mapping[str, Entity], state: State) -> Accepted:
            # somebody may have sent the same file while it was being developed
            known = read(Photo, loaded[photo.id]) if photo.id in loaded else photo
            return Accepted(writes=(msgspec.structs.replace(photo, senders=known.senders),))

        work = Work(KIT, "kit.develop_photo", (photo.id,), rule)
        await self._engine.decide(work, self._engine.asked(KIT, Asking(area, SYSTEM)))


def _taking(photo: Photo, mark: str) -> Work:
    """A photo becomes known once; the same file again adds its sender."""

    def rule(loaded: Mapping[str, Entity], state: State) -> Accepted:
        known = read(Photo, loaded[photo.id]) if photo.id in loaded else photo
        return Accepted(writes=(known.sent_by(mark),))

    return Work(KIT, "kit.keep_photo", (photo.id,), rule)
