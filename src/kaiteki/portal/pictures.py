"""The server-made map: positions on the outline of the area as SVG, without tiles, without JavaScript."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from markupsafe import Markup, escape

WIDTH: Final = 760
HEIGHT: Final = 460
PINS_MAX: Final = 1000
OUTLINE_POINTS_MAX: Final = 20_000
LINKED_PINS_MAX: Final = 60
CLEAR_PINS_MAX: Final = 12
"""Names are moved off so few pins; among many pins they lie over them, or no name would be left."""
PIN: Final = 10.0
PIN_LARGE: Final = 19.0
PIN_SMALL: Final = 5.0
"""Radii of pins in units of the picture: of some, of the only one, of many."""
_PAD: Final = 28
_METRES_PER_DEGREE: Final = 111_320.0
_SPAN_MIN_DEGREES: Final = 0.012
_WIDE_UNITS: Final = 24
_NARROW_UNITS: Final = 13.5
"""About the width of a Japanese and of a Latin letter of a name on a phone, where they are largest."""
_HERE_UNITS: Final = 12
_MOVES: Final = ((0, 0), (0, -28), (0, 40), (1, 0), (-1, 0), (1, -28), (-1, -28), (1, 40), (-1, 40))
"""How a name may be moved from its place to make room: halves of its width to the right, units down."""
_SPAN_CLOSE_DEGREES: Final = 0.0012
"""Where there are several places, the picture may come as close as they need to be told apart."""
_RULES_M: Final = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)

LonLat = tuple[float, float]


class Frame(NamedTuple):
    """The projection of one picture: local plate carrée around a middle, `scale` units per degree of latitude."""

    lon: float
    lat: float
    scale: float
    narrowing: float

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Units from the upper left corner."""
        x = WIDTH / 2 + (lon - self.lon) * self.scale * self.narrowing
        return round(x, 1), round(HEIGHT / 2 - (lat - self.lat) * self.scale, 1)


class Ground(NamedTuple):
    """What lies under the pins: an outline (GeoJSON) and names of places, so that one finds one's way without tiles."""

    outline: Mapping[str, Any] = {}
    names: Sequence[tuple[str, LonLat]] = ()


def draw_map(
    items: Sequence[Mapping[str, Any]],
    ground: Ground,
    here: LonLat | None,
    label: str,
) -> Markup:
    """Pins (`lon`, `lat`, `title`, `href`, `state`) on the ground of the area; `label` says in words what is seen.

    A `mark` is written beside its pin: a number that stands in the list too.

    Few pins are links; many are only seen, because the list beside the map has them all.
    """
    placed = [one for one in items if one.get("lon") is not None and one.get("lat") is not None][:PINS_MAX]
    points = [(float(one["lon"]), float(one["lat"])) for one in placed] + ([here] if here else [])
    rings = outline_rings(ground.outline)
    frame = _fit(
        points or [point for ring in rings for point in ring] or [place for _, place in ground.names]
    )
    parts = [f'<rect class="m-ground" width="{WIDTH}" height="{HEIGHT}"/>', _draw_rings(rings, frame)]
    linked = len(placed) <= LINKED_PINS_MAX
    size = PIN_LARGE if len(placed) == 1 else PIN if linked else PIN_SMALL
    parts += [_draw_pin(one, frame, size) for one in placed]
    # names lie over the pins with a rim around them; the pins are many, the names few
    marked = [one for one in placed if one.get("mark")] if linked else []
    marks = [(str(one["mark"]), (float(one["lon"]), float(one["lat"]))) for one in marked]
    taken = _boxes_of(placed if len(placed) <= CLEAR_PINS_MAX else [], frame, size, here)
    parts += _draw_names((*marks, *ground.names), frame, taken)
    if here:
        x, y = frame.place(*here)
        parts.append(
            f'<circle class="m-halo" cx="{x}" cy="{y}" r="24"/><circle class="m-here" cx="{x}" cy="{y}" r="8"/>'
        )
    parts.append(_draw_scale(frame))
    # an image hides what is in it from screen readers, so with links inside it is a group
    role = "group" if linked and any(one.get("href") for one in placed) else "img"
    head = Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid meet" role="{}" aria-label="{}">'
    ).format(WIDTH, HEIGHT, role, label)
    return head + Markup("".join(parts)) + Markup("</svg>")


def outline_rings(outline: Mapping[str, Any]) -> list[list[LonLat]]:
    """Every ring of the polygons of a GeoJSON object, up to OUTLINE_POINTS_MAX points in all."""
    found: list[list[LonLat]] = []
    left = OUTLINE_POINTS_MAX
    waiting: list[Mapping[str, Any]] = [outline]
    while waiting:
        one = waiting.pop()
        kind = one.get("type")
        if kind == "FeatureCollection":
            waiting.extend(one["features"])
        elif kind == "Feature":
            waiting.append(one["geometry"] or {})
        elif kind in ("Polygon", "MultiPolygon"):
            polygons = [one["coordinates"]] if kind == "Polygon" else one["coordinates"]
            for polygon in polygons:
                for ring in polygon:
                    left -= len(ring)
                    if left >= 0:
                        found.append([(float(point[0]), float(point[1])) for point in ring])
    return found


