"""A filter that cannot be read: where, and what names with signs ask for, over which most stumble."""

from __future__ import annotations

import re
from typing import Final

from kaiteki.model.cql2.text import parse_text
from kaiteki.model.decision import Fault
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words

SEEN_LENGTH: Final = 12
"""Characters that are told of what stands where the reading ended."""
_POSITION: Final = re.compile(r"position (\d+):")
"""How a refusal of the language says where it ended (`model.language.scan`), from 1."""
_QUOTED: Final = Words(
    '記号やかっこが入る項目名は、"面積(㎡)" のように二重引用符（"）で囲みます。文字の値は \'公園\' のように一重引用符です。',
    "Names with signs or brackets stand in double quotes, as in \"面積(㎡)\", and texts in single ones, as in '公園'.",
    '記号（きごう）の ある 名前（なまえ）は "めんせき(㎡)" の ように " で かこみます。ことばは \'こうえん\' の ように かきます。',
)


def fault_of_filter(text: str) -> Fault | None:
    """The fault of a filter that is no CQL2; None for one that is, and for none."""
    if not text:
        return None
    try:
        parse_text(text)
    except Problem as wrong:
        return Fault("filter", "invalid", _words(text, wrong.detail))
    return None


def _words(text: str, detail: str) -> Words:
    found = _POSITION.search(detail)
    ja = easy = ""
    if found is not None:
        at = int(found[1])
        here = text[at - 1 : at - 1 + SEEN_LENGTH]
        ja = f"（{at}文字目「{here}」のところ）" if here else "（終わりのところ）"
        easy = f"（{at}ばんめの 文字（もじ）「{here}」の ところ）" if here else "（おわりの ところ）"
    return Words(
        f"CQL2として読めません{ja}。{_QUOTED.ja}",
        f"This is no CQL2: {detail}. {_QUOTED.en}",
        f"CQL2では ありません{easy}。{_QUOTED.easy}",
    )
