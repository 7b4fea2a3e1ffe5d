"""Entities asked of this node and of its context sources together (ETSI GS CIM 009 V1.9.1 clauses 5.7.1, 5.7.2 and 4.3.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from kaiteki.broker.inquiring import SILENT, Errand, Inquirer, Outcome, coded, warning_of
from kaiteki.broker.inquiring_v2 import query_v2
from kaiteki.model.entity import Entity, Json, is_array
from kaiteki.model.matching import matches
from kaiteki.model.ordering import order_key
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Filter, Query
from kaiteki.model.sources.answers import read_answer
from kaiteki.model.sources.forwarding import (
    IDS_AT_ONCE,
    Selection,
    filters_of,
    selection_of_one,
    selections_for,
)
from kaiteki.model.sources.matching import is_about, matches_place, matches_scope, types_in
from kaiteki.model.sources.merging import Account, merged
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.v2.asking import read_v2_answer
from kaiteki.model.terms.context import Context
from kaiteki.ports.entities import Found
from kaiteki.ports.sources import KeptSource

HERE: Final = "@none"
"""How an entity map names this node (clause 5.2.39)."""
GATHERED_MAX: Final = 10_000
"""Entities that are taken from one place for one answer."""
PAGE: Final = 1000
ENTITIES_OF_ONE_ID_MAX: Final = 20
"""Entities of one id and several types that a source of NGSI v2 may have."""
TOTAL_TIMEOUT_S: Final = 15.0
"""How long the sources have together; who has not told all by then is silent."""
SOURCES_MAX: Final = 64
"""Sources that one request asks."""


Answer = TypeVar("Answer")


class Gathered(NamedTuple):
    """What several places told together; `more`: there is more behind this page. `total` counts doubles that were not met twice.

    `places` are those that told of each entity: ids of registrations, `@none` for this node.
    """

    entities: Sequence[Entity]
    warnings: Sequence[str] = ()
    more: bool = False
    total: int | None = None
    places: Mapping[str, tuple[str, ...]] = {}


class Told(NamedTuple):
    """What one source told: its entities, whether it has more, how many match there, what went wrong."""

    kept: KeptSource
    entities: Sequence[Entity] = ()
    more: bool = False
    total: int | None = None
    warning: str = ""


class Sought(msgspec.Struct, frozen=True):
    """A query as it is asked of this node and its sources. `wanted` is what the person may ask, `parameters` how it was written.

    `split`: whether an entity may be spread over several places (clause 5.7.2.4); None leaves that to the sources. `local`: no source
    is asked.
    """

    wanted: Query
    parameters: Mapping[str, str] = {}
    csf: Filter | None = None
    split: bool | None = None
    local: bool = False


async def retrieve_federated(
    inquirer: Inquirer, passage: Passage, wanted: Query, local: Entity | None, but: str = ""
) -> Gathered | None:
    """The entity of `wanted.ids`, as all who know it tell it (clause 5.7.1); None when no source has to be asked.

    `but` is the id of a registration whose source has told already.
    """
    asked = [
        (kept, selection)
        for kept in inquirer.sources(passage, "retrieveEntity", types_in(wanted))
        if kept.registration.id != but
        and (selection := selection_of_one(kept.registration, wanted)) is not None
    ]
    if not asked:
        return None
    check_number(len(asked))
    outcomes = await asyncio.gather(
        *(_in_time(passage, kept, _retrieve(inquirer, passage, kept, selection)) for kept, selection in asked)
    )
    own = [Account(local)] if local is not None else []
    # a source may tell of something else than it was asked for
    asked_for = msgspec.structs.replace(wanted, attrs=())
    others = (account for told in outcomes for account in _accounts(told))
    accounts = [*own, *(account for account in others if matches(account.entity, asked_for))]
    warnings = [told.warning for told in outcomes if told.warning]
    return Gathered([merged(accounts)] if accounts else [], warnings)


def check_number(sources: int) -> None:
    """Refuse what would ask too many sources; an answer that leaves some out would look whole."""
    if sources > SOURCES_MAX:
        raise Problem(
            "TooComplexQuery", f"one request asks up to {SOURCES_MAX} context sources, not {sources}"
        )


async def _in_time(passage: Passage, kept: KeptSource, telling: Coroutine[Any, Any, Told]) -> Told:
    return await in_time(passage, kept, telling, lambda warning: Told(kept, warning=warning))


async def in_time(
    passage: Passage, kept: KeptSource, telling: Coroutine[Any, Any, Answer], silent: Callable[[str], Answer]
) -> Answer:
    """What a source tells. One that takes too long, or that cannot be spoken to, has told nothing but a warning."""
    try:
        async with asyncio.timeout(TOTAL_TIMEOUT_S):
            return await telling
    except (TimeoutError, Problem):
        return silent(warning_of(passage, SILENT, kept.registration.id, "did not answer in time"))


async def _retrieve(inquirer: Inquirer, passage: Passage, kept: KeptSource, one: Selection) -> Told:
    if kept.registration.v2 is not None:
        reach = Reach((one,), ENTITIES_OF_ONE_ID_MAX, True, Sought(Query()))
        return await _query(inquirer, passage, kept, reach)
    context = await inquirer.context_for(kept.registration, passage)
    parameters = one.parameters(context)
    entity_id = parameters.pop("id")
    errand = Errand("GET", f"entities/{coded(entity_id)}", context, {**parameters, "options": "sysAttrs"})
    outcome = await inquirer.ask(kept, errand, passage)
    return _told(inquirer, passage, outcome, ([outcome.document] if outcome.went_well else [], context))


async def query_federated(inquirer: Inquirer, passage: Passage, sought: Sought) -> Gathered | None:
    """One page of the entities that match, here and at the sources (clause 5.7.2); None when no source has to be asked.

    Raises TooManyResults.
    """
    wanted = sought.wanted
    if sought.local:
        return None
    asked = [
        (kept, selections)
        for kept in inquirer.sources(passage, "queryEntity", types_in(wanted), sought.csf)
        if _may_hold(kept.registration, wanted) and (selections := selections_for(kept.registration, wanted))
    ]
    if not asked:
        return None
    check_number(len(asked))
    split = sought.split if sought.split is not None else any(splits(kept.registration) for kept, _ in asked)
    # a source counts also what this person may not see; who sees less than all has everything counted here
    is_counted = wanted.total and wanted.fence is not None
    need = GATHERED_MAX if split or wanted.order or is_counted else wanted.offset + wanted.limit + 1
    if need > GATHERED_MAX:
        raise Problem(
            "TooManyResults", f"several sources are asked for up to {GATHERED_MAX} entities", "offset"
        )
    found = await inquirer.registry.plane.entities.find(passage.area, _here(wanted, split, need))
    told = await asyncio.gather(
        *(
            _in_time(passage, kept, _query(inquirer, passage, kept, Reach(selections, need, split, sought)))
            for kept, selections in asked
        )
    )
    if need == GATHERED_MAX and (found.more or any(one.more for one in told)):
        raise Problem("TooManyResults", f"more than {GATHERED_MAX} entities would have to be compared", "q")
    return _page(found, told, wanted, need == GATHERED_MAX)


def _page(found: Found, told: Sequence[Told], wanted: Query, is_all: bool) -> Gathered:
    """The page that is wanted out of what was found here and told elsewhere; `is_all`: nothing is left out of it."""
    accounts = [Account(row.entity()) for row in found.rows]
    accounts += [account for one in told for account in _accounts(one)]
    entities = _together(accounts, wanted)
    end = wanted.offset + wanted.limit
    total: int | None = None
    if wanted.total:
        doubles = len(accounts) - len({account.entity.id for account in accounts})
        counts = sum(len(one.entities) if one.total is None else one.total for one in told)
        total = len(entities) if is_all else max((found.total or 0) + counts - doubles, len(entities))
    warnings = [one.warning for one in told if one.warning]
    page = entities[wanted.offset : end]
    places: dict[str, tuple[str, ...]] = {row.id: (HERE,) for row in found.rows}
    for one in told:
        for entity in one.entities:
            stands = places.get(entity.id, ())
            if one.kept.registration.id not in stands:
                places[entity.id] = (*stands, one.kept.registration.id)
    return Gathered(page, warnings, len(entities) > end, total, {one.id: places[one.id] for one in page})


async def tell_again(
    inquirer: Inquirer, passage: Passage, places: Mapping[str, tuple[str, ...]], wanted: Query
) -> Gathered:
    """Entities by id, each from the places that told of it before (clause 5.5.9.3), in the order of `places`. What is gone is left out."""
    ids = tuple(places)
    registry = inquirer.registry
    rows = await registry.plane.entities.load(passage.area, [one for one in ids if HERE in places[one]])
    sought = Sought(
        msgspec.structs.replace(wanted, ids=ids, limit=len(ids), offset=0, total=False), split=True
    )
    asked: list[Coroutine[Any, Any, Told]] = []
    for source_id in dict.fromkeys(one for of_one in places.values() for one in of_one if one != HERE):
        kept = registry.get((passage.area, source_id))
        its = tuple(one for one in ids if source_id in places[one])
        if kept is None or passage.is_loop:
            continue
        for start in range(0, len(its), IDS_AT_ONCE):
            part = Query(ids=its[start : start + IDS_AT_ONCE])
            reach = Reach(selections_for(kept.registration, part), len(part.ids), True, sought)
            asked.append(_in_time(passage, kept, _query(inquirer, passage, kept, reach)))
    own = [row.entity() for row in rows.values()]
    return _in_given_order(Query(ids=ids, fence=wanted.fence), own, await asyncio.gather(*asked))


def _in_given_order(wanted: Query, own: Sequence[Entity], told: Sequence[Told]) -> Gathered:
    """The entities of `wanted.ids`, in that order, that this node and some sources make together."""
    accounts = [Account(entity) for entity in own]
    accounts += [account for one in told for account in _accounts(one)]
    found = {one.id: one for one in _together(accounts, wanted)}
    warnings = dict.fromkeys(one.warning for one in told if one.warning)
    return Gathered([found[one] for one in wanted.ids if one in found], list(warnings))


async def load_everywhere(
    inquirer: Inquirer, passage: Passage, ids: Mapping[str, tuple[str, ...]]
) -> Gathered:
    """Entities by id, in their order, as this node and the sources that may know them tell them; each source is asked once.

    `ids` are told with the types that they are said to have; none where nothing is known of them. Raises TooComplexQuery.
    """
    rows = await inquirer.registry.plane.entities.load(passage.area, list(ids))
    own = {one: row.entity() for one, row in rows.items()}
    asked: list[tuple[KeptSource, Reach]] = []
    for kept in inquirer.sources(passage, "queryEntity", None):
        one = kept.registration
        its = tuple(
            each for each in ids if any(is_about(one, each, own[each].types if each in own else ids[each]))
        )
        part = Query(ids=its, limit=len(its))
        if its and (selections := selections_for(one, part)):
            asked.append((kept, Reach(selections, len(its), True, Sought(part))))
    check_number(len(asked))
    told = await asyncio.gather(
        *(_in_time(passage, kept, _query(inquirer, passage, kept, reach)) for kept, reach in asked)
    )
    return _in_given_order(Query(ids=tuple(ids)), list(own.values()), told)


class Reach(NamedTuple):
    """How far a source is asked: for which selections, how many entities at most, with the conditions or without."""

    selections: Sequence[Selection]
    need: int
    split: bool
    sought: Sought


async def _query(inquirer: Inquirer, passage: Passage, kept: KeptSource, reach: Reach) -> Told:
    """What a source has of a query, selection by selection."""
    parts = [await _pages(inquirer, passage, kept, (reach, one)) for one in reach.selections]
    totals = [part.total for part in parts if part.total is not None]
    return Told(
        kept,
        [entity for part in parts for entity in part.entities],
        any(part.more for part in parts),
        sum(totals) if totals else None,
        next((part.warning for part in parts if part.warning), ""),
    )


async def _pages(
    inquirer: Inquirer, passage: Passage, kept: KeptSource, what: tuple[Reach, Selection]
) -> Told:
    """The first entities of one selection, page by page."""
    (reach, selection), registration = what, kept.registration
    context = await inquirer.context_for(registration, passage)
    told = selection.parameters(context)
    # what was written with another @context than the source is spoken to with cannot travel as it is
    if not reach.split and context is passage.context:
        told = {**filters_of(reach.sought.parameters), **told}
    if registration.dataset_ids:
        told["datasetId"] = ",".join(registration.dataset_ids)
    wanted, entities, total, warning = reach.sought.wanted, list[Entity](), None, ""
    while len(entities) < reach.need:
        limit = min(reach.need - len(entities), PAGE)
        page = {"limit": str(limit), "options": "sysAttrs"}
        if entities:
            page["offset"] = str(len(entities))
        if wanted.total:
            page["count"] = "true"
        if registration.v2 is None:
            errand = Errand("GET", "entities", context, {**told, **page})
            outcome = await inquirer.ask(kept, errand, passage)
        else:
            outcome = await query_v2(inquirer, passage, kept, selection, (limit, len(entities)))
        items: list[Json] = outcome.document if is_array(outcome.document) else [outcome.document]
        part = _told(inquirer, passage, outcome, (items if outcome.went_well else [], context))
        entities += part.entities
        total = outcome.total if total is None else total
        warning = warning or part.warning
        if len(items) < limit or part.warning:
            break
    return Told(kept, entities, len(entities) >= reach.need, total, warning)


def _told(
    inquirer: Inquirer, passage: Passage, outcome: Outcome, answer: tuple[Sequence[Json], Context]
) -> Told:
    """The entities of an answer as far as the source is registered for them; an answer that is none is passed over."""
    one, (items, context) = outcome.kept.registration, answer
    try:
        entities = [
            read_answer(item, context) if one.v2 is None else read_v2_answer(item, one) for item in items
        ]
    except (Problem, RecursionError):
        return Told(outcome.kept, warning=inquirer.unreadable(outcome.kept, passage))
    seen = [cut for entity in entities if (cut := _respected(one, entity)) is not None]
    return Told(outcome.kept, seen, False, outcome.total, outcome.warning)


def _respected(one: Registration, entity: Entity) -> Entity | None:
    """An entity with only what its source is registered for (clause 4.3.6.1), None where it is not registered for it at all."""
    parts = list(is_about(one, entity.id, entity.types))
    if not parts:
        return None
    if any(not part.attributes for part in parts):
        return entity
    names = {name for part in parts for name in part.attributes}
    kept = {name: told for name, told in entity.attributes.items() if name in names}
    return msgspec.structs.replace(entity, attributes=kept) if kept else None


def _accounts(told: Told) -> Iterable[Account]:
    one = told.kept.registration
    for entity in told.entities:
        parts = list(is_about(one, entity.id, entity.types))
        whole = any(not part.attributes for part in parts)
        held = None if whole else frozenset(name for part in parts for name in part.attributes)
        yield Account(entity, one.mode, held)


def splits(one: Registration) -> bool:
    """Whether the entities of a source stand in part somewhere else, as far as its registration tells."""
    return one.mode in ("exclusive", "auxiliary") or any(part.attributes for part in one.information)


def _may_hold(one: Registration, wanted: Query) -> bool:
    if not matches_scope(one, wanted, strict=False):
        return False
    return wanted.geo is None or matches_place(one, wanted.geo, strict=False)


def _here(wanted: Query, split: bool, need: int) -> Query:
    """What this node itself is asked for."""
    first = msgspec.structs.replace(wanted, limit=need, offset=0)
    if not split:
        return first
    return msgspec.structs.replace(first, attrs=(), q=None, geo=None, scope=None, total=False, order=())


def _together(accounts: Sequence[Account], wanted: Query) -> list[Entity]:
    """The entities that the accounts make and that match, in order."""
    by_id: dict[str, list[Account]] = {}
    for account in accounts:
        by_id.setdefault(account.entity.id, []).append(account)
    # what links lead to is not at hand here, so that conditions over links are left to who was asked
    asked = msgspec.structs.replace(wanted, q=None) if _follows_links(wanted.q) else wanted
    found = [entity for told in by_id.values() if matches(entity := merged(told), asked)]
    return sorted(found, key=lambda entity: order_key(entity, wanted))


def _follows_links(q: Filter | None) -> bool:
    if isinstance(q, AllOf | AnyOf):
        return any(_follows_links(part) for part in q.parts)
    return q is not None and q.path.linked is not None
