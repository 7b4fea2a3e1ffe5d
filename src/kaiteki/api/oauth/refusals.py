"""How the token endpoint says no (RFC 6749 5.2)."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}


class OAuthRefused(Exception):
    """A refusal: `error` is a code of RFC 6749 or 8693, the message says what to mend and holds no secret."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error: Final = error
        self.description: Final = description

    def answer(self) -> Response:
        """The refusal as HTTP: 401 where the client is not known, else 400."""
        unknown = self.error == "invalid_client"
        headers = {**NO_STORE, **({"www-authenticate": 'Basic realm="kaiteki"'} if unknown else {})}
        body = msgspec.json.encode({"error": self.error, "error_description": self.description})
        return Response(body, 401 if unknown else 400, headers, media_type="application/json")
