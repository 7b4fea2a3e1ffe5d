"""What every page of a node's portal stands on: the areas, the services, the words, who is who, and the limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.broker.watching import Watchers
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.kit.city import CityOf
from kaiteki.kit.engine import Asking
from kaiteki.kit.erasing import Erasing
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.kit.identity import Identity, Mandates
from kaiteki.kit.identity.unsent import Unsent
from kaiteki.kit.manifest import EntityType, Page, Service
from kaiteki.kit.providers.federation import Federation
from kaiteki.kit.tables import Writer
from kaiteki.model.access import Person
from kaiteki.model.area import Area
from kaiteki.model.instant import Instant
from kaiteki.model.words import LANGUAGES, Words
from kaiteki.portal.assets import Assets
from kaiteki.portal.examples import Api, Trying
from kaiteki.portal.guard import PostLimit, Signer
from kaiteki.portal.look import look_of, outline_of
from kaiteki.portal.open_pages import Hub, Pace
from kaiteki.portal.render import Renderer
from kaiteki.portal.tile_archive import Archive
from kaiteki.portal.tiles import Tiles
from kaiteki.ports.clock import Clock
from kaiteki.ports.events import Events
from kaiteki.ports.history import History
from kaiteki.ports.ledger import Ledger
from kaiteki.ports.measures import MeasureStore, nothing_measured

MAP_LAYER: Final = "map_layer"
"""The part that layers of the map play."""


class Interface(msgspec.Struct, frozen=True):
    """What another protocol answers: its name, an address to look at (`{area}` stands for the area), what it does."""

    name: str
    address: str
    words: Words


class Options(msgspec.Struct, frozen=True):
    """What the operator may choose. `interfaces` are the protocols beside the data plane; `tiles` is the base map under the places, `own_maps` by area the files of tiles that go before it; `secure` marks cookies for HTTPS only; `origin` is what browsers call the site (https://city.example), where it is known."""

    tiles: Tiles | None = None
    own_maps: Mapping[str, tuple[Tiles, Archive]] = {}
    secure: bool = False
    operator: str = ""
    origin: str = ""
    interfaces: tuple[Interface, ...] = ()
    apis: tuple[Api, ...] = ()
    """The interfaces with examples, for developers."""
    trying: Trying | None = None
    """Sends one of the examples to this node; None where none can be run."""
    version: str = ""
    """Of Kaiteki."""
    address_per_minute: int = 0
    """Requests that one address may send without a key; 0 where nothing is counted."""
    key_per_minute: int = 0
    key_per_day: int = 0
    """The quota of an API key; 0 where nothing is counted."""


class Channels(msgspec.Struct, frozen=True):
    """By which ways messages reach people here. `push_key` is what a browser subscribes with; `others` are mail and what the operator's
    gateway carries."""

    push_key: Callable[[], str]
    others: tuple[str, ...] = ()


class Parts(msgspec.Struct, frozen=True):
    """What main hands to the portal. `settings` answers a service's settings in an area; `secret` signs cookies."""

    areas: Sequence[Area]
    services: Sequence[Service]
    city: Callable[[Asking], CityOf]
    identity: Identity
    darkroom: Darkroom
    history: History
    events: Events
    clock: Clock
    settings: Callable[[Service, str], Any]
    secret: bytes
    mandates: Mandates | None = None
    """Who acts in whose name; None where nobody does."""
    watchers: Watchers | None = None
    """The subscriptions of the node, None where nobody is notified."""
    ledger: Ledger | None = None
    """The log as a whole, None where none is kept."""
    erasing: Erasing | None = None
    """Who erases people, None where nobody can be erased."""
    measures: MeasureStore = nothing_measured
    """How the store is doing."""
    api_keys: ApiKeys | None = None
    channels: Channels | None = None
    """None where messages stay on my page."""
    """The keys of programs that read what is public, None where none are made."""
    federation: Federation | None = None
    """The providers of identity that people may sign in with, None where there are none."""
    reasons: Mapping[str, Words] = {}
    """Why an area wants two factors of its staff, in its own words."""
    writers: Mapping[str, Writer] = {}
    """What writes tables as files, by form."""
    options: Options = Options()
    pace: Pace = Pace()
    """How the streams of open pages go, and how many there may be."""


class Site:
    """The parts, with what is computed from them once."""

    def __init__(self, parts: Parts) -> None:
        self.parts: Final = parts
        self.areas: Final[Mapping[str, Area]] = {area.name: area for area in parts.areas}
        self.looks: Final = {area.name: look_of(area).encode() for area in parts.areas}
        self.outlines: Final = {area.name: outline_of(area) for area in parts.areas}
        self.services: Final = tuple(parts.services)
        self.assets: Final = Assets()
        self.renderer: Final = Renderer(self.services, self.assets)
        self.speakers: Final = {language: self.renderer.speaker(language) for language in LANGUAGES}
        self.signer: Final = Signer(parts.secret)
        self.limit: Final = PostLimit()
        self.open_pages: Final = Hub(parts.events, parts.watchers, parts.pace)
        self.unsent: Final = Unsent(parts.identity.credentials, parts.clock, parts.secret)
        self.filled: Final[dict[tuple[str, frozenset[str]], tuple[Instant, frozenset[str]]]] = {}
        """Of which types with a place there is something, by area and roles, and when that was looked up."""
        self.kept: Final[Mapping[str, tuple[Service, EntityType]]] = {
            declared.name: (service, declared) for service in self.services for declared in service.types
        }

        maps = [s for s in self.services if any(MAP_LAYER in declared.plays for declared in s.types)]
        self.town_map: Final = min((p.path for s in maps for p in s.pages if p.menu), key=len, default="")
        """The page of the map with all layers; empty when no service has one."""
        self.outbox: Final = next((p.path for s in self.services for p in s.pages if p.offline), "")
        """The page that shows what waits on a device for a network; empty when no service has one."""

    def tiles_of(self, area: str) -> Tiles | None:
        """The base map of an area: its own file, else what the operator chose for all."""
        options = self.parts.options
        return options.own_maps[area][0] if area in options.own_maps else options.tiles

    def menu(self, person: Person, field: str | None = None) -> list[tuple[Service, Page]]:
        """The pages that this person may choose from, of one field or of all, in the order of the services; a file is no page."""
        return [
            (service, page)
            for service in self.services
            for page in service.pages
            if page.menu
            and page.template
            and field in (None, page.field or service.field)
            and person.holds(page.roles)
        ]
