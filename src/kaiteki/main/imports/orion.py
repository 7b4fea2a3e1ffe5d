"""Entities of an Orion, or of a file in the form of NGSI v2, brought in as NGSI-LD entities (decision 16)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec

from kaiteki.main.imports.lines import Document, Numbered, bring_documents
from kaiteki.main.imports.runner import Outcome, Screen
from kaiteki.main.imports.targets import NoTarget, Target
from kaiteki.model.entity import VALUE_MEMBER, Json, is_array, is_object
from kaiteki.model.instant import Instant
from kaiteki.model.ngsi_v2.applying import created
from kaiteki.model.ngsi_v2.reading import read_entity
from kaiteki.model.problem import Problem
from kaiteki.model.representation.rendering import render
from kaiteki.model.representation.values import is_name
from kaiteki.model.terms.compiling import core_context
from kaiteki.services.opendata.reading.source import Issue

FORM: Final = "ngsi-v2"
"""The word of `--as`."""
FILE_BYTES_MAX: Final = 500_000_000
PAGE_ENTITIES: Final = 500
PAGES_MAX: Final = 20_000
REQUEST_TIMEOUT_S: Final = 60
_ENTITIES: Final = {"attrs": "*,servicePath,dateExpires", "orderBy": "dateCreated"}
_VALUES: Final = frozenset(VALUE_MEMBER.values())
_SCHEMES: Final = ("http:/", "https:/")


class Origin(msgspec.Struct, frozen=True):
    """What of an Orion is meant: its service and service path; `token` is sent as X-Auth-Token."""

    service: str = ""
    path: str = ""
    token: str = ""


def origin(service: str, path: str) -> Origin:
    """The origin of a command line; the token stands in KAITEKI_ORION_TOKEN."""
    return Origin(service, path, os.environ.get("KAITEKI_ORION_TOKEN", ""))


def is_address(path: Path) -> bool:
    """Whether a path of the command line is the address of a broker."""
    return str(path).startswith(_SCHEMES)


def address_of(path: Path) -> str:
    """The address that a path of the command line is; a path has lost one of two slashes."""
    scheme, _, rest = str(path).partition(":/")
    return f"{scheme}://{rest.lstrip('/').rstrip('/')}"


def is_subscription(document: Json) -> bool:
    """Whether an item of a file is a subscription and no entity."""
    return is_object(document) and {"subject", "notification"} <= document.keys() and "type" not in document


async def bring_v2(path: Path, where: Origin, target: Target, screen: Screen) -> Outcome:
    """Bring in all entities of a file or of a broker. Raises NoTarget where the broker cannot be read."""
    if not is_address(path):
        return await bring_documents((str(path), path.name), _once(_of_file(path)), target, screen)
    url = address_of(path)
    return await bring_documents((url, url), _of_broker(url, where), target, screen)


async def _once(documents: Iterator[Numbered]) -> AsyncIterator[Numbered]:
    for one in documents:
        yield one


def _of_file(path: Path) -> Iterator[Numbered]:
    if path.stat().st_size > FILE_BYTES_MAX:
        yield 0, Issue("feature_too_large", 0, level="refused")
        return
    try:
        told: Json = msgspec.json.decode(path.read_bytes())
    except msgspec.DecodeError as broken:
        yield 0, Issue("broken_json", 0, value=str(broken), level="refused")
        return
    items: list[Json] = told if is_array(told) else [told]
    for number, one in enumerate(items, start=1):
        if not is_subscription(one):
            yield number, read_document(one, number)


async def _of_broker(url: str, where: Origin) -> AsyncIterator[Numbered]:
    """All entities of a broker, a page at a time, in the order in which they were made."""
    number = 0
    async with broker_session(where) as session:
        for page in range(PAGES_MAX):
            items = await read_page(session, f"{url}/v2/entities", page * PAGE_ENTITIES, _ENTITIES)
            for one in items:
                number += 1
                yield number, read_document(one, number)
            if len(items) < PAGE_ENTITIES:
                return


def broker_session(where: Origin) -> aiohttp.ClientSession:
    """A client that asks for one service and service path of a broker."""
    told = {"Fiware-Service": where.service, "Fiware-ServicePath": where.path, "X-Auth-Token": where.token}
    headers = {"Accept": "application/json", **{name: value for name, value in told.items() if value}}
    return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S))


async def read_page(
    session: aiohttp.ClientSession, url: str, offset: int, also: Mapping[str, str]
) -> Sequence[Json]:
    """One page of a list of NGSI v2. Raises NoTarget."""
    asked: Mapping[str, Any] = {"limit": str(PAGE_ENTITIES), "offset": str(offset), **also}
    try:
        async with session.get(url, params=asked) as answer:
            status, content = answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NoTarget(f"No broker answers at {url} ({error or type(error).__name__}).") from error
    try:
        told: Json = msgspec.json.decode(content)
    except msgspec.DecodeError:
        told = None
    if status != 200 or not is_array(told):
        why = told.get("description") if is_object(told) else None
        raise NoTarget(f"The answer of {url} was {status}: {why or 'this is no list of NGSI v2'}.")
    return told


def read_document(document: Json, number: int) -> Document | Issue:
    """An entity of NGSI v2 as a normalized NGSI-LD entity, or why it is none."""
    if not is_object(document) or "id" not in document:
        return Issue("no_entity", number, level="refused")
    members = dict(document)
    scopes = _scopes(members.pop("servicePath", None))
    try:
        said = read_entity(members, not _is_normalized(members))
        entity = created(said, scopes, Instant(0))
    except Problem as problem:
        return Issue("no_entity", number, value=problem.detail, level="refused")
    return _nameable(render(entity, core_context()))


def _is_normalized(members: Mapping[str, Json]) -> bool:
    """Whether attributes are written out; keyValues are read as well."""
    attributes = [value for name, value in members.items() if name not in ("id", "type")]
    return all(is_object(one) and one.keys() <= {"type", "value", "metadata"} for one in attributes)


def _scopes(told: Json) -> tuple[str, ...]:
    path: Json = told.get("value") if is_object(told) else told
    return (path,) if isinstance(path, str) and path.startswith("/") and len(path) > 1 else ()


def _nameable(document: dict[str, Json], depth: int = 0) -> dict[str, Json]:
    """The document with those names of types, attributes and their parts as IRIs that NGSI-LD could not write short."""
    named: dict[str, Json] = {}
    for name, value in document.items():
        if depth == 0 and name == "type":
            named[name] = _name(value)
        elif name in _VALUES or not is_object(value):
            named[name] = value
        else:
            named[_name(name)] = _nameable(value, depth + 1)
    return named


def _name(name: str) -> str:
    return name if is_name(name) else core_context().expand(name)
