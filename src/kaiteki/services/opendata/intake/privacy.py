"""What in a table may speak of people: looked at before anything of it is published. Pure; only columns and lines are told, no values.

Source: 個人情報の保護に関する法律 2 条 1 項 (names, birth dates and other descriptions, individual identification codes); check digit of the
個人番号: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令 8 条, 同法の規定による通知カード等に関する省令 5 条. What counts as small: fewer
than SMALL_MIN people in a group that is told by age, sex, nationality, illness, disability, income or household.

Telephone numbers and addresses of places are no personal data: where a table names places and nothing in it names people, mobile numbers
in its column for the telephone, and those that its notes say without a name, are those under which shops and halls want to be called.
A column is also one of names where its cells look like names (`person_names`), whatever it is called.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from kaiteki.kit.people_in_text import (
    CODE_LENGTH,
    DASHES,
    MOBILE,
    SORTS_OF_TEXT,
    TWELVE,
    is_my_number,
)
from kaiteki.kit.person_names import is_person_name, names_person
from kaiteki.model.words import Words
from kaiteki.services.opendata.readability.sheet import Sheet, body, layout_of
from kaiteki.services.opendata.standard.table import fold, is_known, standard_types
from kaiteki.services.opendata.values import narrow

SMALL_MIN: Final = 3
LINES_MAX: Final = 10
"""Lines that a doubt names."""
CODES_SHARE: Final = 0.8
"""Of the numbers of twelve digits in a column: one in eleven has the right check digit by chance."""
PERSONS_SHARE: Final = 0.2
"""Of the filled cells of a column that is not named after people; only names with a frequent surname can be told."""
MARKS_MAX: Final = 500
"""Different values of one sort in a column that are known again; where there are more, the column as such is about people."""
REACHED_MIN: Final = 8
"""Characters of the shortest number or address by which a person is reached."""
SORTS: Final = {
    "my_number": SORTS_OF_TEXT["my_number"],
    "name": Words("個人の氏名のような列", "A column like names of persons", "人（ひと）の 名前（なまえ）の ような 列（れつ）"),
    "birth": Words("生年月日のような列", "A column like birth dates", "うまれた 日（ひ）の ような 列（れつ）"),
    "mobile": SORTS_OF_TEXT["mobile"],
    "mail": SORTS_OF_TEXT["mail"],
    "home": Words("氏名と並ぶ住所の列", "Addresses beside names of persons", "名前（なまえ）と 住所（じゅうしょ）"),
    "phone": SORTS_OF_TEXT["phone"],
    "account": Words("申請者や利用者の番号の列", "Numbers of applicants or users", "もうしこんだ 人（ひと）の 番号（ばんごう）"),
    "fewer": Words("前回より行がずっと少ない", "Far fewer rows than the last time", "行（ぎょう）が とても すくない"),
    "small": Words("3人未満の区分", "Groups of fewer than 3 people", "とても すくない 人（ひと）の 数（かず）"),
}  # fmt: skip
_NAME: Final = re.compile(
    r"^(氏名|姓名|本人|世帯主|申請者|申込者|届出者|請求者|保護者|児童|生徒|患者|被保険者|受給者|納税者|利用者|所有者|相談者|通報者|担当者|代表者)(の?(氏名|名|名前|カナ|フリガナ))?(_?カナ)?$|氏名|お名前|おなまえ|被相続人"
)
_MAY_NAME: Final = re.compile(r"^(名前|姓|フルネーム|ふりがな|フリガナ)$")
_ABOUT_ONE: Final = re.compile(r"性別|年齢|生年月日|誕生日")
"""Headings beside which a plain name is that of a person."""
_BIRTH: Final = re.compile(r"(?<!発)生年月日|誕生日|birth", re.I)
_ACCOUNT: Final = re.compile(
    r"^(利用者|申請者|被保険者|住民|宛名|世帯|患者)(番号|コード|id)$|基礎年金番号|免許証番号|旅券番号", re.I
)
_MY_NUMBER: Final = re.compile(r"個人番号|マイナンバー|my ?number", re.I)
_ROLE: Final = re.compile(
    r"(管理|責任|代表|担当|所有|申込|申請|届出|利用|受講|参加|登録|会員|指定|連絡)者|会長|委員|講師|役員|世話人|名義|宛名|連絡先|店主|組長|班長|理事|監事|当番|本人"
)
"""Headings under which a name of a person is one, however few there are."""
_HOME: Final = re.compile(r"住所|居所|住まい|おところ|所在地|address", re.I)
_PHONE: Final = re.compile(r"電話|連絡先|携帯|^tel", re.I)
_MAIL_HEAD: Final = re.compile(r"メール|mail|連絡先", re.I)
_CONTACT: Final = re.compile(r"(連絡先)?電話(番号)?|tel|連絡先(電子)?メールアドレス", re.I)
"""Columns in which the standard tables have what a place publishes so that people reach it."""
_OF_PEOPLE: Final = frozenset({"my_number", "name", "birth", "account"})
_PERSON: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff々ヶA-Za-z][\u3040-\u30ff\u3400-\u9fff々ヶA-Za-z・ .\u3000]{0,20}"
)
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
_REACHED: Final = (("mobile", MOBILE), ("mail", _MAIL))
_GROUP: Final = re.compile(r"\d{1,3}(歳|代|才).{0,4}|[男女]性?|要(介護|支援)\d?|[一-九]級")
"""Values that tell people apart by age, sex or need of care."""
_WHOLE: Final = re.compile(r"\d+", re.ASCII)


class Doubt(msgspec.Struct, frozen=True):
    """Something in a table that may speak of people: its sort (of SORTS), the column by its heading, in how many lines, the first of them.
    A file with far fewer rows than the last one (`fewer`) is doubted alike, with both counts in the place of the column.

    `marks` tell the values again that were found in a column whose heading says nothing of people (eight hexadecimal digits each, none can be
    read); none where the heading says it, so that other values of the same column are no other finding."""

    sort: str
    column: str
    count: int
    lines: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()


class Gate:
    """Looks through the rows of a table in the memory of its columns, so that a file of any length is looked through whole.

    `columns` are its columns by key (place or name) with the name that is told, `also` what people call some of them beside that;
    `without` are keys of columns that nobody will see.
    """

    def __init__(
        self,
        columns: Mapping[Any, str],
        also: Mapping[Any, str] | None = None,
        without: Collection[Any] = (),
    ) -> None:
        more, self._without = also or {}, frozenset(without)
        self._columns = {key: _Column(name, more.get(key, "")) for key, name in columns.items()}
        self.rows = 0

    @property
    def looked(self) -> int:
        """How many columns were looked at."""
        return len(self._columns)

    def see(self, line: int, cells: Iterable[tuple[Any, str]]) -> None:
        """Look at a row: filled cells by the key of their column; a column that comes with its first cell is one from then on."""
        self.rows += 1
        for key, text in cells:
            if key in self._without:
                continue
            column = self._columns.get(key)
            if column is None:
                column = self._columns[key] = _Column(str(key), "")
            column.see(line, text)

    def doubts(self) -> tuple[Doubt, ...]:
        """What may speak of people: column by column, then what does so only beside names, then small groups."""
        columns = list(self._columns.values())
        speaks = any(column.speaks for column in columns)
        is_of_places = not speaks and any(column.names_places for column in columns)
        found = [doubt for column in columns for doubt in column.doubts(is_of_places)]
        if any(column.is_about_one for column in columns):
            found += [doubt for column in columns for doubt in column.named()]
        if any(one.sort == "name" for one in found):
            found += [doubt for column in columns for doubt in column.beside_names()]
        if any(column.tells_people for column in columns):
            found += [doubt for column in columns for doubt in column.small()]
        return tuple(found)


class _Column:
    """What was seen in one column: how many lines of each sort, and the first of them."""

    def __init__(self, name: str, also: str) -> None:
        self.name = name
        slim = tuple(narrow(one).strip() for one in (name, also) if one)
        self._is_name = any(_NAME.search(one) for one in slim)
        self._may_name = any(_MAY_NAME.search(one) for one in slim)
        self.is_about_one = any(_ABOUT_ONE.search(one) for one in slim)
        self._is_my_number = any(_MY_NUMBER.search(one) for one in slim)
        self._is_role = any(_ROLE.search(one) for one in slim)
        self._whole = {
            sort: any(pattern.search(one) for one in slim)
            for sort, pattern in (
                ("birth", _BIRTH),
                ("account", _ACCOUNT),
                ("home", _HOME),
                ("phone", _PHONE),
            )
        }
        self._counts_people = any(_PEOPLE.search(one) for one in slim) and not is_known(name)
        self._is_contact = any(_CONTACT.fullmatch(one) for one in slim)
        self.names_places = any(fold(one) in _names_of_places() for one in slim)
        self.tells_people = any(_TOLD_BY.search(one) for one in slim)
        self._is_of_mail = any(_MAIL_HEAD.search(one) for one in slim)
        self._seen: dict[str, list[int]] = {}
        self._marks: dict[str, set[str]] = {}
        self._counts: Counter[str] = Counter()

    def see(self, line: int, cell: str) -> None:
        """Look at a filled cell."""
        text = (cell if cell.isascii() else narrow(cell)).strip()
        digits = text if text.isascii() else text.translate(DASHES)
        self._note("filled", line)
        if (self._is_name or self._may_name) and _PERSON.fullmatch(text):
            self._note("name", line)
        elif is_person_name(text):
            self._note("person", line, text)
        if _GROUP.fullmatch(text):
            self.tells_people = True
        if len(digits) >= CODE_LENGTH and (found := TWELVE.search(digits)):
            self._counts["twelve"] += 1
            if is_my_number(re.sub(r"\D", "", found.group())):
                self._note("my_number", line)
        for sort, pattern in _REACHED:
            if len(text) >= REACHED_MIN and (found := pattern.search(digits)):
                alone = found.group() == digits or names_person(text)
                self._note(sort if alone else f"{sort} in words", line, text)
        if (
            self._counts_people
            and _WHOLE.fullmatch(text)
            and len(text) < CODE_LENGTH
            and 0 < int(text) < SMALL_MIN
        ):
            self._note("small", line)

    def _note(self, sort: str, line: int, text: str = "") -> None:
        self._counts[sort] += 1
        marks = self._marks.setdefault(sort, set()) if text else None
        if marks is not None and len(marks) <= MARKS_MAX:
            marks.add(_mark_of(text))
        lines = self._seen.setdefault(sort, [])
        if len(lines) < LINES_MAX:
            lines.append(line)

    @property
    def speaks(self) -> bool:
        """Whether the column says by itself that the table is one of people."""
        return any(True for doubt in self.doubts(False) if doubt.sort in _OF_PEOPLE)

    def doubts(self, is_of_places: bool) -> Iterator[Doubt]:
        """What may speak of people in this column, whatever stands beside it. `is_of_places`: the table names places and no people,
        so that the numbers in its column for them are those that the places publish."""
        right = self._counts["my_number"]
        if right and (self._is_my_number or right >= CODES_SHARE * self._counts["twelve"]):
            yield self._doubt("my_number")
        if self._counts["name"] and self._is_name:
            yield self._doubt("name")
        elif self._counts["person"] and (
            self._is_role or self._counts["person"] >= PERSONS_SHARE * self._counts["filled"]
        ):
            yield self._doubt("name", "person")
        for sort in ("birth", "account"):
            if self._whole[sort] and self._counts["filled"]:
                yield self._doubt(sort, "filled")
        for sort in ("mobile", "mail"):
            if self._counts[sort] and not (is_of_places and self._is_contact):
                yield self._doubt(sort)
            elif self._counts[f"{sort} in words"] and not is_of_places:
                yield self._doubt(sort, f"{sort} in words")

    def named(self) -> Iterator[Doubt]:
        """Plain names, which are those of persons where something else in the table is about one person."""
        if self._counts["name"] and not self._is_name and not self._counts["person"]:
            yield self._doubt("name")

    def beside_names(self) -> Iterator[Doubt]:
        """What speaks of people where names of them stand beside it."""
        for sort in ("home", "phone"):
            if self._whole[sort] and self._counts["filled"]:
                yield self._doubt(sort, "filled")

    def small(self) -> Iterator[Doubt]:
        """Counted people, fewer than SMALL_MIN in a group."""
        if self._counts["small"]:
            yield self._doubt("small")

    def _doubt(self, sort: str, seen: str = "") -> Doubt:
        found = seen or sort
        return Doubt(
            sort, self.name, self._counts[found], tuple(self._seen[found]), self._marks_of(sort, found)
        )

    def _marks_of(self, sort: str, found: str) -> tuple[str, ...]:
        """The marks of what was found by its value; none where the heading says what stands in the column, or where they are too many."""
        said = {
            "name": self._is_name or self._is_role or self._may_name,
            "mobile": self._whole["phone"],
            "mail": self._is_of_mail,
        }
        marks = self._marks.get(found, set())
        return tuple(sorted(marks)) if not said.get(sort) and len(marks) <= MARKS_MAX else ()


def _mark_of(text: str) -> str:
    """A value without its blanks, so that it is known again and cannot be read."""
    return hashlib.blake2s(re.sub(r"\s", "", text).encode("utf-8", "replace"), digest_size=4).hexdigest()


@cache
def _names_of_places() -> frozenset[str]:
    """What the name of a place is called in the standard tables, folded."""
    items = (item for kind in standard_types().values() for item in kind.items if item.key == "name")
    return frozenset(fold(name) for item in items for name in (item.label, *item.aliases))


def doubts_of(sheet: Sheet, without: Collection[str] = ()) -> tuple[Doubt, ...]:
    """What in a sheet may speak of people; columns in their order, but for those that are left out (`without`, by their headings)."""
    layout = layout_of(sheet)
    heads = {at: head or f"列{at + 1}" for at, head in enumerate(layout.heads)}
    left_out = [at for at, head in heads.items() if head in without]
    gate = Gate({at: head for at, head in heads.items() if at not in left_out}, without=left_out)
    for row, cells in body(sheet, layout):
        gate.see(row + 1, ((at, cell) for at, cell in enumerate(cells) if cell.strip()))
    return gate.doubts()
