"""Layers of the map as collections: whatever plays the part, met as an entity, over the collection that it shows.

```
MapLayer ─► collection of a type or data set ─► its features under the layer's filter and classes, with the properties that it tells of
```

The id of such a collection is `layer_` and the name of the layer. Ids that begin so are layers and nothing else: names of types begin with a
capital, names that imports give to data sets have no low line; a data set that somebody called so by hand is no collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.adapters.ogc.bound import Desk, Ground
from kaiteki.adapters.ogc.collections import IMPORTANCE, Collection, Imprint, Property
from kaiteki.adapters.ogc.links import part
from kaiteki.kit.catalogue.entries import LAYER_PREFIX
from kaiteki.kit.views import where
from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.classes import class_text
from kaiteki.model.cql2.planning import Expression
from kaiteki.model.cql2.terms import Call, Kind, Term
from kaiteki.model.cql2.text import parse_text
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.words import Words

LAYER: Final = "map_layer"
"""What a type plays whose entities are layers of a map."""
LAYERS_MAX: Final = 5
"""Layers that the page of a collection names."""
LAYERS_OF_AREA_MAX: Final = 1_000
_URN: Final = "urn:ngsi-ld:MapLayer:"


class ItemSeen(msgspec.Struct, frozen=True):
    """A property that a layer tells of."""

    property: str = ""
    words: Words = Words("", "")


class ClassSeen(msgspec.Struct, frozen=True):
    """A class of a layer: the value of `StyleSeen.by` that it stands for."""

    value: str = ""


class StyleSeen(msgspec.Struct, frozen=True):
    """Which features a style leaves out: `only` those of its classes belong to the layer."""

    by: str = ""
    only: bool = False
    classes: tuple[ClassSeen, ...] = ()


class LayerSeen(msgspec.Struct, frozen=True):
    """A layer as far as this adapter knows it."""

    id: str
    title: Words = Words("", "")
    summary: Words = Words("", "")
    collection: str = ""
    filter: str = ""
    style: StyleSeen = StyleSeen()
    items: tuple[ItemSeen, ...] = ()
    legal_note: Words = Words("", "")
    source: Words = Words("", "")
    as_of: str = ""
    licence: str = ""
    maintainer: Words = Words("", "")
    importance: float = IMPORTANCE


async def maps_of(desk: Desk, one: Collection, page: str) -> list[tuple[str, str]]:
    """Names of the layers that show a collection, and the addresses of their pages (`page` with `{id}`, below the area)."""
    if not page:
        return []
    below = f"/{desk.area.name}/{page}"
    if one.imprint is not None:
        return [(desk.say(one.words), below.replace("{id}", part(one.imprint.layer)))]
    wanted = Query(q=where(LayerSeen, "collection", "==", one.id), limit=LAYERS_MAX)
    met = await desk.city.playing(LAYER, LayerSeen, wanted)
    return [(desk.say(each.seen.title), below.replace("{id}", part(each.seen.id))) for each in met]


async def collections_of_layers(city: Ground, shown: Mapping[str, Collection]) -> dict[str, Collection]:
    """The layers that may be seen, by the ids of their collections; `shown` are those of types and data sets that may be."""
    found = await city.playing(LAYER, LayerSeen, Query(limit=LAYERS_OF_AREA_MAX))
    made = [collection_of_layer(one.seen, shown.get(one.seen.collection)) for one in found]
    return {one.id: one for one in made if one is not None}


async def layer_by_name(city: Ground, name: str) -> LayerSeen | None:
    """The layer behind the id of a collection; None where there is none that may be seen."""
    met = await city.met(LAYER, LayerSeen, _URN + name.removeprefix(LAYER_PREFIX))
    return None if met is None else met.seen


def collection_of_layer(seen: LayerSeen, base: Collection | None) -> Collection | None:
    """A layer over what it shows; None where that is no collection (yet), or its filter cannot be read there."""
    if base is None:
        return None
    try:
        kinds: dict[str, Kind] = {name: one.kind for name, one in base.queryables.items()}
        term = _term_of(seen, kinds)
        if term is not None:
            check(term, kinds)
    except Problem:
        return None
    about = [one for one in (seen.summary, seen.legal_note) if one.ja]
    return msgspec.structs.replace(
        base,
        id=LAYER_PREFIX + seen.id.rpartition(":")[2],
        words=seen.title,
        about=_joined(about) if about else base.about,
        properties=_told(seen, base),
        only=None if term is None else Expression(term, base.queryables),
        licence=seen.licence or base.licence,
        source=seen.source.ja or base.source,
        importance=seen.importance,
        drawn_by=seen.style.by,
        imprint=Imprint(
            seen.id,
            base.id,
            seen.source if seen.source.ja else Words(base.source, base.source),
            seen.as_of,
            seen.legal_note,
            seen.maintainer,
        ),
    )


def _term_of(seen: LayerSeen, kinds: Mapping[str, Kind]) -> Term | None:
    """The filter of a layer, with that of its classes where it shows these alone. Raises BadRequestData for a filter that is none."""
    terms: list[Term] = [parse_text(seen.filter)] if seen.filter else []
    style = seen.style
    if style.only and style.by and style.classes:
        classes = [one.value for one in style.classes]
        terms.append(parse_text(class_text(style.by, classes, kinds.get(style.by, "any"))))
    return None if not terms else terms[0] if len(terms) == 1 else Call("and", tuple(terms))


def _told(seen: LayerSeen, base: Collection) -> tuple[Property, ...]:
    """The properties that the layer tells of, by its own words; what it is drawn by and the time of its features belong to them."""
    words = {one.property: one.words for one in seen.items}
    if not words:
        return base.properties
    names = dict.fromkeys((*words, seen.style.by, base.moment, base.until))
    told = [one for name in names if (one := base.property(name)) is not None]
    return tuple(msgspec.structs.replace(one, words=words.get(one.name, one.words)) for one in told)


def _joined(parts: Sequence[Words]) -> Words:
    """Sentences one behind the other, in each language."""
    texts = [" ".join(one.say(language) for one in parts) for language in ("ja", "en", "ja-easy")]
    return Words(*texts)
