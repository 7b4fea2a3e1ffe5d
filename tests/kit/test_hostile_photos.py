"""Pictures made to hurt are refused in words, within bounds of memory and processor time."""

from __future__ import annotations

import base64
import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from kaiteki.kit.files import PHOTO_BYTES_MAX, REFUSALS

MEMORY_MAX_MB = 700
"""Of a process that has looked at the file: 60 MB of Python and Pillow, and twice the 240 MB of the pixels that are still allowed; a third
time would be 780. 508 MB were seen, of the largest that is kept; up to 45 of all others."""
TIME_MAX_S = 6
LOOK = """
import base64, sys, time
from pathlib import Path
from kaiteki.kit.files import check, prepare
content = base64.b64decode(sys.stdin.buffer.read())
began = time.process_time()
code = check(content)
if not code:
    became = prepare(content)
    code = became if isinstance(became, str) else f"kept {became.width_px} x {became.height_px}"
status = Path("/proc/self/status").read_text().splitlines()
used = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
print(code, int(time.process_time() - began), used, sep="|")
"""


def chunk(name: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *more: bytes, rows_max: int = 8) -> bytes:
    """A PNG with alpha that says how large it is, of one colour, with so many of its rows and more chunks."""
    packer = zlib.compressobj(1)
    row = bytes(1 + 4 * width)
    rows = b"".join(packer.compress(row) for _ in range(min(height, rows_max))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(more)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def written(image: Image.Image, form: str, **how: object) -> bytes:
    """An image as a file."""
    out = io.BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def animated() -> bytes:
    """A GIF that moves."""
    frames = [Image.new("P", (64, 48), number) for number in range(20)]
    return written(frames[0], "GIF", save_all=True, append_images=frames[1:])


def small() -> bytes:
    """A JPEG."""
    return written(Image.new("RGB", (64, 48), "red"), "JPEG")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "100 megapixels": (lambda: png(12_500, 8_000), "too_many_pixels"),
    "a bomb of pixels": (lambda: png(60_000, 60_000), "too_many_pixels"),
    "100 megapixels as JPEG": (lambda: written(Image.new("L", (12_500, 8_000)), "JPEG"), "too_many_pixels"),
    "the largest that is allowed": (lambda: png(10_000, 6_000, rows_max=6_000), "kept 2560 x 1536"),
    "a bomb of text": (
        lambda: png(8, 8, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))),
        "broken",
    ),
    "a bomb of a profile": (
        lambda: png(8, 8, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))),
        "broken",
    ),
    "an animated GIF called JPEG": (animated, "not_a_photo"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not_a_photo"),
    "a PDF that is also a JPEG": (lambda: b"%PDF-1.7\n" + small(), "not_a_photo"),
    "a JPEG that is also a page": (lambda: small() + b"<script>alert(1)</script>", "kept 64 x 48"),
    "a cut JPEG": (lambda: small()[:-40], "broken"),
    "too many bytes": (lambda: small() + bytes(PHOTO_BYTES_MAX), "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_picture_is_answered_within_bounds(name: str) -> None:
    made, expected = HOSTILE[name]
    done = subprocess.run(
        [sys.executable, "-c", LOOK], input=base64.b64encode(made()), capture_output=True, check=True
    )
    code, seconds, used_mb = done.stdout.decode().strip().split("|")
    assert code == expected
    assert code.startswith("kept") or code in REFUSALS
    assert (int(seconds) <= TIME_MAX_S, int(used_mb) <= MEMORY_MAX_MB) == (True, True), (seconds, used_mb)
