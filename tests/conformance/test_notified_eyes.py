"""What a notification holds is what its owner may read when it is sent: the decision of a read, in conditions too."""

import asyncio
import json

import msgspec

from conformance.watched_town import URI, WatchedTown, notifying
from kaiteki.api.owners import REMEMBERED_S
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.entity import Json
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

CORE = core_context()
WATTS, NOTE, LAMP = (CORE.expand(name) for name in ("watts", "note", "Lamp"))
CLERK = Person("clerk", roles=frozenset({ANYONE, RESIDENT, STAFF}))
GUEST = Person("guest", roles=frozenset({ANYONE, RESIDENT}))
SIGHT = Sight(LAMP, frozenset({WATTS, NOTE}), (STAFF,), past=frozenset({WATTS}))


class Eyes:
    """Two readers, each subscribed with an endpoint of the own name: a clerk of the town hall and a guest."""

    def __init__(self, town: WatchedTown) -> None:
        self.town = town

    async def subscribe(self, **members: Json) -> None:
        """Subscriptions of both; then everybody who runs the node goes on."""
        runs = self.town.person
        for person in (CLERK, GUEST):
            self.town.persons[person.account_id] = self.town.person = person
            telling = {"endpoint": {"uri": f"{URI}/{person.account_id}"}, "showChanges": True}
            await self.town.subscribe(telling, **members)
        self.town.person = runs

    async def told(self, count: int) -> dict[str, list[Json]]:
        """What each was told of the attributes, when nothing more comes."""
        await self.town.room.heard(count)
        told: dict[str, list[Json]] = {"clerk": [], "guest": []}
        for letter, one in zip(self.town.room.letters, await self.town.room.quiet(), strict=True):
            shown = {name: value for name, value in one["data"][0].items() if name not in ("id", "type")}
            told[letter.url.rsplit("/", 1)[1]].append(shown)
        return told


def prop(value: Json, **more: Json) -> Json:
    return {"type": "Property", "value": value, **more}


