"""What staff see of a file of places before it comes in: of a feed the verdict, of each layer what it is taken for and what would come of it."""

from __future__ import annotations

from typing import Any, Final

from kaiteki.model.words import Words
from kaiteki.services.opendata.intake.geodata import Layer, Previewed
from kaiteki.services.opendata.mapping import IGNORED
from kaiteki.services.opendata.quality import WORDS
from kaiteki.services.opendata.reading.source import Issue
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.transit.validity import Verdict

FAULTS_SHOWN: Final = 20
BESIDE: Final = Words("（そのほかの項目）", "(kept beside)", "（ほかの こと）")
LEFT_OUT: Final = Words("（公開しない）", "(left out)", "（出（だ）さない）")


def said_of_places(seen: Previewed, language: str) -> dict[str, Any]:
    """The values of the page."""
    verdict = seen.verdict
    return {
        "layers": [_layer(one, language) for one in seen.layers],
        "verdict": verdict,
        "feed_facts": _facts(verdict, language) if verdict is not None else (),
        "feed_faults": _issues(verdict.faults, language) if verdict is not None else (),
        "feed_notes": _issues(verdict.notes, language) if verdict is not None else (),
    }


def _layer(one: Layer, language: str) -> dict[str, Any]:
    kind = standard_types()[one.guessed.type]
    items = {item.key: item.words.say(language) for item in kind.items}
    became = {IGNORED: LEFT_OUT.say(language), "": BESIDE.say(language), **items}
    tried = one.tried
    return {
        "title": one.title,
        "type": kind.words.say(language),
        "tried": tried,
        "columns": [[choice.column, became.get(choice.item, choice.item)] for choice in one.guessed.choices],
        "issues": [
            [
                WORDS[issue.code].say(language),
                issue.column or "—",
                {"text": f"{issue.count:,}", "number": True},
            ]
            for issue in tried.issues
        ],
    }


def _facts(verdict: Verdict, language: str) -> list[tuple[str, str]]:
    info = verdict.info
    days = f"{info.since or '—'} 〜 {info.until or '—'}"
    told = (
        (Words("提供組織", "Publisher", "だした ところ"), info.publisher),
        (Words("版", "Version", "バージョン"), info.version),
        (Words("対象の期間", "Days it speaks of", "いつの データ"), days),
    )
    return [(words.say(language), text or "—") for words, text in told]


def _issues(issues: tuple[Issue, ...], language: str) -> list[list[Any]]:
    return [
        [
            WORDS[issue.code].say(language),
            issue.column or "—",
            {"text": f"{issue.line:,}" if issue.line else "—", "number": True},
            issue.value or "—",
        ]
        for issue in issues[:FAULTS_SHOWN]
    ]
