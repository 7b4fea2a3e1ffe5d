"""Registration documents read into registrations; every refusal names the member (ETSI GS CIM 009 V1.9.1 clauses 5.2.8 to 5.2.11, 5.2.34)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

import msgspec

from kaiteki.model.entity import Instance, Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.pattern import read_pattern
from kaiteki.model.periods import parse_periods
from kaiteki.model.place import check_geometry
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.representation.patch import NULL
from kaiteki.model.representation.values import check_id, check_uri, is_name
from kaiteki.model.sources.operations import AUXILIARY, GROUPS, OPERATIONS
from kaiteki.model.sources.registration import (
    MODES,
    REGISTRATION_TYPE,
    EntityInfo,
    Information,
    Management,
    Pairs,
    Registration,
    Stretch,
)
from kaiteki.model.terms.context import Context
from kaiteki.model.watch.members import (
    Member,
    read_datasets,
    read_flag,
    read_moment,
    read_names,
    read_number,
    read_object,
    read_text,
    read_texts,
    read_uri,
    read_words,
)

INFORMATION_MAX: Final = 100
ENTITIES_MAX: Final = 100
TYPES_MAX: Final = 50
PAIRS_MAX: Final = 50
SCOPES_MAX: Final = 50
PROPERTIES_MAX: Final = 50
TIMEOUT_MAX_MS: Final = 60_000.0
COOLDOWN_MAX_MS: Final = 86_400_000.0
PLACES: Final = ("location", "observationSpace", "operationSpace")
"""Members that say where the entities of a source are (clause 4.7)."""
LIKENESS: Final = 0.85
"""How like a known member a name must be to be taken for a slip of the pen."""
_HEADER: Final = re.compile(r"[\w!#$&+.^`|~-]{1,100}", re.ASCII)
_SCOPE: Final = re.compile(r"/?[^\s/#+]+(/[^\s/#+]+)*/?")
_TOLD: Final = frozenset(
    {
        "type",
        "@type",
        "@context",
        "status",
        "timesSent",
        "timesFailed",
        "lastSuccess",
        "lastFailure",
        "createdAt",
        "modifiedAt",
        "ngsiV2",
    }
)
"""What the node says of a registration; documents that were read from it may be sent back."""


SAID_BY_V2: Final = ("endpoint", "information", "mode", "operations", "scope", *PLACES)
"""Members of a registration that only NGSI v2 changes where it made it; of times and instances it has no words at all."""


def parse_registration(document: Json, context: Context, registration_id: str, now: Instant) -> Registration:
    """The registration of a whole document; `registration_id` is taken where it brings none. Raises BadRequestData."""
    if not is_object(document):
        raise Problem("BadRequestData", "a registration is a JSON object", "body")
    _check_type(document, needed=True)
    fields = _fields(document, context, now)
    for name, field in (("endpoint", "endpoint"), ("information", "information")):
        if field not in fields:
            raise Problem("BadRequestData", f"a registration has a member {name}", name)
    members: dict[str, Any] = {"id": registration_id, **fields}
    return _checked(Registration(**members, created_at=now, modified_at=now), now)


def patch_registration(before: Registration, document: Json, context: Context, now: Instant) -> Registration:
    """A registration with the members of a fragment put in the place of its own, or removed by null (clauses 5.9.3, 5.5.8)."""
    if not is_object(document):
        raise Problem("BadRequestData", "a fragment of a registration is a JSON object", "body")
    _check_type(document, needed=False)
    for name in (*SAID_BY_V2, "observationInterval", "managementInterval", "datasetId"):
        if before.v2 is not None and name in document:
            raise Problem(
                "OperationNotSupported", f"NGSI v2 made this registration; its {name} is said there", name
            )
    gone = {name for name, value in document.items() if value is None or value == NULL}
    fields = _fields({name: value for name, value in document.items() if name not in gone}, context, now)
    if fields.pop("id", before.id) != before.id:
        raise Problem("BadRequestData", "a registration keeps its id", "id")
    properties = {**before.properties, **fields.pop("properties", {})}
    places = {**before.places, **fields.pop("places", {})}
    for name in gone - _TOLD:
        if name in ("id", "endpoint", "information"):
            raise Problem("BadRequestData", f"{name} cannot be removed from a registration", name)
        if name in PLACES:
            places.pop(name, None)
        elif name in MEMBERS:
            fields[MEMBERS[name].field] = _DEFAULTS[MEMBERS[name].field]
        else:
            properties.pop(context.expand(name), None)
    after = msgspec.structs.replace(before, **fields, properties=properties, places=places, modified_at=now)
    return _checked(after, now if "expires_at" in fields else None)


def _check_type(document: Mapping[str, Json], needed: bool) -> None:
    told = document.get("type", document.get("@type"))
    if told != REGISTRATION_TYPE and (needed or told is not None):
        raise Problem("BadRequestData", f"the type of a registration is {REGISTRATION_TYPE}", "type")


def _checked(one: Registration, now: Instant | None) -> Registration:
    """The registration, if its members go together (clauses 4.3.6.2, 4.3.6.3, 5.9.2.4); `now` where the expiry is new."""
    if now is not None and one.is_over(now):
        raise Problem("BadRequestData", "expiresAt lies in the future", "expiresAt")
    if one.v2 is None and one.mode == "auxiliary" and not AUXILIARY.issuperset(one.operations):
        raise Problem("BadRequestData", "an auxiliary source is only read", "operations")
    if one.mode == "exclusive":
        for index, part in enumerate(one.information):
            where = f"information[{index}]"
            if not part.entities or not all(entity.id for entity in part.entities):
                raise Problem(
                    "BadRequestData", "an exclusive source names entities by id", f"{where}.entities"
                )
            if not part.attributes:
                raise Problem(
                    "BadRequestData", "an exclusive source names attributes", f"{where}.propertyNames"
                )
    return one


def _fields(document: Mapping[str, Json], context: Context, now: Instant) -> dict[str, Any]:
    """The fields of the members of a document. What only the node writes is passed over."""
    fields: dict[str, Any] = {}
    others: dict[str, Json] = {}
    for name, value in document.items():
        if name in _TOLD:
            continue
        member = MEMBERS.get(name)
        if name in PLACES:
            check_geometry(value, name)
            fields.setdefault("places", {})[name] = value
        elif member is not None:
            fields[member.field] = member.read(value, name, context)
        else:
            others[name] = value
    if others:
        fields["properties"] = _properties(others, context, now)
    return fields


def _properties(
    others: Mapping[str, Json], context: Context, now: Instant
) -> dict[str, tuple[Instance, ...]]:
    """Members that csf may ask for (clause 5.2.9). A name that looks like a known one is refused."""
    for name in others:
        meant = get_close_matches(name, (*MEMBERS, *PLACES), 1, LIKENESS)
        if meant:
            raise Problem("BadRequestData", f"{name[:64]} is no member; {meant[0]} is one", name[:64])
    if len(others) > PROPERTIES_MAX:
        raise Problem("BadRequestData", f"a registration has up to {PROPERTIES_MAX} further members", "body")
    document = {"id": "urn:ngsi-ld:null:0", "type": REGISTRATION_TYPE, **others}
    return new_entity(parse_entity(document, context, "whole", "simplified"), now).attributes


def _texts(value: Json, field: str, most: int) -> list[str]:
    """A text, or an array of texts."""
    items = [value] if isinstance(value, str) and value else read_texts(value, field)
    if len(items) > most:
        raise Problem("BadRequestData", f"{field} has up to {most} items", field)
    return items


def _items(value: Json, field: str, most: int) -> list[Json]:
    items: list[Json] = value if is_array(value) else []
    if not items or len(items) > most:
        raise Problem("BadRequestData", f"{field} is an array of 1 to {most} objects", field)
    return items


def _part(value: Json, field: str, known: Mapping[str, Member], context: Context) -> dict[str, Any]:
    """The fields of an object inside of a registration; unknown members are refused."""
    fields: dict[str, Any] = {}
    for name, told in read_object(value, field).items():
        member = known.get(name)
        if member is None:
            raise Problem("BadRequestData", f"{field} has no member {name[:64]}", f"{field}.{name[:64]}")
        fields[member.field] = member.read(told, f"{field}.{name}", context)
    return fields


def _information(value: Json, field: str, context: Context) -> tuple[Information, ...]:
    parts = [
        Information(**_part(one, f"{field}[{index}]", INFORMATION, context))
        for index, one in enumerate(_items(value, field, INFORMATION_MAX))
    ]
    for index, part in enumerate(parts):
        if not part.entities and not part.attributes:
            raise Problem("BadRequestData", "say entities or names of attributes", f"{field}[{index}]")
    return tuple(parts)


def _entities(value: Json, field: str, context: Context) -> tuple[EntityInfo, ...]:
    found: list[EntityInfo] = []
    for index, one in enumerate(_items(value, field, ENTITIES_MAX)):
        fields = _part(one, f"{field}[{index}]", ENTITY, context)
        if "types" not in fields:
            raise Problem("BadRequestData", "entities have a type", f"{field}[{index}].type")
        found.append(EntityInfo(**fields))
    return tuple(found)


def _types(value: Json, field: str, context: Context) -> tuple[str, ...]:
    names = _texts(value, field, TYPES_MAX)
    for name in names:
        if not is_name(name):
            raise Problem("BadRequestData", f"{name[:64]!r} is no name of a type", field)
    return tuple(dict.fromkeys(context.expand(name) for name in names))


def _id(value: Json, field: str, context: Context) -> str:
    return check_id(value, field)


def _id_pattern(value: Json, field: str, context: Context) -> str:
    text = read_text(value, field, context)
    read_pattern(text, field)
    return text


def _endpoint(value: Json, field: str, context: Context) -> str:
    uri = check_uri(value, field)
    if not uri.lower().startswith(("http://", "https://")):
        raise Problem("BadRequestData", f"{field} is a http or https address", field)
    return uri


def _plain(value: Json, field: str, context: Context) -> str:
    """A text that can stand in a header."""
    text = read_words(value, field, context)
    if not all(" " < sign <= "~" for sign in text):
        raise Problem("BadRequestData", f"{field} is written in letters, digits and signs of ASCII", field)
    return text


def _mode(value: Json, field: str, context: Context) -> str:
    if value not in MODES:
        raise Problem("BadRequestData", f"{field} is one of {', '.join(MODES)}", field)
    return str(value)


def _operations(value: Json, field: str, context: Context) -> tuple[str, ...]:
    names = _texts(value, field, len(OPERATIONS))
    for name in names:
        if name not in OPERATIONS and name not in GROUPS:
            raise Problem(
                "BadRequestData", f"{name[:64]!r} is no operation and no group of operations", field
            )
    return tuple(dict.fromkeys(names))


def read_pairs(value: Json, field: str, context: Context) -> Pairs:
    """KeyValuePairs that can stand in headers (clause 5.2.22). Raises BadRequestData."""
    pairs: list[tuple[str, str]] = []
    for index, item in enumerate(_items(value, field, PAIRS_MAX)):
        where = f"{field}[{index}]"
        pair = read_object(item, where)
        if pair.keys() != {"key", "value"}:
            raise Problem("BadRequestData", f"{where} has a key and a value", where)
        key, text = (read_words(pair[name], f"{where}.{name}", context) for name in ("key", "value"))
        if not _HEADER.fullmatch(key) or not all(" " <= sign <= "~" for sign in text):
            raise Problem("BadRequestData", f"{where} is nothing that a request can carry", where)
        pairs.append((key, text))
    return tuple(pairs)


def _scopes(value: Json, field: str, context: Context) -> tuple[str, ...]:
    scopes = _texts(value, field, SCOPES_MAX)
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise Problem("BadRequestData", f"{scope[:64]!r} is no scope", field)
    return tuple(dict.fromkeys("/" + scope.strip("/") for scope in scopes))


def _stretch(value: Json, field: str, context: Context) -> Stretch:
    fields = _part(value, field, STRETCH, context)
    if "start" not in fields:
        raise Problem("BadRequestData", "a time interval has a start", f"{field}.startAt")
    found = Stretch(**fields)
    if found.end is not None and found.end < found.start:
        raise Problem("BadRequestData", "a time interval does not end before it starts", f"{field}.endAt")
    return found


def _duration(value: Json, field: str, context: Context) -> str:
    text = read_text(value, field, context)
    parse_periods(text, field)
    return text


def _management(value: Json, field: str, context: Context) -> Management:
    return Management(**_part(value, field, MANAGEMENT, context))


def _timeout(value: Json, field: str, context: Context) -> float:
    return read_number(value, field, 1, TIMEOUT_MAX_MS, "milliseconds")


def _cooldown(value: Json, field: str, context: Context) -> float:
    return read_number(value, field, 1, COOLDOWN_MAX_MS, "milliseconds")


ENTITY: Final[Mapping[str, Member]] = {
    "id": Member("id", _id),
    "idPattern": Member("id_pattern", _id_pattern),
    "type": Member("types", _types),
}
INFORMATION: Final[Mapping[str, Member]] = {
    "entities": Member("entities", _entities),
    "propertyNames": Member("properties", read_names),
    "relationshipNames": Member("relationships", read_names),
}
STRETCH: Final[Mapping[str, Member]] = {
    "startAt": Member("start", read_moment),
    "endAt": Member("end", read_moment),
}
MANAGEMENT: Final[Mapping[str, Member]] = {
    "localOnly": Member("local_only", read_flag),
    "cacheDuration": Member("cache_duration", _duration),
    "timeout": Member("timeout_ms", _timeout),
    "cooldown": Member("cooldown_ms", _cooldown),
}
MEMBERS: Final[Mapping[str, Member]] = {
    "id": Member("id", read_uri),
    "registrationName": Member("name", read_words),
    "description": Member("description", read_words),
    "information": Member("information", _information),
    "tenant": Member("tenant", _plain),
    "observationInterval": Member("observed", _stretch),
    "managementInterval": Member("managed", _stretch),
    "expiresAt": Member("expires_at", read_moment),
    "endpoint": Member("endpoint", _endpoint),
    "contextSourceInfo": Member("source_info", read_pairs),
    "contextSourceAlias": Member("alias", _plain),
    "scope": Member("scopes", _scopes),
    "mode": Member("said_mode", _mode),
    "operations": Member("operations", _operations),
    "refreshRate": Member("refresh_rate", _duration),
    "management": Member("management", _management),
    "datasetId": Member("dataset_ids", read_datasets),
}
"""The members of a registration that a client writes (clause 5.2.9)."""
_DEFAULTS: Final = {one.name: one.default for one in msgspec.structs.fields(Registration) if not one.required}
