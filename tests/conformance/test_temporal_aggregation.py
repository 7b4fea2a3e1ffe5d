"""Values added up over periods: clauses 4.5.19 and 4.5.19.1, parameters of clause 6.19.3.1."""

import math
from typing import Any

import pytest

from conformance.plane import ENTITIES, SENSOR, TEMPORAL, DataPlane, at

HERE = f"{TEMPORAL}/{SENSOR}?options=aggregatedValues"
EVERY = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"
HOUR = f"timerel=between&timeAt={at(0)}&endTimeAt={at(0, 10)}"


async def level(plane: DataPlane, query: str) -> Any:
    """What the values of `level` add up to."""
    return (await plane.told(f"{HERE}&{query}"))["level"]


async def test_4_5_19_every_method_over_the_whole_stretch_of_time(plane: DataPlane) -> None:
    for value, minute in [(4, 1), (2, 2), (4, 3), (4, 1), (6.5, 59)]:
        await plane.observe(value, minute)
    told = await level(plane, f"aggrMethods={EVERY}&{HOUR}")
    mean = 16.5 / 4
    expected: dict[str, float] = {
        "totalCount": 4,
        "distinctCount": 3,
        "sum": 16.5,
        "avg": mean,
        "min": 2,
        "max": 6.5,
        "stddev": math.sqrt(sum((one - mean) ** 2 for one in (4, 2, 4, 6.5)) / 4),
        "sumsq": 16 + 4 + 16 + 42.25,
    }
    assert told["type"] == "Property"
    assert {name: told[name] for name in expected} == {
        name: [[pytest.approx(value), at(0), at(0, 10)]] for name, value in expected.items()
    }


async def test_without_a_stretch_of_time_one_period_reaches_from_the_first_value_to_the_last(
    plane: DataPlane,
) -> None:
    for value, minute in [(1, 5), (3, 1), (2, 3)]:
        await plane.observe(value, minute)
    assert await level(plane, "aggrMethods=sum,max&aggrPeriodDuration=PT0S") == {
        "type": "Property",
        "sum": [[6, at(1), at(5)]],
        "max": [[3, at(1), at(5)]],
    }


async def test_4_5_19_periods_begin_at_time_at_and_those_without_values_are_left_out(
    plane: DataPlane,
) -> None:
    for value, minute in [(1, 10), (2, 19), (3, 20), (4, 55)]:
        await plane.observe(value, minute)
    told = await level(
        plane,
        f"aggrMethods=totalCount&aggrPeriodDuration=PT20M&timerel=between&timeAt={at(0)}&endTimeAt={at(58)}",
    )
    assert told["totalCount"] == [[2, at(0), at(20)], [1, at(20), at(40)], [1, at(40), at(58)]]
    latest = await level(plane, f"aggrMethods=totalCount&aggrPeriodDuration=PT20M&lastN=2&{HOUR}")
    assert [one[1] for one in latest["totalCount"]] == [at(20), at(40)]
    free = await level(plane, "aggrMethods=sum&aggrPeriodDuration=PT15M")
    assert free["sum"] == [[1, at(0), at(15)], [5, at(15), at(30)], [4, at(45), at(0, 10)]]


async def test_4_5_19_months_are_calendar_months(plane: DataPlane) -> None:
    for value, moment in [
        (1, "2026-01-31T23:59:59Z"),
        (2, "2026-02-01T00:00:00Z"),
        (4, "2026-02-28T12:00:00Z"),
    ]:
        await plane.observe(value, 0, observedAt=moment)
    told = await level(plane, "aggrMethods=sum&aggrPeriodDuration=P1M")
    assert told["sum"] == [
        [1, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
        [6, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"],
    ]
    years = await level(plane, "aggrMethods=sum&aggrPeriodDuration=P1Y")
    assert years["sum"] == [[7, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]]
    from_the_last = await level(
        plane,
        "aggrMethods=sum&aggrPeriodDuration=P1M&timerel=between&timeAt=2026-01-31T00:00:00Z&endTimeAt=2026-04-01T00:00:00Z",
    )
    assert [one[:2] for one in from_the_last["sum"]] == [
        [3, "2026-01-31T00:00:00Z"],
        [4, "2026-02-28T00:00:00Z"],
    ]


async def test_days_of_another_zone_begin_where_time_at_says(plane: DataPlane) -> None:
    await plane.observe(1, 0, observedAt="2026-04-01T14:59:59Z")
    await plane.observe(2, 0, observedAt="2026-04-01T15:00:00Z")
    told = await level(
        plane, "aggrMethods=sum&aggrPeriodDuration=P1D&timerel=after&timeAt=2026-04-01T00:00:00%2B09:00"
    )
    assert [one[0] for one in told["sum"]] == [1, 2]


async def test_what_is_no_number_has_counts_and_ends(plane: DataPlane) -> None:
    for state in ("open", "closed", "open"):
        plane.clock.forward(60)
        document = {
            "id": SENSOR,
            "type": "Sensor",
            "state": state,
            "lit": state == "open",
            "raw": {"a": state},
        }
        await plane.done("POST", "/entityOperations/upsert", [document])
    told = await plane.told(f"{HERE}&aggrMethods={EVERY}&timeproperty=modifiedAt")

    def results(name: str) -> dict[str, Any]:
        return {method: found[0][0] for method, found in told[name].items() if method != "type" and found}

    assert results("state") == {"totalCount": 3, "distinctCount": 2, "min": "closed", "max": "open"}
    assert results("raw") == {"totalCount": 3, "distinctCount": 2}
    assert results("lit") == {
        "totalCount": 3,
        "distinctCount": 2,
        "sum": 2,
        "avg": pytest.approx(2 / 3),
        "min": 0,
        "max": 1,
        "stddev": pytest.approx(math.sqrt(2) / 3),
        "sumsq": 2,
    }


async def test_4_5_19_instances_are_added_up_apart(plane: DataPlane) -> None:
    await plane.observe(1, 1)
    await plane.observe(7, 1, datasetId="urn:b")
    assert await level(plane, "aggrMethods=sum") == [
        {"type": "Property", "sum": [[1, at(1), at(1)]]},
        {"type": "Property", "sum": [[7, at(1), at(1)]], "datasetId": "urn:b"},
    ]


async def test_deletions_are_no_values(plane: DataPlane) -> None:
    await plane.observe(5, 1)
    await plane.done("DELETE", f"{ENTITIES}/{SENSOR}/attrs/level")
    assert (await level(plane, "aggrMethods=totalCount&timeproperty=modifiedAt"))["totalCount"][0][0] == 1


async def test_a_sum_that_no_number_can_hold_is_not_told(plane: DataPlane) -> None:
    await plane.observe(1.7e308, 1)
    await plane.observe(1.6e308, 2)
    told = await level(plane, "aggrMethods=totalCount,sum,stddev")
    assert [told[method] for method in ("sum", "stddev")] == [[], []]
    assert told["totalCount"][0][0] == 2


async def test_too_many_periods_are_refused(plane: DataPlane) -> None:
    await plane.observe(1, 1)
    query = f"{HERE}&aggrMethods=sum&aggrPeriodDuration"
    assert (await plane.ask("GET", f"{query}=PT0.000001S")).status == 200
    assert await plane.refused(f"{query}=P9999Y") == (400, "aggrPeriodDuration")
