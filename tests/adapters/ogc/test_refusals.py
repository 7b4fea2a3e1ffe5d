"""Laws of refusals: who asked for a page gets one that names the field, with the status that a program gets; a program gets problem details."""

from __future__ import annotations

import json

import pytest
from ogc_client import Client, refused

from kaiteki.model.words import LANGUAGES

ITEMS = "/collections/Hall/items"
PAGES = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
WRONG: tuple[tuple[str, dict[str, str], int, str], ...] = (
    (ITEMS, {"bbox": "1,2"}, 400, "bbox"),
    (ITEMS, {"limit": "many"}, 400, "limit"),
    (ITEMS, {"datetime": "yesterday"}, 400, "datetime"),
    (ITEMS, {"filter": "floors >"}, 400, "filter"),
    (ITEMS, {"nonsense": "<script>"}, 400, "nonsense"),
    ("/collections", {"lang": "xx"}, 400, "lang"),
    ("/collections/Nothing", {}, 404, "collectionId"),
    (f"{ITEMS}/urn:ngsi-ld:Hall:none", {}, 404, "featureId"),
    ("/collections/Hall/cells", {"mesh": "far"}, 400, "mesh"),
)


@pytest.mark.parametrize(("path", "query", "status", "field"), WRONG)
async def test_a_page_and_a_document_refuse_alike(
    path: str, query: dict[str, str], status: int, field: str
) -> None:
    client = Client()
    await client.fill()
    assert await refused(client, path, status, **query) == field
    asked = [({}, {**query, "f": "html"}), ({"accept": PAGES}, query)]
    for headers, told in asked:
        answer = await client.get(path, headers, **told)
        assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        page = answer.body.decode()
        assert f">{field}</td>" in page
        assert "<script" not in page
    # the form that the address names goes before what the program likes
    for headers, told in (({"accept": PAGES}, {**query, "f": "json"}), ({"accept": "*/*"}, query)):
        answer = await client.get(path, headers, **told)
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_the_page_of_a_refusal_is_in_the_language_of_the_reader_and_leads_on() -> None:
    client = Client()
    titles = set[str]()
    for language in LANGUAGES:
        answer = await client.get("/collections/Nothing", f="html", lang=language)
        page = answer.body.decode()
        titles.add(page.partition("<h1>")[2].partition("</h1>")[0])
        assert 'href="http://localhost/demo/ogc/collections?f=html"' in page
        assert '<span lang="en">' in page
    assert len(titles) == len(LANGUAGES)


async def test_a_tile_has_no_page_so_its_refusals_have_none() -> None:
    client = Client()
    path = "/collections/Nothing/tiles/WebMercatorQuad/0/0/0"
    answer = await client.get(path, {"accept": PAGES})
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/nonsense", "/collections/Hall/nonsense", "/a/b/c", "/collections/"])
async def test_below_the_api_nothing_is_found_as_everything_else_is_refused(path: str) -> None:
    client = Client()
    answer = await client.get(path, {"accept": "*/*"})
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert path.strip("/") in json.loads(answer.body)["detail"]
    for headers, query in (({"accept": PAGES}, {}), ({}, {"f": "html"})):
        page = await client.get(path, headers, **query)
        assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert 'href="http://localhost/demo/ogc/collections?f=html"' in page.body.decode()
