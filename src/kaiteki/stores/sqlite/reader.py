"""Reading: short reads run on the event loop, long ones in two threads with a time limit, each on a connection of its own.

One thread would let a slow query hold up all others that are longer than a glance; more than two would keep the event loop waiting for
its turn, because each of them holds the interpreter for some milliseconds at a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from kaiteki.model.problem import Problem
from kaiteki.ports.outage import StoreBusy
from kaiteki.stores.sqlite.catalogue import FileCatalogue, newest
from kaiteki.stores.sqlite.driver import Connection, Interrupted
from kaiteki.stores.sqlite.schema import open_reading

T = TypeVar("T")

LOOP_TIME_MAX_S: Final = 0.008
"""How long a read may hold the event loop before it starts anew in the thread."""
QUERY_TIME_MAX_S: Final = 10.0
"""How long a read may take in all."""
TURN_TIME_MAX_S: Final = 10.0
"""How long a read may wait for a thread."""
GLANCE_TIME_MAX_S: Final = 0.008
"""How long a quick read may hold the event loop before its caller is sent the long way."""
LONG_READS_MAX: Final = 2
"""Reads that run beside the event loop at the same time; others wait."""
PROGRESS_STEPS: Final = 2000
"""Steps of SQLite's machine between two looks at the time: some tens of microseconds."""
FOREIGN_CHECK_S: Final = 0.02
"""How long changes of the catalogue by another process may stay unseen."""


class OutOfTime(Exception):
    """A read took longer than its connection allows."""


class ReadConnection:
    """A connection for reading and the moment by which its present read must be done."""

    def __init__(self, path: Path) -> None:
        self.connection: Connection = open_reading(path)
        self.connection.set_progress_handler(self.late, PROGRESS_STEPS)
        self._deadline = float("inf")

    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._deadline

    def run(self, read: Callable[[ReadConnection], T], time_max_s: float) -> T:
        """Read, in one snapshot from `hold` on; raises OutOfTime."""
        self._deadline = time.monotonic() + time_max_s
        try:
            return read(self)
        except Interrupted:
            raise OutOfTime from None
        finally:
            self._deadline = float("inf")
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")

    def hold(self) -> None:
        """Let all further statements of this read see the same moment. A single statement does so by itself."""
        if not self.connection.in_transaction:
            self.connection.execute("BEGIN")

    def check_time(self) -> None:
        """Raise OutOfTime when the time is over; for work outside SQLite."""
        if self.late():
            raise OutOfTime


class Reader:
    """The reading connections of an open file: that of the event loop, and those of long reads."""

    def __init__(self, path: Path, catalogue: FileCatalogue) -> None:
        self._path = path
        self._near = ReadConnection(path)
        self._far = [ReadConnection(path)]
        """Those that nobody uses; the second one is opened when it is wanted."""
        self._threads = ThreadPoolExecutor(LONG_READS_MAX, thread_name_prefix="kaiteki-reader")
        self._turns = asyncio.Semaphore(LONG_READS_MAX)
        self._catalogue = catalogue
        self._checked_at = 0.0

    @property
    def connection(self) -> Connection:
        """The connection of the event loop, for reads of microseconds."""
        return self._near.connection

    def at_once(self, read: Callable[[ReadConnection], T]) -> T | None:
        """Run a read on the event loop that is over in some tens of microseconds; None when it is not."""
        self.look_abroad()
        try:
            return self._near.run(read, GLANCE_TIME_MAX_S)
        except OutOfTime:
            return None

    async def read(self, read: Callable[[ReadConnection], T]) -> T:
        """Run a read on the event loop, or from its start in a thread when it takes long; raises TooComplexQuery."""
        self.look_abroad()
        with suppress(OutOfTime):
            return self._near.run(read, LOOP_TIME_MAX_S)
        # not inside an except: what was raised keeps open statements alive, and they hold the connection in the past
        return await self.read_long(read)

    async def read_long(self, read: Callable[[ReadConnection], T]) -> T:
        """Run a read in a thread; raises TooComplexQuery after QUERY_TIME_MAX_S, StoreBusy where it waits for its turn longer than
        TURN_TIME_MAX_S: whoever asked is answered in a bounded time, and nothing is begun for who has long gone."""
        try:
            async with asyncio.timeout(TURN_TIME_MAX_S):
                await self._turns.acquire()
        except TimeoutError:
            raise StoreBusy(f"a long read waited {TURN_TIME_MAX_S:g} seconds for its turn") from None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._run_far, read)
        except OutOfTime:
            raise Problem(
                "TooComplexQuery", f"the query takes longer than {QUERY_TIME_MAX_S:g} seconds"
            ) from None
        finally:
            self._turns.release()

    def _run_far(self, read: Callable[[ReadConnection], T]) -> T:
        try:
            far = self._far.pop()
        except IndexError:
            far = ReadConnection(self._path)
        try:
            return far.run(read, QUERY_TIME_MAX_S)
        finally:
            self._far.append(far)

    def look_abroad(self) -> None:
        """See what another process has added to the catalogue, from time to time."""
        now = time.monotonic()
        if now - self._checked_at > FOREIGN_CHECK_S:
            self._checked_at = now
            if newest(self.connection) > self._catalogue.number:
                self._catalogue.refresh(self.connection)

    def close(self) -> None:
        """Let go of all connections."""
        self._threads.shutdown()
        for one in (self._near, *self._far):
            one.connection.close()
