"""One file of the Ministry of Justice's 地図XML as its elements: points, curves, surfaces, parcels, sheets. Streamed; nothing is worked out here.

The form, as the published files have it (地図XMLフォーマット; namespaces tizuxml and tizuzumen below http://www.moj.go.jp/MINJI/):

```
地図 ── 地図名, 市区町村コード, 市区町村名, 座標系, 測地系判別 …
 ├─ 空間属性 ── zmn:GM_Point (id, X, Y) · zmn:GM_Curve (id, columns: X, Y or a GM_PointRef) · zmn:GM_Surface (id, rings of curves)
 ├─ 主題属性 ── 筆 (id, 大字コード … 地番, 形状 idref ─► GM_Surface, 精度区分, 座標値種別, 筆界未定構成筆) · 筆界点, 筆界線, 基準点
 └─ 図郭* ── 地図番号, 縮尺分母, 地図種類, 地図分類, days, 筆参照 idref ─► 筆
```
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Mapping
from typing import BinaryIO, Final
from xml.parsers import expat

from kaiteki.services.opendata.reading.source import Issue, Unreadable, shorten

XML_BYTES_MAX: Final = 256 * 1024 * 1024
"""Bytes of one file; the Ministry's are some megabytes."""
ELEMENTS_MAX: Final = 2_000_000
"""Points, curves, surfaces and parcels of one file."""
TEXT_LENGTH_MAX: Final = 10_000
DEPTH_MAX: Final = 40
BLOCK_BYTES: Final = 1 << 18
HEAD_BYTES: Final = 800
_MAP: Final = "http://www.moj.go.jp/MINJI/tizuxml"
_DRAWING: Final = "http://www.moj.go.jp/MINJI/tizuzumen"
_DECLARED: Final = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{1,40})[\"']")
_JAPANESE: Final = {"shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j", "ms932", "cp932"}
"""Names of the encoding of Japanese Windows, which expat does not read itself."""

Position = tuple[float, float]
"""X (north) and Y (east) in metres."""


class Parcel:
    """A 筆 as it stands: its line, its texts, the surface that it names, the lots of an unsettled boundary."""

    __slots__ = ("id", "line", "surface", "texts", "unsettled")

    def __init__(self, parcel_id: str, line: int) -> None:
        self.id, self.line, self.surface = parcel_id, line, ""
        self.texts: dict[str, str] = {}
        self.unsettled: list[str] = []


class Elements:
    """What a file holds: `head` the texts of the map, elements by id, `sheets` the texts of the 図郭 on which a parcel stands."""

    def __init__(self) -> None:
        self.head: dict[str, str] = {}
        self.points: dict[str, Position] = {}
        self.curves: dict[str, list[Position | str]] = {}
        self.surfaces: dict[str, list[list[str]]] = {}
        self.parcels: list[Parcel] = []
        self.sheets: dict[str, Mapping[str, str]] = {}


def begins_like_map(begins: bytes) -> bool:
    """Whether the first HEAD_BYTES of an XML file name the Ministry's form; other XML lies beside the data of many towns."""
    # (without the zeros of UTF-16)
    return _MAP.encode() in begins.replace(b"\0", b"")


def read_elements(file: BinaryIO, name: str) -> Elements:
    """The elements of a file. Raises Unreadable with the line: no 地図XML, broken, too large, or with a document type (which could swell)."""
    return _Reader(name).read(file)


