"""The people of a type that the node keeps, as a table from which numbers can be released: what its reader may see, and only what groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from kaiteki.kit.forms import chosen
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.values import hints_of, plain
from kaiteki.model.words import Words
from kaiteki.services.opendata.people_table import PEOPLE_MAX, TEXT_LENGTH_MAX, refuse, written

PAGE_SIZE: Final = 500
GROUPS_MAX: Final = 60
"""Different values of a field that still make groups of people; a field with more tells people apart."""
_EMPTY: Final = Words(
    "この種類には、あなたが見られる記録か、区分になる項目がありません。",
    "Of this type there is nothing that you may see, or no field that makes groups.",
)
_TOO_MANY: Final = Words(
    "5,000件、60KBを超えます。CSVに書き出し、必要な列だけを残して選んでください。",
    "More than 5,000 records or 60 KB. Export them as CSV, keep the columns that are needed, and choose that file.",
)


def personal_types(ask: PageAsk) -> Sequence[tuple[str, Words]]:
    """The types with data of people that services keep, by name."""
    declared = [one for service in ask.city.services for one in service.types]
    return [(one.name, one.words) for one in declared if one.personal and ask.person.holds(one.roles)]


async def table_of_type(ask: PageAsk, name: str) -> str | Refused:
    """The records of a personal type that the officer may see, as a CSV text of those fields that make groups."""
    declared = next((one for service in ask.city.services for one in service.types if one.name == name), None)
    if declared is None or not declared.personal:
        return refuse("type", _EMPTY)
    rows: list[dict[str, str]] = []
    after: str | None = None
    more = True
    while more:
        page = await ask.city.find(declared.view, Query(limit=PAGE_SIZE, after_id=after))
        rows += [_row(ask, declared, one) for one in page.items]
        more, after = page.more and bool(page.items), page.items[-1].id if page.items else None
        if len(rows) > PEOPLE_MAX:
            return refuse("type", _TOO_MANY)
    names = [
        one
        for one in dict.fromkeys(key for row in rows for key in row)
        if 1 < _different(rows, one) <= GROUPS_MAX
    ]
    if len(names) < 2:
        return refuse("type", _EMPTY)
    text = written(names, ([row.get(one, "") for one in names] for row in rows))
    return refuse("type", _TOO_MANY) if len(text) > TEXT_LENGTH_MAX else text


def _different(rows: Sequence[Mapping[str, str]], name: str) -> int:
    return len({row.get(name, "") for row in rows})


def _row(ask: PageAsk, declared: EntityType, one: Any) -> dict[str, str]:
    """The values of a record that are a word, a code or a number. Whose it is and what is sealed stays out."""
    kept_out = {"id", declared.holder, *declared.sealed, *declared.workings, *declared.photos}
    codes, hints = ask.city.codes(declared), hints_of(declared.view)
    told: dict[str, str] = {}
    for field in msgspec.structs.fields(declared.view):
        value = getattr(one, field.name, None)
        if field.name in kept_out or not isinstance(value, str | int | float | bool):
            continue
        if plain(hints[field.name]) is Instant:
            continue
        words: Any = codes.get(field.name, {}).get(str(value)) or chosen(hints[field.name], value)
        label = declared.labels.get(field.name)
        name = label.say(ask.language) if label else field.name
        told[name] = words.say(ask.language) if isinstance(words, Words) else str(value)
    return told
