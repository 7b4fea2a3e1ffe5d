"""What is kept as it came is told with its size and its checksum before anybody fetches it; what is made when it is asked for has neither."""

from __future__ import annotations

import hashlib

import pytest
from ckan_client import Client
from rdflib import Graph, Literal
from rdflib.namespace import DCAT, XSD, Namespace
from shapes import violations
from starlette.applications import Starlette
from test_transit_feeds import FEED, bring, page, whole, zipped

from kaiteki.adapters.dcat import app
from kaiteki.adapters.dcat.bound import Parts
from kaiteki.kit.catalogue.schema_org import schema_of
from kaiteki.kit.engine import Asking
from kaiteki.main.cities import load_city
from kaiteki.main.site import DATA_SERVICES
from reader import Reader

SPDX = Namespace("http://spdx.org/rdf/terms#")
# (of rdflib, by rdflib itself)
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:pyshacl"
)


def told(graph: Graph) -> dict[str, tuple[int, str]]:
    """Bytes and SHA-256 of the downloads that have one, by address."""
    found: dict[str, tuple[int, str]] = {}
    for part, node in graph.subject_objects(SPDX.checksum):
        assert graph.value(node, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        value = graph.value(node, SPDX.checksumValue)
        assert isinstance(value, Literal) and value.datatype == XSD.hexBinary
        size = graph.value(part, DCAT.byteSize)
        found[str(graph.value(part, DCAT.downloadURL))] = int(str(size)), str(value)
    assert len(found) == len(set(graph.subjects(DCAT.byteSize)))
    return found


async def test_the_zip_of_a_feed_has_its_size_and_checksum_before_it_is_fetched() -> None:
    town = Client()
    city = town.cities.of(Asking("demo"))
    parts = Parts({"demo": load_city("demo")}, lambda area: town.cities.of(Asking(area)), DATA_SERVICES)
    reader = Reader(Starlette(routes=app.routes(parts)))
    news = zipped(feed_info=FEED["feed_info.txt"].replace("v7", "v8"))
    for content in (zipped(), news):
        await bring(town.hall, content)
        mark = len(content), hashlib.sha256(content).hexdigest()
        assert await whole(await page(town.hall)) == content
        for form, name in (("ttl", "turtle"), ("jsonld", "json-ld"), ("rdf", "xml")):
            graph = Graph().parse(data=(await reader.get(f"/demo/catalog.{form}")).body, format=name)
            assert violations(graph) == []
            found = told(graph)
            assert len(found) == 2 and {*found.values()} == {mark}
            assert all(address.endswith("/gtfs.zip") for address in found)
        packages = (await town.result("package_search"))["results"]
        resources = [one for each in packages for one in each["resources"]]
        known = {(one["format"], one["size"], one["hash"]) for one in resources if one["size"] or one["hash"]}
        assert known == {("GTFS", *mark)}
        catalogue = await city.catalogue()
        downloads = schema_of(catalogue.entries[0], catalogue, "")["distribution"]
        assert [
            (one["contentSize"], one["sha256"])
            for one in downloads
            if "sha256" in one or "contentSize" in one
        ] == [(f"{mark[0]} B", mark[1])]
