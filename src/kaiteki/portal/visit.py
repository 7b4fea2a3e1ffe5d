"""One request for a page: who asks, where, in which language, and the values that every template has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from markupsafe import Markup
from starlette.requests import Request

from kaiteki.kit.city import CityOf
from kaiteki.kit.editing import opened_by
from kaiteki.kit.engine import Asking
from kaiteki.kit.identity import Acting
from kaiteki.kit.manifest import Service
from kaiteki.kit.pages import Notice, PageAsk
from kaiteki.model.access import ADMIN, AUDITOR, NOBODY, STAFF, Person
from kaiteki.model.area import FIELDS, Area
from kaiteki.model.instant import Instant
from kaiteki.model.place import Bounds
from kaiteki.model.words import LANGUAGES, Language, Words
from kaiteki.portal.examples import Try, curl
from kaiteki.portal.guard import CSRF_FIELD, NOTE_COOKIE
from kaiteki.portal.language import NAMES, tag_of
from kaiteki.portal.pictures import Ground, LonLat, draw_map
from kaiteki.portal.posted import Posted
from kaiteki.portal.site import Site
from kaiteki.portal.tiles import Image, images_under

NOTHING_POSTED: Final = Posted({}, {})
QUERY_LENGTH_MAX: Final = 2_000
FRAGMENT: Final = "kaiteki-fragment"
"""The header by which a script asks for the middle of a page alone."""
PLACE_ZOOM: Final = 17
"""How close the map shows one place."""
MAP_WORDS: Final = {
    **{name: name for name in ("move", "pick", "how", "pin", "placed", "none")},
    "NavigationControl.ZoomIn": "zoom_in",
    "NavigationControl.ZoomOut": "zoom_out",
    "FullscreenControl.Enter": "enlarge",
    "FullscreenControl.Exit": "shrink",
    "Map.Title": "map",
    "CooperativeGesturesHandler.WindowsHelpText": "with_ctrl",
    "CooperativeGesturesHandler.MacHelpText": "with_command",
    "CooperativeGesturesHandler.MobileHelpText": "with_two_fingers",
    "ScaleControl.Meters": "metres",
    "ScaleControl.Kilometers": "kilometres",
}
"""The words of maps that move (words/maps.toml) by the names under which the script and its library ask for them."""


class Who(msgspec.Struct, frozen=True):
    """The cookies of a browser, read: the person, the session token, and the signed id of the browser."""

    person: Person = NOBODY
    token: str = ""
    browser: str = ""
    session: str = ""
    """The hash under which this session is kept."""
    purpose: str = ""
    """For what they have said they look, at the desk."""
    owes: bool = False
    """Whether a role of theirs wants a second factor that they have not shown: they hold none, and are led to set it up."""
    fresh: bool = False
    """Whether they signed in just now (`Identity.is_fresh`)."""

    @property
    def holder(self) -> str:
        """What the tokens of this browser's forms are bound to."""
        return self.token or self.browser


