"""The catalogue is DCAT-AP as SEMIC's own shapes judge it, says the same in both forms, and comes whole by its pages."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from ckan_client import Client
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, PROV, RDFS
from shapes import violations
from starlette.applications import Starlette

from kaiteki.adapters.dcat import app
from kaiteki.adapters.dcat.bound import Parts
from kaiteki.adapters.tables.writers import writers_here
from kaiteki.kit.engine import Asking
from kaiteki.kit.views import write
from kaiteki.main.cities import load_city
from kaiteki.main.site import DATA_SERVICES
from kaiteki.model.instant import Instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.model import DataSet
from node_under_test import start_node, stop_node
from reader import Answer, Reader
from real_town import REAL_AREA

NEXT = URIRef("http://www.w3.org/ns/hydra/core#next")
BASE = "http://localhost/demo"
# (of rdflib, by rdflib itself)
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:rdflib", "ignore::DeprecationWarning:pyshacl"
)

READ_AS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
"""What rdflib calls the forms."""


class Harvester:
    """A program that reads the catalogue of a small town."""

    def __init__(self) -> None:
        self.client = Client()
        self.client.cities.shelves.offer(frozenset(writers_here()))
        parts = Parts(
            {"demo": load_city("demo")}, lambda area: self.client.cities.of(Asking(area)), DATA_SERVICES
        )
        self.app = Starlette(routes=app.routes(parts))

    async def get(self, path: str, **headers: str) -> Answer:
        return await Reader(self.app, **headers).get(f"/demo/{path}")

    async def graph(self, path: str) -> Graph:
        answer = await self.get(path)
        assert answer.status == 200, answer.body
        return read(answer.body, next(name for form, name in READ_AS.items() if f".{form}" in path))

    async def keep(self, *kept: DataSet) -> None:
        """Write data sets past the import, as programs do."""
        now = self.client.hall.clock.now()
        made = [write(one, None, now) for one in kept]
        changes = [Change(None, one) for one in made]
        await self.client.hall.store.entities.change(
            "demo", [one.id for one in made], lambda _: Decision(changes, None), By()
        )


def read(body: bytes, form: str) -> Graph:
    return Graph().parse(data=body.decode(), format=form)


@pytest.fixture
async def town() -> Harvester:
    harvester = Harvester()
    await harvester.client.fill()
    return harvester


def said(number: int, **more: str) -> DataSet:
    """A data set of which everything is said, with letters that documents have to escape."""
    return DataSet(
        f"urn:ngsi-ld:DataSet:t{number}",
        title=f'表「{number}」 "<&>" \\ {{}} \n次',
        record_type="AED",
        description="1行目\n2行目",
        records=number,
        source="見本市 <情報課>",
        licence=more.get("licence", "CC BY 4.0"),
        file_name="a b.csv",
        rhythm="ANNUAL",
        keywords=("命", "救急"),
        since="2025-04-01",
        until="2026-03-31",
        located=number,
        box=(141.01, 35.31, 141.02, 35.32),
        changed_at=Instant(1_760_000_000_000_000 + number),
        checked_at=Instant(1_760_000_000_000_000),
    )


async def test_a_catalogue_with_everything_in_it_breaks_no_shape(town: Harvester) -> None:
    await town.keep(said(1), said(2, licence="よそで使うときは聞いてください"), said(3, licence=""))
    graph = await town.graph("catalog.jsonld")
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 6
    assert len(set(graph.subjects(RDF.type, DCAT.Distribution))) == 42
    assert len(set(graph.subjects(RDF.type, DCAT.DataService))) == 4
    assert violations(graph) == []


async def test_the_shapes_find_what_is_missing(town: Harvester) -> None:
    """The judge judges: without a title, a publisher's name or the class of a licence there are violations."""
    graph = await town.graph("catalog.jsonld")
    broken = Graph() + graph
    broken.remove((URIRef(f"{BASE}/data/Bench"), DCTERMS.title, None))
    broken.remove((None, DCAT.accessURL, None))
    broken.remove((URIRef("https://creativecommons.org/licenses/by/4.0/"), RDF.type, None))
    found = "\n".join(violations(broken))
    assert "title" in found and "accessURL" in found and "license" in found


async def test_all_forms_say_the_same(town: Harvester) -> None:
    await town.keep(said(1))
    for name in ("catalog", "catalog/bench", "catalog/t1"):
        first, *others = [_unpaged(await town.graph(f"{name}.{form}"), name) for form in app.FORMS]
        for other in others:
            assert len(first) > 50 and isomorphic(first, other), name


