"""Which resource a path names.

Ids and names are URIs and may hold slashes, and the server hands paths in decoded. An id never holds `/attrs`
(model.representation.values), so what stands behind the first one is the name of an attribute.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kaiteki.api.ngsi_ld.operations import OPERATIONS, Operation

PREFIX: Final = "/ngsi-ld/v1/"
TEMPORAL: Final = "temporal/"
_NAMED: Final = {
    "types": "/types/{type}",
    "attributes": "/attributes/{attrId}",
    "jsonldContexts": "/jsonldContexts/{contextId}",
    "entityMaps": "/entityMaps/{entityMapId}",
    "csourceRegistrations": "/csourceRegistrations/{registrationId}",
    "sourceNotifications": "/sourceNotifications/{token}",
}


class Place(NamedTuple):
    """A resource: the template of its path, the id in it, the name of an attribute or type, the id of a kept state."""

    template: str
    id: str = ""
    name: str = ""
    instance: str = ""


def locate(path: str) -> Place | None:
    """The place of a decoded path, None when there is no such resource."""
    if not path.startswith(PREFIX):
        return None
    if path.startswith(PREFIX + TEMPORAL):
        return _locate_temporal(path[len(PREFIX + TEMPORAL) :])
    head, slash, rest = path[len(PREFIX) :].partition("/")
    if not rest:
        return Place(f"/{head}") if f"/{head}" in ALLOWED else None
    if head == "entities":
        return _locate_entity(rest)
    if head == "entityOperations":
        template = f"/entityOperations/{rest.removesuffix(slash)}"
        return Place(template) if template in ALLOWED else None
    if head == "snapshots":
        clone = rest.endswith("/clone")
        return Place("/snapshots/{snapshotId}" + "/clone" * clone, rest.removesuffix("/clone"))
    if head == "subscriptions":
        return _locate_subscription(rest)
    if head == "csourceSubscriptions":
        behind = "/deadLetters" if rest.endswith("/deadLetters") else ""
        return Place(f"/csourceSubscriptions/{{subscriptionId}}{behind}", rest.removesuffix(behind))
    if f"/{head}/{rest}" in ALLOWED:
        return Place(f"/{head}/{rest}")
    template = _NAMED.get(head)
    return Place(template, rest, rest) if template is not None else None


def _locate_temporal(path: str) -> Place | None:
    """A resource of the temporal evolution. Where the name of an attribute is an address with slashes, what is behind it is the
    id of a state when it is a URN."""
    head, slash, rest = path.partition("/")
    if not rest or head == "entityOperations":
        template = f"/temporal/{path.removesuffix(slash)}" if slash else f"/temporal/{head}"
        return Place(template) if template in ALLOWED else None
    if head != "entities":
        return None
    place = _locate_entity(rest)
    name, between, instance = place.name.rpartition("/")
    if between and name and instance and (instance.startswith("urn:") or "://" not in name):
        place = Place(place.template + "/{instanceId}", place.id, name, instance)
    template = "/temporal" + place.template
    return place._replace(template=template) if template in ALLOWED else None


def _locate_entity(rest: str) -> Place:
    entity_id, between, name = rest.partition("/attrs/")
    if between:
        return Place(
            "/entities/{entityId}/attrs/{attrId}" if name else "/entities/{entityId}/attrs", entity_id, name
        )
    if rest.endswith("/attrs"):
        return Place("/entities/{entityId}/attrs", rest.removesuffix("/attrs"))
    return Place("/entities/{entityId}", rest)


def _locate_subscription(rest: str) -> Place:
    for behind in ("deadLetters", "stream"):
        if rest.endswith(f"/{behind}"):
            return Place(f"/subscriptions/{{subscriptionId}}/{behind}", rest.removesuffix(f"/{behind}"))
    return Place("/subscriptions/{subscriptionId}", rest)


_BY_TEMPLATE: Final[dict[str, dict[str, Operation]]] = {}
for _operation in OPERATIONS:
    _BY_TEMPLATE.setdefault(_operation.path, {})[_operation.method] = _operation

ALLOWED: Final[dict[str, str]] = {
    template: ", ".join(sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())}))
    for template, methods in _BY_TEMPLATE.items()
}
"""The Allow header of every template."""


def operation_at(template: str, method: str) -> Operation | None:
    """The operation of a method at a place; HEAD is a GET whose body stays here."""
    return _BY_TEMPLATE[template].get("GET" if method == "HEAD" else method)


def patchable(template: str) -> str:
    """The media types that PATCH takes at a place, for Accept-Patch; empty where it takes none."""
    operation = _BY_TEMPLATE[template].get("PATCH")
    return ", ".join(operation.body) if operation is not None else ""
