"""ETSI GS CIM 009 V1.9.1 clauses 5.11, 5.3.2, 6.12, 6.13: who subscribes to registrations is told which match, which changed, which no longer do."""

import asyncio
import json
from typing import Any

import pytest

from conformance.test_registrations import ANNA, DESK, NEAR, PLACE, SOURCES, about, source
from conformance.watched_town import URI, WatchedTown, notifying
from kaiteki.api.owners import REMEMBERED_S
from kaiteki.model.access import ANYONE, NOBODY, RESIDENT, Person
from kaiteki.stores.store import Store

WATCHES = "/csourceSubscriptions"
ONE = f"{SOURCES}/urn:r:1"


async def watch(town: WatchedTown, **members: Any) -> str:
    """Subscribe to registrations of lamps unless the members say otherwise; the path of the subscription."""
    document = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": URI}},
        **members,
    }
    reply = await town.did("POST", WATCHES, document)
    return dict(reply.headers)["location"].removeprefix("/ngsi-ld/v1")


def told(notifications: list[Any]) -> list[tuple[str, list[str]]]:
    return [
        (one["triggerReason"], [registration["id"] for registration in one["data"]]) for one in notifications
    ]


async def counters(town: WatchedTown, path: str) -> dict[str, Any]:
    """How the sending of a subscription went, once the node has written it down."""
    shown = (await town.shown(path))["notification"]
    return {name: shown[name] for name in ("status", "timesSent", "timesFailed") if name in shown}


async def test_5_11_2_subscribe_and_be_told_what_matches_now(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(1))
    await town.did("POST", SOURCES, source(2, information=about({"type": "Bench"})))
    path = await watch(town, id="urn:s:1", csf='endpoint=="https://source1.example"')
    assert path == f"{WATCHES}/urn:s:1"
    (heard,) = await town.room.heard(1)
    assert heard == {
        "id": heard["id"],
        "type": "ContextSourceNotification",
        "subscriptionId": "urn:s:1",
        "notifiedAt": "2026-05-01T12:00:00Z",
        "triggerReason": "newlyMatching",
        "data": [source(1)],
    }
    letter = town.room.letters[0]
    assert dict(letter.headers)["link"].startswith("<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context")
    assert (await town.ask("POST", WATCHES, {"id": "urn:s:1", "type": "Subscription"})).status == 400


@pytest.mark.parametrize("keep", ["memory"], indirect=True)
@pytest.mark.parametrize(
    "wrong",
    [
        {"notification": {"endpoint": {"uri": "urn:kaiteki:stream"}}},
        {"notification": {"endpoint": {"uri": URI, "accept": "application/geo+json"}}},
        {"notification": {"endpoint": {"uri": URI}, "showChanges": True}},
        {"notificationTrigger": ["entityCreated"]},
        {"temporalQ": {"timerel": "after"}},
        {"temporalQ": {"timerel": "after", "timeAt": "soon"}},
        {"temporalQ": {"lastN": "3"}},
        {"temporalQ": "2026"},
        {"csf": "=="},
    ],
)
async def test_5_11_2_what_has_no_meaning_for_registrations_is_refused(
    town: WatchedTown, wrong: dict[str, Any]
) -> None:
    document = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": URI}},
        **wrong,
    }
    reply = await town.ask("POST", WATCHES, document)
    assert (reply.status, json.loads(reply.body)["type"].rpartition("/")[2]) == (400, "BadRequestData")