def _unpaged(graph: Graph, name: str) -> Graph:
    """A graph without what names its own page and form."""
    kept = Graph()
    for triple in graph:
        own = str(triple[2]) == f"{BASE}/{name}" or any(
            f"catalog.{form}?" in str(part) for form in app.FORMS for part in triple
        )
        if not own:
            kept.add(triple)
    return kept


async def test_a_data_set_says_what_the_catalogue_knows(town: Harvester) -> None:
    await town.keep(said(7))
    graph = await town.graph("catalog/t7.ttl")
    one = URIRef(f"{BASE}/data/urn:ngsi-ld:DataSet:t7")
    told = {
        "frequency": graph.value(one, DCTERMS.accrualPeriodicity),
        "theme": graph.value(one, DCAT.theme),
        "since": graph.value(graph.value(one, DCTERMS.temporal), DCAT.startDate),
        "box": str(graph.value(graph.value(one, DCTERMS.spatial), DCAT.bbox)),
    }
    authority = "http://publications.europa.eu/resource/authority"
    assert told == {
        "frequency": URIRef(f"{authority}/frequency/ANNUAL"),
        "theme": URIRef(f"{authority}/data-theme/HEAL"),
        "since": Literal("2025-04-01", datatype="http://www.w3.org/2001/XMLSchema#date"),
        "box": "POLYGON((141.01 35.31, 141.02 35.31, 141.02 35.32, 141.01 35.32, 141.01 35.31))",
    }
    forms = {
        (
            str(graph.value(part, DCAT.mediaType)).rpartition("types/")[2],
            str(graph.value(part, DCTERMS["format"])).removeprefix(f"{authority}/file-type/"),
        )
        for part in graph.objects(one, DCAT.distribution)
    }
    assert forms == {
        *(("text/csv", "CSV"), ("application/geo+json", "GEOJSON")),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
        *(("application/geopackage+sqlite3", "GPKG"), ("application/vnd.apache.parquet", "PARQUET")),
        # no media type of IANA is JSON Lines
        ("None", "JSON"),
    }


RECOMMENDED = "推奨データセット（2017〜2022年の版）"
OF_TOILETS = ("ID", "名称", "所在地_連結表記", "バリアフリートイレ数")


@pytest.mark.parametrize(
    ("kind", "category", "columns", "standard"),
    [
        ("AED", "", (), f"{RECOMMENDED}「AED設置箇所一覧」"),
        ("AED", "医療機関一覧", (), f"{RECOMMENDED}「AED設置箇所一覧」"),
        ("PublicToilet", "", OF_TOILETS, "自治体標準オープンデータセット（正式版）「公衆トイレ一覧」"),
        ("PublicToilet", "", ("NO", "住所", "多機能トイレ数"), f"{RECOMMENDED}「公衆トイレ一覧」"),
        ("Park", "公共施設一覧", (), ""),
        ("OpenDataRecord", "AED設置箇所一覧", (), ""),
    ],
)
async def test_a_table_conforms_to_the_edition_whose_columns_it_has_and_not_to_what_it_is_filed_as(
    town: Harvester, kind: str, category: str, columns: tuple[str, ...], standard: str
) -> None:
    """Of its forms those conform that have the columns."""
    one = msgspec.structs.replace(said(7), record_type=kind, category=category, columns=columns)
    await town.keep(one)
    graph = await town.graph("catalog/t7.ttl")
    subject = URIRef(f"{BASE}/data/{one.id}")
    forms = {
        str(graph.value(graph.value(part, DCTERMS["format"]), RDFS.label)): {
            str(title)
            for conformed in graph.objects(part, DCTERMS.conformsTo)
            for title in graph.objects(conformed, DCTERMS.title)
            if isinstance(title, Literal) and title.language == "ja"
        }
        for part in graph.objects(subject, DCAT.distribution)
    }
    told = {standard} if standard else set[str]()
    assert {name for name, titles in forms.items() if titles} == ({"CSV", "XLSX"} if standard else set())
    assert set[str]().union(*forms.values()) == told
    conformed = list(graph.objects(subject, DCTERMS.conformsTo))
    assert len(conformed) == len(told)
    assert violations(graph) == []


