"""Clauses of Japanese laws in English, as Japanese Law Translation (Ministry of Justice) cites them: 条 Article, 項 (1), 号 (i), 条の2 -2.

```
8条1項1号 ─► Article 8(1)(i)        49条の4第1項 ─► Article 49-4(1)        14条1項・4項 ─► Article 14(1) and (4)
48条10項・別表第二（ぬ） ─► Article 48(10) and Appended Table 2 (nu)
```

The letters of a row of a table stand in the order of いろは and are written in Latin letters. What cannot be read whole has no English.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_KANJI: Final = {digit: value for value, digit in enumerate("〇一二三四五六七八九")}
_ROWS: Final = dict(
    zip(
        "いろはにほへとちりぬるをわかよたれそ",
        [
            "i",
            "ro",
            "ha",
            "ni",
            "ho",
            "he",
            "to",
            "chi",
            "ri",
            "nu",
            "ru",
            "wo",
            "wa",
            "ka",
            "yo",
            "ta",
            "re",
            "so",
        ],
        strict=True,
    )
)
_NUMBER: Final = r"[0-9〇一二三四五六七八九十百]+"
_OF: Final = rf"(?:の{_NUMBER})*"
_CLAUSE: Final = re.compile(
    rf"(?P<after>附則)?(?:第?(?P<article>{_NUMBER})条(?P<article_of>{_OF}))?"
    rf"(?:第?(?P<paragraph>{_NUMBER})項)?(?:第?(?P<item>{_NUMBER})号(?P<item_of>{_OF}))?"
)
_TABLE: Final = re.compile(rf"別表(?:第(?P<number>{_NUMBER}))?(?:\((?P<row>[ぁ-ん])\)(?:項)?)?")
_ROMAN: Final = (
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
NUMBER_MAX: Final = 1_999
"""The Civil Code, the longest one, has 1,050 articles."""


def in_english(clause: str) -> str:
    """A clause, or several with ・ between them, in English; empty where a part of it cannot be read."""
    parts = [
        _of_table(part) or _of_clause(part) for part in unicodedata.normalize("NFKC", clause).split("・")
    ]
    if not all(parts):
        return ""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _of_clause(text: str) -> str:
    found = _CLAUSE.fullmatch(text.strip())
    if found is None or not text.strip():
        return ""
    told = found.groupdict()
    article = (
        f"Article {number_of(told['article'])}{_branches(told['article_of'])}" if told["article"] else ""
    )
    paragraph = f"({number_of(told['paragraph'])})" if told["paragraph"] else ""
    item = f"({roman(number_of(told['item']))}){_branches(told['item_of'])}" if told["item"] else ""
    after = "Supplementary Provisions" if told["after"] else ""
    return ", ".join(filter(None, (after, article + paragraph + item)))


def _of_table(text: str) -> str:
    found = _TABLE.fullmatch(text.strip())
    if found is None:
        return ""
    number, row = found["number"], found["row"]
    if row and row not in _ROWS:
        return ""
    return (
        "Appended Table" + (f" {number_of(number)}" if number else "") + (f" ({_ROWS[row]})" if row else "")
    )


def _branches(text: str) -> str:
    return "".join(f"-{number_of(one)}" for one in text.split("の") if one)


def number_of(text: str) -> int:
    """A number in digits or in kanji (十二, 百五), at most NUMBER_MAX."""
    if text.isdecimal():
        return min(int(text), NUMBER_MAX)
    total = part = 0
    for letter in text:
        if letter in "十百":
            total += (part or 1) * (10 if letter == "十" else 100)
            part = 0
        else:
            part = part * 10 + (int(letter) if letter.isdecimal() else _KANJI[letter])
    return min(total + part, NUMBER_MAX)


def roman(number: int) -> str:
    """A number in small Roman numerals."""
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text
