"""One reading around each answer of the site: what was opened for it is recorded before the first byte leaves, and before each further one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from kaiteki.api.bridge import ASGIApp, Message
from kaiteki.broker.opening import Opener


class RecordedAnswers:
    """An application whose answers leave after the record of what was opened for them (ASGI)."""

    def __init__(self, app: ASGIApp, opener: Opener) -> None:
        self._app: Final = app
        self._opener = opener

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        async with self._opener.reading() as reading:

            async def recorded(message: Message) -> None:
                await reading.keep()
                await send(message)

            await self._app(scope, receive, recorded)
