"""Who has a part in a write: each source in what it is registered for and in nothing else, each endpoint once (ETSI GS CIM 009 V1.9.1 clauses 4.3.6.1 to 4.3.6.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import msgspec

from kaiteki.broker.inquiring import Inquirer, base_of
from kaiteki.model.entity import Instance, Json
from kaiteki.model.problem import Problem
from kaiteki.model.query import TypeSelection
from kaiteki.model.representation.patch import AttributePatch
from kaiteki.model.sources.forwarding import narrowed_types
from kaiteki.model.sources.matching import covers, may_be_of, may_have
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.registration import Information, Pairs, Registration
from kaiteki.ports.sources import KeptSource

ENTITIES: Final = "entities"
PAST: Final = "temporal/entities"


class Write(msgspec.Struct, frozen=True):
    """A write as it was asked: the operation of clause 4.20, the entity, its types as far as they are told, its attributes.

    `names` (expanded) is None where the whole entity is meant; `attribute` is the one that the address names, `instance` the kept
    state of it. `root` is where entities are: those that stand, or those of the past.
    """

    operation: str
    method: str
    entity_id: str
    resource: str = ""
    document: Json = None
    types: tuple[str, ...] = ()
    names: frozenset[str] | None = None
    attribute: str = ""
    parameters: Mapping[str, str] = {}
    instance: str = ""
    root: str = ENTITIES
    patches: Mapping[str, tuple[AttributePatch, ...]] = {}
    """What NGSI-LD writes of attributes, by expanded name."""
    values: Mapping[str, Instance] = {}
    """What NGSI v2 writes of attributes, by expanded name."""
    standing: frozenset[str] | None = None
    """The attributes that stand here; None where the entity does not."""
    chosen: TypeSelection | None = None
    """The types that the entity must have, as who writes has told."""

    @property
    def is_past(self) -> bool:
        """Whether the past is written, which sources of the past take as well."""
        return self.root == PAST


class Share(NamedTuple):
    """The share of a source in a write: the names that are its (`whole`: all there are), and why it is not asked.

    `types` (expanded) are those that it is registered for, as far as they are meant; none: entities of any type.
    """

    kept: KeptSource
    names: frozenset[str] | None
    whole: bool
    problem: Problem | None
    types: tuple[str, ...] = ()

    @property
    def is_alone(self) -> bool:
        """Whether what is its is not written here."""
        return self.kept.registration.is_proxied or self.kept.registration.v2 is not None

    def selection(self, write: Write) -> TypeSelection | None:
        """The types that the entity must have at the source for its share to be done; None: any."""
        return narrowed_types(write.chosen, self.types)


def shares_of(inquirer: Inquirer, passage: Passage, write: Write, instead: str = "") -> Iterator[Share]:
    """Who has a part in a write (clauses 4.3.6.2, 4.3.6.3), one share for each description of what a source knows.

    A proxied source that cannot be asked is a conflict; others are passed over. `instead` is another operation that does as well.
    """
    now = inquirer.registry.plane.clock.now()
    for kept in inquirer.registry.about(passage.area, write.types or None):
        one = kept.registration
        if one.mode == "auxiliary" or (one.is_temporal and not write.is_past) or one.is_over(now):
            continue
        problem = _hindrance(one, passage, {write.operation, instead})
        if problem is not None and not one.is_proxied:
            continue
        found: list[Share] = []
        for part, types in _parts(one, write):
            whole, names = not part.attributes, write.names
            if names is not None and not whole:
                names &= frozenset(part.attributes)
            if names is None or names or whole:
                found.append(Share(kept, names, whole, problem, types))
        yield from found if problem is None else [_union(found)] if found else ()


def _hindrance(one: Registration, passage: Passage, operations: set[str]) -> Problem | None:
    """Why a source is not asked to write, given what it may be asked for instead of each other."""
    if one.alias and one.alias in passage.via:
        return Problem("LoopDetected", f"the request has been at the source {one.id} before")
    if passage.is_loop:
        return Problem("BadGateway", f"the request has come too far to go on to the source {one.id}")
    if one.meant.isdisjoint(operations):
        told = " or ".join(sorted(filter(None, operations)))
        return Problem("Conflict", f"the source {one.id} that holds this does not take {told}")
    return None


def _parts(one: Registration, write: Write) -> Iterator[tuple[Information, tuple[str, ...]]]:
    """What a source knows of the entity of a write, with the types that it is registered for; none: of any."""
    for part in one.information:
        if not part.entities:
            yield part, ()
            continue
        types: dict[str, None] = {}
        about = any_type = False
        for entity in part.entities:
            if not covers(entity, write.entity_id, write.types):
                continue
            if write.chosen is not None and not may_be_of(entity, write.chosen):
                continue
            # an expression over types (NGSI v2) cannot be told on, so that it is to be met by types that are known
            if entity.type_pattern and not write.types and write.chosen is None:
                continue
            about, any_type = True, any_type or not entity.types
            meant = (name for name in entity.types if write.chosen is None or may_have((name,), write.chosen))
            types |= dict.fromkeys(meant)
        if about:
            yield part, () if any_type else tuple(types)


def all_shares(inquirer: Inquirer, passage: Passage, write: Write) -> list[Share]:
    """Who has a part in a write, providers of NGSI v2 among them (decision 24).

    A provider takes what does not stand here and nobody else holds, the first by id; and whole entities that do not stand here.
    """
    shares = list(shares_of(inquirer, passage, write))
    if write.names is None or (write.operation == "replaceEntity" and write.standing is not None):
        return shares
    left = write.names - (write.standing or frozenset())
    left -= frozenset(name for share in shares if share.is_alone for name in share.names or ())
    for kept in inquirer.sources(passage, write.operation, write.types or None):
        if kept.registration.v2 is None:
            continue
        for part, types in _parts(kept.registration, write):
            names = left & frozenset(part.attributes) if part.attributes else left
            if names:
                shares.append(Share(kept, names, False, None, types))
                left -= names
    return shares


_Place: TypeAlias = tuple[str, str, Pairs, bool, str | None]
"""Where a request goes, and what it is sent with: endpoint, tenant, headers, `localOnly`, service path (None: NGSI-LD)."""


def _place(one: Registration) -> _Place:
    local_only = one.management is not None and bool(one.management.local_only)
    path = one.v2.path if one.v2 is not None else None
    return base_of(one.endpoint), one.tenant, one.source_info, local_only, path


def joined(write: Write, shares: Sequence[Share]) -> list[Share]:
    """Shares as they are asked for: what goes to one place goes there in one request, so that nothing is done twice.

    Where the types of the entity are not known, each request holds what is registered for its types alone.
    """
    places: dict[_Place, list[Share]] = {}
    for share in shares:
        if share.problem is None:
            places.setdefault(_place(share.kept.registration), []).append(share)
    found: list[Share] = []
    for together in places.values():
        if write.types or write.names is None:
            found.append(_union(together))
        else:
            found += _by_types(together)
    return found


def _union(shares: Sequence[Share]) -> Share:
    """One share with the names and types of several."""
    types = dict.fromkeys(name for share in shares for name in share.types)
    first = shares[0]
    names = [share.names for share in shares if share.names is not None]
    return Share(
        first.kept,
        frozenset[str]().union(*names) if names else None,
        any(share.whole for share in shares),
        first.problem,
        tuple(types) if all(share.types for share in shares) else (),
    )


def _by_types(shares: Sequence[Share]) -> Iterator[Share]:
    """Shares of one place, of entities of any type first, then of the types that are registered for the same names."""
    of_any = [share for share in shares if not share.types]
    told = frozenset[str]()
    if of_any:
        whole = _union(of_any)
        told = whole.names or told
        yield whole
    by_type: dict[str, list[Share]] = {}
    for share in shares:
        for name in share.types:
            by_type.setdefault(name, []).append(share)
    alike: dict[frozenset[str], list[Share]] = {}
    for name, of_type in by_type.items():
        one = _union(of_type)
        names = (one.names or frozenset()) - told
        if names:
            alike.setdefault(names, []).append(one._replace(names=names, types=(name,)))
    for some in alike.values():
        yield _union(some)
