"""The letters of a service as data: what a `Message` says, in three languages, in `letters.toml` beside the rules that send it.

A table a letter, with `title` and `body`; each is Words (`ja`, `easy`, `en`). Gaps are named in braces (`{number}`) and are the same in
every language; a gap that is filled with Words says the language of the letter. Whoever changes how the town speaks changes no rule. What
the texts keep to (three languages, the same gaps, やさしい日本語) is checked by the tests, for all letters alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Final

import msgspec

from kaiteki.model.words import Words

FILE: Final = "letters.toml"


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a letter says; the gaps of its texts are not filled yet."""

    title: Words
    body: Words

    def told(self, **gaps: object) -> tuple[Words, Words]:
        """Title and body with their gaps filled. A gap without a value is a KeyError."""
        return self.title.filled(**gaps), self.body.filled(**gaps)


def read_letters(package: str) -> Mapping[str, Letter]:
    """The letters of a package, by name. Raises msgspec.ValidationError where a text lacks Japanese or English."""
    text = files(package).joinpath(FILE).read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Letter])


def joined(words: Sequence[Words]) -> Words:
    """Several words as one list, in each language as it is written there; a dash where there are none."""
    ja, easy, en = (
        between.join(one.say(language) for one in words) or "—"
        for language, between in (("ja", "、"), ("ja-easy", "、"), ("en", ", "))
    )
    return Words(ja, en, easy)


def same(text: str) -> Words:
    """What somebody wrote, which is said as it is in every language."""
    return Words(text, text, text)
