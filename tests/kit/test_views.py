"""Laws of views: what was written is read again; nothing that a view does not know is touched; nothing is written twice."""

from typing import Annotated, Any, Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.kit.views import (
    CREATED_AT,
    SCOPE,
    As,
    Geometry,
    Link,
    Links,
    Location,
    attribute,
    expand_name,
    fresh_id,
    point,
    read,
    slots,
    where,
    write,
)
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Asked
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.query import Comparison, DateTimeValue, OneOf, Path, UriValue
from kaiteki.model.words import Words

LATER = Instant(2_000_000)


class Step(msgspec.Struct, frozen=True):
    at: Instant
    who: str
    why: Words = Words("", "")


class Bench(msgspec.Struct, frozen=True):
    id: str
    title: str
    state: Literal["new", "old"] = "new"
    seats: int = 0
    wood: bool = False
    weight: Annotated[float | None, As(unit_code="KGM", observed="weighed_at")] = None
    weighed_at: Instant | None = None
    tags: tuple[str, ...] = ()
    words: Words = Words("", "")
    location: Location | None = None
    service_area: Geometry | None = None
    park: Link = ""
    donors: Links = ()
    steps: tuple[Step, ...] = ()
    notes: dict[str, Any] = {}
    checked_at: Instant | None = None
    scopes: Annotated[tuple[str, ...], SCOPE] = ()
    made_at: Annotated[Instant, CREATED_AT] = Instant(0)


words = st.builds(Words, ja=st.text(max_size=5), en=st.text(max_size=5), easy=st.text(max_size=5))
instants = st.integers(min_value=1, max_value=4_000_000_000_000_000).map(Instant)
uris = st.integers(0, 9).map(lambda n: f"urn:x:{n}")
points = st.builds(point, st.floats(-180, 180), st.floats(-90, 90))
benches = st.builds(
    Bench,
    id=st.just("urn:ngsi-ld:Bench:1"),
    title=st.text(max_size=8),
    state=st.sampled_from(["new", "old"]),
    seats=st.integers(-5, 5),
    wood=st.booleans(),
    weight=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    tags=st.lists(st.text(max_size=3), max_size=3).map(tuple),
    words=words,
    location=st.none() | points,
    service_area=st.none() | points,
    park=uris,
    donors=st.lists(uris, max_size=3).map(tuple),
    steps=st.lists(st.builds(Step, at=instants, who=st.text(max_size=3), why=words), max_size=2).map(tuple),
    notes=st.dictionaries(
        st.text(max_size=3), st.integers() | st.booleans() | st.text(max_size=3), max_size=2
    ),
    checked_at=st.none() | instants,
    scopes=st.lists(st.sampled_from(["/a", "/a/b"]), max_size=2).map(tuple),
)
values = st.none() | st.integers() | st.text(max_size=4) | st.lists(st.integers(), max_size=2) | points
instances = st.builds(
    Instance,
    kind=st.sampled_from(["Property", "JsonProperty", "GeoProperty", "LanguageProperty"]),
    value=values,
    dataset_id=st.none() | st.just("urn:x:set"),
    modified_at=st.just(Instant(7)),
)
names = st.sampled_from([slot.iri for slot in slots(Bench)] + [expand_name("colour"), expand_name("height")])
entities = st.builds(
    Entity,
    id=st.just("urn:ngsi-ld:Bench:1"),
    types=st.just((expand_name("Bench"),)),
    attributes=st.dictionaries(names, instances.map(lambda one: (one,)), max_size=6),
    scopes=st.just(("/x",)),
    created_at=st.just(Instant(5)),
    modified_at=st.just(Instant(7)),
    version=st.just(3),
)


def settled(bench: Bench) -> Bench:
    """What the entity cannot carry: an observation without a value, words without ja and en, the time of making."""
    said = bench.words if bench.words.ja or bench.words.en else Words("", "")
    return msgspec.structs.replace(bench, words=said, made_at=LATER)


@settings(max_examples=80)
@given(benches)
def test_what_was_written_is_read_again(bench: Bench) -> None:
    entity = write(bench, None, LATER)
    assert read(Bench, entity) == settled(bench)
    assert (entity.types, entity.version, entity.created_at) == ((expand_name("Bench"),), 1, LATER)


@settings(max_examples=80)
@given(entities)
def test_what_was_only_read_is_not_written(entity: Entity) -> None:
    assert write(read(Bench, entity), entity, LATER) is entity


