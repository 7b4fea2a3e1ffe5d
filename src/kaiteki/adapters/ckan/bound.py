"""What main hands to this adapter, and what it knows while it answers one request."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Protocol

import msgspec

from kaiteki.adapters.ckan.written import Written
from kaiteki.kit.catalogue.entries import Distribution, Entry
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.visibility import Attributes

ROOT: Final = "/{area}/ckan"
_NAMESPACE: Final = uuid.NAMESPACE_URL.bytes
PREFIX: Final = f"{ROOT}/api"
DATASTORE_FORMAT: Final = "CSV"
"""The form of a data set whose resource has its records in the DataStore."""


class Ground(Protocol):
    """The city as far as open data are read: the catalogue, raw entities, and what of each everybody may read."""

    @property
    def services(self) -> tuple[Service, ...]: ...
    async def catalogue(self) -> Catalogue: ...
    async def rows(
        self, declared: EntityType, wanted: Query
    ) -> tuple[list[Entity], bool, int | None] | None: ...
    def open_to(self, entity: Entity) -> Attributes: ...


class Parts(msgspec.Struct, frozen=True):
    """What main hands in: areas, the city as nobody sees it, who asks, the present, the version of the program."""

    areas: Mapping[str, Area]
    city: Callable[[str], Ground]
    """area -> the city as everybody sees it: open data are the same for whoever asks."""
    who: Callable[[Mapping[str, str], str], Awaitable[Person]]
    """(headers, area) -> the person; raises Problem for a key that is none."""
    now: Callable[[], Instant]
    version: str


class Refusal(Exception):
    """What CKAN says when it cannot answer: HTTP status, `__type` and what is wrong, by parameter or as a message."""

    def __init__(self, status: int, kind: str, **said: Any) -> None:
        super().__init__(kind)
        self.status, self.kind, self.said = status, kind, said


def not_found(what: str) -> Refusal:
    """There is none of that name."""
    return Refusal(404, "Not Found Error", message=f"Not found: {what}")


def invalid(parameter: str, why: str) -> Refusal:
    """A parameter cannot be what it is."""
    return Refusal(409, "Validation Error", **{parameter: [why]})


class Repeated(list[str]):
    """The values of a parameter that a query string gives more than once: a list where one is wanted, else too many."""


def once(parameter: str, told: Any) -> Any:
    """What a parameter says that has one value. Raises Refusal (400) where the query string gives it more than once."""
    if isinstance(told, Repeated):
        raise Refusal(400, "Bad Request", message=f"Bad request - {parameter} is given {len(told)} times")
    return told


class Desk(msgspec.Struct, frozen=True):
    """One request: where, the city as everybody sees it, its catalogue with its ids, what was asked. `base` is `https://host/area`."""

    area: Area
    city: Ground
    index: Index
    now: Instant
    base: str
    version: str
    asked: Mapping[str, Any]


class Index:
    """A catalogue by the ids of CKAN, which are made when they are first asked for; `written` are packages that were told before."""

    def __init__(self, catalogue: Catalogue, area: str, written: Written | None = None) -> None:
        self.catalogue, self.area, self.written = catalogue, area, written or Written()
        self._ids: dict[str, tuple[str, tuple[str, ...]]] = {}

    @cached_property
    def packages(self) -> Mapping[str, Entry]:
        """Data sets by their UUIDs."""
        return {package_id(self.area, one): one for one in self.catalogue.entries}

    @cached_property
    def resources(self) -> Mapping[str, tuple[Entry, int]]:
        """Resources by their UUIDs: the data set and the place in its list."""
        return {
            resource_id(self.area, one, part): (one, place)
            for one in self.catalogue.entries
            for place, part in enumerate(one.distributions)
        }

    def ids(self, one: Entry) -> tuple[str, tuple[str, ...]]:
        """The UUIDs of a data set and of its resources, in their order."""
        known = self._ids.get(one.id)
        if known is None:
            resources = tuple(resource_id(self.area, one, part) for part in one.distributions)
            known = self._ids[one.id] = package_id(self.area, one), resources
        return known

    def package(self, name: str) -> Entry | None:
        """A data set by its slug, the id of its entry, or its UUID."""
        return self.catalogue.get(name) or self.packages.get(name)


def stable_id(*parts: str) -> str:
    """A UUID made of a name (version 5; RFC 9562, 5.5), so the same on every node.

    As `uuid.uuid5` makes it, in a third of the time: a page of a thousand packages has seventeen thousand of them.
    """
    name = ":".join(("urn:kaiteki", *parts)).encode()
    made = bytearray(hashlib.sha1(_NAMESPACE + name, usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    told = made.hex()
    return f"{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def package_id(area: str, entry: Entry) -> str:
    """The UUID of a data set."""
    return stable_id(area, "data-set", entry.id)


def resource_id(area: str, entry: Entry, part: Distribution) -> str:
    """The UUID of a data set in one form."""
    return stable_id(area, "data-set", entry.id, part.format)


def index_keeper() -> Callable[[str, Catalogue], Index]:
    """Makes indexes, and keeps the latest of each area: a catalogue that did not change is the very same one."""
    kept: dict[str, Index] = {}

    def index(area: str, catalogue: Catalogue) -> Index:
        known = kept.get(area)
        if known is None or known.catalogue is not catalogue:
            written = known.written if known is not None else None
            known = kept[area] = Index(catalogue, area, written)
            known.written.only(catalogue.by_id)
        return known

    return index


def names_of(entries: Sequence[Entry]) -> list[str]:
    """The slugs of data sets, in order."""
    return sorted(one.name for one in entries)
