"""Small pictures of numbers, drawn on the server as SVG. The same numbers always stand in a table beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup

WIDTH: Final = 640
HEIGHT: Final = 200
LEFT: Final = 44
RIGHT: Final = 12
TOP: Final = 14
BOTTOM: Final = 30
ROWS_WIDTH: Final = 360
ROW: Final = 38
POINTS_MAX: Final = 500
BAR_WIDTH_MAX: Final = 56
"""A single value is a bar like any other, not a wall."""
SPAN_TOP_MIN: Final = 1.0
"""A scale of spans never ends below this: what is next to nothing looks like it."""
_LABELS_MAX: Final = 9


class Point(msgspec.Struct, frozen=True):
    """One value of a series; `value` None is a gap. `low` and `high` bound it when the spread is known."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def draw_line(points: Sequence[Point | Mapping[str, Any]], label: str) -> Markup:
    """A line over time with its band, when points have one. `label` says in words what is seen."""
    shown = _read(points)
    top = _scale_top(shown)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(shown) - 1)
    band = [
        (LEFT + i * step, p.low, p.high)
        for i, p in enumerate(shown)
        if p.low is not None and p.high is not None
    ]
    parts = [_grid(top), _names(shown, LEFT, step)]
    if len(band) > 1:
        upper = " ".join(f"{x:.1f},{_y(high, top):.1f}" for x, _, high in band)
        lower = " ".join(f"{x:.1f},{_y(low, top):.1f}" for x, low, _ in reversed(band))
        parts.append(f'<polygon class="band" points="{upper} {lower}"/>')
    parts.extend(f'<path class="stroke" d="{path}"/>' for path in _strokes(shown, step, top))
    return _picture(parts, label)


def draw_bars(points: Sequence[Point | Mapping[str, Any]], label: str) -> Markup:
    """One bar per value."""
    shown = _read(points)
    top = _scale_top(shown)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(shown))
    wide = min(step * 0.7, BAR_WIDTH_MAX)
    bars = [
        f'<rect class="bar" x="{LEFT + (i + 0.5) * step - wide / 2:.1f}" y="{_y(p.value, top):.1f}"'
        f' width="{wide:.1f}" height="{HEIGHT - BOTTOM - _y(p.value, top):.1f}"/>'
        for i, p in enumerate(shown)
        if p.value is not None
    ]
    return _picture([_grid(top), _names(shown, LEFT + step / 2, step), *bars], label)


def draw_rows(points: Sequence[Point | Mapping[str, Any]], label: str) -> Markup:
    """One bar per named part, lying, its name and value above it: readable on a phone with names of any length."""
    shown = _read(points)
    top = max((p.value for p in shown if p.value is not None), default=0.0) or 1.0
    parts = [
        Markup(
            '<text x="0" y="{y}">{name}</text><text x="{end}" y="{y}" text-anchor="end">{value}</text>'
            '<rect class="bar" x="0" y="{bar}" width="{width:.1f}" height="{thick}"/>'
        ).format(
            y=i * ROW + 15,
            name=point.label,
            end=ROWS_WIDTH,
            value="–" if point.value is None else f"{point.value:,g}",
            bar=i * ROW + 21,
            width=ROWS_WIDTH * max(0.0, point.value or 0.0) / top,
            thick=8,
        )
        for i, point in enumerate(shown)
    ]
    return _picture(parts, label, (ROWS_WIDTH, ROW * max(1, len(shown))), "chart rows")


def draw_spans(points: Sequence[Point | Mapping[str, Any]], label: str, open_end: str = "") -> Markup:
    """A mark with its bounds per named part, on one scale: what is surely different, and what may be chance.

    A span without `high` runs to the edge and ends in an arrow; `open_end` says it in words beside the value.
    """
    shown = [point for point in _read(points) if point.value is not None]
    top = max(_scale_top(shown), SPAN_TOP_MIN)
    parts = [_span(point, i * ROW, top, open_end) for i, point in enumerate(shown)]
    bottom = ROW * max(1, len(shown)) + 8
    scale = Markup(
        '<line class="grid" x1="0" x2="{w}" y1="{y}" y2="{y}"/><text x="0" y="{t}">0</text>'
        '<text x="{w}" y="{t}" text-anchor="end">{top:g}</text>'
    ).format(w=ROWS_WIDTH, y=bottom - 4, t=bottom + 11, top=top)
    return _picture([*parts, scale], label, (ROWS_WIDTH, bottom + 16), "chart rows")


def _span(point: Point, y: int, top: float, open_end: str) -> Markup:
    value, low = point.value or 0.0, point.low if point.low is not None else point.value or 0.0
    end = point.high if point.high is not None else top
    x, left, right = (ROWS_WIDTH * min(one, top) / top for one in (value, low, end))
    arrow = (
        ""
        if point.high is not None
        else f"M{right - 6:.1f} {y + 20}L{right:.1f} {y + 25}L{right - 6:.1f} {y + 30}"
    )
    bounds = f"{low:.1f}–{point.high:.1f}" if point.high is not None else f"{low:.1f}–{open_end}"
    return Markup(
        '<text x="0" y="{t}">{name}</text><text x="{w}" y="{t}" text-anchor="end">{value:.1f}（{bounds}）</text>'
        '<path class="stroke" d="M{left:.1f} {m}L{right:.1f} {m}{arrow}"/><circle class="bar" cx="{x:.1f}" cy="{m}" r="5"/>'
    ).format(
        t=y + 15, m=y + 25, w=ROWS_WIDTH, name=point.label, value=value, bounds=bounds,
        left=left, right=right, arrow=arrow, x=x,
    )  # fmt: skip


def _read(points: Sequence[Point | Mapping[str, Any]]) -> list[Point]:
    """Points as templates may write them: `{label: …, value: …}`."""
    return [
        point if isinstance(point, Point) else msgspec.convert(point, Point) for point in points[:POINTS_MAX]
    ]


def _strokes(points: Sequence[Point], step: float, top: float) -> list[str]:
    """The path of each stretch without a gap."""
    paths: list[str] = []
    run: list[str] = []
    for i, point in enumerate([*points, Point("", None)]):
        if point.value is not None:
            run.append(f"{LEFT + i * step:.1f} {_y(point.value, top):.1f}")
        elif run:
            paths.append("M" + "L".join(run))
            run = []
    return paths


def _scale_top(points: Sequence[Point]) -> float:
    """A round number not below the largest value."""
    largest = max((v for p in points for v in (p.value, p.high) if v is not None), default=0.0)
    if largest <= 0:
        return 1.0
    unit = 1.0
    while unit * 10 <= largest:
        unit *= 10
    while unit > largest:
        unit /= 10
    return next(unit * factor for factor in (1, 2, 3, 4, 5, 6, 8, 10) if unit * factor >= largest)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(0.0, value) / top


def _grid(top: float) -> str:
    rows: list[str] = []
    for part in (0.0, 0.5, 1.0):
        y = _y(top * part, top)
        rows.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{top * part:g}</text>'
        )
    return "".join(rows)


def _names(points: Sequence[Point], start: float, step: float) -> str:
    every = max(1, -(-len(points) // _LABELS_MAX))
    return Markup("").join(
        Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
            start + i * step, HEIGHT - 8, point.label
        )
        for i, point in enumerate(points)
        if i % every == 0
    )


def _picture(
    parts: Sequence[str], label: str, size: tuple[int, int] = (WIDTH, HEIGHT), look: str = "chart"
) -> Markup:
    head = Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        look, *size, label
    )
    return head + Markup("".join(parts)) + Markup("</svg>")
