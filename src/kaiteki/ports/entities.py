"""What the core asks of a store of entities: one write path and reads that answer with stored bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query

T = TypeVar("T")
Stamp: TypeAlias = tuple[int, int]
"""Number of the event of an entity's creation, and its version: no other state of any entity, gone or not, has the same."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """The state of one entity before and after a decision: created (no before), deleted (no after) or modified.

    `after.version` is `before.version + 1` (1 for a new one). `purge_history` erases a deleted one: nothing that it held is kept, no
    history, and earlier events and audit lines say neither its id (ports.events.ERASED) nor its attributes. The same holds
    when all of the past of one without a present is forgotten.
    """

    before: Entity | None
    after: Entity | None
    purge_history: bool = False


class Told(msgspec.Struct, frozen=True):
    """States of attributes told of the past of an entity, beside what it is now: (attribute, instance), expanded.

    `types` are those of an entity of which nothing is kept yet; it then has a past and no present.
    """

    entity_id: str
    types: tuple[str, ...]
    states: tuple[tuple[str, Instance], ...]
    scopes: tuple[str, ...] = ()


class Revised(msgspec.Struct, frozen=True):
    """One kept state, by its address (model.evolution), becomes another one, or none; None stands for a deletion.

    `revise` is pure. ResourceNotFound where there is no such state.
    """

    entity_id: str
    attribute: str
    instance_id: str
    revise: Callable[[Instance | None], Instance | None]
    removes: bool = False


class Forgotten(msgspec.Struct, frozen=True):
    """The past of an attribute (None: of all, and of the scopes) is forgotten; what is present stays.

    `dataset_ids` are the instances meant (`@none`: the default one), all of them where it is empty. ResourceNotFound
    where nothing is kept of it. An entity without a present is gone altogether when all of its past is forgotten.
    """

    entity_id: str
    attribute: str | None = None
    dataset_ids: tuple[str, ...] = ()


Correction: TypeAlias = Told | Revised | Forgotten


class Decision(msgspec.Struct, Generic[T], frozen=True):
    """What a pure decision wants kept, what it answers its caller, and the bytes answered when its key comes again.

    A decision either changes entities or corrects the past of one; a correction leaves an event and an audit line too.
    """

    changes: Sequence[Change]
    answer: T
    receipt: bytes = b""
    correction: Correction | None = None
    hides: bool = False
    """What stood before must be nowhere in the files afterwards, as after an erasure: stores that empty their slack do it soon."""


class By(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who asked for a change, for the audit line: account id or `anonymous`, office, the operation and its purpose.

    `helper` is the account id of who acts for them.
    """

    actor: str = "anonymous"
    action: str = ""
    office: str = ""
    purpose: str = ""
    helper: str = ""


class Repeated(msgspec.Struct, frozen=True):
    """The answer to an idempotency key that was already used: the receipt that was kept with the first decision."""

    receipt: bytes


class Row(Protocol):
    """A found entity; it is decoded only when `entity()` is called, so a cached rendering costs nothing."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def stamp(self) -> Stamp: ...

    def entity(self) -> Entity: ...

    def holds(self, mark: bytes) -> bool:
        """Whether its stored bytes hold a mark; looked up without decoding."""
        ...


class Found(msgspec.Struct, frozen=True):
    """One page of a query: the rows, whether more follow, and the total when it was asked for."""

    rows: Sequence[Row]
    more: bool = False
    total: int | None = None


class TypeSummary(msgspec.Struct, frozen=True):
    """How many entities of exactly these types an area has, and by attribute which kinds of attribute how many of them have."""

    types: tuple[str, ...]
    count: int
    attributes: Mapping[str, Mapping[str, int]]


class Line(msgspec.Struct, frozen=True):
    """One audit line: a kept decision, who asked for it and which entities and attributes it touched."""

    number: int
    at: Instant
    by: By
    entities: tuple[str, ...]
    attributes: tuple[str, ...] = ()


class Entities(Protocol):
    """The entities of all areas. Areas share nothing; an area exists from its first write on."""

    async def change(
        self,
        area: str,
        ids: Sequence[str],
        decide: Callable[[Mapping[str, Entity]], Decision[T]],
        by: By,
        once: str | None = None,
    ) -> T | Repeated:
        """Load `ids`, call the pure `decide` with those that exist, and keep its changes durably before answering.

        State, history, one event per change and one audit line are kept in one transaction. No other write comes
        between the load and the keeping; changes may only touch entities in `ids` or create ones that do not exist.
        Decisions that arrive together share one durable commit. Whatever `decide` raises reaches the caller and keeps
        nothing. `once` is an idempotency key per area: a key already used answers `Repeated` without deciding.
        """
        ...

    async def load(self, area: str, ids: Sequence[str]) -> Mapping[str, Row]:
        """Those of the ids that exist, by id."""
        ...

    async def find(self, area: str, wanted: Query) -> Found:
        """One page of the entities that match."""
        ...

    async def explain(self, area: str, wanted: Query) -> Sequence[str]:
        """The steps by which `find` would answer, one line each; a full scan says `SCAN`."""
        ...

    async def summarise(self, area: str) -> Sequence[TypeSummary]:
        """The combinations of types that entities of an area have, in order of their names, with counts and attributes."""
        ...

    async def areas(self) -> Sequence[str]:
        """The areas that hold anything, by name."""
        ...

    async def audit(self, area: str, after: int = 0, limit: int = 100) -> Sequence[Line]:
        """Audit lines behind a number, oldest first."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the files."""
        ...


AnyDecision = Decision[Any]
