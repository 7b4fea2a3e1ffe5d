"""One document describes every address of a node that answers programs."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from kaiteki.api.ngsi_ld.operations import OPERATIONS
from kaiteki.api.ngsi_v2.operations import OPERATIONS as V2_OPERATIONS
from kaiteki.main.node import open_node
from kaiteki.main.parts import SERVICES
from kaiteki.main.settings import Settings
from kaiteki.model.access import ANYONE
from reader import Reader


async def test_every_address_for_programs_stands_in_the_document(tmp_path: Path) -> None:
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as node:
        site = node.site.built()
        assert isinstance(site, Starlette)
        document = (await Reader(site).get("/openapi.json")).text
        paths = json.loads(document)["paths"]
        served = {
            (route.path, method.lower())
            for route in site.routes
            if isinstance(route, Route)
            for method in (route.methods or set()) - {"HEAD"}
        } | {(f"/ngsi-ld/v1{one.path}", one.method.lower()) for one in OPERATIONS}
        served |= {(f"/v2{one.path}", one.method.lower()) for one in V2_OPERATIONS}
        told = {(path, method) for path, item in paths.items() for method in item if method != "parameters"}
        # every file of a service that anybody may fetch: no list that somebody has to keep
        files = {
            f"/{{area}}/{page.path}"
            for service in SERVICES
            for page in service.pages
            if page.is_file and ANYONE in page.roles and not page.path.startswith("my/")
        }
        assert {"/{area}/data/{id}/records.csv", "/{area}/maps/sheet.png"} < files
        commands = {("/{area}/services/{service}/{command}", "post")}
        assert served - told - commands == {("/openapi.json", "get")}
        assert {path for path, _ in told - served} == {
            *(path for path in paths if path.startswith("/{area}/services/")),
            "/health/live",
            "/{area}/files/{digest}",
            *files,
        }, "the front itself answers the one, the portal the other"
        assert isinstance(site.routes[-1], Mount)


async def test_a_method_that_an_address_does_not_know_is_refused_with_those_that_it_knows(
    tmp_path: Path,
) -> None:
    async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as node:
        reader = Reader(node.site.built())
        for method, path, known in (
            ("POST", "/demo/ogc/collections/AED/items", "GET, HEAD"),
            ("DELETE", "/demo/catalog.jsonld", "GET, HEAD"),
            ("PUT", "/demo/ckan/api/3/action/package_list", "GET, HEAD, POST"),
            ("PATCH", "/demo/data", "GET, HEAD, POST"),
            ("OPTIONS", "/demo/data", "GET, HEAD, POST"),
        ):
            answer = await reader.ask(method, path)
            assert (answer.status, answer.headers["allow"]) == (405, known), path
            assert answer.headers["content-type"] == "application/problem+json"
            assert json.loads(answer.text)["field"] == "method"
        assert (await reader.ask("POST", "/demo/data")).headers["content-type"].startswith("text/html")
