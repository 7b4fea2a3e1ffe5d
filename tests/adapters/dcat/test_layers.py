"""A layer of the map that is a data set, as harvesters read it: DCAT-AP without a fault, and a package of CKAN."""

from __future__ import annotations

import json

import pytest
from rdflib import DCAT, DCTERMS, Graph, URIRef
from shapes import violations
from starlette.applications import Starlette
from test_catalogue import KEEPER, bench, desk
from test_catalogue_layers import LAYER

from kaiteki.adapters.ckan import app as ckan
from kaiteki.adapters.ckan.bound import Parts as CkanParts
from kaiteki.adapters.dcat import app as dcat
from kaiteki.adapters.dcat.bound import Parts
from kaiteki.kit.city import CityOf
from kaiteki.kit.engine import Asking
from kaiteki.main.cities import load_city
from kaiteki.main.site import DATA_SERVICES
from kaiteki.model.access import NOBODY, Person
from kaiteki.services.maps.manifest import service as maps
from reader import Reader

BASE = "http://localhost/demo"
PAGE = URIRef(f"{BASE}/maps/layers/{LAYER.id}")
VCARD = "http://www.w3.org/2006/vcard/ns#"
# (of rdflib, by rdflib itself)
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:pyshacl"
)


async def who(_headers: object, _area: str) -> Person:
    return NOBODY


async def harvested() -> Reader:
    at = desk(KEEPER, maps)
    await at.keep(bench(1), LAYER)
    areas = {"demo": load_city("demo")}
    assert at.hall.area == "demo"

    def city(area: str) -> CityOf:
        return at.cities.of(Asking(area))

    routes = [
        *dcat.routes(Parts(areas, city, DATA_SERVICES)),
        *ckan.routes(CkanParts(areas=areas, city=city, who=who, now=at.hall.clock.now, version="1")),
    ]
    return Reader(Starlette(routes=routes))


async def test_a_layer_is_a_data_set_of_dcat() -> None:
    reader = await harvested()
    graph = Graph().parse(data=(await reader.get("/demo/catalog.ttl")).text, format="turtle")
    assert violations(graph) == []
    assert {str(one) for one in graph.objects(PAGE, DCTERMS.title)} == {"座れる場所", "Where to sit"}
    assert str(next(graph.objects(PAGE, DCTERMS.accrualPeriodicity))).endswith("/ANNUAL")
    (contact,) = graph.objects(PAGE, DCAT.contactPoint)
    assert "公園課" in {str(one) for one in graph.objects(contact, URIRef(f"{VCARD}fn"))}
    (form,) = graph.objects(PAGE, DCAT.distribution)
    assert list(graph.objects(form, DCAT.accessURL)) == [URIRef(f"{BASE}/ogc/collections/layer_seats/items")]
    assert "public_data_license" in str(next(graph.objects(form, DCTERMS.license)))


async def test_a_layer_is_a_package_of_ckan_without_a_table() -> None:
    reader = await harvested()
    told = json.loads((await reader.get("/demo/ckan/api/3/action/package_show?id=layer_seats")).body)
    package = told["result"]
    assert (package["title"], package["organization"]["title"]) == ("座れる場所", "公園課")
    assert [(one["url"], one["datastore_active"]) for one in package["resources"]] == [
        (f"{BASE}/ogc/collections/layer_seats/items", False)
    ]
