"""Data sets as collections: the records of one table that lie somewhere, with the columns that the table had."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

import msgspec

from kaiteki.adapters.ogc.bound import Ground
from kaiteki.adapters.ogc.collections import Collection, Property
from kaiteki.kit.catalogue.records import KINDS_OF_SORTS, free_names, sorts_of_details
from kaiteki.model.query import Comparison, Path, Query
from kaiteki.model.words import Words

PART: Final = "data_set"
"""What a type plays whose entities are tables of records."""
DATA_SETS_MAX: Final = 1_000
_BELONGS: Final = "dataSet"
"""The property by which a record names its data set."""
_COLUMNS: Final = "details"
"""The property that holds the columns a record keeps beside those of its type."""


class DataSetSeen(msgspec.Struct, frozen=True):
    """A data set as far as this adapter knows it."""

    id: str
    title: str = ""
    record_type: str = ""
    source: str = ""
    licence: str = ""
    items: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    detail_sorts: tuple[str, ...] = ()
    located: int | None = None
    box: tuple[float, ...] = ()


async def collections_of_tables(city: Ground, types: Mapping[str, Collection]) -> dict[str, Collection]:
    """The data sets with a place, by the ids of their collections, in the order of their ids."""
    found = await city.playing(PART, DataSetSeen, Query(limit=DATA_SETS_MAX))
    made = [_collection(one.seen, types) for one in found]
    return {one.id: one for one in made if one is not None}


async def collection_of_table(
    city: Ground, types: Mapping[str, Collection], collection_id: str
) -> Collection | None:
    """The data set behind the id of a collection; None where there is none with a place."""
    met = await city.met(PART, DataSetSeen, f"urn:ngsi-ld:DataSet:{collection_id}")
    return None if met is None else _collection(met.seen, types)


def _columns(seen: DataSetSeen, attribute: str, taken: Container[str]) -> list[Property]:
    """The columns that records keep beside their items, each as what its cells are."""
    made: list[Property] = []
    sorts = sorts_of_details(seen.details, seen.detail_sorts)
    for free, name in free_names(seen.details, taken).items():
        sort = sorts.get(name, "")
        made.append(
            Property(
                free,
                attribute,
                KINDS_OF_SORTS[sort],
                Words(name, name),
                whole=sort == "integer",
                column=name,
                is_day=sort == "date",
                written=sort == "date",
                sort=sort,
            )
        )
    return made


def _collection(seen: DataSetSeen, types: Mapping[str, Collection]) -> Collection | None:
    of_type = types.get(seen.record_type)
    if of_type is None or seen.located == 0:
        return None
    belongs = of_type.property(_BELONGS)
    if belongs is None:
        return None
    filled = [
        one
        for one in of_type.properties
        if one.name not in (_BELONGS, _COLUMNS) and (not seen.items or one.name in seen.items)
    ]
    taken = {one.name for one in filled} | {"geometry", "id"}
    columns = of_type.property(_COLUMNS)
    details = [] if columns is None else _columns(seen, columns.attribute, taken)
    return Collection(
        id=seen.id.rpartition("DataSet:")[2],
        words=Words(seen.title, seen.title),
        about=of_type.words,
        type=of_type.type,
        place=of_type.place,
        properties=(*filled, *details),
        moment=of_type.moment if of_type.moment in taken else "",
        until=of_type.until if {of_type.moment, of_type.until} <= taken else "",
        within=Comparison(Path((belongs.attribute,)), "==", seen.id),
        licence=seen.licence,
        source=seen.source,
        box=(seen.box[0], seen.box[1], seen.box[2], seen.box[3]) if len(seen.box) == 4 else None,
    )
