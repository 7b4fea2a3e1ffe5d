"""What main hands to this adapter, and what it knows while it answers one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.model.area import Area
from kaiteki.model.words import Words


class Ground(Protocol):
    """The city as far as this adapter reads it."""

    async def catalogue(self) -> Catalogue: ...


class Offered(msgspec.Struct, frozen=True):
    """An API of the node as a data service. `path` and `description` are below the address of the node, with `{area}`; `standard` is
    the address of what it conforms to. `interface` is the name by which forms of data sets refer to it, empty where none does."""

    code: str
    words: Words
    path: str
    description: str
    standard: str
    interface: str = ""


class Parts(msgspec.Struct, frozen=True):
    """What main hands in: areas, the city as nobody sees it, the APIs of the node."""

    areas: Mapping[str, Area]
    city: Callable[[str], Ground]
    services: tuple[Offered, ...]


class Desk(msgspec.Struct, frozen=True):
    """One request: where, the catalogue, the address of the area (`https://host/area`) and of the node, the APIs."""

    area: Area
    catalogue: Catalogue
    base: str
    services: tuple[Offered, ...]

    @property
    def node(self) -> str:
        """The address of the node."""
        return self.base.rpartition("/")[0]
