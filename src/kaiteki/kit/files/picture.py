"""Pictures: checked by content, turned upright, brought to sRGB, made smaller, faces hidden, written anew without any metadata.

Nothing of the received file is kept but its picture: no EXIF, XMP, MakerNote, comment, profile, thumbnail or bytes behind
the image. Everything here is pure computation that takes long: call it off the event loop.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Final, cast

import msgspec
from PIL import Image, ImageCms, ImageFile, ImageOps, JpegImagePlugin

from kaiteki.ports.faces import Box, Faces

PHOTO_BYTES_MAX: Final = 10_000_000
PHOTO_PIXELS_MAX: Final = 60_000_000
"""Pixels of a received picture; beyond, it is refused before anything is decoded."""
PHOTO_SIDE_MAX_PX: Final = 2560
THUMBNAIL_SIDE_MAX_PX: Final = 480
PHOTO_QUALITY: Final = 85
FACE_MARGIN: Final = 0.2
"""How much of a face's width and height is hidden on each side of it, too: chin, ears and the beginning of the hair."""
FACE_SHADES: Final = 3
"""A hidden face is this many shades wide and high: enough to look calm, too few to tell who it was."""
CHECK_SIDE_PX: Final = 128

_FORMATS: Final = ("PNG", "WEBP")
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow raises at files that are not what they claim to be."""


class Prepared(msgspec.Struct, frozen=True):
    """A photo as it is kept: JPEG bytes of picture and thumbnail, sides in pixels, hidden faces (None: nobody looked)."""

    picture: bytes
    thumbnail: bytes
    width_px: int
    height_px: int
    faces: int | None = None


def check(content: bytes) -> str:
    """The code of the refusal that a file earns at first sight, "" for none. About 40 ms for a JPEG of 12 megapixels.

    A JPEG is read to its end at an eighth of its size; of PNG and WebP the parts are checked, not the pixels.
    """
    code = _look(content)
    if code:
        return code
    try:
        with _open(content) as opened:
            if opened.width * opened.height > PHOTO_PIXELS_MAX:
                return "too_many_pixels"
            if opened.format == "JPEG":
                opened.draft("L", (CHECK_SIDE_PX, CHECK_SIDE_PX))
                opened.load()
            else:
                opened.verify()
    except _BROKEN:
        return "broken"
    is_cut = content.startswith(b"RIFF") and int.from_bytes(content[4:8], "little") + 8 > len(content)
    return "broken" if is_cut else ""


def prepare(content: bytes, faces: Faces | None = None) -> Prepared | str:
    """The photo as it may be kept, with the faces hidden that `faces` finds, or the code of a refusal."""
    code = _look(content)
    if code:
        return code
    try:
        with _open(content) as opened:
            if opened.width * opened.height > PHOTO_PIXELS_MAX:
                return "too_many_pixels"
            opened.verify()
        with _open(content) as opened:
            opened.draft("RGB", (PHOTO_SIDE_MAX_PX, PHOTO_SIDE_MAX_PX))
            opened.load()
            upright = ImageOps.exif_transpose(_in_srgb(_reduced(opened)))
            flat = _flat(upright)
    except _BROKEN:
        return "broken"
    boxes = None if faces is None else faces.find(flat.tobytes(), flat.width, flat.height)
    for box in boxes or ():
        _hide(flat, box)
    small = flat.copy()
    small.thumbnail((THUMBNAIL_SIDE_MAX_PX, THUMBNAIL_SIDE_MAX_PX), Image.Resampling.LANCZOS)
    return Prepared(_jpeg(flat), _jpeg(small), flat.width, flat.height, None if boxes is None else len(boxes))


def _open(content: bytes) -> ImageFile.ImageFile:
    """The picture as a file that is not decoded yet. A JPEG is read as one, whatever other pictures its maker hung behind it."""
    # the limit above is checked before a picture is decoded; Pillow's own would print a warning instead of refusing
    Image.MAX_IMAGE_PIXELS = None
    file = io.BytesIO(content)
    if content.startswith(b"\xff\xd8\xff"):
        return JpegImagePlugin.JpegImageFile(file)
    return Image.open(file, formats=_FORMATS)


def _reduced(image: Image.Image) -> Image.Image:
    """A very large picture brought near the size that is kept, before anything costs its memory once more."""
    times = max(image.size) // PHOTO_SIDE_MAX_PX
    return image.reduce(times) if times > 1 and image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image


def _look(content: bytes) -> str:
    """The refusal that the first bytes already tell; "" when they are those of a photo."""
    if not content:
        return "empty"
    if len(content) > PHOTO_BYTES_MAX:
        return "too_large"
    if content[4:8] == b"ftyp" and content[8:12] in (
        b"heic",
        b"heix",
        b"hevc",
        b"heim",
        b"heis",
        b"mif1",
        b"msf1",
    ):
        return "heic"
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    known = content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
    return "" if known or is_webp else "not_a_photo"


def _in_srgb(image: Image.Image) -> Image.Image:
    """The colours brought to sRGB when the file has a profile; a profile that cannot be read counts as none."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        converted = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            cast("Any", ImageCms).createProfile("sRGB"),
            outputMode="RGBA" if image.mode == "RGBA" else "RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image


def _flat(image: Image.Image) -> Image.Image:
    """The bare picture in RGB on white, at most PHOTO_SIDE_MAX_PX wide and high, with nothing attached to it."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    elif image.mode.startswith("I;16") or image.mode == "I":
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    image = image.convert("RGB")
    image.thumbnail((PHOTO_SIDE_MAX_PX, PHOTO_SIDE_MAX_PX), Image.Resampling.LANCZOS)
    return Image.frombytes("RGB", image.size, image.tobytes())


def _hide(image: Image.Image, box: Box) -> None:
    """Paint over a face with a few soft shades; what was there cannot be computed back."""
    more_x, more_y = round((box.right - box.left) * FACE_MARGIN), round((box.bottom - box.top) * FACE_MARGIN)
    region = (
        max(0, box.left - more_x),
        max(0, box.top - more_y),
        min(image.width, box.right + more_x),
        min(image.height, box.bottom + more_y),
    )
    size = (region[2] - region[0], region[3] - region[1])
    if size[0] > 0 and size[1] > 0:
        shades = image.crop(region).resize((FACE_SHADES, FACE_SHADES), Image.Resampling.BOX)
        image.paste(shades.resize(size, Image.Resampling.BICUBIC), region)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=PHOTO_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
