"""The records of a data set as everybody sees them: which data set an address means, its version, its records page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.published import Published, Version, digest
from kaiteki.kit.views import where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter, Query
from kaiteki.services.opendata.model import DataSet, Record, record_view
from kaiteki.services.opendata.standard.body import NOBODY_KNOWN, Body, body_of_table
from kaiteki.services.opendata.standard.order import Order
from kaiteki.services.opendata.standard.table import StandardType, standard_types

RECORDS_MAX: Final = 1_000_000
"""Records of one download; a data set of more is refused, and never cut."""
RECORDS_HELD_MAX: Final = 500
"""Records that a download has in memory at once: it is read, written and sent a page of so many at a time."""
FORMS_VERSION: Final = 3
"""Counts the changes of how downloads are written: what was fetched before one is no longer the same."""


class Holding(msgspec.Struct, frozen=True):
    """A data set, the type of its records, where they are read, their version as of now, and the body of the area where the table is its own."""

    data_set: Any
    kind: StandardType
    published: Published
    version: Version
    body: Body = NOBODY_KNOWN

    @property
    def view(self) -> type[Record]:
        """The view of its records."""
        return record_view(self.kind.name)

    @property
    def within(self) -> Filter:
        """What its records satisfy."""
        return where(self.view, "data_set", "==", self.data_set.id)

    @property
    def order(self) -> Order | None:
        """The order of the edition of the standard in which it comes out; None where that of none is known."""
        return self.kind.order_of(self.data_set.columns)

    @property
    def slug(self) -> str:
        """The end of its id: a name in ASCII."""
        return str(self.data_set.id).rpartition(":")[2]

    @property
    def tag(self) -> str:
        """What tells this state of the data set from all others, the time at which somebody looked aside."""
        told = msgspec.structs.replace(self.data_set, checked_at=None)
        return digest(FORMS_VERSION, told, self.version, self.body)

    @property
    def changed_at(self) -> Instant | None:
        """When records were last brought in, changed or removed. Nobody knows it when some are missing that no import removed."""
        if self.version.rows != self.data_set.records:
            return None
        return Instant(max(self.version.changed_at, self.data_set.changed_at or 0))

    async def pages(self) -> AsyncIterator[Sequence[Any]]:
        """Its records by id, in pages of RECORDS_HELD_MAX."""
        after: str | None = None
        more = True
        while more:
            query = Query(q=self.within, limit=RECORDS_HELD_MAX, after_id=after)
            listing = await self.published.find(self.view, query)
            if not listing.items:
                return
            after, more = str(listing.items[-1].id), listing.more
            yield listing.items


async def held(ask: PageAsk) -> Holding | None:
    """The data set that an address means; None where there is none, or its records are of a type that is none of the standard's."""
    published = ask.city.published
    one = await published.get(DataSet, ask.path.get("id", ""))
    if one is None or one.record_type not in standard_types():
        return None
    view, body = record_view(one.record_type), body_of_table(one.source, ask.town)
    version = await published.version(view, where(view, "data_set", "==", one.id))
    return Holding(one, standard_types()[one.record_type], published, version, body)
