"""ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 4.5.19, 5.7.3, 5.7.4, 6.3.10, 6.3.17: the past of entities as this node and its context sources know it."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, answering, source
from conformance.watched_town import WatchedTown
from kaiteki.model.access import NOBODY
from kaiteki.model.terms.core import DEFAULT_VOCABULARY
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

ONE = "/temporal/entities/urn:ngsi-ld:Lamp:1"
MANY = "/temporal/entities"
PAST = ["retrieveTemporal", "queryTemporal"]
DAY = "timerel=between&timeAt=2026-04-01T00:00:00Z&endTimeAt=2026-04-02T00:00:00Z"
SHORT = "options=temporalValues"


def at(minute: int, second: int = 0) -> str:
    return f"2026-04-01T09:{minute:02d}:{second:02d}Z"


async def tell(town: WatchedTown, number: int, name: str = "watts", **told: Any) -> None:
    """States of the past of a lamp, as m<minute>=value, told a second after what was told before."""
    town.clock.forward(1)
    states = [
        {"type": "Property", "value": value, "observedAt": at(int(minute[1:]))}
        for minute, value in told.items()
    ]
    document = {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", name: states}
    await town.did("POST", f"{MANY}?local=true", document)


async def register(town: WatchedTown, **members: Any) -> None:
    await town.did("POST", "/csourceRegistrations", source(**{"operations": PAST, **members}))


async def values(town: WatchedTown, query: str = "", name: str = "watts") -> list[Any]:
    told = await town.shown(f"{ONE}?{SHORT}{query and '&'}{query}")
    return [value for value, _ in told.get(name, {"values": []})["values"]]


async def found(town: WatchedTown, query: str) -> dict[str, list[Any]]:
    """The values of each lamp that a query finds."""
    return {
        one["id"].rpartition(":")[2]: [value for value, _ in one.get("watts", {"values": []})["values"]]
        for one in await town.shown(f"{MANY}?type=Lamp&{SHORT}&{DAY}&{query}")
    }


async def test_5_7_3_late_and_double_values_of_two_places_are_told_once_and_in_order(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    there.clock.forward(100)
    await tell(here, 1, m1=1, m5=5)
    await tell(there, 1, m3=3, m5=5, m0=0)
    await tell(there, 1, "height", m2=9)
    await register(here)
    assert await values(here) == [0, 1, 3, 5]
    assert await values(here, name="height") == [9]
    assert await values(here, "lastN=2") == [5, 3]
    assert await values(here, f"timerel=after&timeAt={at(1)}") == [3, 5]
    assert await values(here, "local=true") == [1, 5]
    assert net.paths()[0] == (
        "GET there.example temporal/entities/urn:ngsi-ld:Lamp:1?type=Lamp&options=sysAttrs"
    )
    assert net.paths()[2].endswith("?lastN=2&type=Lamp&options=sysAttrs")
    whole = await here.shown(ONE)
    addresses = [one["instanceId"] for one in whole["watts"]]
    told = await there.shown(ONE)
    assert len(set(addresses)) == 4 and told["watts"][0]["instanceId"] == addresses[0]


async def test_5_7_3_an_entity_of_another_place_and_attributes_that_it_never_had(
    here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=7)
    await register(here)
    assert (await here.ask("GET", f"{ONE}?local=true")).status == 404
    assert await values(here) == [7]
    assert (await here.ask("GET", f"{ONE}?attrs=colour")).status == 404
    assert (await here.ask("GET", ONE.replace(":1", ":2"))).status == 404
    await there.did("DELETE", "/entities/urn:ngsi-ld:Lamp:1")
    gone = await here.shown(f"{ONE}?timeproperty=deletedAt&options=sysAttrs")
    assert (gone["watts"][0]["value"], "deletedAt" in gone) == ("urn:ngsi-ld:null", True)


async def test_4_3_6_3_what_one_source_holds_alone_nobody_else_tells(
    here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1)
    await tell(here, 1, "height", m1=3)
    await tell(there, 1, m2=2)
    await register(here, mode="redirect", information=about("watts"))
    assert (await values(here), await values(here, name="height")) == ([2], [3])


async def test_4_3_6_2_an_auxiliary_source_fills_gaps(here: WatchedTown, there: WatchedTown) -> None:
    await tell(here, 1, m1=1, m5=5)
    await tell(there, 1, m1=7, m2=2, m5=8, m6=6)
    await tell(there, 1, "height", m2=3)
    await register(here, mode="auxiliary")
    assert (await values(here), await values(here, name="height")) == ([1, 2, 5, 6], [3])
    added = await here.shown(f"{ONE}?options=aggregatedValues&aggrMethods=sum")
    assert added["watts"]["sum"][0][0] == 14


@pytest.mark.parametrize(
    ("members", "query", "asked"),
    [
        ({}, DAY, True),
        ({"operations": ["federationOps"]}, DAY, False),
        ({"observationInterval": {"startAt": "2026-04-01T12:00:00Z"}}, DAY, True),
        ({"observationInterval": {"startAt": "2026-04-03T12:00:00Z"}}, DAY, False),
        (
            {"observationInterval": {"startAt": "2025-01-01T12:00:00Z", "endAt": "2025-06-01T12:00:00Z"}},
            DAY,
            False,
        ),
        (
            {"managementInterval": {"startAt": "2026-04-03T12:00:00Z"}},
            f"{DAY}&timeproperty=modifiedAt",
            False,
        ),
        ({"managementInterval": {"startAt": "2026-04-03T12:00:00Z"}}, DAY, True),
        ({"sourceType": "archive"}, f'{DAY}&csf=sourceType=="sensor"', False),
        ({"sourceType": "archive"}, f'{DAY}&csf=sourceType=="archive"', True),
        ({"information": [{"entities": [{"type": "Bench"}]}]}, DAY, False),
    ],
)
async def test_5_7_4_a_source_is_asked_for_the_time_that_it_knows(
    net: Neighbours, here: WatchedTown, members: dict[str, Any], query: str, asked: bool
) -> None:
    await register(here, **members)
    assert await here.shown(f"{MANY}?type=Lamp&{query}") == []
    assert bool(net.asked) is asked


async def test_5_7_4_entities_of_both_in_pages_and_counted(here: WatchedTown, there: WatchedTown) -> None:
    for number in (1, 3, 5):
        await tell(here, number, m1=number)
    for number in (2, 3, 4):
        await tell(there, number, m2=10 * number)
    await register(here)
    assert await found(here, "") == {"1": [1], "2": [20], "3": [3, 30], "4": [40], "5": [5]}
    assert await found(here, "limit=2&offset=1") == {"2": [20], "3": [3, 30]}
    first = await here.did("GET", f"{MANY}?type=Lamp&{DAY}&limit=2&count=true")
    links = [text for name, text in first.headers if name == "link" and 'rel="next"' in text]
    assert (dict(first.headers)["ngsild-results-count"], len(links)) == ("5", 1)
    document = {
        "type": "Query",
        "entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:4"}],
        "temporalQ": {"timerel": "after", "timeAt": at(0)},
    }
    (told,) = json.loads((await here.did("POST", "/temporal/entityOperations/query", document)).body)
    assert told["watts"][0]["value"] == 40


async def test_5_7_4_conditions_hold_over_all_places(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1)
    await tell(there, 1, m2=2)
    await tell(there, 1, "height", m2=9)
    await tell(there, 2, m2=2)
    await register(here)
    assert await found(here, "q=watts==1;watts==2") == {"1": [1, 2]}
    assert "q=" not in net.paths()[-1]
    assert await found(here, "attrs=watts&q=height>5") == {"1": [1, 2]}
    assert await found(here, "q=watts==1;watts==2&splitEntities=false") == {}
    assert "q=watts==1;watts==2" in net.paths()[-1]
    assert await found(here, "q=watts==2&splitEntities=false") == {"1": [1, 2], "2": [2]}


async def test_5_7_4_scopes_are_looked_at_in_the_place_that_has_them(
    here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1)
    await there.did("POST", MANY, {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "scope": "/a/b"})
    await tell(there, 1, m2=2)
    await tell(there, 2, m2=2)
    await register(here)
    long = "timerel=after&timeAt=2026-01-01T00:00:00Z"
    told = await here.shown(f"{MANY}?type=Lamp&scopeQ=/a/%23&{SHORT}&{long}")
    assert [(one["id"][-1], len(one["watts"]["values"])) for one in told] == [("1", 2)]


async def test_4_5_19_what_two_places_tell_is_added_up_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1, m5=5)
    await tell(there, 1, m5=5, m3=3, m30=4)
    await tell(here, 2, m1=8)
    await register(here)
    adding = f"options=aggregatedValues&aggrMethods=totalCount,sum,avg,max,distinctCount&{DAY}"
    hour = [at(0).replace("09", "00", 1), "2026-04-02T00:00:00Z"]
    told = (await here.shown(f"{ONE}?{adding}"))["watts"]
    assert [told[name][0][0] for name in ("totalCount", "sum", "avg", "max", "distinctCount")] == [
        4,
        13,
        3.25,
        5,
        4,
    ], hour
    assert "aggr" not in net.paths()[-1]
    listed = await here.shown(f"{MANY}?type=Lamp&{adding}&aggrPeriodDuration=PT10M")
    assert [one["watts"]["sum"] for one in listed] == [
        [[9, at(0), at(10)], [4, at(30), at(40)]],
        [[8, at(0), at(10)]],
    ]
    plain = await here.shown(f"{ONE}?options=aggregatedValues&aggrMethods=sum")
    assert plain["watts"]["sum"] == [[13, at(1), at(30)]]


async def test_6_3_10_an_answer_is_complete_as_far_as_all_places_told(
    here: WatchedTown, there: WatchedTown
) -> None:
    states = [
        {"type": "Property", "value": number, "observedAt": at(number // 60, number % 60)}
        for number in range(1005)
    ]
    document = {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": states}
    await there.did("POST", MANY, document)
    await tell(here, 1, m16=-1, m17=-2)
    await register(here)
    cut = await here.did("GET", f"{ONE}?{SHORT}")
    pairs = json.loads(cut.body)["watts"]["values"]
    assert cut.status == 206
    assert dict(cut.headers)["content-range"] == f"date-time {at(0)}-{at(16, 38)}/*"
    assert (len(pairs), pairs[-1]) == (1000, [998, at(16, 38)])
    rest = await here.did("GET", f"{ONE}?{SHORT}&timerel=after&timeAt={at(16, 38)}")
    assert [one[0] for one in json.loads(rest.body)["watts"]["values"]] == [
        999,
        1000,
        1001,
        1002,
        1003,
        1004,
        -2,
    ]
    newest = await here.did("GET", f"{ONE}?{SHORT}&lastN=1003")
    told = json.loads(newest.body)["watts"]["values"]
    assert (newest.status, told[0][0], len(told)) == (206, -2, 1000)
    added = await here.shown(f"{ONE}?options=aggregatedValues&aggrMethods=totalCount")
    assert added["watts"]["totalCount"][0][0] == 1007
    listed = await here.shown(
        f"{MANY}?type=Lamp&q=watts==1004&options=aggregatedValues&aggrMethods=max&{DAY}"
    )
    assert listed[0]["watts"]["max"][0][0] == 1004


async def test_6_3_17_a_silent_source_is_a_warning(net: Neighbours, here: WatchedTown) -> None:
    await tell(here, 1, m1=1)
    await register(here)
    net.strange["there.example"] = lambda question: None
    silent = await here.did("GET", f"{ONE}?{SHORT}")
    assert dict(silent.headers)["ngsild-warning"] == '199 here.example.demo "urn:r:1 did not answer"'
    listed = await here.did("GET", f"{MANY}?type=Lamp&{DAY}")
    assert "did not answer lately" in dict(listed.headers)["ngsild-warning"]
    unknown = await here.ask("GET", ONE.replace(":1", ":9"))
    assert (unknown.status, "did not answer lately" in dict(unknown.headers)["ngsild-warning"]) == (404, True)
    here.clock.forward(100)
    net.strange["there.example"] = answering(200, {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": [7]})
    await here.did("PATCH", "/csourceRegistrations/urn:r:1", {"endpoint": "http://there.example/x"})
    assert dict((await here.did("GET", ONE)).headers)["ngsild-warning"].startswith("111 ")


async def test_4_3_6_4_a_circle_ends_where_it_began(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await tell(here, 1, m1=1)
    await tell(there, 1, m2=2)
    await register(here)
    await register(there, host="here.example")
    assert (await values(here), await values(there)) == ([1, 2], [1, 2])
    assert len(net.asked) == 4


async def test_another_broker_tells_states_without_addresses(net: Neighbours, here: WatchedTown) -> None:
    await tell(here, 1, m1=1)
    state = {"type": "Property", "value": 2, "observedAt": at(2), "unitCode": "WTT"}
    net.strange["there.example"] = answering(
        200, {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "scope": "/a", "watts": state, "height": [state]}
    )
    await register(here, information=about("watts"))
    told = await here.shown(ONE)
    assert [(one["value"], "instanceId" in one) for one in told["watts"]] == [(1, True), (2, False)]
    assert "height" not in told


async def test_what_a_source_tells_of_the_past_is_seen_as_what_stands_here(store: Store) -> None:
    net = Neighbours()
    vocabulary = DEFAULT_VOCABULARY
    lamps = Sight(f"{vocabulary}Lamp", frozenset({f"{vocabulary}watts"}), ("staff",))
    here = net.add("here.example", store, (lamps,))
    state = {"type": "Property", "value": 2, "observedAt": at(2)}
    net.strange["there.example"] = answering(
        200,
        [
            {"id": f"urn:ngsi-ld:Lamp:{one}", "type": "Lamp", "watts": [state], "secret": [state]}
            for one in "12"
        ],
    )
    await register(here)
    whole = await here.shown(f"{MANY}?type=Lamp&{DAY}")
    assert {*whole[0]} == {"id", "type", "watts", "secret"}
    here.person = NOBODY
    seen = await here.shown(f"{MANY}?type=Lamp&{DAY}")
    assert [{*one} for one in seen] == [{"id", "type", "watts"}] * 2
    assert await here.shown(f"{MANY}?type=Lamp&{DAY}&q=secret==2") == []
