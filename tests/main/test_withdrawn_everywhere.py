"""A data set that is withdrawn is on no face of a running node, comes back on all of them, and leaves nothing public when it is deleted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from node_under_test import NodeUnderTest, start_node, stop_node
from waiting import LONG_S

ROWS = "番号,名称,住所,緯度,経度\nA1,秘密の市役所,見本市1,35.35,141.05\nA2,秘密の学校,見本市2,35.36,141.06\n"
SECRET = "秘密の"
TENANT = {"NGSILD-Tenant": "demo", "Fiware-Service": "demo"}


def soon(is_so: Callable[[], bool]) -> None:
    """Ask until it is so."""
    end = time.monotonic() + LONG_S
    while not is_so():
        assert time.monotonic() < end


class Town:
    """A running node with one table, and a clerk's program."""

    def __init__(self, node: NodeUnderTest, folder: Path) -> None:
        self.node = node
        file = folder / "aed.csv"
        file.write_text(ROWS, encoding="utf-8")
        told = ("--source", "見本市", "--licence", "CC-BY-4.0")
        done = node.command("import", str(file), "--city", "demo", *told)
        assert done.returncode == 0, done.stderr
        made = node.command("user", "add", "clerk", "--machine", "--role", "staff", "--city", "demo")
        assert made.returncode == 0, made.stderr
        self.token = made.stdout.split()[-1]
        (data_set,) = node.ask("GET", "/ngsi-ld/v1/entities?type=DataSet", headers=TENANT).json()
        self.data_set = str(data_set["id"])
        records = node.ask("GET", "/ngsi-ld/v1/entities?type=AED", headers=TENANT).json()
        self.record = str(records[0]["id"])

    @property
    def faces(self) -> tuple[str, ...]:
        """Where anybody meets the records or the name of the data set."""
        one, record, slug = self.data_set, self.record, self.data_set.rpartition(":")[2]
        return (
            f"/demo/data/{one}",
            f"/demo/data/{one}/records.csv",
            f"/demo/data/{one}/records.geojson",
            f"/demo/data/{one}/records.jsonl",
            f"/demo/data/{one}/schema.jsonld",
            f"/demo/data/{one}/lineage",
            f"/demo/data/{one}/lineage.jsonld",
            f"/demo/data/{one}/readability",
            f"/demo/places/{record}",
            "/demo/places.csv?kind=AED",
            f"/demo/ogc/collections/{slug}/items",
            f"/demo/ogc/collections/{slug}/tiles/WebMercatorQuad/0/0/0",
            f"/demo/ogc/collections/AED/items/{record}",
            f"/demo/ckan/api/3/action/package_show?id={one}",
            f"/ngsi-ld/v1/entities/{record}",
            f"/ngsi-ld/v1/entities/{one}",
            f"/ngsi-ld/v1/temporal/entities/{record}",
            f"/v2/entities/{record}",
        )

    @property
    def lists(self) -> tuple[str, ...]:
        """Lists, which stay and have it no longer."""
        return (
            "/demo/data",
            "/demo/places?kind=AED",
            "/demo/ogc/collections/AED/items",
            "/demo/ogc/collections",
            "/demo/ckan/api/3/action/package_list",
            "/demo/catalog.jsonld",
            "/ngsi-ld/v1/entities?type=AED",
            "/ngsi-ld/v1/entities?type=DataSet",
            "/ngsi-ld/v1/entities?type=FileLines",
            "/ngsi-ld/v1/temporal/entities?type=AED&timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=modifiedAt",
            "/v2/entities?type=AED",
            f"/demo/search?q={quote(SECRET)}",
        )

    def ask(self, path: str) -> tuple[int, bytes]:
        """What anybody is answered."""
        answer = self.node.ask("GET", path, headers=TENANT)
        return answer.status, answer.body

    def do(self, command: str, **form: Any) -> None:
        """A clerk decides, and the node has carried it out."""
        sent = {"Authorization": f"Bearer {self.token}", **TENANT}
        answer = self.node.ask("POST", f"/demo/services/opendata/{command}", form, sent)
        assert answer.status in (200, 201), answer.body
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is on its way."""
        sent = {"Authorization": f"Bearer {self.token}", **TENANT}

        def rests() -> bool:
            kept = self.node.ask(
                "GET", "/ngsi-ld/v1/entities?type=Withdrawal&options=keyValues", headers=sent
            )
            return {one["state"] for one in kept.json()} <= {"withheld", "published", "erased"}

        soon(rests)

    def tells(self, body: bytes) -> bool:
        """Whether an answer says anything of the data set."""
        slug = self.data_set.rpartition(":")[2]
        return any(word.encode() in body for word in (SECRET, slug, quote(SECRET))) or rb"\u79d8" in body


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A node with access control."""
    folder = tmp_path_factory.mktemp("withdrawn")
    node = start_node(folder / "data", areas=("demo",))
    yield Town(node, folder)
    stop_node(node)


