"""Catalogues of others: a second node is the peer, by DCAT in both forms and by its CKAN face; what it offers is listed, chosen and fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_harvesting import Shelf, Town, shelf, town

from kaiteki.main import catalogues
from kaiteki.main.catalogues import Catalogues
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.open_data import licence_code
from kaiteki.services.opendata.catalogues.dcat import read_dcat
from kaiteki.services.opendata.catalogues.listing import (
    choose_files,
    declare_catalogue,
    forget_catalogue,
    read_catalogue,
    settle_reading,
    source_id,
)
from kaiteki.services.opendata.catalogues.model import (
    SETS_MAX,
    ChooseFiles,
    DeclareCatalogue,
    ForgetCatalogue,
    HarvestCatalogue,
    NoCatalogue,
    Offered,
    OfferedFile,
    ReadCatalogue,
    form_of,
    key_of,
)
from kaiteki.services.opendata.intake.harvest import HarvestSource
from node_under_test import NodeUnderTest, start_node, stop_node

__all__ = ["shelf", "town"]
PARKS = "ID,公園名,所在地,緯度,経度\n" + "".join(
    f"{n},公園{n},本町{n},35.3{n},140.3{n}\n" for n in range(1, 8)
)
CONTEXT = {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"}


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeUnderTest]:
    """Another town's node with a table of parks, whose licence and publisher are stated."""
    folder = tmp_path_factory.mktemp("peer")
    (folder / "公園一覧.csv").write_text(PARKS, encoding="utf-8")
    node = start_node(folder / "data", areas=("demo",))
    try:
        told = ("--city", "demo", "--source", "隣の市", "--licence", "CC BY 4.0")
        done = node.command("import", str(folder / "公園一覧.csv"), *told)
        assert done.returncode == 0, done.stderr
        yield node
    finally:
        assert stop_node(node) == 0


async def declare(town: Town, url: str) -> str:
    """Declare a catalogue; its id."""
    done = declare_catalogue({}, DeclareCatalogue("隣の市", url), town.asked())
    assert isinstance(done, Accepted)
    await town.target.keep(done.writes)
    return done.writes[0].id  # pyright: ignore


async def reading(town: Town, one: str, hours: int = 0) -> HarvestCatalogue:
    """Let hours pass and read what is due; the catalogue afterwards."""
    town.clock.pass_s(hours * 3600 + 1)
    await Catalogues(town.store.entities, town.client, town.clock, ("demo",)).run_due()
    kept = await town.target.get(HarvestCatalogue, one)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    "path", ["/demo/catalog.jsonld", "/demo/catalog.ttl", "/demo/ckan/api/3/action/package_search"]
)
async def test_what_another_node_offers_is_listed_chosen_and_fetched(
    peer: NodeUnderTest, town: Town, path: str
) -> None:
    read = await reading(town, await declare(town, peer.url + path))
    assert (read.state, read.why, read.form) == ("read", "", "ckan" if "ckan" in path else "dcat")
    (parks,) = [each for each in read.sets if each.title.startswith("公園一覧")]
    assert parks.publisher and licence_code(parks.licence) == "CC-BY-4.0"
    (table,) = [file for file in parks.files if file.form == "csv"]
    done = choose_files({read.id: read}, ChooseFiles(read.id, (table.key,), "24"), town.asked())
    assert isinstance(done, Accepted) and done.answer["sources"] == 1
    await town.target.keep(done.writes)
    source = await town.turn(source_id(table.key))
    assert (source.result, source.rows, source.catalogue, source.why) == ("new", 7, read.id, "")
    data_set = await town.data_set(source)
    assert (data_set.records, data_set.source, data_set.licence) == (7, parks.publisher, parks.licence)
    again = choose_files({read.id: read, source.id: source}, ChooseFiles(read.id, (table.key,)), town.asked())
    assert isinstance(again, Accepted) and (again.writes, again.answer["sources"]) == ((), 0)


def document(*sets: tuple[str, str], beyond: str = "") -> bytes:
    """A catalogue in JSON-LD with data sets of a name and a day, each with a CSV."""
    listed = [
        {
            "@id": f"http://next.example/{name}",
            "@type": "dcat:Dataset",
            "dct:title": {"@value": name, "@language": "ja"},
            "dct:modified": day,
            "dct:publisher": {"@type": "foaf:Agent", "http://xmlns.com/foaf/0.1/name": "隣の市"},
            "dcat:distribution": [
                {"dcat:downloadURL": {"@id": f"http://next.example/{name}.csv"}, "dct:format": "CSV"},
                {"dcat:accessURL": {"@id": f"http://next.example/{name}.pdf"}, "dct:format": "PDF"},
            ],
        }
        for name, day in sets
    ]
    page = {"@id": "http://next.example/p", "http://www.w3.org/ns/hydra/core#next": {"@id": beyond}}
    whole = [{"@id": "http://next.example/c", "@type": "dcat:Catalog"}, *listed, *([page] if beyond else [])]
    return json.dumps({"@context": CONTEXT, "@graph": whole}).encode()


