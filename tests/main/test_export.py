"""`kaiteki export`: what was written comes in again as it was; every form holds every entity; the public sees what is public."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pyogrio
import pytest
from typer.testing import CliRunner

from kaiteki.main.cli import app
from kaiteki.main.clock import SystemClock
from kaiteki.main.stores import open_store
from kaiteki.model.representation.applying import new_entity
from kaiteki.model.representation.parsing import parse_entity
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.entities import By, Change, Decision

ROWS = 1100
OF_IMPORT = 6
"""What an import keeps beside its rows: data set, run, mapping, what was found of its file, the file and its lines."""
ODD: list[dict[str, Any]] = [
    {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": ["Lamp", "Thing"],
        "scope": "/Ward/One",
        "watts": [
            {"type": "Property", "value": 5, "observedAt": "2026-11-22T00:00:00Z", "unitCode": "WTT"},
            {"type": "Property", "value": 6.5, "datasetId": "urn:ngsi-ld:dataset:2"},
        ],
        "name": {"type": "LanguageProperty", "languageMap": {"ja": "街灯", "en": "Lamp"}},
        "near": {
            "type": "Relationship",
            "object": "urn:ngsi-ld:Lamp:2",
            "since": {"type": "Property", "value": True},
        },
        "https://example.org/own": {"type": "JsonProperty", "json": {"a": [1, None, "二"]}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [141.02, 35.31]}},
    },
    {"id": "urn:ngsi-ld:Lamp:2", "type": "Lamp", "watts": {"type": "Property", "value": 7}},
]


def run(*words: str, code: int = 0) -> str:
    """A command in this process; what it printed."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


