"""Random changes and random queries, for laws that hold of all of them."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from hypothesis import strategies as st

from kaiteki.model.collation import Collation
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import (
    AllOf,
    AnyOf,
    Comparison,
    DateTimeValue,
    Exists,
    Fence,
    Filter,
    GeoFilter,
    OneOf,
    Order,
    Path,
    Query,
    Range,
    ScopeAll,
    ScopeAny,
    ScopeIs,
    Selector,
    TypeAll,
    TypeAny,
    TypeIs,
    UriValue,
)
from kaiteki.ports.entities import Change, Decision
from ports.sample import TYPE

IDS = [f"urn:ngsi-ld:thing:{n}" for n in range(12)]
TYPES = [TYPE + name for name in ("Lamp", "Bench", "Park")]
NAMES = [TYPE + name for name in ("watts", "state", "refPark", "name", "label")]
PLACE = "https://uri.etsi.org/ngsi-ld/location"
MOMENT = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""

numbers = st.sampled_from([-1, 0, 1, 2, 2.5, 40, 10**30])
texts = st.sampled_from(["", "a", "open", "公園", "中央公園", "x" * 250, "2026-01-01T00:00:00Z", "urn:a"])
moments = st.sampled_from([MOMENT, MOMENT + 1, MOMENT + 10**9]).map(Instant)
scalars = numbers | texts | st.booleans()
typed = st.just({"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"})
values = scalars | st.lists(scalars, max_size=3) | typed | st.just({"deep": {"er": 1}})
lons = st.sampled_from([140.10, 140.1001, 140.105, 140.12, 140.3])
lats = st.sampled_from([35.60, 35.6001, 35.605, 35.62, 35.9])
points = st.tuples(lons, lats).map(lambda at: {"type": "Point", "coordinates": list(at)})


def square(at: tuple[float, float]) -> dict[str, Any]:
    """A square of some hundred metres."""
    x, y, s = *at, 0.004
    return {"type": "Polygon", "coordinates": [[[x, y], [x + s, y], [x + s, y + s], [x, y + s], [x, y]]]}


squares = st.tuples(lons, lats).map(square)
terms = st.sampled_from(["urn:a", "urn:b", TYPE + "open"])


@st.composite
def instances(draw: st.DrawFn, name: str) -> tuple[Instance, ...]:
    """The instances of an attribute: one, sometimes two."""

    def one(dataset: str | None) -> Instance:
        at, observed = draw(moments), draw(st.none() | moments)
        if name == PLACE:
            return Instance("GeoProperty", draw(points | squares), dataset, observed, modified_at=at)
        if name.endswith("refPark"):
            return Instance("Relationship", draw(terms | st.lists(terms, min_size=1, max_size=2)), dataset)
        if name.endswith("label"):
            words = st.dictionaries(st.sampled_from(["ja", "en"]), texts | st.lists(texts, max_size=2))
            return Instance("LanguageProperty", draw(words), dataset)
        return Instance("Property", draw(values), dataset, observed, modified_at=at)

    datasets = draw(st.sampled_from([(None,), (None,), (None, "urn:d"), ("urn:d",)]))
    return tuple(one(dataset) for dataset in datasets)


@st.composite
def bodies(draw: st.DrawFn) -> Entity:
    """What an entity may hold; id and version are set when it is kept."""
    names = draw(st.sets(st.sampled_from([*NAMES, PLACE]), max_size=4))
    return Entity(
        id="",
        types=tuple(sorted(draw(st.sets(st.sampled_from(TYPES), min_size=1, max_size=2)))),
        attributes={name: draw(instances(name)) for name in sorted(names)},
        scopes=tuple(draw(st.lists(st.sampled_from(["/a", "/a/b", "/a/b/c", "/a-b", "/d/b"]), max_size=2))),
        created_at=draw(moments),
        modified_at=draw(moments),
        due=draw(st.none() | st.none() | moments),
    )


Step = tuple[str, Entity | None, frozenset[str], bool]
"""Id, what it becomes (None: it goes), the attributes taken over (none: all), whether history goes too."""
steps: st.SearchStrategy[Step] = st.tuples(
    st.sampled_from(IDS),
    st.none() | bodies() | bodies(),
    st.frozensets(st.sampled_from([*NAMES, PLACE]), max_size=2),
    st.booleans(),
)


def with_points(step: Step) -> Step:
    """The step with a point in the place of every area: kinds with areas are never answered near a place at a glance."""
    entity_id, body, taken, purge = step
    if body is None or PLACE not in body.attributes:
        return step
    points_only = tuple(
        msgspec.structs.replace(one, value={"type": "Point", "coordinates": one.value["coordinates"][0][0]})
        if one.value["type"] == "Polygon"
        else one
        for one in body.attributes[PLACE]
    )
    kept = msgspec.structs.replace(body, attributes={**body.attributes, PLACE: points_only})
    return entity_id, kept, taken, purge


def deciding(step: Step) -> Callable[[Mapping[str, Entity]], Decision[str]]:
    """The decision of a step: create, replace, set some attributes, delete."""
    entity_id, body, taken, purge = step

    def decide(loaded: Mapping[str, Entity]) -> Decision[str]:
        before = loaded.get(entity_id)
        if body is None:
            changes = [] if before is None else [Change(before, None, purge)]
            return Decision(changes, "gone")
        if before is None:
            return Decision([Change(None, msgspec.structs.replace(body, id=entity_id, version=1))], "new")
        after = msgspec.structs.replace(body, id=entity_id, version=before.version + 1)
        if taken:
            some = {name: body.attributes[name] for name in taken if name in body.attributes}
            kept = {name: one for name, one in before.attributes.items() if name not in taken}
            after = msgspec.structs.replace(
                before, attributes=kept | some, modified_at=body.modified_at, version=before.version + 1
            )
        return Decision([Change(before, after)], "changed")

    return decide


# Queries -----------------------------------------------------------------------------------------------------------

uris = st.just(UriValue("urn:a", "urn:a")) | st.just(UriValue("open", TYPE + "open"))
dates = st.just(DateTimeValue("2026-01-01T00:00:00Z", "DateTime", Instant(MOMENT))) | st.just(
    DateTimeValue("2026-01-01", "Date")
)
operands = scalars | dates | uris
ranges = st.builds(Range, numbers, numbers) | st.builds(Range, texts, texts) | st.builds(Range, dates, dates)
paths = st.builds(lambda name: Path((name,)), st.sampled_from(NAMES)) | st.sampled_from(
    [
        Path(("createdAt",)),
        Path(("modifiedAt",)),
        Path((NAMES[0], "observedAt")),
        Path((NAMES[0],), ("deep", "er")),
        Path((NAMES[2],), (), Path((NAMES[0],))),
        Path(("scope",)),
    ]
)
equalities = st.builds(
    Comparison,
    paths,
    st.sampled_from(["==", "!="]),
    operands | ranges | st.builds(OneOf, st.lists(operands | ranges, min_size=1, max_size=3).map(tuple)),
)
orderings = st.builds(Comparison, paths, st.sampled_from([">", ">=", "<", "<="]), operands)
patterns = st.builds(Comparison, paths, st.sampled_from(["~=", "!~="]), st.just("^o"))
conditions = equalities | orderings | orderings | patterns | st.builds(Exists, paths)


def _deeper(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(AllOf, parts) | st.builds(AnyOf, parts)


filters = st.recursive(conditions, _deeper, max_leaves=4)
scopes = st.recursive(
    st.builds(ScopeIs, st.sampled_from(["/a", "/a/b", "/a/#", "/+/b", "/a/+/c", "/#", "/a/+/#", "/a/b/#"])),
    lambda inner: st.builds(ScopeAny, st.tuples(inner, inner)) | st.builds(ScopeAll, st.tuples(inner, inner)),
    max_leaves=3,
)
type_selections = st.recursive(
    st.builds(TypeIs, st.sampled_from(TYPES)),
    lambda inner: st.builds(TypeAny, st.tuples(inner, inner)) | st.builds(TypeAll, st.tuples(inner, inner)),
    max_leaves=3,
)
geos = st.builds(
    lambda at, far, least: GeoFilter("near", at, PLACE, far, least),
    points | squares,
    st.sampled_from([None, 12.0, 600.0, 5000.0, 40_000.0, 500_000.0]),
    st.sampled_from([None, None, 500.0]),
) | st.builds(
    lambda relation, at: GeoFilter(relation, at, PLACE),
    st.sampled_from(["within", "contains", "intersects", "equals", "disjoint", "overlaps"]),
    points | squares,
)
fences = st.builds(
    Fence,
    st.none() | st.frozensets(st.sampled_from(TYPES), max_size=3),
    st.frozensets(st.sampled_from(TYPES), max_size=1),
)
selectors = st.builds(
    Selector,
    st.none() | type_selections,
    st.just(()) | st.lists(st.sampled_from(IDS), min_size=1, max_size=2).map(tuple),
    st.none() | st.sampled_from(["1$", "[3-7]$"]),
)
orders = st.builds(
    Order, paths | st.sampled_from([Path(("id",)), Path(("type",))]), st.booleans()
) | st.builds(Order, st.just(Path((PLACE,))), st.booleans(), st.just(True))


class Longer(msgspec.Struct, frozen=True):
    """A condition that no index knows: the name of an attribute has texts of some length."""

    name: str
    length: int

    @property
    def names(self) -> frozenset[str]:
        """What it looks at."""
        return frozenset({self.name})

    def holds(self, entity: Entity) -> bool:
        """Whether an instance is such a text."""
        texts = (one.value for one in entity.attributes.get(self.name, ()))
        return any(isinstance(one, str) and len(one) >= self.length for one in texts)


_names = st.lists(st.sampled_from([*NAMES, PLACE]), min_size=1, max_size=2).map(tuple)
_named_ids = st.lists(st.sampled_from(IDS), min_size=1, max_size=4).map(tuple)
MEMBERS: dict[str, tuple[st.SearchStrategy[Any], int]] = {
    "ids": (_named_ids, 8),
    "id_pattern": (st.just("1$"), 10),
    "types": (type_selections, 2),
    "attrs": (_names, 6),
    "dataset_ids": (st.just(("urn:d",)), 8),
    "q": (filters, 1),
    "geo": (geos, 4),
    "scope": (scopes, 5),
    "order": (st.lists(orders, min_size=1, max_size=2).map(tuple), 4),
    "order_geometry": (points, 2),
    "collation": (st.sampled_from([Collation("ja"), Collation(strength=1), Collation(numeric=True)]), 5),
    "due": (moments, 8),
    "selectors": (st.lists(selectors, min_size=2, max_size=3).map(tuple), 6),
    "fence": (fences, 4),
    "link_fence": (fences, 4),
    "test": (st.builds(Longer, _names.map(lambda names: names[0]), st.sampled_from([0, 2, 4])), 8),
    "text": (st.sampled_from(["公園", "園", "中央 公", "A", "", "xx", "-"]), 6),
    # where a store stops for looking at too much depends on its indexes: `test_entities` holds the promise
    "looked_max": (st.none(), 1),
    # whoever asks a store has sifted before (broker.sifting): it gets no sieve
    "sieve": (st.none(), 1),
    "limit": (st.sampled_from([0, 1, 3]), 1),
    "offset": (st.sampled_from([1, 2, 5]), 4),
    "after_id": (st.sampled_from(IDS), 6),
    "backwards": (st.just(True), 1),
    "total_max": (st.integers(1, 4), 4),
    "total": (st.just(True), 1),
}
"""Member of a query -> what it may be, and one in how many queries (beside the first) has it."""
QUICK: dict[str, tuple[st.SearchStrategy[Any], int]] = {
    name: (drawn, {"types": 1, "fence": 1, "limit": 1, "after_id": 2, "attrs": 4, "scope": 4}.get(name, 40))
    for name, (drawn, _) in MEMBERS.items()
}
"""The same with little beside what a store may answer at a glance."""
near = st.builds(
    lambda at, far: GeoFilter("near", at, PLACE, far), points, st.sampled_from([12.0, 600.0, 1500.0])
)


@st.composite
def queries(draw: st.DrawFn, members: dict[str, tuple[st.SearchStrategy[Any], int]] = MEMBERS) -> Query:
    """A query of one to a few conditions."""
    return Query(
        **{name: draw(one) for name, (one, rare) in members.items() if draw(st.integers(0, rare)) == 0}
    )


quick_queries = queries({**QUICK, "geo": (near, 0)}) | queries({**QUICK, "q": (filters, 0)}) | queries(QUICK)
