"""The words of what an import finds, and how good a table is: counts, issues and a grade."""

from __future__ import annotations

from typing import Final

from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.clearance import WORDS as PEOPLE
from kaiteki.services.opendata.model import KeptIssue
from kaiteki.services.opendata.reading.source import Issue, shorten

REFUSED_KEPT_MAX: Final = 500
"""Refused rows that a kept report lists one by one."""
EXAMPLES_MAX: Final = 5
"""Lines that a kept report names for each kind of warning."""
KINDS_MAX: Final = 500
"""Kinds of warnings (code and column) of one report."""


def _words(ja: str, en: str) -> Words:
    return Words(ja=ja, en=en)


WORDS: Final[dict[str, Words]] = {
    "withheld": _words(
        "公開していないデータなので、取り込んだものも公開していません。「公開する」で公開します。",
        "These data are not public, and neither is what came in; “Publish” makes them so.",
    ),
    "corrected_kept": _words(
        "画面で直した値を残しました（ファイルは別の値です）。",
        "What was corrected by hand was kept; the file says otherwise.",
    ),
    "corrected_gone": _words(
        "画面で直した値をやめ、ファイルの値にしました。", "What was corrected by hand gave way to the file."
    ),
    "erased_before": _words(
        "完全に消した記録なので、取り込みません。", "This record was erased for good and does not come in."
    ),
    "feed_whole": _words(
        "公共交通のデータ（GTFS）はファイルのまま公開するので、列を外して取り込めません。",
        "A feed of public transport is published byte for byte; no column of it can be left out.",
    ),
    "draft_of_public": _words(
        "公開中のデータなので、下書きにはできません。",
        "These data are public; there can be no draft of them.",
    ),
    "empty_file": _words("ファイルに表がありません。", "The file holds no table."),
    "unknown_format": _words(
        "このファイルの形式には対応していません。", "This file format is not supported."
    ),
    "too_many_columns": _words("列が多すぎます。", "There are too many columns."),
    "header_found_below": _words("見出しの行が途中にありました。", "The header row stands below other rows."),
    "not_text": _words(
        "文字のファイルではありません。CSVとして保存し直してください。",
        "This is no text. Please save the table as CSV.",
    ),
    "mixed_encodings": _words(
        "文字コードが途中の行で変わっています（UTF-8 と Shift_JIS）。全体を UTF-8 で保存し直してください。",
        "The encoding changes at this line (UTF-8 and Shift_JIS). Please save the whole file as UTF-8.",
    ),
    "undecodable": _words("文字コードとして読めない文字があります。", "Some characters cannot be decoded."),
    "cut_text": _words(
        "文字の途中で切れた値です。最後の欠けた一文字を除きました。",
        "The value ends in the middle of a letter; the broken one was left out.",
    ),
    "too_many_cells": _words("見出しより値の数が多い行です。", "The row has more cells than the header."),
    "broken_text": _words(
        "引用符などが壊れていて、ここから先を読めません。",
        "A quotation mark is broken; the rest cannot be read.",
    ),
    "cut_off": _words(
        "ファイルが途中で終わっているようです。",
        "The file seems to end half-way.",
    ),
    "several_tables": _words(
        "表が2つ以上あるファイルには、列の対応を決められません",
        "A file of several tables has no mapping of its own",
    ),
    "fewer_rows": _words(
        "前回の取り込みより行がずっと少なくなりました。ファイルが欠けていないか確かめてください。",
        "There are far fewer rows than at the last import; please check that the file is whole.",
    ),
    "not_pruned": _words(
        "ファイルにない記録を、まだ消していません。",
        "Records that are no longer in the file were not removed.",
    ),
    "broken_json": _words("JSONとして読めません。", "This is not valid JSON."),
    "no_entity": _words("IDと型のあるエンティティではありません。", "This is no entity with id and type."),
    "feature_too_large": _words("一つの地物が大きすぎます。", "One feature is too large."),
    "broken_shapefile": _words("シェープファイルが壊れています。", "The Shapefile is broken."),
    "broken_workbook": _words("Excelファイルとして読めません。", "This is not a readable workbook."),
    "broken_zip": _words("ZIPファイルとして読めません。", "This is not a readable zip file."),
    "no_stops": _words(
        "ZIPの中に、GTFSの停留所(stops.txt)もシェープファイル(.shp)もありません。",
        "The zip holds neither stops.txt of GTFS nor a Shapefile (.shp).",
    ),
    "too_many_layers": _words(
        "ZIPの中のシェープファイルが多すぎます。", "There are too many Shapefiles in the zip."
    ),
    "gtfs_file_missing": _words(
        "GTFSに必要なファイルがありません。", "A file that GTFS requires is missing."
    ),
    "gtfs_unknown_file": _words(
        "GTFSの決まりにないファイルです。このままの形では公開しません。",
        "No file of GTFS; what nobody knows is not published.",
    ),
    "gtfs_column_missing": _words("GTFSに必要な項目がありません。", "A field that GTFS requires is missing."),
    "gtfs_unknown_column": _words(
        "GTFSの決まりにない項目です。そのまま公開されます。", "No field of GTFS; it is published as it is."
    ),
    "gtfs_value_missing": _words("GTFSに必要な値がありません。", "A value that GTFS requires is missing."),
    "gtfs_value_wrong": _words(
        "GTFSの書き方に合わない値です。", "The value is not written as GTFS wants it."
    ),
    "gtfs_reference": _words(
        "参照先がほかのファイルにありません。", "What it refers to stands in no other file."
    ),
    "gtfs_twice": _words("同じものが二度あります。", "The same stands there twice."),
    "gtfs_order": _words("日付、時刻または順番が前後しています。", "Days, times or their order go back."),
    "gtfs_more_faults": _words(
        "まちがいが多いので、ここで調べるのをやめました。", "So many faults that the rest was not looked at."
    ),
    "gtfs_cells": _words(
        "値の数が見出しと違う行です。", "The row has more or fewer values than there are fields."
    ),
    "gtfs_unreadable": _words("UTF-8のCSVとして読めません。", "It cannot be read as CSV in UTF-8."),
    "gtfs_too_large": _words(
        "GTFSとして公開するには大きすぎます。", "It is too large to be published as GTFS."
    ),
    "no_map_xml": _words(
        "登記所備付地図の地図XMLではありません。", "This is no map XML (地図XML) of the registry."
    ),
    "broken_xml": _words("地図XMLとして読めません。", "The map XML cannot be read."),
    "map_too_large": _words("一つの地図が大きすぎます。", "One map is too large."),
    "arbitrary_coordinates": _words(
        "任意座標系の地図の筆です。地球上の位置がないため、地番でさがせますが地図には出ません。",
        "The parcel is on a map in arbitrary coordinates (任意座標系). It is found by its lot but has no place on the map.",
    ),
    "no_parcel": _words(
        "地区外・別図の図形は筆ではないので、取り込みませんでした（値は数）。",
        "Shapes outside of the district or on another sheet are no parcels and were left out (the value says how many).",
    ),
    "no_shp": _words(
        "図形ファイル(.shp)がないため、場所がありません。",
        "The .shp file is missing, so the records have no place.",
    ),
    "no_dbf": _words(
        "属性ファイル(.dbf)がないため、場所だけです。", "The .dbf file is missing, so there are places only."
    ),
    "no_data": _words("フォルダーにデータのファイルがありません。", "The folder holds no data file."),
    "name_missing": _words("名称がありません。", "The name is missing."),
    "value_missing": _words("必要な値がありません。", "A required value is missing."),
    "item_missing": _words("標準の項目の列がありません。", "A column of the standard is missing."),
    "name_from_title": _words(
        "名称の列がないため、データの名前を使いました。",
        "There is no name column; the name of the data set was used.",
    ),
    "place_missing": _words(
        "緯度・経度がないため、地図に出ません。", "Without a position it is not on the map."
    ),
    "not_a_position": _words("緯度・経度として読めません。", "The position cannot be read."),
    "not_in_japan": _words("位置が日本の中にありません。", "The position is not in Japan."),
    "swapped_position": _words(
        "緯度と経度が逆でしたので、入れ替えました。",
        "Latitude and longitude were swapped; they were put right.",
    ),
    "unknown_crs": _words("座標系が分かりません。", "The coordinate system is not known."),
    "broken_geometry": _words("図形が壊れています。", "The geometry is broken."),
    "mended_geometry": _words(
        "図形が交差していたので直しました。", "The geometry crossed itself and was mended."
    ),
    "not_of_kind": _words(
        "項目の型に合わないため、そのまま残しました。", "It does not fit the item and was kept as it is."
    ),
    "not_allowed": _words("取り得る値にありません。", "The value is not one of the allowed ones."),
    "rewritten": _words("書き方をそろえました。", "The way of writing was made uniform."),
    "identifier_twice": _words("同じIDの行がほかにもあります。", "Another row has the same identifier."),
    "duplicate_row": _words("まったく同じ行がすでにあります。", "The same row was there before."),
    "same_as_other": _words(
        "ほかの行とまったく同じ内容です(どちらも取り込みました)。", "It equals another row; both were kept."
    ),
    "too_long": _words("値が長すぎます。", "The value is too long."),
    "remote_refused": _words("取り込み先に受け付けられませんでした。", "The remote node refused it."),
    **PEOPLE,
}
"""code -> what a person reads."""

