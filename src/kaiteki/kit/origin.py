"""Whether what a browser sends comes from a page of this node."""

from __future__ import annotations

from collections.abc import Mapping


def same_origin(headers: Mapping[str, str], host: str) -> bool:
    """Whether a POST comes from a page of ours, as far as the browser says (Fetch Metadata, Origin)."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == host
