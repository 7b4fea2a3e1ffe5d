"""What of a layer stood in the window at the end of a day, or of two days, and what differs between them. Read as whoever asks may know of it.

```
Days ─► not written since the first (a query) ─┬─► InView of each day       rows of the list, shapes of the drawing
     └► written or gone since (kit.former) ────┴─► differences              added, removed, moved, changed
```

The layer itself is that of today: its title, its filter and its classes are not those of the day. Where its past is not told, or more was
written since than can be compared, the layer is `refused` and shows nothing: never the present instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec

from kaiteki.kit.former import Former, Formers, Wish, before
from kaiteki.kit.pages import Hit, PageAsk
from kaiteki.kit.views import attribute, slots
from kaiteki.model.cql2.planning import named_in
from kaiteki.model.decision import Refused
from kaiteki.model.entity import Json
from kaiteki.model.place import satisfies
from kaiteki.model.problem import Problem
from kaiteki.model.query import GeoFilter, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.days.asked import Days
from kaiteki.services.maps.days.differences import Difference, difference_of
from kaiteki.services.maps.filters import narrowed, queryables, term_of
from kaiteki.services.maps.in_view import COUNT_MAX, FeatureReader, InView
from kaiteki.services.maps.model import MapLayer
from kaiteki.services.maps.shown import BELONGS, DETAILS, Collection, collection_of
from kaiteki.services.maps.signs import Sign
from kaiteki.services.maps.standing import Ready
from kaiteki.services.maps.viewport import View

REFUSALS: Final = {
    "no_past": Words(
        "この地図の過去の記録は公開していません。日付を選ぶと、この地図は出ません。",
        "The past of this layer is not public. It is not shown for a day.",
        "この 地図（ちず）の むかしの きろくは 見（み）られません。",
    ),
    "too_much_written": Words(
        "その日から変わったものが多すぎて、くらべられません（5,000件まで）。もっと新しい日を選ぶか、ほかの地図を外してください。",
        "Too much was written since that day to be compared (up to 5,000). Choose a later day, or take other layers off.",
        "かわった ものが 多（おお）すぎます。もっと 新（あたら）しい 日（ひ）を えらんで ください。",
    ),
    "too_much_here": Words(
        "この範囲で変わったものが多すぎて、くらべられません（1,000件まで）。地図を拡大してください。",
        "Too much was written in this view to be compared (up to 1,000). Please zoom in.",
        "かわった ものが 多（おお）すぎます。地図（ちず）を 大（おお）きくして ください。",
    ),
    "unreadable": Words(
        "この地図の絞り込みを読めません。",
        "The filter of this layer cannot be read.",
        "この 地図（ちず）は 出（だ）せません。",
    ),
}
"""Why a layer is not shown for a day, by the code of the refusal."""


class OfDays(msgspec.Struct, frozen=True):
    """A layer at the end of each day, the earliest first, and what differs between two; `refused` says why there is none of this.

    `asked`: of how many entities it was asked where they stood. `tells_gone`: what was deleted since is told.
    """

    layer: MapLayer
    days: tuple[InView, ...] = ()
    differences: Sequence[Difference] = ()
    refused: Words | None = None
    tells_gone: bool = True
    asked: int = 0

    def count(self, kind: str) -> int:
        """How many differences are of a kind."""
        return sum(one.kind == kind for one in self.differences)


class Look(msgspec.Struct, frozen=True):
    """How a layer is looked at: its signs, the view, the days, how many features of a day are wanted, how many may be asked about."""

    signs: Sequence[Sign]
    view: View
    days: Days
    limit: int
    written_max: int


async def look_back(ask: PageAsk, layer: MapLayer, look: Look) -> OfDays:
    """A layer at the end of the days."""
    is_far = look.view.zoom < layer.style.zooms[0]
    collection = None if is_far else await collection_of(ask.city, layer.collection)
    if collection is None:
        empty = tuple(InView(layer, (), 0, is_far) for _ in look.days.moments)
        return OfDays(layer, empty)
    try:
        ready = Ready(layer, collection, term_of(layer, queryables(collection)))
    except Problem:
        return OfDays(layer, refused=REFUSALS["unreadable"])
    window = _window(collection, look.view)
    since = look.days.moments[0]
    wanted = Query(geo=window, q=before(since), limit=look.limit, total=True, total_max=COUNT_MAX)
    narrow = narrowed(layer, collection, wanted)
    if narrow is None:
        return OfDays(layer, refused=REFUSALS["unreadable"])
    # first what was not written since: what is written meanwhile is then in both, and told once
    same = await ask.city.find(collection.declared.view, narrow)
    wish = Wish(look.days.moments, window, _needs(ready), look.written_max)
    formers = await ask.city.formers(collection.declared.name, wish)
    if isinstance(formers, Refused):
        return OfDays(layer, refused=REFUSALS[formers.code])
    reader = FeatureReader(layer, collection, look.signs, ask.language)
    return _put_together(_Found(ready, reader, window, formers), same.items, same.total or 0, look)


class _Found(msgspec.Struct, frozen=True):
    """What was found of a layer, and what is needed to read it."""

    ready: Ready
    reader: FeatureReader
    window: GeoFilter
    formers: Formers

    def belongs(self, seen: Any) -> bool:
        """Whether a state of an entity is one of the layer."""
        declared = self.ready.collection.declared
        return seen is not None and self.ready.belongs(
            Hit(seen.id, "", declared.name, declared.words, "", seen)
        )

    def is_here(self, seen: Any) -> bool:
        """Whether it touches the window."""
        place = getattr(seen, self.ready.collection.place)
        return place is not None and satisfies(self.window, cast("dict[str, Json]", place))


def _put_together(found: _Found, same: Sequence[Any], total: int, look: Look) -> OfDays:
    rows = found.formers.rows
    written = {row.id for row in rows}
    kept = [one for one in same if one.id not in written]
    total -= len(same) - len(kept)
    layer, days = found.ready.layer, list[InView]()
    for number in range(len(look.days.moments)):
        states: list[Any] = [row.states[number] for row in rows]
        here = [state for state in states if found.belongs(state) and found.is_here(state)]
        both = sorted((*kept, *here), key=lambda one: str(one.id))[: look.limit]
        features = [found.reader.read(one) for one in both]
        days.append(InView(layer, features, total + len(here)))
    differences: list[Difference] = []
    if len(days) > 1:
        differences = [one for row in rows if (one := _differs(found, row)) is not None]
    return OfDays(layer, tuple(days), differences, None, found.formers.tells_gone, found.formers.asked)


def _differs(found: _Found, row: Former) -> Difference | None:
    first, last = (state if found.belongs(state) else None for state in row.states)
    if not any(state is not None and found.is_here(state) for state in (first, last)):
        return None
    return difference_of(found.reader, first, last, row.gone)


def _window(collection: Collection, view: View) -> GeoFilter:
    place = attribute(collection.declared.view, collection.place)
    return GeoFilter("intersects", cast("dict[str, Json]", view.place), place)


def _needs(ready: Ready) -> tuple[str, ...]:
    """The attributes without which nobody can say whether a state belongs to the layer, and how it is drawn."""
    view = ready.collection.declared.view
    known = {slot.short: slot.iri for slot in slots(view)}
    named = set(named_in(ready.term)) if ready.term is not None else set[str]()
    if ready.layer.style.by:
        named.add(ready.layer.style.by)
    if ready.collection.data_set is not None:
        named.add(BELONGS)
    # (a further column stands in one attribute with the others)
    names = {DETAILS if one in ready.collection.columns else one for one in named}
    iris = {known[name] for name in names if name in known}
    return tuple(sorted({attribute(view, ready.collection.place), *iris}))
