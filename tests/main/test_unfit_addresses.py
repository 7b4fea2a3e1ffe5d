"""What an address of maps and open data asks for and cannot have is refused by one rule, whichever page, file or API it is (decision 38).

A page says on a page which field is wrong and what it may say; a file and an API say it as problem details, with the field. Which pages
and files there are, and what their addresses may say, is asked of the services themselves: who adds one cannot forget it here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import pytest
from whole_node import Reply, WholeNode, whole_node

from kaiteki.kit.manifest import Page
from kaiteki.model.access import ANYONE
from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.opendata.manifest import service as opendata

SET: Final = "urn:ngsi-ld:DataSet:demo:aed"
TOWN: Final = [
    {"id": SET, "type": "DataSet", "title": "AED一覧", "recordType": "AED", "records": 1},
    {"id": "urn:ngsi-ld:AED:1", "type": "AED", "name": "市役所", "dataSet": {"type": "Relationship", "object": SET}},
]  # fmt: skip
PAGES: Final = {
    page.path: page for service in (maps, opendata) for page in service.pages if ANYONE in page.roles
}
PARTS: Final = {"maps/layers/{id}": "aed"}
"""What stands in the place of the part of a path; that of a data set elsewhere."""
LONG: Final = "あ" * 2_001
WHOLE: Final = ("-1", "0", "x", "1.5", "１", "9" * 12)
BAD: Final[Mapping[str, tuple[str, ...]]] = {
    "page": WHOLE,
    **dict.fromkeys(("q", "layers", "opacity", "order", "do", "after", "record", "near_address", "title"), (LONG,)),
    **dict.fromkeys(("format", "freshness", "grade", "licence", "office", "theme", "type"), (LONG,)),
    **dict.fromkeys(("kind", "hazard", "state", "sort"), ("none-such", LONG)),
    **dict.fromkeys(("from", "to"), ("2026", "2026-13", "0000-01", "yesterday")),
    **dict.fromkeys(("before",), ("yesterday", "2026-13-01T00:00:00Z")),
    **dict.fromkeys(("since", "date", "compare"), ("yesterday", "2026-13-01", "2999-01-01")),
    **dict.fromkeys(("at", "position", "near"), ("x", "1", "200,100", "nan,1")),
    **dict.fromkeys(("near_lat", "near_lon"), (LONG,)),
    **dict.fromkeys(("width", "height", "scale", "paper"), ("-1", "x", "")),
    "z": ("x", "-1", "99"),
    "window": ("x", "1,2,3", "10,10,9,9"),
    "line": ("0", "-1", "x"),
    "crs": ("x", "3857"),
    "encoding": ("ebcdic",),
    "edition": ("first",),
    "headings": ("mine",),
    **dict.fromkeys(("bom", "ids"), ("2", "yes")),
}  # fmt: skip
"""What each field may not say, wherever it is."""
FREE: Final = {("data", "kind")}
"""A filter that finds nothing."""
APIS: Final = (
    ("ogc/collections/AED/items", {"limit": WHOLE[:4], "offset": ("-1", "x", "9999999"), "bbox": ("x", "1,2,3", "nan,1,2,3"),
     "datetime": ("yesterday", "2026-13-01"), "crs": ("x",), "filter": ("name =",), "filter-lang": ("sql",), "lang": ("xx",), "f": ("pdf",), "q": ("x",)}),
    ("ogc/collections/AED/cells", {"mesh": ("x",), "lang": ("xx",)}),
    ("ogc/collections/AED", {"lang": ("xx",), "page": ("1",)}),
    ("catalog.jsonld", {"page": WHOLE}),
    ("catalog.ttl", {"page": WHOLE}),
    ("ckan/api/3/action/package_search", {"rows": ("-1", "x"), "start": ("-1", "x")}),
    ("ckan/api/3/action/package_list", {"limit": ("-1", "x"), "offset": ("-1", "x")}),
)  # fmt: skip


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[WholeNode]:
    """A node with a data set and the layers of the sample area."""
    async with whole_node(tmp_path / "data") as node:
        program = await node.machine("program", "staff", "admin")
        done = await node.ask("POST", "/ngsi-ld/v1/entityOperations/upsert", TOWN, program.headers)
        assert done.status in (201, 204), done
        taken = await node.ask("POST", "/demo/services/maps/take_over", {}, program.headers)
        assert taken.status == 200, taken
        yield node


def address_of(page: Page, query: list[tuple[str, str]]) -> str:
    """An address of a page with a query."""
    part = PARTS.get(page.path, SET)
    path = re.sub(r"\{\w+(:path)?\}", quote(part, safe=":"), page.path)
    return f"/demo/{path}?{urlencode(query)}"


async def asked(town: WholeNode, page: Page, query: list[tuple[str, str]]) -> Reply:
    """What a browser is told of a page, a program of a file."""
    accepted = {"accept": "*/*"} if page.is_file else {"accept": "text/html,*/*;q=0.8"}
    return await town.ask("GET", address_of(page, query), None, accepted)


def check(page: Page, answer: Reply, field: str) -> None:
    """The refusal has the form of the address, and the field where the address alone is at fault."""
    kind = answer.headers["content-type"].partition(";")[0]
    wanted = "application/problem+json" if page.is_file else "text/html"
    assert (answer.status, kind) == (400, wanted), (page.path, field, answer.status)
    if page.is_file:
        told = answer.json()
        assert told["status"] == 400 and field in [one["field"] for one in told["errors"]], told
        assert all(one["detail"] for one in told["errors"])


def test_every_page_for_everybody_says_what_its_address_may_say() -> None:
    assert {path for path, page in PAGES.items() if page.asks is None} == set()
    assert {name for page in PAGES.values() for name in page.asks or ()} == BAD.keys()


async def test_what_no_field_may_say_is_refused(town: WholeNode) -> None:
    for path, page in PAGES.items():
        for field, allowed in (page.asks or {}).items():
            for value in BAD[field] if (path, field) not in FREE else (LONG,):
                if not value or allowed.fits(value):
                    continue
                answer = await asked(town, page, [(field, value)])
                check(page, answer, field)
                assert page.is_file or f"<code>{field}</code>" in answer.body.decode(), (field, value)


LOOKED_AT: Final = {
    "maps": ("at", "z", "page", "date", "compare"),
    "maps/here": ("at", "position"),
    "maps/layers/{id}": ("at", "position"),
    "maps/sheet": ("at", "scale", "paper", "date"),
    "maps/sheet.pdf": ("at", "scale", "paper", "date", "compare"),
    "maps/sheet.png": ("at", "scale", "paper", "date", "compare", "width", "height"),
    "places": ("near", "kind", "hazard"),
    "data/{id}/changes": ("since",),
    "data/{id}/changes.csv": ("since",),
    "data/{id}/changes.json": ("since",),
    "data/{id}/lineage": ("line",),
    "data/{id}/lineage.jsonld": ("line",),
}
"""What pages look at themselves, beside the form or the map that it is of."""


async def test_what_pages_look_at_themselves_is_refused_alike(town: WholeNode) -> None:
    for path, fields in LOOKED_AT.items():
        for field in fields:
            for value in filter(None, BAD[field]):
                check(PAGES[path], await asked(town, PAGES[path], [(field, value)]), field)


async def test_what_is_given_twice_or_in_no_language_is_refused(town: WholeNode) -> None:
    for page in PAGES.values():
        for field in ("lang", *(page.asks or ())):
            check(page, await asked(town, page, [(field, "x"), (field, "x")]), field)
        check(page, await asked(town, page, [("lang", "xx")]), "lang")
        if page.is_file:
            check(page, await asked(town, page, [("no_such_field", "1")]), "no_such_field")


async def test_apis_name_the_field_too(town: WholeNode) -> None:
    for path, fields in APIS:
        for field, values in fields.items():
            for query in [*([(field, value)] for value in values), [(field, "1"), (field, "1")]]:
                answer = await town.ask("GET", f"/demo/{path}?{urlencode(query)}")
                # CKAN answers a value that cannot be as its own API does
                assert answer.status in ((400, 409) if path.startswith("ckan") else (400,)), (
                    path,
                    query,
                    answer,
                )
                assert field in answer.body.decode(), (path, query, answer)


async def test_files_are_refused_on_a_page_where_a_browser_asks_for_them(town: WholeNode) -> None:
    for path in (f"data/{SET}/records.csv?bom=7", f"data/{SET}/changes.json?since=x", "maps/sheet.png?at=x"):
        for accept, kind in (
            ("*/*", "application/problem+json"),
            ("text/csv", "application/problem+json"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ):
            answer = await town.ask("GET", f"/demo/{path}", None, {"accept": accept})
            assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (400, kind)
            assert "Accept" in answer.headers["vary"]


async def test_what_is_not_there_is_named_and_leads_on(town: WholeNode) -> None:
    for page in PAGES.values():
        if "{" not in page.path:
            continue
        path = re.sub(r"\{\w+(:path)?\}", "no-such-name", page.path)
        accepted = {"accept": "*/*"} if page.is_file else {"accept": "text/html,*/*;q=0.8"}
        answer = await town.ask("GET", f"/demo/{path}?lang=en", None, accepted)
        assert answer.status == 404, page.path
        if page.is_file:
            told = answer.json()
            assert "no-such-name" in told["title"] and "/demo/" in told["onward"], told
            onward = "/demo/" + told["onward"].partition("/demo/")[2]
        else:
            text = answer.body.decode()
            assert "no-such-name" in text[text.index("<h1") : text.index("</h1>")], page.path
            onward = re.findall(r'href="(/demo/[a-z/]*)"', text[text.index("</h1>") :])[0]
        assert (await town.ask("GET", onward)).status == 200, (page.path, onward)


async def test_a_file_of_no_town_is_refused_in_its_form(town: WholeNode) -> None:
    answer = await town.ask("GET", "/nowhere/data/x/records.csv")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
