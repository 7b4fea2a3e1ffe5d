"""ETSI GS CIM 009 V1.9.1 clauses 4.3.6, 5.6.1 to 5.6.6, 5.6.17 to 5.6.19, 6.3.17: what is written here and at context sources."""

import json
from typing import Any

import pytest

from conformance.neighbours import Neighbours, about, answering, source
from conformance.watched_town import WatchedTown, lamp
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.visibility import Sight
from kaiteki.stores.store import Store

ONE = "/entities/urn:ngsi-ld:Lamp:1"
SOURCES = "/csourceRegistrations"
ALL = ["redirectionOps"]
EXCLUSIVE = {
    "mode": "exclusive",
    "operations": ALL,
    "information": about("watts", id="urn:ngsi-ld:Lamp:1"),
}
"""A source that alone holds the watts of the first lamp."""


async def register(town: WatchedTown, *documents: dict[str, Any]) -> None:
    for document in documents:
        await town.did("POST", SOURCES, document)


async def own(town: WatchedTown, path: str = ONE) -> dict[str, Any] | None:
    """What stands in one place alone, None where nothing does."""
    reply = await town.ask("GET", f"{path}?local=true&options=keyValues")
    if reply.status == 404:
        return None
    return {name: value for name, value in json.loads(reply.body).items() if name not in ("id", "type")}


