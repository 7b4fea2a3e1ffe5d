"""Talks to a city as any client does: Open311, commands, photos, NGSI-LD batches. Every call has a time limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import aiohttp
import msgspec

TIMEOUT_S = 30.0
CONNECTIONS_MAX = 8
Body: TypeAlias = list[dict[str, Any]] | dict[str, Any] | None
_decode = msgspec.json.Decoder(Body).decode


class Answer(msgspec.Struct, frozen=True):
    """What a city answered: the HTTP status and the JSON body (None when it is none)."""

    status: int
    body: Body

    @property
    def good(self) -> bool:
        """Whether it was accepted, wholly."""
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        """Why it was refused, in few words."""
        faults = Answer(self.status, self.member("faults")).rows()
        said = [str(fault.get("words", {}).get("ja", "")) for fault in faults]
        return " ".join(said) or str(self.member("detail") or self.member("title") or self.body)[:200]

    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The objects of a list that was answered; none when it was something else."""
        return self.body if isinstance(self.body, list) else ()

    def member(self, name: str) -> Any:
        """A member of an object that was answered; None when it was something else."""
        return self.body.get(name) if isinstance(self.body, dict) else None


class CityClient:
    """A client of one area. Close it when done; a connection that breaks is an answer with status 0, not an error."""

    def __init__(self, url: str, area: str) -> None:
        self._url = url
        self._area = area
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX),
        )

    async def close(self) -> None:
        """Let the connections go."""
        await self._session.close()

    async def services(self) -> Sequence[Mapping[str, Any]]:
        """The categories that can be reported (Open311 service list, with what it says beyond the standard); none when the city does not answer."""
        return (await self._ask("GET", f"/{self._area}/open311/v2/services.json?extensions=true")).rows()

    async def questions(self, code: str) -> Sequence[Mapping[str, Any]]:
        """The questions of a category (Open311 service definition)."""
        answer = await self._ask("GET", f"/{self._area}/open311/v2/services/{code}.json")
        return Answer(answer.status, answer.member("attributes")).rows()

    async def report(self, fields: Mapping[str, str], photo: bytes | None, token: str) -> Answer:
        """Send a report (Open311 POST request) as a form, with a photo where there is one."""
        form = aiohttp.FormData(dict(fields))
        if photo is not None:
            form.add_field("media", photo, filename="photo.jpg", content_type="image/jpeg")
        path = f"/{self._area}/open311/v2/requests.json"
        return await self._ask("POST", path, data=form, headers=_bearer(token))

    async def keep_photo(self, photo: bytes, token: str) -> str:
        """Keep a photo for a command; its digest, empty when it was refused."""
        headers = {**_bearer(token), "content-type": "image/jpeg"}
        answer = await self._ask("POST", f"/{self._area}/files", data=photo, headers=headers)
        return str(answer.member("digest") or "")

    async def command(self, name: str, form: Mapping[str, Any], token: str, key: str = "") -> Answer:
        """Run a command `<service>/<command>`, once per key."""
        headers = _bearer(token) | ({"idempotency-key": key} if key else {})
        return await self._ask("POST", f"/{self._area}/services/{name}", json=form, headers=headers)

    async def lines(self, office: str) -> Answer:
        """The lines at the counters of an office now, as everybody may see them."""
        return await self._ask("GET", f"/{self._area}/counter/{office}/now.json")

    async def upsert(self, documents: list[dict[str, Any]], token: str) -> Answer:
        """Send entities (NGSI-LD batch upsert, update mode: what is not said stays)."""
        headers = {**_bearer(token), "ngsild-tenant": self._area}
        path = "/ngsi-ld/v1/entityOperations/upsert?options=update"
        return await self._ask("POST", path, json=documents, headers=headers)

    async def _ask(self, method: str, path: str, **given: Any) -> Answer:
        try:
            async with self._session.request(method, self._url + path, **given) as reply:
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            return Answer(0, {"detail": str(error)})
        try:
            return Answer(reply.status, _decode(content) if content else None)
        except msgspec.DecodeError:
            return Answer(reply.status, None)


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}
