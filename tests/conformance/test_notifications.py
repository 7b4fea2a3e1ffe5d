"""ETSI GS CIM 009 V1.9.1 clauses 5.3.1, 5.8.6, 6.3.9: who is notified of what, in which form, and what becomes of failures."""

import asyncio

from conformance.watched_town import URI, WatchedTown, lamp, notifying, values
from kaiteki.model.terms.compiling import core_context
from kaiteki.ports.outgoing import Letter
from kaiteki.stores.store import Store

CORE = core_context()


async def test_5_3_1_a_notification_has_this_form(town: WatchedTown) -> None:
    path = await town.subscribe({"endpoint": {"uri": URI, "receiverInfo": [{"key": "X-Key", "value": "k"}]}})
    await town.lamp(watts=5)
    (told,) = await town.room.heard(1)
    subscription_id = path.removeprefix("/subscriptions/")
    assert told == {
        "id": f"urn:ngsi-ld:Notification:demo:1:{subscription_id.removeprefix('urn:ngsi-ld:')}",
        "type": "Notification",
        "subscriptionId": subscription_id,
        "notifiedAt": "2026-05-01T12:00:00Z",
        "data": [lamp(watts=5)],
    }
    (letter,) = town.room.letters
    assert (letter.url, letter.headers) == (
        URI,
        (
            ("content-type", "application/json"),
            ("ngsild-tenant", "demo"),
            (
                "link",
                "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>;"
                ' rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
            ),
            ("X-Key", "k"),
        ),
    )


async def test_5_8_6_each_change_is_notified_in_order(town: WatchedTown) -> None:
    await town.subscribe(watchedAttributes=["watts"])
    await town.lamp(watts=0, note="a")
    for watts in range(1, 20):
        await town.turn(watts=watts)
        await town.turn(note=str(watts))
    assert values(await town.room.heard(20)) == list(range(20))
    assert len(await town.room.quiet()) == 20


async def test_5_8_6_conditions_are_asked_of_the_state_after(town: WatchedTown) -> None:
    await town.subscribe(q="watts>5")
    await town.lamp(watts=1)
    for watts in (6, 5, 7):
        await town.turn(watts=watts)
    assert values(await town.room.heard(2)) == [6, 7]
    assert len(await town.room.quiet()) == 2


async def test_5_8_6_forms(town: WatchedTown) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140.1, 35.6]}}
    wanted = {
        "concise": ({"format": "concise", "attributes": ["watts"]}, {"watts": 5}),
        "simple": ({"format": "keyValues", "pick": ["id", "type", "watts"]}, {"watts": 5}),
        "omitted": ({"omit": ["location"]}, {"watts": {"type": "Property", "value": 5}}),
        "times": (
            {"sysAttrs": True, "attributes": ["watts"]},
            {
                "createdAt": "2026-05-01T12:00:00Z",
                "modifiedAt": "2026-05-01T12:00:00Z",
                "watts": {
                    "type": "Property",
                    "value": 5,
                    "createdAt": "2026-05-01T12:00:00Z",
                    "modifiedAt": "2026-05-01T12:00:00Z",
                },
            },
        ),
    }
    for name, (telling, _) in wanted.items():
        await town.subscribe({"endpoint": {"uri": f"{URI}/{name}"}, **telling})
    for name, accept in (("ld", "application/ld+json"), ("geo", "application/geo+json")):
        await town.subscribe({"endpoint": {"uri": f"{URI}/{name}", "accept": accept}})
    await town.did("POST", "/entities", {**lamp(watts=5), "location": place})
    told = await town.room.heard(6)
    by_name = {
        letter.url.removeprefix(f"{URI}/"): one for letter, one in zip(town.room.letters, told, strict=True)
    }
    for name, (_, shown) in wanted.items():
        assert by_name[name]["data"] == [{"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", **shown}]
    assert by_name["ld"]["@context"] == CORE.document
    assert by_name["geo"]["data"]["features"][0]["geometry"] == place["value"]


async def test_5_8_6_deletions_and_changes(town: WatchedTown) -> None:
    triggers = ["attributeDeleted", "attributeUpdated", "entityDeleted"]
    await town.subscribe({"showChanges": True}, notificationTrigger=triggers, watchedAttributes=["watts"])
    await town.lamp(watts=5, note="a")
    await town.turn(watts=6)
    await town.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1/attrs/watts")
    await town.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1")
    told = await town.room.heard(3)
    note = {"type": "Property", "value": "a"}
    head = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    assert [one["data"][0] for one in told] == [
        {**head, "note": note, "watts": {"type": "Property", "value": 6, "previousValue": 5}},
        {
            **head,
            "note": note,
            "watts": {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 6},
        },
        {**head, "deletedAt": "2026-05-01T12:00:00Z"},
    ]


