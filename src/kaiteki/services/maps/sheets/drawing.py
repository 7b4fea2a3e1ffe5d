"""A drawing in millimetres from the upper left of its paper: outlines and lettering, first what lies in the frame of the map, then around it.

What draws it (`svg`, `pdf`, `png`) knows nothing of maps; what makes it (`making`) knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec
from PIL import ImageFont

from kaiteki.services.maps.sheets.papers import Frame, Point

INK: Final = "#1a1a1a"
FAINT: Final = "#5c5c5c"
WHITE: Final = "#ffffff"
TYPEFACE: Final = Path(__file__).parent / "font" / "BIZUDPGothic-Regular.ttf"
"""BIZ UDPGothic (Morisawa, SIL Open Font License 1.1)."""
_MEASURED_PX: Final = 100


class Outline(msgspec.Struct, frozen=True):
    """Rings (closed) or lines of one look. `fill` and `stroke` are colours `#rrggbb`, empty for none; rings within rings are holes.

    `opacity` is that of the filling, `dash` lengths of strokes and gaps.
    """

    parts: Sequence[Sequence[Point]]
    closed: bool = False
    fill: str = ""
    opacity: float = 1.0
    stroke: str = ""
    width: float = 0.2
    dash: Sequence[float] = ()


class Lettering(msgspec.Struct, frozen=True):
    """A line of text on its base line; `halo` puts a white rim around it."""

    at: Point
    text: str
    size: float = 3.0
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = INK
    halo: bool = False

    def __post_init__(self) -> None:
        """A line has no breaks: whatever stands in a cell of a table (Alt+Enter of a spreadsheet), blanks stand for it."""
        if not self.text.isprintable():
            msgspec.structs.force_setattr(self, "text", in_one_line(self.text))


class Drawing(msgspec.Struct, frozen=True):
    """A sheet. `inside` is cut at the frame."""

    width: float
    height: float
    frame: Frame
    inside: Sequence[Outline | Lettering]
    around: Sequence[Outline | Lettering]


def box(frame: Frame, **look: object) -> Outline:
    """A rectangle."""
    corners = (
        (frame.x, frame.y),
        (frame.right, frame.y),
        (frame.right, frame.bottom),
        (frame.x, frame.bottom),
    )
    return msgspec.structs.replace(Outline((corners,), closed=True), **look)


def in_one_line(text: str) -> str:
    """A text without breaks, tabs and signs that nothing draws; one blank for those that stand together."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def width_of(text: str, size: float) -> float:
    """How wide a text is on one line."""
    return size * sum(map(_advance, text if text.isprintable() else in_one_line(text)))


@lru_cache(maxsize=4096)
def _advance(sign: str) -> float:
    """The width of a letter in heights of the letters."""
    return _face().getlength(sign) / _MEASURED_PX


@cache
def _face() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(TYPEFACE), _MEASURED_PX)


def cut(text: str, size: float, width: float) -> str:
    """A text that is no wider; what was left out is marked."""
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """A text in lines that are no wider; the last of `most` lines is cut. Latin words stay whole where they fit."""
    lines: list[str] = []
    line = ""
    for word in _words(text):
        if line and width_of(line + word, size) > width:
            lines.append(line.rstrip())
            line = ""
        line += word.lstrip() if not line else word
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], "".join(lines[most - 1 :])]
    return [cut(one, size, width) for one in lines if one]


def _words(text: str) -> list[str]:
    """A text in parts between which a line may end: single Japanese letters, Latin words with the space before them."""
    words: list[str] = []
    for sign in text:
        joins = words and sign.isascii() and not sign.isspace() and words[-1][-1].isascii()
        if joins or (words and sign in "、。，．）」』・"):
            words[-1] += sign
        else:
            words.append(sign)
    return words
