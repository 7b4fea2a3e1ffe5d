"""What an area consists of, as the tally knows it."""

from __future__ import annotations

from collections import Counter

from kaiteki.model.entity import VALUE_MEMBER
from kaiteki.ports.entities import TypeSummary
from kaiteki.stores.catalogue import WHOLE, Catalogue


def summary_of(catalogue: Catalogue, area: str) -> list[TypeSummary]:
    """The combinations of types of an area with their counts and attributes, in order of their names."""
    kinds = catalogue.kinds(area, None)
    counts = {kind: catalogue.count((kind,)) for kind in kinds}
    attributes: dict[int, dict[str, Counter[str]]] = {kind: {} for kind in kinds}
    for (kind, name, form), n in catalogue.tally.items():
        if kind in attributes and name != WHOLE and n and form in VALUE_MEMBER:
            attributes[kind].setdefault(catalogue.text(name), Counter())[form] += n
    types = {kind: catalogue.area_and_types(kind)[1] for kind in kinds}
    return [
        TypeSummary(types[kind], counts[kind], attributes[kind])
        for kind in sorted(kinds, key=lambda one: types[one])
    ]
