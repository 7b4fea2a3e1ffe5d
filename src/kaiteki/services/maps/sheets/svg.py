"""A drawing as SVG with a size in millimetres, so that a browser prints it to scale. Only attributes, no style: pages forbid inline styles."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from kaiteki.services.maps.sheets.drawing import WHITE, Drawing, Lettering, Outline
from kaiteki.services.maps.sheets.papers import Point

FACES: Final = "'BIZ UDPGothic','Noto Sans JP',sans-serif"
CLIP: Final = "sheet-frame"


def svg_of(drawing: Drawing, label: str) -> str:
    """The drawing as an element that says in words what it shows."""
    frame = drawing.frame
    inside = "".join(map(_element, drawing.inside))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.width:g}mm" height="{drawing.height:g}mm" '
        f'viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" aria-label="{escape(label)}" font-family="{FACES}">'
        f'<rect width="{drawing.width:g}" height="{drawing.height:g}" fill="{WHITE}"/>'
        f'<clipPath id="{CLIP}"><rect x="{frame.x:g}" y="{frame.y:g}" width="{frame.width:g}" height="{frame.height:g}"/></clipPath>'
        f'<g clip-path="url(#{CLIP})">{inside}</g>{"".join(map(_element, drawing.around))}</svg>'
    )


def _element(one: Outline | Lettering) -> str:
    return _path(one) if isinstance(one, Outline) else _text(one)


def _path(one: Outline) -> str:
    looks = [f'fill="{one.fill}"' if one.fill else 'fill="none"']
    if one.fill and one.opacity < 1:
        looks.append(f'fill-opacity="{one.opacity:g}"')
    if one.fill and len(one.parts) > 1:
        looks.append('fill-rule="evenodd"')
    if one.stroke:
        looks.append(f'stroke="{one.stroke}" stroke-width="{one.width:.3g}" stroke-linejoin="round"')
    if one.stroke and one.dash:
        looks.append(f'stroke-dasharray="{" ".join(f"{length:.3g}" for length in one.dash)}"')
    data = "".join(_line(part, closed=one.closed) for part in one.parts)
    return f'<path d="{data}" {" ".join(looks)}/>'


def _line(points: Sequence[Point], *, closed: bool) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + ("Z" if closed else "")


def _text(one: Lettering) -> str:
    halo = f' stroke="{WHITE}" stroke-width="{one.size / 5:.2g}" paint-order="stroke"' if one.halo else ""
    anchor = "" if one.anchor == "start" else f' text-anchor="{one.anchor}"'
    x, y = one.at
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{one.size:g}" fill="{one.colour}"{anchor}{halo}>'
        f"{escape(one.text)}</text>"
    )
