"""Addresses that users name: those that would never be reached are refused when they are named."""

from __future__ import annotations

from urllib.parse import urlsplit

from kaiteki.broker.plane import Plane
from kaiteki.model.problem import Problem


def check_reach(plane: Plane, area: str, url: str, field: str) -> None:
    """Refuse an address that nothing can be sent to: one with a port that there is not, or of a private network that the area does not know as its own.

    Raises BadRequestData.
    """
    if not _may_have_port(url):
        raise Problem("BadRequestData", f"{field} has a host, and a port of 1 to 65535 if any", field)
    if plane.outgoing.forbids(area, url):
        raise Problem(
            "BadRequestData",
            f"{field} is an address of a private network, which nothing is sent to; the area can name it among its receivers",
            field,
        )


def _may_have_port(url: str) -> bool:
    """Whether the host and the port of an address are such; what a template fills in is not known yet."""
    try:
        parts = urlsplit(url)
        return "${" in parts.netloc or parts.port != 0
    except ValueError:
        return False
