"""What a layer may name: the collections that there are, and the properties of one of them; and what a form names that is none of these.

A form is checked where it changes something: a layer that the folder of the area has for data which are still to come stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kaiteki.kit.forms import label_at
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.pages import PageAsk
from kaiteki.kit.views import Slot, slots, where
from kaiteki.model.cql2.checking import check
from kaiteki.model.cql2.planning import named_in
from kaiteki.model.cql2.text import parse_text, quoted
from kaiteki.model.decision import Fault
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, Exists, Path, Query
from kaiteki.model.words import Words
from kaiteki.services.maps.edit import Edit
from kaiteki.services.maps.filters import queryables
from kaiteki.services.maps.lines import read_items
from kaiteki.services.maps.shown import (
    BELONGS,
    DATA_SET,
    Collection,
    DataSetSeen,
    collection_of,
    located_types,
)

DATA_SETS_MAX: Final = 500
TOLD_MAX: Final = 8
"""Names that a refusal tells of; the form offers all."""
_DETAILS: Final = "details"


async def collections_of(ask: PageAsk) -> list[tuple[str, str]]:
    """The id and the title of everything that a layer can show: types with places, and data sets with places."""
    located = located_types(ask.city)
    types = [(name, declared.words.say(ask.language)) for name, (declared, _) in located.items()]
    sets = await ask.city.playing(DATA_SET, DataSetSeen, Query(limit=DATA_SETS_MAX))
    placed = (one.seen for one in sets if one.seen.record_type in located and one.seen.located != 0)
    return sorted(types) + sorted((one.id.rpartition(":")[2], one.title) for one in placed)


def properties_of(collection: Collection | None, language: str) -> list[tuple[str, str]]:
    """The properties of a collection that everybody may read, with their words: those of its type, and further columns of a data set."""
    if collection is None:
        return []
    declared = collection.declared
    told = [(slot.short, _words(declared, slot).say(language)) for slot in _public(declared)]
    return [*told, *((name, column.name) for name, column in collection.columns.items())]


async def faults_of(ask: PageAsk, form: Edit, before: Edit | None) -> tuple[Fault, ...]:
    """What a form names that there is not, field by field, of what it changes."""
    collection = await collection_of(ask.city, form.collection)
    kept = before if before is not None and form.collection == before.collection else None
    if collection is None:
        there = await collections_of(ask) if kept is None else []
        return (_no_collection(form.collection, there),) if kept is None else ()
    offered = dict(properties_of(collection, "ja"))
    faults: list[Fault | None] = []
    if form.filter and (kept is None or form.filter != kept.filter):
        faults.append(_of_filter(form.filter, collection))
    if (
        form.by
        and (kept is None or form.by != kept.by)
        and await _lacks(ask, collection, (form.by,), offered)
    ):
        faults.append(_unknown("by", form.by, offered))
    items = read_items(form.items)
    if not isinstance(items, Fault):
        told = read_items(kept.items) if kept is not None else ()
        old = {one.property for one in told} if not isinstance(told, Fault) else set[str]()
        named = [one.property for one in items if one.property not in old]
        lacking = await _lacks(ask, collection, named, offered)
        faults += [_unknown("items", name, offered) for name in lacking]
    return tuple(one for one in faults if one is not None)


def _public(declared: EntityType) -> list[Slot]:
    return [
        slot
        for slot in slots(declared.view)
        if slot.field in declared.public
        and slot.kind in ("Property", "Relationship", "LanguageProperty")
        and slot.field not in (*declared.workings, _DETAILS)
        and slot.short != BELONGS
        and not slot.how.member
    ]


def _words(declared: EntityType, slot: Slot) -> Words:
    label = label_at(slot.hint)
    named = declared.labels.get(slot.field)
    return named or (label.words if label is not None else Words(slot.short, slot.short))


async def _lacks(
    ask: PageAsk, collection: Collection, names: Iterable[str], offered: Mapping[str, str]
) -> list[str]:
    """Those of some names that are neither properties of the collection nor a further column of one of its features."""
    every = slots(collection.declared.view)
    details = next((one for one in every if one.short == _DETAILS), None)
    known = {one.short for one in every if one.field in collection.declared.public} | offered.keys()
    lacking = [name for name in names if name not in known]
    if details is None or _DETAILS not in collection.declared.public:
        return lacking
    return [name for name in lacking if not await _is_column(ask, collection, details, name)]


async def _is_column(ask: PageAsk, collection: Collection, details: Slot, name: str) -> bool:
    there = Exists(Path((details.iri,), (name,)))
    of_set = (
        where(collection.declared.view, "data_set", "==", collection.data_set.id)
        if collection.data_set
        else None
    )
    wanted = Query(q=there if of_set is None else AllOf((of_set, there)), limit=1)
    return bool((await ask.city.find(collection.declared.view, wanted)).items)


def _of_filter(text: str, collection: Collection) -> Fault | None:
    """What a filter names that is no property, or why it does not fit; a text that is no CQL2 the rule refuses."""
    known = queryables(collection)
    try:
        term = parse_text(text)
    except Problem:
        return None
    lacking = sorted(named_in(term) - known.keys())
    if lacking:
        words = {slot.short: _words(collection.declared, slot).ja for slot in _public(collection.declared)}
        return _unknown("filter", lacking[0], {quoted(name): words.get(name, name) for name in known})
    try:
        check(term, {name: one.kind for name, one in known.items()})
    except Problem as wrong:
        return Fault(
            "filter",
            "unfit",
            Words(
                "この絞り込みは、項目の種類（文字・数・日付）に合いません",
                f"This filter does not fit: {wrong.detail}",
                "この しぼりこみは つかえません",
            ),
        )
    return None


def _no_collection(name: str, there: Sequence[tuple[str, str]]) -> Fault:
    ja = "、".join(f"{one}（{words}）" for one, words in there[:TOLD_MAX])
    more = len(there) - TOLD_MAX
    return Fault(
        "collection",
        "unknown",
        Words(
            f"地図に出せる「{name}」というデータはありません。あるもの：{ja}"
            + (f" ほか{more}件" if more > 0 else ""),
            f"There are no data “{name}” that a map can show. There are: {', '.join(one for one, _ in there[:TOLD_MAX])}"
            + (f" and {more} more" if more > 0 else ""),
            f"「{name}」は ありません。リストから えらんで ください",
        ),
    )


def _unknown(field: str, name: str, there: Mapping[str, str]) -> Fault:
    told = list(there.items())[:TOLD_MAX]
    ja = "、".join(one if one == words else f"{one}（{words}）" for one, words in told)
    more = len(there) - len(told)
    return Fault(
        field,
        "unknown",
        Words(
            f"「{name}」という項目はこのデータにありません。あるもの：{ja}"
            + (f" ほか{more}件" if more > 0 else ""),
            f"These data have no “{name}”. They have: {', '.join(one for one, _ in told)}"
            + (f" and {more} more" if more > 0 else ""),
            f"「{name}」は この データに ありません",
        ),
    )
