"""Which column is which item: guessed from names and content, with a confidence and a reason, and open to correction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
import rapidfuzz

from kaiteki.model.entity import Json
from kaiteki.services.opendata.coordinates import in_japan, read_angle
from kaiteki.services.opendata.reading.source import Table
from kaiteki.services.opendata.standard.table import (
    GENERIC,
    Item,
    StandardType,
    fold,
    names_of_others,
    standard_types,
)
from kaiteki.services.opendata.values import plain, read_phone, read_url

LIKENESS_MIN: Final = 88.0
"""Percent of likeness from which a name counts as a slip of another."""
SAMPLE_ROWS: Final = 200
"""Rows whose content the guess looks at."""
CONTENT_SHARE: Final = 0.8
"""Share of filled cells that must be of a kind."""
IGNORED: Final = "-"
"""The target of a column that a person wants left out."""
OWN_HEADING: Final = "heading"
"""The reason of a name that was found by a heading of the table's own (倉庫名). It names the records and is no part of their identity, so that
records which came before keep their ids."""
_NAME_HEADING: Final = re.compile(r".+(?:名|名称)")
_NAME_OF_ELSE: Final = re.compile(
    r".*(?:[者氏姓主長員]の?名|[課係局]名|部署名|種[類別]名|分類名|区分名|項目名|単位名|[英カ略別旧][語字ナ]?名|[英略別旧]名称|氏名)"
)
"""Headings of persons, offices, kinds and further names: they end like a name, and name something else than the record."""


class Choice(msgspec.Struct, frozen=True):
    """One column and what it is taken for. `item` is an item key, empty (kept as further detail) or IGNORED.

    `reason` is a row of `REASONS`; `confidence` from 0 to 1.
    """

    column: str
    item: str = ""
    confidence: float = 0.0
    reason: str = "none"


class Guess(msgspec.Struct, frozen=True):
    """The type a table is taken for, and its columns."""

    type: str
    confidence: float
    reason: str
    choices: tuple[Choice, ...]

    def columns_of(self, item: str) -> list[str]:
        """The columns that fill an item, the best first."""
        found = [choice for choice in self.choices if choice.item == item]
        return [choice.column for choice in sorted(found, key=lambda choice: -choice.confidence)]


def header_key(header: Sequence[str], type_name: str = "") -> str:
    """A short name for a header, under which its mapping is kept: the same columns in any order have the same one."""
    text = "\n".join(sorted(fold(name) for name in header))
    return hashlib.blake2s(f"{type_name}\n{text}".encode(), digest_size=8).hexdigest()


def guess_type(table: Table, title: str) -> tuple[str, float, str]:
    """(type, confidence, reason) from the columns and the names of file and folder; the generic type when nothing speaks."""
    columns = {fold(name) for name in (*table.header, *table.names.values())}
    best: tuple[float, int, str, str] = (0.0, 0, GENERIC, "none")
    for kind in standard_types().values():
        words = [word for word in kind.keywords if _speaks(word, title)]
        longest = max((2 * len(word) - 3 * word.count("$") for word in words), default=0)
        hits = sum(1 for name in kind.signature if name in columns)
        score = (3.0 if words else 0.0) + min(hits, 3) * 2.0
        if (score, longest) > (best[0], best[1]):
            best = (
                score,
                longest,
                kind.name,
                "header" if hits and hits * 2 >= 3 else "file_name" if words else "header",
            )
    return best[2], min(1.0, round(best[0] / 5, 2)), best[3]


def _speaks(word: str, title: str) -> bool:
    slim, text = fold(word.rstrip("$")), fold(title)
    if not word.endswith("$"):
        return slim in text
    return any(fold(part).endswith(slim) for part in title.split("\n"))


def guess_columns(
    table: Table, kind: StandardType, sample: Sequence[Mapping[str, Json]]
) -> tuple[Choice, ...]:
    """What each column is taken for: by the edition of the standard that the header follows whole, by its name, by a further name beside the
    file, by likeness, by content."""
    exact, order = _names(kind), kind.order_read(table.header)
    ordered = order.fills() if order is not None else {}
    choices: dict[str, Choice] = {}
    for column in table.header:
        key = ordered.get(fold(column))
        choices[column] = (
            Choice(column, key, 1.0, "standard")
            if key
            else _by_name(column, table.names.get(column, ""), exact)
        )
    taken = {choice.item for choice in choices.values() if choice.item}
    for column, choice in choices.items():
        if not choice.item and (better := _by_likeness(column, table.names.get(column, ""), kind, taken)):
            choices[column] = better
            taken.add(better.item)
    for column, choice in choices.items():
        if not choice.item and (better := _by_content(column, sample, kind, taken)):
            choices[column] = better
            taken.add(better.item)
    if kind.item("name") and "name" not in taken and (found := _own_name(choices, sample)):
        choices[found.column] = found
    return tuple(choices.values())


def _own_name(choices: Mapping[str, Choice], sample: Sequence[Mapping[str, Json]]) -> Choice | None:
    """The one column that is the name by a heading of the table's own: filled almost everywhere, and almost never twice the same."""
    ending = [column for column, choice in choices.items() if not choice.item and _is_name(fold(column))]
    if len(ending) != 1:
        return None
    cells = [text for row in sample if (text := plain(row.get(ending[0])))]
    enough = CONTENT_SHARE * len(sample)
    is_probable = bool(cells) and len(cells) >= enough and len(set(cells)) >= CONTENT_SHARE * len(cells)
    return Choice(ending[0], "name", 0.6, OWN_HEADING) if is_probable else None


