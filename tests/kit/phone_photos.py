"""Photos as six makers of phones lay them out: EXIF with place and maker's note, thumbnail, XMP, IPTC, comments, pictures behind.

Written by hand, segment by segment, because no library writes all of it. Every value that tells something says `SECRET`.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import NamedTuple

from PIL import Image

SECRET = b"secret 35.6074,140.1063"
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_HEAD = b"http://ns.adobe.com/xmp/extension/\0"
ASCII, SHORT, LONG, RATIONAL, BYTES = 2, 3, 4, 5, 7


class Maker(NamedTuple):
    """How a maker's phones write: byte order, beginning of the maker's note, and what else lies in the file."""

    name: bytes
    order: str
    note: bytes
    parts: frozenset[str]


MAKERS = (
    Maker(b"Apple", ">", b"Apple iOS\0\0\x01MM", frozenset({"xmp", "mpf", "iptc"})),
    Maker(b"samsung", "<", b"\x07\0\x01\0\x07\0\x04\0\0\0", frozenset({"trailer", "jfif"})),
    Maker(b"Google", "<", b"HDRP\x02", frozenset({"xmp", "extended", "behind"})),
    Maker(b"SONY", "<", b"SONY DSC \0\0\0", frozenset({"iptc", "comment", "mpf"})),
    Maker(b"HUAWEI", ">", b"HUAWEI\0\0MM", frozenset({"comment", "jfif", "trailer"})),
    Maker(b"Xiaomi", "<", b"MI\0\x01", frozenset({"xmp", "comment", "extended"})),
)

Entry = tuple[int, int, bytes]
"""Tag, kind, packed value."""


def camera_entries(maker: Maker) -> list[Entry]:
    """The directory of the camera: when, with which lens, and the maker's own note."""
    return [
        (0x9003, ASCII, b"2026:11:22 10:00:00\0"),
        (0x927C, BYTES, maker.note + SECRET * 20),
        (0x9286, BYTES, b"ASCII\0\0\0" + SECRET),
        (0xA431, ASCII, SECRET + b"\0"),
        (0xA434, ASCII, SECRET + b"\0"),
    ]


def tiff(maker: Maker, orientation: int, number: int) -> bytes:
    """The TIFF block of EXIF: IFD0, Exif, GPS, and IFD1 with a thumbnail."""
    order = maker.order
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
    texts = [(tag, ASCII, SECRET + b" %d\0" % number) for tag in (0x0110, 0x010E, 0x0131, 0x013B, 0x8298)]
    first: list[Entry] = [
        (0x010F, ASCII, maker.name + b"\0"),
        (0x0112, SHORT, struct.pack(order + "H", orientation)),
        (0x0132, ASCII, b"2026:11:22 10:00:00\0"),
        *texts,
    ]
    camera = camera_entries(maker)
    degrees = struct.pack(order + "6I", 35, 1, 36, 1, 2664, 100)
    place: list[Entry] = [
        (1, ASCII, b"N\0"),
        (2, RATIONAL, degrees),
        (3, ASCII, b"E\0"),
        (4, RATIONAL, struct.pack(order + "6I", 140, 1, 6, 1, 2270, 100)),
        (29, ASCII, b"2026:11:22\0"),
    ]
    small = jpeg(Image.new("RGB", (16, 12), "green"))
    blocks, start = [], 8
    count = len(first) + 2
    camera_at = start + _length(first) + 2 * 12
    place_at = camera_at + _length(camera)
    small_at = place_at + _length(place)
    first = sorted(
        [
            *first,
            (0x8769, LONG, struct.pack(order + "I", camera_at)),
            (0x8825, LONG, struct.pack(order + "I", place_at)),
        ]
    )
    assert len(first) == count
    preview: list[Entry] = [(0x0103, SHORT, struct.pack(order + "H", 6))]
    preview_end = small_at + _length(preview) + 2 * 12
    preview += [
        (0x0201, LONG, struct.pack(order + "I", preview_end)),
        (0x0202, LONG, struct.pack(order + "I", len(small))),
    ]
    for entries, at, behind in (
        (first, 8, small_at),
        (camera, camera_at, 0),
        (place, place_at, 0),
        (preview, small_at, 0),
    ):
        blocks.append(_ifd(order, entries, at, behind))
    return head + b"".join(blocks) + small


