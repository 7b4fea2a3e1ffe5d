"""The addresses of OGC API Features: `/{area}/ogc/…` as JSON and as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from kaiteki.adapters.ogc.asked import EVERYWHERE, read_wanted, refuse_unknown
from kaiteki.adapters.ogc.bound import PREFIX, Desk, Parts, Told
from kaiteki.adapters.ogc.cells import check_asked, count_cells, document_of_cells, read_grid, table_of_cells
from kaiteki.adapters.ogc.collections import Collection, collections_of
from kaiteki.adapters.ogc.definition import define, describe
from kaiteki.adapters.ogc.documents import (
    all_collections,
    collection_of,
    conformance,
    landing,
    queryables_of,
    schema_of,
)
from kaiteki.adapters.ogc.features import (
    document_of_feature,
    feature_of,
    find_features,
    page_of_features,
)
from kaiteki.adapters.ogc.layers import LAYER, maps_of
from kaiteki.adapters.ogc.links import MEDIA_TYPES, id_of, with_query
from kaiteki.adapters.ogc.nowhere import Nowhere, problem_of
from kaiteki.adapters.ogc.pages import (
    Pages,
    cells_page,
    collection_page,
    collections_page,
    conformance_page,
    definition_page,
    feature_page,
    features_page,
    landing_page,
)
from kaiteki.adapters.ogc.refusals import Refusals, language_of
from kaiteki.adapters.ogc.register import collection_by_name, every_collection
from kaiteki.adapters.ogc.systems import System, system_of
from kaiteki.adapters.ogc.tiles.answers import Answer, Row, TileCounter
from kaiteki.adapters.ogc.tiles.press import Press
from kaiteki.adapters.ogc.turns import Turns
from kaiteki.kit.manifest import Service
from kaiteki.model.entity import Json
from kaiteki.model.instant import format_instant
from kaiteki.model.media_ranges import prefer
from kaiteki.model.problem import Problem
from kaiteki.model.words import LANGUAGES, Language
from kaiteki.ports.outage import StoreAway

FORMS: Final = {
    "json": "json",
    "geojson": "json",
    "application/json": "json",
    "html": "html",
    "text/html": "html",
}
"""What the parameter f may say, and the form that it means."""
CELL_FORMS: Final = {**FORMS, "csv": "csv", "text/csv": "csv"}
"""The same of the counts by cell, which come as a table too."""
_JSON: Final = (
    *("application/json", "application/geo+json", "application/schema+json"),
    "application/vnd.oai.openapi+json",
)
LIKED_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "json": _JSON,
    "tilejson": ("application/vnd.mapbox.tilejson+json",),
    "html": ("text/html", "application/xhtml+xml"),
    "csv": ("text/csv",),
    "mvt": ("application/vnd.mapbox-vector-tile", "application/x-protobuf", "application/octet-stream"),
}
"""By which media types an asker may mean a form: clients name every JSON by the one or the other."""
FEATURE: Final = EVERYWHERE | {"crs"}
_HEADERS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Content-Crs, ETag, Link",
}


def routes(parts: Parts) -> list[BaseRoute]:
    """The addresses of every area of the node."""
    counter = _Counter(parts)
    rows: tuple[tuple[str, Answer], ...] = (
        ("", counter.landing),
        ("/", counter.landing),
        ("/conformance", counter.conformance),
        ("/api", counter.definition),
        ("/api.html", counter.definition_page),
        ("/collections", counter.collections),
        ("/collections/{collection}", counter.collection),
        ("/collections/{collection}/queryables", partial(counter.schema, queryables_of)),
        ("/collections/{collection}/schema", partial(counter.schema, schema_of)),
        ("/collections/{collection}/items", counter.items),
        ("/collections/{collection}/items/{feature}", counter.feature),
    )
    tiles = TileCounter(counter.known, counter.pages, Press(parts))
    cells = Row("/collections/{collection}/cells", counter.cells, CELL_FORMS)
    every = [*(Row(path, answer) for path, answer in rows), cells, *tiles.rows()]
    return [
        *(Route(PREFIX + row.path, partial(counter.answer, row), methods=["GET"]) for row in every),
        Nowhere(counter.refuse),
    ]


def description(_services: Sequence[Service], areas: Sequence[str]) -> Mapping[str, Json]:
    """What `/openapi.json` says of this adapter; it has a definition of its own beside, as the standard wants it."""
    return describe(areas)


class _Counter:
    """Finds out where, who, in which language and form, and lets the row answer."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.known = collections_of(parts.services)
        self.turns = Turns()
        self.pages = Pages(parts.asset)
        self.refusals = Refusals(parts, self.pages, self.known, self.turns)
        layers = (one for service in parts.services for one in service.types if LAYER in one.plays)
        self.layer_page = next((one.page for one in layers), "")

    async def answer(self, row: Row, request: Request) -> Response:
        forms = row.forms or FORMS
        try:
            told = await row.answer(await self._desk(request, forms), request)
        except Problem as problem:
            return self.refusals.answer(problem, request, _liked(forms), _HEADERS)
        except StoreAway as away:
            problem = Problem("ServiceUnavailable", away.detail(writes=False))
            return self.refusals.answer(problem, request, _liked(forms), _HEADERS)
        headers = {**_HEADERS, **told.headers}
        if isinstance(told.document, str):
            media = MEDIA_TYPES["csv"] if told.media == "csv" else "text/html; charset=utf-8"
            return Response(told.document, told.status, headers, media)
        is_file = isinstance(told.document, bytes)
        body = told.document if is_file else await run_in_threadpool(msgspec.json.encode, told.document)
        return Response(body, told.status, headers, MEDIA_TYPES[told.media])

    async def refuse(self, request: Request) -> Response:
        """The answer where nothing is, whatever form is asked for."""
        return self.refusals.answer(problem_of(request), request, _liked(FORMS), _HEADERS)

    async def _desk(self, request: Request, forms: Mapping[str, str]) -> Desk:
        name = str(request.path_params["area"])
        area = self.parts.areas.get(name)
        if area is None:
            raise Problem("ResourceNotFound", f"there is no area {name[:60]} here", "area")
        # a session cookie counts for nothing here: pages elsewhere could ride on it
        told = {
            key: value
            for key in ("authorization", "x-api-key", "kaiteki-purpose")
            if (value := request.headers.get(key))
        }
        person = await self.parts.who(told, name)
        base = f"{request.url.scheme}://{request.url.netloc}{PREFIX.format(area=name)}"
        query = query_of(request)
        return Desk(
            area=area,
            city=self.parts.city(name, person),
            turns=self.turns,
            collections=self.known,
            language=_language(request),
            form=_form(request, forms),
            told={key: value for key, value in query.items() if key != "f"},
            base=base,
            here=f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
            is_public=not told,
        )

    async def _collection(self, desk: Desk, request: Request) -> Collection:
        return await collection_by_name(desk.city, self.known, str(request.path_params["collection"]))

    # What each address answers --------------------------------------------------------------------------------------

    async def landing(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        return Told(self.pages.write(desk, landing_page(desk)) if desk.form == "html" else landing(desk))

    async def conformance(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        return Told(
            self.pages.write(desk, conformance_page(desk)) if desk.form == "html" else conformance(desk)
        )

    async def definition(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        return Told(define(desk), "api")

    async def definition_page(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        return Told(self.pages.write(desk, definition_page(desk)))

    async def collections(self, desk: Desk, _request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        known = await every_collection(desk.city, self.known)
        if desk.form == "html":
            return Told(self.pages.write(desk, collections_page(desk, known)))
        return Told(all_collections(desk, known))

    async def collection(self, desk: Desk, request: Request) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        one = await self._collection(desk, request)
        maps = await maps_of(desk, one, self.layer_page)
        if desk.form != "html":
            return Told(collection_of(desk, one, maps=maps))
        return Told(self.pages.write(desk, collection_page(desk, one, maps)))

    async def schema(
        self, of: Callable[[Desk, Collection], dict[str, Json]], desk: Desk, request: Request
    ) -> Told:
        refuse_unknown(desk.told, EVERYWHERE)
        one = await self._collection(desk, request)
        return Told(
            self.pages.write(desk, collection_page(desk, one)) if desk.form == "html" else of(desk, one),
            "schema",
        )

    async def items(self, desk: Desk, request: Request) -> Told:
        one = await self._collection(desk, request)
        wanted = read_wanted(desk.told, one)
        found = await find_features(desk, one, wanted)
        if desk.form == "html":
            step = {"after": str(found.features[-1]["id"]), "offset": "", "f": "html"} if found.more else {}
            after = with_query(desk.here, desk.told, **step) if step else ""
            return Told(
                self.pages.write(desk, features_page(desk, one, found, after)), headers=_in(wanted.system)
            )
        stamp = format_instant(self.parts.now())
        return Told(page_of_features(desk, one, wanted, found, stamp), "geojson", _in(wanted.system))

    async def feature(self, desk: Desk, request: Request) -> Told:
        refuse_unknown(desk.told, FEATURE)
        one, name = await self._collection(desk, request), id_of(str(request.path_params["feature"]))
        system = system_of(desk.told.get("crs"), "crs")
        entity = await desk.city.entity(one.type, name)
        feature = feature_of(desk, one, entity, system) if entity is not None and one.holds(entity) else None
        if feature is None:
            raise Problem("ResourceNotFound", f"there is no feature {name[:100]} in {one.id}", "featureId")
        if desk.form == "html":
            return Told(self.pages.write(desk, feature_page(desk, one, feature)), headers=_in(system))
        return Told(document_of_feature(desk, one, feature), "geojson", _in(system))

    async def cells(self, desk: Desk, request: Request) -> Told:
        one = await self._collection(desk, request)
        check_asked(desk.told, one)
        grid = read_grid(desk.told, desk.area.bbox)
        counted = await count_cells(desk, one, grid)
        if desk.form == "html":
            return Told(self.pages.write(desk, cells_page(desk, one, grid, counted)))
        if desk.form == "csv":
            return Told(table_of_cells(grid, counted), "csv")
        stamp = format_instant(self.parts.now())
        return Told(document_of_cells(desk, one, grid, counted, stamp), "geojson")


def _in(system: System) -> dict[str, str]:
    return {"content-crs": f"<{system.uri}>"}


def query_of(request: Request) -> dict[str, str]:
    """The parameters of a question, each once. Raises BadRequestData (/req/core/query-param-invalid)."""
    for name in request.query_params:
        times = len(request.query_params.getlist(name))
        if times > 1:
            raise Problem(
                "BadRequestData", f"{name[:60]} is given {times} times; it is given once", name[:60]
            )
    return dict(request.query_params)


def _liked(forms: Mapping[str, str]) -> dict[str, str]:
    """The media types by which an asker may mean one of some forms, with the form, in their order."""
    return {media: form for form in dict.fromkeys(forms.values()) for media in LIKED_AS[form]}


def _form(request: Request, forms: Mapping[str, str]) -> str:
    """The form as the parameter says, else the one that Accept likes best, on a draw the first of the address (RFC 9110, 12.5.1)."""
    told = request.query_params.get("f")
    if told is not None:
        form = forms.get(told)
        if form is None:
            raise Problem("BadRequestData", f"f is one of {', '.join(forms)}", "f")
        return form
    offered = _liked(forms)
    best = prefer(request.headers.get("accept"), tuple(offered))
    if best is None:
        named = ", ".join(LIKED_AS[form][0] for form in dict.fromkeys(forms.values()))
        raise Problem("NotAcceptable", f"this can be had as {named}, or by the parameter f", "Accept")
    return offered[best]


def _language(request: Request) -> Language:
    told = request.query_params.get("lang")
    if told is not None and told not in LANGUAGES:
        raise Problem("BadRequestData", f"lang is one of {', '.join(LANGUAGES)}", "lang")
    return language_of(request)
