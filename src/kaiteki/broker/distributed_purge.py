"""Deleting by query what context sources have a part in: here, and where each of them holds it (ETSI GS CIM 009 V1.9.1 clauses 5.6.21, 4.3.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.distributing import Part, problem_of, refuse_again
from kaiteki.broker.federated import GATHERED_MAX, Sought, check_number, query_federated, splits
from kaiteki.broker.inquiring import Errand, Inquirer
from kaiteki.model.problem import Problem
from kaiteki.model.query import Query
from kaiteki.model.sources.forwarding import Selection, filters_of, selections_for
from kaiteki.model.sources.matching import types_in
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.registration import Registration
from kaiteki.ports.sources import KeptSource

IDS_AT_ONCE: Final = 500
"""Entities that are named in one step of a purge here."""

Local = Callable[[Query], Awaitable[int]]
"""Purges here what a query finds; how many entities were touched."""


class Purge(msgspec.Struct, frozen=True):
    """What is to be deleted: entities, or of each the attributes `drop`, or all but `keep` (expanded). `parameters`: how it was written."""

    wanted: Query
    parameters: Mapping[str, str] = {}
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


class _Share(NamedTuple):
    """What a source is to delete, or why it is not asked."""

    kept: KeptSource
    selections: Sequence[Selection] = ()
    problem: Problem | None = None


async def purge_everywhere(
    inquirer: Inquirer, passage: Passage, purge: Purge, local: Local
) -> list[Part] | None:
    """Delete by query here and at all sources that have a part in it; None when none has. Raises TooManyResults, LoopDetected.

    Where an entity may be spread over several places, conditions are looked at over the whole of it first, and what matches is
    deleted by its id.
    """
    refuse_again(passage)
    shares = list(_shares(inquirer, passage, purge.wanted))
    if not shares:
        return None
    check_number(len(shares))
    steps, travels = [purge.wanted], True
    if _has_conditions(purge.wanted) and any(splits(share.kept.registration) for share in shares):
        whole = msgspec.structs.replace(purge.wanted, limit=GATHERED_MAX - 1, offset=0, total=False)
        found = await query_federated(inquirer, passage, Sought(whole, purge.parameters, split=True))
        if found is not None:
            ids = [entity.id for entity in found.entities]
            steps = [Query(ids=tuple(ids[at : at + IDS_AT_ONCE])) for at in range(0, len(ids), IDS_AT_ONCE)]
            travels = False
    touched, parts = (
        0,
        [Part(share.kept.registration.id, None, share.problem) for share in shares if share.problem],
    )
    asked = [share for share in shares if share.problem is None]
    for step in steps:
        touched += await local(step)
        parts += await asyncio.gather(
            *(_forward(inquirer, passage, purge, (share.kept, step, travels)) for share in asked)
        )
    # where nothing was deleted anywhere and a source could not, nothing went well
    return [Part("", None), *parts] if touched or all(part.problem is None for part in parts) else parts


def _has_conditions(wanted: Query) -> bool:
    return bool(wanted.q or wanted.geo or wanted.scope or wanted.attrs)


def _shares(inquirer: Inquirer, passage: Passage, wanted: Query) -> Iterator[_Share]:
    """Who has a part in a purge. A proxied source that cannot be asked is a conflict; others are passed over."""
    now = inquirer.registry.plane.clock.now()
    for kept in inquirer.registry.about(passage.area, types_in(wanted)):
        one = kept.registration
        if one.mode == "auxiliary" or one.is_temporal or one.is_over(now):
            continue
        selections = selections_for(one, wanted)
        if not selections:
            continue
        problem = _hindrance(one, passage)
        if problem is None or one.is_proxied:
            yield _Share(kept, selections, problem)


def _hindrance(one: Registration, passage: Passage) -> Problem | None:
    """Why a source is not asked to purge."""
    if one.alias and one.alias in passage.via:
        return Problem("LoopDetected", f"the request has been at the source {one.id} before")
    if passage.is_loop:
        return Problem("BadGateway", f"the request has come too far to go on to the source {one.id}")
    if "purgeEntity" not in one.meant:
        return Problem("Conflict", f"the source {one.id} that holds this does not take purgeEntity")
    return None


async def _forward(
    inquirer: Inquirer, passage: Passage, purge: Purge, what: tuple[KeptSource, Query, bool]
) -> Part:
    """Have a source delete what is its, selection by selection."""
    kept, step, travels = what
    one = kept.registration
    context = await inquirer.context_for(one, passage)
    told = filters_of(purge.parameters) if travels else {}
    if told and context is not passage.context:
        return Part(
            one.id, None, Problem("Conflict", f"the source {one.id} reads conditions in another @context")
        )
    members = _members(purge, one)
    if members is None:
        return Part(one.id, None)
    told |= {name: ",".join(context.compact(each) for each in names) for name, names in members.items()}
    for selection in selections_for(one, step):
        parameters = {**told, **selection.parameters(context)}
        outcome = await inquirer.ask(kept, Errand("DELETE", "entities", context, parameters), passage)
        problem = problem_of(outcome)
        if problem is not None:
            return Part(one.id, None, problem)
    return Part(one.id, None)


def _members(purge: Purge, one: Registration) -> dict[str, tuple[str, ...]] | None:
    """The attributes that a source is to drop or to keep: of those that it is registered for; None where that is nothing."""
    known: dict[str, None] = {}
    for part in one.information:
        if not part.attributes:
            members = {"drop": purge.drop, "keep": purge.keep}
            return {name: names for name, names in members.items() if names}
        known |= dict.fromkeys(part.attributes)
    gone = tuple(name for name in known if (name in purge.drop if purge.drop else name not in purge.keep))
    return {"drop": gone} if gone else None
