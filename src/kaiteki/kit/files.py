"""Photos: checked by content, turned upright, brought to sRGB, made smaller, written anew without any metadata.

Nothing of the received file is kept but its picture: no EXIF, XMP, MakerNote, comment, profile, thumbnail or bytes behind
the image. The work is done in a thread, off the event loop, a few at a time.
"""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from typing import Any, Final, cast

import msgspec
from PIL import Image, ImageCms, ImageOps

from kaiteki.kit.manifest import EntityType
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words
from kaiteki.ports.files import Files

PHOTO_BYTES_MAX: Final = 10_000_000
PHOTO_PIXELS_MAX: Final = 60_000_000
"""Pixels of a received picture; beyond, it is refused before anything is decoded."""
PHOTO_SIDE_MAX_PX: Final = 2560
THUMBNAIL_SIDE_MAX_PX: Final = 480
PHOTO_QUALITY: Final = 85
PHOTOS_AT_ONCE: Final = 2
MEDIA_TYPE: Final = "image/jpeg"

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
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
    Image.DecompressionBombError,
)
"""What Pillow raises at files that are not what they claim to be."""

# The limit above is checked before a picture is decoded; Pillow's own would print a warning instead of refusing.
Image.MAX_IMAGE_PIXELS = None


class Photo(msgspec.Struct, frozen=True):
    """What is known of a kept photo: digests of picture and thumbnail, sides in pixels."""

    id: str
    digest: str
    thumbnail: str
    width_px: int
    height_px: int


PHOTOS: Final = EntityType(
    name="Photo",
    view=Photo,
    words=Words("写真", "Photos", "しゃしん"),
    title="digest",
    columns=("width_px", "height_px"),
    labels={
        "digest": Words("写真", "Picture", "しゃしん"),
        "thumbnail": Words("縮小画像", "Thumbnail", "小（ちい）さい しゃしん"),
        "width_px": Words("幅", "Width", "よこ"),
        "height_px": Words("高さ", "Height", "たて"),
    },
    public=("digest", "thumbnail", "width_px", "height_px"),
    roles=(ADMIN,),
)


class Prepared(msgspec.Struct, frozen=True):
    """A photo as it is kept: JPEG bytes of the picture and of its thumbnail, sides of the picture in pixels."""

    picture: bytes
    thumbnail: bytes
    width_px: int
    height_px: int


REFUSALS: Final[dict[str, Words]] = {
    "empty": Words(
        "写真が空です。もう一度選んでください。",
        "The photo is empty. Please choose it again.",
        "写真（しゃしん）が からっぽです。もう一度（いちど） えらんでください。",
    ),
    "too_large": Words(
        "写真は10MBまでです。小さい写真を選んでください。",
        "A photo may have at most 10 MB. Please choose a smaller one.",
        "写真（しゃしん）が 大（おお）きすぎます。10MBまでの 写真を えらんでください。",
    ),
    "too_many_pixels": Words(
        "写真の画素数が大きすぎます（6,000万画素まで）。",
        "The photo has too many pixels (at most 60 million).",
        "写真（しゃしん）が 大（おお）きすぎます。べつの 写真を えらんでください。",
    ),
    "heic": Words(
        "HEIC形式は使えません。JPEG形式の写真を選んでください。",
        "HEIC photos cannot be used. Please choose a JPEG photo.",
        "この 写真（しゃしん）の 形（かたち）（HEIC）は 使（つか）えません。JPEGの 写真を えらんでください。",
    ),
    "not_a_photo": Words(
        "写真として読めません。JPEG、PNG、WebPの写真を選んでください。",
        "This is not a photo we can read. Please choose a JPEG, PNG or WebP photo.",
        "写真（しゃしん）では ありません。JPEG、PNG、WebPの 写真を えらんでください。",
    ),
    "broken": Words(
        "写真が壊れているようです。別の写真を選んでください。",
        "The photo seems to be damaged. Please choose another one.",
        "写真（しゃしん）が こわれています。べつの 写真を えらんでください。",
    ),
}
"""Why a photo is refused, in the words that the person reads."""


def photo_id(digest: str) -> str:
    """The id of the entity that describes a kept photo."""
    return f"urn:ngsi-ld:Photo:{digest}"


def refuse(code: str, field: str) -> Refused:
    """The refusal of a photo, at the field it came with."""
    return Refused("invalid", (Fault(field, code, REFUSALS[code]),))


def prepare(content: bytes) -> Prepared | str:
    """The photo as it may be kept, or the code of REFUSALS. Takes up to seconds of CPU: call it off the event loop."""
    code = _look(content)
    if code:
        return code
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > PHOTO_PIXELS_MAX:
                return "too_many_pixels"
            opened.verify()
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            opened.draft("RGB", (PHOTO_SIDE_MAX_PX, PHOTO_SIDE_MAX_PX))
            opened.load()
            upright = ImageOps.exif_transpose(_in_srgb(opened))
            return _written(_flat(upright))
    except _BROKEN:
        return "broken"


class PhotoKeeper:
    """Prepares photos a few at a time and keeps them in the store of files."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._slots = asyncio.Semaphore(PHOTOS_AT_ONCE)

    async def keep(self, area: str, content: bytes, field: str) -> Photo | Refused:
        """Keep picture and thumbnail; the refusal names `field`."""
        if len(content) > PHOTO_BYTES_MAX:
            return refuse("too_large", field)
        async with self._slots:
            prepared = await asyncio.to_thread(prepare, content)
        if isinstance(prepared, str):
            return refuse(prepared, field)
        digest = await self._files.put(area, prepared.picture)
        thumbnail = await self._files.put(area, prepared.thumbnail)
        return Photo(photo_id(digest), digest, thumbnail, prepared.width_px, prepared.height_px)


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


def _written(image: Image.Image) -> Prepared:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE_MAX_PX, THUMBNAIL_SIDE_MAX_PX), Image.Resampling.LANCZOS)
    return Prepared(_jpeg(image), _jpeg(small), image.width, image.height)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=PHOTO_QUALITY, optimize=True, progressive=True)
    return out.getvalue()
