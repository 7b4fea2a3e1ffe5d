"""What every use case of the data plane stands on, and in whose name it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

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
from kaiteki.ports.history import History
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


May: TypeAlias = Callable[[Entity | None, Entity | None], None]
"""Decides whether a change (before, after) may be made; raises Forbidden or ResourceNotFound. It runs with the change."""


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


class AlreadyDone(Exception):
    """The idempotency key of the call was used before; `receipt` is what was kept with the first answer."""

    def __init__(self, receipt: bytes) -> None:
        super().__init__("the idempotency key was used before")
        self.receipt = receipt


def first_time(answer: object) -> None:
    """Raise AlreadyDone when a change answered that its idempotency key was used before."""
    if isinstance(answer, Repeated):
        raise AlreadyDone(answer.receipt)


def not_found(entity_id: str) -> Problem:
    """The refusal for an entity that is not there."""
    return Problem("ResourceNotFound", f"there is no entity {entity_id}", "id")
