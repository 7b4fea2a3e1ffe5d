"""What stands at an address that staff named, by the guarded client and a few redirects, each of which is checked anew."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin, urlsplit

from kaiteki.ports.outgoing import Answered, Outgoing, Question, Unreachable

TIMEOUT_S: Final = 30.0
REDIRECTS_MAX: Final = 3
SHOWN_MAX: Final = 200
"""Characters of an address that are told."""


class LedAway(Unreachable):
    """An address was reached and led to another one, which could not be; `to` says where, without names of users and questions."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(why)
        parts = urlsplit(url)
        self.to = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:SHOWN_MAX]


def why_unreachable(away: Unreachable) -> str:
    """Why nothing came, as a code of the words of the desk."""
    return f"redirected:{away.to}" if isinstance(away, LedAway) else f"unreachable:{away}"


async def get(
    outgoing: Outgoing, area: str, url: str, headers: tuple[tuple[str, str], ...], size_max_bytes: int
) -> Answered:
    """The answer of an address, by at most REDIRECTS_MAX redirects. Raises Unreachable."""
    answer = Answered(0, {})
    for hop in range(REDIRECTS_MAX + 1):
        try:
            answer = await outgoing.ask(Question(area, "GET", url, headers, b"", TIMEOUT_S, size_max_bytes))
        except Unreachable as away:
            if hop:
                raise LedAway(url, str(away)) from away
            raise
        if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
            break
        url = urljoin(url, answer.headers["location"])
    return answer


def why_not(answer: Answered) -> str:
    """Why an answer is no document, as a code of the words of the desk; empty where it is one."""
    if 300 <= answer.status < 400:
        return "redirects"
    return "" if answer.status == 200 else f"status:{answer.status}"
