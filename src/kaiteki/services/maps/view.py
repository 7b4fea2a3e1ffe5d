"""The map itself: `/{area}/maps` as a page that needs no script, and in parts for the map that moves.

```
address ─(viewport)─► View ─┬─ shown layers, order, opacity ─► legend, notes            maps-shown, maps-notes
                            ├─ window ─(in_view)─► rows by layer, drawn map             maps-seen
                            ├─ q ─(finding)─► places                                    maps-found
                          ├─ date, compare ─(days)─► the rows of a day, differences   maps-days
                            └─ told ─► what the island (portal/static/layers.js) draws from the tiles of /{area}/ogc
```

With `part=1` the same page answers with its changing parts alone; with `form=1` (a form without a script) it leads to the address that
says the same, so that every state has one address that can be kept and passed on.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence, Set
from typing import Any, Final

import msgspec

from kaiteki.kit.catalogue.entries import LAYER_PREFIX
from kaiteki.kit.pages import Moved, PageAsk, PageReply, Shown
from kaiteki.model.cql2.classes import stretch_of
from kaiteki.model.words import Words
from kaiteki.services.maps.days.told import (
    Asked,
    ask_days,
    drawn_of,
    look_at_days,
    seen_of,
    tell_days,
    tell_form,
    tell_island,
)
from kaiteki.services.maps.faults import faults_of, is_unfit
from kaiteki.services.maps.finding import find
from kaiteki.services.maps.gathering import gather
from kaiteki.services.maps.ground import Ground, ground_of, tell_ground, tiles_of
from kaiteki.services.maps.in_view import DRAWN_MAX, ROWS_MAX, InView, draw, look
from kaiteki.services.maps.lots import find_lots, with_parcels
from kaiteki.services.maps.model import GROUPS, MapLayer, say_note
from kaiteki.services.maps.sheets.papers import PAPERS, SCALES
from kaiteki.services.maps.shown import layers_of, located_types, source_of
from kaiteki.services.maps.signs import PATTERNS, SHAPES, Sign, signs_of
from kaiteki.services.maps.sorts import sorts_of
from kaiteki.services.maps.stock import Stock, stocks_of
from kaiteki.services.maps.viewport import (
    HEIGHT_PX,
    PAGES_MAX,
    SHOWN_MAX,
    WIDTH_PX,
    ZOOM_MAX,
    ZOOM_MIN,
    View,
    is_drawn,
    read_form,
    read_view,
    say_place,
)
from kaiteki.services.maps.wards import place_names, tell_apart

TILE_ZOOM_MAX: Final = 18
"""The deepest zoom that tiles are asked for; closer views stretch them."""
WORDS: Final[dict[str, Words]] = {
    "length": Words("距離を測る", "Measure a length", "ながさを はかる"),
    "area": Words("面積を測る", "Measure an area", "ひろさを はかる"),
    "mine": Words("現在地", "My position", "いまの 場所（ばしょ）"),
    "share": Words("この地図を共有", "Share this map", "この 地図（ちず）を おくる"),
    "copied": Words("この地図のアドレスをコピーしました。", "The address of this map is copied.", "アドレスを コピーしました。"),
    "by_hand": Words("このアドレスをコピーしてください：", "Please copy this address:", "この アドレスを コピーして ください："),
    "finding": Words("現在地を調べています。", "Finding your position.", "場所（ばしょ）を しらべて います。"),
    "found": Words("現在地を表示しました（誤差およそ {n} m）。", "Your position is shown (within about {n} m).", "いまの 場所（ばしょ）です（だいたい {n} m）。"),
    "lost": Words("現在地が分かりませんでした。", "Your position could not be found.", "場所（ばしょ）が わかりませんでした。"),
    "failed": Words("読み込めませんでした。もう一度動かしてみてください。", "This could not be loaded. Please try again.", "うまく いきませんでした。もういちど うごかして ください。"),
    "preparing": Words("地図を準備しています。できしだい出します。", "The map is being prepared and appears as soon as it is ready.", "地図（ちず）を つくって います。まって ください。"),
    "unprepared": Words("地図の一部を出せませんでした。", "A part of the map could not be shown.", "地図（ちず）の 一部（いちぶ）が 出（で）ませんでした。"),
    "gone": Words("この地図のデータは、いま公開されていません。", "The data of this layer are not public now.", "この 地図（ちず）の データは いま ありません。"),
    "again": Words("もう一度試す", "Try again", "もういちど"),
    "most": Words("一度に出せる地図は {n} 枚までです。どれかを外してください。", "Up to {n} layers are shown at once. Please take one off.", "いちどに 出（だ）せるのは {n}まいまでです。"),
    "whole": Words("この場所のページを開く", "Open the page of this place", "この 場所（ばしょ）の ページを ひらく"),
    "close": Words("閉じる", "Close", "とじる"),
    "put": Words("真ん中に点を打つ", "Put a point in the middle", "まん中に 点（てん）を うつ"),
    "undo": Words("1つ戻す", "Undo", "1つ もどす"),
    "end": Words("測るのをやめる", "Stop measuring", "やめる"),
    "measure_first": Words("地図を押すか、Enter で点を打ってください。", "Press the map, or Enter, to put a point.", "地図（ちず）を おして ください。"),
    "measured_length": Words("長さ {m}（点 {n}）", "Length {m} ({n} points)", "ながさ {m}（点（てん） {n}）"),
    "measured_area": Words("面積 {a}　まわり {m}（点 {n}）", "Area {a}, perimeter {m} ({n} points)", "ひろさ {a}　まわり {m}（点（てん） {n}）"),
}  # fmt: skip
"""What the island says."""


async def show_map(ask: PageAsk) -> PageReply:
    """The map, its parts, or the way to the address that a form means."""
    layers = await layers_of(ask.city)
    asked = await ask_days(ask)
    part = bool(ask.query.get("part"))
    stocks = await stocks_of(ask, layers)
    view = read_view(ask.query, layers, ask.town, [one for one in layers if stocks[one.id].there])
    if asked.days is not None:
        view = msgspec.structs.replace(view, date=asked.days.date, compare=asked.days.compare)
    if ask.query.get("form"):
        return _moved(ask, view, layers, asked)
    signs = {one.id: signs_of(one, number) for number, one in enumerate(layers)}
    limit = view.page * ROWS_MAX if part else max(DRAWN_MAX, view.page * ROWS_MAX)
    past, seen = await _look(ask, view, asked, signs, limit)
    found = await find(ask, view.text) if view.text else []
    faults = faults_of(ask.query, layers)
    values: dict[str, Any] = {
        "view": view,
        "layers": layers,
        "signs": signs,
        "sorts": await sorts_of(ask.city, [one.layer for one in view.shown] if part else layers),
        "notes": _notes(view, stocks, ask.language),
        "bare": _bare(stocks, asked),
        "unfit": [
            (one.layer, view.zoom < one.layer.style.zooms[0])
            for one in view.shown
            if not is_drawn(one.layer, view.zoom)
        ],
        "faults": [(one.field, one.say(ask.language)) for one in faults],
        "seen": [_rows(ask, one, view.page) for one in seen],
        "count": sum(one.total for one in seen),
        "uncounted": any(one.uncounted for one in seen),
        "found": found,
        "lots": await find_lots(ask, view.text) if view.text else None,
        "lot_view": with_parcels(view, layers),
        "before": _page(view, view.page - 1) if view.page > 1 else "",
        "after": _page(view, view.page + 1) if _more(seen, view) else "",
        "place_at": say_place(view.at),
        "address": "maps?" + view.query(q=""),
        "past": past,
    }
    status = 400 if asked.wrong or any(is_unfit(one) for one in faults) else 200
    if part:
        return Shown(values, status, "map_parts.html")
    values |= _whole(ask, view, layers, signs, values["bare"])
    ground = await ground_of(ask, view)
    told = values["told"] | {"ground": await tell_ground(ask, ground)}
    # within a script element nothing but "<" could end it
    values["told"] = msgspec.json.encode(told).decode()
    return Shown(values | _drawn(ask, view, seen, signs, ground), status)


def _bare(stocks: Mapping[str, Stock], asked: Asked) -> Set[str]:
    """The layers that have no data yet; of a day nobody says so, because what is gone today may have been there then."""
    return frozenset(one for one, stock in stocks.items() if asked.days is None and not stock.there)


def _moved(ask: PageAsk, view: View, layers: Sequence[MapLayer], asked: Asked) -> Moved:
    """The way to the address that says what a form means; what had no room stands in it, so that the page says what was left off."""
    shown, left = read_form(ask.query, layers)
    kept = {name: text for name, text in asked.typed.items() if text}
    if left:
        kept["layers"] = ",".join([*(one.layer.name for one in shown), *left])
    return Moved("maps?" + msgspec.structs.replace(view, shown=shown).query(**kept))


def _drawn(
    ask: PageAsk,
    view: View,
    seen: Sequence[InView],
    signs: dict[str, tuple[Sign, ...]],
    ground: Ground,
) -> dict[str, Any]:
    """The drawn map, from below to above, and the names on it. A layer is drawn at its zooms alone; at others the page says
    so, as with the moving map."""
    fit = [one.features[:DRAWN_MAX] if is_drawn(one.layer, view.zoom) else () for one in seen]
    cut = frozenset(at for at, (one, some) in enumerate(zip(seen, fit, strict=True)) if one.total > len(some))
    single, gathered = gather([draw(view, features) for features in fit], view.zoom, cut)
    shapes = [
        (signs[one.layer.id], shown, of_layer)
        for one, shown, of_layer in zip(seen, view.shown, single, strict=True)
    ]
    drawn = [feature for features in fit for feature in features]
    return {
        "undrawn": [
            (seen[at].layer, len(fit[at]), seen[at])
            for at in sorted(cut)
            if is_drawn(seen[at].layer, view.zoom)
        ],
        "drawn": shapes[::-1],
        "gathered": gathered,
        "ground": ground,
        "names": place_names(view, ground.parts, ask.language, drawn),
    }


async def _look(
    ask: PageAsk, view: View, asked: Asked, signs: dict[str, tuple[Sign, ...]], limit: int
) -> tuple[dict[str, Any], list[InView]]:
    """What the page tells of days, and what lies in the window: now, or at the end of the day that is asked for."""
    form = tell_form(ask, asked)
    if asked.days is None:
        return form, [await look(ask, one.layer, signs[one.layer.id], view, limit) for one in view.shown]
    found = await look_at_days(ask, view, asked.days, signs, max(limit, DRAWN_MAX))
    return form | tell_days(ask, view, found) | {"drawn": drawn_of(view, found)}, seen_of(found)


def _whole(
    ask: PageAsk, view: View, layers: Sequence[MapLayer], signs: dict[str, tuple[Sign, ...]], bare: Set[str]
) -> dict[str, Any]:
    """What only the whole page has: the groups of switches, the ways around the drawn map, what the island is told."""
    on = {one.layer.id for one in view.shown}
    groups = [
        {
            "words": words,
            "layers": [one for one in layers if one.group == code],
            "on": sum(one.id in on for one in layers if one.group == code),
        }
        for code, words in GROUPS.items()
    ]
    return {
        "groups": [one for one in groups if one["layers"]],
        "on": on,
        "size": (WIDTH_PX, HEIGHT_PX),
        "scales": [(one, f"1:{one:,}") for one in SCALES],
        "papers": [(one.name, one.words.say(ask.language)) for one in PAPERS.values()],
        "ways": _ways(view),
        "icons": sorted({one.style.symbol for one in layers if one.style.symbol}),
        "told": _told(ask, view, layers, signs, bare),
    }


def _rows(ask: PageAsk, seen: InView, page: int) -> dict[str, Any]:
    first = (page - 1) * ROWS_MAX
    return {
        "layer": seen.layer,
        "features": tell_apart(seen.features[first : first + ROWS_MAX], ask.town, ask.language),
        "first": first + 1,
        "total": seen.total,
        "uncounted": seen.uncounted,
        "far": seen.far,
    }


def _more(seen: Sequence[InView], view: View) -> bool:
    return view.page < PAGES_MAX and any(one.total > view.page * ROWS_MAX for one in seen)


def _page(view: View, page: int) -> str:
    return "maps?" + msgspec.structs.replace(view, told=True).query(page=page) + "#maps-seen"


def _notes(view: View, stocks: Mapping[str, Stock], language: str) -> list[dict[str, Any]]:
    """The legal notes of what is shown, each once, with the layers that it is of; and of each its source and day."""
    notes: dict[str, list[tuple[MapLayer, str]]] = {}
    for one in view.shown:
        source = source_of(one.layer, stocks[one.layer.id].data_set, language)
        notes.setdefault(say_note(one.layer, language), []).append((one.layer, source))
    return [{"text": text, "layers": layers} for text, layers in notes.items()]


def _ways(view: View) -> list[tuple[str, str]]:
    """Where the links around the drawn map lead: a third of the picture in each direction, and closer and farther."""
    west, south, east, north = view.window
    wide, high = (east - west) / 3, (north - south) / 3
    lon, lat = view.at

    def to(at: tuple[float, float], zoom: float) -> str:
        zoom = min(max(zoom, ZOOM_MIN), ZOOM_MAX)
        return "maps?" + msgspec.structs.replace(view, at=at, zoom=zoom, told=True).query()

    return [
        ("in", to(view.at, view.zoom + 1)),
        ("out", to(view.at, view.zoom - 1)),
        ("north", to((lon, lat + high), view.zoom)),
        ("south", to((lon, lat - high), view.zoom)),
        ("west", to((lon - wide, lat), view.zoom)),
        ("east", to((lon + wide, lat), view.zoom)),
    ]


def _told(
    ask: PageAsk, view: View, layers: Sequence[MapLayer], signs: dict[str, tuple[Sign, ...]], bare: Set[str]
) -> dict[str, Any]:
    words = {name: one.say(ask.language) for name, one in WORDS.items()}
    words["most"] = words["most"].replace("{n}", str(SHOWN_MAX))
    town, known = ask.town, located_types(ask.city)
    return {
        "here": f"/{ask.area}/maps",
        "about": f"/{ask.area}/maps/here",
        "at": view.at if view.told else None,
        "z": view.zoom if view.told else None,
        "marked": bool(ask.query.get("mark")),
        "bounds": town.bbox if town is not None else view.window,
        "most": SHOWN_MAX,
        "chosen": [{"id": one.layer.name, "opacity": one.opacity} for one in view.shown],
        "layers": [
            _layer(ask, one, signs[one.id], known, bool(view.date) or one.id in bare) for one in layers
        ],
        "bare": [one.name for one in layers if one.id in bare],
        "words": words,
        "symbols": SHAPES,
        "patterns": PATTERNS,
        "days": tell_island(view, ask.language),
    }


def _layer(
    ask: PageAsk, layer: MapLayer, signs: Sequence[Sign], known: Container[str], untiled: bool
) -> dict[str, Any]:
    """A layer as the island draws it; that of a day comes with the parts of the page, and one without data has nothing to ask for.

    Layers that show all of a type share its tiles; others have their own, with what they show alone and what their signs need.
    """
    table = LAYER_PREFIX + layer.name if layer.filter or layer.collection not in known else layer.collection
    language = ask.language
    return {
        "id": layer.name,
        "table": table,
        "tiles": tiles_of(ask.area, table),
        "deepest": TILE_ZOOM_MAX,
        "items": "#" if untiled else "",
        "sort": layer.geometry,
        "zoom": layer.style.zooms,
        "property": layer.style.by,
        "names": [one.property for one in layer.items if one.role == "title"],
        "classes": [
            {
                "values": one.values,
                "stretches": [
                    {"low": found.low, "high": found.high}
                    for text in one.values
                    if (found := stretch_of(text)) is not None
                ],
                "called": [*one.values, one.words.ja] if one.values else [],
                "words": one.words.say(language),
                "colour": one.colour,
                "outline": one.outline,
                "edge": one.edge,
                "width": one.width,
                "dash": one.dash,
                "fill": one.fill,
                "symbol": one.shape,
                "pattern": one.pattern,
                "icon": one.icon,
            }
            for one in signs
        ],
    }
