"""One request of the NGSI-LD binding, routed: which operation, where, by whom, with which parameters and body."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.api.documents import read_json
from kaiteki.api.exchange import Ask, Headers, Reply
from kaiteki.api.ngsi_ld.negotiation import LD_JSON, body_type, context_link
from kaiteki.api.ngsi_ld.operations import Operation
from kaiteki.api.ngsi_ld.places import Place
from kaiteki.model.access import Person
from kaiteki.model.entity import Json, is_array, is_object
from kaiteki.model.problem import Problem

OPEN_TO_ALL: Final = ("access-control-allow-origin", "*")
"""Answers may be read by pages of other origins: they never depend on cookies that such a page could make a browser send."""
EXPOSED: Final = (
    "access-control-expose-headers",
    "Link, Location, ETag, Allow, Accept-Patch, Content-Range, Preference-Applied, NGSILD-EntityMap, NGSILD-Results-Count, "
    "NGSILD-Snapshot, NGSILD-Tenant, NGSILD-Warning, RateLimit, RateLimit-Policy, Retry-After",
)


class Task(msgspec.Struct, frozen=True):
    """A request whose operation is known and whose parameters are all known to the operation."""

    ask: Ask
    operation: Operation
    place: Place
    area: str
    person: Person
    parameters: dict[str, str]

    @property
    def link(self) -> str | None:
        """The address of the @context that the Link header names."""
        return context_link(self.ask.header("link"))

    async def json(self) -> Json:
        """The body as it is."""
        return (await self._read())[1]

    async def _read(self) -> tuple[str, Json]:
        """The media type of the body and the document in it."""
        if self.ask.header("content-length") == "0":
            raise _no_body()
        media = body_type(self.ask.header("content-type"), self.operation.body)
        encoding = self.ask.header("content-encoding")
        if encoding is not None and encoding.strip().lower() != "identity":
            raise Problem("UnsupportedMediaType", "bodies are read uncompressed", "Content-Encoding")
        body = await self.ask.body()
        if not body:
            raise _no_body()
        return media, read_json(body)

    async def document(self) -> tuple[Json, Json]:
        """The body and the @context that it is to be read with (an address, a value, or None for the core one).

        Clause 6.3.5: application/ld+json brings its @context in the body and no link; the others bring at most a link.
        """
        media, document = await self._read()
        if media != LD_JSON:
            if _has_context(document):
                raise Problem(
                    "BadRequestData", f"a body of {media} has no @context; use {LD_JSON}", "@context"
                )
            return document, self.link
        if self.link is not None:
            raise Problem("BadRequestData", f"a body of {LD_JSON} goes with no @context link", "Link")
        if not is_object(document):
            return document, None
        if "@context" not in document:
            raise Problem("BadRequestData", f"a body of {LD_JSON} has a @context", "@context")
        return document, document["@context"]


def _no_body() -> Problem:
    """Clause 6.3.4."""
    return Problem("LengthRequired", "this needs a body with a length", "body")


def _has_context(document: Json) -> bool:
    if is_array(document):
        return any(_has_context(item) for item in document if is_object(item))
    return is_object(document) and "@context" in document


def done(status: int = 204, headers: Headers | None = None) -> Reply:
    """An answer without body."""
    return Reply(status, [OPEN_TO_ALL, EXPOSED, *(headers or [])])


def shown(status: int, document: Json, media_type: str, headers: Headers | None = None) -> Reply:
    """An answer with a JSON document."""
    return Reply(
        status,
        [("content-type", media_type), OPEN_TO_ALL, EXPOSED, *(headers or [])],
        msgspec.json.encode(document),
    )
