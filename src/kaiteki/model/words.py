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
