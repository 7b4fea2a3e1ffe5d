"""The portal's words: all in three languages, and やさしい日本語 keeps its rules."""

import ast
import re
from pathlib import Path

import pytest

import kaiteki
from easy_japanese import faults_of_easy
from kaiteki.model.instant import Instant
from kaiteki.model.words import LANGUAGES, Words
from kaiteki.portal.language import choose, read_catalogue
from kaiteki.portal.saying import say_age, say_span

CATALOGUE = read_catalogue()
SOURCES = Path(kaiteki.__file__).parent
EASY_IN_TEMPLATE = re.compile(r'\bt\(\s*"(?:[^"\\]|\\.)*"\s*,\s*"(?:[^"\\]|\\.)*"\s*,\s*"((?:[^"\\]|\\.)*)"')
"""The third argument of `t(…)`."""


def test_every_word_is_in_three_languages() -> None:
    lacking = [key for key, words in CATALOGUE.items() if not (words.ja and words.easy and words.en)]
    assert len(CATALOGUE) > 50
    assert lacking == []


def test_placeholders_are_the_same_in_every_language() -> None:
    differing = [
        key
        for key, words in CATALOGUE.items()
        if len({frozenset(re.findall(r"{(\w+)}", words.say(language))) for language in LANGUAGES}) > 1
    ]
    assert differing == []


def test_easy_japanese_keeps_its_rules() -> None:
    assert {key: found for key, words in CATALOGUE.items() if (found := faults_of_easy(words.easy))} == {}


def easy_in_python(text: str) -> list[str]:
    """Third arguments of `Words(…)`; what is filled in stands as a number."""
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Words" and len(node.args) == 3:
            easy = node.args[2]
            parts = easy.values if isinstance(easy, ast.JoinedStr) else [easy]
            found.append("".join(str(one.value) if isinstance(one, ast.Constant) else "1" for one in parts))
    return found


def test_easy_japanese_in_sources_has_readings() -> None:
    """Words in Python and in templates: a character that is not learned in the first year has its reading."""
    python = [
        (file, easy_in_python(file.read_text("utf-8")))
        for file in SOURCES.rglob("*.py")
        if "vendor" not in file.parts
    ]
    pages = [(file, EASY_IN_TEMPLATE.findall(file.read_text("utf-8"))) for file in SOURCES.rglob("*.html")]
    unread = [
        f"{file.relative_to(SOURCES)}: {fault}"
        for file, texts in (*python, *pages)
        for easy in texts
        for fault in faults_of_easy(easy)
        if fault.startswith("no reading")
    ]
    assert unread == []
    assert sum(len(texts) for _, texts in (*python, *pages)) > 2000


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("あ" * 51 + "。", "long"),
        ("書かないといけません。", "double negation"),
        ("できなくはない。", "double negation"),
        ("市役所に 行きます。", "no reading"),
        ("紙、市役所（しやくしょ）、市の 人", "no reading: 紙"),
    ],
)
def test_the_rules_of_easy_japanese_catch(text: str, kind: str) -> None:
    assert faults_of_easy(text)[0].startswith(kind)


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "language"),
    [
        (None, None, None, "ja"),
        ("en", "ja", "ja", "en"),
        (None, "ja-easy", "en", "ja-easy"),
        (None, None, "fr, en;q=0.8, ja;q=0.5", "en"),
        (None, None, "ja,en;q=0.9", "ja"),
        ("xx", "yy", "zz;q=9", "ja"),
        (None, None, "en;q=0, ja;q=0.1", "ja"),
    ],
)
def test_choice_of_language(asked: str | None, kept: str | None, accepted: str | None, language: str) -> None:
    assert choose(asked, kept, accepted) == language


def test_words_say_the_language_asked_for() -> None:
    words = Words("日本", "Japan", "にほん")
    assert [words.say(language) for language in LANGUAGES] == ["日本", "にほん", "Japan"]


MANY = re.compile(r"\{\w+\} (?:more |open |new )?(?!is\b|has\b|was\b|needs\b|tells\b)[a-z]{2,}s\b|\(s\)")
"""A number before English words that would be wrong for 1."""


def test_english_says_one_and_many_with_the_right_form() -> None:
    files = [
        *SOURCES.rglob("pages/*.html"),
        *SOURCES.rglob("templates/*.html"),
        *SOURCES.rglob("words/*.toml"),
        *SOURCES.rglob("letters.toml"),
    ]
    assert len(files) > 50
    assert MANY.findall('"{n} reports so far", "{n} more residents"') == ["{n} reports", "{n} more residents"]
    found = {file.name: MANY.findall(file.read_text(encoding="utf-8")) for file in files}
    assert {name: lines for name, lines in found.items() if lines and name != "offline.html"} == {}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(30, "just now"), (120, "2 min ago"), (86_400, "1 day ago"), (3 * 86_400, "3 days ago")],
)
def test_ages_are_said_in_the_right_number(seconds: int, said: str) -> None:
    now = Instant(1_790_000_000_000_000)
    assert say_age(Instant(now - seconds * 1_000_000), now, "en") == said


def test_spans_are_said_in_the_right_number() -> None:
    assert [say_span(days * 86_400, "en") for days in (1, 2.1)] == ["1 day", "2.1 days"]
