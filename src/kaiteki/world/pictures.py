"""Photos of the world: simple drawings of what is broken, before and after. The same seed draws the same picture."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from kaiteki.world.chance import dice

SIZE = (960, 720)
GROUND_Y = 430
Pen = ImageDraw.ImageDraw
SKIES = ("#cfe6f7", "#dfe9ef", "#f4e6d0", "#c6d9ee")
WALLS = ("#e9dfcf", "#d9d3c7", "#e3d5cf", "#cfd6d2")


def draw_photo(picture: str, seed: int, mended: bool = False) -> bytes:
    """A JPEG of about 40 kB: a street or a park with the thing in it, broken or mended."""
    source = dice(seed, picture)
    image = Image.new("RGB", SIZE, source.choice(SKIES))
    pen = ImageDraw.Draw(image)
    _scenery(pen, source, green=picture in ("bench", "litter", "weeds"))
    THINGS[picture](pen, source, mended)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.8)).save(out, "JPEG", quality=82)
    return out.getvalue()


def _scenery(pen: Pen, source: random.Random, green: bool) -> None:
    width, height = SIZE
    for left in range(-40, width, 190):
        top = source.randrange(150, 300)
        pen.rectangle((left, top, left + 170, GROUND_Y), fill=source.choice(WALLS))
        for x in range(left + 22, left + 150, 44):
            for y in range(top + 24, GROUND_Y - 40, 56):
                pen.rectangle((x, y, x + 22, y + 30), fill="#93a9b8")
    for _ in range(4):
        x, size = source.randrange(0, width), source.randrange(50, 110)
        pen.rectangle((x - 7, GROUND_Y - size, x + 7, GROUND_Y), fill="#7a5a3c")
        pen.ellipse((x - size, GROUND_Y - 2.4 * size, x + size, GROUND_Y - 0.6 * size), fill="#5f8f55")
    pen.rectangle((0, GROUND_Y, width, height), fill="#8fb573" if green else "#8d9096")
    if not green:
        pen.rectangle((0, GROUND_Y, width, GROUND_Y + 60), fill="#c3c0b8")
        for x in range(source.randrange(0, 90), width, 180):
            pen.polygon([(x, 640), (x + 90, 640), (x + 80, 656), (x - 10, 656)], fill="#eceae4")


def _hole(pen: Pen, source: random.Random, mended: bool) -> None:
    x, y = source.randrange(340, 560), source.randrange(540, 590)
    if mended:
        pen.rounded_rectangle((x - 130, y - 40, x + 130, y + 44), 18, fill="#5d6066")
        return
    pen.ellipse((x - 125, y - 42, x + 125, y + 46), fill="#6d665c")
    pen.ellipse((x - 104, y - 30, x + 104, y + 40), fill="#3c3833")
    for _ in range(9):
        px, py = x + source.randrange(-150, 150), y + source.randrange(-50, 60)
        pen.ellipse((px, py, px + 14, py + 9), fill="#5b554c")


def _light(pen: Pen, source: random.Random, mended: bool) -> None:
    x = source.randrange(380, 560)
    pen.rectangle((0, 0, *SIZE), fill="#27324a")
    _night(pen, source)
    if mended:
        pen.polygon([(x + 92, 150), (x - 60, 660), (x + 300, 660)], fill="#6b6a4e")
    pen.rectangle((x - 8, 120, x + 8, 640), fill="#9aa3ad")
    pen.rectangle((x - 8, 120, x + 120, 132), fill="#9aa3ad")
    pen.rounded_rectangle((x + 70, 128, x + 130, 154), 10, fill="#ffe9a8" if mended else "#4a5160")


def _night(pen: Pen, source: random.Random) -> None:
    for left in range(-30, SIZE[0], 180):
        top = source.randrange(200, 340)
        pen.rectangle((left, top, left + 160, 470), fill="#1d2638")
        for x in range(left + 20, left + 140, 40):
            pen.rectangle((x, top + 30, x + 16, top + 54), fill=source.choice(("#2c3850", "#d9c27a")))
    pen.rectangle((0, 470, *SIZE), fill="#2f343e")


def _bench(pen: Pen, source: random.Random, mended: bool) -> None:
    x, y = source.randrange(250, 380), 520
    for leg in (x + 20, x + 370):
        pen.rectangle((leg, y, leg + 18, y + 110), fill="#4d4f52")
    for row in range(3):
        top = y - 110 + row * 42
        pen.rounded_rectangle((x, top, x + 410, top + 28), 6, fill="#9c6b3f")
    if mended:
        pen.rounded_rectangle((x - 10, y + 16, x + 420, y + 46), 6, fill="#b98250")
        return
    pen.polygon([(x - 10, y + 16), (x + 190, y + 16), (x + 170, y + 46), (x - 10, y + 46)], fill="#9c6b3f")
    pen.polygon([(x + 230, y + 40), (x + 420, y + 16), (x + 420, y + 46), (x + 260, y + 78)], fill="#8a5c34")


def _litter(pen: Pen, source: random.Random, mended: bool) -> None:
    if mended:
        pen.rounded_rectangle((420, 500, 520, 640), 14, fill="#4f7f64")
        return
    for _ in range(16):
        x, y = source.randrange(160, 780), source.randrange(500, 670)
        colour = source.choice(("#f3f3f0", "#c94f4f", "#4f77c9", "#dfc14f", "#a9d3df"))
        pen.rounded_rectangle((x, y, x + source.randrange(22, 70), y + 24), 9, fill=colour)
    pen.ellipse((250, 520, 430, 660), outline="#2d2d2d", width=34)


def _paint(pen: Pen, source: random.Random, mended: bool) -> None:
    pen.rectangle((90, 170, 870, 520), fill="#b9b4aa" if not mended else "#c6c1b7")
    for x in range(90, 870, 130):
        pen.line((x, 170, x, 520), fill="#a8a398", width=3)
    if mended:
        return
    for colour in ("#c0392b", "#2c5aa0", "#1f8a5b"):
        points = [(source.randrange(150, 820), source.randrange(210, 490)) for _ in range(7)]
        pen.line(points, fill=colour, width=16, joint="curve")


def _weeds(pen: Pen, source: random.Random, mended: bool) -> None:
    pen.polygon([(300, 720), (440, 430), (560, 430), (720, 720)], fill="#c9c5bb")
    tall = 34 if mended else 190
    for _ in range(50 if mended else 170):
        x, y = source.randrange(120, 470 if not mended else 330), source.randrange(560, 720)
        tip = (x + source.randrange(-30, 50), y - source.randrange(tall // 2, tall))
        pen.line((x, y, *tip), fill=source.choice(("#4c7f3c", "#6b9a4a", "#3e6d35")), width=6)


def _sign(pen: Pen, source: random.Random, mended: bool) -> None:
    lean = 0 if mended else source.choice((-120, 110))
    pen.line((470, 660, 470 + lean, 220), fill="#9aa3ad", width=18)
    x, y = 470 + lean, 230
    pen.ellipse((x - 92, y - 92, x + 92, y + 92), fill="#e2762b")
    pen.ellipse((x - 76, y - 76, x + 76, y + 76), fill="#bcd3df")
    pen.arc((x - 50, y - 50, x + 50, y + 50), 200, 290, fill="#eef6fa", width=8)


def _drain(pen: Pen, source: random.Random, mended: bool) -> None:
    pen.rectangle((0, 520, SIZE[0], 590), fill="#a6a39b")
    for x in range(0, SIZE[0], 120):
        pen.rectangle((x + 6, 526, x + 112, 584), outline="#78756e", width=4)
    if mended:
        return
    pen.ellipse((180, 560, 800, 700), fill="#6f8798")
    for _ in range(40):
        x, y = source.randrange(210, 760), source.randrange(530, 660)
        pen.ellipse((x, y, x + 24, y + 12), fill=source.choice(("#8c6a35", "#a5803f", "#6f5a33")))


THINGS: dict[str, Callable[[Pen, random.Random, bool], None]] = {
    "hole": _hole,
    "light": _light,
    "bench": _bench,
    "litter": _litter,
    "paint": _paint,
    "weeds": _weeds,
    "sign": _sign,
    "drain": _drain,
}
"""A drawing per kind of thing; the third argument is whether it is mended."""
