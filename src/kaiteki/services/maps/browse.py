"""The layers as people read them: group by group with legend, source, day, legal note, who maintains them and where the data are.

A layer is counted as everybody sees it, whoever looks: so the number, the list, the tiles, the files and `numberMatched` of
`/{area}/ogc` say the same, and it is the number of now (`Published.count`), not that of an import.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from kaiteki.kit.pages import PageAsk, PageReply, Shown
from kaiteki.kit.views import where
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.maps.clauses import in_english
from kaiteki.services.maps.filters import narrowed, queryables, shows_part, text_of
from kaiteki.services.maps.model import GROUPS, RHYTHMS, Ground, MapLayer, Style, say_note
from kaiteki.services.maps.shown import (
    Collection,
    Located,
    collection_of,
    layers_of,
    licence_of,
    located_types,
    source_of,
)
from kaiteki.services.maps.signs import signs_of
from kaiteki.services.maps.sorts import sorts_of

COUNT_MAX: Final = 1_000
"""Features of a layer are counted so far, where it is no data set."""
MANY: Final = sys.maxsize
ITEMS_PER_FILE: Final = 1_000
_SOURCE: Final = Words("出典", "Source", "もとの データ")
_AS_OF: Final = Words("時点", "As of", "いつの データ")
_MAINTAINER: Final = Words("担当", "Maintained by", "たんとう")
_RHYTHM: Final = Words("更新", "Updated", "あたらしく する")
_LICENCE: Final = Words("利用条件", "Licence", "つかう きまり")
_COUNT: Final = Words("件数", "Features", "かず")
_GROUND: Final = Words("根拠", "Ground", "もとの きまり")
NOT_STATED: Final = Words("示されていません", "Not stated", "わかりません")
_PART: Final = Words("データの一部を示します", "A part of the data", "データの 一部（いちぶ）です")
_ON_MAP: Final = Words("地図で見る", "On the map", "地図（ちず）で 見（み）る")
_NO_DATA: Final = Words("データはまだありません", "No data yet", "データは まだ ありません")


async def show_layers(ask: PageAsk) -> PageReply:
    """Every public layer in its group."""
    layers, known = await layers_of(ask.city), located_types(ask.city)
    shown = [await layer_row(ask, one, number, known) for number, one in enumerate(layers)]
    groups = [
        {"code": code, "title": words.say(ask.language), "layers": [r for r in shown if r["group"] == code]}
        for code, words in GROUPS.items()
    ]
    return Shown({"groups": [one for one in groups if one["layers"]], "count": len(shown)})


async def layer_row(
    ask: PageAsk, layer: MapLayer, number: int, known: Located | None = None
) -> dict[str, Any]:
    """A layer as its page and its row in the list show it; `number` is its place among all, which decides on its signs."""
    collection = await collection_of(ask.city, layer.collection, known)
    count = await count_of(ask, layer, collection)
    return {
        "layer": layer,
        "signs": signs_of(layer, number),
        "sorts": (await sorts_of(ask.city, (layer,), known))[layer.id],
        "name": layer.name,
        "group": layer.group,
        "title": layer.title.say(ask.language),
        "note": say_note(layer, ask.language),
        "there": count is not None and count.number > 0,
        "counted": count.text if count is not None else "",
        "facts": facts_of(layer, collection, count, ask.language),
        "links": links_of(ask, layer, collection) if collection is not None else [],
        "grounds": [said_of(one, ask.language) for one in layer.grounds],
        "classes": [
            {"layer": one, "grounds": [said_of(ground, ask.language) for ground in one.grounds]}
            for one in layer.style.classes
        ],
    }


class Count(msgspec.Struct, frozen=True):
    """How many features a layer has, counted to `most`; not `whole`: it is only known whether there is any (1 or 0)."""

    number: int
    whole: bool = True
    most: int = COUNT_MAX

    @property
    def text(self) -> str:
        """The number, with a plus where it was not counted to the end; empty where it is not known."""
        if not self.whole:
            return ""
        return f"{self.number:,}" + ("+" if self.number >= self.most else "")


async def count_of(ask: PageAsk, layer: MapLayer, collection: Collection | None) -> Count | None:
    """How many features it has; None where nobody can say. A data set is counted whole; a part of a collection only where the collection
    itself has fewer than COUNT_MAX: to count it is to look at each one."""
    if collection is None:
        return None
    if collection.data_set is not None:
        view = collection.declared.view
        every = await ask.city.published.count(view, where(view, "data_set", "==", collection.data_set.id))
    else:
        every = await _hits_of(ask, msgspec.structs.replace(layer, filter="", style=Style()), collection)
    if not shows_part(layer) or every is None:
        return None if every is None else Count(every, most=MANY if collection.data_set else COUNT_MAX)
    if every < COUNT_MAX:
        part = await _hits_of(ask, layer, collection)
        return None if part is None else Count(part)
    wanted = narrowed(layer, collection, Query(limit=1))
    if wanted is None:
        return None
    there = await ask.city.published.find(collection.declared.view, wanted)
    return Count(len(there.items), whole=False)


async def _hits_of(ask: PageAsk, layer: MapLayer, collection: Collection) -> int | None:
    """The features of a layer, counted to COUNT_MAX; None where its filter cannot be read there."""
    wanted = narrowed(layer, collection, Query(limit=1, total=True, total_max=COUNT_MAX))
    if wanted is None:
        return None
    return (await ask.city.published.find(collection.declared.view, wanted)).total


def facts_of(
    layer: MapLayer, collection: Collection | None, count: Count | None, language: str
) -> list[tuple[str, str]]:
    """Label and value of what is to be known of a layer before it is used."""
    data_set = collection.data_set if collection is not None else None
    rows: Sequence[tuple[Words, str]] = (
        (_SOURCE, source_of(layer, data_set, language)),
        (_AS_OF, layer.as_of),
        (_MAINTAINER, layer.maintainer.say(language)),
        (_RHYTHM, RHYTHMS[layer.rhythm].say(language)),
        (_LICENCE, licence_of(layer, data_set)),
        (
            _COUNT,
            _NO_DATA.say(language)
            if count is None or not count.number
            else count.text or _PART.say(language),
        ),
    )
    return [(words.say(language), value or NOT_STATED.say(language)) for words, value in rows]


def said_of(ground: Ground, language: str) -> dict[str, Any]:
    """A ground as a page tells it: law and clause (in English with the `original`), what it rules, where its text stands."""
    english = in_english(ground.clause) if language == "en" else ""
    return {
        "law": ground.law.say(language),
        "clause": english or ground.clause,
        "original": ground.clause if english else "",
        "rules": ground.rules.say(language),
        "href": ground.address or "",
    }


def links_of(ask: PageAsk, layer: MapLayer, collection: Collection) -> list[dict[str, str]]:
    """The map with this layer, and where its data are, for people and programs."""
    root = f"/{ask.area}/ogc/collections/{quote(layer.collection)}"
    asked = {"f": "json", "limit": str(ITEMS_PER_FILE)}
    if text := text_of(layer, queryables(collection)):
        asked["filter"] = text
    return [
        {"text": _ON_MAP.say(ask.language), "href": f"/{ask.area}/maps?layers={layer.name}", "sign": "map"},
        {"text": "GeoJSON", "href": f"{root}/items?{urlencode(asked)}", "sign": "down"},
        {"text": "OGC API Features", "href": root, "sign": "data"},
        {"text": "TileJSON", "href": f"{root}/tiles/WebMercatorQuad?f=tilejson", "sign": "data"},
    ]
