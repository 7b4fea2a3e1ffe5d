"""How one address (住居表示, 地番) is written in different ways, so that what people type finds what a table keeps.

    焼津市本町２丁目16番32号 ─► town 本町, numbers 2 16 32 (2 is a 丁目) ─► 本町2-16-32, 本町2丁目16番32号, 本町二丁目16-32, … each with 焼津市 and 静岡県焼津市 before it

A spelling is the beginning of an address: 本町2- finds all of 本町2丁目.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PREFECTURES: Final = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県",
    "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県",
    "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
"""The prefectures in the order of their codes (JIS X 0401: 01 to 47)."""
NUMBERS_MAX: Final = 4
"""Numbers of an address that are read: 丁目, 番, 号 and a branch of it."""
_KANJI: Final = {kanji: number for number, kanji in enumerate("一二三四五六七八九", 1)}
_DASHES: Final = re.compile(r"(?<=\d)[\-‐‑–—―−ーｰ](?=\d|$)")
_KANJI_QUARTER: Final = re.compile(r"([一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])丁目")
_PARTS: Final = re.compile(r"(?P<town>[^\d]*)(?P<quarter>\d{1,3}丁目)?(?P<rest>[\d\-番地号の]*)", re.ASCII)
_FULL_WIDTH: Final = str.maketrans("0123456789-", "０１２３４５６７８９－")


def spellings(text: str, city: str = "", prefecture: str = "") -> tuple[str, ...]:
    """The ways in which an address of a city may stand in a table, as typed first, each once. What is no address comes back as it is."""
    plain = _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", text).split()))
    plain = _KANJI_QUARTER.sub(lambda found: f"{_number_of(found[1])}丁目", plain)
    bare = plain.removeprefix(prefecture).removeprefix(city)
    found = _PARTS.fullmatch(bare)
    tails = [bare] if found is None else [found["town"] + numbers for numbers in _numbers(found)]
    heads = list(dict.fromkeys(("", city, prefecture + city)))
    typed = "".join(unicodedata.normalize("NFKC", text).split())
    return tuple(dict.fromkeys((typed, *(head + tail for tail in tails for head in heads if head + tail))))


def town_of(text: str, city: str = "", prefecture: str = "") -> str:
    """The town of an address without its numbers, without prefecture and city: 千葉市中央区千葉港1-1 ─► 中央区千葉港; empty for what has no number."""
    plain = _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", text).split()))
    plain = _KANJI_QUARTER.sub(lambda found: f"{_number_of(found[1])}丁目", plain)
    found = _PARTS.fullmatch(plain.removeprefix(prefecture).removeprefix(city))
    return found["town"] if found is not None and (found["quarter"] or found["rest"]) else ""


def prefecture_of(code: str) -> str:
    """The prefecture of a municipality code; empty where no prefecture has its first two digits."""
    number = int(code[:2]) if code[:2].isdecimal() else 0
    return PREFECTURES[number - 1] if 1 <= number <= len(PREFECTURES) else ""


def _numbers(found: re.Match[str]) -> list[str]:
    """The numbers of an address in all ways of writing them."""
    quarter = (found["quarter"] or "").removesuffix("丁目")
    rest = re.findall(r"\d+", found["rest"])[:NUMBERS_MAX]
    if not quarter and not rest:
        return [""]
    every = [quarter, *rest] if quarter else rest
    plain = "-".join(every) + ("-" if quarter and not rest else "")
    ways = [plain]
    if not quarter and len(every) < 3:
        ways += ["番地".join(every), "番".join(every)]
    else:
        lot = _lot(every[1:])
        for first in (every[0], _kanji_of(int(every[0])), every[0].translate(_FULL_WIDTH)):
            ways += [f"{first}丁目{'-'.join(every[1:])}", f"{first}丁目{lot}"]
    return [*ways, *(way.translate(_FULL_WIDTH) for way in ways)]


def _lot(numbers: list[str]) -> str:
    """16番32号; 3番 of one number; nothing of none."""
    if not numbers:
        return ""
    return f"{numbers[0]}番" + ("-".join(numbers[1:]) + "号" if len(numbers) > 1 else "")


def _number_of(kanji: str) -> int:
    """十二 is 12."""
    tens, ten, ones = kanji.rpartition("十")
    return (_KANJI.get(tens, 1) * 10 if ten else 0) + _KANJI.get(ones, 0)


def _kanji_of(number: int) -> str:
    """12 is 十二; numbers from 100 on stay figures."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    signs = {value: sign for sign, value in _KANJI.items()}
    return (signs.get(tens, "") if tens > 1 else "") + ("十" if tens else "") + signs.get(ones, "")
