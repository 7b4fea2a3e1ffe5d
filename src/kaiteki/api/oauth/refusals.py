"""How the token endpoint says no (RFC 6749 5.2)."""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.responses import Response

NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}


class OAuthRefused(Exception):
    """A refusal: `error` is a code of RFC 6749 or 8693, the message says what to mend and holds no secret."""

    def __init__(self, error: str, description: str, again_s: int = 0) -> None:
        """`again_s`: after how many seconds whoever asks too often may come again."""
        super().__init__(description)
        self.error: Final = error
        self.description: Final = description
        self.again_s: Final = again_s

    def answer(self) -> Response:
        """The refusal as HTTP: 401 where the client is not known, 429 where it asks too often, else 400."""
        unknown = self.error == "invalid_client"
        headers = {**NO_STORE, **({"www-authenticate": 'Basic realm="kaiteki"'} if unknown else {})}
        if self.again_s:
            headers["retry-after"] = str(self.again_s)
        body = msgspec.json.encode({"error": self.error, "error_description": self.description})
        status = 401 if unknown else 429 if self.again_s else 400
        return Response(body, status, headers, media_type="application/json")
