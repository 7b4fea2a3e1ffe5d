"""ETSI GS CIM 009 V1.9.1 clauses 5.9, 5.10, 6.8, 6.9: context sources are registered, found, changed and forgotten."""

import json
from typing import Any

import pytest

from conformance.watched_town import WatchedTown
from kaiteki.broker.registry import Registry
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, STAFF, Person

SOURCES = "/csourceRegistrations"
ONE = f"{SOURCES}/urn:r:1"
ANNA = Person("anna", roles=frozenset({ANYONE, RESIDENT}))
DESK = Person("desk", roles=frozenset({ANYONE, RESIDENT, STAFF}))
PLACE = {"type": "Polygon", "coordinates": [[[140, 35], [141, 35], [141, 36], [140, 36], [140, 35]]]}
NEAR = "georel=near;maxDistance==2000&geometry=Point&coordinates=[140.5,35.5]"


def source(number: int = 1, **members: Any) -> dict[str, Any]:
    return {
        "id": f"urn:r:{number}",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Lamp"}]}],
        "endpoint": f"https://source{number}.example",
        **members,
    }


def about(*entities: dict[str, str], attrs: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    part: dict[str, Any] = {"entities": list(entities)}
    return [{**part, "propertyNames": list(attrs)} if attrs else part]


async def ids(town: WatchedTown, query: str = "") -> list[str]:
    return [one["id"] for one in await town.shown(f"{SOURCES}?{query}")]


async def refusal(
    town: WatchedTown, document: Any, path: str = SOURCES, method: str = "POST"
) -> tuple[int, str]:
    reply = await town.ask(method, path, document)
    return reply.status, json.loads(reply.body)["type"].rpartition("/")[2]


async def test_5_9_2_register(town: WatchedTown) -> None:
    created = await town.ask("POST", SOURCES, source())
    assert (created.status, dict(created.headers)["location"]) == (201, f"/ngsi-ld/v1{ONE}")
    assert await refusal(town, source()) == (409, "AlreadyExists")
    unnamed = {name: value for name, value in source(2).items() if name != "id"}
    made = await town.did("POST", SOURCES, unnamed)
    assert dict(made.headers)["location"].startswith(
        f"/ngsi-ld/v1{SOURCES}/urn:ngsi-ld:ContextSourceRegistration:"
    )
    assert await refusal(town, {**source(3), "endpoint": "nowhere"}) == (400, "BadRequestData")


async def test_5_9_2_what_is_held_exclusively_is_held_once(town: WatchedTown) -> None:
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    exclusive = {"mode": "exclusive", "information": about(lamp, attrs=("watts",))}
    await town.did("POST", SOURCES, source(1, **exclusive))
    assert await refusal(town, source(2, **exclusive)) == (409, "Conflict")
    assert await refusal(town, source(2, mode="redirect", information=about(lamp))) == (409, "Conflict")
    assert await refusal(town, source(2, mode="redirect")) == (409, "Conflict")
    await town.did("POST", SOURCES, source(2, mode="exclusive", information=about(lamp, attrs=("level",))))
    await town.did("POST", SOURCES, source(3, information=about(lamp)))
    await town.did("POST", SOURCES, source(4, mode="auxiliary", information=about(lamp)))
    await town.did("POST", SOURCES, source(5, mode="redirect", information=about({"type": "Bench"})))
    await town.did("POST", SOURCES, source(6, mode="redirect", information=about({"type": "Bench"})))
    taken = {"information": about(lamp, attrs=("level", "watts"))}
    assert await refusal(town, taken, f"{SOURCES}/urn:r:2", "PATCH") == (409, "Conflict")


async def test_5_9_2_what_stands_here_is_not_held_elsewhere(town: WatchedTown) -> None:
    await town.lamp(watts=5)
    lamp = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    mine = {"mode": "exclusive", "information": about(lamp, attrs=("watts",))}
    assert await refusal(town, source(1, **mine)) == (409, "Conflict")
    assert await refusal(town, source(1, mode="redirect")) == (409, "Conflict")
    pattern = about({"idPattern": "Lamp:[0-9]$", "type": "Lamp"})
    assert await refusal(town, source(1, mode="redirect", information=pattern)) == (409, "Conflict")
    other = {"mode": "exclusive", "information": about(lamp, attrs=("level",))}
    await town.did("POST", SOURCES, source(1, **other))
    await town.did("POST", SOURCES, source(2, mode="redirect", information=about(lamp, attrs=("height",))))


async def test_5_9_3_update(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(description="old", tenant="kashiwa"))
    assert (await town.ask("PATCH", ONE, {"tenant": None, "mode": "auxiliary"})).status == 204
    shown = await town.shown(ONE)
    assert ("tenant" in shown, shown["mode"], shown["description"]) == (False, "auxiliary", "old")
    assert await refusal(town, {"operations": ["createEntity"]}, ONE, "PATCH") == (400, "BadRequestData")
    assert await refusal(town, {"mode": None}, f"{SOURCES}/urn:r:9", "PATCH") == (404, "ResourceNotFound")


async def test_5_9_4_forget(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source())
    assert (await town.ask("DELETE", ONE)).status == 204
    assert (await town.ask("DELETE", ONE)).status == 404
    assert await ids(town) == []


async def test_5_10_1_retrieve_with_the_names_of_the_context_that_is_asked_with(town: WatchedTown) -> None:
    town.room.documents["https://example.org/c"] = {"@context": {"Lamp": "https://example.org/Lamp"}}
    link = '<https://example.org/c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    await town.did("POST", SOURCES, source(), link=link)
    assert (await town.shown(ONE))["information"] == about({"type": "https://example.org/Lamp"})
    named = json.loads((await town.did("GET", f"{ONE}?options=sysAttrs", link=link)).body)
    assert named == {
        **source(),
        "createdAt": "2026-05-01T12:00:00Z",
        "modifiedAt": "2026-05-01T12:00:00Z",
    }
    whole = json.loads((await town.did("GET", ONE, accept="application/ld+json")).body)
    assert whole["@context"] == "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
    assert (await town.ask("GET", f"{SOURCES}/no%20uri")).status == 400


async def test_5_10_1_an_expired_one_is_not_there(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(expiresAt="2026-05-01T12:00:10Z"))
    assert await ids(town) == ["urn:r:1"]
    town.clock.forward(10)
    assert await ids(town) == []
    assert (await town.ask("GET", ONE)).status == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("type=Lamp", [1, 2, 3]),
        ("type=Bench", []),
        ("type=Bench,Lamp", [1, 2, 3]),
        ("type=Lamp&id=urn:l:1", [1, 2, 3]),
        ("type=Lamp&id=urn:l:2", [1, 3]),
        ("type=Lamp&idPattern=2$", [1, 3]),
        ("attrs=watts", [1, 2, 3]),
        ("attrs=height", [1, 3]),
        ("q=height>3", [1, 3]),
        ('csf=endpoint=="https://source2.example"', [2]),
        ('csf=sourceType=="archive"', [3]),
        ("type=Lamp&scopeQ=/a/%23", [1]),
        (f"type=Lamp&{NEAR}", [2]),
        (f"type=Lamp&{NEAR}&geoproperty=observationSpace", [3]),
        ("type=Lamp&timerel=after&timeAt=2026-01-15T00:00:00Z", [4]),
        ("type=Lamp&timerel=after&timeAt=2026-03-15T00:00:00Z", []),
        ("timerel=before&timeAt=2026-03-15T00:00:00Z&timeproperty=modifiedAt", []),
    ],
)
async def test_5_10_2_query(town: WatchedTown, query: str, found: list[int]) -> None:
    one = {"entities": [{"id": "urn:l:1", "type": "Lamp"}], "propertyNames": ["watts"]}
    past = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"}
    for document in (
        source(1, scope="/a/b"),
        source(2, information=[one], location=PLACE, scope="/c"),
        source(3, observationSpace=PLACE, sourceType="archive"),
        source(4, observationInterval=past),
    ):
        await town.did("POST", SOURCES, document)
    assert await ids(town, query) == [f"urn:r:{number}" for number in found]