def prop(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


async def code(town: WatchedTown, method: str, path: str, document: Any = None) -> tuple[int, str]:
    reply = await town.ask(method, path, document)
    told = json.loads(reply.body) if reply.body else {}
    return reply.status, told.get("type", "").rpartition("/")[2]


async def test_5_6_1_create_is_taken_apart_by_who_holds_what(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await register(here, source(**EXCLUSIVE))
    created = await here.ask("POST", "/entities", lamp(1, watts=5, height=3))
    assert (created.status, dict(created.headers)["location"]) == (201, f"/ngsi-ld/v1{ONE}")
    assert (await own(here), await own(there)) == ({"height": 3}, {"watts": 5})
    assert await here.shown(f"{ONE}?options=keyValues") == {
        "id": "urn:ngsi-ld:Lamp:1",
        "type": "Lamp",
        "height": 3,
        "watts": 5,
    }
    assert dict(net.asked[0].headers)["Via"] == "1.1 here.example.demo"
    await here.did("POST", "/entities", lamp(2, watts=5))
    assert await own(here, "/entities/urn:ngsi-ld:Lamp:2") == {"watts": 5}


async def test_5_6_1_inclusive_both_hold_it(here: WatchedTown, there: WatchedTown) -> None:
    await register(here, source(operations=ALL))
    await here.did("POST", "/entities", lamp(1, watts=5))
    assert (await own(here), await own(there)) == ({"watts": 5}, {"watts": 5})
    await there.did("POST", "/entities", lamp(2, watts=1))
    reply = await here.ask("POST", "/entities", lamp(2, watts=2))
    told = json.loads(reply.body)
    assert (reply.status, told["success"]) == (207, ["urn:ngsi-ld:Lamp:2"])
    (error,) = told["errors"]
    assert (error["registrationId"], error["error"]["status"]) == ("urn:r:1", 409)
    assert await code(here, "POST", "/entities", lamp(2)) == (409, "AlreadyExists")


async def test_5_6_1_redirect_holds_it_elsewhere(here: WatchedTown, there: WatchedTown) -> None:
    await register(here, source(mode="redirect", operations=ALL))
    await here.did("POST", "/entities", lamp(1, watts=5))
    assert (await own(here), await own(there)) == (None, {"watts": 5})
    assert await code(here, "POST", "/entities", lamp(1)) == (409, "AlreadyExists")


@pytest.mark.parametrize(
    ("members", "status", "stands"),
    [
        ({"operations": ["retrieveOps"]}, 201, True),
        ({"mode": "redirect", "operations": ["retrieveOps"]}, 409, False),
        ({"mode": "auxiliary"}, 201, True),
    ],
)
async def test_5_6_1_who_does_not_take_it_is_not_asked(
    net: Neighbours, here: WatchedTown, members: dict[str, Any], status: int, stands: bool
) -> None:
    await register(here, source(**members))
    reply = await here.ask("POST", "/entities", lamp(1, watts=5))
    assert (reply.status, net.asked, (await own(here)) is not None) == (status, [], stands)


async def test_5_6_2_and_5_6_3_attributes_go_where_they_are_held(
    here: WatchedTown, there: WatchedTown
) -> None:
    await here.lamp(1, height=3)
    await there.lamp(1, watts=1)
    await register(here, source(**EXCLUSIVE))
    await here.did("PATCH", f"{ONE}/attrs", {"watts": prop(2), "height": prop(4)})
    assert (await own(here), await own(there)) == ({"height": 4}, {"watts": 2})
    await here.did("POST", f"{ONE}/attrs", {"watts": prop(3), "colour": prop("red")})
    assert (await own(here), await own(there)) == ({"height": 4, "colour": "red"}, {"watts": 3})
    refused = await here.ask("POST", f"{ONE}/attrs?options=noOverwrite", {"watts": prop(9), "depth": prop(1)})
    told = json.loads(refused.body)
    assert (refused.status, told["updated"], [one["attributeName"] for one in told["notUpdated"]]) == (
        207,
        ["depth"],
        ["watts"],
    )
    assert await own(there) == {"watts": 3}


async def test_5_6_4_and_5_6_5_and_5_6_19_one_attribute(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, height=3)
    await there.lamp(1, watts=1, other=1)
    await register(here, source(**EXCLUSIVE))
    await here.did("PATCH", f"{ONE}/attrs/watts", {"value": 2})
    assert await own(there) == {"watts": 2, "other": 1}
    await here.did("PUT", f"{ONE}/attrs/watts", prop(7))
    assert await own(there) == {"watts": 7, "other": 1}
    await here.did("PATCH", f"{ONE}/attrs/height", {"value": 8})
    await here.did("DELETE", f"{ONE}/attrs/watts")
    assert (await own(here), await own(there)) == ({"height": 8}, {"other": 1})
    assert await code(here, "DELETE", f"{ONE}/attrs/watts") == (404, "ResourceNotFound")


async def test_5_6_17_and_5_6_18_merge_and_replace(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, height=3)
    await there.lamp(1, watts=1)
    await register(here, source(**EXCLUSIVE))
    await here.did("PATCH", ONE, {"watts": prop(2), "height": prop(4)})
    assert (await own(here), await own(there)) == ({"height": 4}, {"watts": 2})
    await here.did("PUT", ONE, {"type": "Lamp", "watts": prop(5), "colour": prop("red")})
    assert (await own(here), await own(there)) == ({"colour": "red"}, {"watts": 5})


async def test_5_6_6_delete_everywhere(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, height=3)
    await there.lamp(1, watts=1)
    await register(here, source(**EXCLUSIVE))
    assert (await here.ask("DELETE", ONE)).status == 204
    assert (await own(here), await own(there)) == (None, None)
    assert await code(here, "DELETE", ONE) == (404, "ResourceNotFound")
    await there.lamp(1, watts=1)
    assert (await here.ask("DELETE", ONE)).status == 204
    await there.lamp(1, watts=1)
    assert (await here.ask("DELETE", f"{ONE}?local=true")).status == 404


async def test_5_6_6_what_a_source_does_not_take_is_told(net: Neighbours, here: WatchedTown) -> None:
    await here.lamp(1, height=3)
    await register(here, source(**{**EXCLUSIVE, "operations": ["retrieveOps"]}))
    reply = await here.ask("DELETE", ONE)
    told = json.loads(reply.body)
    assert (reply.status, told["success"], net.asked) == (207, ["urn:ngsi-ld:Lamp:1"], [])
    assert [(one["registrationId"], one["error"]["status"]) for one in told["errors"]] == [("urn:r:1", 409)]


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (answering(404), (404, "ResourceNotFound")),
        (answering(500), (502, "BadGateway")),
        (answering(403), (502, "BadGateway")),
        (lambda _: None, (504, "GatewayTimeout")),
        (
            answering(409, {"type": "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"}),
            (409, "AlreadyExists"),
        ),
    ],
)
async def test_6_3_17_refusals_of_the_only_source(
    net: Neighbours, here: WatchedTown, answer: Any, refusal: tuple[int, str]
) -> None:
    net.strange["there.example"] = answer
    await register(here, source(mode="redirect", operations=ALL))
    assert await code(here, "PATCH", f"{ONE}/attrs", {"watts": prop(2)}) == refusal


async def test_6_3_17_a_silent_source_beside_this_node_is_told(net: Neighbours, here: WatchedTown) -> None:
    net.strange["there.example"] = lambda _: None
    await here.lamp(1, watts=1)
    await register(here, source(operations=ALL))
    reply = await here.ask("PATCH", f"{ONE}/attrs", {"watts": prop(2)})
    told = json.loads(reply.body)
    assert (reply.status, told["notUpdated"][0]["registrationId"]) == (207, "urn:r:1")
    assert await own(here) == {"watts": 2}


