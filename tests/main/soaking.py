"""A town under load for a while: what it is asked, what it answered, what its subscriber heard, and what must be true then.

Each writer has entities of its own and counts in each of them, so it always knows what the town has to say. A write that
was not answered because the node was killed may have been kept or not; the writer looks and goes on from there.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from kaiteki.main.bench.load import request
from waiting import LONG_S

JSON = (("content-type", "application/json"),)
ENTITIES = "/ngsi-ld/v1/entities"
TEMPORAL = "/ngsi-ld/v1/temporal/entities"
COUNTER = "https://uri.etsi.org/ngsi-ld/default-context/count"
WRITERS = 8
CALM = 2
"""Writers among eight that mostly look."""


@dataclass
class Town:
    """A node as a process of its own, on one folder and one port, in as many lives as it takes."""

    folder: Path
    port: int
    lives: int = 0
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin a life; returns with its first answer."""
        self.lives += 1
        # small caches are full soon; what grows after that is no cache
        words = (
            "run",
            "--city",
            "demo",
            "--data",
            str(self.folder),
            "--port",
            str(self.port),
            "--open",
            "--memory-mb",
            "16",
        )
        with (self.folder / f"life-{self.lives}.log").open("wb") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "kaiteki.main", *words, stdout=log, stderr=log
            )
        line = Line(self.port)
        async with asyncio.timeout(LONG_S):
            while True:
                try:
                    # the site is put together for this answer, and is not in the way later
                    await line.ask("GET", "/health/ready")
                    break
                except ConnectionError:
                    await asyncio.sleep(0.02)
        line.close()

    async def end(self, how: signal.Signals) -> None:
        """End the life."""
        assert self.process is not None
        self.process.send_signal(how)
        await self.process.wait()

    def memory_bytes(self) -> int:
        """What the process holds now."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) * 1024

    def errors(self) -> list[str]:
        """What the logs of all lives call an error."""
        lines = [line for log in self.folder.glob("life-*.log") for line in log.read_text().splitlines()]
        return [line for line in lines if '"level":"error"' in line or '"level": "error"' in line]


class Line:
    """A connection that is made again when the other side has gone; then the question was asked in vain."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, document: object = None) -> tuple[int, Any]:
        """Status and document of the answer; raises ConnectionError where none came."""
        body = b"" if document is None else json.dumps(document).encode()
        try:
            async with asyncio.timeout(LONG_S):
                if self._ends is None:
                    self._ends = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._ends
                writer.write(request(method, path, body, JSON if body else ()))
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                place = head.find(b"content-length: ")
                length = int(head[place + 16 : head.index(b"\r", place)]) if place >= 0 else 0
                told = await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError(str(error)) from None
        return int(head[9:12]), json.loads(told) if told[:1] in (b"{", b"[") else None

    def close(self) -> None:
        """Let go of it."""
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None


@dataclass
class Heard:
    """What a subscriber was told: for each entity the counts in the order in which they came."""

    counts: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    lines: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Take notifications; yields the address for them."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/n"
            for line in self.lines:
                line.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                place = head.index(b"content-length:") + 15
                body = await reader.readexactly(int(head[place : head.index(b"\r", place)]))
                for entity in json.loads(body)["data"]:
                    self.counts.setdefault(entity["id"], []).append(entity["count"]["value"])
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def fault(self, entity_id: str, count: int) -> str:
        """What is wrong with what was heard of an entity that counted so far: every count, first heard in order, is right."""
        first = list(dict.fromkeys(self.counts.get(entity_id, ())))
        if first != list(range(1, count + 1)):
            return f"{entity_id}: heard {first[-20:]}, counted to {count}"
        return ""


@dataclass
class Writer:
    """Counts in entities of its own; `counts` is what the town has answered, or has said since."""

    number: int
    town: Town
    line: Line
    chance: Random
    pause_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict[str, int])
    asked: int = 0
    faults: list[str] = field(default_factory=list[str])

    async def work(self, until_s: float) -> None:
        """Ask one thing after another until a moment of the loop's clock."""
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while loop.time() < until_s and not self.faults:
            due_s = max(due_s + self.pause_s, loop.time() - 1)
            await asyncio.sleep(max(0, due_s - loop.time()))
            await self._ask_one()
            self.asked += 1

    async def _ask_one(self) -> None:
        reads = 0.7 if self.number < CALM else 0.3
        if not self.counts or self.chance.random() < 0.05:
            await self._create(f"urn:ngsi-ld:Counter:{self.number}:{len(self.counts)}")
        elif self.chance.random() < reads:
            await self._look()
        else:
            await self._count(self.chance.choice(list(self.counts)[-200:]))

    async def _create(self, entity_id: str) -> None:
        place = {"type": "Point", "coordinates": [140.1 + self.chance.random() / 10, 35.6]}
        document = {
            "id": entity_id,
            "type": "Counter",
            "count": {"type": "Property", "value": 1},
            "writer": {"type": "Property", "value": self.number},
            "location": {"type": "GeoProperty", "value": place},
        }
        await self._write(entity_id, 1, "POST", ENTITIES, document)

    async def _count(self, entity_id: str) -> None:
        count = self.counts[entity_id] + 1
        await self._write(entity_id, count, "PATCH", f"{ENTITIES}/{entity_id}/attrs/count", {"value": count})

    async def _write(self, entity_id: str, count: int, *asked: Any) -> None:
        try:
            status, told = await self.line.ask(*asked)
        except ConnectionError:
            await self._find_out(entity_id, count)
            return
        if status not in (201, 204):
            self.faults.append(f"{asked}: {status} {told}")
        self.counts[entity_id] = count

    async def _find_out(self, entity_id: str, count: int) -> None:
        """The node went before it answered: see whether the write was kept."""
        while True:
            try:
                status, told = await self.line.ask("GET", f"{ENTITIES}/{entity_id}")
                break
            except ConnectionError:
                await asyncio.sleep(0.05)
        stands = told["count"]["value"] if status == 200 else 0
        if stands not in (count - 1, count):
            self.faults.append(f"{entity_id}: {stands} stands, {count - 1} was answered")
        if stands:
            self.counts[entity_id] = stands

    async def _look(self) -> None:
        entity_id = self.chance.choice(list(self.counts))
        path, kind = f"{ENTITIES}/{entity_id}", self.chance.randrange(10)
        if kind == 0:
            path = f"{ENTITIES}?type=Counter&q=writer=={self.number}&limit=20"
        elif kind == 1:
            path = f"{ENTITIES}?type=Counter&georel=near;maxDistance==500&geometry=Point&coordinates=[140.15,35.6]"
        elif kind == 2:
            path = f"{TEMPORAL}/{entity_id}?attrs=count&lastN=1"
        try:
            status, told = await self.line.ask("GET", path)
        except ConnectionError:
            return
        if status != 200 or (kind > 2 and told["count"]["value"] != self.counts[entity_id]):
            self.faults.append(f"{path}: {status} {told}, counted to {self.counts[entity_id]}")


def gaps(versions: list[int]) -> bool:
    """Whether the versions of an entity's events leave one out or come in another order."""
    return versions[:1] != [1] or any(after != before + 1 for before, after in pairwise(versions))