async def test_5_10_2_page_by_page(town: WatchedTown) -> None:
    for number in range(5):
        await town.did("POST", SOURCES, source(number))
    first = await town.did("GET", f"{SOURCES}?limit=2&count=true")
    assert [one["id"] for one in json.loads(first.body)] == ["urn:r:0", "urn:r:1"]
    assert [value for name, value in first.headers if name in ("link", "ngsild-results-count")][:2] == [
        "5",
        f'</ngsi-ld/v1{SOURCES}?count=true&limit=2&offset=2>; rel="next"; type="application/json"',
    ]
    assert await ids(town, "limit=2&offset=4") == ["urn:r:4"]
    assert (await town.ask("GET", f"{SOURCES}?limit=0")).status == 400


async def test_only_the_town_hall_registers_and_looks(town: WatchedTown) -> None:
    for person, status in ((NOBODY, 401), (ANNA, 403)):
        town.person = person
        assert (await town.ask("POST", SOURCES, source())).status == status
        assert (await town.ask("GET", SOURCES)).status == status
        assert (await town.ask("GET", ONE)).status == status
    town.person = DESK
    await town.did("POST", SOURCES, source())
    assert await ids(town) == ["urn:r:1"]


async def test_tenants_have_their_own(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(), ngsild_tenant="chiba")
    assert (await town.ask("GET", ONE)).status == 404
    await town.did("POST", SOURCES, source())
    assert (await town.did("GET", ONE, ngsild_tenant="chiba")).status == 200


async def test_registrations_stand_after_a_restart_with_how_asking_went(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source())
    again = Registry(town.plane)
    assert not again.is_alone("demo")
    await again.ready()
    assert (again.is_alone("demo"), again.is_alone("chiba")) == (False, True)
    again.note(("demo", "urn:r:1"), "it was silent")
    await again.settle()
    once_more = Registry(town.plane)
    await once_more.ready()
    assert once_more.standing(("demo", "urn:r:1")) == again.standing(("demo", "urn:r:1"))
    assert once_more.standing(("demo", "urn:r:1")).status == "failed"


async def test_what_another_node_on_the_same_store_registers_is_known_soon(town: WatchedTown) -> None:
    other = Registry(town.plane)
    await other.ready()
    assert other.is_alone("demo")
    await town.did("POST", SOURCES, source())
    await town.did("POST", SOURCES, source(2))
    await other.refresh()
    assert (sorted(other.of("demo")), other.is_alone("demo")) == (["urn:r:1", "urn:r:2"], False)
    other.note(("demo", "urn:r:2"), "it was silent")
    await town.did("PATCH", ONE, {"information": [{"entities": [{"type": "Bench"}]}]})
    await town.did("DELETE", f"{SOURCES}/urn:r:2")
    await other.refresh()
    bench = "https://uri.etsi.org/ngsi-ld/default-context/Bench"
    assert [kept.registration.id for kept in other.about("demo", [bench])] == ["urn:r:1"]
    assert (list(other.of("demo")), list(other.about("demo", ["urn:t:Lamp"]))) == (["urn:r:1"], [])
    await other.settle()
    await town.did("DELETE", ONE)
    await other.refresh()
    assert other.is_alone("demo")
