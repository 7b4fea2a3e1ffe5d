"""Orders that an index has: of the times of entities, and of attributes whose values are all plain numbers or all times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.query import Query
from kaiteki.stores.catalogue import KINDS, Catalogue
from kaiteki.stores.entries import CREATED, MODIFIED, MOMENT, MOMENT_FORM, NUMBER_FORM
from kaiteki.stores.plan import Bound, bounds_of_order

OWN_TIMES: Final = {"createdAt": CREATED, "modifiedAt": MODIFIED}


class Ordered(msgspec.Struct, frozen=True):
    """Entries in the order of their values: the number of their name, and bounds between which all matches stand."""

    name: int
    bounds: Sequence[tuple[str, tuple[Bound, ...]]] = ()


def index_of_order(catalogue: Catalogue, kinds: Sequence[int], wanted: Query) -> Ordered | None:
    """The entries that stand in the order that a query on some kinds asks for; None when there are none."""
    if len(wanted.order) != 1 or wanted.order[0].distance or wanted.ids:
        return None
    path = wanted.order[0].path
    name, *further = path.names
    if further or path.trail or path.linked:
        return None
    if name in OWN_TIMES:
        entry, bounds = OWN_TIMES[name], bounds_of_order(wanted.q, name, "moment")
    elif _all_are(catalogue, kinds, name, NUMBER_FORM):
        entry, bounds = name, bounds_of_order(wanted.q, name, "plain")
    elif _all_are(catalogue, kinds, name, MOMENT_FORM):
        entry, bounds = name + MOMENT, bounds_of_order(wanted.q, name, "moment")
    else:
        return None
    number = catalogue.name(entry)
    return None if number is None else Ordered(number, bounds)


def _all_are(catalogue: Catalogue, kinds: Sequence[int], name: str, form: str) -> bool:
    """Whether the attribute has no value of another form."""
    return all(
        catalogue.form(kind, name, form) == sum(catalogue.form(kind, name, one) for one in KINDS)
        for kind in kinds
    )
