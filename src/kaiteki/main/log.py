"""The log of a node: one line per fact on standard error, JSON where nobody looks at a screen, and to a syslog server where one is named."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

import structlog

from kaiteki.main.masking import mask_secrets
from kaiteki.main.syslog import SEVERITIES, Sender, Target, entry
from kaiteki.ports.outage import StoreAway

if TYPE_CHECKING:
    from structlog.typing import Processor


class Lines:
    """Where finished lines go; each method is a level."""

    def __init__(self, out: TextIO, sender: Sender | None) -> None:
        self._out = out
        self._sender = sender

    def _put(self, level: str, line: str) -> None:
        print(line, file=self._out, flush=True)
        if self._sender is not None:
            self._sender.send(entry(line, SEVERITIES[level], datetime.now(UTC), os.getpid()))

    def debug(self, line: str) -> None:
        """For who looks for a fault."""
        self._put("debug", line)

    def info(self, line: str) -> None:
        """A fact."""
        self._put("info", line)

    def warning(self, line: str) -> None:
        """Somebody may have to look."""
        self._put("warning", line)

    def error(self, line: str) -> None:
        """Something failed."""
        self._put("error", line)

    def critical(self, line: str) -> None:
        """The node cannot go on."""
        self._put("critical", line)


class Passed(logging.Handler):
    """Hands what libraries log by the standard library to the one log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it, with the masks of all lines."""
        level = record.levelno if record.levelno <= logging.CRITICAL else logging.CRITICAL
        structlog.get_logger(record.name).log(level // 10 * 10, record.getMessage(), exc_info=record.exc_info)


def start_log(level: int = logging.INFO, target: Target | None = None) -> None:
    """Set up structlog for this process: coloured text on a terminal, JSON lines else, times in UTC, no secrets.

    Where a `target` is named every line goes there too, as JSON. What libraries log and what ends the process goes the same way.
    """
    sender = Sender(target) if target is not None else None
    if sender is not None:
        atexit.register(sender.leave)
    looked_at = sys.stderr.isatty() and sender is None
    last: Processor = (
        structlog.dev.ConsoleRenderer()
        if looked_at
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # tracebacks are text before they are masked, and never tell the values of variables
            structlog.processors.format_exc_info,
            mask_secrets,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr, sender),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[Passed()], force=True)
    sys.excepthook = say_end


def say_end(kind: type[BaseException], failure: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process as a bug; being stopped is none."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, failure, trace)
        return
    structlog.get_logger("kaiteki").critical("the process ends", exc_info=(kind, failure, trace))


def say_failure(log: str, event: str, failure: BaseException) -> None:
    """Log what failed and is tried again; that the store is away it says itself, once, and not all who wait for it."""
    if isinstance(failure, StoreAway):
        structlog.get_logger(log).debug(event, why=str(failure))
    else:
        structlog.get_logger(log).error(event, exc_info=failure)
