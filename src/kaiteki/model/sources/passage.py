"""A request on its way from node to node: through whom it came, and what it carries (ETSI GS CIM 009 V1.9.1 clauses 4.3.6.4 to 4.3.6.6, 6.3.18)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from kaiteki.model.sources.registration import Registration
from kaiteki.model.terms.context import Context

HOPS_MAX: Final = 8
"""Nodes that a request may have passed before it is passed on no more."""
FROM_REQUEST: Final = "urn:ngsi-ld:request"
"""Stands for the value that the same header had in the request that came (clause 4.3.6.5)."""
SPECIAL: Final = frozenset({"accept", "contenttype", "jsonldcontext", "ngsildconformance"})
"""Keys of contextSourceInfo with a meaning of their own (clause 4.3.6.6); they are no headers."""
OWN_HEADERS: Final = frozenset(
    {
        "host",
        "via",
        "ngsild-tenant",
        "link",
        "accept-encoding",
        "content-length",
        "content-type",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
    }
)
"""Headers of a forwarded request that are the node's alone."""
_RECEIVED: Final = re.compile(r"(?:[\w.-]+/)?[\w.]+\s+([^\s,()]+)", re.ASCII)


class Passage(msgspec.Struct, frozen=True):
    """A request as far as forwarding is concerned. `alias` is the name of this node in the area, `via` those of the nodes before."""

    area: str
    alias: str
    context: Context
    via: tuple[str, ...] = ()
    header: Callable[[str], str | None] = lambda name: None
    """A header of the request by its lower-case name."""

    @property
    def is_loop(self) -> bool:
        """Whether the request has been here before, or has come too far."""
        return self.alias in self.via or len(self.via) >= HOPS_MAX

    @property
    def onward(self) -> str:
        """The Via header of what is passed on."""
        return ", ".join(f"1.1 {one}" for one in (*self.via, self.alias))


def read_via(header: str | None) -> tuple[str, ...]:
    """The names of the nodes that a request has passed, the first one first."""
    if not header:
        return ()
    return tuple(found[1] for part in header.split(",") if (found := _RECEIVED.match(part.strip())))


def told_headers(one: Registration, passage: Passage) -> Iterator[tuple[str, str]]:
    """The headers that a source wants to be asked with."""
    for key, value in one.source_info:
        if key.lower() in OWN_HEADERS or key.lower() in SPECIAL:
            continue
        told = passage.header(key.lower()) if value == FROM_REQUEST else value
        if told is not None:
            yield key, told


def special(one: Registration, key: str) -> str:
    """What contextSourceInfo says under a key with a meaning of its own, empty where it says nothing."""
    return next((value for name, value in one.source_info if name.lower() == key), "")
