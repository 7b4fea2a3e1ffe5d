"""Pages of other sites and the session of a browser: whatever method and face they try, they are nobody. What every answer carries for browsers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio
from whole_node import HOST, Asker, Reply, WholeNode, whole_node

from kaiteki.api.mcp.doors import City, Visitor
from kaiteki.api.ngsi_ld.binding import Binding
from kaiteki.api.ngsi_ld.handlers import HANDLERS
from kaiteki.main.desks import desk_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
BENCH: Final = "urn:ngsi-ld:Bench:1"
ENTITY: Final[dict[str, Any]] = {"id": BENCH, "type": "Bench", "seats": {"type": "Property", "value": 3}}
OWN: Final = f"http://{HOST}"
ELSEWHERE: Final[tuple[Mapping[str, str], ...]] = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": f"http://sub.{HOST}"},
    {"origin": f"http://{HOST}.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": OWN, "sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    {"origin": "null", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
)
HERE: Final[tuple[Mapping[str, str], ...]] = (
    {},
    {"origin": OWN},
    {"origin": OWN, "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "none"},
)
WRITES_MIN: Final = 70
PARAMETER: Final = re.compile(r"\{[A-Za-z]+\}")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WholeNode]:
    async with whole_node(tmp_path_factory.mktemp("foreign")) as node:
        yield node


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def admin(city: WholeNode) -> Asker:
    return await city.person("runs", "staff", "admin")


async def kept(city: WholeNode) -> list[tuple[str, str]]:
    """Who did what to the entities, beside what the node does by itself."""
    lines = await city.node.joined.store.entities.audit("demo", limit=1000)
    return [(one.by.actor, one.by.action) for one in lines if one.by.actor in ("acc-runs", "anonymous", "")]


async def writes(city: WholeNode) -> list[tuple[str, str]]:
    """Every operation of the description that is no read: method and address."""
    described: Mapping[str, Any] = (await city.ask("GET", "/openapi.json")).json()["paths"]
    return [
        (method.upper(), PARAMETER.sub(lambda one: "demo" if one[0] == "{area}" else BENCH, path))
        for path, item in described.items()
        for method in item
        if method in ("post", "put", "patch", "delete")
    ]


async def test_no_write_of_any_face_takes_the_session_of_a_foreign_page(
    city: WholeNode, admin: Asker
) -> None:
    assert (await city.ask("POST", "/ngsi-ld/v1/entities", ENTITY, admin.headers)).status == 201
    before, tried = await kept(city), await writes(city)
    assert len(tried) >= WRITES_MIN and {"/v2/op/update", "/demo/files", "/oauth/token"} <= {
        one for _, one in tried
    }
    for number, (method, path) in enumerate(tried):
        said = await city.ask(method, path, ENTITY, {**admin.headers, **ELSEWHERE[number % len(ELSEWHERE)]})
        is_question = path.endswith("/query")
        assert said.status < 500 and (said.status >= 400 or is_question), (method, path, said)
    assert await kept(city) == before and before


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_wherever_it_comes_from(city: WholeNode, admin: Asker, headers: Mapping[str, str]) -> None:
    before = await kept(city)
    given = {**admin.headers, **headers}
    answers = [
        await city.ask("POST", "/ngsi-ld/v1/entities", {**ENTITY, "id": f"{BENCH}:x"}, given),
        await city.ask("PATCH", f"/ngsi-ld/v1/entities/{BENCH}/attrs/seats", {"value": 9}, given),
        await city.ask("DELETE", f"/ngsi-ld/v1/entities/{BENCH}", None, given),
        await city.ask("POST", "/v2/entities", {"id": "b", "type": "Bench"}, given),
        await city.ask("DELETE", f"/v2/entities/{BENCH}", None, given),
        await city.ask("POST", "/demo/files", None, {**given, "content-type": "image/png"}),
        await city.ask("POST", "/demo/services/reports/submit", {}, given),
    ]
    assert {one.status for one in answers} <= {401, 403}
    assert await kept(city) == before
    assert not (await visitor(city, given).person("demo")).signed_in, "nor by the tools of assistants"


@pytest.mark.parametrize("headers", HERE)
async def test_own_pages_use_it(city: WholeNode, admin: Asker, headers: Mapping[str, str]) -> None:
    given = {**admin.headers, **headers}
    patched = await city.ask("PATCH", f"/ngsi-ld/v1/entities/{BENCH}/attrs/seats", {"value": 4}, given)
    assert patched.status == 204
    assert (await visitor(city, given).person("demo")).account_id == admin.account


async def test_following_a_link_is_the_deed_of_the_person(city: WholeNode, admin: Asker) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    given = {**admin.headers, **link, "host": HOST}
    assert (await visitor(city, given).person("demo")).account_id == admin.account


def visitor(city: WholeNode, headers: Mapping[str, str]) -> Visitor:
    """Who asks by an assistant with these headers."""
    joined = city.node.joined
    desk = desk_of(joined)
    return Visitor(City(joined.areas, (), desk, Binding(desk, HANDLERS)), {"host": HOST, **headers})


async def test_every_answer_beside_pages_may_do_nothing_in_a_browser(city: WholeNode, admin: Asker) -> None:
    asked = [
        await city.ask(*one, headers=admin.headers)
        for one in (
            ("GET", "/health/live"),
            ("GET", f"/ngsi-ld/v1/entities/{BENCH}"),
            ("GET", "/ngsi-ld/v1/entities?type=Bench"),
            ("HEAD", "/ngsi-ld/v1/entities?type=Bench"),
            ("OPTIONS", "/ngsi-ld/v1/entities"),
            ("TRACE", "/ngsi-ld/v1/entities"),
            ("GET", "/ngsi-ld/v1/nothing"),
            ("GET", "/v2/entities"),
            ("GET", "/v2/nothing"),
            ("GET", "/v1/contextEntities"),
            ("GET", "/openapi.json"),
        )
    ]
    for answer in asked:
        assert answer.headers["x-content-type-options"] == "nosniff", answer
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_pages_elsewhere_may_read_what_is_left_of_a_quota_and_how_many_there_are(
    city: WholeNode,
) -> None:
    guest = await city.person("counts")
    made = await city.node.joined.api_keys.make(guest.account, "見本")
    assert isinstance(made, tuple)
    key = {"x-api-key": made[0], "origin": "https://app.example"}
    for path, names in (
        (
            "/ngsi-ld/v1/entities?type=Bench&count=true",
            ("ngsild-results-count", "ratelimit", "ratelimit-policy"),
        ),
        ("/v2/entities?options=count", ("fiware-total-count", "ratelimit", "ratelimit-policy")),
    ):
        answer = await city.ask("GET", path, headers=key)
        assert answer.status == 200 and answer.headers["access-control-allow-origin"] == "*"
        assert set(names) <= exposed(answer) and set(names) <= answer.headers.keys()
    refused = await city.ask("GET", "/ngsi-ld/v1/entities", headers={"x-api-key": "kaiteki_key_none"})
    assert refused.status == 401 and refused.headers["access-control-allow-origin"] == "*"


def exposed(answer: Reply) -> set[str]:
    """The headers of an answer that a page of another origin may read."""
    return {one.strip().lower() for one in answer.headers["access-control-expose-headers"].split(",")}
