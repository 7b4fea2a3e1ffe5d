"""A random town whose data lie open to different people in different ways."""

from __future__ import annotations

import random
from typing import Any, Final

import msgspec
from law_service import (
    CALLERS,
    DECLARED,
    HOLDERS,
    HOUR_US,
    NAMES,
    NOW,
    OFFICES,
    PHONES,
    THING,
    Bench,
    Sample,
    Trace,
    Visit,
    Works,
)

from kaiteki.kit.consents import Consent, Event, consent_id
from kaiteki.kit.views import attribute, expand_name, write
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.environment.model import WeatherObserved
from kaiteki.services.maps.model import HeldMapLayer, MapLayer
from kaiteki.services.reports.model import Note, Report, Step

# The town -------------------------------------------------------------------------------------------------------


def point(draw: random.Random) -> dict[str, Any]:
    """Somewhere in the sample area; few places, so that many share one."""
    return {"type": "Point", "coordinates": [draw.choice([141.0, 141.02]), draw.choice([35.33, 35.35])]}


def town(draw: random.Random) -> list[Entity]:
    """The entities of a town."""
    made: list[Entity] = []
    for number in range(9):
        made += [_bench(draw, number), _thing(draw, number)]
    for number in range(4):
        made += [_report(draw, number), _shelter(draw, number), _weather(draw, number)]
    for number in range(7):
        made += [_visit(draw, number), _trace(draw, number), _works(draw, number), _sample(draw, number)]
    return [*made, *_layers()]


def _layers() -> list[Entity]:
    """Layers of the map: one over a part of the benches, one over what nobody may compare, one that staff hold back."""
    named = Words("ベンチ", "Benches")
    layer: dict[str, Any] = {
        "title": named,
        "collection": "Bench",
        "filter": "weight > 1 AND NOT colour = 'blue'",
    }
    hidden = {**layer, "filter": "note = 'secret'"}
    return [
        _kept(MapLayer(id="urn:ngsi-ld:MapLayer:benches", **layer)),
        _kept(MapLayer(id="urn:ngsi-ld:MapLayer:notes", **hidden)),
        _kept(HeldMapLayer(id="urn:ngsi-ld:HeldMapLayer:held", **layer)),
    ]


def _report(draw: random.Random, number: int) -> Entity:
    """A report, with what staff notes of it and who sent it."""
    told = Instant(NOW - draw.randint(1, 60) * 24 * HOUR_US)
    place = point(draw)
    return _kept(
        Report(
            f"urn:ngsi-ld:Report:R-2026-0000{number}", f"R-2026-0000{number}", draw.choice(NAMES), draw.choice(["road", "light"]),
            description=draw.choice(NAMES), location=place, address="本町", status=draw.choice(["received", "completed", "rejected"]),
            office="road", date_submitted=told, date_updated=told, reporter=draw.choice(HOLDERS), completed_by="somebody",
            notes=(Note(told, "chie", "secret"),), channel=draw.choice(["web", "app"]), log=(Step(told, "resident", "received"),),
            followers=tuple(draw.sample(HOLDERS, 2)),
        )
    )  # fmt: skip


def _shelter(draw: random.Random, number: int) -> Entity:
    """A record of open data, with an attribute that the type does not declare."""
    view: Any = DECLARED[expand_name("Shelter")][1].view
    shelter = view(
        id=f"urn:ngsi-ld:Shelter:{number}", name=draw.choice(NAMES), location=point(draw), hazards=("洪水",)
    )
    return _and(_kept(shelter), "caretaker", "secret")


def _weather(draw: random.Random, number: int) -> Entity:
    station = WeatherObserved(
        f"urn:ngsi-ld:WeatherObserved:{number}", draw.choice(NAMES), temperature=draw.randint(1, 30), wbgt=21.0,
        date_observed=Instant(NOW - HOUR_US), location=point(draw),
    )  # fmt: skip
    return _and(_kept(station), "serial", "secret")


def _some(draw: random.Random, value: Any, empty: Any = "") -> Any:
    return value if draw.random() < 0.75 else empty


def _kept(value: msgspec.Struct) -> Entity:
    return write(value, None, NOW)


def _and_type(entity: Entity, name: str) -> Entity:
    return msgspec.structs.replace(entity, types=tuple(sorted({*entity.types, expand_name(name)})))


