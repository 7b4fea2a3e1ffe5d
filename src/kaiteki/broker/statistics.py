"""How much an area holds: entities and attributes by type, exact, out of the counts that the store keeps (an extension)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.broker.plane import Plane
from kaiteki.broker.sifting import sift
from kaiteki.model.entity import Entity, Json
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Order, Path, Query, TypeIs
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import TypeSummary

TYPES_MAX: Final = 500
"""Types of one answer, those with the smallest names."""
LOOKED_AT: Final = 20
"""Entities that are looked at for the first or last one that is seen."""

Narrow: TypeAlias = Callable[[Query], Query | None]
See: TypeAlias = Callable[[Entity], Entity | None]


async def statistics(
    plane: Plane, area: str, summaries: Sequence[TypeSummary], eyes: tuple[Narrow, See], context: Context
) -> dict[str, Json]:
    """What an area holds, as far as the summaries tell and somebody sees: by type its entities and attributes, and since when they are there.

    Nothing is scanned: counts are those that the store keeps, times come from its index.
    """
    names = sorted({name for one in summaries for name in one.types}, key=context.compact)
    types: list[Json] = []
    for name in names[:TYPES_MAX]:
        of_it = [one for one in summaries if name in one.types]
        shown: dict[str, Json] = {
            "type": context.compact(name),
            "entities": sum(one.count for one in of_it),
            "attributes": _attributes(of_it, context),
        }
        for member, order in (
            ("firstCreatedAt", Order(Path(("createdAt",)))),
            ("lastModifiedAt", Order(Path(("modifiedAt",)), descending=True)),
        ):
            found = await _first(plane, area, Query(types=TypeIs(name), order=(order,)), eyes)
            if found is not None:
                moment = found.created_at if member == "firstCreatedAt" else found.modified_at
                shown[member] = format_instant(Instant(moment))
        types.append(shown)
    return {
        "area": area,
        "entities": sum(one.count for one in summaries),
        "typeCount": len(names),
        "types": types,
        "lastEvent": await plane.events.last(),
    }


def _attributes(summaries: Sequence[TypeSummary], context: Context) -> dict[str, Json]:
    """Of each attribute how many entities have it, by kind."""
    kinds: dict[str, Counter[str]] = {}
    for one in summaries:
        for name, counts in one.attributes.items():
            kinds.setdefault(context.compact(name), Counter()).update(counts)
    return {name: dict(sorted(counts.items())) for name, counts in sorted(kinds.items())}


async def _first(plane: Plane, area: str, wanted: Query, eyes: tuple[Narrow, See]) -> Entity | None:
    """The first entity of a query that is seen."""
    narrow, see = eyes
    asked = narrow(msgspec.structs.replace(wanted, limit=LOOKED_AT))
    rows = (await sift(plane.entities, area, asked)).rows if asked is not None else ()
    return next((seen for row in rows if (seen := see(row.entity())) is not None), None)
