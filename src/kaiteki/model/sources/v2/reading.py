"""Registration documents of NGSI v2 read into registrations; every refusal names the member (NGSI v2 specification, registration payload)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, cast

import msgspec

from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.moments import read_moment
from kaiteki.model.ngsi_v2.names import check_name, to_id, to_id_pattern, to_iri
from kaiteki.model.ngsi_v2.places import read_geo
from kaiteki.model.ngsi_v2.q import parse_q
from kaiteki.model.pattern import read_pattern
from kaiteki.model.problem import Problem
from kaiteki.model.representation.values import check_uri
from kaiteki.model.sources.registration import (
    FORWARDING,
    REGISTRATION_TYPE,
    EntityInfo,
    Forwarding,
    Information,
    Registration,
    V2Source,
)

ENTITIES_MAX: Final = 100
ATTRS_MAX: Final = 1_000
DESCRIPTION_LENGTH_MAX: Final = 1024
STATUSES: Final = ("active", "inactive")
REGISTRATION_PREFIX: Final = f"urn:ngsi-ld:{REGISTRATION_TYPE}:"
ANYTHING: Final = ".*"
OPERATIONS: Final[Mapping[Forwarding, tuple[str, ...]]] = {
    "none": (),
    "query": ("retrieveOps",),
    "update": ("updateOps",),
    "all": ("retrieveOps", "updateOps"),
}
"""What NGSI-LD calls the operations of a forwarding mode."""
_ID: Final = re.compile(r"[0-9a-f]{24}", re.ASCII)
_TOLD: Final = frozenset({"id", "forwardingInformation"})
"""What the node says of a registration; documents that were read from it may be sent back."""


class Made(NamedTuple):
    """Where and when a registration is made: its id, service and service path as they came, the scopes that these mean."""

    id: str
    service: str
    path: str
    scopes: tuple[str, ...]
    at: Instant


def to_registration_id(v2_id: str) -> str:
    """The internal id of a registration of v2: below a prefix, where it is none of NGSI-LD."""
    return REGISTRATION_PREFIX + v2_id if _ID.fullmatch(v2_id) else v2_id


def from_registration_id(registration_id: str) -> str:
    """The id that v2 shows: 24 hexadecimal digits, or the URI of a registration that NGSI-LD made."""
    rest = registration_id.removeprefix(REGISTRATION_PREFIX)
    return rest if _ID.fullmatch(rest) else registration_id


def read_registration(document: Json, made: Made) -> Registration:
    """The registration of a whole document. Raises BadRequestData, OperationNotSupported."""
    said = _object(document, "a registration")
    for name in ("dataProvided", "provider"):
        if name not in said:
            raise Problem("BadRequestData", f"no {name} for registration specified", name)
    blank = Registration(
        made.id,
        "",
        (),
        "auxiliary",
        tenant=made.service,
        scopes=made.scopes,
        created_at=made.at,
        v2=V2Source({}, {}, path=made.path),
    )
    return patch_registration(blank, said, made.at)


def patch_registration(before: Registration, document: Json, now: Instant) -> Registration:
    """A registration with the members of a document in the place of its own. Raises BadRequestData, OperationNotSupported."""
    said = _object(document, "a registration")
    if not said:
        raise Problem("BadRequestData", "empty payload", "body")
    after = before
    for name, value in said.items():
        change = _MEMBERS.get(name)
        if change is not None:
            if before.v2 is None and name in ("dataProvided", "provider", "status"):
                raise Problem(
                    "OperationNotSupported",
                    f"NGSI-LD made this registration; its {name} is changed there",
                    name,
                )
            after = change(after, value)
        elif name not in _TOLD:
            raise Problem("BadRequestData", f"a registration has no member {name[:64]}", name[:64])
    return msgspec.structs.replace(after, modified_at=now)


def _object(value: Json, field: str) -> dict[str, Json]:
    if not is_object(value):
        raise Problem("BadRequestData", f"{field} is a JSON object", field)
    return value


def _only(said: Mapping[str, Json], known: tuple[str, ...], field: str) -> None:
    for name in said:
        if name not in known:
            raise Problem("BadRequestData", f"{field} has no member {name[:64]}", f"{field}.{name[:64]}")


def _with(one: Registration, words: Mapping[str, Any], **fields: Any) -> Registration:
    """A registration with other words of v2, and what these mean."""
    v2 = msgspec.structs.replace(one.v2, **words) if one.v2 is not None else None
    return msgspec.structs.replace(one, v2=v2, **fields)


def _describe(one: Registration, value: Json) -> Registration:
    if not isinstance(value, str) or len(value) > DESCRIPTION_LENGTH_MAX:
        raise Problem(
            "BadRequestData",
            f"max description length exceeded, or no text (max length is {DESCRIPTION_LENGTH_MAX})",
            "description",
        )
    return msgspec.structs.replace(one, description=value)


def _expire(one: Registration, value: Json) -> Registration:
    moment = read_moment(value)
    if moment is None and value not in ("", None):
        raise Problem("BadRequestData", "expires has an invalid format", "expires")
    return msgspec.structs.replace(one, expires_at=moment)


def _switch(one: Registration, value: Json) -> Registration:
    if value not in STATUSES:
        raise Problem("BadRequestData", f"status is one of {', '.join(STATUSES)}", "status")
    return _with(one, {"is_active": value == "active"})


def _provide(one: Registration, value: Json) -> Registration:
    said = _object(value, "dataProvided")
    _only(said, ("entities", "attrs", "expression"), "dataProvided")
    items: Json = said.get("entities")
    if not is_array(items) or not items or len(items) > ENTITIES_MAX:
        raise Problem(
            "BadRequestData",
            f"dataProvided has entities, an array of 1 to {ENTITIES_MAX}",
            "dataProvided.entities",
        )
    entities = tuple(_entity(item, f"dataProvided.entities[{number}]") for number, item in enumerate(items))
    attrs: Json = said.get("attrs", [])
    if not is_array(attrs) or len(attrs) > ATTRS_MAX:
        raise Problem("BadRequestData", f"attrs is an array of up to {ATTRS_MAX} texts", "dataProvided.attrs")
    names = dict.fromkeys(to_iri(check_name(name, "dataProvided.attrs")) for name in attrs)
    _check_expression(said.get("expression", {}))
    return _with(one, {"data_provided": said}, information=(Information(entities, tuple(names)),))


def _entity(value: Json, field: str) -> EntityInfo:
    item = _object(value, field)
    _only(item, ("id", "idPattern", "type", "typePattern"), field)
    for name, pattern in (("id", "idPattern"), ("type", "typePattern")):
        if name in item and pattern in item:
            raise Problem("BadRequestData", f"{field} has {name} or {pattern}, not both", field)
    if "id" not in item and "idPattern" not in item:
        raise Problem("BadRequestData", f"{field} has an id or an idPattern", field)
    id_pattern = _pattern(item, "idPattern", field)
    made = to_id_pattern(id_pattern) if id_pattern else None
    if made is not None:
        read_pattern(made, f"{field}.idPattern")
    return EntityInfo(
        (to_iri(check_name(item["type"], f"{field}.type")),) if "type" in item else (),
        to_id(check_name(item["id"], f"{field}.id")) if "id" in item else "",
        made,
        _pattern(item, "typePattern", field),
    )


def _pattern(item: Mapping[str, Json], name: str, field: str) -> str:
    """An expression that is checked, empty where it is left out or means anything."""
    told = item.get(name, ANYTHING)
    if not isinstance(told, str) or not told:
        raise Problem("BadRequestData", f"{field}.{name} is an expression", f"{field}.{name}")
    if told == ANYTHING:
        return ""
    read_pattern(told, f"{field}.{name}")
    return told


def _check_expression(value: Json) -> None:
    """Refuse an expression that says nothing; what it says is kept and shown, as Orion does."""
    where = "dataProvided.expression"
    said = _object(value, where)
    _only(said, ("q", "mq", "georel", "geometry", "coords"), where)
    if any(not isinstance(text, str) for text in said.values()):
        raise Problem("BadRequestData", "expression is an object of texts", where)
    texts = cast("dict[str, str]", said)
    for name in ("q", "mq"):
        if texts.get(name):
            parse_q(texts[name], name)
    georel, geometry, coords = (texts.get(name, "") for name in ("georel", "geometry", "coords"))
    if georel or geometry or coords:
        if not (georel and geometry and coords):
            raise Problem("BadRequestData", "georel, geometry and coords go together", where)
        read_geo(georel, geometry, coords, to_iri("location"))


def _be_reached(one: Registration, value: Json) -> Registration:
    said = _object(value, "provider")
    _only(said, ("http", "supportedForwardingMode", "legacyForwarding"), "provider")
    http = _object(said.get("http"), "provider.http")
    _only(http, ("url",), "provider.http")
    url = check_uri(http.get("url"), "provider.http.url")
    if not url.lower().startswith(("http://", "https://")):
        raise Problem("BadRequestData", "provider.http.url is a http or https address", "provider.http.url")
    mode: Json = said.get("supportedForwardingMode", "all")
    if mode not in FORWARDING:
        raise Problem(
            "BadRequestData",
            f"supportedForwardingMode is one of {', '.join(FORWARDING)}",
            "provider.supportedForwardingMode",
        )
    legacy: Json = said.get("legacyForwarding", False)
    if not isinstance(legacy, bool):
        raise Problem("BadRequestData", "legacyForwarding is true or false", "provider.legacyForwarding")
    if legacy:
        raise Problem(
            "OperationNotSupported",
            "sources are asked in NGSI v2 or NGSI-LD, not in NGSI v1",
            "provider.legacyForwarding",
        )
    return _with(one, {"provider": said, "forwarding": mode}, endpoint=url, operations=OPERATIONS[mode])


_MEMBERS: Final[Mapping[str, Callable[[Registration, Json], Registration]]] = {
    "description": _describe,
    "expires": _expire,
    "status": _switch,
    "dataProvided": _provide,
    "provider": _be_reached,
}
