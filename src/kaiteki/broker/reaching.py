"""Addresses that users name: those that would never be reached are refused when they are named."""

from __future__ import annotations

from kaiteki.broker.plane import Plane
from kaiteki.model.problem import Problem


def check_reach(plane: Plane, area: str, url: str, field: str) -> None:
    """Refuse an address of a private network that the area does not know as its own. Raises BadRequestData."""
    if plane.outgoing.forbids(area, url):
        raise Problem(
            "BadRequestData",
            f"{field} is an address of a private network, which nothing is sent to; the area can name it among its receivers",
            field,
        )
