"""What everybody sees has a version: two states of a type, or of one data set, that differ never have the same."""

from __future__ import annotations

import random
from collections.abc import Awaitable

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


async def test_a_version_moves_with_each_write_to_its_set_and_with_nothing_else() -> None:
    town = Town(service)
    target = LocalTarget(town.store.entities, town.clock, town.area)
    shown, other = SETS

    async def version() -> Version:
        return await town.city().published.version(AED, where(AED, "data_set", "==", shown))

    async def moved_by(work: Awaitable[object]) -> bool:
        before = await version()
        town.clock.pass_s(1)
        await work
        return await version() != before

    async def keep(number: int, data_set: str, name: str = "") -> None:
        await target.keep([AED(f"urn:ngsi-ld:AED:{number}", data_set, details={"name": name})])

    await keep(0, shown)
    for number in range(1, 4):
        assert await moved_by(keep(number, shown))
        assert not await moved_by(keep(number + 10, other))
    assert await moved_by(keep(2, shown, "b"))
    # a record that comes to the set from another, that leaves it for another, that is taken away
    assert await moved_by(keep(11, shown))
    assert await moved_by(keep(1, other))
    assert await moved_by(target.remove(["urn:ngsi-ld:AED:3"]))
    assert not await moved_by(target.remove(["urn:ngsi-ld:AED:12"]))
    # as long as it is there, the newest first or the oldest
    for number in (0, 2, 11):
        assert await moved_by(target.remove([f"urn:ngsi-ld:AED:{number}"]))
    assert await version() == Version(0)
