"""Random snapshots, and random questions that they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from asked_of_faces import LD, TYPES, Asked, Draw

from kaiteki.api.ngsi_ld.snapshotting import WITHIN

SINCE: Final = {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z", "timeproperty": "modifiedAt"}
_JSON: Final = {"content-type": "application/json"}


def _queries(draw: Draw) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for _ in range(draw.one([1, 2, 4])):
        kinds = draw.some(TYPES, 3)
        one: dict[str, Any] = {"type": "Query", "entities": [{"type": kind} for kind in kinds]}
        if draw.perhaps(0.15):
            one["q"] = draw.q()
        made.append(one)
    return made


def taking(draw: Draw, number: int) -> Asked:
    """Take a snapshot with an id of its own: of what stands, of what was, or of both."""
    document: dict[str, Any] = {"id": named(number), "type": "Snapshot"}
    if draw.perhaps(0.85):
        document["snapshotQueries"] = _queries(draw)
    if draw.perhaps(0.6) or "snapshotQueries" not in document:
        document["snapshotTemporalQueries"] = [{**one, "temporalQ": SINCE} for one in _queries(draw)]
    return Asked(
        "snapshots", "createSnapshot", "POST", f"{LD}/snapshots", json.dumps(document).encode(), _JSON
    )


def taking_all(number: int) -> Asked:
    """Take all that stands of the types that are asked for."""
    queries = [{"type": "Query", "entities": [{"type": kind}]} for kind in TYPES]
    document = {"id": named(number), "type": "Snapshot", "snapshotQueries": queries}
    return Asked(
        "snapshots", "createSnapshot", "POST", f"{LD}/snapshots", json.dumps(document).encode(), _JSON
    )


def named(number: int) -> str:
    """The id of a snapshot."""
    return f"urn:ngsi-ld:Snapshot:{number}"


def of_snapshot(what: str, method: str, number: int) -> Asked:
    """A request for a snapshot itself."""
    return Asked("snapshots", what, method, f"{LD}/snapshots/{named(number)}")


def within(ask: Callable[[Draw], Asked], draw: Draw, number: int) -> Asked:
    """A question of a face to a snapshot."""
    asked = ask(draw)
    while asked.what not in WITHIN or asked.target.startswith("/v2"):
        asked = ask(draw)
    return asked._replace(face="snapshots", headers={**asked.headers, "ngsild-snapshot": named(number)})
