"""Registrations of NGSI v2: the documents of Orion's API, one register for both faces (decision 24)."""

from typing import Any

import pytest

from conformance.v2.two_faces import TwoFaces
from kaiteki.model.access import Person

ROOMS: dict[str, Any] = {"entities": [{"idPattern": ".*", "type": "Room"}], "attrs": ["temperature"]}
PROVIDER: dict[str, Any] = {"http": {"url": "http://provider.example/v2"}}
WORDS: dict[str, Any] = {"description": "Rooms next door", "dataProvided": ROOMS, "provider": PROVIDER}


async def registered(town: TwoFaces, document: dict[str, Any] = WORDS, **headers: str) -> str:
    """The path of a new registration below /v2."""
    reply = await town.done("POST", "/registrations", document, **headers)
    assert reply.status == 201 and reply.body == b""
    return (reply.header("location") or "").removeprefix("/v2")


async def test_registrations_come_back_as_they_were(town: TwoFaces) -> None:
    path = await registered(town, {**WORDS, "expires": "2040-01-01T14:00:00.00Z", "status": "inactive"})
    shown = await town.told(path)
    number = path.removeprefix("/registrations/")
    assert len(number) == 24 and int(number, 16)
    assert shown == {
        "id": number,
        **WORDS,
        "provider": {**PROVIDER, "supportedForwardingMode": "all"},
        "expires": "2040-01-01T14:00:00.000Z",
        "status": "inactive",
    }
    whole = {"entities": [{"id": "Room1"}, {"idPattern": "^R", "typePattern": "^Ro"}], "attrs": []}
    said = {"dataProvided": {**whole, "expression": {"q": "a>1"}}, "provider": {**PROVIDER}}
    said["provider"] |= {"supportedForwardingMode": "none", "legacyForwarding": False}
    second = await registered(town, said)
    shown = await town.told(second)
    assert (shown["dataProvided"], shown["provider"]) == (said["dataProvided"], said["provider"])
    assert shown["status"] == "active" and "description" not in shown
    # what was read may be sent back
    await town.done("PATCH", second, shown | {"description": "twice"} | {"status": "active"})
    assert (await town.told(second))["description"] == "twice"


async def test_registrations_are_listed_by_page_and_service_path(town: TwoFaces) -> None:
    paths = [await registered(town) for _ in range(3)]
    east = await registered(town, fiware_servicepath="/east")
    listed = await town.v2("GET", "/registrations?limit=2&offset=1&options=count")
    assert listed.header("fiware-total-count") == "4" and len(listed.json()) == 2
    ids = {f"/registrations/{one['id']}" for one in await town.told("/registrations")}
    assert ids == {*paths, east}
    (found,) = await town.told("/registrations", fiware_servicepath="/east")
    assert f"/registrations/{found['id']}" == east
    assert len(await town.told("/registrations", fiware_servicepath="/")) == 3
    assert await town.told("/registrations", fiware_service="chiba") == []
    assert await town.refused("POST", "/registrations", WORDS, fiware_servicepath="/#") == (400, "BadRequest")


async def test_registrations_are_changed_and_removed(town: TwoFaces) -> None:
    path = await registered(town)
    provider = {"http": {"url": "http://other.example/v2"}, "supportedForwardingMode": "update"}
    await town.done("PATCH", path, {"provider": provider, "expires": "2040-01-01"})
    shown = await town.told(path)
    assert (shown["provider"], shown["expires"]) == (provider, "2040-01-01T00:00:00.000Z")
    await town.done("PATCH", path, {"expires": ""})
    assert "expires" not in await town.told(path)
    assert (await town.done("DELETE", path)).status == 204
    for method in ("GET", "DELETE", "PATCH"):
        document = {"description": "x"} if method == "PATCH" else None
        reply = await town.v2(method, path, document)
        assert (reply.status, reply.json()) == (
            404,
            {
                "error": "NotFound",
                "description": "The requested registration has not been found. Check id",
            },
        )
    assert await town.refused("GET", "/registrations/nothing") == (404, "NotFound")
    assert await town.refused("PUT", "/registrations", {}) == (405, "MethodNotAlowed")


