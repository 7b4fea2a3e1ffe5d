"""Many changes of the same entities in one commit leave what they leave one after another: states, entries, counts, history, events."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import Comparison, Query
from kaiteki.model.query import Path as AttributePath
from kaiteki.ports.entities import Change, Decision
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import FILE_NAME, open_sqlite
from kaiteki.stores.sqlite.upkeep import faults_of
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, entity

IDS = ("urn:ngsi-ld:a", "urn:ngsi-ld:b", "urn:ngsi-ld:c")
VALUES = (1, 2.5, "on", "off", "2026-05-01T00:00:00Z", True, [1, 2], 2, {"a": 1})
PLACES = (
    {"type": "Point", "coordinates": [140.1, 35.6]},
    {"type": "Point", "coordinates": [140.2, 35.6]},
    {"type": "Polygon", "coordinates": [[[140, 35], [141, 35], [141, 36], [140, 35]]]},
)
WEIGHTS = {"put": 16, "place": 4, "name": 2, "retype": 1, "drop": 1, "delete": 1, "purge": 1}
GROUPS, GROUP = 40, 8


class Step:
    """One decision about one entity, drawn so that it means the same to every store."""

    def __init__(self, chance: Random, at: int) -> None:
        self.entity_id = chance.choice(IDS)
        self.what = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.value, self.place = chance.choice(VALUES), chance.choice(PLACES)
        self.type, self.at = TYPE + chance.choice(("Lamp", "Bench")), Instant(at)
        self.observed = chance.choice((None, None, None, Instant(at - 5)))

    def __call__(self, found: Mapping[str, Entity]) -> Decision[str]:
        before = found.get(self.entity_id)
        if before is None:
            new = msgspec.structs.replace(
                entity(self.entity_id.removeprefix("urn:ngsi-ld:"), at=self.at, watts=self.value),
                types=(self.type,),
            )
            return Decision([Change(None, new)], "")
        if self.what in ("delete", "purge"):
            return Decision([Change(before, None, purge_history=self.what == "purge")], "")
        attributes, types = dict(before.attributes), before.types
        match self.what:
            case "place":
                attributes[TYPE + "location"] = (self._instance("GeoProperty", self.place),)
            case "name":
                attributes[TYPE + "name"] = (self._instance("Property", f"n{self.at % 7}"),)
            case "retype":
                types = (self.type,)
            case "drop":
                attributes.pop(TYPE + "location", None)
            case _:
                attributes[TYPE + "watts"] = (self._instance("Property", self.value),)
        after = msgspec.structs.replace(
            before, attributes=attributes, types=types, modified_at=self.at, version=before.version + 1
        )
        return Decision([Change(before, after)], "")

    def _instance(self, kind: str, value: object) -> Instance:
        return msgspec.convert(
            {"k": kind, "v": value, "o": self.observed, "c": 5, "m": self.at},
            Instance,
        )


async def seen(store: Store) -> list[object]:
    """All that is told of the entities."""
    told: list[object] = [await store.entities.summarise("demo")]
    asked = [Query(limit=10), Query(text="n1", limit=10)]
    asked += [
        Query(q=Comparison(AttributePath((TYPE + "watts",)), "==", value), limit=10)
        for value in VALUES
        if isinstance(value, int | float | str)
    ]
    found = [(await store.entities.find("demo", query)).rows for query in asked]
    told += [[row.entity() for row in rows] for rows in found]
    told += [await store.history.past("demo", one) for one in IDS]
    told.append([msgspec.structs.replace(event, at=Instant(0)) for event in await store.events.read(0, 1000)])
    return told


async def test_a_group_leaves_what_its_decisions_leave_one_by_one(tmp_path: Path) -> None:
    chance = Random(3)
    memory, sqlite = open_memory(SteppingClock()), open_sqlite(tmp_path, SteppingClock())
    for group in range(GROUPS):
        steps = [Step(chance, 1_700_000_000_000_000 + group * 100 + turn) for turn in range(GROUP)]
        for store in (memory, sqlite):
            asked = [store.entities.change("demo", [step.entity_id], step, MAYOR) for step in steps]
            await asyncio.gather(*asked)
        assert await seen(sqlite) == await seen(memory), group
    await sqlite.entities.close()
    assert faults_of(tmp_path / FILE_NAME) == []
