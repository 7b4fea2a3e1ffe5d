"""Addresses of NGSI v1, which is not spoken here: who asks for it is told what is."""

from __future__ import annotations

from typing import Final

from kaiteki.api.exchange import Ask, Reply
from kaiteki.model.problem import Problem

OLDER: Final = ("v1", "NGSI9", "NGSI10", "ngsi9", "ngsi10")
"""The first parts of the paths of NGSI v1."""


async def say_versions(ask: Ask) -> Reply:
    """Refuse a request of NGSI v1 with the versions that there are."""
    raise Problem(
        "ResourceNotFound",
        "NGSI v1 is not spoken here; NGSI v2 stands at /v2, NGSI-LD at /ngsi-ld/v1, all of it is described in /openapi.json",
        "path",
    )
