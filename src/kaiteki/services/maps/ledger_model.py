"""What ledgers say of roads and pipes, as they are met by their parts, and which rows a ledger sheet has by which law.

Rows of the road ledger: 道路法28条, 道路法施行規則4条の2第3項 (調書). Of designated roads: 建築基準法施行規則10条の2 (指定道路調書).
Of sewers: 下水道法23条, 下水道法施行規則 (調書; its clause was not looked up).
"""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.views import Link, Location
from kaiteki.model.words import Words
from kaiteki.services.maps.model import Ground

LAWS: Final = "https://laws.e-gov.go.jp/law/"
ROAD_ACT: Final = Words("道路法", "Road Act", "道（みち）の 法律（ほうりつ）")
BUILDING_ACT: Final = Words("建築基準法", "Building Standards Act", "たてものの 法律（ほうりつ）")
SEWERAGE_ACT: Final = Words("下水道法", "Sewerage Act", "下水道（げすいどう）の 法律（ほうりつ）")


class Entry(msgspec.Struct, frozen=True):
    """A road or a pipe of a ledger. Lengths and widths in metres, diameters in mm, gradients in %, slopes in ‰, days as ISO 8601."""

    id: str
    location: Location | None = None
    data_set: Link = ""
    identifier: str = ""
    route_number: str = ""
    designation_number: str = ""
    name: str = ""
    grade: str = ""
    category: str = ""
    start_point: str = ""
    end_point: str = ""
    via: str = ""
    length: float | None = None
    width: float | None = None
    width_min: float | None = None
    width_max: float | None = None
    surface: str = ""
    certified_on: str = ""
    notice_number: str = ""
    opened_on: str = ""
    site_area: float | None = None
    curve_radius_min: float | None = None
    gradient_max: float | None = None
    designated_on: str = ""
    setback: str = ""
    material: str = ""
    diameter: float | None = None
    slope: float | None = None
    depth: float | None = None
    installed_year: int | None = None
    upstream_manhole: str = ""
    downstream_manhole: str = ""
    remarks: str = ""


class Section(msgspec.Struct, frozen=True):
    """A section of a road of the ledger, from place to place: metres."""

    id: str
    location: Location | None = None
    route_number: str = ""
    section_number: str = ""
    start_point: str = ""
    end_point: str = ""
    length: float | None = None
    width: float | None = None
    carriageway_width: float | None = None
    sidewalk: bool | None = None
    surface: str = ""
    opened_on: str = ""


class Row(msgspec.Struct, frozen=True):
    """A row of a sheet: the field of an entry, what it is called, its unit."""

    field: str
    words: Words
    unit: str = ""


class Ledger(msgspec.Struct, frozen=True):
    """A ledger: the part that its entries play, what its sheet is called, the law it is kept by, its rows."""

    part: str
    title: Words
    number: str
    grounds: tuple[Ground, ...]
    rows: tuple[Row, ...]


