"""The forms in which a data set is offered, in the words of those who choose one: what it is, what it is good for."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kaiteki.kit.catalogue.entries import Entry
from kaiteki.kit.catalogue.seeking import Catalogue
from kaiteki.kit.pages import PageAsk, part_of_path
from kaiteki.model.words import Words
from kaiteki.services.opendata.standard.table import standard_types


class Offer(msgspec.Struct, frozen=True):
    """A form: its name, what it is for, and its address below the data set. `place`: only for records that lie somewhere;
    `handed`: only where the headings of the file are known."""

    name: Words
    text: Words
    path: str
    place: bool = False
    handed: bool = False
    fed: bool = False
    """Only for tables of a feed of public transport."""
    form: str = ""
    """Only where the node writes tables in this form."""
    ordered: Words | None = None
    """What it is for where its columns are those of an edition of the standard, which `{edition}` names."""
    other: bool = False
    """One for each further edition of which its columns are known: `{edition}` is named in its words and its address."""


OFFERS: Final = (
    Offer(
        Words("CSV", "CSV"),
        Words(
            "表計算ソフトでそのまま開けます（UTF-8、BOM付き）。",
            "Opens in any spreadsheet (UTF-8 with a byte order mark).",
            "エクセルなどで ひらけます。",
        ),
        "records.csv",
        ordered=Words(
            "表計算ソフトでそのまま開けます。{edition}の項目の順で、標準にない項目はその後ろにあります（UTF-8、BOM付き）。",
            "Opens in any spreadsheet. Columns in the order of the {edition}, those that it lacks behind them (UTF-8 with a byte order mark).",
            "エクセルなどで ひらけます。{edition}の 順（じゅん）です。",
        ),
    ),
    Offer(
        Words("CSV（別の版）", "CSV (other edition)", "CSV（べつの かたち）"),
        Words(
            "{edition}の項目の順です（UTF-8、BOM付き）。",
            "Columns in the order of the {edition} (UTF-8 with a byte order mark).",
            "{edition}の 順（じゅん）です。",
        ),
        "records.csv?edition={edition}",
        other=True,
    ),
    Offer(
        Words("Excel（XLSX）", "Excel (XLSX)"),
        Words(
            "表計算ソフトのファイルです。中身はCSVと同じで、どの項目も文字列です（10万件まで）。",
            "A workbook with what the CSV has; every cell is a text (up to 100,000 records).",
            "エクセルの ファイルです。",
        ),
        "records.xlsx",
        form="xlsx",
    ),
    Offer(
        Words("CSV（Shift_JIS）", "CSV (Shift_JIS)"),
        Words(
            "古いソフト向けです。Shift_JISにない文字があると保存できません。",
            "For old programs. Characters that Shift_JIS lacks cannot be saved.",
            "古（ふる）い ソフトの ための 形（かたち）です。",
        ),
        "records.csv?encoding=shift_jis",
    ),
    Offer(
        Words("CSV（もとの項目名）", "CSV (original headings)", "CSV（もとの なまえ）"),
        Words(
            "担当課が出したファイルと同じ項目名と順番です。",
            "The headings and their order as the office handed them in.",
            "市役所（しやくしょ）が 出（だ）した ときの なまえです。",
        ),
        "records.csv?headings=file",
        handed=True,
    ),
    Offer(
        Words("項目の説明（CSVW）", "What the columns mean (CSVW)", "こうもくの せつめい"),
        Words(
            "CSVの項目の型と単位を、プログラムが読める形で説明します。",
            "Kinds and units of the columns of the CSV, for programs.",
            "プログラムの ための せつめいです。",
        ),
        "records.csv-metadata.json",
    ),
    Offer(
        Words("データの説明（Data Package）", "The data as a Data Package", "データの せつめい"),
        Words(
            "CSVの項目の型、利用条件、出典を、Frictionless などのプログラムが読める形でまとめます。",
            "Kinds of the columns of the CSV, licence and source, for Frictionless and other programs.",
            "プログラムの ための せつめいです。",
        ),
        "datapackage.json",
    ),
    Offer(
        Words("GeoJSON", "GeoJSON"),
        Words(
            "地図のソフトやウェブの地図で使えます（RFC 7946、緯度経度は世界測地系）。",
            "For map software and maps on the web (RFC 7946, WGS 84).",
            "地図（ちず）の ソフトで つかえます。",
        ),
        "records.geojson",
        place=True,
    ),
    Offer(
        Words("GeoJSON（1行に1件）", "GeoJSON, a record a line", "GeoJSON（1行（ぎょう）に 1件（けん））"),
        Words(
            "大きなデータをプログラムで少しずつ読むときに使います。",
            "For programs that read large data piece by piece.",
            "大（おお）きな データを プログラムで よむ ための 形（かたち）です。",
        ),
        "records.jsonl",
    ),
    Offer(
        Words("GeoPackage", "GeoPackage"),
        Words(
            "QGISなどの地図ソフトで、項目の型と位置をそのまま使えます。1つのファイルです。",
            "For QGIS and other map software: one file with the kinds of the columns and the places.",
            "地図（ちず）の ソフトの ための 1つの ファイルです。",
        ),
        "records.gpkg",
        form="gpkg",
    ),
    Offer(
        Words("Parquet（GeoParquet）", "Parquet (GeoParquet)"),
        Words(
            "大量のデータを分析するための形式です（DuckDB、Pythonなど）。",
            "For the analysis of large data (DuckDB, Python and others).",
            "データを くわしく しらべる 人（ひと）の ための 形（かたち）です。",
        ),
        "records.parquet",
        form="parquet",
    ),
    Offer(
        Words("GTFS（標準的なバス情報フォーマット）", "GTFS (GTFS-JP)", "GTFS（バスの 時刻（じこく））"),
        Words(
            "経路検索に使う時刻表・停留所・運賃のデータです（zip）。事業者が出したものと同じ内容で、検査済みです。",
            "Timetables, stops and fares for journey planners (zip): checked, and byte for byte what the operator delivered.",
            "バスの 時刻（じこく）と 駅（えき）の データです。",
        ),
        "gtfs.zip",
        fed=True,
    ),
)
"""In the order in which they are offered."""


def offers_of(entry: Entry, handed: bool, forms: frozenset[str]) -> list[Offer]:
    """The forms that fit a data set and that the node can write."""
    fed = any(part.form.fed for part in entry.distributions)
    return [
        one
        for told in OFFERS
        for one in ([told] if not told.other else _others(told, entry))
        if (entry.located or not one.place)
        and (handed or not one.handed)
        and (fed or not one.fed)
        and (not one.form or one.form in forms)
    ]


def rows_of_offers(
    ask: PageAsk, kept: Catalogue, entry: Entry | None, handed: bool = False
) -> list[list[Any]]:
    """The forms of a data set as lines of a table: the form with its address, what it is for, how large it was when it was last made (left
    out where that is known of none of them)."""
    if entry is None:
        return []
    base = f"data/{part_of_path(entry.id)}"
    sizes = {part.path: kept.size_of(entry, part) for part in entry.distributions}
    offered = offers_of(entry, handed, ask.forms)
    known = {one.path: sizes.get(f"{base}/{one.path}") for one in offered}
    says_size = any(size is not None for size in known.values())
    return [
        [
            {"text": one.name.say(ask.language), "href": f"/{ask.area}/{base}/{one.path}"},
            _told(one, entry, ask.language),
            *([size_told(known[one.path])] if says_size else []),
        ]
        for one in offered
    ]


def _others(told: Offer, entry: Entry) -> list[Offer]:
    """An offer for each edition in which a table can be had beside its own."""
    kind = standard_types().get(entry.record_type)
    if kind is None or entry.standard is None:
        return []
    return [
        msgspec.structs.replace(
            told, text=_of_edition(told.text, one.words), path=told.path.format(edition=one.edition)
        )
        for one in kind.standards
        if one.edition != entry.standard.edition
    ]


def _of_edition(text: Words, edition: Words) -> Words:
    """A text in which an edition is named."""
    return Words(
        text.ja.format(edition=edition.ja),
        text.en.format(edition=edition.en),
        text.easy.format(edition=edition.say("ja-easy")),
    )


def _told(one: Offer, entry: Entry, language: str) -> str:
    """What a form is for. The order of a standard is named only where the table has that of an edition."""
    if one.ordered is None or entry.standard is None:
        return one.text.say(language)
    return one.ordered.say(language).format(edition=entry.standard.words.say(language))


def size_told(size: int | None) -> str:
    """Bytes as people read them; a dash where nobody knows."""
    if size is None:
        return "—"
    told = float(size)
    for unit in ("B", "kB"):
        if told < 1000:
            return f"{told:.0f} {unit}"
        told /= 1000
    return f"{told:,.1f} MB"
