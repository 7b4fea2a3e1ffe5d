"""All that a node answers beside its data plane: pages, commands, adapters, descriptions, health. Built when it is first wanted."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount

from kaiteki.adapters.ckan import app as ckan
from kaiteki.adapters.ckan import bound as ckan_bound
from kaiteki.adapters.dcat import app as dcat
from kaiteki.adapters.dcat import bound as dcat_bound
from kaiteki.adapters.ogc import app as ogc
from kaiteki.adapters.ogc import bound as ogc_bound
from kaiteki.adapters.open311 import app as open311
from kaiteki.adapters.tables.writers import writers_here
from kaiteki.api.audit import Auditing, audit_routes
from kaiteki.api.commands import command_routes
from kaiteki.api.description.document import describe_node, description_route
from kaiteki.api.harbour import Harbour
from kaiteki.api.health import health_routes
from kaiteki.api.mcp.door import mcp_routes
from kaiteki.api.mcp.doors import City, KnownType
from kaiteki.api.methods import UnknownMethods
from kaiteki.api.metrics import Figures
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.api.ngsi_v2 import binding as ngsi_v2
from kaiteki.api.ngsi_v2.handlers import HANDLERS as V2_HANDLERS
from kaiteki.api.oauth.description import describe_oauth
from kaiteki.api.oauth.endpoints import oauth_routes
from kaiteki.api.photos import photo_routes
from kaiteki.api.reads import RecordedAnswers
from kaiteki.api.tally import Tally
from kaiteki.kit.engine import Asking
from kaiteki.kit.failures import set_aside
from kaiteki.kit.identity import Mandates
from kaiteki.kit.views import slots
from kaiteki.main.clock import SystemClock
from kaiteki.main.desks import desk_of
from kaiteki.main.examples import APIS
from kaiteki.main.limits import sizes, watchers
from kaiteki.main.map_tiles import base_map, own_maps
from kaiteki.main.oauth import oauth_parts
from kaiteki.main.parts import SERVICES, Joined
from kaiteki.main.replaying import erasing_of
from kaiteki.main.shelf import LayerShelf, rules_of
from kaiteki.main.trying import Trial
from kaiteki.model.entity import Json
from kaiteki.model.words import Words
from kaiteki.portal.app import portal
from kaiteki.portal.assets import Assets
from kaiteki.portal.site import Channels, Interface, Options, Parts
from kaiteki.ports.outage import StoreAway

PACKED_MIN_BYTES: Final = 1000
"""A smaller answer fits a packet as it is."""
PACKING_LEVEL: Final = 5
"""What 9 would save beside it is a hundredth, for twice the time."""

Edge: TypeAlias = Callable[[Joined], list[BaseRoute]]


def _open311(joined: Joined) -> list[BaseRoute]:
    return open311.routes(
        open311.Parts(
            areas=joined.areas,
            services=SERVICES,
            city=lambda area, person, browser: joined.cities.of(Asking(area, person, browser=browser)),
            who=joined.who,
            settings=joined.engine.settings,
            now=joined.clock.now,
            fetch=joined.plane.outgoing.fetch_bytes,
        )
    )


def _ogc(joined: Joined) -> list[BaseRoute]:
    return ogc.routes(
        ogc_bound.Parts(
            areas=joined.areas,
            services=SERVICES,
            city=lambda area, person: joined.cities.of(Asking(area, person)),
            who=joined.who,
            now=joined.clock.now,
            events=joined.store.events,
            asset=Assets().address,
            shelf=None if joined.settings.store else LayerShelf(joined.settings.data),
            rules=rules_of(joined.settings, joined.engine.rulings),
        )
    )


def _ckan(joined: Joined) -> list[BaseRoute]:
    return ckan.routes(
        ckan_bound.Parts(
            areas=joined.areas,
            city=lambda area: joined.cities.of(Asking(area)),
            who=joined.who,
            now=joined.clock.now,
            version=version("kaiteki"),
        )
    )


DATA_SERVICES: Final = (
    dcat_bound.Offered(
        "ngsi-ld",
        Words("NGSI-LD（すべての記録のAPI）", "NGSI-LD, the API of all records"),
        "/ngsi-ld/v1",
        "/openapi.json",
        "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/",
    ),
    dcat_bound.Offered(
        "ogc",
        Words("OGC API Features（地図ソフトのAPI）", "OGC API Features, for map software"),
        "/{area}/ogc",
        "/{area}/ogc/api",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "ogc",
    ),
    dcat_bound.Offered(
        "ckan",
        Words("CKAN Action API（データ検索のAPI）", "CKAN Action API, to find and query data"),
        "/{area}/ckan/api/3",
        "/openapi.json",
        "https://docs.ckan.org/en/2.11/api/",
    ),
    dcat_bound.Offered(
        "open311",
        Words("Open311（まちレポのAPI）", "Open311 GeoReport, for reports"),
        "/{area}/open311/v2",
        "/{area}/open311/v2/discovery.json",
        "http://wiki.open311.org/GeoReport_v2",
    ),
)
"""The APIs of the node as the catalogue names them."""


def _dcat(joined: Joined) -> list[BaseRoute]:
    return dcat.routes(
        dcat_bound.Parts(joined.areas, lambda area: joined.cities.of(Asking(area)), DATA_SERVICES)
    )


ADAPTERS: tuple[Edge, ...] = (_ckan, _dcat, _open311, _ogc)
"""The adapters with addresses of their own: joined parts -> Starlette routes (whole paths, `/{area}/…`)."""

INTERFACES: Final = (
    Interface(
        "DCAT-AP 3.0.1",
        "/{area}/catalog.jsonld",
        Words(
            "オープンデータの目録を、JSON-LDとTurtleで集めること",
            "The catalogue of open data in JSON-LD and Turtle, for harvesters",
            "みんなが 使（つか）える データの リストを プログラムで あつめる こと",
        ),
    ),
    Interface(
        "CKAN Action API v3",
        "/{area}/ckan/api/3/action/package_search",
        Words(
            "オープンデータを、CKANのプログラムで探すこと、集めること",
            "Open data found and harvested by programs for CKAN",
            "みんなが 使（つか）える データを CKANの プログラムで さがす こと",
        ),
    ),
    Interface(
        "OGC API Features",
        "/{area}/ogc/",
        Words(
            "まちの場所を、QGISなどの地図ソフトで使うこと",
            "Places of the town in QGIS and other map software",
            "まちの 場所（ばしょ）を 地図（ちず）の ソフトで 使（つか）う こと",
        ),
    ),
    Interface(
        "Open311 GeoReport v2",
        "/{area}/open311/v2/discovery.json",
        Words(
            "レポートを、よそのアプリから送ること、読むこと",
            "Reports sent and read by other apps",
            "ほかの アプリから 知（し）らせる こと、読（よ）む こと",
        ),
    ),
)
"""What the adapters are called on the page for developers."""

DESCRIPTIONS: Final = (ckan.description, dcat.description, open311.description, ogc.description)
"""What the adapters say of their addresses: (services, areas) -> a part of `/openapi.json`."""


def origin_of(url: str) -> str:
    """What browsers call the site of an address (https://city.example); empty for none."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _portal(joined: Joined, trial: Trial) -> Starlette:
    """The pages of the areas."""
    writers = writers_here()
    joined.cities.shelves.offer(frozenset(writers))
    return portal(
        Parts(
            areas=tuple(joined.areas.values()),
            services=SERVICES,
            city=joined.cities.of,
            identity=joined.identity,
            mandates=Mandates(joined.store.accounts, joined.store.credentials, SystemClock()),
            darkroom=joined.cities.darkroom,
            history=joined.store.history,
            events=joined.store.events,
            clock=joined.clock,
            settings=joined.engine.settings,
            secret=joined.secret,
            watchers=joined.telling.watchers,
            ledger=joined.store.ledger,
            erasing=erasing_of(joined),
            measures=joined.store.measures,
            federation=joined.federation,
            api_keys=joined.api_keys,
            channels=Channels(lambda: joined.ways.sender.public_key, joined.ways.others),
            writers=writers,
            reasons={
                area: told.second_factor.reason
                for area, told in joined.named.providers.items()
                if told.second_factor.reason is not None
            },
            options=Options(
                tiles=base_map(os.environ),
                own_maps=own_maps(joined.areas, os.environ),
                interfaces=INTERFACES,
                origin=origin_of(joined.settings.public_url),
                apis=APIS,
                trying=trial,
                version=version("kaiteki"),
                address_per_minute=0 if joined.settings.open else sizes().address_per_minute,
                key_per_minute=0 if joined.settings.open else sizes().key_per_minute,
                key_per_day=0 if joined.settings.open else sizes().key_per_day,
            ),
        )
    )


def _city(joined: Joined) -> City:
    """What the tools of assistants know: they ask by the data plane's own binding."""
    desk = desk_of(joined)
    known = tuple(
        KnownType(
            declared.name,
            declared.words,
            service.words,
            {
                slot.short: declared.labels[slot.field]
                for slot in slots(declared.view)
                if slot.field in declared.labels
            },
        )
        for service in SERVICES
        for declared in service.types
    )
    return City(joined.areas, known, desk, Binding(desk, HANDLERS))


def _trial(joined: Joined, made: list[Starlette]) -> Trial:
    """What tries examples for developers on this node; `made` holds its site as soon as that is made."""
    desk = desk_of(joined)
    planes = {"ngsi-ld": Binding(desk, HANDLERS), "v2": ngsi_v2.Binding(desk, V2_HANDLERS)}
    return Trial(planes, lambda: made[0])


def _description(areas: tuple[str, ...]) -> Json:
    told = [*(told(SERVICES, areas) for told in DESCRIPTIONS), describe_oauth()]
    return describe_node(SERVICES, areas, version("kaiteki"), told)


def build_site(joined: Joined, tally: Tally) -> Starlette:
    """The application that answers every path but those of the data plane."""

    async def store_answers() -> bool:
        return await joined.store.events.last() >= 0

    async def figures() -> Figures:
        sources, store = joined.telling.inquirer.measures(), await joined.store.measures()
        try:
            told = await set_aside(joined.store.entities), await joined.telling.notifier.measures()
        except StoreAway:
            # whoever watches has to see just then that the store is away
            return Figures({}, None, sources, store)
        return Figures(*told, sources, store)

    areas = tuple(joined.areas)
    made: list[Starlette] = []
    own: list[BaseRoute] = [
        *health_routes(
            {"store": store_answers},
            tally,
            figures,
            watchers(),
        ),
        description_route(_description(areas)),
        *oauth_routes(oauth_parts(joined)),
        *command_routes(joined.engine, joined.who, areas, joined.pace),
        *audit_routes(Auditing(joined.store.ledger, joined.cities, joined.who, areas)),
        *photo_routes(joined.cities, joined.who, areas),
        *mcp_routes(lambda: _city(joined), version("kaiteki")),
        *(route for adapter in ADAPTERS for route in adapter(joined)),
    ]
    site = Starlette(
        routes=[
            *own,
            UnknownMethods(own),
            # the portal answers every path that is left, with an error page where there is nothing
            Mount("/", _portal(joined, _trial(joined, made))),
        ],
        middleware=[
            Middleware(Harbour),
            Middleware(GZipMiddleware, minimum_size=PACKED_MIN_BYTES, compresslevel=PACKING_LEVEL),
            Middleware(RecordedAnswers, opener=joined.opener),
        ],
    )
    made.append(site)
    return site
