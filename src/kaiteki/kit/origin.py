"""Whether what a browser sends comes from a page of this node."""

from __future__ import annotations

from typing import Protocol


class Headers(Protocol):
    """The headers of a request; names are asked in lower case."""

    def get(self, key: str, /) -> str | None: ...


def same_origin(headers: Headers, host: str) -> bool:
    """Whether a POST comes from a page of ours, as far as the browser says (Fetch Metadata, Origin)."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == host


def from_elsewhere(headers: Headers) -> bool:
    """Whether a page of another site has a browser send this. Following a link is the deed of a person: it reads, and no page sees what comes."""
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if is_link and headers.get("origin") is None:
        return False
    return not same_origin(headers, headers.get("host") or "")
