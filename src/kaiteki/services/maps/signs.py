"""The signs of a layer, as its legend and its map draw them: a colour and, for whoever does not see it, a shape, a pattern or a dash.

Shapes lie in a box of 24 units, patterns in a tile of 12; both are paths of SVG, which the moving map draws as well.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.model.cql2.classes import is_of_class
from kaiteki.model.words import Words
from kaiteki.services.maps.model import MapLayer, Style

SHAPES: Final = {
    "circle": "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
    "square": "M4 4h16v16H4Z",
    "hexagon": "M6.500 3h11L22.500 12l-5 9h-11l-5-9Z",
    "diamond": "M12 .5 23.500 12 12 23.500.5 12Z",
    "triangle": "M12 2.500 22.500 21h-21Z",
    "drop": "M1.500 3h21L12 21.500Z",
}
ROOMY: Final = 4
"""So many of the shapes have room for a pictogram."""
PATTERNS: Final = {
    "": "",
    "rising": "M0 12 12 0M-3 3 3-3M9 15 15 9",
    "falling": "M0 0 12 12M-3 9 3 15M9-3 15 3",
    "dots": "M2.500 2.500h1v1h-1ZM8.500 8.500h1v1h-1Z",
    "level": "M0 3H12M0 9H12",
    "upright": "M3 0V12M9 0V12",
    "cross": "M0 6H12M6 0V12",
    "rings": "M6 3.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5Z",
}
"""The first one is plain."""
DASHES: Final = ((), (3.0, 1.5), (1.0, 1.5), (5.0, 1.5, 1.0, 1.5), (2.0, 3.0), (8.0, 2.0))
"""Dashes of lines, in widths of the line, for classes of which the layer says none."""
REST: Final = Words("そのほか", "Other", "ほか")
_DARKER: Final = 0.62


class Sign(msgspec.Struct, frozen=True):
    """How the features of one class are drawn. No `values`: all that no other sign stands for.

    `width` in pixels, `dash` in widths of the line, `fill` the share of the colour of an area, `edge` a darker tone of the colour;
    `shape` and `pattern` are names above, `icon` the pictogram of the portal on the shape of a point (empty: none).
    """

    words: Words
    values: tuple[str, ...]
    colour: str
    outline: str
    edge: str
    width: float
    dash: tuple[float, ...]
    fill: float
    shape: str
    pattern: str
    icon: str

    def is_of(self, value: Any) -> bool:
        """Whether it stands for features with this value of the property that chooses the class."""
        told = value.ja if isinstance(value, Words) else value
        return not self.values or any(is_of_class(told, one) for one in self.values)

    @property
    def path(self) -> str:
        """The path of its shape."""
        return SHAPES[self.shape]

    @property
    def hatching(self) -> str:
        """The path of its pattern; empty where it is plain."""
        return PATTERNS[self.pattern]


def signs_of(layer: MapLayer, number: int) -> tuple[Sign, ...]:
    """The signs of a layer in the order of its legend. Neighbours in the list (`number`) differ in shape and pattern, so that two layers
    of one colour can be told apart."""
    style = layer.style
    if not style.by:
        return (_sign(layer.title, (), style, number),)
    signs = [
        _sign(
            one.words,
            (one.value,),
            msgspec.structs.replace(
                style, colour=one.colour, outline=one.outline, dash=one.dash or style.dash
            ),
            at,
        )
        for at, one in enumerate(style.classes)
    ]
    if not style.only:
        signs.append(_sign(REST, (), style, len(signs)))
    return tuple(_dashed(one, at) if layer.geometry == "line" else one for at, one in enumerate(signs))


def _dashed(sign: Sign, number: int) -> Sign:
    return sign if sign.dash else msgspec.structs.replace(sign, dash=DASHES[number % len(DASHES)])


def _sign(words: Words, values: tuple[str, ...], style: Style, number: int) -> Sign:
    shapes, patterns = list(SHAPES)[:ROOMY] if style.symbol else list(SHAPES), list(PATTERNS)
    return Sign(
        words=words,
        values=values,
        colour=style.colour,
        outline=style.outline or "",
        edge=darker(style.colour),
        width=style.width,
        dash=tuple(round(one / style.width, 2) for one in style.dash),
        fill=style.opacity,
        shape=shapes[number % len(shapes)],
        pattern=patterns[number % len(patterns)],
        icon=style.symbol,
    )


def darker(colour: str) -> str:
    """A colour `#rrggbb` with less light: the edge of an area of it."""
    return "#" + "".join(f"{round(int(colour[at : at + 2], 16) * _DARKER):02x}" for at in (1, 3, 5))
