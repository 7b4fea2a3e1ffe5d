"""A question is narrowed alike however often it was asked before, and with whatever values."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kaiteki.kit.rulings.narrowing import narrowed
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.rulings.schema import Catalogue
from kaiteki.model.access import NOBODY, STAFF
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    Exists,
    Filter,
    GeoFilter,
    Missing,
    Order,
    Path,
    Query,
    TypeAny,
    TypeIs,
)
from kaiteki.model.visibility import Seer, Sight

NAMES = ("urn:name", "urn:phone", "urn:place")
SIGHTS = tuple(
    Sight(f"urn:{type_name}", frozenset(shown), (STAFF,), name=type_name, service="streets", known=known)
    for known in ({name[4:]: name for name in NAMES},)
    for type_name, shown in (
        ("Lamp", NAMES),
        ("Bench", NAMES[:1]),
        ("Tree", NAMES[1:]),
        ("Vault", ()),
    )
)
PATHS = st.sampled_from(NAMES).map(lambda name: Path((name,)))
LEAVES = st.one_of(
    st.builds(Comparison, PATHS, st.sampled_from(("==", ">")), st.sampled_from((1.0, 2.0, "a"))),
    st.builds(Exists, PATHS),
    st.builds(Missing, PATHS),
)
FILTERS: st.SearchStrategy[Filter] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        *(st.builds(join, st.lists(inner, min_size=2, max_size=2).map(tuple)) for join in (AllOf, AnyOf))
    ),
    max_leaves=3,
)
ONE_TYPE = st.sampled_from(SIGHTS).map(lambda sight: TypeIs(sight.type))
TYPES = st.one_of(ONE_TYPE, st.lists(ONE_TYPE, min_size=2, max_size=2).map(lambda two: TypeAny(tuple(two))))
PLACES = st.builds(
    lambda name, distance_m: GeoFilter("near", {"type": "Point", "coordinates": [0, 0]}, name, distance_m),
    st.sampled_from(NAMES),
    st.sampled_from((1.0, 2.0)),
)
QUERIES = st.builds(
    Query,
    types=st.none() | TYPES,
    attrs=st.sampled_from(((), NAMES[:1], NAMES[1:])),
    q=st.none() | FILTERS,
    geo=st.none() | PLACES,
    order=st.sampled_from(((), (Order(Path(NAMES[1:2])),))),
    text=st.sampled_from((None, "a", "b")),
    limit=st.sampled_from((1, 20)),
)


def plain(answer: Query | None) -> object:
    """An answer that can be compared: whether it has a sieve, and all the rest of it."""
    return answer and (
        {name: getattr(answer, name) for name in answer.__struct_fields__ if name != "sieve"},
        bool(answer.sieve),
    )


def with_other_values(q: Filter | None) -> Filter | None:
    """The same conditions over the same paths, compared with something else."""
    match q:
        case AllOf(parts=parts) | AnyOf(parts=parts):
            return type(q)(tuple(one for part in parts if (one := with_other_values(part)) is not None))
        case Comparison(path=path):
            return Comparison(path, "<", 7.0)
        case _:
            return q


def relatives(one: Query) -> Iterator[Query]:
    """A query with other values, and without each of the things that it asks."""
    yield msgspec.structs.replace(one, q=with_other_values(one.q), limit=7)
    for name, less in (
        ("types", None),
        ("attrs", ()),
        ("q", None),
        ("geo", None),
        ("order", ()),
        ("text", None),
    ):
        yield msgspec.structs.replace(one, **{name: less})


@settings(max_examples=60)
@given(QUERIES)
@example(Query(order=(Order(Path(NAMES[1:2])),)))
@example(Query(geo=GeoFilter("near", {"type": "Point", "coordinates": [0, 0]}, NAMES[2], 1.0)))
def test_what_was_asked_before_changes_no_answer(one: Query) -> None:
    seer, family = Seer(NOBODY), (one, *relatives(one))
    fresh = {
        other: narrowed(Rulings(Catalogue(SIGHTS)), "demo", seer, family[other])
        for other in range(len(family))
    }
    for order in (range(len(family)), reversed(range(len(family)))):
        used = Rulings(Catalogue(SIGHTS))
        for other in order:
            assert plain(narrowed(used, "demo", seer, family[other])) == plain(fresh[other])
