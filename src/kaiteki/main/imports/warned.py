"""The warnings of an import in a few lines: file by file and column by column with how often and the first of them, not one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from kaiteki.services.opendata import quality
from kaiteki.services.opendata.reading.source import Issue, shorten

FILES_SHOWN_MAX: Final = 12
KINDS_SHOWN_MAX: Final = 6
"""Kinds of warnings (what, in which column) that are shown of one file, the most frequent first."""
KINDS_MAX: Final = 20_000
"""Kinds that are counted apart; further ones count for their file alone."""
EXAMPLES_MAX: Final = 3
COLUMNS_SHOWN_MAX: Final = 8


class Warnings:
    """Counts warnings by file, reason and column, and remembers the first of each kind."""

    def __init__(self) -> None:
        self._kinds: dict[str, Counter[tuple[str, str]]] = {}
        self._examples: dict[tuple[str, str, str], list[Issue]] = {}

    def note(self, file: str, issue: Issue) -> None:
        """Count a warning."""
        key = (file, issue.code, issue.column)
        if key not in self._examples and len(self._examples) >= KINDS_MAX:
            key = (file, issue.code, "")
        self._kinds.setdefault(file, Counter())[key[1:]] += 1
        examples = self._examples.setdefault(key, [])
        if len(examples) < EXAMPLES_MAX:
            examples.append(issue)

    def lines(self) -> Iterator[str]:
        """A line for each file with its number, below it a line for each kind; what is left out is said with how to see it."""
        files = sorted(self._kinds, key=lambda file: (-self._kinds[file].total(), file))
        for file in files[:FILES_SHOWN_MAX]:
            yield f"! {file}: 注意 {self._kinds[file].total():,} 件 / {self._kinds[file].total():,} warnings"
            yield from self._of_file(file)
        if rest := files[FILES_SHOWN_MAX:]:
            count = sum(self._kinds[file].total() for file in rest)
            yield (
                f"… 注意: あと {len(rest):,} ファイル、{count:,} 件。--verbose か --report FILE ですべて見られます。"
                f" / {count:,} more in {len(rest):,} files; --verbose or --report FILE shows all of them."
            )

    def _of_file(self, file: str) -> Iterator[str]:
        kinds = self._kinds[file]
        missing = [column for code, column in kinds if code == "item_missing"]
        if missing:
            words = quality.WORDS["item_missing"]
            more = "…" if len(missing) > COLUMNS_SHOWN_MAX else ""
            named = "、".join(missing[:COLUMNS_SHOWN_MAX]) + more
            yield f"    {len(missing):,} × {words.ja} / {words.en} [{named}]"
        others = [kind for kind, _ in kinds.most_common() if kind[0] != "item_missing"]
        for code, column in others[:KINDS_SHOWN_MAX]:
            words = quality.WORDS[code]
            place = f"[{column}] " if column else ""
            found = self._examples[(file, code, column)]
            count = kinds[(code, column)]
            yield f"    {count:,} × {place}{words.ja} / {words.en}{_examples(found, count)}"
        if len(others) > KINDS_SHOWN_MAX:
            count = sum(kinds[kind] for kind in others[KINDS_SHOWN_MAX:])
            yield f"    … あと {count:,} 件 / {count:,} more"


def _examples(found: list[Issue], count: int) -> str:
    """The lines of the first warnings of a kind, with the value of the first."""
    lines = ", ".join(str(one.line) for one in found if one.line)
    told = f" 行 / line {lines}{'…' if count > len(found) else ''}" if lines else ""
    return f"{told} 「{shorten(found[0].value, 40)}」" if found[0].value else told
