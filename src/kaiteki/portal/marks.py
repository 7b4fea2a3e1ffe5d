"""The mark of an area as a picture: the wave and the sun of static/icon.svg on the area's colour, in the sizes that phones ask for."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw

SIZES: Final = (180, 192, 512)
"""Pixels of a side: a home screen of iOS, one of Android, a start screen."""
FINER: Final = 4
"""Drawn so many times larger and made small, which rounds the edges."""
KEPT_MAX: Final = 64
WAVE_STEPS: Final = 24
SUN: Final = "#ffd43d"
_SIDE: Final = 40.0
_WAVE: Final = (((8, 25), (12, 18), (16, 18), (20, 25)), ((20, 25), (24, 32), (28, 32), (32, 25)))
"""The two cubic curves of the wave, on a square of 40."""
_SAFE: Final = 0.72
"""How much of a picture that may be cut to any shape the mark takes."""

Position = tuple[float, float]


@lru_cache(KEPT_MAX)
def draw_mark(colour: str, size: int, cut: bool = False) -> bytes:
    """A square PNG of `size` pixels. `cut`: the ground fills it, so that a phone may cut it to its own shape."""
    side = size * FINER
    picture = Image.new("RGBA", (side, side), colour if cut else (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    if not cut:
        pen.ellipse((side * 0.025, side * 0.025, side * 0.975, side * 0.975), fill=colour)
    scale = side / _SIDE * (_SAFE if cut else 1)
    shift = side * (1 - _SAFE) / 2 if cut else 0.0
    _draw_wave(pen, scale, shift)
    _draw_dot(pen, (20 * scale + shift, 13 * scale + shift), 3.6 * scale, SUN)
    small = picture.resize((size, size), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    small.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _draw_wave(pen: ImageDraw.ImageDraw, scale: float, shift: float) -> None:
    """The wave as a row of dots that touch, so that its ends are round."""
    for curve in _WAVE:
        for step in range(WAVE_STEPS * 4 + 1):
            x, y = _on_curve(curve, step / (WAVE_STEPS * 4))
            _draw_dot(pen, (x * scale + shift, y * scale + shift), 1.5 * scale, "#ffffff")


def _on_curve(curve: tuple[Position, Position, Position, Position], at: float) -> Position:
    """A point of a cubic Bézier curve, `at` from 0 to 1."""
    left = 1 - at
    weights = (left**3, 3 * left**2 * at, 3 * left * at**2, at**3)
    return (
        sum(weight * point[0] for weight, point in zip(weights, curve, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, curve, strict=True)),
    )


def _draw_dot(pen: ImageDraw.ImageDraw, middle: Position, radius: float, colour: str) -> None:
    x, y = middle
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