async def test_6_3_18_loops(here: WatchedTown, there: WatchedTown) -> None:
    await register(here, source(mode="redirect", operations=ALL))
    await register(there, source(host="here.example", mode="redirect", operations=ALL))
    refused = await here.ask("POST", "/entities", lamp(1))
    assert (refused.status, json.loads(refused.body)["type"].rpartition("/")[2]) == (508, "LoopDetected")
    for mode in ("redirect", "inclusive"):
        await here.did("PATCH", f"{SOURCES}/urn:r:1", {"mode": mode})
        direct = await here.ask("POST", "/entities", lamp(1), via="1.1 here.example.demo")
        assert (direct.status, json.loads(direct.body)["type"].rpartition("/")[2]) == (508, "LoopDetected")
        assert await own(here) is None


async def test_6_3_18_a_request_that_came_too_far_says_so(here: WatchedTown) -> None:
    await register(here, source(mode="redirect", operations=ALL))
    far = ", ".join(f"1.1 node{number}.demo" for number in range(8))
    refused = await here.ask("POST", "/entities", lamp(1), via=far)
    assert (refused.status, await own(here)) == (502, None)


async def test_two_nodes_that_are_registered_at_each_other_write_once(
    here: WatchedTown, there: WatchedTown
) -> None:
    await register(here, source(operations=ALL))
    await register(there, source(host="here.example", operations=ALL))
    assert await code(here, "POST", "/entities", lamp(1, watts=1)) == (201, "")
    assert await code(here, "PATCH", f"{ONE}/attrs", {"watts": prop(2)}) == (204, "")
    assert (await own(here), await own(there)) == ({"watts": 2}, {"watts": 2})
    for town in (here, there):
        told = await town.shown(f"/temporal{ONE}?options=temporalValues&timeproperty=modifiedAt&local=true")
        assert [value for value, _ in told["watts"]["values"]] == [1, 2]
    batch = await here.ask("POST", "/entityOperations/create", [lamp(2, watts=1), lamp(3, watts=1)])
    assert (batch.status, json.loads(batch.body)) == (201, ["urn:ngsi-ld:Lamp:2", "urn:ngsi-ld:Lamp:3"])
    assert await code(here, "PATCH", "/entities/urn:ngsi-ld:Lamp:9", {"watts": 1}) == (
        404,
        "ResourceNotFound",
    )
    assert await code(here, "DELETE", ONE) == (204, "")
    assert (await own(here), await own(there)) == (None, None)


async def test_names_travel_in_the_context_of_the_request(here: WatchedTown, there: WatchedTown) -> None:
    await register(here, source(**EXCLUSIVE))
    await here.did(
        "POST",
        "/entities",
        {
            **{name: told for name, told in lamp(1, power=5).items() if name != "type"},
            "type": "Lantern",
            "@context": {
                "Lantern": "https://uri.etsi.org/ngsi-ld/default-context/Lamp",
                "power": "https://uri.etsi.org/ngsi-ld/default-context/watts",
            },
        },
        content_type="application/ld+json",
    )
    assert await own(there) == {"watts": 5}


async def test_who_may_not_write_here_may_not_write_elsewhere(store: Store) -> None:
    net = Neighbours()
    here = net.add("here.example", store, (Sight("urn:t:Bench", frozenset(), ("staff",)),))
    net.strange["there.example"] = answering(204)
    await register(here, source(mode="redirect", operations=ALL))
    here.person = Person("anna", roles=frozenset({ANYONE, RESIDENT}))
    for method, path, document in (
        ("POST", "/entities", lamp(1, watts=1)),
        ("PATCH", f"{ONE}/attrs", {"watts": prop(1)}),
        ("DELETE", ONE, None),
    ):
        assert (await code(here, method, path, document))[0] == 403
    assert net.asked == []
    here.person = Person("desk", roles=frozenset({ANYONE, RESIDENT, STAFF}))
    await here.did("DELETE", ONE)


async def test_a_document_that_is_wrong_goes_nowhere(net: Neighbours, here: WatchedTown) -> None:
    await register(here, source(operations=ALL))
    assert await code(here, "POST", "/entities", {"id": "urn:x:1", "type": "Lamp", "a b": 1}) == (
        400,
        "BadRequestData",
    )
    assert await code(here, "PATCH", "/entities/no%20uri/attrs", {"a": 1}) == (400, "BadRequestData")
    assert net.asked == []


