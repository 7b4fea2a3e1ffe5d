"""What data a layer has now, as everybody sees them: whether there are any, and of which data set.

A layer of the area's folder may stand there before its data were ever imported. Such a layer is named with that word in every list, is
not among those that a map shows of itself, and asks for no tiles.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.model.query import Query
from kaiteki.services.maps.filters import narrowed
from kaiteki.services.maps.model import MapLayer, Style
from kaiteki.services.maps.shown import DataSetSeen, collection_of, located_types


class Stock(msgspec.Struct, frozen=True):
    """Whether the collection of a layer holds anything that everybody sees, and the data set where it is one."""

    there: bool = False
    data_set: DataSetSeen | None = None


async def stocks_of(ask: PageAsk, layers: Sequence[MapLayer]) -> dict[str, Stock]:
    """The stock of each layer by its id. Each collection is looked at once, for one entity in an index."""
    known, seen = located_types(ask.city), dict[str, Stock]()
    published = ask.city.published
    for layer in layers:
        if layer.collection in seen:
            continue
        collection = await collection_of(ask.city, layer.collection, known)
        if collection is None:
            seen[layer.collection] = Stock()
            continue
        whole = msgspec.structs.replace(layer, filter="", style=Style())
        wanted = narrowed(whole, collection, Query(limit=1))
        found = () if wanted is None else (await published.find(collection.declared.view, wanted)).items
        seen[layer.collection] = Stock(bool(found), collection.data_set)
    return {one.id: seen[one.collection] for one in layers}
