"""The addresses of the catalogue: `/{area}/catalog.jsonld`, `.ttl` and `.rdf` by pages, `/{area}/catalog/{name}.…` of one data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from kaiteki.adapters.dcat.bound import Desk, Parts
from kaiteki.adapters.dcat.description import (
    Graph,
    Page,
    catalogue_node,
    dataset_node,
    page_node,
    service_node,
)
from kaiteki.adapters.dcat.openapi import describe
from kaiteki.adapters.dcat.terms import CONTEXT
from kaiteki.adapters.dcat.turtle import write_turtle
from kaiteki.adapters.dcat.xml import write_xml
from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.manifest import Service
from kaiteki.model.entity import Json
from kaiteki.model.media_ranges import prefer
from kaiteki.model.problem import Problem
from kaiteki.ports.outage import RETRY_AFTER_S, StoreAway

PAGE_SIZE: Final = 100
"""Data sets of a page."""
FORMS: Final = {
    "jsonld": "application/ld+json",
    "ttl": "text/turtle; charset=utf-8",
    "rdf": "application/rdf+xml",
}
PLACES: Final = {
    "application/ld+json": "catalog.jsonld",
    "application/json": "catalog.jsonld",
    "text/turtle": "catalog.ttl",
    "application/rdf+xml": "catalog.rdf",
    "text/html": "data",
}
"""Where the catalogue is in the form that Accept names."""
PREFIX: Final = "/{area}/catalog"
_HEADERS: Final = {"access-control-allow-origin": "*"}


def routes(parts: Parts) -> list[BaseRoute]:
    """The addresses of every area of the node."""
    counter = _Counter(parts)
    return [
        Route(PREFIX, counter.choose, methods=["GET"]),
        Route(PREFIX + ".{format}", counter.catalogue, methods=["GET"]),
        Route(PREFIX + "/{name}.{format}", counter.dataset, methods=["GET"]),
    ]


def description(_services: Sequence[Service], areas: Sequence[str]) -> Mapping[str, Json]:
    """What `/openapi.json` says of this adapter."""
    return describe(areas)


class _Counter:
    """Finds out where, in which form and what, and writes the document."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    async def choose(self, request: Request) -> Response:
        """The catalogue itself: on to the form that is liked best."""
        area = str(request.path_params["area"])
        if area not in self.parts.areas:
            return _refuse(self._no_area(area))
        best = prefer(request.headers.get("accept"), tuple(PLACES))
        if best is None:
            words = f"the catalogue can be had as {', '.join(PLACES)}"
            return _refuse(Problem("NotAcceptable", words, "Accept"), {"vary": "accept"})
        return RedirectResponse(f"/{area}/{PLACES[best]}", 303, {**_HEADERS, "vary": "accept"})

    async def catalogue(self, request: Request) -> Response:
        """A page of the catalogue."""

        def describe_page(desk: Desk) -> Graph:
            entries = desk.catalogue.entries
            count = max(1, -(-len(entries) // PAGE_SIZE))
            number = _page(request.query_params.get("page", "1"), count)
            shown = entries[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
            graph = Graph()
            graph.nodes.append(catalogue_node(graph, desk, shown))
            graph.nodes += [service_node(graph, desk, one, shown) for one in desk.services]
            graph.nodes += [dataset_node(graph, desk, one) for one in shown]
            address = f"{desk.base}/catalog.{request.path_params['format']}"
            graph.nodes.append(page_node(desk, address, Page(number, count)))
            return graph

        return await self._answer(request, describe_page)

    async def dataset(self, request: Request) -> Response:
        """One data set, with the services behind its forms."""

        def describe_one(desk: Desk) -> Graph:
            name = str(request.path_params["name"])
            one: Entry | None = desk.catalogue.get(name)
            if one is None:
                raise Problem(
                    "ResourceNotFound",
                    f"there is no data set {name[:60]} here; {desk.base}/catalog.{request.path_params['format']} lists them",
                    "name",
                )
            graph = Graph()
            graph.nodes.append(dataset_node(graph, desk, one))
            named = {part.form.interface for part in one.distributions} - {""}
            graph.nodes += [
                service_node(graph, desk, x, (one,)) for x in desk.services if x.interface in named
            ]
            return graph

        return await self._answer(request, describe_one)

    async def _answer(self, request: Request, described: Callable[[Desk], Graph]) -> Response:
        form = str(request.path_params["format"])
        try:
            if form not in FORMS:
                raise Problem(
                    "ResourceNotFound",
                    f"the catalogue is not written as {form[:60]}; its forms are {', '.join(FORMS)}",
                    "format",
                )
            desk = await self._desk(request)
            body = await run_in_threadpool(lambda: _written(described(desk), form))
        except Problem as problem:
            return _refuse(problem)
        except StoreAway as away:
            problem = Problem("ServiceUnavailable", away.detail(writes=False))
            return _refuse(problem, {"retry-after": str(RETRY_AFTER_S)})
        return Response(body, 200, _HEADERS, FORMS[form])

    def _no_area(self, name: str) -> Problem:
        here = ", ".join(self.parts.areas)
        return Problem("ResourceNotFound", f"there is no area {name[:60]} here; there is {here}", "area")

    async def _desk(self, request: Request) -> Desk:
        name = str(request.path_params["area"])
        area = self.parts.areas.get(name)
        if area is None:
            raise self._no_area(name)
        for asked in request.query_params:
            if len(request.query_params.getlist(asked)) > 1:
                raise Problem("BadRequestData", f"{asked[:60]} is given once", asked[:60])
        catalogue = await self.parts.city(name).catalogue()
        base = f"{request.url.scheme}://{request.url.netloc}/{name}"
        return Desk(area, catalogue, base, self.parts.services)


def _written(graph: Graph, form: str) -> bytes:
    if form == "ttl":
        return write_turtle(graph.whole()).encode()
    if form == "rdf":
        return write_xml(graph.whole())
    return msgspec.json.encode({"@context": CONTEXT, "@graph": graph.whole()})


def _page(text: str, count: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= count):
        raise Problem("BadRequestData", f"page is a whole number from 1 to {count}", "page")
    return int(text)


def _refuse(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = msgspec.json.encode(problem.document())
    return Response(body, problem.status, {**_HEADERS, **(headers or {})}, "application/problem+json")