OF_THE_WHOLE: Final = frozenset({"fewer_rows", "not_pruned"})
"""Codes that say that a table as a whole may not be what its publisher meant; whoever imports is told, whatever the level."""

REASONS: Final[dict[str, Words]] = {
    "standard": _words("標準の項目名と同じ", "name of the standard"),
    "alias": _words("よく使われる別名", "known other name"),
    "beside": _words("属性の説明ファイルから", "from attributes.csv"),
    "likeness": _words("標準の項目名に似ている", "like a name of the standard"),
    "content": _words("値の内容から", "from the values"),
    "heading": _words("名で終わるただ一つの見出し", "the only heading that ends like a name"),
    "told": _words("職員の指定", "told by staff"),
    "none": _words("標準にない列", "not in the standard"),
    "header": _words("列の見出しから", "from the columns"),
    "file_name": _words("ファイルやフォルダーの名前から", "from the file or folder name"),
}
"""Why a column or a type was taken for what it is."""


class Tally:
    """Counts of one import and its issues, bounded: refused rows one by one, warnings by code and column.

    `removed` counts records that were in the city and not in the file; `is_doubtful` says that the table as a whole is in doubt.
    """

    def __init__(self) -> None:
        self.read = self.created = self.changed = self.unchanged = self.refused = self.warnings = 0
        self.removed = 0
        self.is_doubtful = False
        self._refused: list[KeptIssue] = []
        self._kinds: dict[tuple[str, str, str], list[Issue]] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def note(self, issue: Issue) -> None:
        """Keep an issue; one of level `refused` counts a refused row."""
        if issue.level == "refused":
            self.refused += 1
            if len(self._refused) < REFUSED_KEPT_MAX:
                kept = KeptIssue(issue.code, "refused", 1, issue.column, shorten(issue.value), (issue.line,))
                self._refused.append(kept)
            return
        self.warnings += issue.level == "warning"
        self.is_doubtful = self.is_doubtful or issue.code in OF_THE_WHOLE
        key = (issue.level, issue.code, issue.column)
        if key not in self._kinds and len(self._kinds) >= KINDS_MAX:
            key = (issue.level, issue.code, "")
        self._counts[key] = self._counts.get(key, 0) + 1
        examples = self._kinds.setdefault(key, [])
        if len(examples) < EXAMPLES_MAX:
            examples.append(issue)

    def issues(self) -> tuple[KeptIssue, ...]:
        """The report: refused rows in their order, then warnings and notes by how often they were found."""
        kinds = [
            KeptIssue(
                code,
                level,
                self._counts[(level, code, column)],
                column,
                shorten(examples[0].value),
                tuple(issue.line for issue in examples if issue.line),
            )
            for (level, code, column), examples in self._kinds.items()
        ]
        kinds.sort(key=lambda kept: (kept.level != "warning", -kept.count, kept.code, kept.column))
        return (*self._refused, *kinds)

    @property
    def kept(self) -> int:
        """Rows that are in: new, changed or as they were."""
        return self.created + self.changed + self.unchanged


def grade(tally: Tally, asked: int, present: int) -> int:
    """Quality from 0 to 100: seven parts for rows that are in, three for the required items that have a column."""
    rows = tally.kept / tally.read if tally.read else 0.0
    items = present / asked if asked else 1.0
    return round(70 * rows + 30 * items)
