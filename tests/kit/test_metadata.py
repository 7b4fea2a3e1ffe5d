"""500 photos as phones write them, judged by exiftool: of what they tell, nothing is left in what is kept."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any

import pytest
from phone_photos import MAKERS, SECRET, phone_jpeg, phone_png, phone_webp

from kaiteki.kit.files import Prepared, check, prepare

UPLOADS = 500
FORMS = {"jpg": phone_jpeg, "png": phone_png, "webp": phone_webp}
TELLS_NOTHING = {"ExifTool", "System", "File", "Composite", "JFIF"}
"""Groups that speak of the file and of the shape of the picture."""
EXIFTOOL = shutil.which("exiftool")


def uploads() -> Iterator[tuple[str, bytes]]:
    """Name and bytes: every maker, every orientation, two JPEGs for each PNG and WebP."""
    kinds = cycle(product(MAKERS, range(1, 9), ("jpg", "png", "jpg", "webp")))
    for number, (maker, orientation, form) in enumerate(islice(kinds, UPLOADS)):
        content = FORMS[form](maker, orientation, number)
        yield f"{number:03}-{maker.name.decode()}-{orientation}.{form}", content


def told(folder: Path) -> list[dict[str, Any]]:
    """All that exiftool finds in the files of a folder, as `group:tag`."""
    assert EXIFTOOL is not None
    shown = subprocess.run(
        [EXIFTOOL, "-j", "-a", "-u", "-U", "-ee", "-G1", str(folder)], capture_output=True, check=False
    )
    return json.loads(shown.stdout)


def telling(tags: dict[str, Any]) -> set[str]:
    """The tags that say more than the picture shows."""
    return {
        name
        for name in tags
        if name != "SourceFile" and (name.split(":")[0] not in TELLS_NOTHING or name == "File:Comment")
    }


@pytest.mark.external
@pytest.mark.skipif(EXIFTOOL is None, reason="exiftool is not installed")
def test_nothing_is_left_of_what_phones_write(tmp_path: Path) -> None:
    sent, kept = tmp_path / "sent", tmp_path / "kept"
    sent.mkdir()
    kept.mkdir()
    for name, content in uploads():
        assert SECRET in content
        assert check(content) == "", name
        prepared = prepare(content)
        assert isinstance(prepared, Prepared), (name, prepared)
        assert SECRET not in prepared.picture + prepared.thumbnail
        (kept / f"{name}.jpg").write_bytes(prepared.picture)
        if int(name[:3]) < len(MAKERS) * 32 and name[4:].count("-1."):
            (sent / name).write_bytes(content)
            (kept / f"{name}.small.jpg").write_bytes(prepared.thumbnail)
    before, after = told(sent), told(kept)
    assert len(after) > UPLOADS
    for tags in before:
        groups = {name.split(":")[0] for name in telling(tags)}
        assert {"GPS", "ExifIFD", "IFD0"} <= groups, tags["SourceFile"]
    assert {name: found for tags in after if (found := telling(tags)) for name in (tags["SourceFile"],)} == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_of_a_phone_is_upright(orientation: int) -> None:
    prepared = prepare(phone_jpeg(MAKERS[0], orientation, 1))
    assert isinstance(prepared, Prepared)
    assert (prepared.width_px, prepared.height_px) == ((64, 48) if orientation < 5 else (48, 64))