async def put(data: Path) -> None:
    """The odd entities, into the store itself."""
    store = await open_store(data, SystemClock())
    now = SystemClock().now()
    new = [new_entity(parse_entity(one, core_context()), now) for one in ODD]
    await store.entities.change(
        "demo", [one.id for one in new], lambda _: Decision([Change(None, one) for one in new], None), By()
    )
    await store.entities.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with facilities and some odd entities."""
    folder = tmp_path_factory.mktemp("export")
    file = folder / "公共施設一覧.csv"
    rows = (f"{n},施設{n},丘区{n},35.{310_000 + n},141.02,メモ{n}\n" for n in range(ROWS))
    file.write_text("ID,名称,所在地_連結表記,緯度,経度,メモ\n" + "".join(rows), encoding="utf-8")
    run("import", str(file), "--city", "demo", "--data", str(folder / "data"))
    asyncio.run(put(folder / "data"))
    return folder


def exported(town: Path, data: Path, *options: str) -> bytes:
    """What an export writes."""
    target = town / "out"
    run("export", str(target), "--city", "demo", "--data", str(data), *options)
    assert not (town / "out.part").exists()
    return target.read_bytes()


def test_an_export_comes_in_again_as_it_was(town: Path) -> None:
    lines = exported(town, town / "data")
    everything = [json.loads(line) for line in lines.splitlines()]
    assert len(everything) == ROWS + OF_IMPORT + len(ODD)
    assert [one for one in everything if one["id"].startswith("urn:ngsi-ld:Lamp")] == [
        {**one, "type": one["type"]} for one in ODD
    ]
    file = town / "town.ndjson"
    other = '{"id": "名"}\n'.encode("cp932"), b'{"a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}\n"
    file.write_bytes(lines + b"no json\n" + b'{"id": "x"}\n' + b"".join(other))
    fresh = ("--city", "demo", "--data", str(town / "fresh"))
    first, again = run("import", str(file), *fresh, code=3), run("import", str(file), *fresh, code=3)
    assert exported(town, town / "fresh") == lines
    assert (
        f"{ROWS + OF_IMPORT + 6:,}" in first
        and f"town.ndjson:{ROWS + OF_IMPORT + 3}" in first
        and "no entity" in first
    )
    assert f"{ROWS + OF_IMPORT + 2:,}" in again


def test_every_form_holds_every_entity(town: Path) -> None:
    (facility, *_), total = (
        json.loads(exported(town, town / "data", "--format", "json")),
        ROWS + OF_IMPORT + 2,
    )
    assert facility["type"] == "DataSet"
    features = json.loads(exported(town, town / "data", "--format", "geojson"))["features"]
    (one,) = (feature for feature in features if feature["id"].endswith(":1099"))
    assert (len(features), one["geometry"]["type"]) == (total, "Point")
    text = exported(town, town / "data", "--format", "csv", "--type", "PublicFacility").decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert (len(rows), rows[0]["name"], rows[0]["details"]) == (ROWS, "施設0", '{"メモ":"メモ0"}')
    run("export", "-", "--city", "demo", "--data", str(town / "data"), "--format", "csv", code=2)


@pytest.mark.external
def test_a_type_goes_out_as_geopackage_and_geoparquet(town: Path) -> None:
    for name in ("town.gpkg", "town.parquet"):
        told = ("--city", "demo", "--data", str(town / "data"), "--type", "PublicFacility")
        assert f"{ROWS:,} entities" in run("export", str(town / name), *told)
        assert "--type" in run(
            "export", str(town / name), "--city", "demo", "--data", str(town / "data"), code=2
        )
    meta, _, shapes, columns = pyogrio.raw.read(town / "town.gpkg")
    rows = dict(zip(meta["fields"], columns, strict=True))
    table = pyarrow.parquet.read_table(town / "town.parquet").to_pylist()
    assert (len(shapes), len(table)) == (ROWS, ROWS)
    assert list(rows["id"]) == [one["id"] for one in table]
    assert list(shapes) == [one["geometry"] for one in table]
    assert (rows["name"][0], table[0]["name"], table[0]["details"]) == ("施設0", "施設0", '{"メモ":"メモ0"}')


@pytest.mark.parametrize(
    ("name", "options", "begins"),
    [
        ("a.ndjson", (), b'{"id"'),
        ("a.JSONL", (), b'{"id"'),
        ("a.json", (), b"[\n"),
        ("a.json", ("--format", "geojson"), b'{"type":"FeatureCollection"'),
        ("a.geojson", (), b'{"type":"FeatureCollection"'),
        ("a.csv", (), b"\xef\xbb\xbfid,type"),
        ("a.CSV", ("--format", "csv"), b"\xef\xbb\xbfid,type"),
        ("a.txt", ("--format", "json"), b"[\n"),
        ("a", (), b'{"id"'),
    ],
)
def test_the_name_of_a_file_says_what_it_holds(
    town: Path, name: str, options: tuple[str, ...], begins: bytes
) -> None:
    told = ("--city", "demo", "--data", str(town / "data"), "--type", "Lamp", *options)
    run("export", str(town / name), *told)
    assert (town / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("b.xlsx", (), ".xlsx"),
        ("b.csv.gz", (), ".gz"),
        ("b.csv", ("--format", "ndjson"), "csv"),
        ("b.geojson", ("--format", "json"), "geojson"),
        ("b.ndjson", ("--format", "csv"), "ndjson"),
    ],
)
def test_a_name_that_says_nothing_or_another_thing_is_refused(
    town: Path, name: str, options: tuple[str, ...], words: str
) -> None:
    told = ("--city", "demo", "--data", str(town / "data"), "--type", "Lamp", *options)
    assert words in run("export", str(town / name), *told, code=2)
    assert not (town / name).exists()


def test_the_public_sees_what_is_public(town: Path) -> None:
    seen = [json.loads(line) for line in exported(town, town / "data", "--public").splitlines()]
    assert {one["type"] for one in seen} == {
        "DataSet",
        "FileLines",
        "PublicFacility",
        "Readability",
        "SourceFile",
    }
