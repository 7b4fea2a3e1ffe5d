"""Texts that people read, in the three languages of every page."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

import msgspec

Language: TypeAlias = Literal["ja", "ja-easy", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "ja-easy", "en")

_BY_NUMBER: Final = re.compile(r"\{(\w+)\|([^{|}]*)\|([^{|}]*)\}")
"""{name|of one|of any other number}"""


class Words(msgspec.Struct, frozen=True):
    """One text in 日本語, やさしい日本語 and English. `easy` falls back to `ja` only where the ja text is already easy. What staff wrote
    may have no English yet (`en` is empty): then the Japanese stands in for it, and `has` says so."""

    ja: str
    en: str
    easy: str = ""

    def say(self, language: str) -> str:
        """The text in a language of LANGUAGES."""
        if language == "en":
            return self.en or self.ja
        if language == "ja-easy" and self.easy:
            return self.easy
        return self.ja

    def has(self, language: str) -> bool:
        """Whether the text was written in a language, and no other one stands in for it."""
        if language == "en":
            return bool(self.en) and (self.en != self.ja or self.ja.isascii())
        return bool(self.easy) if language == "ja-easy" else True

    def fill(self, language: str, /, **values: object) -> str:
        """The text with its gaps filled: `{n}` by a value, `{n|photo|photos}` by what goes with one or with another number."""
        return fill(self.say(language), **values)

    def filled(self, /, **values: object) -> Words:
        """The same with its gaps filled in every language; a value that is Words is said in that language."""
        ja, easy, en = (
            self.fill(
                language,
                **{
                    name: one.say(language) if isinstance(one, Words) else one for name, one in values.items()
                },
            )
            for language in LANGUAGES
        )
        return Words(ja, en, easy)


def fill(text: str, /, **values: object) -> str:
    """A text with its gaps filled, as `Words.fill` says. A gap without a value is a KeyError."""
    return _BY_NUMBER.sub(lambda gap: gap[2 if str(values[gap[1]]) == "1" else 3], text).format(**values)