async def test_5_8_6_throttling_tells_the_newest_of_each_entity_later(town: WatchedTown) -> None:
    await town.subscribe(throttling=600)
    await town.lamp(1, watts=0)
    await town.room.heard(1)
    for watts in range(1, 5):
        await town.turn(1, watts=watts)
    await town.lamp(2, watts=9)
    assert len(await town.room.quiet()) == 1
    assert 590 < town.hurry_throttled() <= 600
    told = await town.room.heard(2)
    assert sorted(one["watts"]["value"] for one in told[1]["data"]) == [4, 9]
    assert len(await town.room.quiet()) == 2


async def test_5_8_6_at_intervals_all_that_matches_is_told(town: WatchedTown) -> None:
    for number, watts in ((1, 5), (2, 9), (3, 8)):
        await town.lamp(number, watts=watts)
    await town.subscribe(timeInterval=60, q="watts>5")
    assert await town.room.quiet() == []
    town.clock.forward(60)
    await town.room.heard(1)
    await town.turn(1, watts=7)
    assert len(await town.room.quiet()) == 1
    town.clock.forward(60)
    told = await town.room.heard(2)
    assert [[one["watts"]["value"] for one in notification["data"]] for notification in told] == [
        [9, 8],
        [7, 9, 8],
    ]


async def test_4_5_23_linked_entities_come_along(town: WatchedTown) -> None:
    await town.did("POST", "/entities", {"id": "urn:ngsi-ld:Park:1", "type": "Park", "name": "A"})
    for mode in ("flat", "inline"):
        await town.subscribe({"join": mode, "endpoint": {"uri": f"{URI}/{mode}"}})
    park = {"type": "Relationship", "object": "urn:ngsi-ld:Park:1"}
    await town.did("POST", "/entities", {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "standsIn": park})
    told = await town.room.heard(2)
    by_mode = {
        letter.url.rsplit("/", 1)[1]: one["data"] for letter, one in zip(town.room.letters, told, strict=True)
    }
    shown = {"id": "urn:ngsi-ld:Park:1", "type": "Park", "name": {"type": "Property", "value": "A"}}
    head = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp"}
    assert by_mode == {
        "flat": [{**head, "standsIn": park}, shown],
        "inline": [{**head, "standsIn": {**park, "entity": shown}}],
    }


async def test_5_8_6_a_paused_subscription_is_not_notified_of_what_happens_meanwhile(
    town: WatchedTown,
) -> None:
    path = await town.subscribe()
    await town.did("PATCH", path, {"isActive": False})
    await town.lamp(watts=1)
    await town.did("PATCH", path, {"isActive": True})
    await town.turn(watts=2)
    assert values(await town.room.heard(1)) == [2]
    assert len(await town.room.quiet()) == 1


async def test_5_8_6_only_what_happens_after_its_creation(town: WatchedTown) -> None:
    await town.lamp(watts=1)
    await town.subscribe()
    await town.turn(watts=2)
    assert values(await town.room.heard(1)) == [2]
    assert len(await town.room.quiet()) == 1


async def test_5_8_6_status_and_counters(town: WatchedTown) -> None:
    def answer(letter: Letter) -> int:
        town.clock.forward(1)
        return 200 if town.room.letters else 500

    town.room.answers = answer
    path = await town.subscribe()
    assert "status" not in (await town.shown(path))["notification"]
    await town.lamp(watts=1)
    await town.room.heard(2)
    await town.room.quiet()
    shown = (await town.shown(path))["notification"]
    assert {name: value for name, value in shown.items() if name != "endpoint"} == {
        "status": "ok",
        "timesSent": 2,
        "timesFailed": 1,
        "lastNotification": "2026-05-01T12:00:02Z",
        "lastFailure": "2026-05-01T12:00:01Z",
        "lastSuccess": "2026-05-01T12:00:02Z",
    }


async def test_one_dead_endpoint_delays_nobody_and_loses_nothing(town: WatchedTown) -> None:
    alive = False
    town.room.answers = lambda letter: None if "dead" in letter.url and not alive else 200
    await town.subscribe({"endpoint": {"uri": f"{URI}/dead"}})
    await town.subscribe({"endpoint": {"uri": f"{URI}/alive"}})
    await town.lamp(watts=0)
    for watts in range(1, 10):
        await town.turn(watts=watts)
    assert values(await town.room.heard(10)) == list(range(10))
    assert {letter.url for letter in town.room.letters} == {f"{URI}/alive"}
    alive = True
    told = await town.room.heard(20)
    assert values(told[10:]) == list(range(10))


