"""What in a table may speak of people: looked at before anything of it is published. Pure; only columns and lines are told, no values.

Source: 個人情報の保護に関する法律 2 条 1 項 (names, birth dates and other descriptions, individual identification codes); check digit of the
個人番号: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令 8 条, 同法の規定による通知カード等に関する省令 5 条. What counts as small: fewer
than SMALL_MIN people in a group that is told by age, sex, nationality, illness, disability, income or household.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.sheet import Layout, Sheet, column, layout_of
from kaiteki.services.opendata.standard.table import is_known
from kaiteki.services.opendata.values import narrow

SMALL_MIN: Final = 3
LINES_MAX: Final = 10
"""Lines that a doubt names."""
CODES_MIN: Final = 3
CODES_SHARE: Final = 0.8
SORTS: Final = {
    "my_number": Words("個人番号（マイナンバー）のような番号", "Numbers like the individual number (My Number)", "マイナンバーの ような 番号（ばんごう）"),
    "name": Words("個人の氏名のような列", "A column like names of persons", "人（ひと）の 名前（なまえ）の ような 列（れつ）"),
    "birth": Words("生年月日のような列", "A column like birth dates", "うまれた 日（ひ）の ような 列（れつ）"),
    "mobile": Words("携帯電話の番号", "Numbers of mobile telephones", "けいたい電話（でんわ）の 番号（ばんごう）"),
    "mail": Words("個人のメールアドレスのような値", "Addresses like private mail", "人（ひと）の メールアドレス"),
    "home": Words("氏名と並ぶ住所の列", "Addresses beside names of persons", "名前（なまえ）と 住所（じゅうしょ）"),
    "account": Words("申請者や利用者の番号の列", "Numbers of applicants or users", "もうしこんだ 人（ひと）の 番号（ばんごう）"),
    "fewer": Words("前回より行がずっと少ない", "Far fewer rows than the last time", "行（ぎょう）が とても すくない"),
    "small": Words("3人未満の区分", "Groups of fewer than 3 people", "とても すくない 人（ひと）の 数（かず）"),
}  # fmt: skip
_NAME: Final = re.compile(
    r"^(氏名|姓名|本人|世帯主|申請者|申込者|届出者|請求者|保護者|児童|生徒|患者|被保険者|受給者|納税者|利用者|所有者|相談者|通報者|担当者|代表者)(の?(氏名|名|名前|カナ|フリガナ))?(_?カナ)?$|氏名|被相続人"
)
_BIRTH: Final = re.compile(r"(?<!発)生年月日|誕生日|birth", re.I)
_ACCOUNT: Final = re.compile(
    r"^(利用者|申請者|被保険者|住民|宛名|世帯|患者)(番号|コード|id)$|基礎年金番号|免許証番号|旅券番号", re.I
)
_MY_NUMBER: Final = re.compile(r"個人番号|マイナンバー|my ?number", re.I)
_HOME: Final = re.compile(r"住所|居所|所在地|address", re.I)
_PERSON: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff々ヶA-Za-z][\u3040-\u30ff\u3400-\u9fff々ヶA-Za-z・ .\u3000]{0,20}"
)
_MOBILE: Final = re.compile(r"\(?0[789]0\)?[-( ]?\d{4}[-) ]?\d{4}", re.ASCII)
_MAIL: Final = re.compile(
    r"[\w.+-]+@(gmail\.com|yahoo\.(co\.jp|ne\.jp|com)|icloud\.com|outlook\.(jp|com)|hotmail\.(com|co\.jp)|docomo\.ne\.jp|ezweb\.ne\.jp|au\.com|"
    r"softbank\.ne\.jp|i\.softbank\.jp|ymobile\.ne\.jp|rakuten\.jp)",
    re.I | re.ASCII,
)
_TOLD_BY: Final = re.compile(
    r"年齢|年代|歳|性別|男|女|国籍|障|疾|病|症|所得|収入|世帯|死亡|死因|生活保護|介護度|人種|宗教"
)
_PEOPLE: Final = re.compile(
    r"人数|者数|人口|患者|件数|世帯数|^人$|[（(]人[)）]|受給者|対象者|^[男女]性?([（(]人[)）])?$"
)
_WHOLE: Final = re.compile(r"\d+", re.ASCII)


class Doubt(msgspec.Struct, frozen=True):
    """Something in a table that may speak of people: its sort (of SORTS), the column by its heading, in how many lines, the first of them.
    A file with far fewer rows than the last one (`fewer`) is doubted alike, with both counts in the place of the column."""

    sort: str
    column: str
    count: int
    lines: tuple[int, ...] = ()


def doubts_of(sheet: Sheet) -> tuple[Doubt, ...]:
    """What in a sheet may speak of people; columns in their order."""
    layout = layout_of(sheet)
    found: list[Doubt] = []
    for at, head in enumerate(layout.heads):
        cells = column(sheet, layout, at)
        found += _of_column(narrow(head).strip(), head or f"列{at + 1}", cells)
    if any(one.sort == "name" for one in found):
        found += [
            _doubt("home", head, [row for row, _ in column(sheet, layout, at)])
            for at, head in enumerate(layout.heads)
            if _HOME.search(narrow(head)) and column(sheet, layout, at)
        ]
    return (*found, *_small(sheet, layout))


def _of_column(slim: str, head: str, cells: list[tuple[int, str]]) -> Iterator[Doubt]:
    texts = [(row, narrow(cell).strip()) for row, cell in cells]
    if not texts:
        return
    twelve = [row for row, text in texts if len(text) == 12 and _WHOLE.fullmatch(text)]
    right = [row for row, text in texts if is_my_number(text)]
    if right and (_MY_NUMBER.search(slim) or len(right) >= max(CODES_MIN, CODES_SHARE * len(twelve))):
        yield _doubt("my_number", head, right)
    if _NAME.search(slim) and (named := [row for row, text in texts if _PERSON.fullmatch(text)]):
        yield _doubt("name", head, named)
    if _BIRTH.search(slim):
        yield _doubt("birth", head, [row for row, _ in texts])
    if _ACCOUNT.search(slim):
        yield _doubt("account", head, [row for row, _ in texts])
    for sort, pattern in (("mobile", _MOBILE), ("mail", _MAIL)):
        if matching := [row for row, text in texts if pattern.fullmatch(text)]:
            yield _doubt(sort, head, matching)


def _small(sheet: Sheet, layout: Layout) -> Iterator[Doubt]:
    """Columns of counted people with fewer than SMALL_MIN in a group, where groups are told by what people are."""
    if not any(_TOLD_BY.search(head) for head in layout.heads):
        return
    for at, head in enumerate(layout.heads):
        if _PEOPLE.search(head) and not is_known(head):
            few = [
                row
                for row, cell in column(sheet, layout, at)
                if _WHOLE.fullmatch(narrow(cell).strip()) and 0 < int(narrow(cell)) < SMALL_MIN
            ]
            if few:
                yield _doubt("small", head, few)


def _doubt(sort: str, head: str, rows: list[int]) -> Doubt:
    return Doubt(sort, head, len(rows), tuple(row + 1 for row in rows[:LINES_MAX]))


def is_my_number(text: str) -> bool:
    """Whether twelve digits have the check digit of an individual number."""
    if len(text) != 12 or not _WHOLE.fullmatch(text):
        return False
    lowest_first = [int(digit) for digit in reversed(text[:11])]
    rest = sum(p * (n + 1 if n <= 6 else n - 5) for n, p in enumerate(lowest_first, start=1)) % 11
    return int(text[11]) == (0 if rest <= 1 else 11 - rest)
