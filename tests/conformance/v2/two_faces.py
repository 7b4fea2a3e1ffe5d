"""One data plane with both faces, asked without a server between."""

import json
from collections.abc import Sequence
from typing import Any, Self

from api.ngsi_ld.inside import Inside, Reply
from broker.town import StandingClock
from every_store import Keep
from kaiteki.api.front import Front, Hot
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.glancing import Glancing
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_v2 import binding as ngsi_v2
from kaiteki.api.ngsi_v2.handlers import HANDLERS as V2_HANDLERS
from kaiteki.api.tally import Tally
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store


class TwoFaces(Inside):
    """The areas demo and chiba over a store; everybody may do everything unless there are `sights`."""

    def __init__(self, store: Store, clock: StandingClock, sights: Sequence[Sight] = ()) -> None:
        super().__init__(None, sights, lambda _: store, clock)
        self.front = Front(
            {
                "ngsi-ld": Hot(Binding(self.desk, HANDLERS), Glancing(self.desk)),
                "v2": Hot(ngsi_v2.Binding(self.desk, V2_HANDLERS)),
            },
            no_site,
            Tally(),
        )

    @classmethod
    async def over(cls, keep: Keep, sights: Sequence[Sight] = ()) -> Self:
        """Both faces over the store of a case."""
        clock = StandingClock()
        return cls(await keep(clock), clock, sights)

    async def v2(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request below /v2 in the name of `person`."""
        return await self._ask("/v2", method, path, document, headers)

    async def ld(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request below /ngsi-ld/v1 in the name of `person`."""
        return await self._ask("/ngsi-ld/v1", method, path, document, headers)

    async def _ask(self, face: str, method: str, path: str, document: Any, headers: dict[str, str]) -> Reply:
        body = (
            b""
            if document is None
            else document
            if isinstance(document, bytes)
            else json.dumps(document).encode()
        )
        if document is not None:
            headers.setdefault("content_type", "application/json")
        headers.setdefault("authorization", "Bearer sample")
        return await self.send(method, face + path, body, **headers)

    async def told(self, path: str, **headers: str) -> Any:
        """The document of a GET below /v2 that must succeed."""
        reply = await self.v2("GET", path, **headers)
        assert reply.status == 200, (path, reply.body)
        return reply.json()

    async def told_ld(self, path: str, **headers: str) -> Any:
        """The document of a GET below /ngsi-ld/v1 that must succeed."""
        reply = await self.ld("GET", path, **headers)
        assert reply.status == 200, (path, reply.body)
        return reply.json()

    async def done(self, method: str, path: str, document: Any = None, **headers: str) -> Reply:
        """A request below /v2 that must succeed."""
        reply = await self.v2(method, path, document, **headers)
        assert reply.status < 300, (method, path, reply.status, reply.body)
        return reply

    async def refused(self, method: str, path: str, document: Any = None, **headers: str) -> tuple[int, str]:
        """Status and error word of a refusal, which has a description too."""
        reply = await self.v2(method, path, document, **headers)
        told = reply.json()
        assert reply.status >= 400 and set(told) == {"error", "description"} and told["description"], told
        assert reply.header("content-type") == "application/json"
        return reply.status, told["error"]

    async def ids(self, query: str, **headers: str) -> list[str]:
        """The ids of a list below /v2/entities."""
        return [one["id"] for one in await self.told(f"/entities?{query}", **headers)]


async def no_site(_scope: Any, _receive: Any, _send: Any) -> None:
    """Only the data plane is asked."""
    raise AssertionError("a page was asked for")