async def test_what_is_new_and_changed_and_gone_is_told(shelf: Shelf, town: Town) -> None:
    shelf.content = document(("甲", "2026-01-01"), ("乙", "2026-01-01"))
    one = await declare(town, f"{shelf.url}/catalog.jsonld")
    first = await reading(town, one)
    assert [(each.title, each.news, len(each.files), each.others) for each in first.sets] == [
        ("甲", "", 1, 1),
        ("乙", "", 1, 1),
    ]
    shelf.content = document(("乙", "2026-02-01"), ("丙", "2026-02-01"))
    second = await reading(town, one, 25)
    assert [(each.title, each.news) for each in second.sets] == [("乙", "changed"), ("丙", "new")]
    assert (second.gone, second.more) == (("甲",), False)
    assert [each.news for each in (await reading(town, one, 25)).sets] == ["", ""]


async def test_what_cannot_be_read_is_said_and_the_last_list_stays(shelf: Shelf, town: Town) -> None:
    shelf.content = document(("甲", "2026-01-01"))
    one = await declare(town, f"{shelf.url}/catalog.jsonld")
    assert (await reading(town, one)).state == "read"
    for content, why in (
        (b"<html></html>", "no_catalogue"),
        (
            b'{"@context": "http://127.0.0.1:9/context", "@id": "http://x/", "@type": "dcat:Catalog"}',
            "context",
        ),
        (b"{}", "no_catalogue"),
        (b"x" * (catalogues.BYTES_MAX + 1), "unreachable"),
    ):
        shelf.content = content
        failed = await reading(town, one, 25)
        assert (failed.state, failed.why.partition(":")[0]) == ("failed", why)
        assert [each.title for each in failed.sets] == ["甲"]
    assert failed.failures == 4
    assert [path for path, _, _ in shelf.asked if path == "/context"] == []