class _Reader:
    """The state of the reading: the open elements, the text of the innermost one, and what is being put together."""

    def __init__(self, name: str) -> None:
        self.found = Elements()
        self._name = name
        self._open: list[str] = []
        self._text: list[str] = []
        self._length = self._count = 0
        self._id = ""
        self._at: dict[str, float] = {}
        self._columns: list[Position | str] = []
        self._rings: list[list[str]] = []
        self._parcel: Parcel | None = None
        self._sheet: dict[str, str] = {}
        self._on_sheet: list[str] = []
        self._day: dict[str, str] = {}

    def read(self, file: BinaryIO) -> Elements:
        """Feed the whole file."""
        begins = file.read(HEAD_BYTES)
        declared = _DECLARED.search(begins)
        is_japanese = declared is not None and declared[1].decode().lower() in _JAPANESE
        decode = codecs.getincrementaldecoder("cp932")().decode if is_japanese else None
        self._parser = parser = expat.ParserCreate("utf-8" if is_japanese else None, " ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._hear, self._refuse_type
        size = 0
        try:
            block = begins
            while block:
                size += len(block)
                if size > XML_BYTES_MAX:
                    raise self._unreadable("map_too_large", f"{XML_BYTES_MAX:,}")
                parser.Parse(decode(block).encode() if decode is not None else block, False)
                block = file.read(BLOCK_BYTES)
            parser.Parse(decode(b"", True).encode() if decode is not None else b"", True)
        except expat.ExpatError as error:
            raise self._unreadable("broken_xml", expat.errors.messages[error.code], error.lineno) from None
        except (UnicodeDecodeError, LookupError) as error:
            raise self._unreadable("undecodable", str(error)) from None
        return self.found

    def _unreadable(self, code: str, value: str = "", line: int = 0) -> Unreadable:
        told = shorten(f"{self._name}: {value}" if value else self._name)
        return Unreadable(Issue(code, line or self._parser.CurrentLineNumber, value=told, level="refused"))

    def _refuse_type(self, *_: object) -> None:
        raise self._unreadable("no_map_xml", "DOCTYPE")

    def _hear(self, text: str) -> None:
        self._length += len(text)
        if self._length <= TEXT_LENGTH_MAX:
            self._text.append(text)

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        space, _, name = full.rpartition(" ")
        if not self._open and (space, name) != (_MAP, "地図"):
            raise self._unreadable("no_map_xml", name)
        if len(self._open) >= DEPTH_MAX:
            raise self._unreadable("broken_xml", f"{DEPTH_MAX} elements within each other")
        self._open.append(name if space in (_MAP, _DRAWING) else "")
        self._text.clear()
        self._length = 0
        if name in _COUNTED:
            self._begin(name, attributes.get("id", ""))
        elif name in ("GM_SurfaceBoundary.exterior", "GM_SurfaceBoundary.interior"):
            self._rings.append([])
        elif name == "GM_CompositeCurve.generator" and self._rings:
            self._rings[-1].append(attributes.get("idref", ""))
        elif name == "GM_PointRef.point":
            self._columns.append(attributes.get("idref", ""))
        elif name == "形状" and self._parcel is not None and self._open[-2] == "筆":
            self._parcel.surface = attributes.get("idref", "")
        elif name == "筆参照":
            self._on_sheet.append(attributes.get("idref", ""))

    def _begin(self, name: str, own_id: str) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise self._unreadable("map_too_large", f"{ELEMENTS_MAX:,}")
        self._id = own_id
        if name == "筆":
            self._parcel = Parcel(own_id, self._parser.CurrentLineNumber)
        elif name == "図郭":
            self._sheet, self._on_sheet = {}, []
        elif name == "GM_Surface":
            self._rings = []
        else:
            self._columns = []

    def _end(self, _: str) -> None:
        name = self._open.pop()
        around = self._open[-1] if self._open else ""
        text = "".join(self._text).strip()
        self._text.clear()
        if name in ("X", "Y"):
            self._at[name] = self._number(text)
        elif name in ("DirectPosition", "GM_Position.direct"):
            self._columns.append(self._position())
        elif name in _COUNTED:
            self._keep(name)
        elif around == "筆" and self._parcel is not None:
            self._parcel.texts[name] = text
        elif around == "筆界未定構成筆" and self._parcel is not None:
            if name == "地番":
                self._parcel.unsettled.append(text)
        elif around == "図郭":
            self._sheet[name] = self._told_day() if name.endswith("年月日") else text
        elif name in ("年", "月", "日"):
            self._day[name] = text
        elif around == "地図" and len(self._open) == 1 and text:
            self.found.head[name] = text

    def _keep(self, name: str) -> None:
        found = self.found
        if name == "GM_Point":
            if self._columns and not isinstance(self._columns[0], str):
                found.points[self._id] = self._columns[0]
        elif name == "GM_Curve":
            found.curves[self._id] = self._columns
        elif name == "GM_Surface":
            found.surfaces[self._id] = self._rings
        elif name == "筆" and self._parcel is not None:
            found.parcels.append(self._parcel)
            self._parcel = None
        else:
            for one in self._on_sheet:
                found.sheets.setdefault(one, self._sheet)

    def _number(self, text: str) -> float:
        try:
            return float(unicodedata.normalize("NFKC", text))
        except ValueError:
            raise self._unreadable("broken_xml", f"{shorten(text, 20)} is no number of metres") from None

    def _position(self) -> Position:
        x, y = self._at.get("X"), self._at.get("Y")
        self._at = {}
        if x is None or y is None:
            raise self._unreadable("broken_xml", "a position without X or Y")
        return x, y

    def _told_day(self) -> str:
        day, self._day = self._day, {}
        return f"{day['年']}年{day['月']}月{day['日']}日" if all(map(day.get, ("年", "月", "日"))) else ""


_COUNTED: Final = frozenset({"GM_Point", "GM_Curve", "GM_Surface", "筆", "図郭"})
