"""Whether what somebody wrote into the search means something: by its words and by pairs of characters, in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.words import Words

TERMS_MAX: Final = 8
PAIRS_SHARE_MIN: Final = 0.6
"""So many of the pairs of characters of a long word must occur for it to count."""
ENGLISH_LENGTH_MIN: Final = 3

_KANJI: Final = "一-鿿々〆ヵヶ"
_NEAR: Final = re.compile(r"(近く|ちかく|付近|周辺|最寄り?|もより)(の|に|で)?")
_NEARBY: Final = re.compile(r"\b(near|nearby|close to|around|next to)\b")
_DIVIDED: Final = re.compile(r"[・、,()]")
_READING: Final = re.compile(r"\(([ぁ-ゖー]+)\)")
_RUN: Final = re.compile(r"[一-鿿々〆ヵヶ]+[ぁ-ゖー]*|[ァ-ヺー]+|[ぁ-ゖー]+|[a-z0-9]+")
_PARTICLE: Final = re.compile(r"から|まで|について|[がをにはへでのともや]")
_EMPTY_WORDS: Final = (
    "ある あります ない いる います です ます する した たい いう こと もの ところ どこ なに some the and for near nearby where how what "
    "with from this that are was not"
)
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())


class Sought(msgspec.Struct, frozen=True):
    """What somebody wrote: the whole of it without difference of width, case and spaces, and its words."""

    whole: str
    terms: tuple[str, ...]


def sought(text: str) -> Sought:
    """The words of a search. Particles, empty words and 「近くの」 are dropped; a text of nothing else stays whole."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _NEAR.sub(" ", folded)
    found: dict[str, None] = {}
    for run in _RUN.findall(bare):
        found.update(dict.fromkeys(_terms_of(run)))
    whole = "".join(folded.split())
    return Sought(whole, tuple(found)[:TERMS_MAX] or ((whole,) if whole else ()))


def _terms_of(run: str) -> list[str]:
    if run.isascii():
        kept = run if run.isdigit() else run.removesuffix("s") if len(run) > ENGLISH_LENGTH_MIN else run
        return [kept] if len(run) >= ENGLISH_LENGTH_MIN and run not in _EMPTY else []
    kanji = re.match(r"[一-鿿々〆ヵヶ]+", run)
    if kanji is None:
        parts = _PARTICLE.split(run) if re.match("[ぁ-ゖ]", run) else [run]
        return [part for part in parts if len(part) > 1 and part not in _EMPTY]
    head, tail = kanji.group(), run[kanji.end() :]
    if len(head) > 1:
        # what follows the kanji of a compound is a particle or an ending; after a particle another word may begin
        rest = _PARTICLE.split(tail, maxsplit=1)
        return [head, *(_terms_of(rest[1]) if len(rest) > 1 else [])]
    ending = "" if _PARTICLE.match(tail) else tail[:1]
    return [head + ending]


def asks_near(text: str) -> bool:
    """Whether somebody looks for what is near to a place (「千葉駅の近く」)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NEAR.search(folded) is not None or _NEARBY.search(folded) is not None


def ends_as(wanted: Sought, kind: Words) -> bool:
    """Whether a word that was written names one of a kind: 千葉駅 is one of 駅・のりば."""
    names = [name for name in _DIVIDED.split(_plain(kind.ja)) if name]
    return any(term.endswith(name) and term != name for term in wanted.terms for name in names)


def likeness(wanted: Sought, texts: Sequence[Words | None], keywords: Sequence[str] = ()) -> float:
    """How well texts fit, 0.0 for not at all: the length of the words that occur in them, in whatever language.

    `keywords` are words of which each, occurring in what was written, says that this is meant.
    """
    told = [word for one in keywords if (word := _plain(one)) and word in wanted.whole]
    score = 2.0 * sum(map(len, told))
    kept = [one for one in texts if one is not None]
    japanese = " ".join(_plain(text) for one in kept for text in (one.ja, one.easy, _readings(one.easy)))
    english = " ".join(unicodedata.normalize("NFKC", f"{one.en} {one.ja}").casefold() for one in kept)
    for term in wanted.terms:
        score += _weight(term, japanese, english)
    return score


def _weight(term: str, japanese: str, english: str) -> float:
    if term.isascii():
        return len(term) / 2 if re.search(rf"\b{re.escape(term)}", english, re.ASCII) else 0.0
    if len(term) == 1 and re.search(rf"(?<![{_KANJI}]){term}(?![{_KANJI}])", japanese) is None:
        # one letter is meant as a word: 山 is no 火山
        return 0.0
    if term in japanese:
        return float(len(term))
    pairs = [term[n : n + 2] for n in range(len(term) - 1)]
    share = sum(pair in japanese for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0
    return share * len(term) / 2 if share >= PAIRS_SHARE_MIN else 0.0


def _plain(text: str) -> str:
    """Without the difference of width, case and spaces, and without readings in brackets."""
    return "".join(_READING.sub("", unicodedata.normalize("NFKC", text).casefold()).split())


def _readings(text: str) -> str:
    """A text of やさしい日本語 with the readings in the place of the kanji before them."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"[一-鿿々]+\(([ぁ-ゖー]+)\)", r"\1", folded)
