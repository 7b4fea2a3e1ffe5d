"""The entities of a type that declares itself open come in every form of a table, with the changes since and the feeds of an import."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pyarrow.parquet
import pyogrio
import pytest
from test_catalogue import TOLD, Bench, Desk, desk

from kaiteki.adapters.tables.writers import writers_here
from kaiteki.kit.engine import Asking
from kaiteki.kit.manifest import EntityType, Service
from kaiteki.kit.pages import Declined, Missing, PageAsk, PageReply, Plain, Shown, Versioned
from kaiteki.kit.tables import Written
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import NOBODY
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.open_data import OpenData
from kaiteki.model.words import Words
from kaiteki.services.opendata.downloads import atom, changes, feed, files, json_feed, packaged
from kaiteki.services.opendata.downloads.feed import show_feed
from kaiteki.services.opendata.downloads.json_feed import write_json
from kaiteki.services.opendata.downloads.offers import rows_of_offers
from kaiteki.services.opendata.queries import show_data_set

WRITERS = writers_here()
KEEPER = Service(
    name="benches",
    words=Words("ベンチ", "Benches"),
    summary=Words("ベンチの一覧です。", "The benches."),
    field="town",
    stage="lab",
    package="kaiteki.services.opendata",
    types=(
        EntityType(
            "Bench",
            Bench,
            Words("ベンチ", "Benches"),
            labels={"name": Words("名称", "Name"), "seats": Words("席", "Seats")},
            public=("name", "seats", "state", "location"),
            public_past=("name",),
            open_data=OpenData(("name", "seats", "location"), "REGI"),
        ),
    ),
)
"""Who gave a bench is for staff, how it stands is public and not open, of its seats and its place the past is told to nobody."""
HIDDEN = ("good", "bad", "山田")


@pytest.fixture
def town() -> Desk:
    at = desk(KEEPER, settings=TOLD)
    at.cities.beside = msgspec.structs.replace(at.cities.beside, history=at.hall.store.history)
    return at


def ask_of(at: Desk, path: str = "Bench", **query: str) -> PageAsk:
    """Anybody asks, in Japanese."""
    return PageAsk(
        area=at.hall.area,
        path={"id": path},
        query=query,
        fields={},
        files={},
        person=NOBODY,
        language="ja",
        now=at.hall.clock.now(),
        seed=1,
        city=at.cities.of(Asking(at.hall.area)),
        forms=frozenset(WRITERS),
        origin="https://city.example",
    )


def bench(number: int, name: str = "ベンチ", seats: int | None = 3, x: float = 141.0) -> Bench:
    place = {"type": "Point", "coordinates": [x, 35.3]}
    return Bench(f"urn:ngsi-ld:Bench:{number}", name, seats, "good", "山田", place)


def file(reply: PageReply) -> Versioned:
    assert isinstance(reply, Versioned), reply
    return reply


async def whole(reply: PageReply) -> bytes:
    parts = file(reply).parts
    if isinstance(parts, Written):
        parts = WRITERS[parts.form](parts.table)
    return b"".join([part async for part in parts])


async def rows(at: Desk) -> dict[str, dict[str, str]]:
    text = (await whole(await files.records_csv(ask_of(at)))).decode("utf-8-sig")
    return {row["ID"]: row for row in csv.DictReader(io.StringIO(text))}


def plain(reply: PageReply) -> bytes:
    assert isinstance(reply, Plain), reply
    assert reply.status == 200
    return reply.content


def applied(told: Mapping[str, Any], then: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The lines of then with the changes of a JSON document."""
    made = {name: dict(row) for name, row in then.items()}
    for one in told["created"]:
        made[one["id"]] = dict.fromkeys(told["columns"], "") | one["cells"]
    for one in told["changed"]:
        for heading, cell in one["cells"].items():
            assert ("before" in cell) == (heading == "名称"), (
                "the past of a column is told where it is public"
            )
            assert "before" not in cell or made[one["id"]][heading] == cell["before"]
            made[one["id"]][heading] = cell["after"]
    for one in told["removed"]:
        del made[one["id"]]
    return {name: made[name] for name in sorted(made)}


