"""What the fields of an address may say: one rule for pages and files (decision 38), checked before a page is made.

    Page.asks ─► faults of the query ─┬─ a page ─► 400, a page that names each field and what it may say
                                      └─ a file ─► 400, problem details (RFC 9457) with `field` and `errors`

A field that is empty is not there. A page leaves fields alone that it does not know (links are told apart by some); a file refuses
them, as the APIs do. What a page says better itself, beside the form that the field is of, it says itself, with the same status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import msgspec

from kaiteki.model.decision import Fault
from kaiteki.model.instant import parse_instant
from kaiteki.model.words import LANGUAGES, Words

TEXT_LENGTH_MAX: Final = 100
NAME_LENGTH_MAX: Final = 60
"""Characters of the name of a field that are told back."""
FAULTS_MAX: Final = 8
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_MONTH: Final = re.compile(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
TWICE: Final = Words(
    "1回だけ書けます。2回以上書かれています。",
    "It is given once; here it is given more than once.",
    "1回（かい）だけ 書（か）けます。",
)
UNKNOWN: Final = Words(
    "この項目はありません。使えるのは {names} です。",
    "There is no such field; there are {names}.",
    "これは ありません。つかえるのは {names} です。",
)


def _listed(names: Collection[str], joint: str = "or") -> str:
    *first, last = names
    return f"{', '.join(first)} {joint} {last}" if first else last


class QueryField(msgspec.Struct, frozen=True):
    """A field of the query of an address: whether what it says fits, and in a sentence what it may say."""

    fits: Callable[[str], bool]
    words: Words


def whole(least: int, most: int) -> QueryField:
    """A whole number in digits."""
    return QueryField(
        lambda text: _WHOLE.fullmatch(text) is not None and least <= int(text) <= most,
        Words(
            f"{least}から{most:,}までの数を書いてください。",
            f"It is a whole number from {least} to {most:,}.",
            f"{least}から {most:,}までの 数（かず）を 書（か）いて ください。",
        ),
    )


def text(most: int = TEXT_LENGTH_MAX) -> QueryField:
    """A text of at most so many characters."""
    return QueryField(
        lambda said: len(said.strip()) <= most,
        Words(
            f"{most}文字までです。短くしてください。",
            f"It has at most {most} characters; please make it shorter.",
            f"{most}文字（もじ）までです。みじかく して ください。",
        ),
    )


def one_of(values: Collection[str]) -> QueryField:
    """One of some values."""
    names = tuple(values)
    return QueryField(
        lambda said: said in names,
        Words(
            f"{'・'.join(names)} のどれかです。",
            f"It is {_listed(names)}.",
            f"{'・'.join(names)} の どれかです。",
        ),
    )


def month() -> QueryField:
    """A month, as ISO 8601."""
    return QueryField(
        lambda said: _MONTH.fullmatch(said) is not None,
        Words(
            "月を書いてください（例：2026-04）。",
            "It is a month (such as 2026-04).",
            "月（つき）を 書（か）いて ください（れい：2026-04）。",
        ),
    )


def moment() -> QueryField:
    """A moment, as ISO 8601 with its zone."""
    return QueryField(
        lambda said: parse_instant(said) is not None,
        Words(
            "日時を書いてください（例：2026-04-01T09:00:00Z）。",
            "It is a moment (such as 2026-04-01T09:00:00Z).",
            "日時（にちじ）を 書（か）いて ください（れい：2026-04-01T09:00:00Z）。",
        ),
    )


EVERYWHERE: Final[Mapping[str, QueryField]] = {"lang": one_of(LANGUAGES)}
"""Fields of every address."""


def faults_of(
    fields: Mapping[str, QueryField], told: Iterable[tuple[str, str]], closed: bool = False
) -> tuple[Fault, ...]:
    """What of a query does not fit, field by field in its order, at most FAULTS_MAX; `closed`: unknown fields do not fit either."""
    known = {**EVERYWHERE, **fields}
    values: dict[str, list[str]] = {}
    for name, value in told:
        values.setdefault(name, []).append(value)
    found: list[Fault] = []
    for name, said in values.items():
        field = known.get(name)
        if field is None:
            if closed:
                found.append(Fault(name[:NAME_LENGTH_MAX], "unknown", _among(known)))
        elif len(said) > 1:
            found.append(Fault(name, "twice", TWICE))
        elif said[0] and not field.fits(said[0]):
            found.append(Fault(name, "unfit", field.words))
    return tuple(found[:FAULTS_MAX])


def _among(known: Iterable[str]) -> Words:
    names = sorted(known)
    return Words(
        UNKNOWN.ja.format(names="・".join(names)),
        UNKNOWN.en.format(names=_listed(names, "and")),
        UNKNOWN.easy.format(names="・".join(names)),
    )
