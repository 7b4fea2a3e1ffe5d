"""Pages and queries show what is agreed to as it stands at that read, and a condition or a count tells of nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import msgspec
from trust_town import done, tell

from kaiteki.api.trust import Trust
from kaiteki.broker.keyring import Keys
from kaiteki.broker.opening import Opener, reader_of, reads
from kaiteki.broker.sealing import SealedEntities, Seals
from kaiteki.broker.sifting import sift
from kaiteki.kit.rulings.consenting import Consenting
from kaiteki.kit.rulings.seeing import shown
from kaiteki.kit.views import expand_name
from kaiteki.main.cities import load_service_settings
from kaiteki.main.kek import HeldKek
from kaiteki.model.access import ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.entity import Entity
from kaiteki.model.query import AllOf, AnyOf, Comparison, Exists, Filter, Missing, Order, Path, Query, TypeIs
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.reports.manifest import service as reports
from kaiteki.services.reports.model import Contact
from kaiteki.services.reports.settings import Settings as ReportSettings
from kaiteki.services.trust.manifest import service as trust
from kaiteki.services.trust.settings import Settings
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import Town, TownClock

FORWARD = "reports.forward"
FIELDS = ("name", "email", "phone")
YEARS_S = 40 * 366 * 86_400
CLERK = Person("desk", "窓口", frozenset({ANYONE, RESIDENT, STAFF}), frozenset({"*"}), purpose=FORWARD)
CONTACT = expand_name("ReportContact")


def opened(clock: Clock) -> Store:
    """A store where nothing is sealed, whose rows are met."""
    store = open_memory(clock)
    seals = Seals([], Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), clock))
    return replace(store, entities=SealedEntities(store.entities, seals))


def town_with_consents() -> tuple[Town, Opener]:
    own: dict[str, Any] = {
        "reports": load_service_settings("demo", "reports", ReportSettings),
        "trust": Settings(),
    }
    town = Town(reports, trust, settings=own, opened=opened)
    entities = town.store.entities
    assert isinstance(entities, SealedEntities)
    entities.seals.met = Consenting(town.engine.rulings, town.engine.consents).met
    return town, Opener(entities.seals, town.store.accesses)


def person(name: str) -> Person:
    return Person(name, name, frozenset({ANYONE, RESIDENT}))


async def decide(town: Town, command: str, who: str, *fields: str) -> None:
    version = {} if command == "withdraw" else {"version": 1}
    form = {"purpose": FORWARD, "items": [f"ReportContact.{field}" for field in fields], **version}
    await done(town, f"trust.{command}", form, person(who))


async def seen_on_pages(town: Town, opener: Opener, purpose: str = FORWARD) -> list[str]:
    """What of contacts a page for a purpose shows staff."""
    async with opener.reading():
        city = town.city(msgspec.structs.replace(CLERK, purpose=purpose))
        found = await city.find(Contact, Query(limit=10))
        one = await city.get(Contact, found.items[0].id) if found.items else None
        assert list(found.items[:1]) == ([one] if one is not None else [])
        return [f for row in found.items for f in FIELDS if getattr(row, f)]


async def test_pages_show_what_is_agreed_to_until_it_is_withdrawn_or_runs_out() -> None:
    town, opener = town_with_consents()
    await tell(town, person("a"), contact_name="Anna", contact_email="a@example.org", contact_phone="0")
    assert await seen_on_pages(town, opener) == []
    await decide(town, "give", "a", "email", "phone")
    assert await seen_on_pages(town, opener) == ["email", "phone"]
    assert await seen_on_pages(town, opener, "reports.repair") == []
    await decide(town, "withdraw", "a", "phone")
    assert await seen_on_pages(town, opener) == ["email"]
    town.clock.pass_s(YEARS_S)
    assert await seen_on_pages(town, opener) == []
    # outside of an answer nothing is looked up, so nothing is open
    await decide(town, "give", "a", "email")
    assert (await town.city(CLERK).find(Contact, Query(limit=10))).items == ()


def condition(draw: random.Random, depth: int = 0) -> Filter:
    if depth < 2 and draw.random() < 0.5:
        parts = tuple(condition(draw, depth + 1) for _ in range(2))
        return AllOf(parts) if draw.random() < 0.5 else AnyOf(parts)
    path = Path((CONTACT_FIELDS[draw.choice(FIELDS)],))
    kind = draw.random()
    if kind < 0.4:
        return Exists(path) if kind < 0.2 else Missing(path)
    return Comparison(path, draw.choice(["==", "!="]), draw.choice(["1", "2"]))


def question(draw: random.Random) -> Query:
    return Query(
        types=TypeIs(CONTACT),
        q=condition(draw) if draw.random() < 0.8 else None,
        attrs=(CONTACT_FIELDS[draw.choice(FIELDS)],) if draw.random() < 0.3 else (),
        order=(Order(Path((CONTACT_FIELDS["phone"],))),) if draw.random() < 0.3 else (),
        limit=draw.choice([2, 20]),
        total=draw.random() < 0.5,
    )


CONTACT_FIELDS = {field: expand_name(field) for field in FIELDS}


async def test_a_query_is_answered_as_if_what_nobody_agreed_to_did_not_exist() -> None:
    draw = random.Random(7)
    town, opener = town_with_consents()
    rulings = town.engine.rulings
    # (that sealed values cannot be compared is another matter)
    sight = rulings.catalogue.sights[CONTACT]
    rulings.catalogue.sights[CONTACT] = msgspec.structs.replace(sight, sealed=frozenset())
    asked = Trust(rulings, opener)
    agreed: dict[str, set[str]] = {}
    for who in "abcdefgh":
        contact = {f"contact_{field}": draw.choice(["1", "2"]) for field in FIELDS}
        contact["contact_email"] += "@example.org"
        await tell(town, person(who), **contact)
        agreed[who] = {field for field in FIELDS if draw.random() < 0.5}
        if agreed[who]:
            await decide(town, "give", who, *sorted(agreed[who]))
    everything = await town.store.entities.find("demo", Query(types=TypeIs(CONTACT), limit=20))
    masked: list[Entity] = []
    for row in everything.rows:
        entity = row.entity()
        holder = entity.first(sight.holder)
        fields = agreed[str(holder.value)] if holder is not None else set[str]()
        if (one := shown(entity, frozenset(CONTACT_FIELDS[field] for field in fields))) is not None:
            masked.append(one)
    model = open_memory(TownClock())
    await model.entities.change(
        "demo",
        [one.id for one in masked],
        lambda _: Decision([Change(None, one) for one in masked], None),
        By(),
    )
    found_any = 0
    for _ in range(120):
        wanted = question(draw)
        right = await model.entities.find("demo", wanted)
        async with opener.reading():
            reads(reader_of(CLERK))
            allowed = asked.narrow(CLERK, "demo", wanted)
            assert allowed is not None
            ours = await sift(town.store.entities, "demo", allowed)
            told = [shown(row.entity(), asked.visible(CLERK, "demo", row.entity())) for row in ours.rows]
        ids = [one.id for one in told if one is not None]
        assert ids == [row.id for row in right.rows], wanted
        assert [one.attributes.keys() for one in told if one is not None] == [
            row.entity().attributes.keys() for row in right.rows
        ]
        assert (ours.more, ours.total) == (right.more, right.total), wanted
        found_any += bool(ids)
    assert found_any > 20
