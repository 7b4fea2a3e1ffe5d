"""What a machine can see of the rules of やさしい日本語 (在留支援のためのやさしい日本語ガイドライン, 出入国在留管理庁・文化庁, 2020).

Sentences are short, nothing is denied twice, and a character that is not learned in the first year of school (学年別漢字配当表, 2017) has its
reading behind its word, where it stands first in a text: 「市役所（しやくしょ）」.
"""

from __future__ import annotations

import re
from typing import Final

SENTENCE_MAX_CHARACTERS: Final = 50
FIRST_YEAR: Final = frozenset(
    "一右雨円王音下火花貝学気九休玉金空月犬見五口校左三山子四糸字耳七車手十出女小上森人水正生青夕石赤千川先早草足村大男竹中虫町天田土二日入年白八百文木本名目立力林六"
)
_DOUBLE_NEGATION: Final = re.compile(
    r"ない(?:と|わけでは|ことは|では)(?:いけ|なり|あり|)ま?せ?ん|なくは(?:ない|ありません)"
)
_READ: Final = re.compile(r"([一-龯々][一-龯々ぁ-ん]*)（[ぁ-ゖァ-ヶー・、 ]+）")
"""A word and its reading."""
_CHARACTER: Final = re.compile(r"[一-龯]")


def faults_of_easy(text: str) -> list[str]:
    """What is against the rules in a text, one line each."""
    sentences = [_READ.sub(r"\1", part).replace(" ", "") for part in re.split(r"[。！？\n]", text)]
    faults = [f"long: {one}" for one in sentences if len(one) > SENTENCE_MAX_CHARACTERS]
    faults += [f"double negation: {one}" for one in sentences if _DOUBLE_NEGATION.search(one)]
    return faults + [f"no reading: {one} in {text}" for one in _unread(text)]


def _unread(text: str) -> list[str]:
    """The characters without a reading, here or before."""
    read: set[str] = set()
    found: list[str] = []
    end = 0
    for match in (*_READ.finditer(text), None):
        bare = text[end : match.start()] if match else text[end:]
        found += [one for one in _CHARACTER.findall(bare) if one not in FIRST_YEAR | read]
        if match:
            read.update(_CHARACTER.findall(match[1]))
            end = match.end()
    return found