async def test_what_waits_goes_to_the_new_address_of_its_subscription(store: Store) -> None:
    town = WatchedTown(store, pause_s=60, failing_max=5)
    town.room.answers = lambda letter: None if "wrong" in letter.url else 200
    async with notifying(town):
        path = await town.subscribe({"endpoint": {"uri": f"{URI}/wrong"}})
        await town.lamp(watts=0)
        for watts in range(1, 20):
            await town.turn(watts=watts)
        assert await town.room.quiet() == []
        await town.did("PATCH", path, {"notification": {"endpoint": {"uri": f"{URI}/right"}}})
        assert values(await town.room.heard(20)) == list(range(20))
        assert len(await town.room.quiet()) == 20


async def test_what_a_receiver_refuses_becomes_a_dead_letter_that_can_be_sent_again(
    town: WatchedTown,
) -> None:
    refusing = True
    town.room.answers = lambda letter: 410 if refusing and b'"value":1' in letter.body else 200
    path = await town.subscribe()
    await town.lamp(watts=1)
    await town.turn(watts=2)
    told = await town.room.heard(4)
    assert values(told) == [1, 1, 1, 2]
    await town.notifier.settle()
    assert await town.shown(f"{path}/deadLetters") == [
        {"number": 1, "entityId": "urn:ngsi-ld:Lamp:1", "attempts": 3, "reason": "the receiver answered 410"}
    ]
    refusing = False
    resent = await town.did("POST", f"{path}/deadLetters")
    assert resent.body == b'{"resent":1}'
    assert values(await town.room.heard(5))[4] == 1
    assert await town.shown(f"{path}/deadLetters") == []


async def test_a_dead_letter_that_is_thrown_away_is_sent_no_more(town: WatchedTown) -> None:
    town.room.answers = lambda letter: 410 if b'"value":1' in letter.body else 200
    path = await town.subscribe()
    await town.lamp(watts=1)
    await town.turn(watts=2)
    await town.room.heard(4)
    await town.notifier.settle()
    forgotten = await town.did("DELETE", f"{path}/deadLetters")
    assert forgotten.body == b'{"forgotten":1}'
    assert await town.shown(f"{path}/deadLetters") == []
    resent = await town.did("POST", f"{path}/deadLetters")
    assert resent.body == b'{"resent":0}'
    assert await town.plane.subscriptions.backlogs() == []


async def test_what_waits_is_sent_by_the_next_life_of_the_node(store: Store) -> None:
    first = WatchedTown(store)
    first.room.answers = lambda letter: None
    async with notifying(first):
        await first.subscribe()
        await first.lamp(watts=0)
        for watts in range(1, 30):
            await first.turn(watts=watts)
    second = WatchedTown(store)
    async with notifying(second):
        assert values(await second.room.heard(30)) == list(range(30))
        assert len(await second.room.quiet()) == 30
    assert await store.subscriptions.backlogs() == []


async def test_more_than_memory_holds_is_written_down_and_sent_in_order(store: Store) -> None:
    town, alive = WatchedTown(store, entries_max=10), False
    town.room.answers = lambda letter: 200 if alive else None
    async with notifying(town):
        await town.subscribe()
        await town.lamp(watts=0)
        for watts in range(1, 60):
            await town.turn(watts=watts)
        alive = True
        assert values(await town.room.heard(60)) == list(range(60))
        assert len(await town.room.quiet()) == 60


async def test_a_letter_that_waited_too_long_is_dead(store: Store) -> None:
    town = WatchedTown(store, life_s=60)
    town.room.answers = lambda letter: None
    async with notifying(town):
        path = await town.subscribe()
        await town.lamp(watts=0)
        await town.room.quiet()
        town.clock.forward(61)
        await town.room.quiet()
        await town.notifier.settle()
        (letter,) = await town.shown(f"{path}/deadLetters")
        assert (letter["number"], letter["reason"]) == (1, f"{URI} is not there")


async def test_many_subscribe_and_go_at_once(town: WatchedTown) -> None:
    paths = await asyncio.gather(*(town.subscribe() for _ in range(30)))
    assert len(set(paths)) == 30
    assert len(await town.shown("/subscriptions?limit=100")) == 30
    await asyncio.gather(*(town.did("DELETE", path) for path in paths))
    assert await town.shown("/subscriptions") == []
