"""Queries over sealed attributes: equality by the blind mark, where the manifest has one; ciphertext satisfies no other comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from kaiteki.broker import ciphering
from kaiteki.broker.keyring import NODE, DataKey, Keys
from kaiteki.model.problem import Problem
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Filter,
    Missing,
    OneOf,
    Path,
    Query,
    Range,
    Scalar,
    TypeIs,
    UriValue,
)
from kaiteki.model.sealed import SEALED, UNSOUGHT, SealedType, Sought, bound_to, folded, marked

_WHY: Final = "is kept sealed: it can be compared with == where its type says so, and with nothing else"


def compared(wanted: Query) -> Iterator[tuple[str, bool]]:
    """The attributes that a query compares, and whether by nothing but equality of the whole value. What stands behind a link is not among them."""
    for comparison in _comparisons(wanted.q):
        path = comparison.path
        whole = comparison.operator == "==" and len(path.names) == 1 and not path.trail
        if path.linked is None:
            yield path.names[0], whole
    for key in wanted.order:
        yield key.path.names[0], False
    if wanted.geo is not None:
        yield wanted.geo.geoproperty, False
    for name in sorted(wanted.test.names) if wanted.test is not None else ():
        yield name, False


def cannot(name: str) -> Problem:
    """The refusal of what cannot be asked of a sealed attribute."""
    return Problem("BadRequestData", f"{name.rpartition('/')[2]} {_WHY}", "q")


def check_compared(types: Mapping[str, SealedType], wanted: Query) -> None:
    """Refuse (BadRequestData) what cannot be asked of the one sealed type that a query names."""
    sealed = types.get(wanted.types.type) if isinstance(wanted.types, TypeIs) else None
    if sealed is None:
        return
    for name, whole in compared(wanted):
        if name in sealed.names and not (whole and name in sealed.sought):
            raise cannot(name)


async def by_marks(types: Mapping[str, SealedType], keys: Keys, area: str, wanted: Query) -> Query:
    """The query as ciphertext answers it: what is sought as marks beside it, and of sealed values nothing else but that they are there."""
    if wanted.q is None:
        return wanted
    names = frozenset(name for one in types.values() for name in one.names)
    asked = {_last(one.path) for one in _comparisons(wanted.q)}
    if not asked & names:
        return wanted
    sought: dict[str, Sought] = {name: how for one in types.values() for name, how in one.sought.items()}
    node = None
    if asked & sought.keys():
        keys.age()
        await keys.hold((NODE,))
        node = keys.of(NODE)
    return msgspec.structs.replace(wanted, q=_Marking(names, sought, area, node).of(wanted.q))


class _Marking:
    """Writes a filter so that what is sealed matches as its plain value would, or not at all."""

    def __init__(
        self, names: frozenset[str], sought: Mapping[str, Sought], area: str, node: DataKey | None
    ) -> None:
        self._names = names
        self._sought = sought
        self._area = area
        self._node = node

    def of(self, q: Filter) -> Filter:
        """The filter."""
        if isinstance(q, AllOf):
            return AllOf(tuple(self.of(part) for part in q.parts))
        if isinstance(q, AnyOf):
            return AnyOf(tuple(self.of(part) for part in q.parts))
        if not isinstance(q, Comparison) or _last(q.path) not in self._names:
            return q
        values = _texts(q)
        # (no value that is compared by equality is a mark, so that the index answers alone)
        plain = q if values and not any(one.startswith(UNSOUGHT) for one in values) else _unsealed(q)
        how = self._sought.get(q.path.names[0])
        if how is None or self._node is None or q.operator != "==" or q.path.linked is not None:
            return plain
        secret, bound = self._node.secret, bound_to(self._area, "", q.path.names[0])
        marks = tuple(marked(ciphering.blind_mark(secret, bound, folded(one, how))) for one in values)
        # what is plain still, or of another type with an attribute of this name, is found beside
        if plain is q:
            return msgspec.structs.replace(q, operand=OneOf((*_operands(q), *marks)))
        return AnyOf((plain, msgspec.structs.replace(q, operand=OneOf(marks)))) if marks else plain


def _operands(q: Comparison) -> tuple[Scalar | Range, ...]:
    return q.operand.values if isinstance(q.operand, OneOf) else (q.operand,)


def _texts(q: Comparison) -> list[str]:
    """The texts that a comparison by equality may mean."""
    if q.operator != "==":
        return []
    texts: list[str] = []
    for one in _operands(q):
        if isinstance(one, DateTimeValue):
            texts.append(one.text)
        elif isinstance(one, UriValue):
            texts += [one.uri, one.expanded]
        elif isinstance(one, str | int | float) and not isinstance(one, bool):
            texts.append(str(one))
    return texts


def _unsealed(q: Comparison) -> Filter:
    """A comparison that only plain values satisfy."""
    return AllOf((q, Missing(_sealed(q.path))))


def _sealed(path: Path) -> Path:
    """Where the ciphertext stands of what a path leads to."""
    if path.linked is not None:
        return msgspec.structs.replace(path, linked=_sealed(path.linked))
    return Path((path.names[0], SEALED))


def _last(path: Path) -> str:
    """The attribute whose value is compared."""
    return path.names[0] if path.linked is None else _last(path.linked)


def _comparisons(q: Filter | None) -> Iterator[Comparison]:
    if isinstance(q, AllOf | AnyOf):
        for part in q.parts:
            yield from _comparisons(part)
    elif isinstance(q, Comparison):
        yield q