@settings(max_examples=80)
@given(entities, benches)
def test_only_what_differs_is_touched(entity: Entity, bench: Bench) -> None:
    known = read(Bench, entity)
    after = write(bench, entity, LATER)
    same = {slot.iri for slot in slots(Bench) if getattr(bench, slot.field) == getattr(known, slot.field)}
    untouched = [
        name for name in entity.attributes if name in same or name not in {s.iri for s in slots(Bench)}
    ]
    assert {name: after.attributes.get(name) for name in untouched} == {
        name: entity.attributes[name] for name in untouched
    }
    others = {name: [one for one in kept if one.dataset_id] for name, kept in entity.attributes.items()}
    assert {
        name: [one for one in after.attributes.get(name, ()) if one.dataset_id] for name in others
    } == others
    assert write(bench, after, Instant(9_000_000)) is after


def test_an_attribute_that_is_not_readable_reads_as_absent() -> None:
    entity = write(Bench("urn:ngsi-ld:Bench:1", "by the pond", seats=3, wood=True), None, LATER)
    seen = read(Bench, entity, frozenset({attribute(Bench, "seats")}))
    assert seen == Bench("urn:ngsi-ld:Bench:1", "", seats=3, made_at=LATER)


def test_a_required_field_that_is_absent_is_empty() -> None:
    class Bare(msgspec.Struct, frozen=True):
        id: str
        name: str
        weight: Annotated[float | None, As(observed="weighed_at")]
        weighed_at: Instant | None
        words: Words
        tags: tuple[str, ...]
        state: Literal["new", "old"]
        first: Step

    empty = Bare("urn:x:1", "", None, None, Words("", ""), (), "new", Step(Instant(0), ""))
    assert read(Bare, Entity("urn:x:1", ("x",))) == empty
    wrong = {
        attribute(Bare, name): (Instance("Property", {"a": [1]}),) for name in ("name", "state", "weight")
    }
    fits = {attribute(Bare, "tags"): (Instance("Property", ["a"]),)}
    assert read(Bare, Entity("urn:x:1", ("x",), wrong | fits)) == msgspec.structs.replace(empty, tags=("a",))


def test_the_kept_form_is_that_of_the_standard() -> None:
    bench = Bench(
        "urn:ngsi-ld:Bench:1",
        "by the pond",
        weight=31.5,
        weighed_at=Instant(1_000_000),
        words=Words("池", "pond", "いけ"),
        donors=("urn:x:1",),
        steps=(Step(Instant(0), "a", Words("古い", "old")),),
        checked_at=Instant(1_000_000),
        location=point(140.1, 35.6),
    )
    kept = write(bench, None, LATER).attributes
    shown = {name.rsplit("/", 1)[-1]: (one.kind, one.value) for name, (one,) in kept.items()}
    assert shown == {
        "title": ("Property", "by the pond"),
        "state": ("Property", "new"),
        "seats": ("Property", 0),
        "wood": ("Property", False),
        "weight": ("Property", 31.5),
        "words": ("LanguageProperty", {"ja": "池", "ja-easy": "いけ", "en": "pond"}),
        "donors": ("Relationship", "urn:x:1"),
        "steps": (
            "JsonProperty",
            [{"at": "1970-01-01T00:00:00Z", "who": "a", "why": {"ja": "古い", "en": "old"}}],
        ),
        "checkedAt": ("Property", {"@type": "DateTime", "@value": "1970-01-01T00:00:01Z"}),
        "location": ("GeoProperty", {"type": "Point", "coordinates": [140.1, 35.6]}),
    }
    weight = kept[expand_name("weight")][0]
    assert (weight.unit_code, weight.observed_at) == ("KGM", 1_000_000)
    assert attribute(Bench, "title") == "http://purl.org/dc/terms/title"
    assert attribute(Bench, "location") == "https://uri.etsi.org/ngsi-ld/location"
    assert attribute(Bench, "service_area") == "https://uri.etsi.org/ngsi-ld/default-context/serviceArea"


def test_queries_name_what_is_kept() -> None:
    seats = attribute(Bench, "seats")
    assert where(Bench, "seats", ">=", 2) == Comparison(Path((seats,)), ">=", 2)
    assert where(Bench, "seats", "==", (2, 3)) == Comparison(Path((seats,)), "==", OneOf((2, 3)))
    assert where(Bench, "park", "==", "urn:x:1").operand == UriValue("urn:x:1", "urn:x:1")
    assert where(Bench, "made_at", "<", Instant(0)) == Comparison(
        Path(("createdAt",)), "<", DateTimeValue("1970-01-01T00:00:00Z", "DateTime", Instant(0))
    )


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 10**15), st.integers(0, 2**63)), min_size=2, max_size=2, unique=True)
)
def test_fresh_ids_differ_and_sort_by_time(moments: list[tuple[int, int]]) -> None:
    first, second = (fresh_id("Bench", Asked("demo", Instant(now), seed, NOBODY)) for now, seed in moments)
    assert first != second
    assert len(first.rsplit(":", 1)[1]) == 26
    (earlier, _), (later, _) = moments
    if earlier // 1000 != later // 1000:
        assert (first < second) == (earlier < later)