def _is_name(heading: str) -> bool:
    return (
        _NAME_HEADING.fullmatch(heading) is not None
        and _NAME_OF_ELSE.fullmatch(heading) is None
        and heading not in names_of_others()
    )


def _names(kind: StandardType) -> dict[str, tuple[Item, int]]:
    """Folded name -> (item, rank); the standard's own name goes before the aliases, these in their order."""
    found: dict[str, tuple[Item, int]] = {}
    for item in kind.items:
        for rank, name in enumerate((item.label, item.key, *item.aliases)):
            key = fold(name)
            if key not in found or rank < found[key][1]:
                found[key] = (item, rank)
    return found


def _by_name(column: str, further: str, exact: Mapping[str, tuple[Item, int]]) -> Choice:
    own, beside = exact.get(fold(column)), exact.get(fold(further)) if further else None
    if own and own[1] < 2:
        return Choice(column, own[0].key, round(1.0 - 0.005 * own[1], 3), "standard")
    for hit, reason in ((beside, "beside"), (own, "alias")):
        if hit:
            return Choice(column, hit[0].key, round(1.0 - 0.005 * hit[1], 3), reason)
    return Choice(column)


def _by_likeness(column: str, further: str, kind: StandardType, taken: set[str]) -> Choice | None:
    name = fold(further or column)
    if len(name) < 4:
        return None
    best, item_key = 0.0, ""
    for item in kind.items:
        if item.key in taken:
            continue
        likeness = max(rapidfuzz.fuzz.ratio(name, fold(other)) for other in (item.label, *item.aliases))
        if likeness > best:
            best, item_key = likeness, item.key
    return Choice(column, item_key, round(best / 100 - 0.1, 3), "likeness") if best >= LIKENESS_MIN else None


def _by_content(
    column: str, sample: Sequence[Mapping[str, Json]], kind: StandardType, taken: set[str]
) -> Choice | None:
    cells = [text for row in sample if (text := plain(row.get(column)))]
    if len(cells) < 3:
        return None
    for key, test in (("latitude", _is_latitude), ("longitude", _is_longitude)):
        if key not in taken and kind.item(key) and _share(cells, test) >= 0.95:
            return Choice(column, key, 0.7, "content")
    if "webSite" not in taken and kind.item("webSite") and _share(cells, _is_url) >= 0.95:
        return Choice(column, "webSite", 0.6, "content")
    phone = "contactPointPhoneNumber"
    if phone not in taken and kind.item(phone) and _share(cells, _is_phone) >= CONTENT_SHARE:
        return Choice(column, phone, 0.6, "content")
    return None


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(1 for cell in cells if test(cell)) / len(cells)


def _is_latitude(text: str) -> bool:
    angle = read_angle(text) if "." in text else None
    return angle is not None and in_japan((135.0, angle[0]))


def _is_longitude(text: str) -> bool:
    angle = read_angle(text) if "." in text else None
    return angle is not None and in_japan((angle[0], 35.0))


def _is_url(text: str) -> bool:
    return read_url(text) is not None


def _is_phone(text: str) -> bool:
    found = read_phone(text)
    return found is not None and str(found[0]).startswith("0") and "-" in str(found[0])


def guess(table: Table, title: str, sample: Sequence[Mapping[str, Json]], as_type: str = "") -> Guess:
    """Type and columns of a table. `title` holds the names of data set, folder, file and part, one a line."""
    name, confidence, reason = (as_type, 1.0, "told") if as_type else guess_type(table, title)
    return Guess(name, confidence, reason, guess_columns(table, standard_types()[name], sample))


def correct(guessed: Guess, type_name: str, columns: Mapping[str, str]) -> Guess:
    """The guess with what a person said instead; columns that are not named stay as guessed."""
    choices = tuple(
        Choice(choice.column, columns[choice.column], 1.0, "told") if choice.column in columns else choice
        for choice in guessed.choices
    )
    told = bool(type_name) and type_name != guessed.type
    return Guess(
        type_name or guessed.type,
        1.0 if told else guessed.confidence,
        "told" if told else guessed.reason,
        choices,
    )