@pytest.mark.parametrize("seed", range(3))
async def test_the_download_of_then_with_the_changes_is_the_download_of_now(town: Desk, seed: int) -> None:
    draw = random.Random(seed)
    target = LocalTarget(town.hall.store.entities, town.hall.clock, town.hall.area)
    await town.keep(bench(9))
    kept: list[tuple[Instant, dict[str, dict[str, str]]]] = []
    there: set[int] = set()
    for step in range(40):
        if step % 8 == 0:
            town.hall.clock.pass_s(1)
            kept.append((town.hall.clock.now(), await rows(town)))
        number = draw.randrange(5)
        if number in there and draw.random() < 0.4:
            town.hall.clock.pass_s(1)
            await target.remove([f"urn:ngsi-ld:Bench:{number}"])
            there.discard(number)
            continue
        there.add(number)
        seats = draw.choice((None, 2, 3))
        one = bench(number, draw.choice(("海", "山")), seats, draw.choice((141.0, 142.0)))
        town.hall.clock.pass_s(1)
        await target.keep([msgspec.structs.replace(one, state=draw.choice(("good", "bad")))])
    town.hall.clock.pass_s(1)
    now = await rows(town)
    for since, then in kept:
        told = json.loads(plain(await changes.changes_json(ask_of(town, since=format_instant(since)))))
        assert applied(told, then) == now
        lined = plain(await changes.changes_csv(ask_of(town, since=format_instant(since)))).decode(
            "utf-8-sig"
        )
        listed = list(csv.DictReader(io.StringIO(lined)))
        assert {row["id"] for row in listed} == {
            one["id"] for kind in ("created", "changed", "removed") for one in told[kind]
        }
        shown = await changes.show_changes(ask_of(town, since=format_instant(since)))
        assert isinstance(shown, Shown) and shown.status == 200
        assert not any(word in lined + json.dumps(told) + str(shown.values) for word in HIDDEN)
    nothing = json.loads(
        plain(await changes.changes_json(ask_of(town, since=format_instant(town.hall.clock.now()))))
    )
    assert [nothing[kind] for kind in ("created", "changed", "removed")] == [[], [], []]


async def test_every_form_holds_the_open_attributes_of_every_record(town: Desk, tmp_path: Path) -> None:
    await town.keep(bench(1), bench(2, "=1+1", None, 142.5), bench(3, "", 0))
    wanted = [("ベンチ", 3, 141.0), ("=1+1", None, 142.5), (None, 0, 141.0)]
    ask = ask_of(town)
    features = json.loads(await whole(await files.records_geojson(ask)))["features"]
    lined = [json.loads(line) for line in (await whole(await files.records_jsonl(ask))).splitlines()]
    assert lined == features
    assert [
        (one["properties"]["name"], one["properties"]["seats"], one["geometry"]["coordinates"][0])
        for one in features
    ] == wanted
    described = json.loads(await whole(await files.records_csvw(ask)))["tableSchema"]["columns"]
    head = list(next(iter((await rows(town)).values())))
    assert [one["titles"] for one in described] == head == ["ID", "名称", "席", "経度", "緯度"]
    assert [one["datatype"] for one in described] == ["string", "string", "integer", "number", "number"]
    (tmp_path / "bench.gpkg").write_bytes(await whole(await files.records_gpkg(ask)))
    meta, _, shapes, (ids, names, seats) = pyogrio.raw.read(tmp_path / "bench.gpkg")
    assert list(meta["fields"]) == ["id", "name", "seats"]
    assert [name or None for name in names] == [name for name, _, _ in wanted]
    assert [None if math.isnan(one) else one for one in seats.tolist()] == [one for _, one, _ in wanted]
    assert len(shapes) == len(ids) == 3
    (tmp_path / "bench.parquet").write_bytes(await whole(await files.records_parquet(ask)))
    table = pyarrow.parquet.read_table(tmp_path / "bench.parquet").to_pylist()
    assert [(row["name"], row["seats"]) for row in table] == [(name, seats) for name, seats, _ in wanted]
    for name in ("bench.gpkg", "bench.parquet"):
        content = (tmp_path / name).read_bytes()
        assert not any(word.encode() in content for word in HIDDEN), name


