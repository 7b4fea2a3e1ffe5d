"""The doors that the tools go through: the NGSI-LD binding itself, so that permission, limits and refusals are those of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from kaiteki.api.exchange import Ask, Handler
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.entity import Json, is_object
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words

PREFIX: Final = "/ngsi-ld/v1"


class KnownType(msgspec.Struct, frozen=True):
    """What a service says of a type: its words, and by attribute (short name) the words of that."""

    name: str
    words: Words
    service: Words
    labels: Mapping[str, Words]


class City(msgspec.Struct, frozen=True):
    """What the tools know of a node: the areas, the declared types, the desk and the binding of its data plane."""

    areas: Mapping[str, Area]
    types: Sequence[KnownType]
    desk: Desk
    binding: Handler


class _NoBody:
    async def __call__(self) -> bytes:
        return b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in ():
            yield part


TOLD: Final = frozenset(
    {
        *("authorization", "cookie", "kaiteki-purpose", "host", "origin"),
        *("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"),
    }
)
"""Headers that say who asks and for what, and whether a page of another site has a browser ask."""


class Visitor:
    """One who asks by an assistant. `headers` are those of the request to the tools: bearer token or session."""

    def __init__(self, city: City, headers: Mapping[str, str]) -> None:
        self.city = city
        self._headers = {name: value for name, value in headers.items() if name in TOLD}

    def area(self, name: str) -> str:
        """The area of a name, the first one where it is empty. Raises NonexistentTenant."""
        if name and name not in self.city.areas:
            known = ", ".join(self.city.areas)
            raise Problem(
                "NonexistentTenant", f"there is no area {name[:64]!r}; the areas are: {known}", "area"
            )
        return name or self.city.desk.first_area

    async def person(self, area: str) -> Person:
        """Who asks, in an area. Raises Unauthorized."""
        return await self.city.desk.who(self._headers, area)

    async def get(
        self, area: str, path: str, parameters: Mapping[str, str]
    ) -> tuple[Json, Mapping[str, str]]:
        """The document and the headers of a GET below the binding. Raises Problem for what it refuses."""
        query = urlencode(parameters, quote_via=quote)
        headers = {**self._headers, "ngsild-tenant": area, "accept": "application/json"}
        reply = await self.city.binding(Ask("GET", PREFIX + path, query, headers, _NoBody()))
        document: Json = msgspec.json.decode(reply.body) if reply.body else None
        if reply.status >= 400:
            told = document if is_object(document) else {}
            code = str(told.get("type", "")).rsplit("/", 1)[-1]
            raise Problem(
                code or "InternalError", str(told.get("detail") or told.get("title") or reply.status)
            )
        return document, dict(reply.headers)
