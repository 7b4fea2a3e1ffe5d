"""Hooks of schemathesis: requests that reach what stands in the city, and a bench that stands before each of them."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any
from zlib import crc32

import schemathesis

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
TIMEOUT_S = 30


@schemathesis.hook
def map_headers(context: Any, headers: Any) -> Any:
    """No Link: a generated address would make the node fetch from the network."""
    return {name: value for name, value in (headers or {}).items() if name.lower() != "link"}


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Put the bench where it belongs, and let two of three requests name it, or the report."""
    place_bench(case)
    if crc32(repr((case.path_parameters, case.query, case.body)).encode("utf-8", "replace")) % 3 == 0:
        return
    for name, known in KNOWN.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = known
    if "/services/" in case.path and isinstance(case.body, dict) and "id" in case.body:
        case.body["id"] = os.environ["CONTRACT_REPORT"]


def place_bench(case: schemathesis.Case) -> None:
    """Create the bench, or bring it back to what it was."""
    if not case.path.startswith(("/ngsi-ld/", "/v2")):
        return
    request = urllib.request.Request(
        case.operation.base_url.rstrip("/") + UPSERT,
        data=json.dumps([BENCH]).encode(),
        headers={"authorization": os.environ["CONTRACT_RIGHTS"], "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        assert answer.status in (201, 204)


@schemathesis.hook
def after_call(context: Any, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Forget a source that a generated request registered: it would be asked for all that follows, and is not there."""
    made = response.headers.get("location", [""])[0]
    if case.method.upper() != "POST" or "/csourceRegistrations/" not in made:
        return
    request = urllib.request.Request(
        case.operation.base_url.rstrip("/") + made,
        headers={"authorization": os.environ["CONTRACT_RIGHTS"]},
        method="DELETE",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
        assert answer.status == 204