SECRET = "/entities/urn:ngsi-ld:Secret:1"


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("PATCH", f"{SECRET}/attrs", {"watts": prop(2)}),
        ("POST", f"{SECRET}/attrs", {"height": prop(2)}),
        ("PATCH", f"{SECRET}/attrs/watts", {"value": 2}),
        ("PUT", f"{SECRET}/attrs/watts", prop(2)),
        ("DELETE", f"{SECRET}/attrs/watts", None),
        ("PATCH", SECRET, {"watts": prop(2)}),
        ("DELETE", SECRET, None),
        ("PATCH", "/v2/entities/urn:ngsi-ld:Secret:1/attrs", {"watts": {"value": 2}}),
        ("DELETE", "/v2/entities/urn:ngsi-ld:Secret:1", None),
    ],
)
async def test_4_3_6_1_a_write_without_a_type_keeps_to_what_is_registered(
    here: WatchedTown, there: WatchedTown, method: str, path: str, document: Any
) -> None:
    await there.did("POST", "/entities", {"id": "urn:ngsi-ld:Secret:1", "type": "Secret", "watts": prop(1)})
    await register(here, source(operations=ALL))
    assert (await here.ask(method, path, document)).status == 404
    assert await own(there, SECRET) == {"watts": 1}


async def test_4_3_6_1_the_types_of_the_request_choose_the_sources(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await there.lamp(1, watts=1)
    posts: list[Any] = [{"entities": [{"type": "Post"}]}]
    await register(here, source(2, operations=ALL, information=posts))
    assert await code(here, "PATCH", f"{ONE}/attrs?type=Lamp", {"watts": prop(2)}) == (
        404,
        "ResourceNotFound",
    )
    assert net.asked == []
    await register(here, source(operations=ALL))
    await here.did("PATCH", f"{ONE}/attrs?type=Lamp", {"watts": prop(2)})
    await here.did("PATCH", f"{ONE}/attrs?type=(Lamp,Bench)", {"watts": prop(3)})
    assert (await own(there), {one.rpartition("?")[2] for one in net.paths()}) == (
        {"watts": 3},
        {"type=Lamp"},
    )


async def test_4_3_6_1_an_endpoint_with_several_registrations_is_written_once(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    posts: list[Any] = [{"entities": [{"type": "Post"}]}]
    await register(
        here,
        source(1, operations=ALL),
        source(2, operations=ALL),
        source(3, operations=ALL, information=posts),
    )
    await here.did("POST", "/entities", lamp(1, watts=1))
    await here.did("DELETE", f"{ONE}?local=true")
    await here.did("PATCH", f"{ONE}/attrs", {"watts": prop(2)})
    assert net.paths() == [
        "POST there.example entities",
        "PATCH there.example entities/urn:ngsi-ld:Lamp:1/attrs?type=Lamp,Post",
    ]
    told = await there.shown(f"/temporal{ONE}?options=temporalValues&timeproperty=modifiedAt")
    assert [value for value, _ in told["watts"]["values"]] == [1, 2]


async def test_4_3_6_1_each_type_is_written_what_is_registered_of_it(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    heights: list[Any] = [{"entities": [{"type": "Post"}], "propertyNames": ["height"]}]
    await there.lamp(1, watts=1, height=1)
    await register(
        here,
        source(1, operations=ALL, information=about("watts")),
        source(2, operations=ALL, information=heights),
    )
    reply = await here.ask("PATCH", f"{ONE}/attrs", {"watts": prop(2), "height": prop(2)})
    told = json.loads(reply.body)
    assert (reply.status, told["updated"], told["notUpdated"][0]["attributeName"]) == (
        207,
        ["watts"],
        "height",
    )
    assert await own(there) == {"watts": 2, "height": 1}


async def test_5_6_2_and_5_6_3_what_nobody_holds_is_told(here: WatchedTown, there: WatchedTown) -> None:
    await here.lamp(1, height=3)
    await register(here, source(**EXCLUSIVE))
    for method in ("PATCH", "POST"):
        reply = await here.ask(method, f"{ONE}/attrs", {"watts": prop(2), "height": prop(4)})
        told = json.loads(reply.body)
        assert (reply.status, told["updated"]) == (207, ["height"])
        assert [one["attributeName"] for one in told["notUpdated"]] == ["watts"]
    assert (await own(here), await own(there)) == ({"height": 4}, None)


async def test_5_6_1_attributes_of_several_registrations_are_created_together(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    net.strange["else.example"] = answering(201)
    await register(
        here,
        source(1, operations=ALL, information=about("watts")),
        source(2, operations=ALL, information=about("height")),
        source(3, "else.example", operations=ALL, information=about("height")),
    )
    await here.did("POST", "/entities", lamp(1, watts=1, height=2, colour="red"))
    assert await own(there) == {"watts": 1, "height": 2}
    assert net.paths() == ["POST there.example entities", "POST else.example entities"]
