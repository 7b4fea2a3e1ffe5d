"""Ways to places in the database: PostGIS finds by their boxes what may match, the rule of all stores decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kaiteki.model.query import GeoFilter
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.entries import BOX_FORM
from kaiteki.stores.plan import Tables, Way, bounds_around
from kaiteki.stores.postgres.words import way_of_text


def ways_of_place(catalogue: Catalogue, kinds: Sequence[int], geo: GeoFilter) -> list[Way | None]:
    """What lies in or reaches into the box around a query's geometry, all kinds together."""
    box, number = bounds_around(geo), catalogue.name(geo.geoproperty)
    if box is None or number is None:
        return [None]
    condition = "geom && ST_MakeEnvelope(?, ?, ?, ?, 4326) AND name=?"
    exact = not any(catalogue.form(kind, geo.geoproperty, BOX_FORM) for kind in kinds)
    return [Way((("place", condition, (*box, number)),), ordered=False, exact=exact, what="box")]


TABLES: Final = Tables(ways_of_place, way_of_text)
