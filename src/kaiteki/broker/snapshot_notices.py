"""Telling who asked for it that a snapshot is ready, or gone (ETSI GS CIM 009 V1.9.1 clauses 5.3.4 and 5.16.6)."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.model.snapshot import Snapshot, notice_of
from kaiteki.ports.outgoing import Letter, Unreachable

PAUSES_S: Final = (1.0, 5.0)
"""How long is waited before a notification that did not arrive is sent again; then it is given up."""
TIMEOUT_S: Final = 5.0


class SnapshotNotices:
    """Sends the notifications of snapshots. Whoever misses one can ask for the snapshot."""

    def __init__(self, plane: Plane, pauses_s: tuple[float, ...] = PAUSES_S) -> None:
        self._plane = plane
        self._pauses_s = pauses_s
        self._sending: set[asyncio.Task[bool]] = set()

    def tell(self, snapshot: Snapshot, ended: bool = False) -> None:
        """Begin to tell how a snapshot is, where it has an endpoint; `ended`: it is gone."""
        if not snapshot.endpoint:
            return
        clock = self._plane.clock
        notice_id = f"urn:ngsi-ld:SnapshotNotification:{clock.seed():016x}"
        body = msgspec.json.encode(notice_of(snapshot, notice_id, clock.now(), ended))
        headers = (("Content-Type", "application/json"), *snapshot.receiver_info)
        letter = Letter(snapshot.area, snapshot.endpoint, headers, body, TIMEOUT_S)
        task = asyncio.create_task(self._send(letter))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, letter: Letter) -> bool:
        """Send a notification, again where it did not arrive; whether it did."""
        for pause_s in (0.0, *self._pauses_s):
            await asyncio.sleep(pause_s)
            try:
                if 200 <= await self._plane.outgoing.send(letter) < 300:
                    return True
            except Unreachable:
                continue
        return False
