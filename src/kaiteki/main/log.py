"""The log of a node: one line per fact on standard error, JSON where nobody looks at a screen."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from kaiteki.ports.outage import StoreAway

if TYPE_CHECKING:
    from structlog.typing import Processor


def start_log(level: int = logging.INFO) -> None:
    """Set up structlog for this process: coloured text on a terminal, JSON lines else, times in UTC."""
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def say_failure(log: str, event: str, failure: BaseException) -> None:
    """Log what failed and is tried again; that the store is away it says itself, once, and not all who wait for it."""
    if isinstance(failure, StoreAway):
        structlog.get_logger(log).debug(event, why=str(failure))
    else:
        structlog.get_logger(log).error(event, exc_info=failure)
