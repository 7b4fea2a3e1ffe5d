"""Every record of a real town leads to a line of a file, and what stands there, read by others' readers, is what the record says."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from prov_laws import faults_of
from rdflib import Graph

from node_under_test import NodeUnderTest, start_node, stop_node
from real_town import REAL_AREA

KEYS = ("commonId", "identifier", "name")
CELLS_ALIKE_MIN = 0.5
NEAR_DEGREES = 1e-6
pytestmark = [
    pytest.mark.external,
    pytest.mark.filterwarnings("ignore:Could not decode error message", "ignore:.*parsed incompletely"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
]


@pytest.fixture(scope="module")
def town(real_data: Path) -> Iterator[NodeUnderTest]:
    """A node that holds all data of the town."""
    node = start_node(real_data, "--open", areas=(REAL_AREA,))
    yield node
    stop_node(node)


def entities(node: NodeUnderTest, kind: str) -> dict[str, dict[str, Any]]:
    """All entities of a type by id."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        path = f"/ngsi-ld/v1/entities?type={kind}&limit=1000&offset={len(found)}&options=keyValues"
        page = node.ask("GET", path, headers={"NGSILD-Tenant": REAL_AREA}).json()
        found |= {str(one["id"]): one for one in page}
        if len(page) < 1000:
            return found


def documents(node: NodeUnderTest, data_set: str) -> Iterator[Any]:
    """The lineage of a data set, page by page."""
    path = f"/{REAL_AREA}/data/{data_set}/lineage.jsonld"
    while path:
        answer = node.ask("GET", quote(path, safe="/:?=&"))
        assert answer.status == 200, path
        told = answer.json()
        yield told
        path = next((one["next"] for one in told["@graph"] if "next" in one), "")


def placed(node: NodeUnderTest, data_set: str) -> dict[str, int]:
    """The line of every record of a data set."""
    found: dict[str, int] = {}
    for told in documents(node, data_set):
        nodes = {one["@id"]: one for one in told["@graph"]}
        for record in told["@graph"][0]["hadMember"]:
            found[record] = int(nodes[nodes[record]["wasDerivedFrom"]]["position"])
    return found


def plain(value: Any) -> str:
    """A value whatever its width, its blanks and how its number is written."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = "".join(unicodedata.normalize("NFKC", str(value)).split())
    try:
        return format(float(text.replace(",", "")), ".10g")
    except ValueError:
        return text


def read_rows(path: Path, encoding: str) -> dict[int, tuple[dict[str, Any], Any]]:
    """Line -> the row there, and the box around its shape; lines as people count them in the file."""
    if path.suffix == ".csv":
        text = path.read_bytes().decode("cp932" if "932" in encoding else "utf-8-sig", "replace")
        reader = csv.reader(io.StringIO(text, newline=""))
        head = [" ".join(cell.replace("\u3000", " ").split()) for cell in next(reader)]
        rows, first = {}, reader.line_num + 1
        for cells in reader:
            rows[first] = (dict(zip(head, cells, strict=False)), None)
            first = reader.line_num + 1
        return rows
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8-sig"))["features"]
        return {at: (one["properties"], None) for at, one in enumerate(features, start=1)}
    meta, _, shapes, columns = pyogrio.raw.read(path, encoding=encoding or None)
    turn = pyproj.Transformer.from_crs(meta["crs"] or "EPSG:4326", "OGC:CRS84", always_xy=True)
    boxes = [_box(one, turn) if one is not None else None for one in shapes] if shapes is not None else []
    cells = list(zip(*columns, strict=True)) if len(columns) else [()] * len(boxes)
    boxes = boxes or [None] * len(cells)
    return {
        at: (dict(zip(meta["fields"], row, strict=True)), box)
        for at, (row, box) in enumerate(zip(cells, boxes, strict=True), start=1)
    }


def _box(shape: bytes, turn: pyproj.Transformer) -> Any:
    """The box around a shape, in degrees."""
    flat = shapely.force_2d(shapely.from_wkb(shape))
    return shapely.transform(flat, lambda at: np.column_stack(turn.transform(at[:, 0], at[:, 1]))).bounds


def agrees(row: tuple[dict[str, Any], Any], record: dict[str, Any], by: Mapping[str, str]) -> str:
    """By what a row is the one that a record was made of: its identifier or name, its cells, its place; empty where by nothing."""
    cells, box = row
    for key in KEYS:
        if key in by and (told := plain(cells.get(by[key]))):
            return key if told == plain(record.get(key)) else ""
    details = record.get("details", {})
    values = {plain(one) for one in (*record.values(), *details.get("json", details).values())}
    filled = [text for one in cells.values() if (text := plain(one))]
    if filled and sum(text in values for text in filled) >= CELLS_ALIKE_MIN * len(filled):
        return "cells"
    if box is not None and "location" in record:
        there = shapely.from_geojson(json.dumps(record["location"])).bounds
        return "place" if np.allclose(there, box, rtol=0, atol=NEAR_DEGREES) else ""
    return ""


def test_every_record_stands_on_the_line_that_is_told(town: NodeUnderTest, shared_data: Path) -> None:
    ways: Counter[str] = Counter()
    kept = entities(town, "DataSet")
    records = {kind: entities(town, kind) for kind in {one["recordType"] for one in kept.values()}}
    for name, one in kept.items():
        lines = placed(town, name)
        mine = {key: r for key, r in records[one["recordType"]].items() if r.get("dataSet") == name}
        assert lines.keys() == mine.keys(), one["title"]
        assert len(set(lines.values())) == len(lines), one["title"]
        rows = read_rows(shared_data / REAL_AREA / one["folder"] / one["fileName"], one.get("encoding", ""))
        by = {fill: column for column, fill in zip(one.get("columns", ()), one.get("fills", ()), strict=True)}
        for record, line in lines.items():
            way = agrees(rows[line], mine[record], by)
            assert way, (one["title"], line, record)
            ways[way] += 1
    print(dict(ways))
    assert len(kept) >= 147 and ways.total() > 11_000 and ways["identifier"] + ways["name"] > 4_000


def test_every_data_set_breaks_no_constraint(town: NodeUnderTest) -> None:
    names = sorted(entities(town, "DataSet"))
    # (the constraints are looked at one by one; the documents of all are read by the test above)
    for name in names[::12]:
        told = next(documents(town, name))
        graph = Graph().parse(data=json.dumps(told), format="json-ld", publicID=f"{town.url}/x")
        assert len(graph) > 50 and faults_of(graph) == [], name


def test_a_line_costs_few_bytes(town: NodeUnderTest) -> None:
    parts = entities(town, "FileLines").values()
    count = sum(one["count"] for one in parts)
    # (in an attribute that is named for the type of the records)
    told = [text for one in parts for name, text in one.items() if name.startswith("linesOf")]
    assert len(told) == len(parts) and not any("packed" in one for one in parts)
    size = sum(len(base64.b64decode(text)) for text in told)
    print(f"{size / count:.1f} bytes a record, {count} records, {len(parts)} parts")
    assert count > 11_000 and size / count < 16
