"""Hooks of schemathesis: requests that reach what stands in the city, and a bench that stands as it was before each of them.

Schemathesis makes a request for each border of each schema, in each media type, at each operation: 20,000, of which most differ from others in nothing
that the node could answer otherwise to. `filter_case` lets through what differs: each border of each body at each operation, each kind of border in
each media type, and each border of a parameter at the first operations that have it. What is beyond is left to chance (the phase "fuzzing").
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections import Counter
from collections.abc import Hashable
from typing import Any
from zlib import crc32

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.generation.meta import CoveragePhaseData

BENCH = {
    "id": "urn:ngsi-ld:Bench:1",
    "type": "Bench",
    "seats": {"type": "Property", "value": 3},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1233, 35.6073]}},
}
KNOWN = {
    "entityId": BENCH["id"],
    "attrId": "seats",
    "attrName": "seats",
    "type": "Bench",
    "entityType": "Bench",
}
UPSERT = "/ngsi-ld/v1/entityOperations/upsert"
SOURCES = ("/csourceRegistrations/", "/v2/registrations/")
READS = ("GET", "HEAD", "OPTIONS")
TIMEOUT_S = 120
OPERATIONS = 3
"""At how many operations of a protocol the same border of a parameter of the same name is tried."""
_tried: Counter[Hashable] = Counter()
"""What was let through, by what it tries."""
_moved = ["before the first request"]
"""The requests that may have changed the bench since it was put where it belongs; every other leaves it as it stands."""


@schemathesis.hook
def map_headers(context: Any, headers: Any) -> Any:
    """No Link: a generated address would make the node fetch from the network."""
    return {name: value for name, value in (headers or {}).items() if name.lower() != "link"}


@schemathesis.hook
def filter_case(context: Any, case: schemathesis.Case) -> bool:
    """Whether a request for a border of a schema tries something that few or none before it have tried."""
    border = case.meta.phase.data if case.meta is not None else None
    if not isinstance(border, CoveragePhaseData) or border.parameter_location is None:
        return True
    where, operation = str(border.parameter_location.value), case.operation.label
    if where == "body":
        same = (operation, border.scenario, border.description, border.location)
        # every other border with a second wrong value
        at_most = 1 + crc32(repr(same).encode()) % 2
    else:
        same = (case.path.split("/")[1], where, border.parameter, border.scenario, border.description)
        at_most = OPERATIONS
    kind = (operation, border.scenario, where, border.parameter if where == "body" else "")
    if _tried[same] >= at_most and _tried[kind]:
        return False
    _tried.update((same, kind))
    return True


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Put the bench where it belongs, and let two of three requests name it, or the report."""
    place_bench(case)
    body = None if case.body is NOT_SET else case.body  # which has another repr in each run
    if crc32(repr((case.path_parameters, case.query, body)).encode("utf-8", "replace")) % 3 == 0:
        return
    for name, known in KNOWN.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known
    if "/services/" in case.path and isinstance(case.body, dict) and "id" in case.body:
        case.body["id"] = os.environ["CONTRACT_REPORT"]


def place_bench(case: schemathesis.Case) -> None:
    """Create the bench, or bring it back to what it was, where a request since may have changed it."""
    if not _moved or not case.path.startswith(("/ngsi-ld/", "/v2")):
        return
    request = urllib.request.Request(
        case.operation.base_url.rstrip("/") + UPSERT,
        data=json.dumps([BENCH]).encode(),
        headers={"authorization": os.environ["CONTRACT_RIGHTS"], "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        assert answer.status in (201, 204)
    _moved.clear()


@schemathesis.hook
def after_call(context: Any, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Remember what may have written, and forget a source that was registered.

    The source would be asked for all that follows, and is not there. A request that was refused has changed nothing.
    """
    if case.method.upper() not in READS and response.status_code < 400:
        _moved.append(case.operation.label)
    made = response.headers.get("location", [""])[0]
    if case.method.upper() != "POST" or not any(one in made for one in SOURCES):
        return
    request = urllib.request.Request(
        case.operation.base_url.rstrip("/") + made,
        headers={"authorization": os.environ["CONTRACT_RIGHTS"]},
        method="DELETE",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        assert answer.status == 204
