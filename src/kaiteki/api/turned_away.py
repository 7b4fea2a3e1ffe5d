"""Who was turned away, as lines of the log: no account, not allowed, too often. Which entity was asked for is not said: ids may name people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kaiteki.api.exchange import HeaderMap
from kaiteki.api.persons import session_token
from kaiteki.api.rsgi import Scope
from kaiteki.kit.identity.witness import Witness

EVENTS: Final = {
    401: "turned away: not known",
    403: "turned away: not allowed",
    429: "turned away: too often",
}
MACHINE: Final = "kaiteki_mac-"


class TurnedAway:
    """Tells of refusals. `sender` says from which address a request comes."""

    def __init__(self, witness: Witness, sender: Callable[[Scope], str], cookie: str) -> None:
        self._witness = witness
        self._sender = sender
        self._cookie = cookie

    def tell(self, scope: Scope, surface: str, status: int) -> None:
        """Tell of an answer, where it is a refusal of that kind."""
        event = EVENTS.get(status)
        if event is not None:
            who = self._who(scope.headers)
            self._witness.doubt(event, self._sender(scope), surface=surface, method=scope.method, **who)

    def _who(self, headers: HeaderMap) -> dict[str, str]:
        """The id of the account of a machine, else the mark that the line of signing in has too (a session), or that of another token."""
        bearer = (headers.get("authorization") or "").partition(" ")[2].strip()
        if bearer.startswith(MACHINE):
            return {"account": bearer.removeprefix("kaiteki_").partition("_")[0]}
        if bearer:
            return {"bearer": self._witness.mark(bearer)}
        return {"session": self._witness.mark(session_token(headers.get("cookie"), self._cookie))}
