"""Scenes with real faces of known place: people of free pictures, put on surfaces at many sizes, turns and lights."""

from __future__ import annotations

import io
import math
import random
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from kaiteki.ports.faces import Box

PICTURES = Path(__file__).parent / "face_pictures"
PEOPLE = {
    "astronaut": Box(112, 58, 200, 178),
    "admiral": Box(175, 132, 357, 336),
    "cameraman": Box(92, 59, 148, 137),
}
"""Where the face is in each picture of a person, the first finds of the network itself, looked through by eye."""
SURFACES = ("brick", "gravel", "grass", "coffee")
FACELESS = ("brick", "gravel", "grass", "coffee", "cat", "rocket")
SIZES_PX = (20, 22, 24, 28, 32, 40, 48, 64, 80, 110, 150, 200)
"""Heights of faces, in scenes of 800 × 600: from far away to near."""
TURN_MAX_DEGREES = 15
WIDTH_PX, HEIGHT_PX = 800, 600


class Scene(NamedTuple):
    """A picture and the true boxes of its faces."""

    image: Image.Image
    faces: tuple[Box, ...]


def free_picture(name: str) -> Image.Image:
    """One of the free pictures."""
    with Image.open(PICTURES / f"{name}.jpg") as opened:
        return opened.convert("RGB")


def scene(number: int) -> Scene:
    """One scene: a surface with several people of one size; the same number draws the same scene."""
    chance = random.Random(number)
    image = free_picture(SURFACES[number % len(SURFACES)]).resize((WIDTH_PX, HEIGHT_PX))
    size_px = SIZES_PX[number % len(SIZES_PX)]
    step = round(size_px * 3.4)
    places = [
        (x, y) for y in range(0, HEIGHT_PX - step + 1, step) for x in range(0, WIDTH_PX - step + 1, step)
    ] or [(0, 0)]
    faces = [
        _put(image, name, size_px, place, chance)
        for name, place in zip(list(PEOPLE) * 3, chance.sample(places, min(9, len(places))), strict=False)
    ]
    if number % 3 == 0:
        image = image.filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=chance.choice((60, 75, 90)))
    with Image.open(out) as written:
        return Scene(written.convert("RGB"), tuple(faces))


def close_up(name: str, side_px: int) -> Scene:
    """A person who fills the picture."""
    person, face = free_picture(name), PEOPLE[name]
    scale = side_px / max(person.size)
    size = (round(person.width * scale), round(person.height * scale))
    return Scene(person.resize(size), (_scaled(face, scale),))


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(edge * scale) for edge in (box.left, box.top, box.right, box.bottom)))


def _put(image: Image.Image, name: str, size_px: int, place: tuple[int, int], chance: random.Random) -> Box:
    """Paint a person, turned, lit and perhaps mirrored; where the face is."""
    person, face = free_picture(name), PEOPLE[name]
    width, height = face.right - face.left, face.bottom - face.top
    cut = (
        max(0, face.left - width),
        max(0, face.top - height * 6 // 10),
        min(person.width, face.right + width),
        min(person.height, face.bottom + height * 9 // 10),
    )
    scale = size_px / height
    bust = ImageEnhance.Brightness(person.crop(cut)).enhance(chance.uniform(0.55, 1.4))
    bust = bust.resize((round(bust.width * scale), round(bust.height * scale)), Image.Resampling.LANCZOS)
    middle_x = ((face.left + face.right) / 2 - cut[0]) * scale - bust.width / 2
    middle_y = ((face.top + face.bottom) / 2 - cut[1]) * scale - bust.height / 2
    if chance.random() < 0.5:
        bust, middle_x = ImageOps.mirror(bust), -middle_x
    turn = chance.uniform(-TURN_MAX_DEGREES, TURN_MAX_DEGREES)
    mask = Image.new("L", bust.size, 255).rotate(turn, expand=True)
    bust = bust.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    image.paste(bust, place, mask)
    angle = math.radians(-turn)
    x = place[0] + bust.width / 2 + middle_x * math.cos(angle) - middle_y * math.sin(angle)
    y = place[1] + bust.height / 2 + middle_x * math.sin(angle) + middle_y * math.cos(angle)
    half_width, half_height = width * scale / 2, height * scale / 2
    return Box(round(x - half_width), round(y - half_height), round(x + half_width), round(y + half_height))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0, across) * max(0, down)
    areas = sum((box.right - box.left) * (box.bottom - box.top) for box in (one, other))
    return shared / (areas - shared)