async def test_what_has_expired_is_shown_as_such(town: TwoFaces) -> None:
    path = await registered(town, {**WORDS, "expires": "2020-01-01T00:00:00Z"})
    assert (await town.told(path))["status"] == "expired"
    assert [one["status"] for one in await town.told("/registrations")] == ["expired"]
    assert await town.told_ld("/csourceRegistrations") == []
    await town.done("PATCH", path, {"expires": "2040-01-01T00:00:00Z"})
    assert len(await town.told_ld("/csourceRegistrations")) == 1
    await town.done("PATCH", path, {"expires": "2020-01-01T00:00:00Z"})
    await town.done("DELETE", path)


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"dataProvided": None}, 400, "dataProvided"),
        ({"dataProvided": {"entities": []}}, 400, "dataProvided"),
        ({"dataProvided": {"entities": [{"type": "Room"}]}}, 400, "id or an idPattern"),
        ({"dataProvided": {"entities": [{"id": "a", "idPattern": "b"}]}}, 400, "not both"),
        ({"dataProvided": {"entities": [{"id": "a", "type": "b", "typePattern": "c"}]}}, 400, "not both"),
        ({"dataProvided": {"entities": [{"idPattern": "("}]}}, 400, "pattern"),
        ({"dataProvided": {"entities": [{"id": "a b"}]}}, 400, "Invalid characters"),
        ({"dataProvided": {**ROOMS, "attrs": "temperature"}}, 400, "attrs"),
        ({"dataProvided": {**ROOMS, "attrs": [1]}}, 400, "attrs"),
        ({"dataProvided": {**ROOMS, "expression": {"q": "a=="}}}, 400, "q"),
        ({"dataProvided": {**ROOMS, "expression": {"georel": "near"}}}, 400, "georel"),
        ({"dataProvided": {**ROOMS, "expression": {"x": "1"}}}, 400, "expression"),
        ({"dataProvided": {**ROOMS, "more": 1}}, 400, "more"),
        ({"provider": {}}, 400, "provider.http"),
        ({"provider": {"http": {"url": "ftp://x.example/"}}}, 400, "provider.http.url"),
        ({"provider": {"http": {"url": 3}}}, 400, "provider.http.url"),
        ({"provider": {**PROVIDER, "supportedForwardingMode": "some"}}, 400, "supportedForwardingMode"),
        ({"provider": {**PROVIDER, "legacyForwarding": 1}}, 400, "legacyForwarding"),
        ({"provider": {**PROVIDER, "legacyForwarding": True}}, 422, "NGSI v1"),
        ({"expires": "soon"}, 400, "expires"),
        ({"status": "failed"}, 400, "status"),
        ({"description": "x" * 1025}, 400, "description"),
        ({"nonsense": 1}, 400, "nonsense"),
    ],
)
async def test_refused_registrations_name_what_is_wrong(
    town: TwoFaces, change: dict[str, Any], status: int, named: str
) -> None:
    reply = await town.v2("POST", "/registrations", {**WORDS, **change})
    assert reply.status == status, reply.body
    assert named in reply.json()["description"], reply.body
    path = await registered(town)
    reply = await town.v2("PATCH", path, change)
    assert (reply.status, named in reply.json()["description"]) == (status, True)
    assert await town.told("/registrations") == [await town.told(path)]


async def test_registrations_need_their_members_and_the_town_hall(town: TwoFaces) -> None:
    assert await town.refused("POST", "/registrations", {"provider": PROVIDER}) == (400, "BadRequest")
    assert await town.refused("POST", "/registrations", {"dataProvided": ROOMS}) == (400, "BadRequest")
    path = await registered(town)
    assert await town.refused("PATCH", path, {}) == (400, "BadRequest")
    town.person = Person("taro", frozenset({"resident"}))
    for method, where in (("GET", "/registrations"), ("GET", path), ("DELETE", path)):
        assert await town.refused(method, where) == (403, "Forbidden")
    assert await town.refused("POST", "/registrations", WORDS) == (403, "Forbidden")


