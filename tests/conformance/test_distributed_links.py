"""ETSI GS CIM 009 V1.9.1 clauses 4.5.23, 4.3.6, 6.3.17: linked entities that live with context sources come along."""

import json
from typing import Any

from conformance.neighbours import Neighbours, answering, source
from conformance.watched_town import WatchedTown
from kaiteki.model.access import NOBODY
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

LAMP = "/entities/urn:ngsi-ld:Lamp:1"


def to(*uris: str, kind: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"type": "Relationship", "object": list(uris) if len(uris) > 1 else uris[0]}
    return {**told, "objectType": kind} if kind else told


def thing(kind: str, name: str, **attributes: Any) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{kind}:{name}", "type": kind, **attributes}


async def put(town: WatchedTown, *documents: dict[str, Any]) -> None:
    for document in documents:
        await town.did("POST", "/entities?local=true", document)


async def register(town: WatchedTown, kind: str = "Pole", **members: Any) -> None:
    information = [{"entities": [{"type": kind}]}]
    await town.did("POST", "/csourceRegistrations", source(information=information, **members))


POLE = thing("Pole", "1", height={"type": "Property", "value": 7}, road=to("urn:ngsi-ld:Road:1"))
ROAD = thing("Road", "1", lanes={"type": "Property", "value": 2})


async def test_4_5_23_linked_entities_of_a_source_stand_inside_and_behind(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    on = to("urn:ngsi-ld:Pole:1")
    await put(here, thing("Lamp", "1", on=on), ROAD)
    await put(there, POLE)
    await register(here)
    assert await here.shown(f"{LAMP}?join=inline") == thing("Lamp", "1", on={**on, "entity": POLE})
    assert net.paths() == [
        "GET there.example entities?type=Pole&id=urn:ngsi-ld:Pole:1&limit=1&options=sysAttrs"
    ]
    assert await here.shown(f"{LAMP}?join=inline&local=true") == thing("Lamp", "1", on=on)
    deep = {**POLE, "road": {**POLE["road"], "entity": ROAD}}
    assert await here.shown(f"{LAMP}?join=inline&joinLevel=2") == thing(
        "Lamp", "1", on={**on, "entity": deep}
    )
    flat = await here.shown("/entities?type=Lamp&join=flat&joinLevel=2")
    assert [one["id"][12:] for one in flat] == ["Lamp:1", "Pole:1", "Road:1"]
    document = {"type": "Query", "entities": [{"type": "Lamp"}], "join": "inline"}
    (asked,) = json.loads((await here.did("POST", "/entityOperations/query", document)).body)
    assert asked["on"]["entity"]["height"]["value"] == 7


async def test_4_5_23_each_source_is_asked_once_for_each_level(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    for number in range(1, 8):
        await put(here, thing("Lamp", str(number), on=to(f"urn:ngsi-ld:Pole:{number}")))
        await put(there, {**POLE, "id": f"urn:ngsi-ld:Pole:{number}"})
    await put(there, ROAD)
    await register(here)
    await register(here, "Road", id="urn:r:2")
    told = await here.shown("/entities?type=Lamp&join=inline&joinLevel=3")
    assert [one["on"]["entity"]["road"]["entity"]["lanes"]["value"] for one in told] == [2] * 7
    assert [path.partition("?")[2].partition("&")[0] for path in net.paths()] == [
        # nothing is said of the types, so that both sources may know the poles and the road
        "type=Pole",
        "type=Road",
        "type=Pole",
        "type=Road",
    ]


async def test_4_5_23_what_a_link_says_of_types_chooses_the_sources(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await put(here, thing("Lamp", "1", on=to("urn:ngsi-ld:Pole:1", kind="Pole")), ROAD)
    await put(there, POLE)
    await register(here)
    await register(here, "Road", id="urn:r:2")
    await here.shown(f"{LAMP}?join=inline")
    assert len(net.asked) == 1 and "type=Pole" in net.paths()[0]


async def test_4_5_23_a_linked_entity_is_what_all_know_of_it(here: WatchedTown, there: WatchedTown) -> None:
    await put(here, thing("Lamp", "1", on=to("urn:ngsi-ld:Pole:1")))
    await put(here, thing("Pole", "1", colour={"type": "Property", "value": "red"}))
    await put(there, POLE)
    await register(here)
    pole = (await here.shown(f"{LAMP}?join=inline"))["on"]["entity"]
    assert (pole["colour"]["value"], pole["height"]["value"]) == ("red", 7)


async def test_6_3_17_a_silent_source_of_links_is_a_warning(net: Neighbours, here: WatchedTown) -> None:
    await put(here, thing("Lamp", "1", on=to("urn:ngsi-ld:Pole:1")))
    await register(here)
    net.strange["there.example"] = lambda question: None
    reply = await here.did("GET", f"{LAMP}?join=inline")
    assert dict(reply.headers)["ngsild-warning"] == '199 here.example.demo "urn:r:1 did not answer"'
    assert "entity" not in json.loads(reply.body)["on"]


async def test_4_3_6_4_links_in_a_circle(net: Neighbours, here: WatchedTown, there: WatchedTown) -> None:
    await put(here, thing("Lamp", "1", on=to("urn:ngsi-ld:Pole:1")))
    await put(there, {**POLE, "road": to("urn:ngsi-ld:Lamp:1")})
    await register(here)
    await register(there, "Lamp", host="here.example")
    told = await here.shown(f"{LAMP}?join=inline&joinLevel=4")
    assert told["on"]["entity"]["road"] == to("urn:ngsi-ld:Lamp:1")


async def test_no_source_is_asked_for_what_hidden_links_lead_to(store: Store) -> None:
    net, vocabulary = Neighbours(), DEFAULT_VOCABULARY
    lamps = Sight(f"{vocabulary}Lamp", frozenset({f"{vocabulary}on"}), ("staff",))
    poles = Sight(f"{vocabulary}Pole", frozenset({f"{vocabulary}height"}), ("staff",))
    here = net.add("here.example", store, (lamps, poles))
    net.strange["there.example"] = answering(200, [POLE])
    lamp = thing("Lamp", "1", on=to("urn:ngsi-ld:Pole:1"), secret=to("urn:ngsi-ld:Pole:2"))
    await put(here, lamp)
    await register(here)
    here.person = NOBODY
    told = await here.shown(f"{LAMP}?join=inline&joinLevel=2")
    assert {*told["on"]["entity"]} == {"id", "type", "height"}
    assert len(net.asked) == 1 and "Pole:2" not in net.paths()[0]
