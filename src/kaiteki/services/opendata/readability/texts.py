"""What stands in cells, told apart: layout blanks, characters of one make, numbers with more than digits, years of eras, regions."""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import cache
from typing import Final

from kaiteki.model.addresses import PREFECTURES
from kaiteki.services.opendata.values import narrow, read_date

_JAPANESE: Final = "\u3040-\u30ff\u3400-\u9fff々〆"
_SPREAD: Final = re.compile(rf"(?<=[{_JAPANESE}])[ \u3000]+(?=[{_JAPANESE}])")
_LETTER_BY_LETTER: Final = re.compile(rf"[{_JAPANESE}]([ \u3000]+[{_JAPANESE}])+")
UNITS: Final = (
    "人|名|件|円|千円|万円|百万円|億円|%|パーセント|kg|km|m|cm|mm|g|t|ha|m2|km2|m3|平方メートル|平方キロメートル|立方メートル|メートル|"
    "個|台|回|本|枚|箇所|か所|ヶ所|カ所|ヵ所|世帯|戸|社|校|棟|隻|機|両|組|点|冊|席|室|床|基|区画|食|泊|歳|才|度|kw|kwh|mw|gw|l|ml|dl|リットル|時間|分|秒|日間|年間|か月|ヶ月"
)
NOTE_LENGTH_MAX: Final = 40
"""Signs of a remark behind a number; what is longer is a sentence with a number in it."""
_NUMBER: Final = re.compile(
    r"(?P<about>約|およそ|おおよそ|おおむね|概ね|凡そ|概算|推定|最大|最小|最低|最高|延べ|のべ)?\s*"
    r"(?P<sign>[▲△+\-−]?)\s*(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<rest>\.\d+)?\s*"
    rf"(?P<unit>{UNITS})?\s*(?P<bound>以上|以下|以内|未満|超え?|程度|前後|余り?|弱|強|ほど|ぐらい|くらい|まで)?\s*"
    rf"(?P<note>\([^()]{{1,{NOTE_LENGTH_MAX}}}\)|(?:※|\*|注)[^()]{{0,{NOTE_LENGTH_MAX}}})?",
    re.I,
)
MARKS: Final = frozenset(
    ["..", "...", "*", "**", "***", "x", "X", "χ", "秘", "不詳", "未詳", "不明", *"-‐‑–—―−ー…‥"]
)
"""Signs in the place of a number: hidden, not asked, not known."""
ERROR: Final = re.compile(
    r"#(REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|Err:\d{3}", re.I
)
"""What Excel (and LibreOffice: Err:508) writes in the place of a value."""
DITTO: Final = frozenset(("〃", "″", "々", "同上", "同 上", "同　上", '"', "仝"))
"""Signs for the value above."""
_ERA_YEAR: Final = re.compile(r"(明治|大正|昭和|平成|令和)\s*(元|\d{1,2})\s*年(度?)")
_ERAS: Final = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_WESTERN: Final = re.compile(r"(?:18|19|20)\d{2}")
_YEAR_HEAD: Final = re.compile(r"(18|19|20)\d{2}(年度?)?([ _/-]?\d{1,2}月?)?")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHORT_PREFECTURES: Final = {name[:-1]: name for name in PREFECTURES if name != "北海道"}


@cache
def platform_signs() -> frozenset[str]:
    """The special characters of NEC (row 13 of its JIS set, in CP932 8740 to 879C): ①, Ⅰ, ㍉, №, ㈱, ㍻ and the like, and small
    roman numerals of IBM. Not the kanji of IBM (髙, 﨑): names of people and places are written with them, which the rule allows."""
    pairs = [(0x87, second) for second in range(0x40, 0x9D)] + [
        (0xFA, second) for second in range(0x40, 0x4A)
    ]
    signs = {
        sign
        for pair in pairs
        if len(sign := bytes(pair).decode("cp932", "ignore")) == 1 and not sign.isascii()
    }
    return frozenset(signs) - frozenset("≒≡∫√⊥∠∵∩∪") | frozenset("㎡㎢㎥㎏㎞㎝㎜㏄㏊")


def has_platform_sign(text: str) -> bool:
    """Whether a text has a character of one make of computer."""
    return not text.isascii() and not platform_signs().isdisjoint(text)


def spell(text: str) -> str:
    """A text without characters of one make: ① as (1), ㈱ as (株), ㎡ as m2."""
    return "".join(_spelt(sign) if sign in platform_signs() else sign for sign in text)


def _spelt(sign: str) -> str:
    if "①" <= sign <= "⑳":
        return f"({ord(sign) - 0x245F})"
    if sign in "〝〟":
        return '"'
    return unicodedata.normalize("NFKC", sign)


def has_lost_sign(text: str) -> bool:
    """Whether a text has a character of somebody's own (外字) or one that could not be decoded."""
    return any("\ue000" <= sign <= "\uf8ff" or sign == "\ufffd" for sign in text)


def settle(text: str) -> str:
    """A text without blanks that are for looks: at its ends, between the letters of one word (氏　名), more than one, wide ones, after
    breaks."""
    lines = [
        part.strip(" \t\u3000\xa0") for part in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ]
    slim = "\n".join(line for line in lines if line)
    if _LETTER_BY_LETTER.fullmatch(slim):
        slim = _SPREAD.sub("", slim)
    return re.sub(r"[ \t\u3000\xa0]{2,}|\u3000", " ", slim)


def read_dressed(text: str) -> tuple[str, str, str] | None:
    """(number, unit, note) of a number however it is dressed; None where a text is none. The note is what is said beside the number in
    the order of the cell: 約, 以上, a remark in brackets or behind ※."""
    found = _NUMBER.fullmatch(narrow(text.replace("㎡", "m2")).strip())
    if found is None:
        return None
    sign = "-" if found["sign"] in "▲△-−" and found["sign"] else ""
    number = sign + found["digits"].replace(",", "") + (found["rest"] or "")
    said = (found["about"], found["bound"], found["note"])
    return number, found["unit"] or "", " ".join(part for part in said if part)


def western(text: str) -> str:
    """A text with the Western year in the place of each year of an era: 令和6年度 becomes 2024年度; unchanged where both stand."""
    if _WESTERN.search(narrow(text)):
        return text
    return _ERA_YEAR.sub(
        lambda m: f"{_ERAS[m[1]] + (1 if m[2] == '元' else int(narrow(m[2])))}年{m[3]}", text
    )


def has_era(text: str) -> bool:
    """Whether a text has a year of an era and no Western one beside it."""
    return western(text) != text


def iso_day(text: str) -> str:
    """A day as ISO 8601, empty where a text is none. Eight digits are no day here: codes look so too."""
    found = read_date(text) if not text.strip().isdigit() else None
    return str(found[0]) if found else ""


def is_iso_day(text: str) -> bool:
    """Whether a text is a day as ISO 8601."""
    return _ISO.fullmatch(text) is not None


def is_year(heading: str) -> bool:
    """Whether a heading is a year, with a month or without; also of an era."""
    return _YEAR_HEAD.fullmatch(western(narrow(heading).strip())) is not None


def years_of(texts: list[str]) -> list[int]:
    """The years that some days are of."""
    return [datetime.date.fromisoformat(text).year for text in texts]
