"""What stands around the map of a sheet: title, frame with coordinates, legend, scale bar, north arrow, notes and sources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from kaiteki.model.area import Area
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer, Sort, say_note
from kaiteki.services.maps.sheets.drawing import (
    FAINT,
    INK,
    WHITE,
    Lettering,
    Outline,
    box,
    cut,
    width_of,
    wrapped,
)
from kaiteki.services.maps.sheets.features import OnSheet
from kaiteki.services.maps.sheets.hatching import hatched
from kaiteki.services.maps.sheets.looks import area, line, mark
from kaiteki.services.maps.sheets.papers import Frame, Point, Sheet, nice
from kaiteki.services.maps.shown import licence_of, source_of
from kaiteki.services.maps.signs import Sign

Parts = list[Outline | Lettering]
TICK_MM_MIN: Final = 25.0
BAR_MM_MIN: Final = 20.0
"""Half of the scale bar is at least so long."""
LEGEND_ROW_MM: Final = 5.0
LEGEND_MM: Final = 2.8
LEGEND_MM_MIN: Final = 1.9
LEGEND_COLUMN_MM: Final = 54.0
LEGEND_ROWS_MAX: Final = 5
SIDE_MM: Final = 56.0
"""The room to the right of the legend, for the arrow and the bar."""
SMALL_MM: Final = 2.4
LINE_MM: Final = 3.5
LINES_MAX: Final = 6
HEAD_MM: Final = 5.4
NAMES_MM: Final = 3.2
_JAPAN: Final = timezone(timedelta(hours=9))
REFERENCE: Final = Words("参考図", "For reference", "さんこうの 地図（ちず）")
_GRID_NORTH: Final = Words("上が方眼北", "Grid north is up", "上（うえ）が 北（きた）")
_SCALE: Final = Words("縮尺", "Scale", "ちぢめた わりあい")
_PRINTED: Final = Words(
    "{paper}に100%（実際のサイズ）で印刷したときの縮尺です",
    "To scale when printed on {paper} at 100% (actual size)",
    "{paper}に 100%で 印刷（いんさつ）して ください",
)
_SYSTEM: Final = Words(
    "平面直角座標系 第{system}系（JGD2011）　X＝北　Y＝東　単位 m",
    "Japan plane rectangular system {system} (JGD2011), X north, Y east, in metres",
    "平面直角座標系（へいめん ちょっかく ざひょうけい）{system}　X＝北（きた）　Y＝東（ひがし）　m",
)
_MIDDLE: Final = Words(
    "中心　北緯{lat}° 東経{lon}°",
    "Centre {lat}° N {lon}° E",
    "まん中　北緯（ほくい）{lat}° 東経（とうけい）{lon}°",
)
_SOURCE: Final = Words("出典", "Source", "もとの データ")
_MADE: Final = Words("{day}作成", "Made {day}", "{day}に つくりました")
_FURTHER: Final = Words("ほか{count}件", "{count} more", "ほか{count}こ")
_CUT: Final = Words(
    "「{layer}」は多いため一部だけを描いています。",
    "Only a part of “{layer}” is drawn: there are too many.",
    "「{layer}」は 多（おお）いので、ぜんぶは ありません。",
)
_UNFIT: Final = Words(
    "「{layer}」はこの縮尺では描きません。",
    "“{layer}” is not drawn at this scale.",
    "「{layer}」は この 大（おお）きさでは 出（で）ません。",
)
_FITTING: Final = Words("描く縮尺は {scale} です。", "It is drawn at {scale}.", "{scale} なら 出（で）ます。")


def unfit_of(sheet: Sheet, layer: MapLayer, language: str) -> str:
    """That a layer is not drawn at the scale of a sheet, and at which scales it is."""
    scales = ("・" if language != "en" else ", ").join(f"1:{one:,}" for one in sheet.scales_of(layer))
    fitting = _FITTING.fill(language, scale=scales) if scales else ""
    return f"{_UNFIT.fill(language, layer=layer.title.say(language))}{fitting}"


def draw_surroundings(
    sheet: Sheet, on_sheet: Sequence[OnSheet], town: Area, language: str, now: Instant
) -> Parts:
    """Everything beside the map."""
    if sheet.bare:
        return _of_picture(sheet, on_sheet, language)
    return [
        *_head(sheet, town, language),
        *_grid(sheet),
        box(sheet.frame, stroke=INK, width=0.4),
        *_legend(sheet, on_sheet, language),
        *_side(sheet, language),
        *_foot(sheet, on_sheet, language, now),
    ]


def title_of(sheet: Sheet, town: Area, language: str) -> str:
    """What a sheet is called: the area and its layers."""
    names = names_of(sheet, language)
    return f"{town.words.say(language)}　{names}" if names else town.words.say(language)


def names_of(sheet: Sheet, language: str) -> str:
    """The layers of a sheet in words."""
    return ("・" if language != "en" else ", ").join(one.title.say(language) for one in sheet.layers)


def scale_of(sheet: Sheet) -> str:
    """The scale as people write it."""
    return f"1:{sheet.scale:,}"


def _head(sheet: Sheet, town: Area, language: str) -> Parts:
    frame = sheet.frame
    scale = f"{_SCALE.say(language)} {scale_of(sheet)}"
    reference = REFERENCE.say(language)
    tag = width_of(reference, 3.2) + 4
    lon, lat = sheet.at
    middle = _MIDDLE.fill(language, lat=f"{lat:.5f}", lon=f"{lon:.5f}")
    printed = _PRINTED.fill(language, paper=sheet.paper.words.say(language))
    name = town.words.say(language)
    begin = width_of(name, HEAD_MM) + 4
    lines = wrapped(names_of(sheet, language), NAMES_MM, frame.width - begin - width_of(scale, 4.6) - 5, 2)
    above = 12.0 if len(lines) > 1 else 14.8
    return [
        Lettering((frame.x, 15), name, HEAD_MM),
        *(
            Lettering((frame.x + begin, above + number * 3.9), text, NAMES_MM)
            for number, text in enumerate(lines)
        ),
        Lettering((frame.right, 15), scale, 4.6, "end"),
        box(Frame(frame.x, 18, tag, 5), stroke=INK, width=0.3),
        Lettering((frame.x + tag / 2, 21.7), reference, 3.2, "middle"),
        Lettering(
            (frame.x + tag + 3, 21.6), cut(middle, SMALL_MM, frame.width / 2 - tag), SMALL_MM, colour=FAINT
        ),
        Lettering((frame.right, 21.6), cut(printed, SMALL_MM, frame.width / 2 - 3), SMALL_MM, "end", FAINT),
    ]


def _grid(sheet: Sheet) -> Parts:
    """Ticks with coordinates on the frame, crosses where they meet."""
    frame = sheet.frame
    west, south, east, north = sheet.metres
    step = nice(TICK_MM_MIN * sheet.scale / 1000)
    times = 1000 / sheet.scale
    columns = [(y, frame.x + (y - west) * times) for y in _multiples(west, east, step)]
    rows = [(x, frame.bottom - (x - south) * times) for x in _multiples(south, north, step)]
    parts: Parts = []
    for metres, x in columns:
        lines = [[(x, frame.y), (x, frame.y - 1.5)], [(x, frame.bottom), (x, frame.bottom + 1.5)]]
        parts.append(Outline(lines, stroke=INK, width=0.2))
        parts.append(Lettering((x, frame.y - 2.2), f"{metres:,.0f}", 2.0, "middle", FAINT))
        parts.append(Lettering((x, frame.bottom + 3.8), f"{metres:,.0f}", 2.0, "middle", FAINT))
    for metres, y in rows:
        lines = [[(frame.x, y), (frame.x - 1.5, y)], [(frame.right, y), (frame.right + 1.5, y)]]
        parts.append(Outline(lines, stroke=INK, width=0.2))
        parts.append(Lettering((frame.x - 2, y + 0.7), f"{metres:,.0f}", 2.0, "end", FAINT))
        parts.append(Lettering((frame.right + 2, y + 0.7), f"{metres:,.0f}", 2.0, "start", FAINT))
    crosses = [
        [(x + dx, y + dy), (x - dx, y - dy)]
        for _, x in columns
        for _, y in rows
        for dx, dy in ((1.2, 0), (0, 1.2))
    ]
    return [*parts, Outline(crosses, stroke=FAINT, width=0.1)] if crosses else parts


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = int(low // step) + 1
    return [number * step for number in range(first, int(high // step) + 1)]


def _legend(sheet: Sheet, on_sheet: Sequence[OnSheet], language: str) -> Parts:
    frame = sheet.frame
    columns = max(1, int((frame.width - SIDE_MM) // LEGEND_COLUMN_MM))
    rows = [
        (sign, one.sorts_of(sign), *_said_of(one.layer, sign, language))
        for one in on_sheet
        for sign in one.signs_there
    ]
    most = columns * LEGEND_ROWS_MAX
    left = len(rows) - most + 1 if len(rows) > most else 0
    parts: Parts = []
    for number, (sign, sorts, text, of) in enumerate(rows[: most - 1] if left else rows):
        x, y = _spot(frame, number)
        parts += [
            *_sign(sign, sorts, (x, y)),
            *_words_of(text, of, (x + 10, y)),
        ]
    if left:
        x, y = _spot(frame, most - 1)
        parts.append(Lettering((x + 10, y + 1), _FURTHER.fill(language, count=left), 2.8, colour=FAINT))
    return parts


def _said_of(layer: MapLayer, sign: Sign, language: str) -> tuple[str, str]:
    """What a row of the legend says: a class with the layer that it is of, a layer without classes alone."""
    title = layer.title.say(language)
    return (sign.words.say(language), title) if layer.style.by else (title, "")


def _words_of(text: str, of: str, at: Point) -> Parts:
    """The words of a row: letters as small as they must be, the layer in a smaller line below."""
    room = LEGEND_COLUMN_MM - 12
    size = max(LEGEND_MM_MIN, min(LEGEND_MM, LEGEND_MM * room / max(width_of(text, LEGEND_MM), 0.1)))
    x, y = at
    if not of:
        return [Lettering((x, y + 1), cut(text, size, room), size)]
    return [
        Lettering((x, y + 0.3), cut(text, size, room), size),
        Lettering((x, y + 2.3), cut(of, LEGEND_MM_MIN, room), LEGEND_MM_MIN, colour=FAINT),
    ]


def _spot(frame: Frame, number: int) -> Point:
    column, row = divmod(number, LEGEND_ROWS_MAX)
    return frame.x + column * LEGEND_COLUMN_MM, frame.bottom + 9.5 + row * LEGEND_ROW_MM


def _sign(sign: Sign, sorts: Sequence[Sort], at: Point) -> Sequence[Outline]:
    """The sign of a legend, 8 mm wide around the height of `at`, with its pattern; points lie on lines, lines on areas."""
    x, y = at
    drawn: list[Outline] = []
    if "area" in sorts:
        ring: list[Point] = [(x, y - 1.8), (x + 8, y - 1.8), (x + 8, y + 1.8), (x, y + 1.8), (x, y - 1.8)]
        drawn += [area(sign, [ring]), *hatched(sign, [ring])]
    if "line" in sorts:
        drawn.append(line(sign, [[(x, y), (x + 8, y)]]))
    if "point" in sorts:
        drawn.append(mark(sign, (x + 4, y)))
    return drawn


def _side(sheet: Sheet, language: str) -> Parts:
    """North arrow and scale bar."""
    frame = sheet.frame
    x, y = frame.right - SIDE_MM + 8, frame.bottom + 8
    arrow: Parts = [
        Outline([[(x, y), (x + 3, y + 10), (x, y + 8)]], True, INK, stroke=INK, width=0.2),
        Outline([[(x, y), (x - 3, y + 10), (x, y + 8)]], True, WHITE, stroke=INK, width=0.2),
        Lettering((x, y + 14), "N", 3.4, "middle"),
        Lettering((x, y + 18), _GRID_NORTH.say(language), 2.2, "middle", FAINT),
    ]
    return [*arrow, *_bar(sheet.scale, (x + 10, y + 7), SIDE_MM - 20)]


def _bar(scale: int, at: Point, room: float) -> Parts:
    """Two lengths of the ground, one dark and one light, with their metres."""
    step = nice(min(BAR_MM_MIN, room / 4) * scale / 1000)
    while 2 * step * 1000 / scale > room:
        step /= 2
    x, y = at
    half = step * 1000 / scale
    unit, per = ("km", 1000) if step >= 1000 else ("m", 1)
    labels = [(x, "0"), (x + half, f"{step / per:g}"), (x + 2 * half, f"{2 * step / per:g} {unit}")]
    return [
        box(Frame(x, y, half, 1.6), fill=INK, stroke=INK, width=0.2),
        box(Frame(x + half, y, half, 1.6), fill=WHITE, stroke=INK, width=0.2),
        *(Lettering((place, y - 1.2), text, 2.4, "middle") for place, text in labels),
        Lettering((x, y + 5), f"1:{scale:,}", 2.6),
    ]


def _foot(sheet: Sheet, on_sheet: Sequence[OnSheet], language: str, now: Instant) -> Parts:
    """Notes of the law, what is not drawn, sources, the system, the day: as many lines as there is room for."""
    frame = sheet.frame
    day = datetime.fromtimestamp(now / 1_000_000, UTC).astimezone(_JAPAN).date()
    notes = list(dict.fromkeys(say_note(one, language) for one in sheet.layers))
    cuts = [_CUT.fill(language, layer=one.layer.title.say(language)) for one in on_sheet if one.more]
    last = (
        f"{_SYSTEM.fill(language, system=sheet.system)}　{_MADE.fill(language, day=day.isoformat())}　Kaiteki"
    )
    unfit = [unfit_of(sheet, one.layer, language) for one in on_sheet if not one.fits]
    texts = [*unfit, *cuts, sources_of(on_sheet, language), *notes]
    lines = [line for text in texts if text for line in wrapped(text, SMALL_MM, frame.width, 2)]
    shown = [*lines[: LINES_MAX - 1], cut(last, SMALL_MM, frame.width)]
    top = frame.bottom + 9.5 + LEGEND_ROWS_MAX * LEGEND_ROW_MM + 3
    return [Lettering((frame.x, top + number * LINE_MM), text, SMALL_MM) for number, text in enumerate(shown)]


def sources_of(on_sheet: Sequence[OnSheet], language: str) -> str:
    """Where the data come from, each source once, with its day and licence."""
    told = [
        "、".join(
            part
            for part in (
                source_of(one.layer, one.data_set, language),
                one.layer.as_of,
                licence_of(one.layer, one.data_set),
            )
            if part
        )
        for one in on_sheet
    ]
    known = "；".join(dict.fromkeys(one for one in told if one))
    return f"{_SOURCE.say(language)}：{known}" if known else ""


def _of_picture(sheet: Sheet, on_sheet: Sequence[OnSheet], language: str) -> Parts:
    """A bare picture has its scale bar, its sources and that it is for reference."""
    frame = sheet.frame
    room = frame.width - 4
    unfit = "".join(unfit_of(sheet, one.layer, language) for one in on_sheet if not one.fits)
    told = f"{REFERENCE.say(language)}　{unfit}{sources_of(on_sheet, language)}"
    parts: Parts = [
        box(Frame(0, frame.bottom - 4, frame.width, 4), fill=WHITE, opacity=0.85),
        Lettering((2, frame.bottom - 1.2), cut(told, SMALL_MM, room), SMALL_MM),
    ]
    bar = _bar(sheet.scale, (4, frame.bottom - 13), min(50, room - 4))
    return [box(Frame(2, frame.bottom - 17.5, min(60, room), 12.5), fill=WHITE, opacity=0.85), *bar, *parts]
