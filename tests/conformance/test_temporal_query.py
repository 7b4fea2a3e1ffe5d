"""Query entities through time: clauses 5.7.4, 6.18.3.2, 6.24.3.1, conditions of clauses 4.9, 4.10, 4.17 and 4.19."""

from typing import Any

import pytest

from conformance.plane import ENTITIES, SENSOR, TEMPORAL, DataPlane, at, values

DAY = "timerel=between&timeAt=2026-04-01T00:00:00Z&endTimeAt=2026-04-02T00:00:00Z"


def sensor(number: int) -> str:
    return f"urn:ngsi-ld:Sensor:{number}"


@pytest.fixture
async def town(plane: DataPlane) -> DataPlane:
    """Sensors 1 to 3 with a level that rises from its number by ten, a lamp that was never measured."""
    for number in (1, 2, 3):
        for step in (0, 1):
            await plane.observe(number + 10 * step, 10 * number + step, sensor(number))
    await plane.done("POST", ENTITIES, {"id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "watts": 5})
    return plane


async def found(plane: DataPlane, query: str) -> list[str]:
    """The last parts of the ids that a query finds."""
    return [one["id"].rsplit(":", 1)[-1] for one in await plane.told(f"{TEMPORAL}?{query}")]


async def test_5_7_4_types_ids_and_patterns(town: DataPlane) -> None:
    assert await found(town, f"type=Sensor&{DAY}") == ["1", "2", "3"]
    assert await found(town, f"type=Sensor,Lamp&{DAY}&timeproperty=modifiedAt") == ["1", "1", "2", "3"]
    assert await found(town, f"type=Lamp&{DAY}") == [], "its value was never observed"
    assert await found(town, f"type=Sensor&id={sensor(3)},{sensor(1)},urn:ngsi-ld:Lamp:1&{DAY}") == ["1", "3"]
    assert await found(town, f"type=Sensor&idPattern=[23]$&{DAY}") == ["2", "3"]
    assert await found(town, f"attrs=level&{DAY}") == ["1", "2", "3"]
    assert await found(town, f"attrs=watts&{DAY}") == []
    assert await found(town, f"local=true&{DAY}&timeproperty=createdAt") == ["1", "1", "2", "3"]


async def test_5_7_4_only_entities_with_a_state_in_the_stretch_of_time(town: DataPlane) -> None:
    assert await found(town, f"type=Sensor&timerel=before&timeAt={at(11)}") == ["1"]
    assert await found(town, f"type=Sensor&timerel=after&timeAt={at(21)}") == ["3"]
    told = await town.told(f"{TEMPORAL}?type=Sensor&timerel=between&timeAt={at(11)}&endTimeAt={at(21)}")
    assert [(one["id"], values(one["level"])) for one in told] == [(sensor(1), [11]), (sensor(2), [2])]


async def test_4_9_a_condition_holds_where_one_state_within_satisfies_it(town: DataPlane) -> None:
    assert await found(town, f"type=Sensor&q=level>11&{DAY}") == ["2", "3"]
    assert await found(town, f"type=Sensor&q=level<3;level>11&{DAY}") == ["2"]
    assert await found(town, f"type=Sensor&q=level==1|level==13&{DAY}") == ["1", "3"]
    assert await found(town, f"type=Sensor&q=level>11&timerel=before&timeAt={at(31)}") == ["2"]
    assert await found(town, f"type=Sensor&q=level.observedAt>{at(30)}&{DAY}") == ["3"]
    assert await found(town, f"type=Sensor&q=level&{DAY}") == ["1", "2", "3"]
    assert await found(town, f"type=Sensor&q=colour&{DAY}") == []
    told = await town.told(f"{TEMPORAL}?type=Sensor&q=level==12&{DAY}")
    assert values(told[0]["level"]) == [2, 12], "all states of an entity that matches are told"


async def test_4_10_a_place_that_something_had_within_the_stretch_of_time(plane: DataPlane) -> None:
    for minute, lon in ((1, 140.0), (2, 141.0)):
        point = {"type": "Point", "coordinates": [lon, 35.0]}
        document = {
            "id": SENSOR,
            "type": "Sensor",
            "location": {"type": "GeoProperty", "value": point, "observedAt": at(minute)},
        }
        await plane.done("POST", "/entityOperations/upsert", [document])
    near = "georel=near;maxDistance==100&geometry=Point&coordinates=[140,35]"
    assert await found(plane, f"type=Sensor&{near}&{DAY}") == ["1"]
    assert await found(plane, f"type=Sensor&{near}&timerel=after&timeAt={at(1)}") == []


async def test_4_19_scopes_that_stood_within_the_stretch_of_time(plane: DataPlane) -> None:
    await plane.done("POST", ENTITIES, {"id": SENSOR, "type": "Sensor", "scope": "/a/b", "level": 1})
    for minute, scope in ((20, "/c"), (40, "/d")):
        plane.written_at(at(minute))
        await plane.done("POST", f"{ENTITIES}/{SENSOR}/attrs", {"scope": scope, "level": minute})

    async def stood(scope: str, start: int, end: int) -> bool:
        time = f"timerel=between&timeAt={at(start)}&endTimeAt={at(end)}&timeproperty=modifiedAt"
        return bool(await found(plane, f"type=Sensor&scopeQ={scope}&{time}"))

    assert await stood("/a/%23", 0, 10) and not await stood("/c", 0, 10)
    assert await stood("/c", 30, 50) and await stood("/d", 30, 50) and not await stood("/a/b", 30, 50)


async def test_4_17_deleted_entities_are_found_by_the_types_they_had(town: DataPlane) -> None:
    town.written_at(at(50))
    await town.done("DELETE", f"{ENTITIES}/{sensor(2)}")
    assert await found(town, f"type=Sensor&{DAY}") == ["1", "2", "3"]
    assert await found(town, f"type=Sensor&{DAY}&timeproperty=deletedAt") == ["2"]
    told = await town.told(f"{TEMPORAL}?type=Sensor&q=level==12&options=sysAttrs&{DAY}")
    assert [(one["id"], one["deletedAt"]) for one in told] == [(sensor(2), at(50))]


async def test_6_3_10_pages_of_entities(town: DataPlane) -> None:
    first = await town.done("GET", f"{TEMPORAL}?type=Sensor&{DAY}&limit=2&count=true")
    assert [one["id"] for one in first.json()] == [sensor(1), sensor(2)]
    assert first.header("ngsild-results-count") == "3"
    links = [value for name, value in first.headers if name == "link" and 'rel="next"' in value]
    assert (
        len(links) == 1 and "offset=2" in links[0] and links[0].startswith("</ngsi-ld/v1/temporal/entities?")
    )
    second = await town.done("GET", f"{TEMPORAL}?type=Sensor&{DAY}&limit=2&offset=2")
    assert [one["id"] for one in second.json()] == [sensor(3)]
    only = await town.done("GET", f"{TEMPORAL}?type=Sensor&{DAY}&limit=0&count=true")
    assert (only.json(), only.header("ngsild-results-count")) == ([], "3")


async def test_6_3_10_a_cut_holds_for_all_entities_of_the_answer(plane: DataPlane) -> None:
    """One sensor tells a thousand and more states, another a few: what lies behind the cut is left out of both."""

    def moment(second: int) -> str:
        return f"2026-04-01T09:{second // 60:02d}:{second % 60:02d}Z"

    await plane.tell(sensor(1), [(number, moment(number)) for number in range(1005)])
    await plane.tell(sensor(2), [(-1, moment(30)), (-2, moment(1003))])
    cut = await plane.ask("GET", f"{TEMPORAL}?type=Sensor&{DAY}")
    first, second = cut.json()
    assert cut.status == 206 and cut.header("content-range") == (
        "date-time 2026-04-01T00:00:00Z-2026-04-01T09:16:39Z/*"
    )
    assert (len(first["level"]), values(second["level"])) == (1000, [-1])


async def test_5_7_4_aggregates_and_last_values_of_several(town: DataPlane) -> None:
    told = await town.told(f"{TEMPORAL}?type=Sensor&{DAY}&options=aggregatedValues&aggrMethods=max")
    assert [one["level"]["max"][0][0] for one in told] == [11, 12, 13]
    last = await town.told(f"{TEMPORAL}?type=Sensor&{DAY}&options=temporalValues&lastN=1")
    assert [one["level"]["values"] for one in last] == [[[n + 10, at(10 * n + 1)]] for n in (1, 2, 3)]


async def test_6_24_a_document_asks_the_same(town: DataPlane) -> None:
    document: dict[str, Any] = {
        "type": "Query",
        "entities": [{"type": "Sensor", "id": sensor(1)}, {"type": "Sensor", "idPattern": "3$"}],
        "q": "level>10",
        "temporalQ": {
            "timerel": "between",
            "timeAt": "2026-04-01T00:00:00Z",
            "endTimeAt": "2026-04-02T00:00:00Z",
            "lastN": 1,
        },
    }
    path = "/temporal/entityOperations/query"
    told = (await town.done("POST", f"{path}?count=true", document)).json()
    assert [(one["id"], values(one["level"])) for one in told] == [(sensor(1), [11]), (sensor(3), [13])]
    adding = {**document, "aggrParams": {"aggrMethods": ["sum"], "aggrPeriodDuration": "PT0S"}}
    summed = (await town.done("POST", f"{path}?options=aggregatedValues", adding)).json()
    assert [one["level"]["sum"][0][0] for one in summed] == [12, 16]
    assert await town.refused(path, "POST", {**document, "temporalQ": {"since": "x"}}) == (
        400,
        "temporalQ.since",
    )
    assert await town.refused(path, "POST", {"type": "Query", "entities": [{"type": "Sensor"}]}) == (
        400,
        "timerel",
    )
    assert await town.refused("/entityOperations/query", "POST", document) == (400, "temporalQ")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("type=Sensor", "timerel"),
        (f"{DAY}", "type"),
        (f"{DAY}&attrs=createdAt", "type"),
        (f"{DAY}&q=modifiedAt", "type"),
        (f"type=Sensor&{DAY}&q=on{{Pole}}.height>3", "q"),
        (f"type=Sensor&{DAY}&limit=5000", "limit"),
        (f"type=Sensor&{DAY}&orderBy=level", "orderBy"),
        (f"type=Sensor&{DAY}&georel=near;maxDistance==1", "geometry"),
    ],
)
async def test_6_18_what_is_missing_is_refused_by_name(plane: DataPlane, query: str, field: str) -> None:
    status, named = await plane.refused(f"{TEMPORAL}?{query}")
    assert (status in (400, 403), named) == (True, field)
