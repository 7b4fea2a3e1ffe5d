"""Ways to places in the database: PostGIS finds by their boxes what may match, the rule of all stores decides."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from kaiteki.model.place import Bounds
from kaiteki.model.query import GeoFilter
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM
from kaiteki.stores.plan import Arm, Tables, Way, bounds_around, is_of_box
from kaiteki.stores.postgres.words import way_of_text


def ways_of_place(catalogue: Catalogue, kinds: Sequence[int], geo: GeoFilter) -> list[Way | None]:
    """What lies in or reaches into the box around a query's geometry, all kinds together."""
    box, number = bounds_around(geo), catalogue.name(geo.geoproperty)
    if box is None or number is None:
        return [None]
    exact = not any(catalogue.form(kind, geo.geoproperty, BOX_FORM) for kind in kinds)
    arm: Arm = ("place", _OVERLAPS, (*box, number))
    return [
        Way(
            (arm,),
            ordered=False,
            exact=exact,
            what="box",
            surely=(_inside(number, box),) if is_of_box(geo) else (),
        )
    ]


_OVERLAPS: Final = "geom && ST_MakeEnvelope(?, ?, ?, ?, 4326) AND name=?"


def _inside(number: int, box: Bounds) -> Arm:
    """What lies inside of a box for sure: points by their own numbers, the boxes of other places by the index.

    The index knows boxes in single precision, rounded outwards; so the box that is asked for is rounded inwards before.
    """
    west, south, east, north = box
    spots = "x BETWEEN ? AND ? AND y BETWEEN ? AND ?"
    inner = (least_single(west), least_single(south), -least_single(-east), -least_single(-north))
    if inner[0] > inner[2] or inner[1] > inner[3]:
        return "place", f"{_OVERLAPS} AND {spots}", (*box, number, west, east, south, north)
    within = "x IS NULL AND geom @ ST_MakeEnvelope(?, ?, ?, ?, 4326)"
    return (
        "place",
        f"{_OVERLAPS} AND ({spots} OR {within})",
        (*box, number, west, east, south, north, *inner),
    )


def least_single(degrees: float) -> float:
    """The least number of single precision that is not below."""
    near = _single(degrees)
    if near >= degrees:
        return near
    # the bits of numbers of one sign are ordered as they are; of negative ones the other way round
    (bits,) = _BITS.unpack(_FLOAT.pack(near))
    return _FLOAT.unpack(_BITS.pack(bits - 1 if near < 0 else bits + 1))[0]


def _single(degrees: float) -> float:
    return _FLOAT.unpack(_FLOAT.pack(degrees))[0]


_FLOAT: Final = struct.Struct("<f")
_BITS: Final = struct.Struct("<i")


TABLES: Final = Tables(ways_of_place, way_of_text)
