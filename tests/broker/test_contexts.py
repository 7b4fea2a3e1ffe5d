"""@contexts of a node (ETSI GS CIM 009 V1.9.1 clauses 5.5.5 and 5.13)."""

import asyncio
from itertools import pairwise

import pytest

from broker.town import StandingClock, Web
from kaiteki.broker import contexts
from kaiteki.broker.contexts import DOCUMENTS_MAX, FRESH_S, Contextbook
from kaiteki.broker.plane import Plane
from kaiteki.model.entity import Json
from kaiteki.model.problem import Problem
from kaiteki.model.terms.core import CORE_URL, core_document

URL = "https://example.org/context.jsonld"
WEB = {
    URL: {"@context": ["https://example.org/more.jsonld", {"speed": "https://example.org/speed"}]},
    "https://example.org/more.jsonld": {"@context": {"ex": "https://example.org/", "Car": "ex:Car"}},
}


@pytest.fixture
def web() -> Web:
    return Web(dict(WEB))


@pytest.fixture
def book(plane: Plane) -> Contextbook:
    return Contextbook(plane)


def address(local_id: str) -> str:
    return f"http://localhost/ngsi-ld/v1/jsonldContexts/{local_id}"


async def test_core_contexts_need_no_web(book: Contextbook, web: Web) -> None:
    for version in range(3, 10):
        url = f"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.{version}.jsonld"
        assert (await book.understand(url)).expand("location") == "https://uri.etsi.org/ngsi-ld/location"
        assert await book.served(url, address) == core_document(version)
    assert web.asked is None


async def test_remote_contexts_are_fetched_once(book: Contextbook, web: Web, clock: StandingClock) -> None:
    understood = await asyncio.gather(*(book.understand(URL) for _ in range(5)))
    for context in understood:
        assert (
            context.expand("speed"),
            context.expand("Car"),
            context.compact("https://example.org/Car"),
        ) == (
            "https://example.org/speed",
            "https://example.org/Car",
            "Car",
        )
        assert context.document == [URL, CORE_URL]
    assert sorted(web.asked or []) == sorted(WEB)
    clock.forward(FRESH_S)
    web.documents = {}
    assert (await book.understand(URL)).expand("speed") == "https://example.org/speed"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("https://example.org/none.jsonld", "LdContextNotAvailable"),
        ("not an address", "BadRequestData"),
        (5, "BadRequestData"),
        ({"a": 5}, "BadRequestData"),
        ({"a": "b:x", "b": "a:x"}, "BadRequestData"),
        ([URL, [URL, [URL, [URL, [URL, [URL, [URL, [URL, [URL, [URL, URL]]]]]]]]]], "BadRequestData"),
    ],
)
async def test_bad_contexts_are_refused(book: Contextbook, source: object, code: str) -> None:
    with pytest.raises(Problem) as refused:
        await book.understand(source)
    assert (refused.value.code, refused.value.field) == (code, "@context")


async def test_hosted_contexts(book: Contextbook, web: Web) -> None:
    local_id = await book.add({"@context": {"tree": "https://example.org/tree"}, "more": 1})
    assert await book.served(local_id, address) == {"@context": {"tree": "https://example.org/tree"}}
    assert (await book.understand(address(local_id))).expand("tree") == "https://example.org/tree"
    assert web.asked is None
    await book.understand(URL)
    assert sorted(await book.listed(address)) == sorted([address(local_id), *WEB])
    assert await book.listed(address, kind="Hosted", details=True) == [
        {
            "URL": address(local_id),
            "localId": local_id,
            "kind": "Hosted",
            "createdAt": "2026-05-01T12:00:00Z",
            "numberOfHits": 1,
            "lastUsage": "2026-05-01T12:00:00Z",
        }
    ]
    with pytest.raises(Problem) as refused:
        await book.served(URL, address)
    assert refused.value.code == "OperationNotSupported"
    assert (await book.served(URL, address, details=True))["kind"] == "Cached"
    await book.forget(local_id)
    with pytest.raises(Problem) as refused:
        await book.served(local_id, address)
    assert refused.value.code == "ResourceNotFound"


async def test_reload_puts_the_new_document_in_place(book: Contextbook, web: Web) -> None:
    await book.understand(URL)
    web.documents[URL] = {"@context": {"speed": "https://example.org/velocity"}}
    assert (await book.understand(URL)).expand("speed") == "https://example.org/speed"
    await book.forget(URL, reload=True)
    assert (await book.understand(URL)).expand("speed") == "https://example.org/velocity"
    web.documents[URL] = {"@context": {"speed": 5}}
    with pytest.raises(Problem) as refused:
        await book.forget(URL, reload=True)
    assert refused.value.code == "LdContextNotAvailable"
    assert (await book.understand(URL)).expand("speed") == "https://example.org/velocity"


async def test_a_chain_of_contexts_has_an_end(book: Contextbook, web: Web) -> None:
    many = [f"https://example.org/{number}" for number in range(40)]
    web.documents = {url: {"@context": [following]} for url, following in pairwise(many)}
    with pytest.raises(Problem, match="names up to 16 documents"):
        await book.understand(many[0])
    assert len(web.asked or []) == DOCUMENTS_MAX


async def test_documents_that_drip_are_not_waited_for(
    book: Contextbook, plane: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def drip(url: str) -> Json:
        return await asyncio.Event().wait()

    monkeypatch.setattr(plane.outgoing, "fetch_json", drip)
    monkeypatch.setattr(contexts, "FETCHING_TOTAL_S", 0.02)
    with pytest.raises(Problem, match=r"took longer than 0\.02 seconds"):
        await book.understand(URL)