@pytest.mark.parametrize("keep", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({}, ["urn:r:1", "urn:r:2", "urn:r:3"]),
        ({"entities": [{"type": "Bench"}]}, []),
        ({"entities": [{"type": "*"}]}, ["urn:r:1", "urn:r:2", "urn:r:3"]),
        ({"entities": [{"type": "Lamp", "id": "urn:l:2"}]}, ["urn:r:1", "urn:r:3"]),
        ({"watchedAttributes": ["height"]}, ["urn:r:1", "urn:r:3"]),
        (
            {"notification": {"endpoint": {"uri": URI}, "attributes": ["watts"]}},
            ["urn:r:1", "urn:r:2", "urn:r:3"],
        ),
        ({"csf": 'sourceType=="archive"'}, ["urn:r:3"]),
        ({"q": 'sourceType=="archive"'}, ["urn:r:3"]),
        ({"scopeQ": "/a/#"}, ["urn:r:1"]),
        (
            {"geoQ": {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [140.5, 35.5]}},
            ["urn:r:2"],
        ),
        ({"temporalQ": {"timerel": "after", "timeAt": "2026-01-15T00:00:00Z"}}, ["urn:r:4"]),
        ({"temporalQ": {"timerel": "after", "timeAt": "2026-03-15T00:00:00Z"}}, []),
        (
            {
                "temporalQ": {
                    "timerel": "before",
                    "timeAt": "2026-03-15T00:00:00Z",
                    "timeproperty": "modifiedAt",
                }
            },
            [],
        ),
    ],
)
async def test_5_11_2_what_matches(town: WatchedTown, members: dict[str, Any], found: list[str]) -> None:
    one = {"entities": [{"id": "urn:l:1", "type": "Lamp"}], "propertyNames": ["watts"]}
    past = {"startAt": "2026-01-01T00:00:00Z", "endAt": "2026-02-01T00:00:00Z"}
    for document in (
        source(1, scope="/a/b"),
        source(2, information=[one], location=PLACE, scope="/c"),
        source(3, observationSpace=PLACE, sourceType="archive"),
        source(4, observationInterval=past),
    ):
        await town.did("POST", SOURCES, document)
    assert NEAR.endswith("[140.5,35.5]")
    path = await watch(town, **members)
    # whoever is told nothing hears of the next one that matches nothing but itself
    await watch(town, id="urn:s:last", csf='endpoint=="https://source1.example"')
    heard = [one for one in await town.room.heard(2 if found else 1) if one["subscriptionId"] != "urn:s:last"]
    assert told(heard) == ([("newlyMatching", found)] if found else [])
    shown = await town.shown(path)
    assert {name: shown[name] for name in members if name != "notification"} == {
        name: value for name, value in members.items() if name != "notification"
    }


async def test_5_11_7_what_came_changed_and_went(town: WatchedTown) -> None:
    await watch(town)
    await town.did("POST", SOURCES, source(1))
    await town.room.heard(1)
    town.clock.forward(1)
    await town.did("PATCH", ONE, {"description": "of the neighbours"})
    await town.room.heard(2)
    await town.did("PATCH", ONE, {"information": about({"type": "Bench"})})
    await town.room.heard(3)
    await town.did("PATCH", ONE, {"information": about({"type": "Lamp"})})
    await town.room.heard(4)
    await town.did("DELETE", ONE)
    heard = await town.room.heard(5)
    reasons = ["newlyMatching", "updated", "noLongerMatching", "newlyMatching", "noLongerMatching"]
    assert told(heard) == [(reason, ["urn:r:1"]) for reason in reasons]
    assert heard[1]["data"][0]["description"] == "of the neighbours"
    # what no longer matches is told as it was when it did
    assert heard[2]["data"][0]["information"] == about({"type": "Lamp"})
    assert len({one["id"] for one in heard}) == 5
    assert len(await town.room.quiet()) == 5


async def test_5_11_7_only_the_parts_that_match_are_told(town: WatchedTown) -> None:
    parts = [*about({"type": "Lamp"}, {"type": "Bench"}, attrs=("watts",)), *about({"type": "Tree"})]
    await town.did("POST", SOURCES, source(1, information=parts))
    await watch(town)
    (heard,) = await town.room.heard(1)
    assert heard["data"][0]["information"] == about({"type": "Lamp"}, attrs=("watts",))


