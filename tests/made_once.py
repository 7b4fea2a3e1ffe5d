"""What several files of tests only read is made once in a run, by whoever comes first, and copied by each that uses it.

A town with all its data takes a minute to come in; a copy of its folder takes less than a second. The workers of a run
are processes of their own, so a lock on a file says who makes it; the others wait for the finished folder. All lies in
the temporary folder of this run: nothing of an earlier run is ever used.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from waiting import LONG_S

MAKING_S = 10 * LONG_S
"""The longest that a making is waited for; nothing that is made takes a twentieth of it on a calm machine."""
POLL_S = 0.1
WORKER = "PYTEST_XDIST_WORKER"
"""Set in the processes of a run that has several; their temporary folders lie beside each other."""


def folder_of_run(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder that all workers of this run share."""
    base = factory.getbasetemp()
    shared = (base.parent if WORKER in os.environ else base) / "made-once"
    shared.mkdir(exist_ok=True)
    return shared


def made_once(shared: Path, name: str, make: Callable[[Path], None], wait_s: float = MAKING_S) -> Path:
    """The folder `name`, which `make` fills in an empty folder the first time that somebody in this run asks for it.

    Whoever asks later gets the same folder and must only read it. A making that failed fails all who ask, with its
    reason; one that was cut short, with its process, is begun anew. After `wait_s` of another's making: TimeoutError.
    """
    made, failed, making = shared / name, shared / f"{name}.failed", shared / f"{name}.making"
    with _alone(shared / f"{name}.lock", wait_s):
        if failed.exists():
            raise RuntimeError(f"{name} could not be made:\n{failed.read_text(encoding='utf-8')}")
        if made.exists():
            return made
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            make(making)
        except BaseException:
            failed.write_text(traceback.format_exc(), encoding="utf-8")
            raise
        making.rename(made)
    return made


@contextmanager
def _alone(path: Path, wait_s: float) -> Iterator[None]:
    """Nobody else who asks for the same is here; the kernel lets go of the lock when its holder ends, however it ends."""
    until = monotonic() + wait_s
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > until:
                    raise TimeoutError(f"{path.stem} is still not made after {wait_s:g} s") from None
                sleep(POLL_S)
        yield
