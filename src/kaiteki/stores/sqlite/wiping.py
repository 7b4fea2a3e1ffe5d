"""When the slack of the file is emptied: some seconds after an erasure, when the store is closed, and when it is opened and something is owed.

What is owed is said by a file beside the database, made before an erasure is committed and removed when the slack was emptied and nobody
has erased since: a kill leaves it there, and whoever opens the store next goes on. What else in the folder was made of the city (layers of
the map, put in order) goes with the slack: it may name what was erased, and is made again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from subprocess import CalledProcessError, TimeoutExpired
from typing import Final

import structlog

from kaiteki.stores.sqlite.slack import empty_slack

MARK_END: Final = "-slack"
LAYERS_FOLDER: Final = "layers"
"""Beside the database: layers of the map as they were put in order."""
WHY_LENGTH_MAX: Final = 300
PAUSE_S: Final = 2.0
"""How long it is waited for further erasures: one person is taken out in many steps."""


def mark_of(file: Path) -> Path:
    """The file that says that slack is owed."""
    return file.with_name(file.name + MARK_END)


class Wiper:
    """Empties the slack of one file. With `at_work` False it does nothing: the store is not one of a town (tests, bare copies)."""

    def __init__(self, file: Path, at_work: bool) -> None:
        self._file = file
        self._at_work = at_work
        self._running: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def owe(self) -> None:
        """Say durably that something is about to be erased. Called before the commit, in any thread."""
        if self._at_work:
            os.close(os.open(mark_of(self._file), os.O_CREAT | os.O_WRONLY, 0o600))
            os.utime(mark_of(self._file))

    def begin_soon(self) -> None:
        """Empty the slack in a while where something is owed; on the event loop."""
        if self._at_work and self._running is None and not self._closing.is_set() and self._owed():
            self._running = asyncio.get_running_loop().create_task(self._later())

    async def close(self) -> None:
        """Empty what is still owed. The store has let go of the file."""
        self._closing.set()
        if self._running is not None:
            await self._running
        if self._at_work and self._owed():
            await asyncio.to_thread(self._empty)

    def _owed(self) -> bool:
        return mark_of(self._file).exists()

    async def _later(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), PAUSE_S)
        except TimeoutError:
            await asyncio.to_thread(self._empty)
        finally:
            self._running = None

    def _empty(self) -> None:
        mark = mark_of(self._file)
        try:
            owed_since = mark.stat().st_mtime_ns
            empty_slack(self._file)
            layers = self._file.with_name(LAYERS_FOLDER)
            if layers.is_dir():
                shutil.rmtree(layers)
            if mark.stat().st_mtime_ns == owed_since:
                mark.unlink()
        except FileNotFoundError:
            # another process has emptied it meanwhile
            return
        except (CalledProcessError, TimeoutExpired, OSError) as failure:
            # the mark stays: it is tried again at the next erasure and when the store is opened, and the doctor names it
            told = (
                str(failure)
                if isinstance(failure, OSError)
                else (failure.stderr or b"").decode(errors="replace")
            )
            why = told.strip()[-WHY_LENGTH_MAX:]
            structlog.get_logger("store").warning(
                "the slack is not emptied yet", file=str(self._file), why=why
            )
