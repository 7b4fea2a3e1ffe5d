"""Queries over sealed attributes: equality by the blind mark, where the manifest has one; nothing else can be asked of ciphertext."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import NODE, Keys
from kaiteki.model.problem import Problem
from kaiteki.model.query import AllOf, AnyOf, Comparison, Filter, OneOf, Query, Scalar, TypeIs
from kaiteki.model.sealed import SealedType, Sought, bound_to, folded, marked

_WHY: Final = "is kept sealed: it can be compared with == where its type says so, and with nothing else"


async def by_marks(types: Mapping[str, SealedType], keys: Keys, area: str, wanted: Query) -> Query:
    """The query with what is sought of sealed attributes as marks beside it. Raises BadRequestData for what cannot be asked of a sealed type."""
    q = wanted.q
    sealed = types.get(wanted.types.type) if isinstance(wanted.types, TypeIs) else None
    if sealed is not None:
        blocked = sealed.names - sealed.sought.keys()
        for key in wanted.order:
            if key.path.names[0] in sealed.names:
                raise _cannot(key.path.names[0])
        if q is not None:
            _check(q, sealed.names, frozenset(blocked))
    if q is None:
        return wanted
    sought: dict[str, Sought] = {name: how for one in types.values() for name, how in one.sought.items()}
    if not _names(q) & sought.keys():
        return wanted
    keys.age()
    await keys.hold((NODE,))
    node = keys.of(NODE)
    return (
        wanted if node is None else msgspec.structs.replace(wanted, q=_marked(q, sought, (area, node.secret)))
    )


def _names(q: Filter) -> frozenset[str]:
    if isinstance(q, AllOf | AnyOf):
        return frozenset(name for part in q.parts for name in _names(part))
    return frozenset((q.path.names[0],)) if q.path.linked is None else frozenset()


def _check(q: Filter, names: frozenset[str], blocked: frozenset[str]) -> None:
    if isinstance(q, AllOf | AnyOf):
        for part in q.parts:
            _check(part, names, blocked)
    elif isinstance(q, Comparison) and q.path.names[0] in names:
        name = q.path.names[0]
        if q.operator != "==" or name in blocked or len(q.path.names) > 1 or q.path.trail:
            raise _cannot(name)


def _cannot(name: str) -> Problem:
    return Problem("BadRequestData", f"{name.rpartition('/')[2]} {_WHY}", "q")


def _marked(q: Filter, sought: dict[str, Sought], how: tuple[str, bytes]) -> Filter:
    if isinstance(q, AllOf):
        return AllOf(tuple(_marked(part, sought, how) for part in q.parts))
    if isinstance(q, AnyOf):
        return AnyOf(tuple(_marked(part, sought, how) for part in q.parts))
    name = q.path.names[0]
    if not isinstance(q, Comparison) or q.operator != "==" or name not in sought or q.path.linked is not None:
        return q
    area, secret = how
    values = q.operand.values if isinstance(q.operand, OneOf) else (q.operand,)
    marks: list[Scalar] = [
        marked(ciphering.blind_mark(secret, bound_to(area, "", name), folded(str(value), sought[name])))
        for value in values
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    ]
    # what is plain still, or of another type with an attribute of this name, is found beside
    return msgspec.structs.replace(q, operand=OneOf((*values, *marks)))
