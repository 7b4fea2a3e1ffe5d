"""ETSI GS CIM 009 V1.9.1 clauses 5.8.1 to 5.8.5, 6.10, 6.11: subscriptions are made, shown, changed and deleted."""

import json

from conformance.watched_town import URI, WatchedTown
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, Person

ANNA = Person("anna", roles=frozenset({ANYONE, RESIDENT}))
BEN = Person("ben", roles=frozenset({ANYONE, RESIDENT}))
SMALL = {
    "type": "Subscription",
    "entities": [{"type": "Lamp"}],
    "notification": {"endpoint": {"uri": URI}},
}
ONE = "/subscriptions/urn:ngsi-ld:Subscription:1"
NAMED = {**SMALL, "id": "urn:ngsi-ld:Subscription:1"}


async def test_5_8_1_create(town: WatchedTown) -> None:
    created = await town.ask("POST", "/subscriptions", NAMED)
    assert (created.status, dict(created.headers)["location"]) == (201, f"/ngsi-ld/v1{ONE}")
    again = await town.ask("POST", "/subscriptions", NAMED)
    assert (again.status, json.loads(again.body)["type"]) == (
        409,
        "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists",
    )
    unnamed = await town.subscribe()
    assert unnamed.startswith("/subscriptions/urn:ngsi-ld:Subscription:")


async def test_5_8_1_refusals_name_the_member(town: WatchedTown) -> None:
    refused = await town.ask("POST", "/subscriptions", {**SMALL, "q": "watts>"})
    problem = json.loads(refused.body)
    assert (refused.status, problem["type"], problem["field"]) == (
        400,
        "https://uri.etsi.org/ngsi-ld/errors/BadRequestData",
        "q",
    )
    assert (
        await town.ask("POST", "/subscriptions", {**SMALL, "jsonldContext": "https://gone.example/c"})
    ).status == 503


async def test_5_8_2_update(town: WatchedTown) -> None:
    await town.did("POST", "/subscriptions", {**NAMED, "q": "watts>5", "description": "old"})
    assert (await town.ask("PATCH", ONE, {"q": None, "isActive": False})).status == 204
    shown = await town.shown(ONE)
    assert ("q" in shown, shown["isActive"], shown["status"], shown["description"]) == (
        False,
        False,
        "paused",
        "old",
    )
    assert (await town.ask("PATCH", ONE, {"q": "("})).status == 400
    assert (await town.ask("PATCH", "/subscriptions/urn:x:9", {"isActive": True})).status == 404


async def test_5_8_3_retrieve_with_the_names_of_the_context_that_is_asked_with(town: WatchedTown) -> None:
    town.room.documents["https://example.org/c"] = {
        "@context": {"Lamp": "https://example.org/Lamp", "watts": "https://example.org/watts"}
    }
    link = '<https://example.org/c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    await town.did("POST", "/subscriptions", {**NAMED, "watchedAttributes": ["watts"]}, link=link)
    plain = await town.shown(ONE)
    assert (plain["entities"], plain["watchedAttributes"]) == (
        [{"type": "https://example.org/Lamp"}],
        ["https://example.org/watts"],
    )
    named = json.loads((await town.did("GET", ONE, link=link)).body)
    assert (named["entities"], named["watchedAttributes"]) == ([{"type": "Lamp"}], ["watts"])
    whole = json.loads((await town.did("GET", f"{ONE}?options=sysAttrs", accept="application/ld+json")).body)
    assert (whole["createdAt"], whole["modifiedAt"]) == ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z")
    assert whole["@context"] == "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
    assert (await town.ask("GET", "/subscriptions/urn:x:9")).status == 404
    assert (await town.ask("GET", "/subscriptions/no%20uri")).status == 400


async def test_5_8_4_query_page_by_page(town: WatchedTown) -> None:
    for number in range(5):
        await town.did("POST", "/subscriptions", {**SMALL, "id": f"urn:s:{number}"})
    first = await town.did("GET", "/subscriptions?limit=2&count=true")
    assert [one["id"] for one in json.loads(first.body)] == ["urn:s:0", "urn:s:1"]
    headers = [value for name, value in first.headers if name in ("link", "ngsild-results-count")]
    assert headers[:2] == [
        "5",
        '</ngsi-ld/v1/subscriptions?count=true&limit=2&offset=2>; rel="next"; type="application/json"',
    ]
    last = await town.did("GET", "/subscriptions?limit=2&offset=4")
    assert [one["id"] for one in json.loads(last.body)] == ["urn:s:4"]
    assert (await town.ask("GET", "/subscriptions?limit=0")).status == 400


async def test_5_8_5_delete(town: WatchedTown) -> None:
    await town.did("POST", "/subscriptions", NAMED)
    assert (await town.ask("DELETE", ONE)).status == 204
    assert (await town.ask("DELETE", ONE)).status == 404
    await town.lamp(watts=1)
    assert await town.room.quiet() == []


async def test_a_subscription_is_its_owners_alone(town: WatchedTown) -> None:
    town.person = ANNA
    await town.did("POST", "/subscriptions", NAMED)
    town.person = BEN
    for method, document in (("GET", None), ("PATCH", {"isActive": False}), ("DELETE", None)):
        assert (await town.ask(method, ONE, document)).status == 404
    assert await town.shown("/subscriptions") == []
    town.person = NOBODY
    assert (await town.ask("GET", "/subscriptions")).status == 401
    assert (await town.ask("POST", "/subscriptions", SMALL)).status == 401
    town.person = ANNA
    assert [one["id"] for one in await town.shown("/subscriptions")] == [NAMED["id"]]


async def test_tenants_have_their_own(town: WatchedTown) -> None:
    await town.did("POST", "/subscriptions", NAMED, ngsild_tenant="chiba")
    assert (await town.ask("GET", ONE)).status == 404
    await town.lamp(watts=1)
    assert await town.room.quiet() == []
    await town.did("POST", "/entities", {"id": "urn:x:1", "type": "Lamp", "a": 1}, ngsild_tenant="chiba")
    (told,) = await town.room.heard(1)
    assert (told["subscriptionId"], dict(town.room.letters[0].headers)["ngsild-tenant"]) == (
        NAMED["id"],
        "chiba",
    )


async def test_a_context_in_the_document_gets_an_address(town: WatchedTown) -> None:
    own = {**NAMED, "@context": {"Lamp": "https://example.org/Lamp"}}
    await town.did("POST", "/subscriptions", own, content_type="application/ld+json", host="city.example")
    address = (await town.shown(ONE))["jsonldContext"]
    assert address.startswith("http://city.example/ngsi-ld/v1/jsonldContexts/urn:ngsi-ld:Context:")
    served = await town.shown(address.removeprefix("http://city.example/ngsi-ld/v1"))
    assert served == {"@context": {"Lamp": "https://example.org/Lamp"}}
    assert await town.shown("/jsonldContexts?kind=ImplicitlyCreated") == [
        address.replace("city.example", "localhost")
    ]
    await town.did("POST", "/entities", {"id": "urn:x:1", "type": "https://example.org/Lamp", "a": 1})
    (told,) = await town.room.heard(1)
    assert told["data"][0]["type"] == "Lamp"
    assert f"<{address}>" in dict(town.room.letters[0].headers)["link"]
    await town.did("DELETE", ONE)
    assert await town.shown("/jsonldContexts?kind=ImplicitlyCreated") == []
