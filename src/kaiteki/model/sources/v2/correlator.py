"""Circles over brokers of NGSI v2: they pass no Via header on, but the Fiware-Correlator, so the names of nodes travel in it too (decision 24)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

LENGTH_MAX: Final = 1000
_MARK: Final = re.compile(r"; via=([^\s;,]{1,200})", re.ASCII)
_COUNT: Final = re.compile(r"; cbfwd=(\d{1,4})", re.ASCII)
_PLAIN: Final = re.compile(r"[ -~]+", re.ASCII)


def read_marks(correlator: str | None) -> tuple[str, ...]:
    """The names of the nodes that a request has passed, as its correlator tells them."""
    return tuple(_MARK.findall(correlator)) if correlator and len(correlator) <= LENGTH_MAX else ()


def marked(correlator: str | None, names: Iterable[str], fresh: str) -> str:
    """The correlator of what is passed on: that which came (else a fresh one), the names of nodes, and Orion's count of forwardings."""
    told = correlator if correlator and len(correlator) <= LENGTH_MAX else ""
    counted = _COUNT.search(told)
    root = _MARK.sub("", _COUNT.sub("", told)).strip()
    if not _PLAIN.fullmatch(root):
        root = fresh
    marks = "".join(f"; via={name}" for name in names)
    return f"{root}{marks}; cbfwd={int(counted[1]) + 1 if counted else 1}"
