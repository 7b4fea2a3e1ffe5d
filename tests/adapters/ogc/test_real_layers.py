"""Every layer of a real town goes in and comes out again through the clients of others: the same rows, values and places."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from owslib.ogcapi.features import Features

from node_under_test import NodeUnderTest, start_node, stop_node
from real_town import REAL_AREA as AREA

NEAR_DEGREES = 1e-7
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](?=\d\d:\d\d:\d\d)")
COUNTED = re.compile(r"(\d+)台")
"""What the import reads as a number with its unit."""
TEXTS_AS_NUMBERS = ("大島・三和地区_タクシー指定施設.shp", "SAFIELD001")
"""A file with texts in a column of numbers: GDAL reads of them what looks like a number, we keep the texts."""
pytestmark = pytest.mark.external


class Town:
    """A running node that holds the layers, and its data sets."""

    def __init__(self, node: NodeUnderTest) -> None:
        self.node, self.address = node, f"http://127.0.0.1:{node.port}/{AREA}/ogc"
        kept = self.entities("DataSet")
        self.sets = {one["id"].rpartition("DataSet:")[2]: one for one in kept}
        self.runs = {one["dataSet"]: one for one in self.entities("ImportRun")}

    def entities(self, kind: str) -> list[dict[str, Any]]:
        path = f"/ngsi-ld/v1/entities?type={kind}&limit=1000&options=keyValues"
        answer = self.node.ask("GET", path, headers={"NGSILD-Tenant": AREA})
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json()
        return found


@pytest.fixture(scope="module")
def town(real_data: Path) -> Iterator[Town]:
    """A node into which all files of the town were imported."""
    node = start_node(real_data, "--open", areas=(AREA,))
    yield Town(node)
    stop_node(node)


def plain(value: Any) -> str:
    """A value as it is compared: numbers whatever their form, texts whatever their width and blanks."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list):
        return ";".join(map(plain, value))
    if isinstance(value, np.datetime64):
        value = str(value.astype("datetime64[s]"))
    if isinstance(value, time):
        value = f"{value:%H:%M}"
    text = COUNTED.sub(r"\1", "".join(unicodedata.normalize("NFKC", MOMENT.sub(r"\1T", str(value))).split()))
    try:
        return format(float(text.replace(",", "")), ".10g")
    except ValueError:
        return text


def read_layer(address: str, name: str) -> list[tuple[Any, set[str]]]:
    """The features of a collection as GDAL reads them: shape and values."""
    meta, _, shapes, columns = pyogrio.raw.read(f"OAPIF:{address}", layer=name)
    assert "Geographic" in pyproj.CRS(meta["crs"]).type_name
    rows = zip(*columns, strict=True) if len(columns) else ([] for _ in shapes)
    return [
        (shapely.from_wkb(shape) if shape is not None else None, {plain(value) for value in row})
        for shape, row in zip(shapes, rows, strict=True)
    ]


def read_file(path: Path, encoding: str) -> list[tuple[Any, dict[str, Any]]]:
    """The rows of a source as GDAL reads them: shape in WGS84, values by column."""
    meta, _, shapes, columns = pyogrio.raw.read(path, encoding=encoding or None)
    turn = pyproj.Transformer.from_crs(meta["crs"] or "EPSG:4326", "OGC:CRS84", always_xy=True)

    def placed(shape: bytes) -> Any:
        flat = shapely.force_2d(shapely.from_wkb(shape))
        return shapely.transform(flat, lambda at: np.column_stack(turn.transform(at[:, 0], at[:, 1])))

    return [
        (placed(shape), dict(zip(meta["fields"], row, strict=True)))
        for shape, *row in zip(shapes, *columns, strict=True)
    ]


def is_position(column: str, value: Any, shape: Any) -> bool:
    """Whether a value says where the row is, which its geometry says."""
    try:
        return min(abs(float(value) - shape.centroid.x), abs(float(value) - shape.centroid.y)) < 1e-4
    except (TypeError, ValueError):
        return False


def drawn_files(town: Town, folder: Path) -> Iterator[tuple[str, Path, str]]:
    for name, one in sorted(town.sets.items()):
        path = folder / one["folder"] / one["fileName"]
        if path.suffix in (".shp", ".geojson"):
            yield name, path, one["encoding"] if path.suffix == ".shp" else ""


@pytest.mark.filterwarnings("ignore:Could not decode error message", "ignore:.*parsed incompletely")
def test_every_layer_comes_out_as_it_went_in(town: Town, shared_data: Path) -> None:
    files = list(drawn_files(town, shared_data / "yaizu"))
    assert len(files) >= 80
    seen = 0
    for name, path, encoding in files:
        source, told = read_file(path, encoding), read_layer(town.address, name)
        refused = town.runs[f"urn:ngsi-ld:DataSet:{name}"].get("refused", 0)
        assert len(told) == len(source) - refused, path.name
        places = shapely.STRtree([shape for shape, _ in told])
        free = set(range(len(told)))
        lost = 0
        for shape, row in source:
            wanted = {
                plain(value)
                for column, value in row.items()
                if not is_position(column, value, shape) and (path.name, column) != TEXTS_AS_NUMBERS
            }
            match = next(
                (
                    int(at)
                    for at in places.query(shape.buffer(10 * NEAR_DEGREES))
                    if at in free
                    and wanted - {""} <= told[at][1]
                    and shape.hausdorff_distance(told[at][0]) <= NEAR_DEGREES
                ),
                None,
            )
            lost += match is None
            free.discard(-1 if match is None else match)
        assert lost == refused, path.name
        seen += len(source)
    assert seen > 3_500


def test_every_table_with_a_place_comes_out_whole(town: Town, shared_data: Path) -> None:
    """CSV: as many features as records were kept, and the position of each row as the file says it."""
    tables = 0
    for name, one in sorted(town.sets.items()):
        path = shared_data / "yaizu" / one["folder"] / one["fileName"]
        if path.suffix != ".csv" or not one.get("located"):
            continue
        told = read_layer(town.address, name)
        assert len(told) == one["records"], path.name
        with path.open(encoding="cp932" if "932" in one["encoding"] else "utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        here = shapely.STRtree([shape for shape, _ in told if shape is not None])
        for row in rows if len(told) == len(rows) else ():
            x, y = plain(row.get("経度")), plain(row.get("緯度"))
            if x and y:
                at = shapely.Point(float(x), float(y))
                assert len(here.query(at, "dwithin", 1.5 * NEAR_DEGREES)), (path.name, row)
        tables += 1
    assert tables >= 20


def test_owslib_finds_everything_gdal_finds(town: Town) -> None:
    api = Features(town.address + "/")
    assert api.conformance()["conformsTo"]
    assert api.api()["openapi"].startswith("3.0")
    names = api.feature_collections()
    assert town.sets.keys() & set(names) == {n for n, one in town.sets.items() if one.get("located")}
    for name in sorted(town.sets.keys() & set(names)):
        page = api.collection_items(name, limit=1000)
        if page["numberReturned"] < 1000:
            assert page["numberMatched"] == page["numberReturned"] == town.sets[name]["records"]
        for one in page["features"][:1]:
            assert api.collection_item(name, one["id"])["properties"] == one["properties"]
    found = api.collection_items("PlanningZone", filter="floorAreaRatio >= 400", limit=1000)
    assert found["features"]
    assert all(one["properties"]["floorAreaRatio"] >= 400 for one in found["features"])
