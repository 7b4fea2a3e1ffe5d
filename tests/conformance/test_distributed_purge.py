"""ETSI GS CIM 009 V1.9.1 clause 5.6.21 with clauses 4.3.6, 6.3.17: deleting by query what stands here and at context sources."""

import json
from typing import Any

from conformance.neighbours import Neighbours, about, source
from conformance.watched_town import WatchedTown

ALL = ["redirectionOps"]


async def register(town: WatchedTown, **members: Any) -> None:
    await town.did("POST", "/csourceRegistrations", source(**{"operations": ALL, **members}))


async def own(town: WatchedTown) -> dict[str, dict[str, Any]]:
    """The lamps that stand in one place alone."""
    told = await town.shown("/entities?type=Lamp&local=true&options=keyValues")
    return {
        one["id"].rpartition(":")[2]: {name: one[name] for name in one if name not in ("id", "type")}
        for one in told
    }


async def lamps(town: WatchedTown, **told: dict[str, Any]) -> None:
    for name, values in told.items():
        attributes = {one: {"type": "Property", "value": value} for one, value in values.items()}
        document = {"id": f"urn:ngsi-ld:Lamp:{name[1:]}", "type": "Lamp", **attributes}
        await town.did("POST", "/entities?local=true", document)


async def test_5_6_21_entities_are_purged_in_all_places(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await lamps(here, n1={"watts": 1}, n2={"watts": 2})
    await lamps(there, n2={"watts": 2}, n3={"watts": 3})
    await register(here)
    assert (await here.ask("DELETE", "/entities?type=Lamp&q=watts>1")).status == 204
    assert (await own(here), await own(there)) == ({"1": {"watts": 1}}, {})
    assert net.paths() == ["DELETE there.example entities?q=watts>1&type=Lamp"]
    assert (await here.ask("DELETE", "/entities?type=Bench")).status == 204
    assert len(net.asked) == 1


async def test_5_6_21_attributes_are_dropped_and_kept_where_they_are(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await lamps(here, n1={"height": 1, "colour": 2})
    await lamps(there, n1={"watts": 1, "colour": 2})
    await register(here, information=about("watts"))
    assert (await here.ask("DELETE", "/entities?type=Lamp&drop=height")).status == 204
    assert (await own(here), net.asked) == ({"1": {"colour": 2}}, [])
    assert (await here.ask("DELETE", "/entities?type=Lamp&keep=colour")).status == 204
    assert await own(there) == {"1": {"colour": 2}}
    assert net.paths() == ["DELETE there.example entities?drop=watts&type=Lamp&attrs=watts"]


async def test_5_6_21_conditions_hold_over_entities_that_are_spread(
    here: WatchedTown, there: WatchedTown
) -> None:
    await lamps(here, n1={"height": 1}, n2={"height": 1})
    await lamps(there, n1={"watts": 1}, n2={"watts": 2})
    await register(here, information=about("watts"))
    assert (await here.ask("DELETE", "/entities?type=Lamp&q=height==1;watts==2")).status == 204
    assert (await own(here), await own(there)) == (
        {"1": {"height": 1}},
        {"1": {"watts": 1}, "2": {}},
    )


async def test_5_6_21_and_6_3_17_what_a_source_did_not_purge_is_told(
    net: Neighbours, here: WatchedTown
) -> None:
    await lamps(here, n1={"watts": 1})
    await register(here)
    net.strange["there.example"] = lambda question: None
    reply = await here.ask("DELETE", "/entities?type=Lamp")
    told = json.loads(reply.body)
    assert (reply.status, [(one["registrationId"], one["error"]["status"]) for one in told["errors"]]) == (
        207,
        [("urn:r:1", 504)],
    )
    assert told["success"] == ["urn:ngsi-ld:Lamp:1"]
    assert await own(here) == {}
    assert (await here.ask("DELETE", "/entities?type=Lamp")).status == 504
    assert (await here.ask("DELETE", "/entities?type=Lamp&local=true")).status == 204


async def test_4_3_6_3_a_source_that_does_not_take_it(
    net: Neighbours, here: WatchedTown, there: WatchedTown
) -> None:
    await lamps(there, n1={"watts": 1})
    await register(here, mode="redirect", operations=["retrieveOps"])
    assert (await here.ask("DELETE", "/entities?type=Lamp")).status == 409
    await here.did("PATCH", "/csourceRegistrations/urn:r:1", {"mode": "inclusive"})
    assert (await here.ask("DELETE", "/entities?type=Lamp")).status == 204
    assert (net.asked, list(await own(there))) == ([], ["1"])


async def test_6_3_18_a_purge_that_comes_back_is_done_once(here: WatchedTown, there: WatchedTown) -> None:
    await lamps(there, n1={"watts": 1})
    await register(here)
    await register(there, host="here.example")
    assert (await here.ask("DELETE", "/entities?type=Lamp")).status == 204
    assert await own(there) == {}
