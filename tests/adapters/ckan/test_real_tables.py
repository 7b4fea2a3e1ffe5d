"""Every table of a real town goes in and comes out again through the client of CKAN: the same tables, rows and values."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ckanapi import CKANAPIError, NotFound, RemoteCKAN, ValidationError

from node_under_test import NodeUnderTest, start_node, stop_node
from real_town import REAL_AREA as AREA

pytestmark = pytest.mark.external


class Town:
    """A running node that holds the tables, and the client that asks it."""

    def __init__(self, node: NodeUnderTest) -> None:
        self.node = node
        self.ckan = RemoteCKAN(f"http://127.0.0.1:{node.port}/{AREA}/ckan", user_agent="test")
        self.kept = {one["id"]: one for one in self.entities("DataSet")}
        self.runs = {one["dataSet"]: one for one in self.entities("ImportRun")}
        self.packages: dict[str, dict[str, Any]] = {}
        for start in range(0, 1000, 20):
            page = self.ckan.action.package_search(rows=20, start=start, sort="id asc")
            self.packages |= {urn_of(one): one for one in page["results"]}
            if start + 20 >= page["count"]:
                break

    def entities(self, kind: str, more: str = "") -> list[dict[str, Any]]:
        path = f"/ngsi-ld/v1/entities?type={kind}&limit=1000&options=keyValues{more}"
        answer = self.node.ask("GET", path, headers={"NGSILD-Tenant": AREA})
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json()
        return found

    def records(self, package: dict[str, Any]) -> list[dict[str, Any]]:
        """All records of a table, page by page."""
        resource = next(one["id"] for one in package["resources"] if one["datastore_active"])
        found: list[dict[str, Any]] = []
        while True:
            page = self.ckan.action.datastore_search(
                resource_id=resource, limit=500, offset=len(found), sort="_id"
            )
            found += page["records"]
            if len(found) >= page["total"]:
                return found


@pytest.fixture(scope="module")
def town(real_data: Path) -> Iterator[Town]:
    """A node into which all files of the town were imported."""
    node = start_node(real_data, "--open", areas=(AREA,))
    yield Town(node)
    stop_node(node)


def urn_of(package: dict[str, Any]) -> str:
    return next(one["value"] for one in package["extras"] if one["key"] == "urn")


def values_of(record: dict[str, Any]) -> set[str]:
    """All values of a record as they are compared, also those within lists."""
    found: set[str] = set()
    for value in record.values():
        inner = list(value) if isinstance(value, list) else [value]
        if isinstance(value, dict) and "coordinates" in value and value["type"] == "Point":
            inner = value["coordinates"]
        found |= {plain(one) for one in inner}
    return found


def plain(value: Any) -> str:
    """A value whatever its width, its blanks and how its number is written."""
    if value is None:
        return ""
    text = "".join(unicodedata.normalize("NFKC", str(value)).split())
    try:
        return format(float(text.replace(",", "")), ".10g")
    except ValueError:
        return text


def test_every_table_is_a_package_and_no_other_is(town: Town) -> None:
    assert len(town.kept) >= 140
    imported = {urn for urn, one in town.packages.items() if urn.startswith("urn:")}
    assert imported == town.kept.keys()
    assert set(town.ckan.action.package_list()) == {one["name"] for one in town.packages.values()}
    assert len({one["id"] for one in town.packages.values()}) == len(town.packages)
    for one in town.packages.values():
        assert town.ckan.action.package_show(id=one["name"]) == one


def test_every_record_comes_out_as_it_is_kept(town: Town) -> None:
    """Counts as the import told them; of each table the attributes of every record equal those of the entity."""
    seen = 0
    kept: dict[str, dict[str, dict[str, Any]]] = {}
    for kind in {one["recordType"] for one in town.kept.values()}:
        rows: list[dict[str, Any]] = []
        while True:
            page = town.entities(kind, f"&offset={len(rows)}")
            rows += page
            if len(page) < 1000:
                break
        for row in rows:
            kept.setdefault(str(row.get("dataSet")), {})[str(row["id"])] = row
    for urn, told in town.kept.items():
        records = town.records(town.packages[urn])
        assert len(records) == told["records"], told["title"]
        entities = kept[urn]
        assert {one["_id"] for one in records} == entities.keys()
        for one in records:
            entity = entities[one.pop("_id")]
            flat = {**entity.get("details", {}).get("json", {}), **entity}
            said = {name: value for name, value in one.items() if value is not None}
            apart = {"id", "type", "dataSet", "details", "@context"}
            wanted = {name: value for name, value in flat.items() if name not in apart and value is not None}
            assert said == wanted, (told["title"], entity["id"])
        seen += len(records)
    assert seen > 9_000


def test_every_row_of_a_file_is_found_with_its_cells(town: Town, shared_data: Path) -> None:
    """CSV files whose rows all went in: what a cell says is a value of the record, but for what the import reads as something else."""
    tables, cells, found = 0, 0, 0
    for urn, told in sorted(town.kept.items()):
        path = shared_data / "yaizu" / told["folder"] / told["fileName"]
        if path.suffix != ".csv" or town.runs[urn].get("refused"):
            continue
        with path.open(encoding="cp932" if "932" in told["encoding"] else "utf-8-sig", newline="") as file:
            rows = [
                row for row in csv.DictReader(file) if any((v or "").strip() for k, v in row.items() if k)
            ]
        if len(rows) != told["records"]:
            continue
        every = set().union(*map(values_of, town.records(town.packages[urn])))
        said = [
            plain(value) for row in rows for name, value in row.items() if name and isinstance(value, str)
        ]
        cells += len([one for one in said if one])
        found += len([one for one in said if one and one in every])
        tables += 1
    assert tables >= 20
    assert found / cells > 0.9, f"{found} of {cells} cells"


def test_a_harvester_sees_what_changed_since_it_came(town: Town) -> None:
    newest = max(one["metadata_modified"] for one in town.packages.values())
    since = town.ckan.action.package_search(fq=f"metadata_modified:[{newest}Z TO *]", rows=1000)
    assert {one["metadata_modified"] for one in since["results"]} == {newest}
    behind = town.ckan.action.package_search(fq=f"+metadata_modified:{{{newest}Z TO *]", rows=1000)
    assert behind["count"] == 0


def test_refusals_reach_the_client_as_those_of_ckan(town: Town) -> None:
    with pytest.raises(NotFound):
        town.ckan.action.package_show(id="nothing")
    with pytest.raises(ValidationError):
        town.ckan.action.datastore_search_sql(sql="select 1")
    with pytest.raises(CKANAPIError):
        town.ckan.action.package_create(name="new")
