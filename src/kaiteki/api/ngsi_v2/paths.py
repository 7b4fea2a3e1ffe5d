"""`Fiware-ServicePath` as scopes: where entities are looked for, and where new ones lie."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from kaiteki.broker.ngsi_v2 import Place
from kaiteki.model.problem import Problem
from kaiteki.model.query import ScopeAny, ScopeIs, ScopeSelection

PATHS_MAX: Final = 10
_PATH: Final = re.compile(r"/|/#|(?:/[A-Za-z0-9_\-]{1,50}){1,10}(?:/#)?/?", re.ASCII)


class ServicePath(msgspec.Struct, frozen=True):
    """The service paths of a request; none: anywhere, and new entities at the root."""

    paths: tuple[str, ...] = ()

    @property
    def scope(self) -> ScopeSelection | None:
        """What entities are looked for, None for all."""
        if not self.paths or "/#" in self.paths:
            return None
        parts = tuple(ScopeIs(path) for path in self.paths)
        return parts[0] if len(parts) == 1 else ScopeAny(parts)

    def for_writing(self) -> Place:
        """Where entities are changed and new ones lie. Raises BadRequestData for several paths or a wildcard."""
        if len(self.paths) > 1 or any(path.endswith("#") for path in self.paths):
            raise Problem(
                "BadRequestData", "a write goes to one service path, without #", "Fiware-ServicePath"
            )
        path = self.paths[0] if self.paths else "/"
        return Place(() if path == "/" else (path,), self.scope)


def read_service_path(header: str | None) -> ServicePath:
    """The paths of a header. Raises BadRequestData."""
    if not header or not header.strip():
        return ServicePath()
    parts = [part.strip() for part in header.split(",")]
    if len(parts) > PATHS_MAX:
        raise Problem("BadRequestData", f"too many service paths - a maximum of {PATHS_MAX} is allowed")
    for part in parts:
        if not part.startswith("/"):
            raise Problem(
                "BadRequestData", "Only /absolute/ Service Paths allowed [a service path must begin with /]"
            )
        if not _PATH.fullmatch(part):
            raise Problem(
                "BadRequestData",
                "a component of ServicePath is too long, empty, or has an illegal character",
            )
    return ServicePath(tuple(part if part == "/" else part.removesuffix("/") for part in parts))