async def test_each_owner_sees_what_a_read_would_show(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe()
        await town.lamp(watts=1, phone="secret")
        await town.turn(phone="other")
        await town.turn(watts=2)
        assert await eyes.told(5) == {
            "clerk": [
                {"phone": prop("secret"), "watts": prop(1)},
                {"phone": prop("other", previousValue="secret"), "watts": prop(1)},
                {"phone": prop("other"), "watts": prop(2, previousValue=1)},
            ],
            "guest": [{"watts": prop(1)}, {"watts": prop(2, previousValue=1)}],
        }


async def test_conditions_over_what_is_hidden_tell_nothing(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe(q='phone=="secret"')
        await town.lamp(watts=1, phone="secret")
        assert await eyes.told(1) == {"clerk": [{"phone": prop("secret"), "watts": prop(1)}], "guest": []}


async def test_types_that_nobody_may_read_match_nothing(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe(entities=[{"type": "*"}])
        await town.did("POST", "/entities", {"id": "urn:x:1", "type": "Undeclared", "a": 1})
        assert await eyes.told(1) == {"clerk": [{"a": prop(1)}], "guest": []}


async def test_the_past_of_what_was_taken_back_is_not_told(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe(notificationTrigger=["entityUpdated"])
        await town.lamp(note="a name")
        await town.room.heard(2)
        await town.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1/attrs/note")
        told = await eyes.told(4)
        null = prop("urn:ngsi-ld:null")
        assert told["clerk"][1] == {"note": {**null, "previousValue": "a name"}}
        assert told["guest"][1] == {"note": null}


async def test_what_was_hidden_while_it_waited_is_not_told(store: Store) -> None:
    town, alive = WatchedTown(store, (SIGHT,), pause_s=1.2, pause_max_s=1.2), False
    town.room.answers = lambda letter: 200 if alive else None
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe()
        await town.lamp(note="a name", watts=1)
        await town.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1/attrs/note")
        alive = True
        assert await eyes.told(2) == {
            "clerk": [{"note": prop("a name"), "watts": prop(1)}],
            "guest": [{"watts": prop(1)}],
        }


async def test_an_account_that_is_closed_is_told_nothing_more(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        eyes = Eyes(town)
        await eyes.subscribe()
        await town.lamp(watts=1)
        await town.room.heard(2)
        del town.persons["guest"]
        await asyncio.sleep(REMEMBERED_S)
        await town.turn(watts=2)
        told = await eyes.told(3)
        assert (len(told["clerk"]), len(told["guest"])) == (2, 1)


async def test_nobody_is_told_more_than_was_open_to_whoever_worded_the_subscription(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    async with notifying(town):
        runs, weak = town.person, msgspec.structs.replace(CLERK, roles=GUEST.roles)
        town.persons["clerk"], town.person = CLERK, weak
        path = await town.subscribe({"endpoint": {"uri": f"{URI}/clerk"}})
        town.person = runs
        await town.lamp(watts=1, phone="secret")
        await town.room.heard(1)
        # who runs the node rewords it, and lends no eyes
        await town.did("PATCH", path, {"description": "lamps"})
        await town.turn(watts=2)
        await town.room.heard(2)
        town.person = CLERK
        await town.did("PATCH", path, {"description": "all of the lamps"})
        town.person = runs
        await town.turn(watts=3)
        await town.room.heard(3)
        told = [sorted(one["data"][0]) for one in await town.room.quiet()]
        assert told == [["id", "type", "watts"]] * 2 + [["id", "phone", "type", "watts"]]


async def test_a_stream_is_read_by_its_owner_with_what_they_come_with(store: Store) -> None:
    town = WatchedTown(store, (SIGHT,))
    runs, weak = town.person, msgspec.structs.replace(CLERK, roles=GUEST.roles)
    town.persons["clerk"] = town.person = CLERK
    path = await town.subscribe({"endpoint": {"uri": "urn:kaiteki:stream"}})
    town.person = runs
    assert (await town.ask("GET", f"{path}/stream")).status == 403
    await town.lamp(watts=1, phone="secret")
    for person, shown in ((CLERK, ["phone", "watts"]), (weak, ["watts"])):
        town.person = person
        reply = await town.did("GET", f"{path}/stream?lastEventId=0")
        assert reply.parts is not None and await anext(reply.parts)
        told = json.loads((await anext(reply.parts)).split(b"data: ")[1])
        assert sorted(told["data"][0].keys() - {"id", "type"}) == shown
        await reply.parts.aclose()


async def test_what_comes_into_sight_is_new_to_who_watches_it(store: Store) -> None:
    held = msgspec.structs.replace(SIGHT, public=frozenset({WATTS}), holder=CORE.expand("holder"))
    town = WatchedTown(store, (held,))
    async with notifying(town):
        runs, town.person = town.person, GUEST
        town.persons["guest"] = GUEST
        await town.subscribe(
            {"endpoint": {"uri": f"{URI}/ld"}, "showChanges": True}, watchedAttributes=["phone"]
        )
        subject = {"entities": [{"idPattern": ".*", "type": "Lamp"}], "condition": {"attrs": ["phone"]}}
        told = {"http": {"url": f"{URI}/v2"}, "attrs": ["phone"], "metadata": ["previousValue"]}
        await town.did("POST", "/v2/subscriptions", {"subject": subject, "notification": told})
        town.person = runs
        await town.lamp(watts=1, phone="secret", holder="somebody")
        await town.turn(holder="guest")
        await town.room.heard(2)
        by_way = {
            letter.url.rsplit("/", 1)[1]: one["data"][0]["phone"]
            for letter, one in zip(town.room.letters, await town.room.quiet(), strict=True)
        }
        assert by_way["ld"] == prop("secret")
        assert by_way["v2"] == {"type": "Text", "value": "secret", "metadata": {}}
