"""What a list is asked for, as a query: its columns, its filters, its order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args, get_origin

import msgspec

from kaiteki.kit.backoffice.wording import code_hint, label, shown
from kaiteki.kit.forms import Described, label_at
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import ListAsk
from kaiteki.kit.views import Slot, every, ordered, where
from kaiteki.model.instant import Instant
from kaiteki.model.query import Filter, Query
from kaiteki.model.said import NO, YES, local_day_start
from kaiteki.model.values import plain
from kaiteki.model.words import Words

_DAY: int = 86_400_000_000


def columns_of(declared: EntityType) -> tuple[Slot, ...]:
    """The fields that a list shows."""
    known = {name: slot for slot in shown(declared) for name in (slot.field, slot.short)}
    return tuple(known[name] for name in declared.columns if name in known)


def query_of(declared: EntityType, ask: ListAsk) -> Query:
    """What a list is asked for; what cannot be a filter filters nothing, and what stands sealed orders nothing."""
    asked_by = {slot.field: slot for slot in shown(declared) if slot.field not in declared.sealed}
    found_by = {slot.field: slot for slot in shown(declared) if slot.field in declared.sought}
    known = asked_by | found_by
    filters = [_filter(declared, known[name], text) for name, text in ask.filters.items() if name in known]
    order = (ordered(declared.view, ask.sort, ask.descending),) if ask.sort in asked_by else ()
    return Query(q=every(*filters), text=ask.text.strip() or None, order=order)


def filters_of(declared: EntityType, codes: Mapping[str, Mapping[str, Words]]) -> tuple[Described, ...]:
    """The columns that have a limited choice: yes or no, or one of some words."""
    filters: list[Described] = []
    for slot in columns_of(declared):
        annotated, bare = label_at(slot.hint), plain(slot.hint)
        choices = annotated.choices if annotated else ()
        choices = choices or tuple(codes.get(slot.field, {}).items())
        if not choices and get_origin(bare) is Literal:
            choices = tuple((str(one), Words(str(one), str(one))) for one in get_args(bare))
        if bare is bool:
            choices = (("true", YES), ("false", NO))
        if choices:
            filters.append(Described(slot.field, label(declared, slot), None, "choice", False, choices))
    return tuple(filters)


def _filter(declared: EntityType, slot: Slot, text: str) -> Filter | None:
    if plain(slot.hint) is Instant:
        try:
            start = local_day_start(date.fromisoformat(text))
        except ValueError:
            return None
        return every(
            where(declared.view, slot.field, ">=", start),
            where(declared.view, slot.field, "<", Instant(start + _DAY)),
        )
    inner = code_hint(slot)
    if inner not in (str, int, float, bool) and get_origin(inner) is not Literal:
        return None
    try:
        value = msgspec.convert(text, inner, strict=False)
    except msgspec.ValidationError:
        return None
    return where(declared.view, slot.field, "==", value)
