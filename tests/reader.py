"""A browser without a picture: asks an ASGI application in process, keeps its cookies, sends its forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec
from starlette.applications import Starlette

HOST = "localhost"
NOTHING: Mapping[str, str] = {}
TOKEN = re.compile(r'name="csrf" value="([0-9a-f]+)"')


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Reader:
    """One browser at one address; `headers` go with every request."""

    def __init__(self, app: Starlette, **headers: str) -> None:
        self.app = app
        self.headers = headers
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []

    async def get(self, path: str) -> Answer:
        """GET."""
        return await self.ask("GET", path, b"", {})

    async def post(
        self, path: str, fields: Mapping[str, str], token: str | None = None, **headers: str
    ) -> Answer:
        """POST a form; without `token` the one that the page at `path` carries."""
        if token is None:
            found = TOKEN.search((await self.get(path)).text)
            token = found[1] if found else ""
        body = urlencode({"csrf": token, **fields}).encode()
        return await self.send(path, body, "application/x-www-form-urlencoded", **headers)

    async def send(self, path: str, body: bytes, media_type: str, **headers: str) -> Answer:
        """POST bytes."""
        return await self.ask("POST", path, body, {"content-type": media_type, **headers})

    async def sign_in(self, login: str, password: str, area: str = "demo") -> Answer:
        """Open a session by the form."""
        return await self.post(f"/{area}/sign-in", {"login": login, "password": password})

    async def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = NOTHING
    ) -> Answer:
        """Any method."""
        path, _, query = path.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"host": HOST, **({"cookie": cookies} if cookies else {}), **self.headers, **headers}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "client": ("192.0.2.1", 40000),
            "server": (HOST, 80),
        }
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        await self.app(scope, receive, send)
        pairs = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        self.set_cookies = [value for name, value in pairs if name == "set-cookie"]
        self._keep()
        return Answer(
            sent[0]["status"], dict(pairs), b"".join(message.get("body", b"") for message in sent[1:])
        )

    def _keep(self) -> None:
        for line in self.set_cookies:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
