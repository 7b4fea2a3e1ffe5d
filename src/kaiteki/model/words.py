"""Texts that people read, in the three languages of every page."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["ja", "ja-easy", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "ja-easy", "en")


class Words(msgspec.Struct, frozen=True):
    """One text in 日本語, やさしい日本語 and English. `easy` falls back to `ja` only where the ja text is already easy."""

    ja: str
    en: str
    easy: str = ""

    def say(self, language: str) -> str:
        """The text in a language of LANGUAGES."""
        if language == "en":
            return self.en
        if language == "ja-easy" and self.easy:
            return self.easy
        return self.ja


class Counted(Words, frozen=True):
    """A text with a number, `{n}`. `one` is the English one for 1; Japanese says every number alike."""

    one: str = ""

    def count(self, number: int, language: str) -> str:
        """The text for a number: "1 photo", "1,200 photos"."""
        text = self.one if number == 1 and language == "en" else self.say(language)
        return text.replace("{n}", f"{number:,}")