async def test_5_11_7_one_that_expires_matches_no_longer(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(1, expiresAt="2026-05-01T12:00:10Z"))
    await watch(town)
    await town.room.heard(1)
    town.clock.forward(11)
    assert told(await town.room.heard(2))[1:] == [("noLongerMatching", ["urn:r:1"])]


async def test_5_11_7_at_intervals_all_that_match(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(1))
    await watch(town, timeInterval=60)
    await town.room.heard(1)
    await town.did("POST", SOURCES, source(2))
    assert len(await town.room.quiet()) == 1
    town.clock.forward(60)
    both = ["urn:r:1", "urn:r:2"]
    assert told(await town.room.heard(2)) == [("newlyMatching", ["urn:r:1"]), ("updated", both)]


async def test_5_11_7_throttling_gathers(town: WatchedTown) -> None:
    await watch(town, throttling=60)
    # the first look tells that nothing matches yet; throttling counts from there
    await town.eventually(lambda: any(one.pictured for one in town.watchers.standings.values()))
    await town.did("POST", SOURCES, source(1))
    assert await town.room.quiet() == []
    town.clock.forward(60)
    assert told(await town.room.heard(1)) == [("newlyMatching", ["urn:r:1"])]
    await town.did("DELETE", ONE)
    await town.did("POST", SOURCES, source(2))
    await town.did("POST", SOURCES, source(3))
    town.clock.forward(60)
    assert told(await town.room.heard(3))[1:] == [
        ("newlyMatching", ["urn:r:2", "urn:r:3"]),
        ("noLongerMatching", ["urn:r:1"]),
    ]


async def test_5_11_7_a_receiver_that_is_away_is_told_later_and_one_that_refuses_leaves_a_dead_letter(
    town: WatchedTown,
) -> None:
    town.room.answers = lambda letter: None
    path = await watch(town)
    await town.did("POST", SOURCES, source(1))
    await town.eventually(lambda: bool(town.reasons))
    await town.did("POST", SOURCES, source(2))
    town.room.answers = lambda letter: 200
    assert told(await town.room.heard(2)) == [
        ("newlyMatching", ["urn:r:1"]),
        ("newlyMatching", ["urn:r:2"]),
    ]
    went = await counters(town, path)
    assert (went["status"], went["timesSent"] - went["timesFailed"]) == ("ok", 2)
    town.room.answers = lambda letter: 410
    await town.did("DELETE", ONE)
    await town.eventually(lambda: town.reasons.count("the receiver answered 410") == 3)
    dead = await town.until(f"{path}/deadLetters", bool)
    assert [(one["entityId"], one["attempts"]) for one in dead] == [("urn:r:1", 3)]
    town.room.answers = lambda letter: 200
    town.room.letters.clear()
    await town.did("POST", f"{path}/deadLetters")
    assert told(await town.room.heard(1)) == [("noLongerMatching", ["urn:r:1"])]
    assert await town.until(f"{path}/deadLetters", lambda found: not found) == []
    assert (await town.ask("GET", f"/subscriptions/{path.rpartition('/')[2]}")).status == 404


async def test_5_11_7_paused_ones_are_told_nothing_and_then_everything(town: WatchedTown) -> None:
    path = await watch(town)
    await town.did("PATCH", path, {"isActive": False})
    await town.did("POST", SOURCES, source(1))
    assert await town.room.quiet() == []
    assert (await town.shown(path))["status"] == "paused"
    town.clock.forward(1)
    await town.did("PATCH", path, {"isActive": True})
    assert told(await town.room.heard(1)) == [("newlyMatching", ["urn:r:1"])]


async def test_5_11_7_an_expired_one_is_told_nothing(town: WatchedTown) -> None:
    path = await watch(town, expiresAt="2026-05-01T12:00:10Z")
    town.clock.forward(11)
    await town.did("POST", SOURCES, source(1))
    assert await town.room.quiet() == []
    assert (await town.shown(path))["status"] == "expired"


