"""Laws of making one entity of several accounts (clauses 4.3.6.2, 4.3.6.3, 4.5.5.3)."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.model.entity import Entity, Instance
from kaiteki.model.instant import Instant
from kaiteki.model.sources.merging import Account, is_newer, merged

NAMES = ("a", "b", "c")
MOMENTS = st.integers(1, 4).map(Instant)


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """An entity whose values tell the moment that they are of, so that the same moment is the same value."""
    attributes: dict[str, tuple[Instance, ...]] = {}
    for name in draw(st.sets(st.sampled_from(NAMES))):
        instances: list[Instance] = []
        for dataset_id in sorted(draw(st.sets(st.sampled_from(("", "urn:d:1")), min_size=1))):
            observed = draw(st.one_of(st.none(), MOMENTS))
            modified = draw(MOMENTS)
            value = f"{name} {dataset_id} {observed} {modified}"
            instances.append(Instance("Property", value, dataset_id or None, observed, modified_at=modified))
        attributes[name] = tuple(instances)
    types = tuple(sorted(draw(st.sets(st.sampled_from(("A", "B")), min_size=1))))
    moment = draw(MOMENTS)
    return Entity("urn:x:1", types, attributes, created_at=moment, modified_at=moment)


def observed(entity: Entity) -> Entity:
    """The entity with instances that are all told apart by when they were modified."""
    return Entity(
        entity.id,
        entity.types,
        {
            name: tuple(
                Instance(
                    "Property",
                    f"{name} {one.dataset_id} {one.modified_at}",
                    one.dataset_id,
                    modified_at=one.modified_at,
                )
                for one in told
            )
            for name, told in entity.attributes.items()
        },
        created_at=entity.created_at,
        modified_at=entity.modified_at,
    )


@given(entities())
def test_what_one_tells_twice_is_told_once(one: Entity) -> None:
    assert merged([Account(one), Account(one)]) == one == merged([Account(one)])


@given(st.lists(entities().map(observed), min_size=2, max_size=3))
def test_the_order_of_equals_does_not_count(told: list[Entity]) -> None:
    answers = {
        repr((sorted(whole.attributes.items()), sorted(whole.types), whole.created_at, whole.modified_at))
        for order in permutations(told)
        for whole in [merged([Account(one) for one in order])]
    }
    assert len(answers) == 1


@given(st.lists(entities(), min_size=1, max_size=3))
def test_no_instance_that_is_newer_is_left_out_and_none_is_made_up(told: list[Entity]) -> None:
    whole = merged([Account(one) for one in told])
    for one in told:
        for name, instances in one.attributes.items():
            for instance in instances:
                (kept,) = [each for each in whole.attributes[name] if each.dataset_id == instance.dataset_id]
                assert kept == instance or any(kept in other.attributes.get(name, ()) for other in told)
                if len(told) == 2:
                    assert not is_newer(instance, kept)


@given(entities(), entities(), st.sets(st.sampled_from(NAMES)))
def test_what_is_held_alone_is_told_by_its_holder_alone(here: Entity, there: Entity, held: set[str]) -> None:
    whole = merged([Account(here), Account(there, "exclusive", frozenset(held))])
    for name in held:
        assert whole.attributes.get(name) == there.attributes.get(name)


@given(entities(), entities())
def test_an_auxiliary_source_changes_nothing_that_is_known(here: Entity, there: Entity) -> None:
    whole = merged([Account(there, "auxiliary"), Account(here)])
    for name, instances in here.attributes.items():
        assert set(map(repr, instances)) <= set(map(repr, whole.attributes[name]))
    for name in there.attributes.keys() - here.attributes.keys():
        assert whole.attributes[name] == there.attributes[name]
