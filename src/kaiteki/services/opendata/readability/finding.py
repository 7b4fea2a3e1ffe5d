"""What a check finds: where, what stands there, and what is wrong with it in words."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.sheet import cell_name, column_name
from kaiteki.services.opendata.reading.source import shorten

VALUE_LENGTH: Final = 60
WHATS: Final = {
    "format": Words("この形式は表として読めません", "Programs cannot read this form", "表（ひょう）として 読（よ）めません"),
    "second_table": Words("ここから別の表です", "Another table begins here", "ここから べつの 表（ひょう）です"),
    "blank_row": Words("空白の行です", "A blank row", "なにも ない 行（ぎょう）です"),
    "blank_column": Words("空白の列です", "A blank column", "なにも ない 列（れつ）です"),
    "outside": Words("表の外の文字です", "Text outside of the table", "表（ひょう）の 外（そと）の ことばです"),
    "no_heading": Words("項目名がありません", "No heading", "列（れつ）の 名前（なまえ）が ありません"),
    "blank_heading": Words("内容の分からない項目名です", "The heading says nothing", "わからない 名前（なまえ）です"),
    "blanks": Words("見た目のための空白があります", "Blanks that are for looks", "いらない 空白（くうはく）が あります"),
    "break": Words("セルの中に改行があります", "A line break within the cell", "マスの 中（なか）に 改行（かいぎょう）が あります"),
    "list": Words("複数の値が並んでいます", "Several values in one cell", "いくつも 書（か）いて あります"),
    "sign": Words("機種依存文字があります", "Characters of one make of computer", "とくべつな 文字（もじ）が あります"),
    "lost_sign": Words("外字か、読めない文字です", "A private or broken character", "読（よ）めない 文字（もじ）が あります"),
    "picture": Words("画像があります", "A picture", "絵（え）が あります"),
    "shape": Words("図形があります", "A drawn shape", "図（ず）が あります"),
    "chart": Words("グラフがあります", "A chart", "グラフが あります"),
    "look": Words("同じ列のほかのセルと見た目が違います", "It looks unlike the rest of its column", "ほかと 色（いろ）などが ちがいます"),
    "merged": Words("結合したセルです", "Merged cells", "マスが つながって います"),
    "hidden_row": Words("非表示の行です", "A hidden row", "かくれた 行（ぎょう）です"),
    "hidden_column": Words("非表示の列です", "A hidden column", "かくれた 列（れつ）です"),
    "ragged": Words("項目名より値の数が多い行です", "More values than headings", "マスが 多（おお）すぎます"),
    "dressed": Words("数値に単位・桁区切り・注などが付いています", "A number with a unit, separator or note", "数（かず）に ほかの 文字（もじ）が あります"),
    "number_as_text": Words("数値が文字として入っています", "A number kept as text", "数（かず）が 文字（もじ）に なって います"),
    "ditto": Words("上と同じ値が省略されています", "The value above is meant", "上（うえ）と おなじ ことが ありません"),
    "same_heading": Words("同じ項目名がほかにもあります", "Another column has this heading", "おなじ 名前（なまえ）が あります"),
    "two_headings": Words("項目名が2段です", "The headings go over two rows", "名前（なまえ）が 2行（ぎょう）です"),
    "variant": Words("書き方がそろっていません", "The same is written in other ways too", "書（か）きかたが ちがいます"),
    "other": Words("「その他」と内容が同じセルにあります", "“Other” and its details in one cell", "「その他（ほか）」と なかみが いっしょです"),
    "formula": Words("数式です", "A formula", "計算（けいさん）の 式（しき）です"),
    "above": Words("項目名より上に行があります", "A row above the headings", "名前（なまえ）より 上（うえ）に あります"),
    "mark": Words("説明のない記号です", "A sign that nothing explains", "わからない 記号（きごう）です"),
    "no_unit": Words("単位が分かりません", "The unit is not stated", "単位（たんい）が わかりません"),
    "era": Words("和暦です", "A year of an era", "日本（にほん）の 年（ねん）です"),
    "mixed_dates": Words("日付の書き方がそろっていません", "Dates are not written alike", "日（ひ）の 書（か）きかたが ちがいます"),
    "short_region": Words("地域の名前が略されています", "The name of the region is cut short", "まちの 名前（なまえ）が みじかいです"),
    "other_columns": Words("前回あった列がありません", "A column of the last time is gone", "前（まえ）の 列（れつ）が ありません"),
    "unstated": Words("目録に書かれていません", "Not stated in the catalogue", "書（か）いて ありません"),
    "wide": Words("年が横に並んでいます", "Years go across", "年（ねん）が よこに あります"),
}  # fmt: skip
"""What is wrong at a place, by code."""


class Found(msgspec.Struct, frozen=True):
    """One fault: the rule, where it is (B3, a column B, a row 3, or nothing: the whole file), what stands there, a code of WHATS.
    What is noticed in the contents is of no rule (empty), its code one of `contents.kinds.KINDS`."""

    rule: str
    what: str
    at: str = ""
    value: str = ""


def at_cell(rule: str, what: str, place: tuple[int, int], value: str = "") -> Found:
    """A fault of a cell."""
    return Found(rule, what, cell_name(*place), shorten(value, VALUE_LENGTH))


def at_column(rule: str, what: str, column: int, value: str = "") -> Found:
    """A fault of a column."""
    return Found(rule, what, column_name(column), shorten(value, VALUE_LENGTH))


def at_row(rule: str, what: str, row: int, value: str = "") -> Found:
    """A fault of a row."""
    return Found(rule, what, str(row + 1), shorten(value, VALUE_LENGTH))
