"""How long one input may take: measured by the processor time of the process, so that a busy machine is no fault."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INPUT_TIME_MAX_S: Final = 2.0


class Hung(BaseException):
    """An input took too long; no part of the program catches this."""


@contextmanager
def impatient(limit_s: float = INPUT_TIME_MAX_S) -> Iterator[None]:
    """Raises Hung in what takes longer."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hung(f"more than {limit_s} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
