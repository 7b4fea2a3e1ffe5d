"""The print sheet: `/{area}/maps/sheet` as a page with the drawing and all of it in words, `sheet.pdf` and `sheet.png` as files.

```
address ─(papers)─► Sheet ─(features)─► what lies on it ─┬─(surroundings)─► Drawing ─┬─ svg ─► the page, printed to scale
                                                         └─► list of the page        └─ pdf, png ─► files, drawn off the event loop
```
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from kaiteki.kit.pages import Declined, Missing, PageAsk, PageReply, Plain, Shown
from kaiteki.model.area import Area
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.services.maps.model import GROUPS, MapLayer, say_note
from kaiteki.services.maps.sheets.drawing import Drawing
from kaiteki.services.maps.sheets.features import OnSheet, draw_features, read_features
from kaiteki.services.maps.sheets.papers import PAPERS, PICTURE_PX, SCALES, Sheet, read_sheet, unfit_side
from kaiteki.services.maps.sheets.pdf import pdf_of
from kaiteki.services.maps.sheets.png import png_of
from kaiteki.services.maps.sheets.surroundings import (
    draw_surroundings,
    scale_of,
    sources_of,
    title_of,
    unfit_of,
)
from kaiteki.services.maps.sheets.svg import svg_of
from kaiteki.services.maps.shown import layers_of

LISTED_MAX: Final = 200
"""Features of a layer that the page lists."""
AT_ONCE_MAX: Final = 2
"""Files that are drawn at the same time."""
WAITING_MAX: Final = 8
"""Files that are drawn or wait for it; further ones are refused."""
_REFUSALS: Final = {
    "of_today": Words(
        "印刷できるのは今日の地図です。date と compare は使えません。",
        "What is printed is the map of today; date and compare are not taken.",
        "いんさつ できるのは きょうの 地図（ちず）です。",
    ),
    "unknown_layer": Words(
        "「{said}」という地図はありません。",
        "There is no layer “{said}”.",
        "「{said}」の 地図（ちず）は ありません。",
    ),
    "too_many_layers": Words(
        "一度に印刷できる地図は12枚までです。",
        "Up to 12 layers are printed at once.",
        "いちどに 12まいまでです。",
    ),
    "not_here": Words(
        "場所は、このまちの中の「経度,緯度」で指定してください。",
        "The place is longitude,latitude within the area.",
        "この まちの 中（なか）の 場所（ばしょ）を えらんで ください。",
    ),
    "unknown_scale": Words(
        "縮尺は 500・1000・2500・5000・10000・25000 のどれかです。",
        "The scale is 500, 1000, 2500, 5000, 10000 or 25000.",
        "大（おお）きさは 500・1000・2500・5000・10000・25000の どれかです。",
    ),
    "unknown_paper": Words(
        "用紙は a4-portrait・a4-landscape・a3-portrait・a3-landscape のどれかです。",
        "The paper is a4-portrait, a4-landscape, a3-portrait or a3-landscape.",
        "紙（かみ）は A4か A3です。",
    ),
    "unknown_size": Words(
        f"画像の幅と高さは {PICTURE_PX[0]}〜{PICTURE_PX[1]} ピクセルです。",
        f"Width and height of a picture are {PICTURE_PX[0]} to {PICTURE_PX[1]} pixels.",
        f"絵（え）の 大（おお）きさは {PICTURE_PX[0]}〜{PICTURE_PX[1]}です。",
    ),
}
_FIELDS: Final = {
    "of_today": "date",
    "unknown_layer": "layers",
    "too_many_layers": "layers",
    "not_here": "at",
    "unknown_scale": "scale",
    "unknown_paper": "paper",
}
"""Of which field of the address a refusal speaks; that of a size speaks of `width` or `height`."""
NAMES_LENGTH_MAX: Final = 60
_FORM: Final = Words("印刷する地図を選ぶ", "Choose what to print", "いんさつ する 地図（ちず）を えらぶ")
_BUSY: Final = Words(
    "ただいま混み合っています。少し待ってからもう一度お試しください。",
    "Many maps are being drawn now. Please try again in a moment.",
    "いま こんで います。すこし まって ください。",
)
_LABEL: Final = Words(
    "{title}の地図、縮尺 {scale}。{count}件を描いています。内容は下の一覧にあります。",
    "Map of {title}, scale {scale}, with {count} features; the list below has them.",
    "{title}の 地図（ちず）です。下（した）に ぜんぶ 書（か）いて あります。",
)


class _Drawers:
    """Those who draw files: a few at a time, a few more in the queue."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(AT_ONCE_MAX)
        self._waiting = 0

    async def draw(self, make: Callable[[], bytes]) -> bytes | None:
        """The file; None where too many wait already."""
        if self._waiting >= WAITING_MAX:
            return None
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(make)
        finally:
            self._waiting -= 1


_DRAWERS: Final = _Drawers()


class Made(msgspec.Struct, frozen=True):
    """A sheet with what lies on it and its drawing."""

    sheet: Sheet
    on_sheet: Sequence[OnSheet]
    drawing: Drawing
    title: str


