"""A drawing as a picture in so many dots per inch, drawn twice as large and made smaller, so that slanting lines are smooth."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from kaiteki.services.maps.sheets.drawing import TYPEFACE, WHITE, Drawing, Lettering, Outline
from kaiteki.services.maps.sheets.papers import Point

TIMES: Final = 2
MM_PER_INCH: Final = 25.4
_ANCHORS: Final = {"start": "ls", "middle": "ms", "end": "rs"}


def png_of(drawing: Drawing, dpi: int) -> bytes:
    """The picture as a file that says its resolution."""
    size = (round(drawing.width / MM_PER_INCH * dpi), round(drawing.height / MM_PER_INCH * dpi))
    picture = _Picture(size, dpi * TIMES / MM_PER_INCH)
    frame = drawing.frame
    picture.draw(drawing.inside)
    corner = [round(side * picture.scale) for side in (frame.x, frame.y, frame.right, frame.bottom)]
    whole = Image.new("RGB", picture.image.size, WHITE)
    whole.paste(picture.image.crop((corner[0], corner[1], corner[2], corner[3])), (corner[0], corner[1]))
    picture.image = whole
    picture.draw(drawing.around)
    held = io.BytesIO()
    picture.image.resize(size, Image.Resampling.BOX).save(held, "PNG", dpi=(dpi, dpi))
    return held.getvalue()


@lru_cache(maxsize=16)
def _typeface(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(TYPEFACE), size_px)


class _Picture:
    """A canvas; `scale` is its pixels per millimetre."""

    def __init__(self, size: tuple[int, int], scale: float) -> None:
        self.image = Image.new("RGB", (size[0] * TIMES, size[1] * TIMES), WHITE)
        self.scale = scale

    def draw(self, parts: Sequence[Outline | Lettering]) -> None:
        """Draw one after the other."""
        pen = ImageDraw.Draw(self.image, "RGBA")
        for one in parts:
            if isinstance(one, Outline):
                self._outline(pen, one)
            else:
                self._lettering(pen, one)

    def _outline(self, pen: ImageDraw.ImageDraw, one: Outline) -> None:
        parts = [[(x * self.scale, y * self.scale) for x, y in part] for part in one.parts]
        if one.fill and len(parts) > 1:
            self._fill_with_holes(parts, one)
        elif one.fill:
            pen.polygon(parts[0], fill=_colour(one.fill, one.opacity))
        if not one.stroke:
            return
        width = max(1, round(one.width * self.scale))
        for part in parts:
            line = [*part, part[0]] if one.closed else part
            for piece in _dashes(line, [length * self.scale for length in one.dash]):
                pen.line(piece, fill=_colour(one.stroke, 1), width=width, joint="curve")

    def _fill_with_holes(self, parts: Sequence[Sequence[Point]], one: Outline) -> None:
        """Fill what an odd number of rings surrounds."""
        points = [point for part in parts for point in part]
        left, top = (math.floor(min(point[axis] for point in points)) for axis in (0, 1))
        right, bottom = (math.ceil(max(point[axis] for point in points)) + 1 for axis in (0, 1))
        mask = Image.new("1", (right - left, bottom - top), 0)
        for part in parts:
            ring = Image.new("1", mask.size, 0)
            ImageDraw.Draw(ring).polygon([(x - left, y - top) for x, y in part], fill=1)
            mask = ImageChops.logical_xor(mask, ring)
        veil = mask.convert("L").point([round(v * one.opacity) for v in range(256)])
        self.image.paste(Image.new("RGB", mask.size, one.fill), (left, top), veil)

    def _lettering(self, pen: ImageDraw.ImageDraw, one: Lettering) -> None:
        x, y = (side * self.scale for side in one.at)
        rim = round(one.size / 10 * self.scale) if one.halo else 0
        look: dict[str, Any] = {"stroke_width": rim, "stroke_fill": WHITE} if rim else {}
        face = _typeface(max(1, round(one.size * self.scale)))
        pen.text((x, y), one.text, font=face, fill=one.colour, anchor=_ANCHORS[one.anchor], **look)


def _colour(colour: str, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, round(255 * opacity)


def _dashes(line: Sequence[Point], lengths: Sequence[float]) -> Iterator[Sequence[Point]]:
    """The strokes of a dashed line; the line itself where it has no dashes."""
    if not lengths or sum(lengths) <= 0:
        yield line
        return
    at, left = 0, lengths[0]
    piece: list[Point] = [line[0]]
    for start, end in pairwise(line):
        here, way = start, math.dist(start, end)
        while way > left:
            share = left / way
            here = (here[0] + (end[0] - here[0]) * share, here[1] + (end[1] - here[1]) * share)
            if at % 2 == 0:
                yield [*piece, here]
            way -= left
            at += 1
            left, piece = lengths[at % len(lengths)] or 1e-6, [here]
        left -= way
        piece.append(end)
    if at % 2 == 0 and len(piece) > 1:
        yield piece
