"""How one lot (地番, the number of a parcel of land: 不動産登記法 2 条 17 号, 35 条) is written, so that what people type finds what a map keeps.

    本町二丁目十六番三, 本町２丁目16番地の3, 本町2-16-3 ─► town 本町2丁目, lot 16-3 ─► key 「本町2丁目 00016-00003」

A key sorts as the numbers do, so that the neighbours of a lot are a range of keys. Where it cannot be said which part is the 丁目
(本町2-16-3 may be lot 16-3 of 本町二丁目 and lot 2-16-3 of 本町), a text has several readings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import msgspec

BRANCHES_MAX: Final = 4
"""Numbers of a lot that are read: the lot and its branches (16番3の2)."""
TEXT_LENGTH_MAX: Final = 100
JOINED_MAX: Final = 20
"""Lots of one parcel whose boundary is not settled (筆界未定, written 16-3+17) that are read."""
DIGITS: Final = 5
"""Digits of a number in a key; larger numbers keep all of theirs."""
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_FIGURES: Final = {sign: number for number, sign in enumerate("〇一二三四五六七八九")} | {"零": 0}
_NUMBER: Final = r"(?:\d{1,6}|[〇零一二三四五六七八九十百千]{1,7})"
_JOINT: Final = r"(?:番地の|番の|番地|番|の|-)"
_SIGN: Final = r"[甲乙丙丁戊己庚辛壬癸いろはにほへとイロハニホヘト]"
_LOT: Final = (
    rf"(?P<sign>{_SIGN}?)(?P<numbers>{_NUMBER}(?:{_JOINT}{_NUMBER}){{0,{BRANCHES_MAX}}})(?:番地|番|号)?"
)
_WHOLE: Final = re.compile(rf"(?P<town>.*?)(?:(?P<quarter>{_NUMBER})丁目)?-?{_LOT}")
_ALONE: Final = re.compile(_LOT)
_ONE: Final = re.compile(_NUMBER)
_QUARTER: Final = re.compile(rf"({_NUMBER})丁目")
_MERE: Final = re.compile(r"0[\d()+-]*|\d+|[(+][\d()+-]*|(?:\d-?){7,}")
"""Figures alone that are no lot: a telephone number (054-626-1111, 626-1111), a postal code, the code of a grid square."""
_FIGURE: Final = r"[\d〇零一二三四五六七八九十百千]"
_PARTED: Final = re.compile(r"(?<=\d)\s+(?=\d)")
_DASH: Final = re.compile(rf"(?:(?<={_FIGURE})|(?<=[番地丁目]))[\-‐‑–—―−ー~〜](?={_FIGURE}|{_SIGN})")
"""Only beside figures: a long vowel (ー) of a name is no dash."""
_NO: Final = re.compile(rf"(?:(?<={_FIGURE})|(?<=[番地]))[ノ之](?={_FIGURE})")
_MARK: Final = re.compile(r"(?<![^\s市区町村郡])大字|(?<=.)字|^字")
_SAME: Final = str.maketrans("ヶケヵノ之ッツっ", "ががかののつつつ")
_KATAKANA_SIGNS: Final = str.maketrans("イロハニホヘト", "いろはにほへと")


class Lot(msgspec.Struct, frozen=True):
    """A lot: the sign before its number (甲, イ; mostly none), its number and those of its branches."""

    numbers: tuple[int, ...]
    sign: str = ""

    @property
    def code(self) -> str:
        """As the map of the registry writes it: 16-3, 甲16-3."""
        return self.sign + "-".join(map(str, self.numbers))

    @property
    def words(self) -> str:
        """As a register writes it: 16番3, 甲16番, 16番3の2."""
        first, *branches = self.numbers
        return f"{self.sign}{first}番" + "の".join(map(str, branches))


class Reading(msgspec.Struct, frozen=True):
    """What a text may mean: a lot of a town (大字 and 丁目, folded; empty where none is said)."""

    town: str
    lot: Lot

    @property
    def key(self) -> str:
        """The key of it."""
        return key_of(self.town, self.lot)


def fold_town(*parts: str) -> str:
    """The name of a town (大字, 丁目, 小字) without what people write differently: width, blanks, 大字 and 字, ヶ and が, 二丁目 and 2丁目."""
    plain = "".join(unicodedata.normalize("NFKC", "".join(parts)).split())
    return _folded_name(_QUARTER.sub(lambda found: f"{_value(found[1])}丁目", plain))


def _folded_name(plain: str) -> str:
    return _MARK.sub("", plain).translate(_SAME)


def key_of(town: str, lot: Lot) -> str:
    """The key of a lot in a (folded) town: it sorts as towns and numbers do."""
    return f"{town} {lot.sign}" + "-".join(f"{one:0{DIGITS}d}" for one in lot.numbers)


def read_lots(text: str) -> tuple[Lot, ...]:
    """The lots that a map writes on a parcel: one, or those of several whose boundary is not settled (16-3+17); none for roads (道-1), 無番地."""
    plain = _plain(text)
    parts = plain.split("+")[:JOINED_MAX] if len(plain) <= TEXT_LENGTH_MAX * JOINED_MAX else []
    found = (_ALONE.fullmatch(part) for part in parts)
    return tuple(_lot(one["sign"], _numbers(one["numbers"])) for one in found if one is not None)


def read_typed(text: str, before: Sequence[str] = ()) -> tuple[Reading, ...]:
    """What somebody may mean who types a lot, the surest first; none where the text does not end in one. `before` are names that may stand in
    front of the town (静岡県, 焼津市, 中央区) and are not part of it, in their order."""
    if len(text) > TEXT_LENGTH_MAX:
        return ()
    plain = _without(_plain(text), before)
    found = _WHOLE.fullmatch(plain)
    if found is None or _MERE.fullmatch(plain):
        return ()
    town, numbers = found["town"].rstrip("-"), _numbers(found["numbers"])
    quarter = f"{_value(found['quarter'])}丁目" if found["quarter"] else ""
    readings = [Reading(_folded_name(town) + quarter, _lot(found["sign"], numbers))]
    if (
        not quarter
        and town
        and len(numbers) > 1
        and not found["sign"]
        and "番" not in _first_joint(found["numbers"])
    ):
        first = Reading(f"{_folded_name(town)}{numbers[0]}丁目", _lot("", numbers[1:]))
        # three numbers are mostly 丁目, lot and branch; two are mostly lot and branch
        readings.insert(0 if len(numbers) > 2 else 1, first)
    if found["sign"] and town:
        # みなと1 is lot 1 of みなと rather than lot と1 of みな
        readings.append(Reading(_folded_name(town + found["sign"]) + quarter, _lot("", numbers)))
    return tuple(one for one in readings if 0 < len(one.lot.numbers) <= BRANCHES_MAX)


def near(wanted: Lot, others: Sequence[Lot]) -> list[Lot]:
    """Other lots by how near their numbers are, those of the same number first; each once."""

    def distance(one: Lot) -> tuple[bool, int, int, tuple[int, ...]]:
        own, other = (*wanted.numbers, 0)[:2], (*one.numbers, 0)[:2]
        return (one.sign != wanted.sign, abs(own[0] - other[0]), abs(own[1] - other[1]), one.numbers)

    return sorted(dict.fromkeys(others), key=distance)


def _without(plain: str, before: Sequence[str]) -> str:
    for name in before:
        plain = plain.removeprefix("".join(unicodedata.normalize("NFKC", name).split())) if name else plain
    return plain


def _plain(text: str) -> str:
    """One width, one dash, no blanks; a blank between two figures parts them (本町2 16 is 本町2-16)."""
    slim = "".join(_PARTED.sub("-", unicodedata.normalize("NFKC", text).strip()).split())
    return _NO.sub("の", _DASH.sub("-", slim))


def _first_joint(text: str) -> str:
    """What stands between the first two numbers."""
    first, second, *_ = _ONE.finditer(text)
    return text[first.end() : second.start()]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_value(one) for one in _ONE.findall(text))


def _lot(sign: str, numbers: tuple[int, ...]) -> Lot:
    return Lot(numbers, sign.translate(_KATAKANA_SIGNS))


def _value(text: str) -> int:
    """16, 十六, 一六 are 16; 百二十 is 120."""
    if text.isdecimal():
        return int(text)
    if not any(one in _UNITS for one in text):
        return int("".join(str(_FIGURES[one]) for one in text))
    whole, waiting = 0, 0
    for one in text:
        if one in _UNITS:
            whole += (waiting or 1) * _UNITS[one]
            waiting = 0
        else:
            waiting = waiting * 10 + _FIGURES[one]
    return whole + waiting