def test_what_is_withdrawn_is_on_no_face_and_comes_back_on_all(town: Town) -> None:
    before = {path: town.ask(path)[0] for path in town.faces}
    assert {path for path, status in before.items() if status != 200} == set()
    assert [path for path in town.lists if not town.tells(town.ask(path)[1])] == []
    town.do("withhold_data", id=town.data_set, reason="位置がちがっていた")
    told = {path: town.ask(path) for path in town.faces}
    shown = [
        path
        for path, (status, body) in told.items()
        if SECRET.encode() in body
        or (status == 200 and "/places.csv" not in path and body.strip() not in (b"", b"[]"))
    ]
    assert shown == []
    assert told[f"/demo/data/{town.data_set}"][0] == 410
    assert "公開をやめた日" in told[f"/demo/data/{town.data_set}"][1].decode()
    # (that a list was asked for the words stands in the page of the search)
    assert [path for path in town.lists[:-1] if town.tells(town.ask(path)[1])] == []
    town.do("publish_data", id=town.data_set)
    assert {path: town.ask(path)[0] for path in town.faces} == before
    assert [path for path in town.lists if not town.tells(town.ask(path)[1])] == []


def figures(town: Town) -> dict[str, int | None]:
    """How many records the table has, by every face that says it; None where a face does not speak of it."""
    slug, one = town.data_set.rpartition(":")[2], town.data_set
    told = {
        "sentence": (f"/demo/data/{one}", r"AED.*?が([\d,]+)件あります"),
        "card": (f"/demo/data?q={slug}", r"([\d,]+)件　"),
        "catalogue": (f"/demo/ckan/api/3/action/package_show?id={one}", r'"records", ?"value": ?"(\d+)"'),
        "kinds": ("/demo/places", r"AED[^<]*\((\d+)\)"),
        "layer": ("/demo/maps/layers/machines", r"件数</dt><dd[^>]*>\s*([\d,]+)"),
        "layers": ("/demo/maps/layers", r'id="layer-machines".*?([\d,]+)件　'),
        "map": ("/demo/maps?layers=machines", r"この範囲に ([\d,]+) 件"),
        "collection": (f"/demo/ogc/collections/{slug}/items?f=json", r'"numberMatched": ?(\d+)'),
        "collection of the layer": (
            "/demo/ogc/collections/layer_machines/items?f=json",
            r'"numberMatched": ?(\d+)',
        ),
        "developers": (f"/demo/developers/data/{slug}", r"件数</dt><dd[^>]*>\s*([\d,]+)"),
    }
    found: dict[str, int | None] = {}
    for face, (path, pattern) in told.items():
        status, body = town.ask(path)
        said = re.search(pattern, body.decode(), re.DOTALL) if status == 200 else None
        found[face] = int(said.group(1).replace(",", "")) if said is not None else None
    status, body = town.ask(f"/demo/data/{one}/records.csv")
    found["csv"] = len(body.decode().splitlines()) - 1 if status == 200 else None
    asked = quote(f'dataSet=="{one}"')
    query = f"/ngsi-ld/v1/entities?type=AED&q={asked}&limit=0&count=true"
    found["ngsi"] = int(town.node.ask("GET", query, headers=TENANT).headers["ngsild-results-count"])
    return found


def test_every_face_says_how_many_there_are_now(town: Town) -> None:
    slug = town.data_set.rpartition(":")[2]
    layer = {
        "name": "machines",
        "title": "機械",
        "title_en": "Machines",
        "group": "facilities",
        "maintainer": "施設課",
    }
    sent = {"Authorization": f"Bearer {town.token}", **TENANT}
    form = {**layer, "collection": slug, "geometry": "point", "colour": "#1f5fa8"}
    made = town.node.ask("POST", "/demo/services/maps/add", form, sent)
    assert made.status in (200, 201), made.body
    held = {"id": "urn:ngsi-ld:HeldMapLayer:machines"}
    done = town.node.ask("POST", "/demo/services/maps/publish", held, sent)
    assert done.status in (200, 201), done.body

    def same() -> int | None:
        told = figures(town)
        assert len(set(told.values())) == 1, told
        return told["csv"]

    assert same() == 2
    town.do("withhold_data", id=town.record, reason="位置がちがっていた")
    assert same() == 1
    town.do("publish_data", id=town.record)
    assert same() == 2
    added = {
        "id": "urn:ngsi-ld:AED:added",
        "type": "AED",
        "dataSet": {"type": "Relationship", "object": town.data_set},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [141.05, 35.36]}},
    }
    assert town.node.ask("POST", "/ngsi-ld/v1/entities", added, sent).status == 201
    assert same() == 3
    assert town.node.ask("DELETE", f"/ngsi-ld/v1/entities/{added['id']}", headers=sent).status == 204
    assert same() == 2
    town.do("withhold_data", id=town.data_set, reason="位置がちがっていた")
    assert {face: n for face, n in figures(town).items() if n} == {}
    assert "データはまだありません" in town.ask("/demo/maps?layers=machines")[1].decode()
    town.do("publish_data", id=town.data_set)
    assert same() == 2


def test_a_data_set_deleted_by_api_leaves_no_record_public(town: Town) -> None:
    sent = {"Authorization": f"Bearer {town.token}", **TENANT}
    assert town.node.ask("DELETE", f"/ngsi-ld/v1/entities/{town.data_set}", headers=sent).status == 204
    soon(lambda: town.ask("/ngsi-ld/v1/entities?type=AED")[1] == b"[]")
    town.rest()
    assert town.ask(f"/ngsi-ld/v1/entities/{town.record}")[0] == 404
    seen = town.node.ask("GET", f"/ngsi-ld/v1/entities/{town.record}", headers=sent)
    assert (seen.status, "Withheld" in seen.json()["type"]) == (200, True)
