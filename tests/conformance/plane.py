"""A data plane that is asked over its HTTP binding, and the moments of the cases."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from api.ngsi_ld.inside import Inside, Reply
from broker.town import StandingClock
from every_store import Keep
from kaiteki.model.instant import Instant, parse_instant
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

SENSOR = "urn:ngsi-ld:Sensor:1"
ENTITIES = "/entities"
TEMPORAL = "/temporal/entities"


def at(minute: int, hour: int = 9) -> str:
    """A minute of the first of April 2026."""
    return f"2026-04-01T{hour:02d}:{minute:02d}:00Z"


class DataPlane(Inside):
    """The data plane over a store; everybody may do everything unless there are `sights`."""

    def __init__(
        self,
        store: Store,
        clock: StandingClock,
        sights: Sequence[Sight] = (),
        documents: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(documents, sights, lambda _: store, clock)
        self.written_at(at(0))

    @classmethod
    async def over(
        cls, keep: Keep, sights: Sequence[Sight] = (), documents: Mapping[str, Any] | None = None
    ) -> Self:
        """A data plane over the store of a case, and a web of these documents."""
        clock = StandingClock()
        return cls(await keep(clock), clock, sights, documents)

    def written_at(self, moment: str) -> None:
        """What is written from now on is written at this moment."""
        told = parse_instant(moment)
        assert told is not None
        self.clock.at = Instant(told)

    async def ask(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request below /ngsi-ld/v1 in the name of `person`."""
        return await super().ask(method, path, document, **{"authorization": "Bearer sample", **headers})

    async def done(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request that must succeed."""
        reply = await self.ask(method, path, document, **headers)
        assert reply.status < 300, reply.body
        return reply

    async def told(self, path: str, **headers: str) -> Any:
        """The document of a GET that must succeed."""
        return (await self.done("GET", path, **headers)).json()

    async def observe(self, value: Any, minute: int, entity_id: str = SENSOR, **more: Any) -> None:
        """One measurement of `level`, written in the order of the calls, a second after the one before."""
        self.clock.forward(1)
        level = {"type": "Property", "value": value, "observedAt": at(minute), **more}
        document = {"id": entity_id, "type": "Sensor", "level": level}
        await self.done("POST", "/entityOperations/upsert?options=update", [document])

    async def tell(self, entity_id: str, measured: Sequence[tuple[Any, str]]) -> None:
        """What `level` was in the past: (value, moment of its measurement)."""
        states = [{"type": "Property", "value": value, "observedAt": moment} for value, moment in measured]
        await self.done("POST", TEMPORAL, {"id": entity_id, "type": "Sensor", "level": states})

    async def make(self, *documents: Mapping[str, Any]) -> None:
        """Entities that are created one by one."""
        for document in documents:
            await self.done("POST", ENTITIES, document)

    async def ids(self, query: str, **headers: str) -> list[str]:
        """The ids of the entities that a query string finds, in the order of the answer, without what they have in common."""
        found = await self.told(f"{ENTITIES}?{query}", **headers)
        return [one["id"].removeprefix("urn:ngsi-ld:") for one in found]

    async def code(self, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, str]:
        """Status and type of an error (clause 5.5.2)."""
        reply = await self.ask(method, path, document, **headers)
        return reply.status, reply.json()["type"].removeprefix("https://uri.etsi.org/ngsi-ld/errors/")

    async def refusals(
        self, method: str, path: str, documents: Sequence[Any], **headers: str
    ) -> list[tuple[int, str]]:
        """Status and field of the refusal of each document (of each path with it put in where a `{}` stands)."""
        told: list[tuple[int, str]] = []
        for document in documents:
            if "{}" in path:
                reply = await self.ask(method, path.replace("{}", document), **headers)
            else:
                reply = await self.ask(method, path, document, **headers)
            told.append((reply.status, reply.json().get("field", "")) if reply.body else (reply.status, ""))
        return told

    async def refused(self, path: str, method: str = "GET", document: Any = None) -> tuple[int, str]:
        """Status and field of a refusal."""
        reply = await self.ask(method, path, document)
        told: Mapping[str, Any] = reply.json()
        return reply.status, told.get("field", "")


def values(states: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The values of some states."""
    return [state["value"] for state in states]
