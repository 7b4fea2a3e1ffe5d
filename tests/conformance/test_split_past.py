"""Two nodes that share a history by chance answer as one node that has all of it: late values, double ones, values of both."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import pytest

from broker.town import StandingClock
from conformance.neighbours import Neighbours, source
from conformance.watched_town import WatchedTown
from every_store import Keep
from kaiteki.model.instant import Instant
from kaiteki.stores.memory import open_memory

WRITES: Final = 24
QUESTIONS: Final = 14
EVERY: Final = "aggrMethods=totalCount,distinctCount,sum,avg,min,max,stddev,sumsq"
FORMS: Final = (
    "",
    "options=temporalValues",
    f"options=aggregatedValues&{EVERY}&aggrPeriodDuration=PT3M",
    f"options=aggregatedValues&{EVERY}",
)
CONDITIONS: Final = ("", "q=watts>1", "q=watts==1;height==2", "q=watts==3|height<1", "attrs=height")


def at(minute: int) -> str:
    return f"2026-05-02T09:{minute:02d}:00Z"


class Split:
    """Three nodes with one clock: here and there share what is written, the third has all of it."""

    def __init__(self, net: Neighbours, clock: StandingClock) -> None:
        self.net = net
        self.clock = clock
        self.here, self.there, self.whole = (
            net.towns[f"{one}.example"] for one in ("here", "there", "whole")
        )

    @classmethod
    async def over(cls, keep: Keep) -> Split:
        clock, net = StandingClock(), Neighbours()
        net.add("here.example", await keep(clock))
        for name in ("there", "whole"):
            net.add(f"{name}.example", open_memory(clock))
        split = cls(net, clock)
        operations = ["retrieveTemporal", "queryTemporal"]
        await split.here.did("POST", "/csourceRegistrations", source(operations=operations))
        return split

    async def write(self, random: Random) -> None:
        """A state of a lamp, told of the past or written now, in one of the places or in both."""
        self.clock.forward(random.randint(1, 3))
        places = [self.whole, *random.choice(([self.here], [self.there], [self.here, self.there]))]
        state: dict[str, Any] = {"type": "Property", "value": random.randrange(4)}
        if random.random() < 0.85:
            state["observedAt"] = at(random.randrange(9))
        if random.random() < 0.2:
            state["datasetId"] = "urn:d:1"
        name, lamp = random.choice(("watts", "height")), f"urn:ngsi-ld:Lamp:{random.randrange(3)}"
        past = "observedAt" in state and random.random() < 0.5
        path = (
            "/temporal/entities?local=true" if past else "/entityOperations/upsert?options=update&local=true"
        )
        document: Any = {"id": lamp, "type": "Lamp", name: [state] if past else state}
        for place in places:
            place.clock.at = Instant(self.clock.at)
            await place.did("POST", path, document if past else [document])


def question(random: Random) -> str:
    """A retrieval or a query of the past."""
    timerel, minute = random.choice(("before", "after", "between", "")), random.randrange(9)
    parts = [random.choice(FORMS), random.choice(("", "lastN=1", "lastN=3"))]
    many = random.random() < 0.5
    if many:
        timerel = timerel or "after"
        parts += [
            "type=Lamp",
            random.choice(CONDITIONS),
            random.choice(("", "limit=1&offset=1", "count=true")),
        ]
    if timerel:
        parts += [f"timerel={timerel}", f"timeAt={at(minute)}"]
        if timerel == "between":
            parts.append(f"endTimeAt={at(minute + 4)}")
        elif timerel == "after" and random.random() < 0.2:
            parts += ["timeproperty=modifiedAt"]
    one = "" if many else f"/urn:ngsi-ld:Lamp:{random.randrange(3)}"
    return f"/temporal/entities{one}?{'&'.join(filter(None, parts))}"


def plain(told: Any) -> Any:
    """What is told, without where each state is kept; fractions to nine digits."""
    if isinstance(told, dict):
        return {name: plain(one) for name, one in told.items() if name != "instanceId"}
    if isinstance(told, list):
        return [plain(one) for one in told]
    return round(told, 9) if isinstance(told, float) else told


async def answer(town: WatchedTown, path: str) -> tuple[int, Any, Any]:
    reply = await town.ask("GET", path)
    document: Any = plain(json.loads(reply.body)) if reply.status < 300 else None
    return reply.status, document, dict(reply.headers).get("ngsild-results-count")


@pytest.mark.parametrize("chance", range(5))
async def test_5_7_3_and_5_7_4_a_split_history_is_told_as_a_whole_one(keep: Keep, chance: int) -> None:
    random, split = Random(chance), await Split.over(keep)
    found = 0
    for _ in range(WRITES):
        await split.write(random)
    for _ in range(QUESTIONS):
        path = question(random)
        expected = await answer(split.whole, path)
        assert await answer(split.here, path) == expected, path
        found += bool(expected[1])
    assert found > QUESTIONS / 3
