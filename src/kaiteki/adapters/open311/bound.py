"""What the adapter is handed, and the part that a service plays for it. It knows no service by name.

A service plays `service_request` with one of its types when its view and settings have the shape below and its commands
`submit` and `update` take the fields that `requests.py` fills.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import msgspec

from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import City
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

PART = "service_request"
MODE_PART = "service_mode"
USUAL = "usual"
"""The event of an area in which none is declared."""


class Option(Protocol):
    """An answer that can be chosen."""

    @property
    def code(self) -> str: ...
    @property
    def words(self) -> Words: ...


class Question(Protocol):
    """What is asked with a kind of request; `kind` text, number, date, one, many or yes_no."""

    @property
    def code(self) -> str: ...
    @property
    def words(self) -> Words: ...
    @property
    def kind(self) -> str: ...
    @property
    def required(self) -> bool: ...
    @property
    def options(self) -> Sequence[Option]: ...
    @property
    def hint(self) -> Words: ...


class Category(Protocol):
    """A kind of request."""

    @property
    def code(self) -> str: ...
    @property
    def words(self) -> Words: ...
    @property
    def hint(self) -> Words: ...
    @property
    def group(self) -> Words: ...
    @property
    def keywords(self) -> Sequence[str]: ...
    @property
    def questions(self) -> Sequence[Question]: ...
    @property
    def assets(self) -> Sequence[str]: ...
    @property
    def solvable(self) -> bool: ...
    @property
    def traffic(self) -> bool: ...


class Office(Protocol):
    """Who deals with it."""

    @property
    def words(self) -> Words: ...


class Catalogue(Protocol):
    """What an area lets people report: the settings of the service that plays the part."""

    @property
    def assets_near_m(self) -> float: ...
    @property
    def assets_shown_max(self) -> int: ...
    def categories_of(self, event: str) -> Sequence[Category]: ...
    def category(self, code: str) -> Category | None: ...
    def office(self, code: str) -> Office | None: ...


class Line(Protocol):
    """One public step of a request."""

    @property
    def at(self) -> Instant: ...
    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def after(self) -> str: ...
    @property
    def photos(self) -> Sequence[str]: ...
    @property
    def words(self) -> Words: ...


class Photo(Protocol):
    """A kept photo."""

    @property
    def digest(self) -> str: ...


class Request(Protocol):
    """A request as anybody may see it."""

    open_states: ClassVar[tuple[str, ...]]

    @property
    def id(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def location(self) -> Mapping[str, Any] | None: ...
    @property
    def status(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def photos(self) -> Sequence[Photo]: ...
    @property
    def published(self) -> bool: ...
    @property
    def date_submitted(self) -> Instant: ...
    @property
    def date_updated(self) -> Instant: ...
    @property
    def date_due(self) -> Instant | None: ...
    @property
    def log(self) -> Sequence[Line]: ...


class Mode(msgspec.Struct, frozen=True):
    """How an area stands: what plays `MODE_PART` says which event is declared."""

    id: str
    event: str = USUAL


class Binding(msgspec.Struct, frozen=True):
    """The service and the type that play the part."""

    service: Service
    type: EntityType


class Parts(msgspec.Struct, frozen=True):
    """What main hands in: areas, services, the city of a person, who asks, settings of a service in an area, the time."""

    areas: Mapping[str, Area]
    services: Sequence[Service]
    city: Callable[[str, Person, str], City]
    """(area, person, browser) -> the city as that person sees it."""
    who: Callable[[Mapping[str, str], str], Awaitable[Person]]
    """(headers, area) -> the person; raises Problem for a token that is none."""
    settings: Callable[[Service, str], Json]
    now: Callable[[], Instant]
    fetch: Callable[[str, str, int], Awaitable[bytes]]
    """(address, accepted media types, bytes at most) -> what stands there, through the guarded client; raises Unreachable."""


def find_binding(services: Sequence[Service]) -> Binding | None:
    """The first type that plays `service_request`."""
    for service in services:
        for declared in service.types:
            if PART in declared.plays:
                return Binding(service, declared)
    return None
