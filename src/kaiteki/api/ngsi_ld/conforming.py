"""What of the standard a node does, for programs that want to know before they ask (an extension; other brokers have it at the same path)."""

from __future__ import annotations

from typing import Final

from kaiteki.api.exchange import Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON
from kaiteki.api.ngsi_ld.operation import Operation
from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_ld.places import PREFIX
from kaiteki.api.ngsi_ld.task import Task, shown
from kaiteki.model.entity import Json

SPECIFICATION: Final = "ETSI GS CIM 009"
VERSION: Final = "1.9.1"


async def conform(desk: Desk, task: Task) -> Reply:
    """GET /info/conformance."""
    document: Json = {
        "id": f"urn:ngsi-ld:ConformanceInformation:{desk.registry.alias(task.area)}",
        "type": "ConformanceInformation",
        "specification": SPECIFICATION,
        "version": VERSION,
        "operations": [_told(one) for one in OPERATIONS if not one.is_extension],
        "extensions": [_told(one) for one in OPERATIONS if one.is_extension],
    }
    return shown(200, document, JSON)


def _told(operation: Operation) -> Json:
    told: Json = {
        "name": operation.name,
        "method": operation.method,
        "path": f"{PREFIX.rstrip('/')}{operation.path}",
    }
    return told if operation.is_extension else {**told, "clause": operation.clause}
