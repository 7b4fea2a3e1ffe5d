"""Every record leads to its line and every line to its record, through files that come again, change, and lose rows."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import Hall, ask_of, counts, source
from prov_laws import faults_of
from rdflib import RDF, Graph, URIRef
from rdflib.namespace import DCTERMS, PROV

from kaiteki.kit import views
from kaiteki.kit.pages import Missing, Plain, Shown
from kaiteki.main.imports.runner import Options
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.imports.traces import Origin
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.services.opendata.lineage import lines
from kaiteki.services.opendata.lineage.lines import Head, Writer, keep_only, line_in, read_lines
from kaiteki.services.opendata.lineage.model import FileLines, KeptFile, SourceFile, Step
from kaiteki.services.opendata.lineage.pages import show_lineage
from kaiteki.services.opendata.lineage.prov import lineage_jsonld
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.reading.source import Source

HEADER = "NO,名称,住所,緯度,経度\n"
BASE = "http://localhost"
HEAD = Head("AED", "aed-1234")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")


def aed(*numbers: int, above: str = "", name: str = "aed.csv") -> Source:
    rows = "".join(f"{n},機器{n},本町{n},35.{300 + n},141.0{n % 9}1\n" for n in numbers)
    return source(name, (HEADER + above + rows).encode())


def urn(n: int, data_set: str) -> str:
    return f"{data_set.replace(':DataSet:', ':AED:')}:{n}"


async def all_of(hall: Hall, view: type[Any]) -> list[Any]:
    found = await hall.store.entities.find(hall.area, Query(limit=1000))
    short = f":{views.type_name(view)}:"
    return [views.read(view, row.entity()) for row in found.rows if short in row.id]


async def data_set_of(hall: Hall) -> DataSet:
    (one,) = await all_of(hall, DataSet)
    return one


async def document(hall: Hall, **query: str) -> Any:
    one = await data_set_of(hall)
    answer = await lineage_jsonld(ask_of(hall, {"id": one.id}, query))
    return json.loads(answer.content) if isinstance(answer, Plain) else None


async def graph_of(hall: Hall, **query: str) -> Graph:
    told = json.dumps(await document(hall, **query))
    return Graph().parse(data=told, format="json-ld", publicID=f"{BASE}/demo/lineage.jsonld")


async def lines_told(hall: Hall, **query: str) -> dict[str, tuple[int, int]]:
    """Record -> (number of the file, line), as the document tells."""
    told = await document(hall, **query)
    nodes = {one["@id"]: one for one in told["@graph"]}
    origins = {
        record: nodes[record]["wasDerivedFrom"] for record in nodes[told["@graph"][0]["@id"]]["hadMember"]
    }
    return {
        record: (int(line.split("-")[-2]), int(nodes[line]["position"])) for record, line in origins.items()
    }


TAILS = st.one_of(st.integers(0, 10**6).map(str), st.integers(0, 2**64 - 1).map(lambda n: f"{n:016x}"))


ALIKE = st.lists(st.sampled_from((0, 1, 16)), min_size=8, max_size=8).map(lambda one: bytes(one).hex())
"""Hashes of few bytes: those of two neighbours make a third one."""


@given(
    st.one_of(
        st.lists(st.tuples(st.integers(0, 5), TAILS, st.booleans()), max_size=50),
        st.lists(st.tuples(st.integers(0, 5), ALIKE, st.just(True)), max_size=50),
    )
)
def test_lines_are_read_as_they_were_written(steps: list[tuple[int, str, bool]]) -> None:
    line, placed, writer = 1, [], Writer("urn:ngsi-ld:SourceFile:aed-1234:1", HEAD)
    for step, tail, is_own in steps:
        line += step
        placed.append((line, HEAD.id(f":{tail}" if is_own else tail)))
        assert writer.add(*placed[-1]) is None
    part = writer.end()
    assert (list(read_lines(part, HEAD)) if part else []) == placed
    if part:
        last = {entity_id: line for line, entity_id in placed}
        ids = [
            *last,
            *(one[:-1] for one in last),
            *(one.rpartition(":")[2] for one in last),
            "\n".join(last),
            HEAD.id(""),
            *(f"{HEAD.id(':')}{n:016x}" for n in (0, 1, 16, 256)),
        ]
        assert {one: line_in(part, HEAD, one) for one in ids} == {one: last.get(one) for one in ids}
    for wanted in (
        {entity_id for _, entity_id in placed[::2]},
        set[str](),
        {entity_id for _, entity_id in placed},
    ):
        kept = keep_only(part, HEAD, wanted.__contains__) if part else None
        assert (list(read_lines(kept, HEAD)) if kept else []) == [one for one in placed if one[1] in wanted]


async def test_rows_above_move_lines_and_change_no_record() -> None:
    hall = Hall()
    await hall.bring(aed(1, 2, 3))
    name = (await data_set_of(hall)).id
    assert await lines_told(hall) == {urn(n, name): (1, n + 1) for n in (1, 2, 3)}
    (done,) = await hall.bring(aed(9, 1, 2, 3, above="\n\n"))
    assert counts(done) == (4, 1, 0, 3, 0)
    assert await lines_told(hall) == {urn(n, name): (2, line) for n, line in ((9, 4), (1, 5), (2, 6), (3, 7))}


async def test_the_same_bytes_again_are_the_same_file_and_write_no_line() -> None:
    hall = Hall()
    for _ in range(3):
        await hall.bring(aed(1, 2))
    (file,) = await all_of(hall, SourceFile)
    content = (HEADER + "1,機器1,本町1,35.301,141.011\n2,機器2,本町2,35.302,141.021\n").encode()
    assert (file.number, file.files) == (
        1,
        (KeptFile("aed.csv", hashlib.sha256(content).hexdigest(), len(content)),),
    )
    (part,) = await all_of(hall, FileLines)
    assert [one.entity_id for one in await hall.store.events.read(0)].count(part.id) == 1
    assert file.received_at < file.started_at <= file.finished_at


@pytest.mark.parametrize("prune", [False, True])
async def test_a_record_leads_to_the_last_file_that_had_it(prune: bool) -> None:
    hall = Hall()
    options = Options(prune=prune, yes=True)
    for one in (aed(1, 2, 3), aed(2, 3), aed(3, 4), aed(2, 3)):
        await hall.bring(one, options=options)
    name = (await data_set_of(hall)).id
    found = {}
    for n in (1, 2, 3, 4):
        told = await document(hall, record=urn(n, name))
        found[n] = next(iter((await lines_told(hall, record=urn(n, name))).values())) if told else None
    gone = None if prune else (1, 2)
    assert found == {1: gone, 2: (4, 2), 3: (4, 3), 4: None if prune else (3, 3)}
    # of earlier files those lines stay whose records no later file has
    kept = {one.id.split(":")[-2]: one.count for one in await all_of(hall, FileLines)}
    assert kept == ({"4": 2} if prune else {"4": 2, "3": 1, "1": 1})
    files = sorted(await all_of(hall, SourceFile), key=lambda one: one.number)
    assert [one.before.rpartition(":")[2] for one in files] == ["", "1", "2", "3"]
    assert faults_of(await graph_of(hall)) == []


async def test_a_file_of_many_parts_is_read_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PART_BYTES", 40)
    hall = Hall()
    numbers = list(range(100, 200))
    await hall.bring(aed(*numbers))
    name = (await data_set_of(hall)).id
    assert len(await all_of(hall, FileLines)) > 5
    assert await lines_told(hall) == {urn(n, name): (1, n - 98) for n in numbers}
    for n in (100, 137, 199):
        assert await lines_told(hall, record=urn(n, name)) == {urn(n, name): (1, n - 98)}
        assert next(iter(await lines_told(hall, line=str(n - 98)))) == urn(n, name)
    await hall.bring(aed(*numbers[:50]))
    assert await lines_told(hall, record=urn(180, name)) == {urn(180, name): (1, 82)}
    assert await lines_told(hall, record=urn(120, name)) == {urn(120, name): (2, 22)}


async def test_features_are_counted_and_rows_that_were_refused_have_no_record() -> None:
    hall = Hall()
    places = [{"type": "Point", "coordinates": at} for at in ([141.0, 35.3], [0, 0], [141.02, 35.3])]
    features = [
        {"type": "Feature", "properties": {"NO": n, "名称": f"機器{n}"}, "geometry": place}
        for n, place in enumerate(places, start=1)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    await hall.bring(source("AED一覧.geojson", text.encode()))
    assert sorted(line for _, line in (await lines_told(hall)).values()) == [1, 3]


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_the_page_tells_both_ways_and_nothing_that_is_not_there(language: str) -> None:
    hall = Hall()
    await hall.bring(aed(1, 2, 3))
    name = (await data_set_of(hall)).id

    async def page(**query: str) -> dict[str, Any]:
        ask = msgspec.structs.replace(ask_of(hall, {"id": name}, query), language=language)
        shown = await show_lineage(ask)
        assert isinstance(shown, Shown)
        return {**shown.values, "status": shown.status}

    there = (await page(record=urn(2, name)))["result"]
    assert (there["title"], there["found"], "3" in there["text"]) == ("機器2", True, True)
    assert (await page(line="4"))["result"]["text"] == "機器3"
    for query in ({"line": "1"}, {"line": "99"}, {"record": "urn:ngsi-ld:AED:none"}, {"record": name}):
        assert not (await page(**query))["result"]["found"], query
    for line in ("0", "-1", "x", "1" * 20):
        assert (await page(line=line))["status"] == 400
    assert isinstance(await show_lineage(ask_of(hall, {"id": "urn:ngsi-ld:DataSet:none"})), Missing)
    assert await document(hall, record="urn:ngsi-ld:AED:none") is None


async def test_a_record_that_was_written_since_says_so() -> None:
    hall = Hall()
    await hall.bring(aed(1))
    name = (await data_set_of(hall)).id
    ask = ask_of(hall, {"id": name}, {"record": urn(1, name)})
    before = await show_lineage(ask)
    hall.clock.pass_s(60)
    target = LocalTarget(hall.store.entities, hall.clock, hall.area)
    record = await target.get(record_view("AED"), urn(1, name))
    await target.keep([msgspec.structs.replace(record, name="新しい機器")])
    after = await show_lineage(ask)
    assert isinstance(before, Shown) and isinstance(after, Shown)
    told = [one.values["result"]["text"] for one in (before, after)]
    assert ["書き換え" in text for text in told] == [False, True]


async def test_what_a_delivery_went_through_stands_in_its_lineage() -> None:
    hall = Hall()
    original = KeptFile("AED.xlsx", "ab" * 32, 999)
    origin = Origin(
        "harvest",
        (original,),
        "https://city.example/AED.xlsx",
        Instant(hall.clock.now() - 60_000_000),
        (Step("notes", "", 2), Step("numbers", "", 40)),
        "mended",
    )
    text = HEADER.replace("住所", "氏名") + "1,機器1,見本 太郎,35.3,141.0\n"
    await hall.bring(
        source("AED (Sheet1).csv", text.encode()),
        options=Options(origin=origin, cleared={"氏名": "見本 次郎が公表を認めた"}),
    )
    graph = await graph_of(hall)
    assert faults_of(graph) == []
    whole = graph.serialize(format="turtle")
    assert all(
        words in whole
        for words in ("ab" * 32, "https://city.example/AED.xlsx", "題名と注を説明へ移す (2)", "氏名")
    )
    # reasons and names are for staff
    assert "次郎" not in whole and "次郎" not in str(await all_of(hall, SourceFile))
    acts = {str(one).rpartition("#")[2] for one in graph.subjects(RDF.type, PROV.Activity)}
    assert acts == {"receiving-1", "mending-1", "reading-1", "gate-1", "import"}
    (line,) = [one for one in graph.subjects(PROV.wasGeneratedBy, None) if "#line-" in str(one)]
    assert str(graph.value(line, PROV.wasGeneratedBy)).endswith("#mending-1")


async def test_the_document_uses_the_names_of_the_catalogue() -> None:
    hall = Hall()
    await hall.bring(aed(1, 2))
    name, graph = (await data_set_of(hall)).id, await graph_of(hall)
    page = URIRef(f"{BASE}/demo/data/{name}")
    assert graph.value(page, PROV.wasGeneratedBy) == URIRef(f"{page}#import")
    assert set(graph.objects(page, PROV.hadMember)) == {URIRef(urn(n, name)) for n in (1, 2)}
    assert str(graph.value(graph.value(page, PROV.wasDerivedFrom), DCTERMS.title)) == "aed.csv"


async def test_the_laws_find_what_breaks_them() -> None:
    """The judge judges."""
    hall = Hall()
    await hall.bring(aed(1, 2))
    whole = await graph_of(hall)
    (file,) = [one for one in whole.subjects(RDF.type, PROV.Entity) if str(one).endswith("#file-1")]
    act = whole.value(file, PROV.wasGeneratedBy)
    for broken in ((file, PROV.wasGeneratedBy, None), (act, RDF.type, None)):
        graph = Graph() + whole
        graph.remove(broken)
        assert faults_of(graph), broken
    for more in (
        (file, PROV.wasDerivedFrom, file),
        (file, RDF.type, PROV.Activity),
        (act, RDF.type, PROV.Person),
    ):
        graph = Graph() + whole
        graph.add(more)
        assert faults_of(graph), more
