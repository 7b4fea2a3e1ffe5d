"""Feeds of changes: an entry for each import that brought something, with an id that stays, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from importing_hall import Hall, ask_of, source

from kaiteki.kit.pages import Declined, Missing, Plain
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import atom, feed, json_feed
from kaiteki.services.opendata.model import DataSet, record_view

HEAD = "NO,名称,住所,緯度,経度"
AT = {"a": atom.ATOM}


async def bring(hall: Hall, rows: int, name: str = "aed.csv") -> None:
    hall.clock.pass_s(3600)
    lines = [HEAD, *(f"{n},機器{n},本町,35.6,140.1" for n in range(rows))]
    await hall.bring(source(name, "\n".join(lines).encode() + b"\n"))


async def read(
    hall: Hall, entity_id: str = "", before: str = ""
) -> tuple[ElementTree.Element, list[ElementTree.Element]]:
    asking = ask_of(hall, {"id": entity_id}, {"before": before} if before else {})
    show = feed.show_feed if entity_id else feed.show_feed_of_area
    reply = await show(atom.write_atom, asking)
    assert isinstance(reply, Plain), reply
    assert reply.status == 200
    root = ElementTree.fromstring(reply.content)
    for one in (root, *root.findall("a:entry", AT)):
        # what RFC 4287 asks of every feed and entry (4.1.1, 4.1.2)
        assert all(one.find(f"a:{name}", AT) is not None for name in ("id", "title", "updated"))
    assert root.find("a:author/a:name", AT) is not None
    return root, root.findall("a:entry", AT)


def texts(entries: Sequence[ElementTree.Element], name: str) -> list[str]:
    return [one.findtext(f"a:{name}", "", AT) for one in entries]


def link(element: ElementTree.Element, rel: str) -> str:
    return next((one.get("href", "") for one in element.findall("a:link", AT) if one.get("rel") == rel), "")


async def first_set(hall: Hall) -> str:
    return (await ask_of(hall).city.find(DataSet, Query(limit=10))).items[0].id


async def test_each_import_that_brought_something_is_an_entry_that_stays() -> None:
    hall = Hall()
    for rows in (2, 3, 3, 5):
        await bring(hall, rows)
    one = await first_set(hall)
    _, entries = await read(hall, one)
    assert len(entries) == 3
    assert "5件です（前は3件）" in texts(entries, "summary")[0]
    updated = texts(entries, "updated")
    assert updated == sorted(updated, reverse=True)
    known = texts(entries, "id")
    assert len(set(known)) == 3
    changed = parse_qs(urlsplit(link(entries[0], "related")).query)["since"]
    assert changed == [updated[1]]
    assert link(entries[2], "related") == ""
    await bring(hall, 6)
    _, again = await read(hall, one)
    assert texts(again, "id")[1:] == known


async def test_what_is_changed_past_the_imports_is_an_entry_too() -> None:
    hall = Hall()
    await bring(hall, 2)
    one = await first_set(hall)
    _, before = await read(hall, one)
    hall.clock.pass_s(60)
    view = record_view("AED")
    record = (await ask_of(hall).city.find(view, Query(limit=1))).items[0]
    await LocalTarget(hall.store.entities, hall.clock, hall.area).keep(
        [view(record.id, one, None, {"札": "1"})]
    )
    _, after = await read(hall, one)
    assert texts(after, "id")[1:] == texts(before, "id")
    assert "直されました" in texts(after, "title")[0]


async def test_the_feed_of_an_area_has_the_latest_of_each_page_by_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "PAGE", 2)
    hall = Hall()
    for number in range(5):
        await bring(hall, 1, f"aed{number}.csv")
    seen: list[str] = []
    before = ""
    for size in (2, 2, 1):
        root, entries = await read(hall, before=before)
        assert len(entries) == size
        seen += texts(entries, "title")
        following = link(root, "next")
        before = parse_qs(urlsplit(following).query)["before"][0] if following else ""
        assert bool(following) == (size == 2)
        assert link(root, "first") == "/demo/data/feed.atom"
    assert seen == [f"aed{number} 更新されました" for number in reversed(range(5))]


async def test_what_is_no_moment_or_no_data_set_is_refused() -> None:
    hall = Hall()
    for show in (feed.show_feed_of_area, feed.show_feed):
        await bring(hall, 1)
        asking = ask_of(hall, {"id": await first_set(hall)}, {"before": "yesterday"})
        for write in (atom.write_atom, json_feed.write_json):
            reply = await show(write, asking)
            assert isinstance(reply, Declined)
            assert (reply.status, [one.field for one in reply.faults]) == (400, ["before"])
    nothing = await feed.show_feed(atom.write_atom, ask_of(hall, {"id": "urn:ngsi-ld:DataSet:none"}))
    assert isinstance(nothing, Missing) and nothing.name == "urn:ngsi-ld:DataSet:none"
