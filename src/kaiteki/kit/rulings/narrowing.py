"""Rulings compared with queries: what a person may ask, so that no answer tells of what is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kaiteki.broker.sought import cannot, compared
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.shapes import SHAPES_MAX, Fences, shape_of
from kaiteki.kit.rulings.sieving import Sieve, follows_links, names_of
from kaiteki.model.query import Fence, Query
from kaiteki.model.visibility import Seer, narrow


def narrowed(rulings: Rulings, area: str, seer: Seer, wanted: Query) -> Query | None:
    """The query as far as somebody may ask it; None when nothing that matches could be seen.

    What the store finds by it is never more than may be seen: a filter over an attribute that is hidden in a type leaves out every
    entity that has this type among its own. Where that may be too little, the query has a sieve (broker.sifting).
    Raises BadRequestData for a comparison of what a type that the query names keeps sealed, where the person may see it.
    """
    person = seer.person
    _check_sealed(rulings, area, seer, wanted)
    if rulings.is_free(person, area):
        return wanted
    shape = None if seer.owned or person.offices else shape_of(wanted)
    if shape is None:
        return _worked_out(rulings, area, seer, wanted)
    fences = rulings.fences(person, area)
    known = fences.get(shape)
    if known is not None:
        return msgspec.structs.replace(wanted, fence=known.fence, link_fence=known.link_fence)
    answer = _worked_out(rulings, area, seer, wanted)
    # where a query was cut or sifted, what it compares may matter
    if answer is not None and answer == msgspec.structs.replace(
        wanted, fence=answer.fence, link_fence=answer.link_fence
    ):
        if len(fences) >= SHAPES_MAX:
            fences.clear()
        fences[shape] = Fences(answer.fence, answer.link_fence)
    return answer


def _worked_out(rulings: Rulings, area: str, seer: Seer, wanted: Query) -> Query | None:
    """The answer of `narrowed`, out of the ruling over each type."""
    person, of = seer.person, rulings.of
    named = names_of(wanted.types) if wanted.types is not None else frozenset[str]()
    sieve = Sieve(rulings, area, seer, wanted)
    # a type that nobody declared stands for all such types where the query names none
    names = {*rulings.types, *named, ""}
    answers = {name: narrow(rulings.sight(name), of(person, area, name), seer, wanted) for name in names}
    best = _widest([answers[name] for name in (named or answers)], wanted)
    if best is None:
        return sieve.alone() if sieve.may_find(named or names) else None
    link_fence = None
    if follows_links(wanted):
        link_fence = _fence({name: of(person, area, name).plain.is_whole for name in ("", *rulings.types)})
    fence = _fence({name: answer in (best, wanted) for name, answer in answers.items()})
    return msgspec.structs.replace(
        best, fence=fence, link_fence=link_fence, sieve=None if sieve.is_idle(best, answers) else sieve
    )


def _check_sealed(rulings: Rulings, area: str, seer: Seer, wanted: Query) -> None:
    """Refuse to compare ciphertext. What is hidden is no business of this: it is as if it did not exist."""
    if wanted.q is None and not wanted.order and wanted.geo is None and wanted.test is None:
        return
    selections = (wanted.types, *(one.types for one in wanted.selectors))
    named = {name for one in selections if one is not None for name in names_of(one)}
    for sight in [one for one in map(rulings.sight, sorted(named)) if one.sealed]:
        sieve = Sieve(rulings, area, seer, wanted)
        for name, whole in compared(wanted):
            is_sought = whole and name in sight.sought
            if name in sight.sealed and not is_sought and sieve.may_show(sight.type, name):
                raise cannot(name)


def _widest(answers: Sequence[Query | None], wanted: Query) -> Query | None:
    """The query as it was asked where one type lets it, else the form in which most types let it."""
    possible = [answer for answer in answers if answer is not None]
    if not possible or wanted in possible:
        return wanted if possible else None
    return max(possible, key=possible.count)


def _fence(open_types: Mapping[str, bool]) -> Fence:
    """Entities all of whose types are open; the empty name stands for the types that are not listed."""
    if open_types[""]:
        return Fence(without=frozenset(name for name, is_open in open_types.items() if not is_open))
    return Fence(within=frozenset(name for name, is_open in open_types.items() if is_open))
