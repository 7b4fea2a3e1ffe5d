"""What decisions cost, by processor time: little beside the work that they guard. The real figures stand in docs/performance.md."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import pytest

from api.ngsi_ld.test_glancing import ENTITIES, NEAR, Request, Town, lamp
from broker.town import StandingClock
from kaiteki.kit.rulings.policies import read_policies
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.kit.rulings.seeing import seer_of, visible
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.visibility import Sight
from kaiteki.stores.sqlite import open_sqlite

ROUNDS, REQUESTS = 15, 200
KINDS = {
    "entity": Request(f"{ENTITIES}/urn:ngsi-ld:1"),
    "list": Request(ENTITIES, "type=Lamp"),
    "q": Request(ENTITIES, "type=Lamp&q=watts==7"),
    "near": Request(ENTITIES, f"type=Lamp&{NEAR}"),
}


def spent_s(town: Town, request: Request) -> float:
    """The processor time of some requests."""
    began = time.process_time()
    for _ in range(REQUESTS):
        assert town.glance(request) is not None
    return time.process_time() - began


async def test_public_reads_cost_what_they_cost_without_access_control(tmp_path: Path) -> None:
    """The law is 5 % (docs/performance.md); here a machine that is busy with other things gets more room."""
    towns = {
        is_open: Town(open_sqlite(tmp_path / str(is_open), StandingClock()), is_open)
        for is_open in (True, False)
    }
    for town in towns.values():
        await town.put(*(lamp(number, 7 if number % 2 else 9) for number in range(200)))
    for request in KINDS.values():
        for town in towns.values():
            await town.long(request)
        least = {is_open: float("inf") for is_open in towns}
        for _ in range(ROUNDS):
            for is_open, town in towns.items():
                least[is_open] = min(least[is_open], spent_s(town, request))
        assert least[False] <= least[True] * 1.3, least
    for town in towns.values():
        await town.plane.entities.close()


@pytest.mark.parametrize("policies", [10, 200])
def test_a_hundred_entities_are_decided_in_two_milliseconds(tmp_path: Path, policies: int) -> None:
    """At p99, whatever the number of policies: they were asked before."""
    own = "\n".join(
        f'@id("p{n}") permit (principal, action == Action::"read", resource in Type::"Type{n}") '
        f'when {{ principal.roles.contains("role {n}") }};'
        for n in range(policies - 14)
    )
    (tmp_path / "own.cedar").write_text(own, encoding="utf-8")
    sight = Sight("urn:Card", frozenset({"urn:a1"}), ("nurse",), "urn:holder", name="Card", service="care")
    rulings = Rulings(Catalogue([sight]), {"demo": read_policies(tmp_path)})
    person = Person("taro", "", frozenset({ANYONE, RESIDENT, STAFF}))
    attributes = {f"urn:a{n}": (Instance("Property", n),) for n in range(20)}
    cards = [
        Entity(f"urn:{n}", ("urn:Card",), {**attributes, "urn:holder": (Instance("Property", f"p{n}"),)})
        for n in range(100)
    ]
    seer = seer_of(person)
    visible(rulings, "demo", seer, cards[0])
    gc.collect()
    taken: list[float] = []
    for _ in range(200):
        began = time.process_time()
        for card in cards:
            visible(rulings, "demo", seer, card)
        taken.append(time.process_time() - began)
    assert sorted(taken)[-3] <= 0.002
