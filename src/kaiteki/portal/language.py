"""Which of the three languages a page speaks, and the portal's own words as data (words/*.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.model.words import LANGUAGES, Language, Words

COOKIE: Final = "kaiteki_language"
NAMES: Final[dict[Language, str]] = {"ja": "日本語", "ja-easy": "やさしい日本語", "en": "English"}
"""How each language names itself."""
_FOLDER: Final = Path(__file__).with_name("words")
_ACCEPTED_MAX: Final = 20
_SPOKEN: Final[dict[str, Language]] = {"ja": "ja", "en": "en"}
_PART: Final = re.compile(r"\s*([A-Za-z]{1,8})[-A-Za-z0-9]*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def tag_of(language: str) -> str:
    """The BCP 47 tag for `lang`: やさしい日本語 is Japanese to a screen reader."""
    return "en" if language == "en" else "ja"


def as_language(text: str | None) -> Language | None:
    """The language of that name, None when there is none."""
    return text if text in LANGUAGES else None


def choose(asked: str | None, kept: str | None, accepted: str | None) -> Language:
    """`?lang=` before the cookie before Accept-Language (RFC 9110 section 12.5.4); Japanese when nothing fits."""
    named = as_language(asked) or as_language(kept)
    if named:
        return named
    best: tuple[float, Language] = (0.0, "ja")
    for part in (accepted or "").split(",")[:_ACCEPTED_MAX]:
        match = _PART.fullmatch(part)
        if match is None:
            continue
        wanted = _SPOKEN.get(match[1].lower())
        weight = float(match[2]) if match[2] else 1.0
        if wanted and weight > best[0]:
            best = (weight, wanted)
    return best[1]


def read_catalogue(folder: Path = _FOLDER) -> Mapping[str, Words]:
    """Every `[key]` of the TOML files of a folder as `<file>.<key>`; raises when a text lacks a language."""
    found: dict[str, Words] = {}
    for file in sorted(folder.glob("*.toml")):
        rows = tomllib.loads(file.read_text(encoding="utf-8"))
        for key, row in rows.items():
            found[f"{file.stem}.{key}"] = msgspec.convert(row, Words)
    return found
