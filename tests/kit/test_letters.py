"""Letters are data: all in three languages with the same gaps, each is used, and やさしい日本語 keeps its rules."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import kaiteki
from easy_japanese import faults_of_easy
from kaiteki.kit.letters import FILE, Letter, joined, read_letters, same
from kaiteki.model.words import LANGUAGES, Words

SOURCES = Path(kaiteki.__file__).parent
FILES = sorted(SOURCES.rglob(FILE))
LETTERS = [
    (file, name, letter)
    for file in FILES
    for name, letter in read_letters(".".join(("kaiteki", *file.parent.relative_to(SOURCES).parts))).items()
]
each_letter = pytest.mark.parametrize(
    ("file", "name", "letter"), LETTERS, ids=[f"{file.parent.name}-{name}" for file, name, _ in LETTERS]
)
GAP = re.compile(r"\{(\w+)")


def test_every_sender_has_a_file() -> None:
    """Who makes a `Message` in a service takes its words from the letters of the service: the module reads them."""
    senders = {
        file.relative_to(SOURCES).parts[1]
        for file in (SOURCES / "services").rglob("*.py")
        if re.search(r"\bMessage\(", file.read_text("utf-8"))
    }
    apart = [
        file.name
        for file in (SOURCES / "services").rglob("*.py")
        if re.search(r"\bMessage\(", text := file.read_text("utf-8")) and ".told(" not in text
    ]
    assert apart == []
    assert senders == {file.parent.name for file in FILES if file.parent.parent.name == "services"}
    assert len(senders) > 4


@each_letter
def test_a_letter_says_the_same_in_three_languages(file: Path, name: str, letter: Letter) -> None:
    for words in (letter.title, letter.body):
        assert words.ja and words.easy and words.en
        assert len({frozenset(GAP.findall(words.say(language))) for language in LANGUAGES}) == 1
        assert faults_of_easy(words.easy) == []


@each_letter
def test_a_letter_is_sent_by_somebody(file: Path, name: str, letter: Letter) -> None:
    assert any(f'"{name}"' in one.read_text("utf-8") for one in file.parent.rglob("*.py"))


def test_gaps_are_filled_in_each_language() -> None:
    letter = Letter(Words("{n}件", "{n} {n|thing|things}", "{n}こ"), Words("{what}", "{what}", "{what}"))
    title, body = letter.told(n=1, what=joined([Words("赤", "red", "あか"), same("{n}")]))
    assert title == Words("1件", "1 thing", "1こ")
    assert body == Words("赤、{n}", "red, {n}", "あか、{n}")
    assert joined([]) == Words("—", "—", "—")


def test_a_letter_with_a_gap_too_many_is_an_error() -> None:
    with pytest.raises(KeyError):
        Letter(same("{n}"), same("")).told()


def test_a_letter_of_another_form_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": {"ja": "a", "en": "a"}, "bdy": {}}, Letter)
