"""The repairs in the order in which they go, and a file after those of them that somebody accepted.

Repairs are never kept as changed tables: a file is its original and the names of the accepted repairs, so that each can be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.repairs import cells, contents, looks, parting, places
from kaiteki.services.opendata.readability.repairs.change import Change, Mended
from kaiteki.services.opendata.readability.repairs.origins import forget, named_in_file, remember
from kaiteki.services.opendata.readability.sheet import Sheet, settle_table


class Repair(msgspec.Struct, frozen=True):
    """One kind of repair: the rules that it mends, what it does in words, and the function that does it."""

    rules: tuple[str, ...]
    words: Words
    mend: Callable[[Sheet], Mended]
    offered: bool = False
    """Nothing is wrong without it: it is done only where somebody asks for it."""


REPAIRS: Final[Mapping[str, Repair]] = {
    "unmerge": Repair(("L1-12",), Words("結合を解いて値を入れる", "Split merged cells and fill them", "つないだ マスを わける"), looks.unmerge),
    "unhide": Repair(("L1-13",), Words("非表示の行と列を表示する", "Show hidden rows and columns", "かくした ものを 見（み）せる"), looks.unhide),
    "drawings": Repair(("L1-10",), Words("図形の文字を説明へ移す", "Move the text of shapes to the notes", "図（ず）の 文字（もじ）を うつす"), looks.take_out_drawings),
    "values": Repair(("L2-06",), Words("数式を値に替える", "Keep values in place of formulas", "式（しき）を 数（かず）に する"), looks.keep_values),
    "looks": Repair(("L1-11",), Words("色などの区別を列に書く", "Say colours in a column", "色（いろ）を 文字（もじ）で 書（か）く"), looks.say_looks),
    "parted_numbers": Repair(("L1-15",), Words("カンマで分かれた数値を戻す", "Join numbers that a comma parted", "わかれた 数（かず）を もどす"), cells.join_parted_numbers),
    "tables": Repair(("L1-02",), Words("表を分ける", "Part the tables", "表（ひょう）を わける"), looks.part_tables),
    "notes": Repair(("L1-04", "L3-01"), Words("題名と注を説明へ移す", "Move titles and notes out of the table", "メモを うつす"), looks.move_notes),
    "gaps": Repair(("L1-03",), Words("空白の行と列を消す", "Remove blank rows and columns", "あいた ところを けす"), looks.close_gaps),
    "headings": Repair(("L2-03", "L3-01"), Words("2段の項目名をつなぐ", "Join headings of two rows", "名前（なまえ）を つなぐ"), looks.join_headings),
    "blanks": Repair(("L1-06",), Words("見た目の空白を消す", "Remove blanks for looks", "いらない 空白（くうはく）を けす"), cells.drop_blanks),
    "spelling": Repair(("L1-08",), Words("機種依存文字を替える", "Spell out characters of one make", "とくべつな 文字（もじ）を かえる"), cells.spell_out),
    "left_out": Repair(("L2-02",), Words("省略した値を入れる", "Write out what was left out", "上（うえ）と おなじ ことを 書（か）く"), cells.write_out),
    "same_headings": Repair(("L2-03",), Words("同じ項目名に番号を付ける", "Number headings that are alike", "おなじ 名前（なまえ）を わける"), looks.number_headings),
    "lists": Repair(("L1-07",), Words("並べた値を列に分ける", "Give listed values a column each", "1つずつ わける"), parting.part_lists),
    "errors": Repair((), Words("エラーの値を注の列へ移す", "Move errors of a spreadsheet into the notes", "エラーを うつす"), contents.set_errors_aside),
    "days": Repair((), Words("実在しない日付を注の列へ移す", "Move days that do not exist into the notes", "ない 日（ひ）を うつす"), contents.set_days_aside),
    "half_width": Repair((), Words("全角の数字を半角にする", "Write digits half-width", "半角（はんかく）に する"), contents.narrow_digits),
    "zeros": Repair((), Words("消えた先頭の 0 を戻す", "Put back zeros that were lost", "はじめの 0を もどす"), contents.put_zeros_back),
    "western": Repair(("L3-05",), Words("和暦を西暦にし、日付をそろえる", "Write Western dates", "西暦（せいれき）に する"), cells.write_western),
    "one_line": Repair(("L1-14",), Words("値の中の改行を「 / 」にする", "Put values on one line", "改行（かいぎょう）を かえる"), cells.put_on_one_line),
    "years": Repair(("L3-09",), Words("年を縦に並べる", "Put years down instead of across", "年（ねん）を たてに する"), parting.put_years_down),
    "numbers": Repair(("L2-01", "L3-04"), Words("数値から単位・桁区切り・注を分ける", "Part numbers from units and notes", "数（かず）だけに する"), parting.part_numbers),
    "signs": Repair(("L3-03",), Words("数値の列の記号を別の列へ移す", "Move signs out of numbers", "記号（きごう）を うつす"), parting.part_signs),
    "strays": Repair((), Words("数値の列の文字を注の列へ移す", "Move text out of columns of numbers into the notes", "数（かず）の 列（れつ）の ことばを うつす"), contents.set_strays_aside, offered=True),
    "others": Repair(("L2-05",), Words("「その他」の内容を別の列へ移す", "Move the details of “other”", "「その他（ほか）」の なかみを うつす"), parting.part_others),
    "choices": Repair(("L2-04",), Words("選択肢の書き方をそろえる", "Write choices alike", "おなじ 書（か）きかたに する"), cells.write_alike),
    "regions": Repair(("L3-06",), Words("都道府県を正式な名前にする", "Write prefectures in full", "県（けん）の 名前（なまえ）を なおす"), cells.name_regions),
    "totals": Repair((), Words("合計と小計の行を外す", "Leave rows of totals out", "合計（ごうけい）の 行（ぎょう）を はずす"), contents.leave_totals_out, offered=True),
    "positions": Repair((), Words("逆の緯度と経度を入れ替える", "Swap latitude and longitude that stand the wrong way round", "緯度（いど）と 経度（けいど）を いれかえる"), places.swap_positions, offered=True),
    "addresses": Repair((), Words("住所を都道府県・市区町村・町字・番地に分ける", "Part addresses into prefecture, town, district and number", "住所（じゅうしょ）を わける"), places.part_addresses, offered=True),
}  # fmt: skip
"""By name, in the order in which they go: what lies around the cells, the shape of the table, the headings, then what adds columns: a
heading that stands there twice would look like one of two rows as soon as a column comes between. What was left out is written out
before anything goes by the share of values in a column, and a list is parted before anything looks at single values."""


SETTLED_BEFORE: Final = "blanks"
"""The first repair for which the place of the headings no longer has to be found."""


class Step(msgspec.Struct, frozen=True):
    """What one repair does to a file after those before it that were accepted; its changes are named by the cells of the file."""

    repair: str
    changes: tuple[Change, ...]


class Whole(msgspec.Struct, frozen=True):
    """A file after its accepted repairs, and what each repair did or, where it is not accepted, would do."""

    sheets: tuple[Sheet, ...]
    steps: tuple[Step, ...]


def mend(sheets: Sequence[Sheet], accepted: frozenset[str] | None = None) -> Whole:
    """A file after the accepted repairs (None: all but those that are only offered); what it comes to is a sheet of text for each table."""
    now = tuple(remember(sheet) for sheet in sheets)
    steps: list[Step] = []
    for name, repair in REPAIRS.items():
        if name == SETTLED_BEFORE:
            now = tuple(settle_table(sheet) for sheet in now)
        done = [repair.mend(sheet) for sheet in now]
        changes = tuple(
            change
            for sheet, one in zip(now, done, strict=True)
            for change in named_in_file(one.changes, sheet, len(sheets) > 1)
        )
        if changes:
            steps.append(Step(name, changes))
            if not repair.offered if accepted is None else name in accepted:
                now = tuple(sheet for one in done for sheet in one.sheets)
    return Whole(tuple(as_text(forget(sheet)) for sheet in now), tuple(steps))


def as_text(sheet: Sheet) -> Sheet:
    """A sheet as the CSV that it is written to: what only a workbook has is gone, but for what nobody accepted to mend."""
    is_plain = not (sheet.merged or sheet.hidden_rows or sheet.hidden_columns or sheet.drawn or sheet.marked)
    if sheet.format == "csv" or not is_plain or sheet.formulas:
        return sheet
    return msgspec.structs.replace(sheet, format="csv", encoding="utf-8", as_text=frozenset())
