"""Locks of files: they end with the process that has them, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(file: Path, how: int = fcntl.LOCK_EX) -> Generator[None]:
    """Hold a lock, alone (LOCK_EX) or with others (LOCK_SH); OSError where its folder is away."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