async def test_the_version_is_that_of_the_state_and_the_form_is_as_asked(town: Desk) -> None:
    await town.keep(bench(1))

    async def tag(page: Any = files.records_csv, **query: str) -> str:
        return file(await page(ask_of(town, **query))).tag

    first = await tag()
    town.hall.clock.pass_s(60)
    assert await tag() == first
    pages = (files.records_geojson, files.records_jsonl, files.records_gpkg, files.records_parquet)
    others = {await tag(bom="0"), await tag(encoding="shift_jis"), *[await tag(page) for page in pages]}
    assert len({first, *others}) == 7
    text = await whole(await files.records_csv(ask_of(town, bom="0")))
    assert text.decode().startswith("ID,名称")
    assert (await whole(await files.records_csv(ask_of(town, encoding="shift_jis")))).decode(
        "cp932"
    ) == text.decode()
    await town.keep(bench(1, "海 𩸽"))
    assert await tag() != first
    for query, status in (
        ({"encoding": "shift_jis"}, 422),
        ({"headings": "file"}, 422),
        ({"bom": "2"}, 400),
        ({"encoding": "x"}, 400),
    ):
        refused = await files.records_csv(ask_of(town, **query))
        assert isinstance(refused, Declined)
        assert (refused.status, [one.field for one in refused.faults]) == (status, list(query))
    refused = await files.records_gpkg(ask_of(town, crs="1"))
    assert isinstance(refused, Declined)
    assert (refused.status, refused.faults[0].field) == (400, "crs")
    absent = await files.records_parquet(msgspec.structs.replace(ask_of(town), forms=frozenset[str]()))
    assert isinstance(absent, Declined) and absent.status == 501


async def test_a_data_package_describes_the_csv_beside_it(town: Desk) -> None:
    await town.keep(bench(1), bench(2, seats=None))
    told = json.loads(await whole(await packaged.datapackage(ask_of(town))))
    assert (told["name"], told["homepage"]) == ("bench", "https://city.example/demo/data/Bench")
    assert told["licenses"][0]["path"] == "https://creativecommons.org/licenses/by/4.0/"
    (resource,) = told["resources"]
    assert (resource["path"], resource["schema"]["primaryKey"]) == ("records.csv", ["ID"])
    fields = {one["name"]: one["type"] for one in resource["schema"]["fields"]}
    assert fields == {"ID": "string", "名称": "string", "席": "integer", "経度": "number", "緯度": "number"}
    assert [list(row) for row in (await rows(town)).values()] == [list(fields)] * 2
    assert isinstance(await packaged.datapackage(ask_of(town, "Shelter")), Missing)
    other = msgspec.structs.replace(ask_of(town), origin="https://other.example")
    tags = {file(await packaged.datapackage(one)).tag for one in (ask_of(town), ask_of(town), other)}
    assert len(tags) == 2


async def test_the_feeds_tell_the_records_that_changed_last(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "PAGE", 2)
    for number in (1, 2, 3):
        await town.keep(bench(number, f"海{number}"))
    titles = [f"ベンチ「海{number}」 記録が変わりました" for number in (3, 2, 1)]
    seen: list[str] = []
    known: list[str] = []
    address = ""
    for _ in range(2):
        told = json.loads(
            plain(await show_feed(write_json, ask_of(town, **({"before": address} if address else {}))))
        )
        seen += [one["title"] for one in told["items"]]
        known += [one["id"] for one in told["items"]]
        address = told.get("next_url", "").partition("before=")[2].replace("%3A", ":")
    assert seen == titles
    assert not address
    root = ElementTree.fromstring(plain(await show_feed(atom.write_atom, ask_of(town))))
    names = {"a": atom.ATOM}
    assert [one.findtext("a:id", "", names) for one in root.findall("a:entry", names)] == known[:2]
    whole_area = json.loads(plain(await feed.show_feed_of_area(write_json, ask_of(town))))
    assert [one["url"] for one in whole_area["items"]] == ["https://city.example/demo/data/Bench"]
    assert whole_area["version"] == json_feed.VERSION
    for write in (write_json, atom.write_atom):
        assert isinstance(await show_feed(write, ask_of(town, "Shelter")), Missing)
        wrong = await show_feed(write, ask_of(town, before="yesterday"))
        assert isinstance(wrong, Declined) and wrong.status == 400


async def test_the_page_names_every_form(town: Desk) -> None:
    await town.keep(bench(1))
    shown = await show_data_set(ask_of(town))
    assert isinstance(shown, Shown)
    addresses = {row[0]["href"].rpartition("/")[2] for row in shown.values["offer_rows"]}
    assert {"records.csv", "records.geojson", "records.jsonl", "records.gpkg", "records.parquet"} <= addresses


async def test_pages_of_a_type_speak_the_language_of_the_reader_and_claim_no_standard(town: Desk) -> None:
    await town.keep(bench(1))
    for language in ("ja", "en"):
        ask = msgspec.structs.replace(ask_of(town), language=language)
        kept = await ask.city.catalogue()
        entry = kept.get(ask.path["id"])
        assert entry is not None
        page = await changes.show_changes(ask)
        assert isinstance(page, Shown) and page.values["title"] == entry.title.say(language)
        told = str(rows_of_offers(ask, kept, entry))
        assert "records.csv" in told and "自治体標準" not in told and "municipal" not in told
