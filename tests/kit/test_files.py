"""Laws of photos: what is kept shows the picture and tells nothing else; what is no photo is refused and named."""

import io
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from kaiteki.kit import files
from kaiteki.kit.files import (
    PHOTO_BYTES_MAX,
    PHOTO_SIDE_MAX_PX,
    THUMBNAIL_SIDE_MAX_PX,
    Photo,
    Prepared,
    check,
    prepare,
)
from kaiteki.kit.pages import Upload
from kaiteki.model.decision import Refused
from town import BOSS, Town

MAKERS = ("Apple", "samsung", "Google", "SONY", "HUAWEI", "Xiaomi")
SECRET = "35.6074,140.1063 secret"
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><a>{SECRET}</a></x:xmpmeta>".encode()
HARMLESS = ("[ExifTool]", "[File]", "[System]", "[Composite]", "[JFIF]")


def picture(width: int = 120, height: int = 80, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), (220, 30, 30))
    image.paste((30, 30, 220), (width // 2, 0, width, height))
    return image.convert(mode)


def exif(maker: str, orientation: int = 1) -> Image.Exif:
    """What a phone writes: place, maker's own notes, serial numbers, time."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x0112] = maker, SECRET, orientation
    made[0x013B] = SECRET
    made.get_ifd(0x8769).update(
        {0x927C: b"MAKERNOTE " + SECRET.encode(), 0x9003: "2026:11:22 10:00:00", 0xA431: SECRET}
    )
    made.get_ifd(0x8825).update({1: "N", 2: (35.0, 36.0, 26.6), 3: "E", 4: (140.0, 6.0, 22.7)})
    return made


def photo(form: str, maker: str = "Apple", orientation: int = 1) -> bytes:
    """A photo with everything attached that a format carries."""
    out = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    known = exif(maker, orientation)
    if form == "JPEG":
        picture().save(
            out, form, exif=known, icc_profile=profile, comment=SECRET.encode(), xmp=XMP, dpi=(300, 300)
        )
    elif form == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SECRET)
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        picture(mode="RGBA").save(out, form, exif=known, icc_profile=profile, pnginfo=texts)
    else:
        picture().save(out, form, exif=known.tobytes(), icc_profile=profile, xmp=XMP)
    return out.getvalue()


def kept(content: bytes) -> Prepared:
    """The prepared photo."""
    prepared = prepare(content)
    assert isinstance(prepared, Prepared), prepared
    return prepared


def told(content: bytes, folder: Path) -> list[str]:
    """What a file tells beside its picture: by exiftool where it is there, else by Pillow."""
    tool = shutil.which("exiftool")
    if tool is None:
        with Image.open(io.BytesIO(content)) as image:
            return sorted(
                {str(key) for key in image.info}
                - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
            )
    file = folder / "kept.jpg"
    file.write_bytes(content)
    shown = subprocess.run(
        [tool, "-a", "-u", "-U", "-ee", "-G0", str(file)], capture_output=True, text=True, check=True
    )
    return [line for line in shown.stdout.splitlines() if not line.startswith(HARMLESS) or "Comment" in line]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_kept_photo_tells_nothing_but_its_picture(form: str, maker: str, tmp_path: Path) -> None:
    given_photo = photo(form, maker)
    assert SECRET.encode() in given_photo
    prepared = kept(given_photo)
    for content in (prepared.picture, prepared.thumbnail):
        assert told(content, tmp_path) == []
        assert b"secret" not in content
        with Image.open(io.BytesIO(content)) as image:
            assert (image.format, image.mode, dict(image.getexif()), image.size) == (
                "JPEG",
                "RGB",
                {},
                (120, 80),
            )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation: int) -> None:
    out = io.BytesIO()
    turned = picture().transpose(BACK[orientation]) if orientation in BACK else picture()
    turned.save(out, "JPEG", exif=exif("Apple", orientation), quality=95)
    prepared = kept(out.getvalue())
    with Image.open(io.BytesIO(prepared.picture)) as image:
        left, right = image.getpixel((20, 40)), image.getpixel((100, 40))
    assert (prepared.width_px, prepared.height_px) == (120, 80)
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert (left[0] > 180, left[2] < 80, right[2] > 180, right[0] < 80) == (True, True, True, True)


BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(image: Image.Image, form: str = "JPEG") -> bytes:
    """An image as a file."""
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def test_a_large_photo_is_made_smaller_with_its_sides_in_proportion() -> None:
    prepared = kept(encoded(picture(4000, 3000)))
    assert (prepared.width_px, prepared.height_px) == (PHOTO_SIDE_MAX_PX, 1920)
    with Image.open(io.BytesIO(prepared.thumbnail)) as image:
        assert image.size == (THUMBNAIL_SIDE_MAX_PX, 360)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixels_is_kept(mode: str) -> None:
    image = Image.new("I;16", (120, 80), 65535) if mode == "I;16" else picture().convert(mode)
    prepared = kept(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert (prepared.width_px, prepared.height_px) == (120, 80)


def test_the_thumbnail_inside_a_photo_is_gone(tmp_path: Path) -> None:
    inner = encoded(picture(16, 16))
    given_exif = exif("Apple")
    out = io.BytesIO()
    picture().save(out, "JPEG", exif=given_exif)
    head, rest = out.getvalue()[:2], out.getvalue()[2:]
    block = b"JFXX\x00\x10" + inner
    with_thumbnail = head + b"\xff\xe0" + (len(block) + 2).to_bytes(2, "big") + block + rest
    prepared = kept(with_thumbnail)
    assert prepared.picture.count(b"\xff\xd8\xff") == 1
    assert told(prepared.picture, tmp_path) == []


def png(width: int, height: int, data: bytes) -> bytes:
    """A PNG whose header says what it wants."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A PNG with a text that unpacks to 50 MB."""
    body = b"Comment\x00\x00" + zlib.compress(b"a" * 50_000_000)
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4, "big")
    plain = png(8, 8, bytes(72))
    return plain[:33] + chunk + plain[33:]


REFUSED = {
    "empty": b"",
    "too_large": b"\xff\xd8\xff" + bytes(PHOTO_BYTES_MAX),
    "too_many_pixels": png(50_000, 50_000, bytes(100)),
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
}
NO_PHOTOS = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "pdf": b"%PDF-1.7\n",
    "gif": encoded(picture(), "GIF"),
    "tiff": encoded(picture(), "TIFF"),
    "text": b"35.6, 140.1",
}
BROKEN = {
    "half a jpeg": photo("JPEG")[: len(photo("JPEG")) * 3 // 4],
    "half a png": photo("PNG")[: len(photo("PNG")) * 3 // 4],
    "half a webp": photo("WEBP")[: len(photo("WEBP")) * 3 // 4],
    "jpeg head with html": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "png with a wrong checksum": png(8, 8, bytes(72)).replace(b"IDAT", b"IDAt"),
    "png without pixels": png(8, 8, b""),
    "riff of sound": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_photo_says_why(code: str) -> None:
    assert (check(REFUSED[code]), prepare(REFUSED[code])) == (code, code)


@pytest.mark.parametrize("name", NO_PHOTOS)
def test_what_is_no_photo_is_refused(name: str) -> None:
    assert (check(NO_PHOTOS[name]), prepare(NO_PHOTOS[name])) == ("not_a_photo", "not_a_photo")


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(name: str) -> None:
    assert prepare(BROKEN[name]) == "broken"
    # what hides in the pixels of a PNG or WebP is found when it is developed
    assert check(BROKEN[name]) == ("" if name == "png without pixels" else "broken")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_whole_photo_passes_the_check(form: str) -> None:
    assert check(photo(form)) == check(photo(form) + b"PK\x03\x04 behind") == ""


def test_a_bomb_of_text_is_refused_or_dropped() -> None:
    prepared = prepare(text_bomb())
    assert prepared == "broken" or (isinstance(prepared, Prepared) and len(prepared.picture) < 10_000)


def test_what_hangs_behind_a_photo_is_not_kept() -> None:
    prepared = kept(photo("JPEG") + b"<script>alert(1)</script>PK\x03\x04" + SECRET.encode())
    assert b"script" not in prepared.picture
    assert b"PK\x03\x04" not in prepared.picture


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    form=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    where=st.floats(0, 1),
    junk=st.binary(min_size=1, max_size=40),
)
def test_no_bytes_make_it_fail(form: str, where: float, junk: bytes) -> None:
    whole = photo(form)
    start = int(where * len(whole))
    prepared = prepare(whole[:start] + junk + whole[start + len(junk) :])
    assert isinstance(prepared, Prepared) or prepared in files.REFUSALS


async def test_a_photo_of_the_city_is_known_with_its_thumbnail() -> None:
    town = Town()
    city = town.city()
    upload = Upload("x.jpg", "image/jpeg", photo("JPEG"))
    digest = await city.keep_photo(upload)
    assert isinstance(digest, str)
    await town.cities.darkroom.settle()
    known = await town.city(BOSS).get(Photo, files.photo_id(digest))
    assert isinstance(known, Photo)
    assert (known.digest, known.state, known.width_px, known.height_px, known.faces) == (
        digest,
        "ready",
        120,
        80,
        None,
    )
    assert await town.store.files.get("demo", known.picture) is not None
    assert await town.store.files.get("demo", known.thumbnail) is not None
    assert await city.keep_photo(upload) == digest
    assert await city.get(Photo, files.photo_id(digest)) is None, "who is nobody gets no list of photos"


async def test_a_refusal_names_the_field_of_the_photo() -> None:
    refused = await Town().city().keep_photo(Upload("x.svg", "image/svg+xml", NO_PHOTOS["svg"]), "near")
    assert isinstance(refused, Refused)
    assert [(one.field, one.code) for one in refused.faults] == [("near", "not_a_photo")]
