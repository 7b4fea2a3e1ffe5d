"""What everybody sees has a version: two states of a type, or of one data set, that differ never have the same."""

from __future__ import annotations

import random

from kaiteki.kit.published import Published, Version
from kaiteki.kit.views import where
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.access import Person
from kaiteki.model.query import Query
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import ImportMapping, record_view
from town import Town

AED = record_view("AED")
SETS = ("urn:ngsi-ld:DataSet:a", "urn:ngsi-ld:DataSet:b")
STAFF = Person(account_id="urn:account:desk", roles=frozenset({"staff"}))


async def state(published: Published, data_set: str) -> tuple[tuple[str, str], ...]:
    """The records of a data set as they are."""
    found = await published.find(AED, Query(q=where(AED, "data_set", "==", data_set), limit=100))
    return tuple((one.id, one.details["name"]) for one in found.items)


async def test_states_that_differ_have_different_versions_and_equal_ones_keep_theirs() -> None:
    town = Town(service)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    draw = random.Random(39)
    seen: dict[str, dict[Version, tuple[tuple[str, str], ...]]] = {one: {} for one in SETS}
    for _ in range(150):
        town.clock.pass_s(1)
        entity_id = f"urn:ngsi-ld:AED:{draw.randrange(6)}"
        if draw.random() < 0.4:
            await target.remove([entity_id])
        else:
            record = AED(entity_id, draw.choice(SETS), details={"name": draw.choice("ab")})
            await target.keep([record])
        for data_set in SETS:
            published = town.city(draw.choice((STAFF, Person()))).published
            version = await published.version(AED, where(AED, "data_set", "==", data_set))
            now = await state(published, data_set)
            assert version.rows == len(now)
            assert seen[data_set].setdefault(version, now) == now
    assert all(len(known) > 20 for known in seen.values())


async def test_a_type_of_which_nobody_sees_anything_has_no_rows() -> None:
    town = Town(service)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    await target.keep([ImportMapping("urn:ngsi-ld:ImportMapping:1", title="secret")])
    published = town.city(STAFF).published
    assert await published.version(ImportMapping) == Version(0)
    assert await published.get(ImportMapping, "urn:ngsi-ld:ImportMapping:1") is None
