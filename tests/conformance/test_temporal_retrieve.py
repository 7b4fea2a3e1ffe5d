"""Retrieve an entity through time: clauses 5.7.3, 6.19.3.1, 4.5.6 to 4.5.9, 4.11, 6.3.10, 6.3.11."""

from typing import Any

import pytest

from conformance.plane import ENTITIES, SENSOR, TEMPORAL, DataPlane, at, values

HERE = f"{TEMPORAL}/{SENSOR}"


@pytest.fixture
async def measured(plane: DataPlane) -> DataPlane:
    """Four measurements that came late, twice and out of order: 10 at 1, 20 at 2, 30 at 3, 40 at 4."""
    for value, minute in [(20, 2), (40, 4), (10, 1), (40, 4), (30, 3), (10, 1)]:
        await plane.observe(value, minute)
    return plane


async def test_4_11_before_after_between(measured: DataPlane) -> None:
    async def within(query: str) -> list[Any]:
        return values((await measured.told(f"{HERE}?{query}")).get("level", []))

    assert await within(f"timerel=before&timeAt={at(3)}") == [10, 20]
    assert await within(f"timerel=after&timeAt={at(2)}") == [30, 40]
    assert await within(f"timerel=between&timeAt={at(2)}&endTimeAt={at(4)}") == [20, 30]
    assert await within(f"timerel=after&timeAt={at(50)}") == []
    assert await within("timeproperty=observedAt") == [10, 20, 30, 40]


async def test_5_7_3_late_and_repeated_values_stand_once_and_in_order(measured: DataPlane) -> None:
    assert values((await measured.told(HERE))["level"]) == [10, 20, 30, 40]
    assert values((await measured.told(f"{HERE}?lastN=2"))["level"]) == [40, 30]
    assert values((await measured.told(f"{HERE}?lastN=9"))["level"]) == [40, 30, 20, 10]
    last = await measured.told(f"{HERE}?lastN=1&timerel=before&timeAt={at(3)}")
    assert values(last["level"]) == [20]


async def test_4_5_7_each_state_has_its_address_and_its_time(measured: DataPlane) -> None:
    document = await measured.told(HERE)
    assert (document["id"], document["type"]) == (SENSOR, "Sensor")
    first = document["level"][0]
    assert first == {
        "type": "Property",
        "value": 10,
        "observedAt": at(1),
        "instanceId": first["instanceId"],
    }
    addresses = [state["instanceId"] for state in document["level"]]
    assert len(set(addresses)) == 4 and all(one.startswith("urn:ngsi-ld:Instance:") for one in addresses)
    again = await measured.told(f"{HERE}?timerel=after&timeAt={at(1)}")
    assert [state["instanceId"] for state in again["level"]] == addresses[1:]


async def test_4_5_8_concise(measured: DataPlane) -> None:
    document = await measured.told(f"{HERE}?options=concise&lastN=1")
    (only,) = document["level"]
    assert only == {"value": 40, "observedAt": at(4), "instanceId": only["instanceId"]}


async def test_4_5_9_temporal_values(measured: DataPlane) -> None:
    expected = {"type": "Property", "values": [[10, at(1)], [20, at(2)], [30, at(3)], [40, at(4)]]}
    assert (await measured.told(f"{HERE}?options=temporalValues"))["level"] == expected
    assert (await measured.told(f"{HERE}?format=temporalValues"))["level"] == expected


async def test_4_5_9_every_kind_has_its_plural(plane: DataPlane) -> None:
    document = {
        "id": SENSOR,
        "type": "Sensor",
        "on": {"type": "Relationship", "object": "urn:a"},
        "said": {"type": "LanguageProperty", "languageMap": {"ja": "はい", "en": "yes"}},
        "sort": {"type": "VocabProperty", "vocab": "Park"},
        "raw": {"type": "JsonProperty", "json": {"a": 1}},
        "many": {"type": "ListProperty", "valueList": [1, 2]},
        "all": {"type": "ListRelationship", "objectList": [{"object": "urn:a"}]},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [140, 35]}},
    }
    await plane.done("POST", ENTITIES, document)
    told = await plane.told(f"{HERE}?options=temporalValues&timeproperty=modifiedAt")
    assert {
        name: {member: told[name][member] for member in told[name] if member != "type"}
        for name in list(document)[2:]
    } == {
        "on": {"objects": [["urn:a", at(0)]]},
        "said": {"languageMaps": [[{"ja": "はい", "en": "yes"}, at(0)]]},
        "sort": {"vocabs": [["Park", at(0)]]},
        "raw": {"jsons": [[{"a": 1}, at(0)]]},
        "many": {"valueLists": [[[1, 2], at(0)]]},
        "all": {"objectLists": [[["urn:a"], at(0)]]},
        "location": {"values": [[{"type": "Point", "coordinates": [140, 35]}, at(0)]]},
    }
    spoken = await plane.told(f"{HERE}?options=temporalValues&lang=en&attrs=said")
    assert spoken["said"] == {"type": "Property", "values": [["yes", at(0)]]}


