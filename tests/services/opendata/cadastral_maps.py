"""Maps of the registry that a test makes up: 地図XML of parcels, in any encoding, and the archives that the Ministry packs them in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

import msgspec

Corner = tuple[float, float]
"""X (north) and Y (east) in metres."""
SHEET = "<地図番号>682</地図番号><縮尺分母>500</縮尺分母><地図種類>地籍図</地図種類><地図分類>地図に準ずる図面</地図分類>"
DAY = "<地図作成年月日><年>平成10</年><月>3</月><日>31</日></地図作成年月日>"


class Land(msgspec.Struct, frozen=True):
    """A parcel: its lot, where it lies by name and codes, its rings (the first one around)."""

    lot: str
    rings: Sequence[Sequence[Corner]]
    town: str = "本町"
    quarter: str = "二丁目"
    koaza: str = ""
    codes: tuple[str, str, str, str] = ("028", "002", "0000", "00")
    unsettled: Sequence[str] = ()


def square(x: float, y: float, side: float = 20.0) -> list[list[Corner]]:
    """The ring of a square from its corner in the south-west."""
    return [[(x, y), (x, y + side), (x + side, y + side), (x + side, y)]]


def map_xml(
    lands: Sequence[Land], system: str = "公共座標8系", encoding: str = "UTF-8", name: str = "本町1"
) -> bytes:
    """A map: points for the first corners of curves, direct positions for others, every third curve the other way round."""
    points: list[str] = []
    curves: list[str] = []
    surfaces: list[str] = []
    parcels: list[str] = []
    for number, land in enumerate(lands, 1):
        bounds: list[str] = []
        for at, ring in enumerate(land.rings):
            names: list[str] = []
            for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
                own = f"{len(curves) + 1:09d}"
                points.append(_point(f"P{own}", one))
                ends = [_by_name(f"P{own}"), _direct(other)]
                curves.append(_curve(f"C{own}", ends[::-1] if len(curves) % 3 == 2 else ends))
                names.append(f'<zmn:GM_CompositeCurve.generator idref="C{own}"/>')
            side = "interior" if at else "exterior"
            bounds.append(
                f"<zmn:GM_SurfaceBoundary.{side}><zmn:GM_Ring>{''.join(names)}</zmn:GM_Ring></zmn:GM_SurfaceBoundary.{side}>"
            )
        surfaces.append(_surface(f"F{number:09d}", bounds))
        parcels.append(_parcel(number, land))
    seen = "".join(f'<筆参照 idref="H{number:09d}"/>' for number in range(1, len(lands) + 1))
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<地図 xmlns="http://www.moj.go.jp/MINJI/tizuxml" xmlns:zmn="http://www.moj.go.jp/MINJI/tizuzumen">\n'
        f"<version>ver1.0</version><地図名>{name}</地図名><市区町村コード>22212</市区町村コード><市区町村名>焼津市</市区町村名>\n"
        f"<座標系>{system}</座標系><測地系判別>測量</測地系判別>\n"
        f"<空間属性>\n{_lines(points)}{_lines(curves)}{_lines(surfaces)}</空間属性>\n<主題属性>\n{_lines(parcels)}</主題属性>\n"
        f"<図郭>{SHEET}{DAY}{seen}</図郭>\n</地図>\n"
    )
    return text.encode("cp932" if encoding == "Shift_JIS" else encoding)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def _lines(parts: Sequence[str]) -> str:
    return "".join(part + "\n" for part in parts)


def _xy(at: Corner) -> str:
    return f"<zmn:X>{at[0]:.3f}</zmn:X><zmn:Y>{at[1]:.3f}</zmn:Y>"


def _point(own: str, at: Corner) -> str:
    inner = f"<zmn:DirectPosition>{_xy(at)}</zmn:DirectPosition>"
    return f'<zmn:GM_Point id="{own}"><zmn:GM_Point.position>{inner}</zmn:GM_Point.position></zmn:GM_Point>'


def _by_name(point: str) -> str:
    return f'<zmn:GM_Position.indirect><zmn:GM_PointRef.point idref="{point}"/></zmn:GM_Position.indirect>'


def _direct(at: Corner) -> str:
    return f"<zmn:GM_Position.direct>{_xy(at)}</zmn:GM_Position.direct>"


def _curve(own: str, ends: Sequence[str]) -> str:
    columns = "".join(f"<zmn:GM_PointArray.column>{one}</zmn:GM_PointArray.column>" for one in ends)
    line = f"<zmn:GM_LineString><zmn:GM_LineString.controlPoint>{columns}</zmn:GM_LineString.controlPoint></zmn:GM_LineString>"
    return f'<zmn:GM_Curve id="{own}"><zmn:GM_Curve.segment>{line}</zmn:GM_Curve.segment></zmn:GM_Curve>'


def _surface(own: str, bounds: Sequence[str]) -> str:
    boundary = f"<zmn:GM_SurfaceBoundary>{''.join(bounds)}</zmn:GM_SurfaceBoundary>"
    polygon = (
        f"<zmn:GM_Polygon><zmn:GM_Polygon.boundary>{boundary}</zmn:GM_Polygon.boundary></zmn:GM_Polygon>"
    )
    return (
        f'<zmn:GM_Surface id="{own}"><zmn:GM_Surface.patch>{polygon}</zmn:GM_Surface.patch></zmn:GM_Surface>'
    )


def _parcel(number: int, land: Land) -> str:
    codes = zip(("大字コード", "丁目コード", "小字コード", "予備コード"), land.codes, strict=True)
    names = (("大字名", land.town), ("丁目名", land.quarter), ("小字名", land.koaza), ("地番", land.lot))
    told = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in (*codes, *names) if text)
    parts = "".join(
        f"<筆界未定構成筆><大字名>{land.town}</大字名><地番>{one}</地番></筆界未定構成筆>"
        for one in land.unsettled
    )
    rest = f'<形状 idref="F{number:09d}"/><精度区分>甲二</精度区分><座標値種別>測量成果</座標値種別>'
    return f'<筆 id="H{number:09d}">{told}{rest}{parts}</筆>'
