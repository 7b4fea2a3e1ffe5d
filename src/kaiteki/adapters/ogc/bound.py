"""What main hands to this adapter, and what it knows while it answers one request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from kaiteki.adapters.ogc.collections import Collection
from kaiteki.adapters.ogc.turns import Turns
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import Met
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.visibility import Attributes
from kaiteki.model.words import Language, Words
from kaiteki.ports.events import Events

PREFIX: Final = "/{area}/ogc"


class Told(msgspec.Struct, frozen=True):
    """An answer: a document in the form that was asked for (text: a page; bytes: a file), and headers beside its own."""

    document: Json | str | bytes
    media: str = "json"
    headers: Mapping[str, str] = {}
    status: int = 200


class Ground(Protocol):
    """The city as far as features are read: raw entities, and what of each is open to whoever asks."""

    async def rows(
        self, declared: EntityType, wanted: Query
    ) -> tuple[list[Entity], bool, int | None] | None: ...
    async def entity(self, declared: EntityType, entity_id: str) -> Entity | None: ...
    async def met(self, part: str, view: type[Any], entity_id: str) -> Met | None: ...
    async def playing(
        self, part: str, view: type[Any], wanted: Query, among: Sequence[str] = ()
    ) -> Sequence[Met]: ...
    def open_to(self, entity: Entity) -> Attributes: ...


class Shelf(Protocol):
    """Where files of layers lie, for this node alone; any of them may be gone at any time. Each blocks."""

    def get(self, name: str) -> bytearray | None:
        """The bytes of a name; None where there are none, or they cannot be read."""
        ...

    def put(self, name: str, pieces: Sequence[bytes]) -> None:
        """Keep bytes under a name: whole, or as before where the disk takes no more."""
        ...

    def remove(self, name: str) -> None:
        """Forget the bytes of a name; no complaint where there are none."""
        ...


class Parts(msgspec.Struct, frozen=True):
    """What main hands in: areas, services, the city of a person, who asks, the address of a style sheet of the portal."""

    areas: Mapping[str, Area]
    services: Sequence[Service]
    city: Callable[[str, Person], Ground]
    """(area, person) -> the city as that person sees it."""
    who: Callable[[Mapping[str, str], str], Awaitable[Person]]
    """(headers, area) -> the person; raises Problem for a token that is none."""
    now: Callable[[], Instant]
    events: Events
    asset: Callable[[str], str]
    """The address of a file of the portal's look."""
    shelf: Shelf | None = None
    rules: str = ""
    """A digest of what decides, beside the entities, which of them everybody sees and how: the version of the program, the policies."""


class Desk(msgspec.Struct, frozen=True):
    """One request: where, who (as the city they see), in which language and form, with which parameters."""

    area: Area
    city: Ground
    turns: Turns
    collections: Mapping[str, Collection]
    """Those of the types; data sets are asked of the city (`tables`)."""
    language: Language
    form: str
    told: Mapping[str, str]
    base: str
    """The address of the landing page, without a slash at its end."""
    here: str
    """The address that was asked, without its query."""
    is_public: bool = True
    """Whether whoever asks shows nothing that says who they are: they see what everybody sees."""

    def say(self, words: Words) -> str:
        """Words in the language of whoever asks."""
        return words.say(self.language)
