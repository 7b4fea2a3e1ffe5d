"""ETSI GS CIM 009 V1.9.1 clauses 5.8.1, 5.8.2, 5.8.5, 5.8.6: a subscription is passed on to the sources that know of what it is about."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, another_store, answering, source
from conformance.watched_town import URI, WatchedTown, lamp, notifying, values
from kaiteki.broker.passing import LEASE_S, RENEW_S
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.visibility import Sight
from kaiteki.ports.outgoing import Answered, Question

OPS = {"operations": ["federationOps"]}
WATTS, LAMP = (core_context().expand(name) for name in ("watts", "Lamp"))
GUEST = Person("guest", roles=frozenset({ANYONE, RESIDENT}))


@asynccontextmanager
async def awake(*towns: WatchedTown) -> AsyncIterator[None]:
    """All nodes at work."""
    if not towns:
        yield
        return
    async with notifying(towns[0]), awake(*towns[1:]):
        yield


async def passed_on(town: WatchedTown, path: str, status: str = "ok", count: int = 1) -> list[Any]:
    """How a subscription stands at its sources, once all of them are in that state."""
    found = await town.until(
        path,
        lambda one: [each["status"] for each in one.get("contextSources", [])] == [status] * count,
    )
    return found.get("contextSources", [])


async def standing(town: WatchedTown, count: int) -> list[Any]:
    """The subscriptions of a node, once there are so many."""
    return await town.until("/subscriptions", lambda found: len(found) == count)


async def test_5_8_1_a_change_at_a_source_tells_who_subscribed_here(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here, there):
        path = await here.subscribe(id="urn:s:1", q="watts>3")
        assert await passed_on(here, path) == [{"registrationId": "urn:r:1", "status": "ok"}]
        (copy,) = await standing(there, 1)
        assert copy["entities"] == [{"type": "Lamp"}]
        assert (copy["q"], copy["id"] != "urn:s:1") == ("watts>3", True)
        assert copy["notification"]["endpoint"]["uri"].startswith(
            "http://here.example/ngsi-ld/v1/sourceNotifications/"
        )
        await there.lamp(watts=2)
        await there.turn(watts=5)
        await here.lamp(2, watts=7)
        heard = sorted(await here.room.heard(2), key=lambda one: one["data"][0]["id"])
        assert [one["subscriptionId"] for one in heard] == ["urn:s:1", "urn:s:1"]
        assert [one["data"] for one in heard] == [[lamp(1, watts=5)], [lamp(2, watts=7)]]
        assert len(await here.room.quiet()) == 2
        assert (await here.shown(path))["notification"]["timesSent"] == 2
        assert [one["id"] for one in await here.shown("/subscriptions")] == ["urn:s:1"]
        hidden = [one.subscription.id for one in here.watchers.all() if one.subscription.passed]
        assert (await here.ask("GET", f"/subscriptions/{hidden[0]}")).status == 404


@pytest.mark.parametrize("keep", ["memory"], indirect=True)
@pytest.mark.parametrize(
    "members",
    [
        {"localOnly": True},
        {"csf": 'endpoint=="http://elsewhere.example"'},
        {"entities": [{"type": "Bench"}]},
        {"watchedAttributes": ["height"]},
    ],
)
async def test_5_8_1_what_no_source_has_a_part_in_stays_here(
    net: Neighbours, here: WatchedTown, there: WatchedTown, members: dict[str, Any]
) -> None:
    await here.did("POST", "/csourceRegistrations", source(information=about("watts"), **OPS))
    async with awake(here, there):
        path = await here.subscribe(**members)
        other = await here.subscribe(id="urn:s:other")
        await passed_on(here, other)
        assert "contextSources" not in await here.shown(path)
        assert len(net.asked) == 1


@pytest.mark.parametrize("keep", ["memory"], indirect=True)
@pytest.mark.parametrize(
    "members",
    [
        {"operations": ["redirectionOps"]},
        {"mode": "auxiliary", "operations": ["retrieveOps"]},
        {"observationInterval": {"startAt": "2026-01-01T00:00:00Z"}},
    ],
)
async def test_5_8_1_only_sources_that_take_subscriptions_get_them(
    net: Neighbours, here: WatchedTown, there: WatchedTown, members: dict[str, Any]
) -> None:
    await here.did("POST", "/csourceRegistrations", source(1, **members))
    await here.did("POST", "/csourceRegistrations", source(2, **OPS))
    async with awake(here, there):
        path = await here.subscribe()
        assert [one["registrationId"] for one in await passed_on(here, path)] == ["urn:r:2"]


async def test_5_8_1_a_copy_is_reduced_to_what_the_source_is_registered_for(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    only = about("watts", "level", id="urn:ngsi-ld:Lamp:1")
    await here.did("POST", "/csourceRegistrations", source(information=only, **OPS))
    async with awake(here, there):
        telling = {"format": "keyValues", "attributes": ["watts"]}
        path = await here.subscribe(
            {**telling, "endpoint": {"uri": URI}}, q="watts>3", watchedAttributes=["watts", "height"]
        )
        await passed_on(here, path)
        (copy,) = await standing(there, 1)
        assert copy["entities"] == [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}]
        assert copy["watchedAttributes"] == ["watts"]
        # what it knows may be a part of the entity, so that conditions are asked here
        assert ("q" in copy, copy["notification"]["format"]) == (False, "normalized")
        await here.lamp(1, height=9)
        await there.lamp(1, watts=2, phone="secret")
        await there.turn(1, watts=4)
        (heard,) = await here.room.heard(1)
        assert heard["data"] == [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 4}]
        assert len(await here.room.quiet()) == 1


async def test_5_8_6_parts_of_an_entity_are_put_together_before_it_is_told(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(information=about("watts"), **OPS))
    await here.lamp(1, height=9)
    await here.lamp(2, height=1)
    async with awake(here, there):
        path = await here.subscribe(splitEntities=True, q="height>5;watts>3")
        await passed_on(here, path)
        await there.lamp(2, watts=8)
        await there.lamp(1, watts=8)
        (heard,) = await here.room.heard(1)
        assert heard["data"] == [lamp(1, watts=8, height=9)]
        assert len(await here.room.quiet()) == 1


async def test_5_8_6_what_is_gone_and_what_was_before_are_told_as_here(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here, there):
        triggers = ["entityCreated", "entityUpdated", "entityDeleted"]
        telling = {"endpoint": {"uri": URI}, "showChanges": True}
        await passed_on(here, await here.subscribe(telling, notificationTrigger=triggers))
        await there.lamp(1, watts=2, level=1)
        await there.turn(1, watts=4)
        await here.room.heard(2)
        await there.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1/attrs/level")
        await here.room.heard(3)
        await there.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1")
        heard = [one["data"][0] for one in await here.room.heard(4)]
        assert heard[0] == lamp(1, watts=2, level=1)
        assert heard[1]["watts"] == {"type": "Property", "value": 4, "previousValue": 2}
        assert heard[2]["level"] == {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 1}
        assert heard[3]["deletedAt"] == "2026-05-01T12:00:00Z"


async def test_5_8_6_only_what_its_owner_may_see_is_told(net: Neighbours, here: WatchedTown) -> None:
    town = net.add("hall.example", another_store(here), (Sight(LAMP, frozenset({WATTS}), (STAFF,)),))
    there = net.towns["there.example"]
    await town.did("POST", "/csourceRegistrations", source(**OPS))
    town.persons = {"guest": GUEST}
    runs, town.person = town.person, GUEST
    async with awake(town, there):
        await passed_on(town, await town.subscribe())
        by_phone = await town.subscribe(q='phone=="secret"')
        await passed_on(town, by_phone)
        town.person = runs
        await there.lamp(1, watts=2, phone="secret")
        (heard,) = await town.room.heard(1)
        assert heard["data"] == [lamp(1, watts=2)]
        assert len(await town.room.quiet()) == 1


async def test_5_8_2_an_update_a_pause_and_a_wake_go_with_it(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here, there):
        path = await here.subscribe(q="watts>3")
        await passed_on(here, path)
        here.clock.forward(1)
        await here.did("PATCH", path, {"q": None, "watchedAttributes": ["watts"]})
        await there.until("/subscriptions", lambda found: "q" not in found[0])
        (copy,) = await there.shown("/subscriptions")
        assert copy["watchedAttributes"] == ["watts"]
        here.clock.forward(1)
        await here.did("PATCH", path, {"isActive": False})
        await there.until("/subscriptions", lambda found: found[0]["status"] == "paused")
        await there.lamp(1, watts=1)
        here.clock.forward(1)
        await here.did("PATCH", path, {"isActive": True})
        await there.until("/subscriptions", lambda found: found[0]["status"] == "active")
        await there.turn(1, watts=2)
        assert values(await here.room.heard(1)) == [2]
        here.clock.forward(1)
        await here.did("PATCH", path, {"localOnly": True})
        await standing(there, 0)


async def test_5_8_5_what_is_deleted_or_expired_is_deleted_there_too(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here, there):
        path = await here.subscribe()
        await passed_on(here, path)
        net.away.add("there.example")
        await here.did("DELETE", path)
        await here.eventually(lambda: net.paths()[-1].startswith("DELETE"))
        net.away.clear()
        await standing(there, 0)
        await here.eventually(lambda: not here.watchers.passed)
        lasting = await here.subscribe(expiresAt="2026-05-01T12:00:30Z")
        await passed_on(here, lasting)
        assert (await there.shown("/subscriptions"))[0]["expiresAt"] == "2026-05-01T12:00:30Z"
        here.clock.forward(30)
        await standing(there, 0)


async def test_5_8_1_registrations_that_come_change_and_go(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    async with awake(here, there):
        path = await here.subscribe()
        await here.did("POST", "/csourceRegistrations", source(**OPS))
        await passed_on(here, path)
        narrower = [{"entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:7"}]}]
        await here.did("PATCH", "/csourceRegistrations/urn:r:1", {"information": narrower})
        await there.until(
            "/subscriptions", lambda found: found[0]["entities"][0].get("id") == "urn:ngsi-ld:Lamp:7"
        )
        await here.did("DELETE", "/csourceRegistrations/urn:r:1")
        await standing(there, 0)
        await here.until(path, lambda one: "contextSources" not in one)


async def test_5_8_1_a_dead_source_is_a_state_and_picks_up_when_it_is_back(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did(
        "POST", "/csourceRegistrations", source(management={"cooldown": 10, "timeout": 1000}, **OPS)
    )
    net.away.add("there.example")
    async with awake(here, there):
        path = await here.subscribe()
        (failed,) = await passed_on(here, path, "failed")
        assert failed["reason"] == "the source did not answer"
        await here.lamp(2, watts=1)
        assert values(await here.room.heard(1)) == [1]
        net.away.clear()
        await passed_on(here, path)
        await there.lamp(1, watts=2)
        assert values(await here.room.heard(2)) == [1, 2]
        # the other way round: what the source cannot tell now it tells later
        net.away.add("here.example")
        await there.turn(1, watts=3)
        await there.eventually(lambda: bool(there.reasons))
        net.away.clear()
        assert values(await here.room.heard(3)) == [1, 2, 3]


async def test_5_8_1_what_a_source_has_lost_it_gets_again(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here, there):
        path = await here.subscribe()
        await passed_on(here, path)
        (copy,) = await there.shown("/subscriptions")
        assert copy["expiresAt"] == "2026-05-02T12:00:00Z"
        await there.did("DELETE", f"/subscriptions/{copy['id']}")
        here.clock.forward(RENEW_S + 1)
        (again,) = await standing(there, 1)
        assert (again["id"], LEASE_S) == (copy["id"], 86_400)


async def test_5_8_1_what_was_broken_off_is_taken_up_and_nothing_is_left_behind(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    """The answer to the first request is lost, and the node starts again; then the subscription goes while it rests."""
    await here.did("POST", "/csourceRegistrations", source(**OPS))

    def lost(question: Question) -> Answered | None:
        return None

    net.strange["there.example"] = lost
    async with awake(here):
        path = await here.subscribe()
        await passed_on(here, path, "failed")
    created = next(one for one in net.asked if one.method == "POST")
    copy = json.loads(created.body)
    await there.did("POST", "/subscriptions", copy)
    del net.strange["there.example"]
    again = WatchedTown(here.store, name="here.example")
    again.room.ask, again.room.onward = here.room.ask, here.room.onward
    net.towns["here.example"] = again
    async with awake(again, there):
        await passed_on(again, path)
        assert [one["id"] for one in await there.shown("/subscriptions")] == [copy["id"]]
    await again.did("DELETE", path)
    last = WatchedTown(here.store, name="here.example")
    last.room.ask, last.room.onward = here.room.ask, here.room.onward
    async with awake(last, there):
        await standing(there, 0)
        await last.eventually(lambda: not last.watchers.passed)


async def test_5_8_1_circles_end(net: Neighbours, here: WatchedTown, there: WatchedTown) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    await there.did("POST", "/csourceRegistrations", source(2, "here.example", **OPS))
    async with awake(here, there):
        path = await here.subscribe()
        await passed_on(here, path)
        (copy,) = await standing(there, 1)
        (back,) = await passed_on(there, f"/subscriptions/{copy['id']}", "failed")
        assert back["reason"] == "the source answered 508"
        await there.lamp(1, watts=2)
        assert values(await here.room.heard(1)) == [2]
        assert (len(await here.room.quiet()), len(await here.shown("/subscriptions"))) == (1, 1)


@pytest.mark.parametrize("keep", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 204),
        ({"subscriptionId": "urn:s:other"}, 400),
        ({"type": "Entity"}, 400),
        ({"data": {}}, 400),
        ({"data": ["x"]}, 400),
        ({"data": [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 3}]}, 400),
    ],
)
async def test_5_8_6_a_notification_of_a_source_is_checked(
    net: Neighbours, here: WatchedTown, change: dict[str, Any], status: int
) -> None:
    net.strange["there.example"] = answering(201)
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    async with awake(here):
        await passed_on(here, await here.subscribe())
        sent = json.loads(net.asked[0].body)
        path = sent["notification"]["endpoint"]["uri"].partition("/ngsi-ld/v1")[2]
        told = {
            "id": "urn:ngsi-ld:Notification:1",
            "type": "Notification",
            "subscriptionId": sent["id"],
            # a bench is nothing that this source is registered for
            "data": [lamp(1, watts=3), {"id": "urn:ngsi-ld:Bench:1", "type": "Bench"}],
            **change,
        }
        assert (await here.ask("POST", path, told, ngsild_tenant="of-the-source")).status == status
        assert (await here.ask("POST", f"/sourceNotifications/{'0' * 32}", told)).status == 404
        heard = await here.room.quiet()
        assert [one["data"] for one in heard] == ([[lamp(1, watts=3)]] if status == 204 else [])


async def test_5_8_6_what_cannot_be_delivered_is_retried_and_then_a_dead_letter(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.did("POST", "/csourceRegistrations", source(**OPS))
    here.room.answers = lambda letter: 410
    async with awake(here, there):
        path = await here.subscribe()
        await passed_on(here, path)
        await there.lamp(1, watts=2)
        dead = await here.until(f"{path}/deadLetters", bool)
        assert [(one["entityId"], one["attempts"]) for one in dead] == [("urn:ngsi-ld:Lamp:1", 3)]
        assert await here.shown(f"{path}/deadLetters?after={dead[0]['number']}") == []
        here.room.answers = lambda letter: 200
        here.room.letters.clear()
        await here.did("POST", f"{path}/deadLetters")
        assert values(await here.room.heard(1)) == [2]
