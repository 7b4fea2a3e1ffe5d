"""Areas, lines and points drawn at random, and questions for boxes among them: the same for every store that finds places by boxes."""

from random import Random

import msgspec

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import GeoFilter, Query, TypeAny, TypeIs
from kaiteki.stores.store import Store
from ports.sample import TYPE, entity

PLACE = "https://uri.etsi.org/ngsi-ld/location"
LAMPS = TypeIs(TYPE + "Lamp")
BOTH = TypeAny((LAMPS, TypeIs(TYPE + "Signal")))
STEP = 2**-9
"""Degrees, so that the sums of places and sizes are exact."""
PER_PAGE = 7


def place_of(chance: Random) -> dict[str, Json]:
    x, y = chance.randint(0, 40) * STEP, chance.randint(0, 40) * STEP
    size = chance.choice((2, 8, 32)) * STEP
    match chance.randrange(4):
        case 0:
            return {"type": "Point", "coordinates": [x, y]}
        case 1:
            return {"type": "LineString", "coordinates": [[x, y], [x + size, y + size]]}
        case 2:
            ring = [[x, y], [x + size, y], [x, y + size], [x, y]]
            return {"type": "Polygon", "coordinates": [ring]}
        case _:
            # a bow tie: its ring crosses itself
            ring = [[x, y], [x + size, y + size], [x + size, y], [x, y + size], [x, y]]
            return {"type": "Polygon", "coordinates": [ring]}


def standing(number: int, chance: Random) -> Entity:
    """A lamp, or a signal that is a point; every sixth has two places, some have none."""
    kind = "Lamp" if number % 4 else "Signal"
    new = entity(f"one:{chance.randrange(10**6):06}", kind, set=chance.choice("ab"), number=number)
    places = [Instance("GeoProperty", place_of(chance))] if number % 11 else []
    if number % 4 == 0:
        places = [Instance("GeoProperty", {"type": "Point", "coordinates": [number * STEP / 4, 16 * STEP]})]
    elif number % 6 == 0:
        places.append(Instance("GeoProperty", place_of(chance), dataset_id="urn:ngsi-ld:other"))
    attributes = {**new.attributes, PLACE: tuple(places)} if places else new.attributes
    return msgspec.structs.replace(new, attributes=attributes)


def asked(chance: Random) -> Query:
    west, south = chance.randint(-2, 40) * STEP, chance.randint(-2, 40) * STEP
    east, north = west + chance.choice((4, 16, 72)) * STEP, south + chance.choice((4, 16, 72)) * STEP
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    if chance.random() < 0.2:
        ring = [[west, south], [east, south], [east, north], [west, south]]
    relation = "within" if chance.random() < 0.2 else "intersects"
    q = chance.choice((None, None, 'set=="a"', 'set=="a","b"', "number>20"))
    return Query(
        types=chance.choice((LAMPS, BOTH)),
        q=parse_q(q, lambda name: TYPE + name) if q else None,
        geo=GeoFilter(relation, {"type": "Polygon", "coordinates": [ring]}, PLACE),
        limit=PER_PAGE,
        offset=chance.choice((0, 0, 2)),
        after_id=chance.choice((None, None, "urn:ngsi-ld:one:500000")),
        backwards=chance.random() < 0.3,
        total=True,
        total_max=chance.choice((None, 3, 1000)),
    )


async def page(store: Store, wanted: Query) -> tuple[list[str], bool, int | None]:
    found = await store.entities.find("demo", wanted)
    return [row.id for row in found.rows], found.more, found.total
