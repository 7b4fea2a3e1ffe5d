"""Features: a page of a collection, one of them; as documents (OGC 17-069r4, 7.15 and 7.16; RFC 7946)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.adapters.ogc.asked import Wanted
from kaiteki.adapters.ogc.bound import Desk
from kaiteki.adapters.ogc.collections import Collection, place_of
from kaiteki.adapters.ogc.links import both, link, part, with_query
from kaiteki.adapters.ogc.systems import System, told_in
from kaiteki.model.entity import Entity, Json
from kaiteki.model.query import Query

COUNTED_MAX: Final = 1_000
"""Matches are counted so far, where what is counted need not be looked for: in a box, or in a collection of no more features."""


class Found(msgspec.Struct, frozen=True):
    """A page of features, whether more follow, how many match (None: nobody counted)."""

    features: tuple[dict[str, Json], ...]
    more: bool
    matched: int | None


async def find_features(desk: Desk, collection: Collection, wanted: Wanted) -> Found:
    """A page of what matches, as far as whoever asks may see it.

    Matches are counted where that costs little: of a whole collection, where one page holds them all, and up to COUNTED_MAX. Whoever
    asks for what no index decides waits for their turn. Raises ServiceUnavailable where too many wait, TooComplexQuery.
    """
    query = await _counting(desk, collection, wanted)
    answer = await desk.turns.take(query, collection.within, lambda: desk.city.rows(collection.type, query))
    entities, more, total = answer if answer is not None else ([], False, 0)
    if query.total_max is not None and total is not None and total > COUNTED_MAX:
        total = None
    features = [
        told
        for entity in entities
        if (told := feature_of(desk, collection, entity, wanted.system)) is not None
    ]
    if total is None and not more and not query.offset and query.after_id is None:
        total = len(features)
    return Found(tuple(features), more, total)


async def _counting(desk: Desk, collection: Collection, wanted: Wanted) -> Query:
    """The query of a page, with a count where that is cheap."""
    if not wanted.narrowed and wanted.query.test is None:
        return msgspec.structs.replace(wanted.query, total=True)
    if wanted.query.test is not None:
        whole = await desk.city.rows(collection.type, Query(q=collection.within, limit=1, total=True))
        if whole is None or whole[2] is None or whole[2] > COUNTED_MAX:
            return wanted.query
    return msgspec.structs.replace(wanted.query, total=True, total_max=COUNTED_MAX + 1)


def feature_of(desk: Desk, collection: Collection, entity: Entity, system: System) -> dict[str, Json] | None:
    """An entity as a feature with every property of its collection, None for each that it has not; None when it is not to be seen."""
    seen = desk.city.open_to(entity)
    if seen is not None and not seen:
        return None
    place = place_of(entity, collection.place) if seen is None or collection.place in seen else None
    properties: dict[str, Json] = dict.fromkeys(collection.names)
    for one in collection.told_of(entity):
        if seen is None or one.attribute in seen:
            properties[one.name] = one.value_of(entity)
    return {
        "type": "Feature",
        "id": entity.id,
        "geometry": None if place is None else told_in(place, system),
        "properties": properties,
    }


def page_of_features(
    desk: Desk, collection: Collection, wanted: Wanted, found: Found, stamp: str
) -> dict[str, Json]:
    """The document of a page: a FeatureCollection with its links, the time, and the numbers."""
    links = both(desk.here, desk.told, desk.form, "geojson")
    if found.more:
        step: Mapping[str, str] = {"after": str(found.features[-1]["id"]), "offset": ""}
        links.append(link(with_query(desk.here, desk.told, **step), "next", _plain(desk), "つぎ · Next page"))
    links.append(
        link(
            f"{desk.base}/collections/{part(collection.id)}", "collection", "json", desk.say(collection.words)
        )
    )
    document: dict[str, Json] = {
        "type": "FeatureCollection",
        "features": list(found.features),
        "links": links,
        "timeStamp": stamp,
        "numberReturned": len(found.features),
    }
    return document if found.matched is None else {**document, "numberMatched": found.matched}


def document_of_feature(desk: Desk, collection: Collection, feature: dict[str, Json]) -> dict[str, Json]:
    """The document of one feature, with its links."""
    links = both(desk.here, desk.told, desk.form, "geojson")
    links.append(
        link(
            f"{desk.base}/collections/{part(collection.id)}", "collection", "json", desk.say(collection.words)
        )
    )
    return {**feature, "links": links}


def _plain(desk: Desk) -> str:
    return "html" if desk.form == "html" else "geojson"
