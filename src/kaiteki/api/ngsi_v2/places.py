"""Which resource a path below /v2 names. Ids and names of NGSI-LD may hold slashes; `/attrs` ends an id."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kaiteki.api.ngsi_v2.operations import OPERATIONS, Operation

PREFIX: Final = "/v2"
_ENTITY: Final = re.compile(r"(.+?)(?:(/attrs)(?:/(.+?)(/value)?)?)?", re.DOTALL)


class Place(NamedTuple):
    """A resource: the template of its path, the id in it, the name of an attribute or type in it."""

    template: str
    id: str = ""
    name: str = ""


def locate(path: str) -> Place | None:
    """The place of a decoded path (with or without a slash at its end), None when there is no such resource."""
    rest = path.removeprefix(PREFIX).removesuffix("/")
    if rest.startswith("/entities/"):
        return _locate_entity(rest.removeprefix("/entities/"))
    if rest.startswith("/types/"):
        return Place("/types/{entityType}", name=rest.removeprefix("/types/"))
    if rest.startswith("/subscriptions/"):
        return Place("/subscriptions/{subscriptionId}", rest.removeprefix("/subscriptions/"))
    if rest.startswith("/registrations/"):
        return Place("/registrations/{registrationId}", rest.removeprefix("/registrations/"))
    return Place(rest) if rest in ALLOWED else None


def _locate_entity(rest: str) -> Place | None:
    found = _ENTITY.fullmatch(rest)
    if found is None:
        return None
    entity_id, attrs, name, value = found.groups()
    tail = "/{attrName}" if name else ""
    return Place(f"/entities/{{entityId}}{attrs or ''}{tail}{value or ''}", entity_id, name or "")


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
