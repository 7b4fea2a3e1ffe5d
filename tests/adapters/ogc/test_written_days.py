"""Days that a table writes are days for whoever asks: `datetime`, CQL2 and parameters see them as such, and events last until their last day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from ogc_client import Client, refused
from test_layer_collections import keep

from kaiteki.services.opendata.manifest import service as open_data
from kaiteki.services.opendata.model import record_view

FIRST = date(2019, 4, 20)
COUNT = 40
ACCIDENTS = "/collections/TrafficAccident/items"
EVENTS = "/collections/Event/items"
STRETCHES = (
    "2019-05-01/2019-05-31",
    "../2019-04-25",
    "2019-05-20/..",
    "2019-05-03",
    "2019-05-03T00:00:00Z/2019-05-04T12:00:00Z",
    "../2018-12-31",
)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def point(number: int) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [141.0 + number / 1000, 35.3]}


def ends(stretch: str) -> tuple[date, date]:
    """The first and the last day that a stretch has a part of."""
    first, _, last = stretch.partition("/")
    told = [None if one == ".." else date.fromisoformat(one[:10]) for one in (first, last if last else first)]
    return told[0] or date.min, told[1] or date.max


@pytest.fixture
async def client() -> Client:
    one = Client(open_data)
    await one.fill()
    accident, event = record_view("TrafficAccident"), record_view("Event")
    await keep(
        one,
        *(
            accident(id=f"urn:ngsi-ld:TrafficAccident:{n}", date=day(n).isoformat(), location=point(n))
            for n in range(COUNT)
        ),
        accident(id="urn:ngsi-ld:TrafficAccident:99", date="2019-13-45", location=point(99)),
        *(
            event(
                id=f"urn:ngsi-ld:Event:{n}",
                startDate=day(n).isoformat(),
                endDate=day(n + 3).isoformat() if n % 2 else None,
                location=point(n),
            )
            for n in range(COUNT)
        ),
    )
    return one


async def found(client: Client, path: str, **query: str) -> list[int]:
    page = await client.told(path, limit="100", **query)
    assert page["numberMatched"] == len(page["features"])
    return sorted(int(one["id"].rpartition(":")[2]) for one in page["features"])


@pytest.mark.parametrize("stretch", STRETCHES)
async def test_a_stretch_finds_the_days_within_it_and_what_says_none(client: Client, stretch: str) -> None:
    first, last = ends(stretch)
    within = [n for n in range(COUNT) if first <= day(n) <= last]
    assert await found(client, ACCIDENTS, datetime=stretch) == [*within, 99]
    lasting = [n for n in range(COUNT) if first <= day(n + 3 if n % 2 else n) and day(n) <= last]
    assert await found(client, EVENTS, datetime=stretch) == lasting


async def test_filters_and_parameters_compare_days(client: Client) -> None:
    after = [n for n in range(COUNT) if day(n) > date(2019, 5, 20)]
    for text in ("date > DATE('2019-05-20')", "T_AFTER(date, DATE('2019-05-20'))"):
        assert await found(client, ACCIDENTS, filter=text) == after
    between = "date >= DATE('2019-05-01') AND date <= DATE('2019-05-03')"
    assert await found(client, ACCIDENTS, filter=between) == [11, 12, 13]
    assert await found(client, ACCIDENTS, date="2019-05-01") == [11]
    assert await refused(client, ACCIDENTS, date="May") == "date"
    assert (await client.told("/collections/TrafficAccident/queryables"))["properties"]["date"] == {
        "type": "string",
        "format": "date",
        "title": "発生日",
    }