async def test_5_11_3_update_and_be_told_everything_that_matches(town: WatchedTown) -> None:
    await town.did("POST", SOURCES, source(1))
    await town.did("POST", SOURCES, source(2, information=about({"type": "Bench"})))
    path = await watch(town)
    await town.room.heard(1)
    town.clock.forward(1)
    await town.did("PATCH", path, {"entities": [{"type": "Bench"}, {"type": "Lamp"}], "temporalQ": None})
    assert told(await town.room.heard(2))[1] == ("newlyMatching", ["urn:r:1", "urn:r:2"])
    assert (await town.ask("PATCH", path, {"notificationTrigger": ["entityCreated"]})).status == 400
    assert (await town.ask("PATCH", f"{WATCHES}/urn:s:9", {"isActive": False})).status == 404


async def test_5_11_4_and_5_11_5_retrieve_and_list(town: WatchedTown) -> None:
    await town.subscribe(id="urn:s:entities")
    for number in range(3):
        await watch(
            town, id=f"urn:s:{number}", temporalQ={"timerel": "before", "timeAt": "2026-01-01T00:00:00Z"}
        )
    assert await town.shown(f"{WATCHES}/urn:s:0") == {
        "id": "urn:s:0",
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "temporalQ": {"timerel": "before", "timeAt": "2026-01-01T00:00:00Z"},
        "isActive": True,
        "notification": {"endpoint": {"uri": URI, "accept": "application/json"}},
        "status": "active",
    }
    page = await town.did("GET", f"{WATCHES}?limit=2&count=true")
    assert [one["id"] for one in json.loads(page.body)] == ["urn:s:0", "urn:s:1"]
    assert dict(reversed(page.headers))["ngsild-results-count"] == "3"
    assert [one["id"] for one in await town.shown("/subscriptions")] == ["urn:s:entities"]
    assert (await town.ask("GET", f"{WATCHES}/urn:s:entities")).status == 404
    assert (await town.ask("GET", "/subscriptions/urn:s:0")).status == 404
    assert (await town.ask("GET", f"{WATCHES}/no%20uri")).status == 400


async def test_5_11_6_delete(town: WatchedTown) -> None:
    path = await watch(town)
    await town.did("DELETE", path)
    await town.did("POST", SOURCES, source(1))
    assert await town.room.quiet() == []
    assert (await town.ask("DELETE", path)).status == 404


async def test_5_11_2_only_who_sees_registrations_subscribes_to_them(town: WatchedTown) -> None:
    document = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": URI}},
    }
    for person, status in ((NOBODY, 401), (ANNA, 403)):
        town.person = person
        assert (await town.ask("POST", WATCHES, document)).status == status
        assert (await town.ask("GET", WATCHES)).status == status
        assert (await town.ask("GET", f"{WATCHES}/urn:s:1")).status == status
    town.person = DESK
    town.persons = {"desk": DESK}
    await watch(town)
    await town.did("POST", SOURCES, source(1))
    await town.room.heard(1)
    # who leaves the town hall is told no more
    town.persons = {"desk": Person("desk", roles=frozenset({ANYONE, RESIDENT}))}
    await asyncio.sleep(REMEMBERED_S)
    await town.did("POST", SOURCES, source(2))
    assert len(await town.room.quiet()) == 1


async def test_what_changed_while_no_node_ran_is_told_once(store: Store) -> None:
    async with notifying(WatchedTown(store)) as town:
        path = await watch(town)
        await town.did("POST", SOURCES, source(1))
        await town.room.heard(1)
        await town.until(path, lambda shown: shown["notification"].get("timesSent") == 1)
    resting = WatchedTown(store)
    await resting.did("POST", SOURCES, source(2))
    await resting.did("DELETE", ONE)
    async with notifying(WatchedTown(store)) as town:
        assert told(await town.room.heard(2)) == [
            ("newlyMatching", ["urn:r:2"]),
            ("noLongerMatching", ["urn:r:1"]),
        ]
        assert len(await town.room.quiet()) == 2
