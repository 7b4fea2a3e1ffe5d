"""Faces are found and destroyed; what is no face is left alone; nothing heavy is loaded before the first photo."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from functools import cache

import pytest
from face_scenes import FACELESS, PEOPLE, Scene, close_up, free_picture, overlap, scene
from PIL import Image, ImageStat

from kaiteki.kit.files import PHOTO_SIDE_MAX_PX, Prepared, prepare
from kaiteki.main.faces import MODEL, CenterFace, find_faces
from kaiteki.ports.faces import Box
from kaiteki.world.pictures import draw_photo

RECALL_MIN = 0.95
OVERLAP_MIN = 0.3
MODEL_SHA256 = "2c0a18608f7000408cc746dcedd074f5f33714b24b6e9a5e78b8ea4bd91d336d"


@cache
def finder() -> CenterFace:
    """The finder of this machine; `make setup` installs what it needs."""
    found = find_faces()
    assert found is not None
    return found


def found_in(image: Image.Image) -> list[Box]:
    """The faces of a picture."""
    return list(finder().find(image.tobytes(), image.width, image.height))


def missed(drawn: Scene) -> tuple[list[Box], list[Box]]:
    """The faces that were not found, and the finds that are no faces."""
    found = found_in(drawn.image)
    lost = [face for face in drawn.faces if all(overlap(face, box) < OVERLAP_MIN for box in found)]
    false = [box for box in found if all(overlap(face, box) < OVERLAP_MIN / 3 for face in drawn.faces)]
    return lost, false


def test_the_model_is_the_one_that_was_laid_in() -> None:
    assert hashlib.sha256(MODEL.read_bytes()).hexdigest() == MODEL_SHA256


def test_faces_of_many_sizes_turns_and_lights_are_found() -> None:
    scenes = [scene(number) for number in range(24)] + [close_up(name, 700) for name in PEOPLE]
    counted = sum(len(drawn.faces) for drawn in scenes)
    results = [missed(drawn) for drawn in scenes]
    lost = sum(len(one) for one, _ in results)
    assert counted >= 150
    assert (counted - lost) / counted >= RECALL_MIN, f"{lost} of {counted} faces lost"
    assert [false for _, false in results if false] == []


def test_a_face_that_fills_a_large_photo_is_found() -> None:
    assert missed(close_up("admiral", PHOTO_SIDE_MAX_PX)) == ([], [])


@pytest.mark.parametrize("name", FACELESS)
def test_where_no_face_is_none_is_found(name: str) -> None:
    assert found_in(free_picture(name)) == []


@pytest.mark.parametrize("kind", ["light", "sign", "drain"])
def test_drawings_of_the_world_have_no_faces(kind: str) -> None:
    with Image.open(io.BytesIO(draw_photo(kind, 7))) as drawn:
        assert found_in(drawn.convert("RGB")) == []


def jpeg(image: Image.Image) -> bytes:
    """A picture as a phone sends it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize("number", [7, 10])
def test_a_hidden_face_is_gone(number: int) -> None:
    drawn = scene(number)
    prepared = prepare(jpeg(drawn.image), finder())
    assert isinstance(prepared, Prepared)
    assert prepared.faces == len(drawn.faces)
    with Image.open(io.BytesIO(prepared.picture)) as opened:
        kept = opened.convert("RGB")
    assert found_in(kept) == [], "no face is found again"
    for face in drawn.faces:
        before, after = (
            ImageStat.Stat(image.crop((face.left, face.top, face.right, face.bottom)).convert("L"))
            for image in (drawn.image, kept)
        )
        assert after.var[0] < before.var[0] / 2
        assert detail(kept, face) < detail(drawn.image, face) / 2


def detail(image: Image.Image, face: Box) -> float:
    """How much neighbouring pixels differ inside of a face: what one tells people apart by."""
    cut = image.crop((face.left, face.top, face.right, face.bottom)).convert("L")
    steps = zip(cut.tobytes(), cut.tobytes()[1:], strict=False)
    return sum(abs(one - other) for one, other in steps) / (cut.width * cut.height)


def test_nothing_heavy_is_loaded_with_the_node() -> None:
    asked = "import sys, kaiteki.main.node; print('onnxruntime' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
