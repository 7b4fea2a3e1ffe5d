"""The use cases of NGSI v2 over the data plane: what a document asks for becomes one plan, kept in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from kaiteki.broker.batch import Act, BatchResult, Planned, apply_plan
from kaiteki.broker.plane import Call, Plane, first_time
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches_scopes
from kaiteki.model.ngsi_v2.applying import appended, created, of_type, replaced, updated, without
from kaiteki.model.ngsi_v2.reading import EntitySaid
from kaiteki.model.problem import Problem
from kaiteki.model.query import ScopeSelection
from kaiteki.ports.entities import Decision

Action: TypeAlias = Literal["create", "append", "appendStrict", "update", "replace", "delete"]
ACTIONS: Final[dict[str, Action]] = {
    "append": "append",
    "appendStrict": "appendStrict",
    "update": "update",
    "delete": "delete",
    "replace": "replace",
    "APPEND": "append",
    "APPEND_STRICT": "appendStrict",
    "UPDATE": "update",
    "DELETE": "delete",
    "REPLACE": "replace",
}
"""The action types of a batch, with the older spelling."""

Step: TypeAlias = Callable[[Entity, Instant], Entity | None]
"""What becomes of an entity that stands."""


class Place:
    """Where entities are made and where they are looked for (service path). `scopes` are those of new ones, `within` None is anywhere."""

    def __init__(self, scopes: tuple[str, ...] = (), within: ScopeSelection | None = None) -> None:
        self.scopes: Final = scopes
        self._within: Final = within

    def holds(self, entity: Entity) -> bool:
        """Whether an entity lies here."""
        return self._within is None or matches_scopes(entity.scopes, self._within)


def not_there() -> Problem:
    """The refusal for an entity that is not there."""
    return Problem(
        "ResourceNotFound", "The requested entity has not been found. Check type and id", "entityId"
    )


def plan_document(
    plane: Plane, place: Place, action: Action, said: EntitySaid, fresh: bool = False
) -> Planned:
    """What a document does to the entity that it names. `fresh` forgets metadata that it does not say."""
    now = plane.clock.now()
    act: dict[Action, Act] = {
        "create": lambda before: _new(said, place, before, now),
        "append": lambda before: _append(said, place, before, (now, False, fresh)),
        "appendStrict": lambda before: _append(said, place, before, (now, True, fresh)),
        "update": lambda before: updated(_standing(said, place, before), said.attributes, now, fresh),
        "replace": lambda before: replaced(_standing(said, place, before), said.attributes, now),
        "delete": lambda before: _delete(said, _standing(said, place, before), now),
    }
    return Planned(said.id, act[action])


def plan_step(plane: Plane, place: Place, entity_id: str, type_iri: str | None, step: Step) -> Planned:
    """A step of an entity that stands and is of a type (None: any)."""
    now = plane.clock.now()

    def act(before: Entity | None) -> Entity | None:
        if before is None or not place.holds(before) or (type_iri and type_iri not in before.types):
            raise not_there()
        return step(before, now)

    return Planned(entity_id, act)


async def carry_out(plane: Plane, call: Call, planned: Sequence[Planned]) -> BatchResult:
    """Carry out a plan in one transaction; what one document asks for does not hinder the others."""
    return await _change(plane, call, planned, False)


async def carry_out_one(plane: Plane, call: Call, planned: Planned) -> bool:
    """Carry out one step, or raise its refusal and keep nothing; whether an entity was created."""
    return bool((await _change(plane, call, (planned,), True)).created)


async def _change(plane: Plane, call: Call, planned: Sequence[Planned], alone: bool) -> BatchResult:
    guarded = [_guarded(call, one) for one in planned]

    def decide(found: Mapping[str, Entity]) -> Decision[BatchResult]:
        changes, result = apply_plan(guarded, found, call.may)
        if alone and result.errors:
            raise result.errors[0][1]
        return Decision(changes, result)

    ids = tuple(dict.fromkeys(one.entity_id for one in planned))
    answer = await plane.entities.change(call.area, ids, decide, call.by, call.once)
    if isinstance(answer, BatchResult):
        return answer
    first_time(answer)
    return BatchResult()


def _guarded(call: Call, planned: Planned) -> Planned:
    """The step behind the question whether the person may touch the entity at all, so that no refusal tells what it holds."""
    may, act = call.may, planned.act
    if may is None or act is None:
        return planned

    def guarded(before: Entity | None) -> Entity | None:
        if before is not None:
            may(before, before)
        return act(before)

    return planned._replace(act=guarded)


def _new(said: EntitySaid, place: Place, before: Entity | None, now: Instant) -> Entity:
    if before is not None:
        raise Problem("AlreadyExists", "Already Exists", "id")
    return created(said, place.scopes, now)


def _append(said: EntitySaid, place: Place, before: Entity | None, how: tuple[Instant, bool, bool]) -> Entity:
    now, strict, fresh = how
    if before is None:
        return created(said, place.scopes, now)
    if not place.holds(before):
        raise Problem("OperationNotSupported", "the id is taken in another service path", "id")
    return appended(of_type(before, said.type), said.attributes, now, strict, fresh)


def _standing(said: EntitySaid, place: Place, before: Entity | None) -> Entity:
    if before is None or not place.holds(before) or (said.type is not None and said.type not in before.types):
        raise not_there()
    return before


def _delete(said: EntitySaid, before: Entity, now: Instant) -> Entity | None:
    return without(before, said.attributes, now) if said.attributes else None