async def test_4_8_without_a_time_what_was_never_observed_is_told_by_modified_at(plane: DataPlane) -> None:
    await plane.observe(1, 5)
    plane.written_at(at(30))
    await plane.done("POST", f"{ENTITIES}/{SENSOR}/attrs", {"name": "north"})
    plane.written_at(at(31))
    await plane.done("PATCH", f"{ENTITIES}/{SENSOR}/attrs", {"name": "south"})
    told = await plane.told(HERE)
    assert values(told["level"]) == [1]
    assert [(state["value"], state["modifiedAt"]) for state in told["name"]] == [
        ("north", at(30)),
        ("south", at(31)),
    ]
    assert "name" not in await plane.told(f"{HERE}?timeproperty=observedAt")
    assert "name" not in await plane.told(f"{HERE}?timerel=after&timeAt={at(0)}")
    created = await plane.told(f"{HERE}?timeproperty=createdAt&timerel=after&timeAt={at(29)}")
    assert [(state["value"], state["createdAt"]) for state in created["name"]] == [
        ("north", at(30)),
        ("south", at(30)),
    ]
    assert "level" not in created


async def test_4_8_deleted_attributes_are_told_by_deleted_at(measured: DataPlane) -> None:
    measured.written_at(at(40))
    await measured.done("DELETE", f"{ENTITIES}/{SENSOR}/attrs/level")
    gone = await measured.told(f"{HERE}?timeproperty=deletedAt")
    (state,) = gone["level"]
    assert state == {
        "type": "Property",
        "value": "urn:ngsi-ld:null",
        "deletedAt": at(40),
        "instanceId": state["instanceId"],
    }
    assert values((await measured.told(HERE))["level"]) == [10, 20, 30, 40]
    assert "level" not in await measured.told(f"{HERE}?timeproperty=deletedAt&timerel=before&timeAt={at(40)}")


async def test_6_3_11_a_deleted_entity_says_when_it_went(measured: DataPlane) -> None:
    measured.written_at(at(40))
    await measured.done("DELETE", f"{ENTITIES}/{SENSOR}")
    told = await measured.told(f"{HERE}?options=sysAttrs&lastN=1")
    assert (told["createdAt"][:16], told["deletedAt"]) == ("2026-04-01T09:00", at(40))
    assert told["level"][0]["createdAt"] <= told["level"][0]["modifiedAt"]
    assert "deletedAt" not in await measured.told(f"{HERE}?lastN=1")
    assert (await measured.ask("GET", f"{ENTITIES}/{SENSOR}")).status == 404
    await measured.observe(50, 5)
    again = await measured.told(f"{HERE}?options=sysAttrs")
    assert "deletedAt" not in again and values(again["level"]) == [10, 20, 30, 40, 50]


async def test_4_18_scopes_have_a_history(plane: DataPlane) -> None:
    await plane.done("POST", ENTITIES, {"id": SENSOR, "type": "Sensor", "scope": "/a/b", "level": 1})
    plane.written_at(at(20))
    await plane.done("POST", f"{ENTITIES}/{SENSOR}/attrs", {"scope": ["/a", "/c"]})
    told = await plane.told(HERE)
    assert [(state["value"], state["modifiedAt"]) for state in told["scope"]] == [
        (["/a/b"], at(0)),
        (["/a", "/c"], at(20)),
    ]
    short = await plane.told(f"{HERE}?options=temporalValues&timeproperty=modifiedAt")
    assert short["scope"] == {"type": "Property", "values": [[["/a/b"], at(0)], [["/a", "/c"], at(20)]]}


async def test_4_5_5_instances_of_an_attribute_keep_apart(plane: DataPlane) -> None:
    await plane.observe(1, 1)
    await plane.observe(7, 1, datasetId="urn:b")
    await plane.observe(2, 2)
    told = await plane.told(HERE)
    assert [(state["value"], state.get("datasetId")) for state in told["level"]] == [
        (1, None),
        (7, "urn:b"),
        (2, None),
    ]
    short = (await plane.told(f"{HERE}?options=temporalValues"))["level"]
    assert short == [
        {"type": "Property", "values": [[1, at(1)], [2, at(2)]]},
        {"type": "Property", "values": [[7, at(1)]], "datasetId": "urn:b"},
    ]
    assert values((await plane.told(f"{HERE}?datasetId=urn:b"))["level"]) == [7]
    assert values((await plane.told(f"{HERE}?datasetId=@none&lastN=1"))["level"]) == [2]


