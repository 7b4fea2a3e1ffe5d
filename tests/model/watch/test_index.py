"""The index over conditions: whoever is concerned is found, and of ten thousand few are looked at."""

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import Selector, TypeAll, TypeAny, TypeIs, TypeSelection
from kaiteki.model.watch.happening import concerns, happening
from kaiteki.model.watch.index import WatchIndex
from kaiteki.model.watch.subscription import TRIGGERS, Endpoint, Subscription, Telling

TELLING = Telling(Endpoint("https://example.org/n"))
NAMES = ("a", "b", "c")
TYPES = ("A", "B", "C")
IDS = ("urn:x:1", "urn:x:2")


def types() -> st.SearchStrategy[TypeSelection | None]:
    leaf: st.SearchStrategy[TypeSelection] = st.sampled_from(TYPES).map(TypeIs)
    parts = st.lists(leaf, min_size=1, max_size=3).map(tuple)
    return st.none() | leaf | parts.map(TypeAll) | parts.map(TypeAny)


SELECTORS = st.builds(
    Selector,
    types(),
    st.lists(st.sampled_from(IDS), max_size=1).map(tuple),
    st.sampled_from((None, None, "^urn:x:1$", "2$", "^urn:.:.$")),
)
SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.just("urn:s"),
    telling=st.just(TELLING),
    selectors=st.lists(SELECTORS, max_size=2).map(tuple),
    watched=st.lists(st.sampled_from(NAMES), max_size=2, unique=True).map(tuple),
    triggers=st.lists(st.sampled_from(TRIGGERS), max_size=2, unique=True).map(tuple),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(NAMES), st.integers(0, 1).map(lambda n: (Instance("Property", n),)), max_size=3
)
STATES = st.none() | st.builds(
    Entity,
    id=st.just(IDS[0]),
    types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True).map(tuple),
    attributes=ATTRIBUTES,
)


@given(one=SUBSCRIPTIONS, before=STATES, after=STATES)
def test_whoever_is_concerned_is_found(
    one: Subscription, before: Entity | None, after: Entity | None
) -> None:
    if before is None and after is None:
        return
    happened = happening(before, after)
    index = WatchIndex[str]()
    index.put(one, "key")
    kinds = {name for state in (before, after) if state is not None for name in state.types}
    names = {touch.name for touch in happened.touches}
    found = list(index.find(IDS[0], kinds, names))
    assert found == ["key"] or not concerns(one, happened, Instant(0))
    index.drop(one)
    assert list(index.find(IDS[0], kinds, names)) == []


def test_of_ten_thousand_few_are_looked_at() -> None:
    index = WatchIndex[int]()
    for number in range(10_000):
        kind, name = f"T{number % 100}", f"a{number % 10}"
        by = number % 4
        selector = Selector(
            TypeIs(kind), (f"urn:x:{number}",) if by == 0 else (), None if by != 1 else f"^urn:x:{number}$"
        )
        index.put(Subscription(f"urn:s:{number}", TELLING, (selector,), () if by == 2 else (name,)), number)
    looked = list(index.find("urn:x:4", ("T4",), ("a4",)))
    assert 4 in looked
    assert len(looked) <= 10_000 // 100
    assert len(list(index.find("urn:x:0", ("T7",), ("a1",)))) <= 1