class Visit:
    """A request with everything known of it before its page is made."""

    def __init__(self, site: Site, request: Request, area: Area | None, language: Language) -> None:
        self.site: Final = site
        self.request: Final = request
        self.area: Final = area
        self.language: Final = language
        self.now: Final[Instant] = site.parts.clock.now()
        self.who: Who = Who()
        self.acting: Acting | None = None
        """In whose name the person acts; `person` is that one only where a mandate covers the page (`act`)."""
        self.posted: Posted = NOTHING_POSTED
        self.account: str = ""
        """The account of the session, in whose name ever they act; empty without one."""
        self.resumed: str = ""
        """What is said of a form that is filled with what was typed before."""
        self.is_file: bool = False
        """Whether files are answered at this address, and no pages."""
        self.notices: Sequence[Notice] = ()
        self.say: Final = site.speakers[language].say

    @property
    def person(self) -> Person:
        """Who asks."""
        return self.who.person

    def act(self) -> None:
        """From here on the person is the one in whose name is acted."""
        if self.acting is not None:
            self.who = msgspec.structs.replace(self.who, person=self.acting.person)
            self.__dict__.pop("city", None)

    @cached_property
    def city(self) -> CityOf:
        """The city of the area as this person sees it."""
        if self.area is None:
            raise LookupError("this page belongs to no area")
        return self.site.parts.city(
            Asking(
                self.area.name,
                self.person,
                self.language,
                browser=self.who.browser,
                opened=opened_by(self.posted.fields),
            )
        )

    def pursue(self, service: Service, purpose: str) -> None:
        """Read what follows for a purpose of a service, as far as the person may pursue it."""
        if self.person.signed_in and self.person.holds(service.purposes[purpose].roles):
            self.read_for(f"{service.name}.{purpose}")

    def read_for(self, purpose: str) -> None:
        """Read what follows for a purpose, which the person may pursue; a record of each read names it."""
        person = msgspec.structs.replace(self.person, purpose=purpose)
        self.who = msgspec.structs.replace(self.who, person=person)
        self.__dict__.pop("city", None)

    def look(self) -> None:
        """Read what follows as one does at the desk: data with several purposes for the one that was chosen, and not before."""
        person = msgspec.structs.replace(self.person, looks_for=self.who.purpose)
        self.who = msgspec.structs.replace(self.who, person=person)
        self.__dict__.pop("city", None)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query of the address, its values cut to QUERY_LENGTH_MAX characters."""
        return {key: value[:QUERY_LENGTH_MAX] for key, value in self.request.query_params.items()}

    @property
    def here(self) -> str:
        """The path within the area."""
        path = self.request.url.path
        return path.split("/", 2)[2] if path.count("/") > 1 else ""

    @property
    def here_with_query(self) -> str:
        """The path within the area with its query: where somebody comes back to."""
        asked = self.request.url.query
        return f"{self.here}?{asked}" if asked else self.here

    def href(self, path: str = "", **query: object) -> str:
        """An address within the area."""
        area = self.area.name if self.area else ""
        asked = {key: value for key, value in query.items() if value not in (None, "")}
        return f"/{area}/{quote(path.lstrip('/'), safe='/:?=&#%;,@+')}" + (
            f"?{urlencode(asked)}" if asked else ""
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port of this node, as it is told or as the visitor came."""
        told = self.site.parts.options.origin
        return told or f"{self.request.url.scheme}://{self.request.headers.get('host', '')}"

    def ask(self, service: Service, path: Mapping[str, str]) -> PageAsk:
        """What a page of a service gets."""
        area = self.area.name if self.area else ""
        return PageAsk(
            area=area,
            path=path,
            query=self.query,
            fields=self.posted.fields,
            files=self.posted.files,
            person=self.person.seen_by(service.name),
            language=self.language,
            now=self.now,
            seed=self.site.parts.clock.seed(),
            city=self.city,
            settings=self.site.parts.settings(service, area),
            browser=self.who.browser,
            town=self.area,
            forms=frozenset(self.site.parts.writers),
            origin=self.origin,
        )

    def draw(
        self,
        items: Sequence[Mapping[str, Any]],
        centre: LonLat | None = None,
        here: LonLat | None = None,
        label: str = "",
    ) -> Markup:
        """`place_map` of the templates: the items on the outline of the area; `centre` is shown when there are none."""
        around = items or ([{"lon": centre[0], "lat": centre[1], "title": ""}] if centre else [])
        said = label or self.say("places.map_label", count=len(items))
        if self.area is None:
            return draw_map(around, Ground(), here, said)
        names = tuple((self.say(ward.words), ward.centre) for ward in self.area.wards)
        return draw_map(around, Ground(self.site.outlines[self.area.name], names), here, said)

    def values(self) -> dict[str, Any]:
        """What every template has."""
        csrf = self.site.signer.token(self.who.holder, self.who.browser, self.account)
        values: dict[str, Any] = {
            "area": self.area,
            "near_example": f"{self.area.centre[1]:.3f},{self.area.centre[0]:.3f}" if self.area else "",
            "person": self.person,
            "acting": self.acting,
            "is_fresh": self.who.fresh,
            "owes_factor": self.who.owes,
            "once_more": self.href("sign-in", step=1, next=self.here_with_query),
            "now": self.now,
            "here": self.here,
            "query": self.query,
            "csrf": Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf),
            "note": self.resumed or self.site.signer.open("note", self.request.cookies.get(NOTE_COOKIE)),
            "notices": self.notices,
            "faults": (),
            "for_what": None,
            "title": "",
            "fragment": self.request.headers.get(FRAGMENT) == "main",
            "home": self.href() if self.area else "/",
            "href": self.href,
            "file_at": self._file_at,
            "place_map": self.draw,
            "fields": self._fields() if self.area else (),
            "languages": self._languages(),
            "areas_many": len(self.site.areas) > 1,
            "desk_href": self.href("desk")
            if self.area and self.person.holds((STAFF, ADMIN, AUDITOR))
            else "",
            "operator": self.site.parts.options.operator,
            "outbox_href": self.href(self.site.outbox) if self.area and self.site.outbox else "",
            "map_at": self.map_at,
            "curl_of": self._curl_of,
            "base_map": self.site.tiles_of(self.area.name) if self.area else None,
            "base_images": self._base_images,
            "map_told": self._map_told() if self.area else "",
            "hides_faces": self.site.parts.darkroom.hides_faces,
        }
        return values

    def _map_told(self) -> str:
        """What a map that moves needs to know, as JSON on the body of the page."""
        asset, tiles = self.site.assets.address, self.site.tiles_of(self.area.name) if self.area else None
        told: dict[str, Any] = {
            "script": asset("map.js"),
            "library": asset("vendor/maplibre-gl/maplibre-gl.mjs"),
            "sheet": asset("vendor/maplibre-gl/maplibre-gl.css"),
            "outline": self.href("outline.geojson"),
            "name": f"name:{self.language}",
            "tiles": tiles,
            "words": {key: self.say(f"maps.{name}") for key, name in MAP_WORDS.items()},
        }
        return msgspec.json.encode(told).decode()

    def map_at(self, lon: float | None = None, lat: float | None = None) -> str:
        """The address of the map with all layers, at a place where one is named; the generic map where no service has one."""
        if not self.site.town_map:
            return self.href("map")
        if lon is None or lat is None:
            return self.href(self.site.town_map)
        return self.href(f"{self.site.town_map}?at={lon:.6f},{lat:.6f}&z={PLACE_ZOOM}&mark=1")

    def _curl_of(self, entity_id: str) -> str:
        """The request that reads an entity from the data plane, with the header that names the area: a link has no headers."""
        target = f"/ngsi-ld/v1/entities/{quote(entity_id, safe=':')}"
        headers = {"NGSILD-Tenant": self.area.name} if self.area else {}
        return curl(Try("entity", Words("", ""), target, "GET", headers, ""), self.origin)

    def _base_images(self, window: Bounds, width_px: int) -> list[Image]:
        """The pictures of the base map under a drawn map."""
        return images_under(self.site.tiles_of(self.area.name) if self.area else None, window, width_px)

    def _file_at(self, digest: str) -> str:
        return self.href(f"files/{digest}")

    def _fields(self) -> list[dict[str, Any]]:
        """The five fields of the header, and in which of them this page lies."""
        parts = self.here.split("/")
        near = [(p, s) for s in self.site.services for p in s.pages if parts[0] == p.path.split("/")[0]]
        page, service = next(
            (one for one in near if one[0].path == self.here), near[0] if near else (None, None)
        )
        of_page = (page and page.field) or (service and service.field)
        exact = parts[0] == "field" and len(parts) > 1
        return [
            {
                "words": self.site.renderer.catalogue[f"shell.{field}"],
                "href": self.href(f"field/{field}"),
                "here": field == (parts[1] if exact else of_page),
                "exact": exact,
            }
            for field in FIELDS
        ]

    def _languages(self) -> list[dict[str, Any]]:
        """The same page in each language."""
        rest = [(key, value) for key, value in self.request.query_params.multi_items() if key != "lang"]
        return [
            {
                "name": NAMES[language],
                "tag": tag_of(language),
                "here": language == self.language,
                "href": "?" + urlencode([*rest, ("lang", language)]),
            }
            for language in LANGUAGES
        ]
