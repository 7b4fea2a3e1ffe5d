"""The kinds of what is noticed: what it is, and what to do about it. They cost no points: the score is that of the thirty rules alone."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.words import Words


class Kind(msgspec.Struct, frozen=True):
    """One kind: what is wrong, what to do, and the repair that does it where one is safe."""

    words: Words
    mend: Words
    repair: str = ""


KINDS: Final[dict[str, Kind]] = {
    "error": Kind(
        Words("表計算ソフトのエラーです", "An error of a spreadsheet", "計算（けいさん）の エラーです"),
        Words("元の表で式を直します。「エラーの値を注の列へ移す」で空欄にできます。", "Mend the formula in the original; a repair leaves the cell blank.", "もとの 式（しき）を なおします。"),
        "errors",
    ),
    "cut_off": Kind(
        Words("列の幅が足りず、値が # で消えています", "The column was too narrow: the value is gone", "# だけで 書（か）いた ことが ありません"),
        Words("元の表で列の幅を広げて、保存し直します。", "Widen the column in the original and save it again.", "もとの 列（れつ）を ひろげて のこします。"),
    ),
    "formula": Kind(
        Words("計算式のような値です", "A value like a formula", "計算（けいさん）の 式（しき）の ようです"),
        Words("計算した値か、意味の分かる言葉に直します。", "Write its value, or words that say what is meant.", "けっかの 数（かず）を 書（か）きます。"),
    ),
    "no_such_day": Kind(
        Words("実在しない日付です", "No such day", "ない 日（ひ）です"),
        Words("正しい日付を書きます。「実在しない日付を注の列へ移す」で空欄にできます。", "Write the right day; a repair leaves the cell blank.", "ただしい 日（ひ）を 書（か）きます。"),
        "days",
    ),
    "not_a_day": Kind(
        Words("日付の列に、日付でない値があります", "No day in a column of days", "日（ひ）では ありません"),
        Words("日付（2026-04-01）を書くか、空欄にして理由を備考に書きます。", "Write a day (2026-04-01), or leave it blank and say why in the remarks.", "日（ひ）を 書（か）くか、なにも 書（か）きません。"),
    ),
    "text_in_numbers": Kind(
        Words("数値の列に、数値でない値があります", "Text in a column of numbers", "数（かず）では ありません"),
        Words("数値を書くか空欄にします。「数値の列の文字を注の列へ移す」で移せます。", "Write a number or leave it blank; a repair moves the text.", "数（かず）を 書（か）くか、なにも 書（か）きません。"),
        "strays",
    ),
    "number_in_text": Kind(
        Words("文字の列に、数値だけの値があります", "A bare number in a column of words", "ことばの 列（れつ）に 数（かず）が あります"),
        Words("ほかの行と同じ言葉で書きます。", "Write it in the words of the other rows.", "ほかと おなじ ことばで 書（か）きます。"),
    ),
    "mixed": Kind(
        Words("数値と文字が混ざった列です", "A column of numbers and text", "数（かず）と ことばが まざって います"),
        Words("数値の列と文字の列に分けます。", "Give numbers and text a column each.", "列（れつ）を わけます。"),
    ),
    "full_width": Kind(
        Words("半角で書くところに、全角の文字があります", "Full-width characters where half-width ones belong", "全角（ぜんかく）の 文字（もじ）です"),
        Words("「全角の数字を半角にする」で直せます。", "A repair writes them half-width.", "半角（はんかく）に します。"),
        "half_width",
    ),
    "lost_zero": Kind(
        Words("先頭の 0 が消えた番号です", "The number has lost the 0 at its beginning", "はじめの 0が ありません"),
        Words("「消えた先頭の 0 を戻す」で直せます。元の表では文字として入力します。", "A repair puts it back; in the original, enter it as text.", "0を もどします。"),
        "zeros",
    ),
    "outside_japan": Kind(
        Words("位置が日本の外です", "The position is outside of Japan", "場所（ばしょ）が 日本（にほん）の 外（そと）です"),
        Words("緯度と経度を確かめて、度（35.607266）で書きます。", "Check latitude and longitude; write them in degrees (35.607266).", "緯度（いど）と 経度（けいど）を たしかめます。"),
    ),
    "swapped": Kind(
        Words("緯度と経度が逆です", "Latitude and longitude stand the wrong way round", "緯度（いど）と 経度（けいど）が ぎゃくです"),
        Words("「逆の緯度と経度を入れ替える」で直せます。", "A repair swaps them.", "いれかえます。"),
        "positions",
    ),
    "no_position": Kind(
        Words("緯度か経度が、数として読めません", "A latitude or longitude that cannot be read", "緯度（いど）か 経度（けいど）が よめません"),
        Words("度（35.607266）で書きます。", "Write it in degrees (35.607266).", "35.607266の ように 書（か）きます。"),
    ),
    "total": Kind(
        Words("合計や小計の行です", "A row of totals", "合計（ごうけい）の 行（ぎょう）です"),
        Words("1件のデータとして数えられます。「合計と小計の行を外す」で外せます。", "It would count as one of the things; a repair leaves it out.", "合計（ごうけい）の 行（ぎょう）を はずします。"),
        "totals",
    ),
    "key_twice": Kind(
        Words("同じ番号がほかの行にもあります", "Another row has this number", "おなじ 番号（ばんごう）が あります"),
        Words("1件に1つの番号を付けます。", "Give each row a number of its own.", "ちがう 番号（ばんごう）に します。"),
    ),
    "nameless": Kind(
        Words("名称のない行です", "A row without a name", "名前（なまえ）が ない 行（ぎょう）です"),
        Words("名称を書きます。", "Write the name.", "名前（なまえ）を 書（か）きます。"),
    ),
}  # fmt: skip
"""By code, in the order in which they are told."""