async def test_both_faces_have_the_same_registrations(town: TwoFaces) -> None:
    path = await registered(town, WORDS, fiware_service="demo", fiware_servicepath="/east")
    number = path.removeprefix("/registrations/")
    ld_path = f"/csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:{number}"
    shown = await town.told_ld(ld_path)
    assert shown == {
        "id": f"urn:ngsi-ld:ContextSourceRegistration:{number}",
        "type": "ContextSourceRegistration",
        "description": "Rooms next door",
        "information": [{"entities": [{"type": "Room"}], "propertyNames": ["temperature"]}],
        "tenant": "demo",
        "endpoint": "http://provider.example/v2",
        "scope": "/east",
        "mode": "auxiliary",
        "operations": ["retrieveOps", "updateOps"],
        "ngsiV2": await town.told(path),
    }
    # what NGSI-LD has words for is changed there: patience, keys, a name; what v2 said is changed by v2
    patience = {"management": {"timeout": 2000}, "contextSourceInfo": [{"key": "X-Auth-Token", "value": "k"}]}
    assert (await town.ld("PATCH", ld_path, {"description": "ours", **patience})).status == 204
    assert (await town.told(path))["description"] == "ours"
    for name in ("endpoint", "information", "mode", "operations"):
        assert (await town.ld("PATCH", ld_path, {name: shown[name]})).status == 422
    await town.done("PATCH", path, {"provider": {**PROVIDER, "supportedForwardingMode": "none"}})
    assert (await town.told_ld(ld_path))["operations"] == []
    assert (await town.ld("DELETE", ld_path)).status == 204
    assert await town.told("/registrations") == []


@pytest.mark.parametrize(
    ("members", "mode"),
    [
        ({}, "query"),
        ({"operations": ["redirectionOps"]}, "all"),
        ({"operations": ["updateOps"]}, "update"),
        ({"operations": ["createEntity"]}, "none"),
        ({"mode": "auxiliary", "operations": ["retrieveOps"]}, "query"),
        ({"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}}, "none"),
    ],
)
async def test_registrations_of_ld_in_the_words_of_v2(
    town: TwoFaces, members: dict[str, Any], mode: str
) -> None:
    information = [
        {"entities": [{"type": ["Room", "Hall"], "id": "urn:ngsi-ld:v2:Room1"}], "propertyNames": ["a"]},
        {"entities": [{"type": "Room", "idPattern": "^x"}], "relationshipNames": ["b"]},
    ]
    document = {
        "id": "urn:r:1",
        "type": "ContextSourceRegistration",
        "registrationName": "next",
        "information": information,
        "endpoint": "http://there.example",
        **members,
    }
    assert (await town.ld("POST", "/csourceRegistrations", document)).status == 201
    assert await town.told("/registrations/urn:r:1") == {
        "id": "urn:r:1",
        "description": "next",
        "dataProvided": {
            "entities": [
                {"id": "Room1", "type": "Room"},
                {"id": "Room1", "type": "Hall"},
                {"idPattern": "^x", "type": "Room"},
            ],
            "attrs": ["a", "b"],
        },
        "provider": {"http": {"url": "http://there.example"}, "supportedForwardingMode": mode},
        "status": "active",
    }
    for change in ({"dataProvided": ROOMS}, {"provider": PROVIDER}, {"status": "inactive"}):
        assert await town.refused("PATCH", "/registrations/urn:r:1", change) == (422, "Unprocessable")
    await town.done("PATCH", "/registrations/urn:r:1", {"description": "ours", "expires": "2040-01-01"})
    shown = await town.told_ld("/csourceRegistrations/urn:r:1")
    assert (shown["description"], shown["expiresAt"]) == ("ours", "2040-01-01T00:00:00Z")
    await town.done("DELETE", "/registrations/urn:r:1")


async def test_addresses_of_private_networks_are_refused_when_they_are_named(town: TwoFaces) -> None:
    private = {**WORDS, "provider": {"http": {"url": "http://10.0.0.1/v2"}}}
    reply = await town.v2("POST", "/registrations", private)
    assert reply.status == 400 and "provider.http.url" in reply.json()["description"]
    path = await registered(town)
    assert await town.refused("PATCH", path, {"provider": private["provider"]}) == (400, "BadRequest")
    for name in ("http", "httpCustom"):
        told = {
            "subject": {"entities": [{"idPattern": ".*"}]},
            "notification": {name: {"url": "http://10.0.0.1/n"}},
        }
        reply = await town.v2("POST", "/subscriptions", told)
        assert reply.status == 400 and f"notification.{name}.url" in reply.json()["description"]