async def show_sheet(ask: PageAsk) -> PageReply:
    """The page: the drawing, the form for scale and paper, the switches of layers, everything in words."""
    if ask.town is None:
        return Missing()
    layers = await layers_of(ask.city)
    sheet = read_sheet(
        {name: text for name, text in ask.query.items() if name not in ("width", "height")}, layers, ask.town
    )
    if isinstance(sheet, Refused):
        return Shown(
            {
                "refused": _fault(sheet, ask, layers).words,
                "groups": _groups(layers, (), {}),
                "made": None,
                "told": {},
            },
            400,
        )
    made = await _make(ask, sheet, ask.town)
    told = _query(sheet)
    count = sum(len(one.features) for one in made.on_sheet)
    label = _LABEL.fill(ask.language, title=made.title, scale=scale_of(sheet), count=count)
    values: dict[str, Any] = {
        "made": made,
        "refused": None,
        "svg": await asyncio.to_thread(svg_of, made.drawing, label),
        "told": told,
        "papers": PAPERS,
        "scales": SCALES,
        "scale": scale_of(sheet),
        "count": count,
        "groups": _groups(layers, sheet.layers, told),
        "sources": sources_of(made.on_sheet, ask.language),
        "unfit": {
            one.layer.id: unfit_of(sheet, one.layer, ask.language) for one in made.on_sheet if not one.fits
        },
        "notes": list(dict.fromkeys(say_note(one, ask.language) for one in sheet.layers)),
        "most": LISTED_MAX,
        "pdf": "maps/sheet.pdf?" + urlencode(told, safe=","),
        "png": "maps/sheet.png?" + urlencode(told, safe=","),
    }
    return Shown(values)


async def write_pdf(ask: PageAsk) -> PageReply:
    """The sheet as a file to print or to keep."""
    language = "en" if ask.language == "en" else "ja"
    return await _file(ask, "pdf", lambda made: pdf_of(made.drawing, made.title, language))


async def write_png(ask: PageAsk) -> PageReply:
    """The sheet as a picture; with `width` and `height` a picture of the map alone, for other pages."""
    return await _file(ask, "png", lambda made: png_of(made.drawing, made.sheet.paper.dpi))


_MEDIA_TYPES: Final = {"pdf": "application/pdf", "png": "image/png"}


async def _file(ask: PageAsk, form: str, draw: Callable[[Made], bytes]) -> PageReply:
    if ask.town is None:
        return Missing()
    layers = await layers_of(ask.city)
    sheet = read_sheet(ask.query, layers, ask.town)
    if isinstance(sheet, Refused) or (sheet.bare and form == "pdf"):
        refused = sheet if isinstance(sheet, Refused) else Refused("unknown_paper")
        return Declined((_fault(refused, ask, layers),), onward=("maps/sheet", _FORM))
    made = await _make(ask, sheet, ask.town)
    content = await _DRAWERS.draw(lambda: draw(made))
    if content is None:
        return Declined((Fault("", "busy", _BUSY),), 503)
    name = f"{ask.area}-{sheet.scale}-{sheet.paper.name or 'map'}.{form}"
    return Plain(content, _MEDIA_TYPES[form], name if form == "pdf" else "")


def _fault(refused: Refused, ask: PageAsk, layers: Sequence[MapLayer]) -> Fault:
    """Which field of the address is wrong, and what it may say."""
    field = _FIELDS.get(refused.code) or unfit_side(ask.query)
    if refused.code == "of_today" and not ask.query.get("date"):
        field = "compare"
    words = _REFUSALS[refused.code]
    if refused.code == "unknown_layer":
        known = {one.name for one in layers}
        said = ",".join(one for one in ask.query.get("layers", "").split(",") if one and one not in known)
        words = Words(*(one.format(said=said[:NAMES_LENGTH_MAX]) for one in (words.ja, words.en, words.easy)))
    return Fault(field, refused.code, words)


async def _make(ask: PageAsk, sheet: Sheet, town: Area) -> Made:
    on_sheet = await read_features(ask, sheet)
    inside = await asyncio.to_thread(draw_features, on_sheet, sheet.frame)
    around = draw_surroundings(sheet, on_sheet, town, ask.language, ask.now)
    drawing = Drawing(sheet.paper.width, sheet.paper.height, sheet.frame, inside, around)
    return Made(sheet, on_sheet, drawing, title_of(sheet, town, ask.language))


def _query(sheet: Sheet) -> dict[str, str]:
    """The sheet as the query of an address."""
    return {
        "layers": ",".join(one.name for one in sheet.layers),
        "at": ",".join(f"{one:.6f}".rstrip("0").rstrip(".") for one in sheet.at),
        "scale": str(sheet.scale),
        "paper": sheet.paper.name,
    }


def _groups(
    layers: Sequence[MapLayer], chosen: Sequence[MapLayer], told: dict[str, str]
) -> list[dict[str, Any]]:
    """The layers by group, each with the address of the sheet with it, or without it where it is there."""
    names = [one.name for one in chosen]

    def switched(layer: MapLayer) -> str:
        rest = [one for one in names if one != layer.name]
        return "maps/sheet?" + urlencode(
            {**told, "layers": ",".join(rest if layer.name in names else [*names, layer.name])}, safe=","
        )

    rows = {
        code: [
            {"layer": one, "on": one.name in names, "href": switched(one)}
            for one in layers
            if one.group == code
        ]
        for code in GROUPS
    }
    return [{"code": code, "words": GROUPS[code], "layers": found} for code, found in rows.items() if found]