def _length(entries: list[Entry]) -> int:
    return (
        6 + 12 * len(entries) + sum(len(value) + len(value) % 2 for _, _, value in entries if len(value) > 4)
    )


def _ifd(order: str, entries: list[Entry], at: int, behind: int) -> bytes:
    """One directory with its values behind it."""
    table, values = struct.pack(order + "H", len(entries)), b""
    values_at = at + 6 + 12 * len(entries)
    sizes = {ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, BYTES: 1}
    for tag, kind, value in sorted(entries):
        table += struct.pack(order + "HHI", tag, kind, len(value) // sizes[kind])
        if len(value) > 4:
            table += struct.pack(order + "I", values_at + len(values))
            values += value + b"\0" * (len(value) % 2)
        else:
            table += value.ljust(4, b"\0")
    return table + struct.pack(order + "I", behind) + values


def jpeg(image: Image.Image) -> bytes:
    """A bare JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """One segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def xmp(number: int) -> bytes:
    """What XMP tells: who, where, with what."""
    return (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:exif='http://ns.adobe.com/exif/1.0/' "
        b"exif:GPSLatitude='35,36.44N' dc:source='" + SECRET + b" %d'/></rdf:RDF></x:xmpmeta>" % number
    )


def iptc() -> bytes:
    """By-line and caption in a Photoshop resource."""
    records = b"".join(
        b"\x1c\x02" + bytes((tag,)) + struct.pack(">H", len(SECRET)) + SECRET for tag in (80, 120, 90)
    )
    return (
        b"Photoshop 3.0\x008BIM\x04\x04\0\0"
        + struct.pack(">I", len(records))
        + records
        + b"\0" * (len(records) % 2)
    )


def phone_jpeg(maker: Maker, orientation: int, number: int) -> bytes:
    """A JPEG with all that this maker's phones write."""
    bare = jpeg(picture(number))
    parts = [segment(0xE1, b"Exif\0\0" + tiff(maker, orientation, number))]
    if "xmp" in maker.parts:
        parts.append(segment(0xE1, XMP_HEAD + xmp(number)))
    if "extended" in maker.parts:
        parts.append(segment(0xE1, EXTENDED_HEAD + b"A" * 32 + struct.pack(">II", len(SECRET), 0) + SECRET))
    if "mpf" in maker.parts:
        parts.append(segment(0xE2, b"MPF\0II*\0\x08\0\0\0\0\0" + SECRET))
    if "iptc" in maker.parts:
        parts.append(segment(0xED, iptc()))
    if "comment" in maker.parts:
        parts.append(segment(0xFE, SECRET))
    if "jfif" in maker.parts:
        parts.insert(0, segment(0xE0, b"JFXX\0\x10" + jpeg(Image.new("RGB", (8, 8)))))
    behind = b""
    if "trailer" in maker.parts:
        behind = SECRET + b"SEFHk\0\0\0\x01\0\0\0\0\0\x01\x0a\x10\0\0\0SEFT"
    if "behind" in maker.parts:
        behind = b"\0\0\0\x18ftypmp42" + SECRET + jpeg(picture(number + 1))
    return bare[:2] + b"".join(parts) + bare[2:] + behind


def picture(number: int) -> Image.Image:
    """A small picture, each number another."""
    image = Image.new("RGB", (64, 48), (number % 256, 120, 30))
    image.paste((30, number * 7 % 256, 220), (32, 0, 64, 48))
    return image


def phone_png(maker: Maker, orientation: int, number: int) -> bytes:
    """A PNG with texts, times, EXIF and XMP."""
    out = io.BytesIO()
    picture(number).save(out, "PNG")
    bare = out.getvalue()
    chunks = [
        (b"eXIf", tiff(maker, orientation, number)),
        (b"tEXt", b"Comment\0" + SECRET),
        (b"zTXt", b"Author\0\0" + zlib.compress(SECRET)),
        (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(number)),
        (b"tIME", struct.pack(">HBBBBB", 2026, 11, 22, 10, 0, 0)),
    ]
    return bare[:33] + b"".join(_chunk(name, body) for name, body in chunks) + bare[33:]


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def phone_webp(maker: Maker, orientation: int, number: int) -> bytes:
    """A WebP with EXIF and XMP."""
    out = io.BytesIO()
    picture(number).save(out, "WEBP", exif=b"Exif\0\0" + tiff(maker, orientation, number), xmp=xmp(number))
    return out.getvalue()
