"""What every use case of the data plane stands on, and in whose name it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from kaiteki.model.entity import Entity
from kaiteki.model.problem import Problem
from kaiteki.model.query import TypeSelection
from kaiteki.model.terms.compiling import core_context
from kaiteki.model.terms.context import Context
from kaiteki.ports.clock import Clock
from kaiteki.ports.contexts import Contexts
from kaiteki.ports.entities import By, Change, Entities, Repeated
from kaiteki.ports.events import Events
from kaiteki.ports.glances import Glances
from kaiteki.ports.history import History, Life
from kaiteki.ports.outgoing import Outgoing
from kaiteki.ports.sources import Sources
from kaiteki.ports.subscriptions import Subscriptions


class Plane(msgspec.Struct, frozen=True):
    """The data plane of a node: its stores, its clock, its way out. Made once by main and handed to every use case."""

    entities: Entities
    history: History
    events: Events
    contexts: Contexts
    clock: Clock
    outgoing: Outgoing
    glances: Glances
    subscriptions: Subscriptions
    sources: Sources


class May(Protocol):
    """Decides for one person in one area over each change, and what the person may know of. It runs with the change.

    Law: who may not see an entity gets the answers of a plane in which it is not. Only an id that stays free there and is
    taken here cannot be given; then the refusal is that for an entity which the person may not write.
    """

    def __call__(self, before: Entity | None, after: Entity | None) -> None:
        """Whether a change may be made. Raises Unauthorized, Forbidden or ResourceNotFound."""
        ...

    def sees(self, entity: Entity) -> bool:
        """Whether the person may know that an entity is there."""
        ...

    def sees_past(self, types: Sequence[str], standing: Entity | None) -> bool:
        """Whether the person may know that an entity of these types has a past; `standing` is what is there now."""
        ...

    def refusal(self, entity_id: str) -> Problem:
        """What is said to whoever would create what is hidden from them."""
        ...


class Call(msgspec.Struct, frozen=True):
    """In which area an operation runs, what names mean in it, who asks, and which types its target must have (clause 4.17)."""

    area: str
    by: By = By()
    context: Context = msgspec.field(default_factory=core_context)
    types: TypeSelection | None = None
    once: str | None = None
    """An idempotency key; a repeated one raises AlreadyDone."""
    may: May | None = None

    def allow(self, change: Change) -> Change:
        """The change, if it may be made."""
        if self.may is not None:
            self.may(change.before, change.after)
        return change

    def seen(self, entity: Entity | None) -> Entity | None:
        """An entity, None where there is none that whoever asks may know of."""
        return None if entity is None or (self.may is not None and not self.may.sees(entity)) else entity


class AlreadyDone(Exception):
    """The idempotency key of the call was used before; `receipt` is what was kept with the first answer."""

    def __init__(self, receipt: bytes) -> None:
        super().__init__("the idempotency key was used before")
        self.receipt = receipt


def first_time(answer: object) -> None:
    """Raise AlreadyDone when a change answered that its idempotency key was used before."""
    if isinstance(answer, Repeated):
        raise AlreadyDone(answer.receipt)


async def seen_life(plane: Plane, call: Call, entity_id: str) -> Life | None:
    """What is known of the life of an entity, None where nothing was kept of it that whoever asks may know of."""
    life = await plane.history.life(call.area, entity_id)
    if life is None or call.may is None:
        return life
    row = (await plane.entities.load(call.area, [entity_id])).get(entity_id)
    return life if call.may.sees_past(life.types, row.entity() if row is not None else None) else None


def not_found(entity_id: str) -> Problem:
    """The refusal for an entity that is not there."""
    return Problem("ResourceNotFound", f"there is no entity {entity_id}", "id")
