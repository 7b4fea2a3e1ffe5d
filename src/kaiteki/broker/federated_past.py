"""The past of entities asked of this node and of its context sources together (ETSI GS CIM 009 V1.9.1 clauses 5.7.3, 5.7.4, 4.3.6, 6.3.10).

Sources are asked for the states themselves, never for what they add up to: one value may stand in two places, and then no sum of
sums is right. What they tell is put beside what is kept here, and asked as one history.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from kaiteki.broker.federated import GATHERED_MAX, Sought, check_number, in_time
from kaiteki.broker.gathered_history import GatheredHistory
from kaiteki.broker.inquiring import Inquirer
from kaiteki.broker.past_asking import HEARD_STATES_MAX, PastSought, Telling, ToldPast
from kaiteki.broker.temporal import Evolved, Recall, query_evolutions
from kaiteki.broker.witness import Heard
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query, TypeAny, TypeIs, TypeSelection
from kaiteki.model.sources.forwarding import Selection, selection_of_one, selections_for
from kaiteki.model.sources.matching import matches_place, matches_scope, names_in, types_in
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.pasts import PastAccount, gathered_past
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.stretches import may_tell_of
from kaiteki.ports.sources import KeptSource

GROWTH: Final = 4
"""How many times more entities each place is asked for, when those that it told did not fill a page."""


class Gathering(NamedTuple):
    """What is asked of history with what the sources told beside it; `more`: one of them has more entities."""

    recall: Recall
    warnings: Sequence[str]
    more: bool = False


async def gather_one(
    inquirer: Inquirer, passage: Passage, recall: Recall, entity_id: str, types: TypeSelection | None
) -> Gathering | None:
    """The past of an entity in all places that may know it (clause 5.7.3); None when no source has to be asked."""
    life = await recall.plane.history.life(recall.area, entity_id)
    known = TypeAny(tuple(TypeIs(name) for name in life.types)) if life is not None else None
    wanted = Query(ids=(entity_id,), types=types or known, attrs=recall.asked.attrs)
    sources = inquirer.sources(passage, "retrieveTemporal", types_in(wanted), apt=_apt(recall))
    asked = [(kept, found) for kept in sources if (found := selection_of_one(kept.registration, wanted))]
    if not asked:
        return None
    check_number(len(asked))
    sought = PastSought(recall.asked, whole=recall.asked.style.format == "aggregatedValues")
    told = await asyncio.gather(
        *(
            _in_time(passage, kept, Telling(inquirer, passage, kept, sought).of_one(entity_id, selection))
            for kept, selection in asked
        )
    )
    return _gathered(recall, told)


async def gather_all(
    inquirer: Inquirer, passage: Passage, recall: Recall, sought: Sought
) -> Gathering | None:
    """The whole past, within the stretch of time, of all entities that may match a query, in all places.

    None when no source has to be asked. Raises TooManyResults.
    """
    asked = _asked(inquirer, passage, recall, sought)
    if not asked:
        return None
    check_number(len(asked))
    past = PastSought(recall.asked, sought.parameters, True, False, GATHERED_MAX)
    gathering = _gathered(recall, await _told(inquirer, passage, asked, past))
    if gathering.more:
        raise Problem("TooManyResults", f"a source has more than {GATHERED_MAX} such entities", "type")
    return gathering


async def query_everywhere(
    inquirer: Inquirer, passage: Passage, recall: Recall, sought: Sought
) -> tuple[Evolved, Sequence[str]] | None:
    """One page of the entities that match within the stretch of time, in all places, and the warnings (clause 5.7.4).

    None when no source has to be asked. Raises TooManyResults, TooComplexQuery.
    """
    wanted = sought.wanted
    asked = _asked(inquirer, passage, recall, sought)
    if not asked:
        return None
    check_number(len(asked))
    conditions = wanted.q is not None or wanted.geo is not None or wanted.scope is not None
    adding = recall.asked.style.format == "aggregatedValues"
    # the past of one entity is often spread, so that it is taken for whole only where that is said
    travels = sought.split is False or not conditions
    past = PastSought(recall.asked, sought.parameters, adding or not travels, travels)
    need = GATHERED_MAX if wanted.total else wanted.offset + wanted.limit + 1
    while True:
        told = await _told(inquirer, passage, asked, msgspec.structs.replace(past, need=need))
        gathering = _gathered(recall, told)
        evolved = await query_evolutions(gathering.recall, wanted)
        if not gathering.more or (evolved.more and not wanted.total):
            return evolved, gathering.warnings
        if need >= GATHERED_MAX:
            raise Problem(
                "TooManyResults", f"several sources are asked for up to {GATHERED_MAX} entities", "type"
            )
        need = min(need * GROWTH, GATHERED_MAX)


async def _told(
    inquirer: Inquirer,
    passage: Passage,
    asked: Sequence[tuple[KeptSource, tuple[Selection, ...]]],
    past: PastSought,
) -> Sequence[ToldPast]:
    """What all sources tell, asked at the same time."""
    return await asyncio.gather(
        *(
            _in_time(passage, kept, Telling(inquirer, passage, kept, past).of_many(selections))
            for kept, selections in asked
        )
    )


def _asked(
    inquirer: Inquirer, passage: Passage, recall: Recall, sought: Sought
) -> list[tuple[KeptSource, tuple[Selection, ...]]]:
    """The sources that may know of a query, with what each of them is asked for."""
    wanted = sought.wanted
    looked_at = wanted
    if wanted.attrs and sought.split is not False:
        # conditions are looked at here, so that what they speak of is needed too
        spoken = [name for name in names_in(wanted.q) if ":" in name]
        spoken += [wanted.geo.geoproperty] if wanted.geo is not None else []
        looked_at = msgspec.structs.replace(wanted, attrs=tuple(dict.fromkeys((*wanted.attrs, *spoken))))
    sources = inquirer.sources(passage, "queryTemporal", types_in(wanted), sought.csf, _apt(recall))
    return [
        (kept, found)
        for kept in sources
        if _may_hold(kept.registration, wanted) and (found := selections_for(kept.registration, looked_at))
    ]


def _apt(recall: Recall) -> Callable[[Registration], bool]:
    return lambda one: may_tell_of(one, recall.asked.period, recall.asked.measures)


def _may_hold(one: Registration, wanted: Query) -> bool:
    if not matches_scope(one, wanted, strict=False):
        return False
    return wanted.geo is None or matches_place(one, wanted.geo, strict=False)


async def _in_time(passage: Passage, kept: KeptSource, telling: Coroutine[Any, Any, ToldPast]) -> ToldPast:
    return await in_time(passage, kept, telling, lambda warning: ToldPast(kept, warning=warning))


def _gathered(recall: Recall, told: Sequence[ToldPast]) -> Gathering:
    """What is asked of history, with what the sources told beside what is kept here. Raises TooManyResults."""
    if any(one.too_much for one in told):
        raise Problem(
            "TooManyResults",
            f"a source is asked for up to {HEARD_STATES_MAX} states; name a shorter time or fewer entities",
            "timeAt",
        )
    accounts: dict[str, list[PastAccount]] = {}
    for one in told:
        for account in one.accounts:
            accounts.setdefault(account.entity_id, []).append(account)
    history = GatheredHistory(
        recall.plane.history, {entity_id: gathered_past(some) for entity_id, some in accounts.items()}
    )
    ends = [one.until for one in told if one.until is not None]
    until = (max(ends) if recall.asked.last is not None else min(ends)) if ends else None
    heard = Heard(
        frozenset(entity_id for one in told for entity_id in one.matching),
        frozenset(entity_id for one in told for entity_id in one.scoped),
        until,
    )
    plane = msgspec.structs.replace(recall.plane, history=history)
    warnings = tuple(dict.fromkeys(one.warning for one in told if one.warning))
    return Gathering(
        msgspec.structs.replace(recall, plane=plane, heard=heard), warnings, any(one.more for one in told)
    )
