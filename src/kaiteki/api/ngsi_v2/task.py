"""One request of the NGSI v2 face, routed: which operation, where, by whom, with which parameters and body."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.api.documents import read_json
from kaiteki.api.exchange import Ask, Headers, Reply
from kaiteki.api.ngsi_ld.desk import Desk
from kaiteki.api.ngsi_ld.negotiation import JSON, body_type, choose_shape
from kaiteki.api.ngsi_v2.operations import Operation
from kaiteki.api.ngsi_v2.paths import ServicePath
from kaiteki.api.ngsi_v2.places import Place
from kaiteki.broker import subscriptions
from kaiteki.broker.ngsi_v2 import Place as Whereabouts
from kaiteki.broker.plane import Call
from kaiteki.broker.subscriptions import Holder
from kaiteki.model.access import Person
from kaiteki.model.entity import Json
from kaiteki.model.ngsi_v2.names import check_name, to_id, to_iri
from kaiteki.model.problem import Problem
from kaiteki.ports.entities import By

OPEN_TO_ALL: Final = ("access-control-allow-origin", "*")
EXPOSED: Final = (
    "access-control-expose-headers",
    "Allow, Fiware-Correlator, Fiware-Total-Count, Location, RateLimit, RateLimit-Policy, Retry-After",
)


class Task(msgspec.Struct, frozen=True):
    """A request whose operation is known."""

    ask: Ask
    operation: Operation
    place: Place
    area: str
    path: ServicePath
    person: Person
    parameters: dict[str, str]

    @property
    def options(self) -> frozenset[str]:
        """The words of `options`. Refuses those that the operation does not know."""
        words = [one for one in self.parameters.get("options", "").split(",") if one]
        unknown = [one for one in words if one not in self.operation.options]
        if unknown:
            raise Problem("BadRequestData", f"Invalid value for URI param /options/: {unknown[0]}", "options")
        return frozenset(words)

    @property
    def entity_id(self) -> str:
        """The internal id of the entity that the path names."""
        return to_id(check_name(self.place.id, "entity id"))

    @property
    def attribute(self) -> str:
        """The v2 name of the attribute that the path names."""
        return check_name(self.place.name, "attribute name")

    @property
    def type_iri(self) -> str | None:
        """The type that the entity of the path must have, None for any."""
        told = self.parameters.get("type")
        return to_iri(check_name(told, "entity type")) if told else None

    @property
    def whereabouts(self) -> Whereabouts:
        """Where entities are written. Refuses more than one path."""
        return self.path.for_writing()

    def call(self, desk: Desk) -> Call:
        """In whose name and in which area a use case runs."""
        by = By(
            actor=self.person.account_id or "anonymous",
            action=f"ngsi-v2.{self.operation.name}",
            office=",".join(sorted(self.person.offices)),
        )
        return Call(area=self.area, by=by, may=desk.trust.writing(self.person, self.area))

    async def body(self) -> tuple[str, bytes]:
        """Media type and bytes of the body. Refuses with LengthRequired, UnsupportedMediaType, PayloadTooLarge."""
        told = self.ask.header("content-type")
        encoding = self.ask.header("content-encoding")
        if encoding is not None and encoding.strip().lower() != "identity":
            raise Problem("UnsupportedMediaType", "bodies are read uncompressed", "Content-Encoding")
        if not told and self.ask.header("content-length") in (None, "0"):
            raise Problem("LengthRequired", "Zero/No Content-Length in PUT/POST/PATCH request", "body")
        media = body_type(told, self.operation.body)
        body = await self.ask.body()
        if not body.strip():
            raise Problem("LengthRequired", "Zero/No Content-Length in PUT/POST/PATCH request", "body")
        return media, body

    async def json(self) -> Json:
        """The JSON document of the body."""
        return read_json((await self.body())[1])


def done(status: int = 204, headers: Headers | None = None) -> Reply:
    """An answer without body."""
    return Reply(status, [OPEN_TO_ALL, EXPOSED, *(headers or [])])


def shown(task: Task, document: Json, headers: Headers | None = None) -> Reply:
    """An answer with a JSON document. Refuses with NotAcceptable."""
    choose_shape(task.ask.header("accept"), (JSON,))
    return Reply(
        200,
        [("content-type", JSON), OPEN_TO_ALL, EXPOSED, *(headers or [])],
        msgspec.json.encode(document),
    )


def holder_of(desk: Desk, task: Task) -> Holder:
    """Who asks, as registers see it. Raises Unauthorized for who is not signed in."""
    desk.trust.need_a_writer(task.person)
    return subscriptions.holder_of(task.area, task.person)


def fresh_id(desk: Desk) -> str:
    """A new id of NGSI v2: 24 hexadecimal digits, of which the first eight tell the time."""
    clock = desk.plane.clock
    return f"{clock.now() // 1_000_000 & 0xFFFFFFFF:08x}{clock.seed() & 0xFFFFFFFFFFFFFFFF:016x}"