async def test_pages_have_an_end(shelf: Shelf, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    here = f"{shelf.url}/catalog.jsonld"
    shelf.content = document(("甲", "2026-01-01"), beyond=here)
    one = await declare(town, here)
    assert (await reading(town, one)).why == "pages"
    shelf.content = document(("甲", "2026-01-01"), beyond="http://other.example/catalog.jsonld")
    elsewhere = await reading(town, one, 25)
    assert (elsewhere.state, elsewhere.more, len(elsewhere.sets)) == ("read", True, 1)
    monkeypatch.setattr(catalogues, "PAGES_MAX", 1)
    shelf.content = document(("甲", "2026-01-01"), beyond=f"{here}?page=2")
    assert (await reading(town, one, 25)).more
    many = [Offered(key_of(str(n)), str(n)) for n in range(SETS_MAX + 1)]
    cut = settle_reading(elsewhere, "dcat", many, False, town.clock.now())
    assert (len(cut.sets), cut.more, cut.gone) == (SETS_MAX, True, ())


async def test_a_private_address_is_never_asked_and_holds_up_nobody(shelf: Shelf, town: Town) -> None:
    shelf.content = document(("甲", "2026-01-01"))
    private = await declare(town, f"{shelf.url}/catalog.jsonld")
    guarded = GuardedClient()
    await Catalogues(town.store.entities, guarded, town.clock, ("demo",)).run_due()
    kept = await town.target.get(HarvestCatalogue, private)
    assert kept is not None and (kept.state, kept.why.partition(":")[0]) == ("failed", "unreachable")
    assert shelf.asked == []
    await guarded.close()


@pytest.mark.parametrize("stage", ["read", "read_dcat", "settle_reading", "get"])
async def test_a_catalogue_that_raises_holds_up_none_behind_it(
    shelf: Shelf, town: Town, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    shelf.content = document(("甲", "2026-01-01"))
    bad, good = (
        await declare(town, f"{shelf.url}/bad.jsonld"),
        await declare(town, f"{shelf.url}/good.jsonld"),
    )
    whole = getattr(catalogues, stage)

    def stumble(*given: Any) -> Any:
        if "bad.jsonld" in repr(given):
            raise RuntimeError(stage)
        return whole(*given)

    monkeypatch.setattr(catalogues, stage, stumble)
    monkeypatch.setattr(catalogues, "BATCH", 1)
    reader = Catalogues(town.store.entities, town.client, town.clock, ("demo",))
    for _ in range(3):
        town.clock.pass_s(1)
        await reader.run_due()
    monkeypatch.undo()
    told = [await town.target.get(HarvestCatalogue, one) for one in (bad, good)]
    assert [one and one.state for one in told] == ["" if stage == "read" else "failed", "read"]


def test_decisions_about_a_catalogue(tmp_path: Path) -> None:
    town = Town()
    file, other = (
        OfferedFile(key_of(url), url, "csv") for url in ("http://a.example/1", "http://a.example/2")
    )
    one = HarvestCatalogue(
        "urn:c",
        sets=(
            Offered("a", "公園/一覧", "隣の市", files=(file,)),
            Offered("b", "公園/一覧", "隣の市", files=(other,)),
        ),
    )
    state = {"urn:c": one}
    both = choose_files(state, ChooseFiles("urn:c", (file.key, other.key)), town.asked())
    assert isinstance(both, Accepted)
    names = [each.file_name for each in both.writes if isinstance(each, HarvestSource)]
    assert names == [f"公園 一覧（隣の市）-{key[:6]}.csv" for key in (file.key, other.key)]
    for form in (ChooseFiles("urn:c", ("0" * 16,)), ChooseFiles("urn:c", (file.key,), "5")):
        assert isinstance(choose_files(state, form, town.asked()), Refused)
    due = read_catalogue(state, ReadCatalogue("urn:c"), town.asked())
    gone = forget_catalogue(state, ForgetCatalogue("urn:c"), town.asked())
    assert isinstance(due, Accepted) and isinstance(gone, Accepted) and gone.deletes == ("urn:c",)
    for form in (
        read_catalogue({}, ReadCatalogue("x"), town.asked()),
        forget_catalogue({}, ForgetCatalogue("x"), town.asked()),
    ):
        assert form == Refused("not_found")


@pytest.mark.parametrize(
    ("url", "told", "form"),
    [
        ("http://a.example/x.csv", (), "csv"),
        ("http://a.example/x", ("CSV",), "csv"),
        ("http://a.example/x", ("http://publications.europa.eu/resource/authority/file-type/XLSX",), "xlsx"),
        ("http://a.example/x", ("https://www.iana.org/assignments/media-types/text/csv",), "csv"),
        ("http://a.example/x.csv", ("PDF",), ""),
        ("http://a.example/x", ("GeoJSON",), "geojson"),
        (
            "http://a.example/x",
            ("https://www.iana.org/assignments/media-types/application/geo+json",),
            "geojson",
        ),
        ("http://a.example/x", ("http://publications.europa.eu/resource/authority/file-type/SHP",), "zip"),
        ("http://a.example/x", ("GTFS-JP",), "zip"),
        ("http://a.example/x.zip", (), "zip"),
        ("http://a.example/x.json", ("JSON",), ""),
        ("http://a.example/x.pdf", (), ""),
    ],
)
def test_the_form_of_a_file(url: str, told: tuple[str, ...], form: str) -> None:
    assert form_of(url, *told) == form


@pytest.mark.parametrize("beyond", ["http://[x", "ftp://next.example/"])
async def test_addresses_that_are_none_are_told(shelf: Shelf, town: Town, beyond: str) -> None:
    listed = {"success": True, "result": {"count": 1, "results": [{"id": "a", "title": "甲", "resources": [
        {"url": "http://[x.csv", "format": "CSV"}, {"url": "http://a.example/x.csv", "format": "CSV"}
    ]}]}}  # fmt: skip
    shelf.content = json.dumps(listed).encode()
    ckan = await reading(town, await declare(town, f"{shelf.url}/api/3/action/package_search"))
    assert [(len(each.files), each.others) for each in ckan.sets] == [(1, 1)]
    shelf.content = document(("甲", "2026-01-01")).replace(
        b'"@graph": [',
        f'"@graph": [{{"@id": "http://p.example/", "http://www.w3.org/ns/hydra/core#next": "{beyond}"}}, '.encode(),
    )
    odd = await reading(town, await declare(town, f"{shelf.url}/catalog.jsonld"))
    assert (odd.state, odd.why) == ("failed", "pages")
    bad = await reading(town, await declare(town, "http://[x"))
    assert (bad.state, bad.why) == ("failed", "pages")


def test_rdf_xml_is_read_and_files_that_are_no_addresses_are_left() -> None:
    text = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#" '
        'xmlns:dct="http://purl.org/dc/terms/"><dcat:Dataset rdf:about="http://a.example/1"><dct:title>公園</dct:title>'
        '<dcat:distribution><dcat:Distribution><dcat:downloadURL rdf:resource="file:///etc/passwd"/>'
        "<dct:format>CSV</dct:format></dcat:Distribution></dcat:distribution></dcat:Dataset></rdf:RDF>"
    )
    (one,) = read_dcat(text.encode(), "application/rdf+xml; charset=utf-8", "http://a.example/c").sets
    assert (one.title, one.files, one.others) == ("公園", (), 1)
    with pytest.raises(NoCatalogue):
        read_dcat(b"<not rdf", "application/rdf+xml", "http://a.example/c")