def _and(entity: Entity, name: str, value: Any, kind: Any = "Property") -> Entity:
    one = Instance(kind, value, created_at=NOW, modified_at=NOW)
    return msgspec.structs.replace(
        entity, attributes={**entity.attributes, expand_name(name): (one,)}, modified_at=NOW
    )


def _bench(draw: random.Random, number: int) -> Entity:
    entity = _kept(
        Bench(
            f"urn:ngsi-ld:Bench:{number}", draw.choice(NAMES), _some(draw, point(draw), None),
            draw.choice(["red", "blue", ""]), draw.randint(1, 4), _some(draw, draw.choice(["secret", "えき"])),
        )
    )  # fmt: skip
    if draw.random() < 0.2:
        entity = _and_type(entity, draw.choice(["Works", "Thing"]))
    if draw.random() < 0.3:
        entity = _and(entity, "beside", f"urn:ngsi-ld:{draw.choice(['Visit', 'Bench'])}:{draw.randint(0, 6)}", "Relationship")  # fmt: skip
    return _and(entity, "colder", draw.randint(1, 3)) if draw.random() < 0.3 else entity


def _thing(draw: random.Random, number: int) -> Entity:
    entity = Entity(f"urn:ngsi-ld:Thing:{number}", (THING,), created_at=NOW, modified_at=NOW)
    return _and(_and(entity, "name", draw.choice(NAMES)), "weight", draw.randint(1, 4))


def _works(draw: random.Random, number: int) -> Entity:
    return _kept(
        Works(
            f"urn:ngsi-ld:Works:{number}",
            draw.choice(NAMES),
            draw.choice(OFFICES),
            _some(draw, draw.choice(["dig", "build"])),
            draw.randint(0, 3),
        )
    )


def _visit(draw: random.Random, number: int) -> Entity:
    entity = _kept(
        Visit(
            f"urn:ngsi-ld:Visit:{number}", draw.choice(HOLDERS), draw.choice(["home", "call"]),
            _some(draw, draw.choice(CALLERS)), _some(draw, draw.choice(PHONES)), draw.randint(0, 3),
            _some(draw, point(draw), None),
        )
    )  # fmt: skip
    return _and_type(entity, "Bench") if draw.random() < 0.1 else entity


def _trace(draw: random.Random, number: int) -> Entity:
    return _kept(
        Trace(f"urn:ngsi-ld:Trace:{number}", draw.choice(HOLDERS), draw.choice(NAMES), draw.randint(0, 3))
    )


def _sample(draw: random.Random, number: int) -> Entity:
    return _kept(Sample(f"urn:ngsi-ld:Sample:{number}", draw.choice(NAMES), draw.randint(0, 3)))


def consents(draw: random.Random) -> list[Consent]:
    """What people agreed to; some of it withdrawn, some of it over."""
    made: list[Consent] = []
    for holder in HOLDERS:
        for purpose, items in (
            ("law.sharing", ("Visit.phone", "Visit.kind", "Visit.steps", "Visit.caller")),
            ("law.walking", ("Trace",)),
        ):
            if draw.random() < 0.7:
                given = tuple(draw.sample(items, draw.randint(1, len(items))))
                until = Instant(NOW - HOUR_US) if draw.random() < 0.15 else None
                events = [Event(Instant(NOW - 9 * HOUR_US), "given", given, 1, until=until)]
                if draw.random() < 0.3:
                    events.append(Event(Instant(NOW - 2 * HOUR_US), "withdrawn", given[:1]))
                made.append(Consent(consent_id(holder, purpose), holder, purpose, tuple(events)))
    return made


def changed(draw: random.Random, entity: Entity) -> Entity:
    """The entity as it was before: some values were others."""
    attributes = {
        name: tuple(_other(draw, one) for one in many) if draw.random() < 0.5 else many
        for name, many in entity.attributes.items()
        if draw.random() < 0.9 or name in KEPT
    }
    return msgspec.structs.replace(entity, attributes=attributes)


KEPT: Final = frozenset(
    {expand_name(name) for name in ("holder", "office")}
    | {attribute(Visit, "holder"), attribute(Works, "office")}
)
"""What decides; who holds an entity does not change in this town."""


def _other(draw: random.Random, one: Instance) -> Instance:
    if isinstance(one.value, int):
        return msgspec.structs.replace(one, value=draw.randint(0, 5))
    return one