async def test_a_form_has_the_size_of_the_file_that_was_sent_last(town: Harvester) -> None:
    """Nobody makes up a size, and none outlives a change of the data set."""
    await town.keep(said(7))
    sized = {"records.csv": 1234, "records.gpkg": 98_304}

    async def sizes() -> dict[str, int]:
        graph = await town.graph("catalog/t7.ttl")
        assert violations(graph) == []
        told = {
            str(graph.value(part, DCAT.accessURL)): size
            for part, size in graph.subject_objects(DCAT.byteSize)
        }
        return {address.rpartition("/")[2]: int(str(size)) for address, size in told.items()}

    assert await sizes() == {}
    kept = await town.client.cities.of(Asking("demo")).catalogue()
    for name, size in sized.items():
        scale = kept.scale(f"data/urn:ngsi-ld:DataSet:t7/{name}")
        assert scale is not None
        scale(size)
    assert kept.scale("data/urn:ngsi-ld:DataSet:none/records.csv") is None
    assert await sizes() == sized
    entry = kept.get("t7")
    assert entry is not None
    changed = msgspec.structs.replace(entry, changed_at=Instant(1_770_000_000_000_000))
    assert {kept.size_of(changed, part) for part in entry.distributions} == {None}


async def test_a_data_set_leads_to_its_lineage_by_the_names_that_this_uses(town: Harvester) -> None:
    await town.keep(said(7))
    graph = await town.graph("catalog.ttl")
    found = {}
    for one, act in graph.subject_objects(PROV.wasGeneratedBy):
        page = str(graph.value(graph.value(one, DCTERMS.provenance), RDFS.seeAlso))
        found[str(one).rpartition("/")[2]] = (
            page,
            str(act).removeprefix(str(one)),
            str(graph.value(act, RDFS.seeAlso)),
        )
    table = "urn:ngsi-ld:DataSet:t7"
    pages = {name: f"{BASE}/data/{name}/lineage" for name in found}
    assert found[table] == (pages[table], "#import", f"{pages[table]}.jsonld")
    assert found["Bench"] == (pages["Bench"], "#writing", f"{pages['Bench']}.jsonld")
    assert len(found) == 4


async def test_many_data_sets_come_by_pages_that_lead_on(town: Harvester) -> None:
    await town.keep(*(said(number) for number in range(app.PAGE_SIZE + 20)))
    path, found, pages = "catalog.ttl", set[URIRef](), 0
    while path:
        graph = await town.graph(path)
        found |= {one for one in graph.subjects(RDF.type, DCAT.Dataset) if isinstance(one, URIRef)}
        after = next(graph.objects(None, NEXT), None)
        path, pages = ("" if after is None else str(after).removeprefix(f"{BASE}/")), pages + 1
    assert (len(found), pages) == (app.PAGE_SIZE + 23, 2)


async def test_what_is_not_there_is_refused(town: Harvester) -> None:
    for path, field, said in (
        ("catalog.nt", "format", "nt; its forms are jsonld, ttl, rdf"),
        ("catalog/bench.xml", "format", "xml; its forms are jsonld, ttl, rdf"),
        (
            "catalog/nothing.ttl",
            "name",
            "no data set nothing here; http://localhost/demo/catalog.ttl lists them",
        ),
    ):
        answer = await town.get(path)
        told = json.loads(answer.body)
        assert (answer.status, told["field"]) == (404, field) and said in told["detail"], told
    assert (await town.get("catalog.ttl?page=9")).status == 400
    for path in ("catalog.ttl?page=1&page=1", "catalog/bench.jsonld?page=&page="):
        twice = await town.get(path)
        assert (twice.status, json.loads(twice.body)["field"]) == (400, "page")
    accepted = {
        "text/turtle": "catalog.ttl",
        "text/html": "data",
        "*/*": "catalog.jsonld",
        "application/rdf+xml": "catalog.rdf",
        "text/html;q=0.1, application/rdf+xml;q=0.2": "catalog.rdf",
        "text/html, application/xml;q=0.9, */*;q=0.8": "data",
    }
    for accept, place in accepted.items():
        answer = await town.get("catalog", accept=accept)
        assert (answer.status, answer.headers["location"]) == (303, f"/demo/{place}")
    for accept in ("image/png", "text/turtle;q=0", "application/n-triples"):
        answer = await town.get("catalog", accept=accept)
        assert (answer.status, json.loads(answer.body)["field"]) == (406, "Accept")


@pytest.mark.external
def test_every_table_of_a_real_town_breaks_no_shape(real_data: Path) -> None:
    node = start_node(real_data, "--open", areas=(REAL_AREA,))
    try:
        seen, path = 0, f"/{REAL_AREA}/catalog.jsonld"
        while path:
            graph = read(node.ask("GET", path).body, "json-ld")
            assert violations(graph) == []
            seen += len(set(graph.subjects(RDF.type, DCAT.Dataset)))
            path = str(next(graph.objects(None, NEXT), "")).removeprefix(node.url)
        assert seen >= 147
    finally:
        stop_node(node)