def _fit(points: Sequence[LonLat]) -> Frame:
    """A frame that shows all points with air around them."""
    if not points:
        points = [(139.75, 35.68)]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    narrowing = math.cos(math.radians((south + north) / 2))
    least = _SPAN_CLOSE_DEGREES if len(set(points)) > 1 else _SPAN_MIN_DEGREES
    high, wide = max(north - south, least), max((east - west) * narrowing, least)
    scale = min((HEIGHT - 2 * _PAD) / high, (WIDTH - 2 * _PAD) / wide)
    return Frame((west + east) / 2, (south + north) / 2, scale, narrowing)


def _draw_rings(rings: Sequence[Sequence[LonLat]], frame: Frame) -> str:
    """The outline as one path; neighbouring points that fall together are left out."""
    paths: list[str] = []
    for ring in rings:
        last = (math.inf, math.inf)
        steps: list[str] = []
        for lon, lat in ring:
            x, y = frame.place(lon, lat)
            if abs(x - last[0]) + abs(y - last[1]) >= 1.5:
                steps.append(f"{x:g} {y:g}")
                last = (x, y)
        if len(steps) > 2:
            paths.append("M" + "L".join(steps) + "Z")
    return f'<path class="m-area" fill-rule="evenodd" d="{"".join(paths)}"/>' if paths else ""


def _draw_pin(one: Mapping[str, Any], frame: Frame, size: float) -> str:
    x, y = frame.place(float(one["lon"]), float(one["lat"]))
    title = escape(one.get("title", ""))
    kind = escape(one.get("state") or "plain")
    # formatted by hand: this runs for every pin of every map
    pin = f'<circle class="m-pin {kind}" cx="{x}" cy="{y}" r="{size}"><title>{title}</title></circle>'
    if size == PIN_LARGE:
        # the one place of a page is a pin with a point, so that nobody has to look for it
        drop = (
            f'<path class="m-pin {kind}" d="M{x} {y}c-6-13-19-22-19-36a19 19 0 0 1 38 0c0 14-13 23-19 36Z"/>'
        )
        pin = f'{drop}<circle class="m-eye" cx="{x}" cy="{y - 36}" r="7"><title>{title}</title></circle>'
    if size != PIN_SMALL and one.get("href"):
        return f'<a href="{escape(one["href"])}" aria-label="{title}" tabindex="-1">{pin}</a>'
    return pin


class _Box(NamedTuple):
    """What a name covers, in units of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        """Whether both cover a common place."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def _boxes_of(
    placed: Sequence[Mapping[str, Any]], frame: Frame, size: float, here: LonLat | None
) -> list[_Box]:
    """What the pins and the mark of one's own place cover; the one large pin stands above its place."""
    points = [(float(one["lon"]), float(one["lat"])) for one in placed] + ([here] if here else [])
    rise = PIN_LARGE * 3 if size == PIN_LARGE and placed else _HERE_UNITS
    return [
        _Box(x - _HERE_UNITS, y - rise, x + _HERE_UNITS, y + _HERE_UNITS)
        for x, y in (frame.place(*p) for p in points)
    ]


def _draw_names(names: Sequence[tuple[str, LonLat]], frame: Frame, covered: Sequence[_Box]) -> list[str]:
    """Names where their places lie, moved a little where something else is; left out where there is no room."""
    taken = list(covered)
    drawn: list[str] = []
    for name, place in names:
        x, y = frame.place(*place)
        if not (0 < x < WIDTH and 0 < y < HEIGHT):
            continue
        half = sum(_WIDE_UNITS if ord(letter) > 0x2E7F else _NARROW_UNITS for letter in name) / 2
        for right, down in _MOVES:
            middle, low = x + right * half, y + down
            box = _Box(middle - half, low - _WIDE_UNITS, middle + half, low + 4)
            if not any(box.meets(other) for other in taken):
                taken.append(box)
                drawn.append(
                    Markup('<text class="m-name" x="{:g}" y="{:g}" text-anchor="middle">{}</text>').format(
                        middle, low, name
                    )
                )
                break
    return drawn


def _draw_scale(frame: Frame) -> str:
    """A ruler at the lower left and north at the upper right."""
    units_per_metre = frame.scale / _METRES_PER_DEGREE
    metres = max((rule for rule in _RULES_M if rule * units_per_metre <= 180), default=_RULES_M[0])
    length = metres * units_per_metre
    said = f"{metres} m" if metres < 1000 else f"{metres // 1000} km"
    low = HEIGHT - 22
    return (
        f'<path class="m-rule" d="M22 {low - 6}v6h{length:.0f}v-6"/>'
        f'<text class="m-text" x="22" y="{low - 10}">{said}</text>'
        f'<path class="m-rule" d="M{WIDTH - 30} 44V22m-6 8 6-8 6 8"/>'
        f'<text class="m-text" x="{WIDTH - 34}" y="58">N</text>'
    )
