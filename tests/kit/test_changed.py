"""Whoever had all that was open at a moment and takes the changes since has all that is open now."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from kaiteki.kit.manifest import EVERYTHING, EntityType, Service
from kaiteki.kit.published import Published
from kaiteki.kit.views import Location, where
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import record_view
from town import Town

AED = record_view("AED")
WITHIN = where(AED, "data_set", "==", "urn:ngsi-ld:DataSet:a")
SETS = ("urn:ngsi-ld:DataSet:a", "urn:ngsi-ld:DataSet:b")


class Bench(msgspec.Struct, frozen=True):
    """A bench, the note on which is for staff, and whose colours of before are told to nobody."""

    id: str
    name: str = ""
    colour: str = ""
    note: str = ""
    location: Location | None = None


BENCHES = Service(
    name="benches",
    words=Words("ベンチ", "Benches"),
    summary=Words("ベンチ", "Benches"),
    field="town",
    stage="lab",
    package="kaiteki.services.opendata",
    types=(
        EntityType(
            name="Bench",
            view=Bench,
            words=Words("ベンチ", "Bench"),
            public=("name", "colour", "location"),
            public_past=("name",),
            raw=EVERYTHING,
        ),
    ),
)


async def all_of(published: Published, view: type[Any]) -> dict[str, Any]:
    return {one.id: one for one in (await published.find(view, Query(q=WITHIN, limit=100))).items}


async def now_from(
    then: dict[str, Any], published: Published, view: type[Any], since: Instant
) -> dict[str, Any]:
    """What was open then, with the changes applied."""
    made = dict(then)
    async for one in published.changes(view, since, WITHIN):
        # of what went nothing is told but that it went
        assert one.before == (view(one.id) if one.after is None else then.get(one.id)), one
        assert one.before != one.after
        assert one.at >= since
        if one.after is None:
            del made[one.id]
        else:
            made[one.id] = one.after
    return made


@pytest.mark.parametrize("seed", range(4))
async def test_what_was_open_and_its_changes_are_what_is_open(seed: int) -> None:
    town = Town(service)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    draw = random.Random(seed)
    kept: list[tuple[Instant, dict[str, Any]]] = []
    for step in range(60):
        town.clock.pass_s(1)
        if step % 6 == 0:
            kept.append((town.clock.now(), await all_of(town.city().published, AED)))
        entity_id = f"urn:ngsi-ld:AED:{draw.randrange(6)}"
        if draw.random() < 0.35:
            await target.remove([entity_id])
            continue
        place = {"type": "Point", "coordinates": [140.0, draw.choice((35.0, 35.5))]}
        details = {"memo": "x"} if draw.random() < 0.5 else {}
        await target.keep([AED(entity_id, draw.choice(SETS), draw.choice((None, place)), details)])
    town.clock.pass_s(1)
    published = town.city().published
    now = await all_of(published, AED)
    for since, then in kept:
        assert await now_from(then, published, AED, since) == now
    assert await now_from(now, published, AED, town.clock.now()) == now


async def test_nothing_is_told_of_what_nobody_may_know_of_the_past() -> None:
    town = Town(BENCHES)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep(
        [Bench("urn:ngsi-ld:Bench:1", "海", "red", "broken"), Bench("urn:ngsi-ld:Bench:2", "山", "red")]
    )
    town.clock.pass_s(1)
    since = town.clock.now()
    await target.keep(
        [
            Bench("urn:ngsi-ld:Bench:1", "海辺", "blue", "mended"),
            Bench("urn:ngsi-ld:Bench:2", "山", "blue", "x"),
        ]
    )
    found = {one.id[-1]: one async for one in town.city().published.changes(Bench, since)}
    assert {key: (one.before, one.after) for key, one in found.items()} == {
        "1": (Bench("urn:ngsi-ld:Bench:1", "海"), Bench("urn:ngsi-ld:Bench:1", "海辺")),
        "2": (Bench("urn:ngsi-ld:Bench:2", "山"), Bench("urn:ngsi-ld:Bench:2", "山")),
    }
    # that a colour was written since, and what it is now, everybody sees; what it was nobody is told
    assert {key: (one.present, one.untold) for key, one in found.items()} == {
        "1": (Bench("urn:ngsi-ld:Bench:1", "海辺", "blue"), frozenset({"colour"})),
        "2": (Bench("urn:ngsi-ld:Bench:2", "山", "blue"), frozenset({"colour"})),
    }
    town.clock.pass_s(1)
    later = town.clock.now()
    await target.keep([Bench("urn:ngsi-ld:Bench:2", "山", "blue", "only staff read this")])
    assert [one async for one in town.city().published.changes(Bench, later)] == []
