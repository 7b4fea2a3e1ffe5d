"""What can be reported now, and about which thing: the same choice as on the pages, in the words of the standard."""

from __future__ import annotations

import json

import geo_report
import pytest
from open311_client import Client, check
from register_samples import LIGHT_AT, register, stand

from kaiteki.services.reports.model import Report, report_id
from town import BOSS

AT = {"lat": str(LIGHT_AT[1]), "long": str(LIGHT_AT[0])}
NEAR = f"lat={AT['lat']}&long={AT['long']}"


async def listed(client: Client) -> list[str]:
    """The codes of what can be reported."""
    services = await client.both("services")
    check(services, geo_report.SERVICES)
    return [one["service_code"] for one in services]


async def test_a_declared_disaster_offers_its_kinds_of_damage_and_takes_the_usual_ones_by_their_code() -> (
    None
):
    client = Client()
    usual = await listed(client)
    assert "road" in usual and not any(code.startswith("damage-") for code in usual)
    await client.town.run("reports.begin_disaster", {"name": "台風15号"}, BOSS)
    damage = await listed(client)
    assert damage and all(code.startswith("damage-") for code in damage)
    for code in (damage[0], "park"):
        check(await client.both(f"services/{code}"), geo_report.DEFINITION)
        assert await client.report(service_code=code)
    await client.town.run("reports.end_disaster", {}, BOSS)
    assert await listed(client) == usual


async def test_a_kind_about_things_asks_which_one_and_lists_those_nearby() -> None:
    client = Client(register)
    await stand(client.town, "B-2", metres=30.0)
    await stand(client.town, "B-1", metres=5.0)
    await stand(client.town, "far", metres=500.0)
    assert next(one for one in await client.both("services") if one["service_code"] == "light")["metadata"]
    anywhere, near = await client.both("services/light"), await client.both("services/light", f"?{NEAR}")
    for definition in (anywhere, near):
        check(definition, geo_report.DEFINITION)
    last = anywhere["attributes"][-1]
    assert (last["code"], last["datatype"], last["required"], "values" in last) == (
        "asset",
        "string",
        False,
        False,
    )
    offered = near["attributes"][-1]
    assert offered["datatype"] == "singlevaluelist"
    assert [one["name"] for one in offered["values"]] == ["街灯 B-1", "街灯 B-2"]
    without = await client.both("services/litter", f"?{NEAR}")
    assert "asset" not in [one["code"] for one in without["attributes"]]
    far_away = await client.both("services/light", "?lat=35.0&long=140.0")
    assert far_away["attributes"][-1]["datatype"] == "string"


@pytest.mark.parametrize("named", ["A-7", "urn:ngsi-ld:StreetLight:A-7"])
async def test_a_thing_says_where_it_is_and_who_looks_after_it(named: str) -> None:
    client = Client(register)
    light = await stand(client.town, "A-7", owner="国")
    fields = {"service_code": "light", "description": "消えている", "attribute[asset]": named}
    answer = await client.post("requests.json", fields)
    assert answer.status == 201, answer.body
    number = json.loads(answer.body)[0]["service_request_id"]
    kept = await client.town.city().get(Report, report_id(number))
    assert kept is not None
    assert (kept.asset, kept.office, kept.status, kept.point) == (light, "state-roads", "handed", LIGHT_AT)
    assert "asset" not in kept.answers


@pytest.mark.parametrize(
    ("code", "named"),
    [("light", "Z-9"), ("light", "urn:ngsi-ld:Report:x"), ("light", "x" * 300), ("park", "A-7")],
)
async def test_what_is_no_such_thing_is_refused_by_name(code: str, named: str) -> None:
    client = Client(register)
    await stand(client.town, "A-7")
    fields = {"service_code": code, "description": "x", "attribute[asset]": named, **AT}
    answer = await client.post("requests.json", fields)
    told = json.loads(answer.body)
    check(told, geo_report.ERRORS)
    assert (answer.status, "asset" in told[0]["description"]) == (400, True)