async def test_4_21_pick_omit_and_attrs(plane: DataPlane) -> None:
    await plane.observe(1, 1)
    await plane.done("POST", f"{ENTITIES}/{SENSOR}/attrs", {"name": "north"})
    assert set(await plane.told(f"{HERE}?pick=id,level")) == {"id", "level"}
    assert set(await plane.told(f"{HERE}?omit=level,type")) == {"id", "name"}
    assert set(await plane.told(f"{HERE}?attrs=name")) == {"id", "type", "name"}
    assert await plane.refused(f"{HERE}?attrs=colour") == (404, "attrs")
    assert await plane.refused(f"{HERE}?attrs=name&pick=id") == (400, "attrs")


async def test_6_3_10_what_does_not_fit_is_206_and_goes_on_behind_the_range(plane: DataPlane) -> None:
    moments = [at(minute, hour) for minute in range(60) for hour in range(20)]
    await plane.tell(SENSOR, list(enumerate(moments)))
    first = await plane.ask("GET", f"{HERE}?timerel=after&timeAt={at(0, 0)}")
    assert first.status == 206
    told = values(first.json()["level"])
    assert len(told) == 1000
    last = first.json()["level"][-1]["observedAt"]
    assert first.header("content-range") == f"date-time {at(0, 0)}-{last}/*"
    second = await plane.ask("GET", f"{HERE}?timerel=after&timeAt={last}")
    assert second.status == 200 and second.header("content-range") is None
    assert len(told) + len(second.json()["level"]) == 1199, "all but the one at timeAt itself"
    back = await plane.ask("GET", f"{HERE}?lastN=1100&timerel=before&timeAt={at(0, 20)}")
    oldest = back.json()["level"][-1]["observedAt"]
    assert (back.status, back.header("content-range")) == (206, f"date-time {at(0, 20)}-{oldest}/1100")
    assert (await plane.ask("GET", f"{HERE}?lastN=1000")).status == 200


async def test_5_7_3_what_is_not_there(measured: DataPlane) -> None:
    assert await measured.refused(f"{TEMPORAL}/urn:ngsi-ld:Sensor:none") == (404, "id")
    assert await measured.refused(f"{HERE}?type=Lamp") == (404, "id")
    assert await measured.refused(f"{TEMPORAL}/nothing") == (400, "id")
    assert await measured.refused("/temporal") == (404, "path")
    assert await measured.refused("/temporal/other") == (404, "path")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("timerel=since&timeAt=2026-04-01T00:00:00Z", "timerel"),
        ("timeAt=2026-04-01T00:00:00Z", "timerel"),
        ("endTimeAt=2026-04-01T00:00:00Z", "timerel"),
        ("timerel=before", "timeAt"),
        ("timerel=before&timeAt=yesterday", "timeAt"),
        ("timerel=between&timeAt=2026-04-01T00:00:00Z", "endTimeAt"),
        ("timerel=between&timeAt=2026-04-01T00:00:00Z&endTimeAt=2026-04-01T00:00:00Z", "endTimeAt"),
        ("timerel=after&timeAt=2026-04-01T00:00:00Z&endTimeAt=2026-04-02T00:00:00Z", "endTimeAt"),
        ("timeproperty=expiresAt", "timeproperty"),
        ("lastN=0", "lastN"),
        ("lastN=many", "lastN"),
        ("options=temporalValues,aggregatedValues", "options"),
        ("options=keyValues", "options"),
        ("format=simplified", "format"),
        ("aggrMethods=avg", "aggrMethods"),
        ("aggrPeriodDuration=PT1H", "aggrPeriodDuration"),
        ("options=aggregatedValues", "aggrMethods"),
        ("options=aggregatedValues&aggrMethods=median", "aggrMethods"),
        ("options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1h", "aggrPeriodDuration"),
        ("options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=P1MT1H", "aggrPeriodDuration"),
        ("options=aggregatedValues&aggrMethods=avg&timeproperty=deletedAt", "timeproperty"),
        ("orderBy=level", "orderBy"),
    ],
)
async def test_6_19_what_does_not_go_together_is_refused_by_name(
    measured: DataPlane, query: str, field: str
) -> None:
    assert await measured.refused(f"{HERE}?{query}") == (400, field)


async def test_6_3_5_the_context_stands_in_a_link_or_in_the_body(measured: DataPlane) -> None:
    plain = await measured.done("GET", HERE)
    assert plain.header("content-type") == "application/json" and "json-ld#context" in (
        plain.header("link") or ""
    )
    linked = await measured.done("GET", HERE, accept="application/ld+json")
    assert "@context" in linked.json()
