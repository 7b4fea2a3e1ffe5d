"""ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 5.7.1, 5.7.2, 6.3.17, 6.3.18: this node and its context sources answer together."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, answering, source
from conformance.watched_town import WatchedTown, lamp
from kaiteki.model.access import NOBODY
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

ONE = "/entities/urn:ngsi-ld:Lamp:1"
TWO = "/entities/urn:ngsi-ld:Lamp:2"
SOURCES = "/csourceRegistrations"
LINK = '<https://example.org/c>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


async def register(town: WatchedTown, *documents: dict[str, Any]) -> None:
    for document in documents:
        await town.did("POST", SOURCES, document)


async def ids(town: WatchedTown, query: str = "type=Lamp") -> list[str]:
    return [one["id"].rpartition(":")[2] for one in await town.shown(f"/entities?{query}")]


async def values(town: WatchedTown, path: str = ONE) -> dict[str, Any]:
    shown = await town.shown(f"{path}{'&' if '?' in path else '?'}options=keyValues")
    return {name: value for name, value in shown.items() if name not in ("id", "type")}


async def test_5_7_1_what_stands_elsewhere_is_retrieved(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=5)
    await register(here, source())
    assert await here.shown(ONE) == lamp(1, watts=5)
    assert net.paths() == ["GET there.example entities/urn:ngsi-ld:Lamp:1?type=Lamp&options=sysAttrs"]
    assert (await here.ask("GET", f"{ONE}?local=true")).status == 404
    assert (await here.ask("GET", TWO)).status == 404
    assert len(net.asked) == 2


async def test_4_3_6_2_inclusive_the_newest_instance_counts(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, watts=1, height=3)
    there.clock.forward(5)
    await there.lamp(1, watts=2, colour="red")
    await register(here, source())
    assert await values(here) == {"watts": 2, "height": 3, "colour": "red"}
    here.clock.forward(60)
    await here.turn(1, watts=9)
    assert await values(here) == {"watts": 9, "height": 3, "colour": "red"}
    seen = {"type": "Property", "value": 4, "observedAt": "2026-05-01T12:00:00Z"}
    await there.did("PATCH", f"{ONE}/attrs", {"colour": seen, "watts": {**seen, "datasetId": "urn:d:1"}})
    await here.did(
        "POST", f"{ONE}/attrs", {"colour": {**seen, "value": 3, "observedAt": "2026-04-01T12:00:00Z"}}
    )
    shown = await here.shown(ONE)
    assert shown["colour"]["value"] == 4
    assert [one.get("datasetId", one["value"]) for one in shown["watts"]] == [9, "urn:d:1"]


async def test_4_3_6_2_auxiliary_only_fills_gaps(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, watts=1)
    there.clock.forward(60)
    await there.lamp(1, watts=2, colour="red")
    await register(here, source(mode="auxiliary"))
    assert await values(here) == {"watts": 1, "colour": "red"}


async def test_4_3_6_3_exclusive_holds_its_attributes_alone(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.lamp(1, height=3)
    await there.lamp(1, watts=2, height=99, colour="red")
    mine = about("watts", id="urn:ngsi-ld:Lamp:1")
    await register(here, source(mode="exclusive", information=mine))
    assert await values(here) == {"height": 3, "watts": 2}
    assert net.paths()[0].endswith("?type=Lamp&attrs=watts&options=sysAttrs")
    assert await here.shown("/entities?type=Lamp&q=watts==2;height==3&options=keyValues") == [
        {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "height": 3, "watts": 2}
    ]
    assert await ids(here, "type=Lamp&q=watts==2;height==4") == []


async def test_4_3_6_3_redirect_goes_before_what_stands_here(here: WatchedTown, there: WatchedTown) -> None:
    await register(here, source(mode="redirect", information=about("watts")))
    await here.did("POST", "/entities?local=true", lamp(1, height=3))
    await there.lamp(1, watts=2)
    assert await values(here) == {"height": 3, "watts": 2}


async def test_4_20_a_source_is_asked_for_what_it_can_do(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=5)
    await register(here, source(operations=["queryEntity"]))
    assert (await here.ask("GET", ONE)).status == 404
    assert await ids(here) == ["1"]


async def test_5_7_2_entities_of_both_nodes_in_one_order_and_in_pages(
    here: WatchedTown, there: WatchedTown
) -> None:
    for number in (1, 3, 5):
        await here.lamp(number, watts=number)
    for number in (2, 3, 4):
        await there.lamp(number, watts=number, colour="red")
    await register(here, source())
    assert await ids(here) == ["1", "2", "3", "4", "5"]
    assert await ids(here, "type=Lamp&limit=2&offset=2") == ["3", "4"]
    assert await ids(here, "type=Lamp&q=watts>2;watts<5") == ["3", "4"]
    assert await ids(here, "type=Lamp&orderBy=watts;desc&limit=2") == ["5", "4"]
    assert await ids(here, "type=Lamp&id=urn:ngsi-ld:Lamp:4,urn:ngsi-ld:Lamp:5") == ["4", "5"]
    counted = await here.did("GET", "/entities?type=Lamp&limit=2&count=true")
    assert {name: value for name, value in counted.headers if name in ("ngsild-results-count", "link")} == {
        "ngsild-results-count": "5",
        "link": '</ngsi-ld/v1/entities?type=Lamp&count=true&limit=2&offset=2>; rel="next"; type="application/json"',
    }
    whole = await here.did("GET", "/entities?type=Lamp&limit=9&count=true")
    assert dict(whole.headers)["ngsild-results-count"] == "5"
    document = {"type": "Query", "entities": [{"type": "Lamp"}], "q": "watts==4"}
    (found,) = json.loads((await here.did("POST", "/entityOperations/query", document)).body)
    assert found == {**lamp(4, watts=4, colour="red"), "type": "Lamp"}


async def test_5_7_2_conditions_travel_unless_entities_are_split(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.lamp(1, watts=5)
    await there.lamp(1, colour="red")
    await register(here, source())
    asking = 'type=Lamp&q=watts==5;colour=="red"&scopeQ=/a'
    assert await ids(here, asking) == []
    assert net.paths()[-1] == (
        'GET there.example entities?q=watts==5;colour=="red"&scopeQ=/a&type=Lamp&limit=21&options=sysAttrs'
    )
    assert await ids(here, 'type=Lamp&q=watts==5;colour=="red"&splitEntities=true') == ["1"]
    assert net.paths()[-1] == "GET there.example entities?type=Lamp&limit=1000&options=sysAttrs"


@pytest.mark.parametrize(
    ("members", "query", "asked"),
    [
        ({}, "type=Bench", ""),
        ({}, "type=Bench,Lamp", "type=Lamp"),
        ({}, "q=watts>1", "q=watts>1&type=Lamp"),
        ({"information": about(id="urn:x:1")}, "type=Lamp", "type=Lamp&id=urn:x:1"),
        ({"information": about(idPattern="^urn:y")}, "type=Lamp", "type=Lamp&idPattern=^urn:y"),
        ({"information": about(idPattern="^urn:y")}, "type=Lamp&id=urn:x:1,urn:y:1", "type=Lamp&id=urn:y:1"),
        ({"information": about("watts")}, "type=Lamp&attrs=watts,colour", "type=Lamp&attrs=watts"),
        ({"information": about("watts")}, "type=Lamp&attrs=colour", ""),
        ({"information": [{"propertyNames": ["watts"]}]}, "type=Lamp", "type=Lamp&attrs=watts"),
        ({"scope": "/a"}, "type=Lamp&scopeQ=/b", ""),
        ({"observationInterval": {"startAt": "2026-01-01T00:00:00Z"}}, "type=Lamp", ""),
        ({"expiresAt": "2026-05-01T12:00:01Z"}, "type=Lamp", ""),
        ({"management": {"localOnly": True}}, "type=Lamp", "type=Lamp&local=true"),
        ({"datasetId": ["urn:d:1"]}, "type=Lamp", "type=Lamp&datasetId=urn:d:1"),
        ({"sourceType": "sensor"}, 'type=Lamp&csf=sourceType=="sensor"', "type=Lamp"),
        ({"sourceType": "sensor"}, 'type=Lamp&csf=sourceType=="archive"', ""),
        (
            {"location": {"type": "Point", "coordinates": [10, 10]}},
            "type=Lamp&georel=near;maxDistance==9&geometry=Point&coordinates=[140,35]",
            "",
        ),
    ],
)
async def test_4_3_6_1_a_source_is_asked_for_what_it_is_registered_for(
    net: Neighbours, here: WatchedTown, members: dict[str, Any], query: str, asked: str
) -> None:
    await register(here, source(**members))
    here.clock.forward(2)
    await here.shown(f"/entities?{query}")
    told = [path.partition("?")[2] for path in net.paths()]
    plain = [
        "&".join(part for part in one.split("&") if not part.startswith(("limit=", "options=")))
        for one in told
    ]
    assert plain == ([asked] if asked else [])


async def test_4_3_6_1_what_a_source_is_not_registered_for_is_passed_over(
    net: Neighbours, here: WatchedTown
) -> None:
    net.strange["there.example"] = answering(
        200, [lamp(1, watts=1, colour="red"), {"id": "urn:b:1", "type": "Bench", "watts": 1}]
    )
    await register(here, source(information=about("watts")))
    assert await here.shown("/entities?type=Lamp&options=keyValues") == [
        {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 1}
    ]


async def test_4_3_6_5_headers_tenant_and_context(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    for town in (here, there):
        town.room.documents["https://example.org/c"] = {"@context": {"Lantern": f"{DEFAULT_VOCABULARY}Lamp"}}
    await there.did("POST", "/entities", lamp(1, watts=5), ngsild_tenant="chiba")
    pairs = [
        {"key": "Authorization", "value": "Bearer secret"},
        {"key": "User", "value": "urn:ngsi-ld:request"},
        {"key": "Missing", "value": "urn:ngsi-ld:request"},
        {"key": "NGSILD-Tenant", "value": "hacker"},
        {"key": "Via", "value": "1.1 evil"},
    ]
    await register(here, source(tenant="chiba", contextSourceInfo=pairs))
    found = json.loads((await here.did("GET", "/entities?type=Lantern", link=LINK, user="anna")).body)
    assert found == [{**lamp(1, watts=5), "type": "Lantern"}]
    headers = dict(net.asked[0].headers)
    assert headers == {
        "Accept": "application/json",
        "Via": "1.1 here.example.demo",
        "Link": LINK,
        "NGSILD-Tenant": "chiba",
        "Authorization": "Bearer secret",
        "User": "anna",
    }


async def test_4_3_6_4_a_loop_ends_where_it_began(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await here.lamp(1, watts=1)
    await there.lamp(2, watts=2)
    await register(here, source())
    await register(there, source(host="here.example"))
    assert await ids(here) == ["1", "2"]
    assert await ids(there) == ["1", "2"]
    assert [dict(one.headers)["Via"] for one in net.asked] == [
        "1.1 here.example.demo",
        "1.1 here.example.demo, 1.1 there.example.demo",
        "1.1 there.example.demo",
        "1.1 there.example.demo, 1.1 here.example.demo",
    ]
    net.asked.clear()
    await here.did("PATCH", f"{SOURCES}/urn:r:1", {"contextSourceAlias": "there.example.demo"})
    await here.did("GET", "/entities?type=Lamp", via="1.1 there.example.demo")
    assert net.asked == []


async def test_what_a_source_tells_is_seen_as_what_stands_here(store: Store) -> None:
    net = Neighbours()
    vocabulary = DEFAULT_VOCABULARY
    lamps = Sight(f"{vocabulary}Lamp", frozenset({f"{vocabulary}watts"}), ("staff",))
    here = net.add("here.example", store, (lamps,))
    net.strange["there.example"] = answering(
        200,
        [
            lamp(1, watts=1, secret=2),
            {"id": "urn:b:1", "type": "Bench", "n": {"type": "Property", "value": 1}},
        ],
    )
    await register(here, source(information=[{"entities": [{"type": ["Lamp", "Bench"]}]}]))
    here.person = NOBODY
    assert await here.shown("/entities?type=Lamp,Bench&options=keyValues") == [
        {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 1}
    ]
    assert await here.shown("/entities?type=Lamp&q=secret==2") == []
    for query, count in (("type=Lamp,Bench", "1"), ("type=Lamp&q=secret==2", "0")):
        counted = await here.did("GET", f"/entities?{query}&count=true")
        assert dict(counted.headers)["ngsild-results-count"] == count
    net.strange["there.example"] = answering(200, {"id": "urn:b:1", "type": "Bench", "n": 1})
    assert (await here.ask("GET", "/entities/urn:b:1")).status == 404


async def test_5_7_1_all_parts_of_a_registration_are_asked_for_at_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=1, height=2, colour="red")
    parts = [*about("watts"), *about("height", id="urn:ngsi-ld:Lamp:1")]
    await register(here, source(information=parts))
    assert await values(here) == {"watts": 1, "height": 2}
    assert net.paths() == [
        "GET there.example entities/urn:ngsi-ld:Lamp:1?type=Lamp&attrs=watts,height&options=sysAttrs"
    ]


async def test_5_7_2_types_are_asked_for_at_once_and_many_ids_in_turns(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    for number in range(120):
        await there.lamp(number, watts=number)
    await register(here, source(information=[{"entities": [{"type": "Lamp"}, {"type": "Bench"}]}]))
    ids_asked = ",".join(f"urn:ngsi-ld:Lamp:{number}" for number in range(110))
    assert len(await ids(here, f"type=Lamp&limit=200&id={ids_asked}")) == 110
    assert [path.count("urn:ngsi-ld:Lamp:") for path in net.paths()] == [50, 50, 10]
    net.asked.clear()
    assert len(await ids(here, "q=watts>=0&limit=7")) == 7
    assert net.paths() == ["GET there.example entities?q=watts>=0&type=Lamp,Bench&limit=8&options=sysAttrs"]


async def test_4_5_16_as_geojson(here: WatchedTown, there: WatchedTown) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140, 35]}}
    await there.did("POST", "/entities", {**lamp(1, watts=1), "location": place})
    await register(here, source())
    one = json.loads((await here.did("GET", ONE, accept="application/geo+json")).body)
    assert (one["type"], one["geometry"]) == ("Feature", place["value"])
    whole = json.loads((await here.did("GET", "/entities?type=Lamp", accept="application/geo+json")).body)
    assert [feature["id"] for feature in whole["features"]] == ["urn:ngsi-ld:Lamp:1"]
    linked = json.loads((await here.did("GET", ONE, accept="application/ld+json")).body)
    assert linked["@context"] == "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"


async def test_a_registration_that_changes_is_asked_for_what_it_says_now(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=1)
    await register(
        here, source(information=[{"entities": [{"type": "Bench"}]}]), source(2, host="other.example")
    )
    assert (await ids(here), [path.split()[1] for path in net.paths()]) == ([], ["other.example"])
    await here.did("PATCH", f"{SOURCES}/urn:r:1", {"information": [{"propertyNames": ["watts"]}]})
    await here.did("DELETE", f"{SOURCES}/urn:r:2")
    assert await ids(here) == ["1"]
    await here.did("DELETE", f"{SOURCES}/urn:r:1")
    net.asked.clear()
    assert (await ids(here), net.asked, here.binding._desk.registry.is_alone("demo")) == ([], [], True)


async def test_5_7_11_types_and_attributes_that_sources_are_registered_for(
    net: Neighbours, here: WatchedTown
) -> None:
    await here.lamp(1, watts=1)
    part = {
        "entities": [{"type": ["Lamp", "Bench"]}],
        "propertyNames": ["height"],
        "relationshipNames": ["isOn"],
    }
    await register(here, source(information=[part]), source(2, expiresAt="2026-05-01T12:00:01Z"))
    assert (await here.shown("/types"))["typeList"] == ["Bench", "Lamp"]
    assert (await here.shown("/attributes"))["attributeList"] == ["height", "isOn", "watts"]
    bench = await here.shown("/types/Bench")
    assert (bench["entityCount"], [one["attributeTypes"] for one in bench["attributeDetails"]]) == (
        0,
        [["Property"], ["Relationship"]],
    )
    assert (await here.shown("/types?local=true"))["typeList"] == ["Lamp"]
    assert (await here.ask("GET", "/types/Bench?local=true")).status == 404
    assert net.asked == []
