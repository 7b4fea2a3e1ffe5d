"""Orders of texts by their BCP 47 name (ETSI GS CIM 009 V1.9.1 clause 4.23.3, RFC 6067), near to those of ICU.

Japanese puts Latin before kana before kanji, kana by sound whatever their size and marks, kanji by JIS X 0208.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

import msgspec

from kaiteki.model.problem import Problem

LANGUAGES: Final = ("und", "root", "en", "de", "ja")
_NAME: Final = re.compile(r"([A-Za-z]{2,8})((?:-[A-Za-z0-9]{1,8})*)", re.ASCII)
_STRENGTHS: Final = {"level1": 1, "level2": 2, "level3": 3, "identic": 3}
_DIGITS: Final = re.compile(r"(\d+)", re.ASCII)
_SMALL_KANA: Final = str.maketrans("ぁぃぅぇぉっゃゅょゎ", "あいうえおつやゆよわ")
_PHONEBOOK: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_JIS_BASE, _OTHER_BASE = 0x20000, 0x40000


class Collation(msgspec.Struct, frozen=True):
    """How texts are ordered. `strength` 1 looks at letters alone, 2 at marks too, 3 at everything; `numeric` at numbers by value."""

    language: str = "und"
    strength: int = 3
    numeric: bool = False
    phonebook: bool = False


ROOT: Final = Collation()


@lru_cache(maxsize=256)
def read_collation(text: str) -> Collation:
    """Read a name such as `ja`, `und-u-ks-level1`, `de-u-co-phonebk`. Raises BadRequestData, OperationNotSupported."""
    name = text.lower().removesuffix("-x-icu")
    found = _NAME.fullmatch(name)
    if found is None:
        raise Problem("BadRequestData", "collation is a BCP 47 name like ja or und-u-ks-level1", "collation")
    language, _, extension = name.partition("-u-")
    if language.split("-")[0] not in LANGUAGES:
        raise Problem(
            "OperationNotSupported",
            f"texts are ordered by {', '.join(LANGUAGES)}, not {language}",
            "collation",
        )
    keys = extension.split("-") if extension else []
    collation = Collation(language.split("-")[0])
    for key, value in zip(keys[::2], [*keys[1::2], ""], strict=False):
        collation = _with(collation, key, value)
    return collation


def _with(collation: Collation, key: str, value: str) -> Collation:
    if key == "ks" and value in _STRENGTHS:
        return msgspec.structs.replace(collation, strength=_STRENGTHS[value])
    if key == "kn" and value in ("", "true", "false"):
        return msgspec.structs.replace(collation, numeric=value != "false")
    if key == "co" and (value == "standard" or (value == "phonebk" and collation.language == "de")):
        return msgspec.structs.replace(collation, phonebook=value == "phonebk")
    raise Problem(
        "OperationNotSupported",
        "of a collation ks (level1, level2, level3, identic), kn and co (standard, phonebk for de) are known",
        "collation",
    )


def collated(text: str, collation: Collation = ROOT) -> tuple[Any, ...]:
    """A key that sorts a text: marks and case matter only between otherwise equal texts."""
    if collation.phonebook:
        text = text.translate(_PHONEBOOK)
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c)).casefold()
    if collation.language == "ja":
        bare = "".join(map(_japanese, bare)).translate(_SMALL_KANA)
    letters: Any = _by_number(bare) if collation.numeric else bare
    if collation.strength == 1:
        return (letters,)
    marks = apart.casefold()
    # small letters go before large ones
    return (letters, marks) if collation.strength == 2 else (letters, marks, text.swapcase())


def _japanese(char: str) -> str:
    """A character in the place that it has in Japanese order."""
    if "ァ" <= char <= "ヶ":
        return chr(ord(char) - 0x60)
    if not "㐀" <= char <= "鿿":
        return char
    code = char.encode("euc_jp", "replace")
    return chr(_JIS_BASE + int.from_bytes(code)) if len(code) == 2 else chr(_OTHER_BASE + ord(char))


def _by_number(text: str) -> tuple[tuple[int, int, str], ...]:
    parts = (part for part in _DIGITS.split(text) if part)
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)