_LENGTH: Final = Row("length", Words("延長", "Length", "長（なが）さ"), "m")
_REMARKS: Final = Row("remarks", Words("備考", "Remarks", "メモ"))
ROADS: Final = Ledger(
    "certified_road",
    Words("道路台帳（調書）", "Road ledger", "道（みち）の 台帳（だいちょう）"),
    "route_number",
    (
        Ground(ROAD_ACT, "8条・9条", Words("市町村道の認定と公示", "Certification and public notice of municipal roads", "市（し）の 道（みち）に する"), LAWS + "327AC1000000180"),
        Ground(ROAD_ACT, "28条", Words("道路台帳の調製と閲覧", "Keeping of the road ledger, open to everybody", "台帳（だいちょう）を つくる"), LAWS + "327AC1000000180"),
        Ground(Words("道路法施行規則", "Ordinance of the Road Act", "道（みち）の きまり"), "4条の2", Words("道路台帳の記載事項", "What the ledger says", "台帳（だいちょう）に 書（か）くこと")),
    ),
    (
        Row("grade", Words("道路の種類・等級", "Kind and grade", "道（みち）の しゅるい")),
        Row("route_number", Words("路線番号", "Route number", "番号（ばんごう）")),
        Row("name", Words("路線名", "Route", "道（みち）の 名前（なまえ）")),
        Row("certified_on", Words("認定年月日", "Certified on", "市（し）の 道（みち）に なった 日（ひ）")),
        Row("notice_number", Words("告示番号", "Public notice", "お知（し）らせの 番号（ばんごう）")),
        Row("start_point", Words("起点", "Start", "はじまり")),
        Row("end_point", Words("終点", "End", "おわり")),
        Row("via", Words("主要な経過地", "By way of", "とおる ところ")),
        Row("opened_on", Words("供用開始年月日", "Open to use since", "つかいはじめた 日（ひ）")),
        _LENGTH,
        Row("site_area", Words("敷地の面積", "Area of the site", "土地（とち）の 広（ひろ）さ"), "m²"),
        Row("width_min", Words("最小幅員", "Least width", "いちばん せまい はば"), "m"),
        Row("width_max", Words("最大幅員", "Greatest width", "いちばん ひろい はば"), "m"),
        Row("curve_radius_min", Words("最小曲線半径", "Least radius of a curve", "いちばん きつい まがりかど"), "m"),
        Row("gradient_max", Words("最急縦断勾配", "Steepest gradient", "いちばん きつい 坂（さか）"), "%"),
        Row("surface", Words("路面の種類", "Surface", "道（みち）の 表（おもて）")),
        _REMARKS,
    ),
)  # fmt: skip
DESIGNATED: Final = Ledger(
    "designated_road",
    Words("指定道路調書", "Record of a designated road", "家（いえ）を たてる ときの 道（みち）の きろく"),
    "designation_number",
    (
        Ground(BUILDING_ACT, "42条", Words("建築基準法の道路", "What a road is to buildings", "家（いえ）を たてる ときの 道（みち）"), LAWS + "325AC0000000201"),
        Ground(Words("建築基準法施行規則", "Ordinance of the Building Standards Act", "たてものの きまり"), "10条の2", Words("指定道路図と指定道路調書", "Map and record of designated roads", "地図（ちず）と きろく")),
    ),
    (
        Row("category", Words("指定道路の種類", "Kind of designated road", "道（みち）の しゅるい")),
        Row("designated_on", Words("指定の年月日", "Designated on", "きめた 日（ひ）")),
        Row("designation_number", Words("指定番号", "Number", "番号（ばんごう）")),
        Row("start_point", Words("指定道路の位置", "Where it runs", "どこに あるか")),
        _LENGTH,
        Row("width", Words("幅員", "Width", "はば"), "m"),
        Row("setback", Words("水平距離の指定", "Designated setback", "道（みち）から はなす 長（なが）さ")),
        _REMARKS,
    ),
)  # fmt: skip
SEWERS: Final = Ledger(
    "sewer_pipe",
    Words("公共下水道台帳（管渠の調書）", "Sewerage ledger: pipe", "下水道（げすいどう）の 台帳（だいちょう）"),
    "identifier",
    (
        Ground(SEWERAGE_ACT, "23条", Words("公共下水道台帳の調製と閲覧", "Keeping of the sewerage ledger, open to everybody", "台帳（だいちょう）を つくる"), LAWS + "333AC0000000079"),
        Ground(Words("下水道法施行規則", "Ordinance of the Sewerage Act", "下水道（げすいどう）の きまり"), "", Words("台帳の記載事項", "What the ledger says", "台帳（だいちょう）に 書（か）くこと")),
    ),
    (
        Row("identifier", Words("管渠番号", "Pipe number", "番号（ばんごう）")),
        Row("category", Words("排除区分", "What it carries", "なにを ながすか")),
        Row("material", Words("管種", "Kind of pipe", "管（くだ）の しゅるい")),
        Row("diameter", Words("管径", "Diameter", "太（ふと）さ"), "mm"),
        _LENGTH,
        Row("slope", Words("勾配", "Slope", "かたむき"), "‰"),
        Row("depth", Words("土被り", "Cover of earth", "土（つち）の あつさ"), "m"),
        Row("installed_year", Words("布設年度", "Laid in fiscal year", "つくった 年度（ねんど）")),
        Row("upstream_manhole", Words("上流マンホール", "Manhole upstream", "上（うえ）の マンホール")),
        Row("downstream_manhole", Words("下流マンホール", "Manhole downstream", "下（した）の マンホール")),
        _REMARKS,
    ),
)  # fmt: skip
LEDGERS: Final = (ROADS, DESIGNATED, SEWERS)
SECTION_PART: Final = "road_section"
