"""A drawing as one page of PDF in its true size, with Japanese text that can be searched and copied (the typeface is embedded, cut to its letters)."""

from __future__ import annotations

import io
from functools import cache
from typing import Any, Final, cast

from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfgen import canvas

from kaiteki.services.maps.sheets.drawing import TYPEFACE, WHITE, Drawing, Lettering, Outline
from kaiteki.services.maps.sheets.papers import Point

NAME: Final = "BIZUDPGothic"
POINT_MM: Final = 25.4 / 72
_EVEN_ODD: Final = 0
_FILL: Final = 0
_FILL_AND_STROKE: Final = 2


def pdf_of(drawing: Drawing, title: str, language: str) -> bytes:
    """The drawing as a file. The same drawing gives the same bytes."""
    _register()
    held = io.BytesIO()
    size = (drawing.width / POINT_MM, drawing.height / POINT_MM)
    page: Any = canvas.Canvas(held, pagesize=size, pageCompression=1, invariant=1, lang=language)
    page.setTitle(title)
    page.setCreator("Kaiteki")
    page.setViewerPreference("PrintScaling", "None")
    page.scale(1 / POINT_MM, 1 / POINT_MM)
    page.setLineJoin(1)
    frame = drawing.frame
    page.saveState()
    clip = page.beginPath()
    clip.rect(frame.x, drawing.height - frame.bottom, frame.width, frame.height)
    page.clipPath(clip, stroke=0, fill=0)
    for one in drawing.inside:
        _draw(page, one, drawing.height)
    page.restoreState()
    for one in drawing.around:
        _draw(page, one, drawing.height)
    page.showPage()
    page.save()
    return held.getvalue()


@cache
def _register() -> None:
    """Have the typeface read, once."""
    cast(Any, pdfmetrics).registerFont(ttfonts.TTFont(NAME, str(TYPEFACE)))


def _draw(page: Any, one: Outline | Lettering, height: float) -> None:
    if isinstance(one, Outline):
        _outline(page, one, height)
    else:
        _lettering(page, one, height)


def _outline(page: Any, one: Outline, height: float) -> None:
    path = page.beginPath()
    for part in one.parts:
        path.moveTo(part[0][0], height - part[0][1])
        for x, y in part[1:]:
            path.lineTo(x, height - y)
        if one.closed:
            path.close()
    if one.fill:
        page.setFillColor(one.fill)
        page.setFillAlpha(one.opacity)
    if one.stroke:
        page.setStrokeColor(one.stroke)
        page.setLineWidth(one.width)
        page.setDash(list(one.dash))
    page.drawPath(path, stroke=int(bool(one.stroke)), fill=int(bool(one.fill)), fillMode=_EVEN_ODD)


def _lettering(page: Any, one: Lettering, height: float) -> None:
    x, y = one.at
    if one.anchor != "start":
        width = pdfmetrics.stringWidth(one.text, NAME, one.size)
        x -= width if one.anchor == "end" else width / 2
    page.setFillAlpha(1)
    if one.halo:
        # (how letters are painted outlasts a text, so it is put back)
        page.saveState()
        page.setStrokeColor(WHITE)
        page.setLineWidth(one.size / 5)
        page.setDash([])
        _write(page, one, (x, height - y), WHITE, mode=_FILL_AND_STROKE)
        page.restoreState()
    _write(page, one, (x, height - y), one.colour, mode=_FILL)


def _write(page: Any, one: Lettering, at: Point, colour: str, *, mode: int) -> None:
    text = page.beginText(*at)
    text.setFont(NAME, one.size)
    text.setTextRenderMode(mode)
    text.setFillColor(colour)
    text.textOut(one.text)
    page.drawText(text)
