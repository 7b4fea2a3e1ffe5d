"""Laws of the city: everybody sees what is public, roles and holders see all, and no question leaks what is hidden."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending import LENDING, Loan

from kaiteki.kit.messages import Letter
from kaiteki.kit.pages import Hit, Listing
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.kit.views import attribute, every, expand_name, ordered, path, where, write
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.matching import matches
from kaiteki.model.query import AllOf, AnyOf, Exists, Filter, Path, Query
from kaiteki.model.visibility import Ruling, Seer, narrow, readable
from town import BOSS, CLERK, MORNING, NOBODY, RESIDENT_A, RESIDENT_B, Town

RULINGS = Rulings(catalogue_of((LENDING,)))


def of(seer: Seer) -> Ruling:
    """What of a loan is open to somebody."""
    return RULINGS.of(seer.person, "demo", expand_name("Loan"))


PUBLIC = Loan("urn:ngsi-ld:Loan:1", "L-1", "rake", asked_at=MORNING)


@pytest.fixture
async def town() -> Town:
    """Two loans, one of A and one of B."""
    made = Town(LENDING)
    await made.run("lending.borrow", {"thing": "rake", "phone": "043-1"}, RESIDENT_A)
    made.clock.pass_s(60)
    await made.run("lending.borrow", {"thing": "handcart", "phone": "043-2"}, RESIDENT_B)
    return made


async def numbers(town: Town, wanted: Query, person: Person = NOBODY) -> list[str]:
    """The numbers of the loans that a person finds."""
    return [loan.number for loan in (await town.city(person).find(Loan, wanted)).items]


async def phones(town: Town, person: Person, browser: str = "") -> list[str]:
    """The phone numbers that a person sees."""
    return [loan.phone for loan in (await town.city(person, browser).find(Loan, Query())).items]


async def test_hidden_attributes_are_for_roles_and_holders(town: Town) -> None:
    assert await phones(town, NOBODY) == ["", ""]
    assert await phones(town, RESIDENT_A) == ["043-1", ""]
    assert await phones(town, RESIDENT_B) == ["", "043-2"]
    assert await phones(town, CLERK) == ["043-1", "043-2"]
    assert await phones(town, BOSS) == ["043-1", "043-2"]


async def test_a_visitor_holds_what_the_own_browser_made() -> None:
    town = Town(LENDING)
    await town.run("lending.borrow", {"thing": "rake", "phone": "043-3"}, browser="browser-1")
    assert await phones(town, NOBODY, "browser-1") == ["043-3"]
    assert await phones(town, NOBODY, "browser-2") == [""]
    assert await phones(town, NOBODY) == [""]


async def test_a_question_about_hidden_things_finds_nothing(town: Town) -> None:
    secret = where(Loan, "phone", "==", "043-1")
    assert await numbers(town, Query(q=secret), CLERK) == ["L-2026-00001"]
    for asked in (
        secret,
        Exists(path(Loan, "phone")),
        where(Loan, "phone", "!=", "x"),
        where(Loan, "borrower", "==", "a"),
    ):
        listing = await town.city().find(Loan, Query(q=asked, total=True))
        assert listing == Listing((), total=0)
    either = AnyOf((secret, where(Loan, "thing", "==", "handcart")))
    assert await numbers(town, Query(q=either)) == ["L-2026-00002"]
    assert await numbers(town, Query(q=either), CLERK) == ["L-2026-00001", "L-2026-00002"]


async def test_a_hidden_attribute_gives_no_order(town: Town) -> None:
    down = Query(order=(ordered(Loan, "phone", descending=True),))
    assert await numbers(town, down, CLERK) == ["L-2026-00002", "L-2026-00001"]
    assert await numbers(town, down) == ["L-2026-00001", "L-2026-00002"]


async def test_people_find_what_is_theirs(town: Town) -> None:
    mine = where(Loan, "borrower", "==", "a")
    assert await numbers(town, Query(q=mine), RESIDENT_A) == ["L-2026-00001"]
    assert await numbers(town, Query(q=every(mine, where(Loan, "phone", "==", "043-1"))), RESIDENT_A) == [
        "L-2026-00001"
    ]
    assert await numbers(town, Query(q=mine), RESIDENT_B) == []
    letters = await town.city(RESIDENT_A).find(Letter, Query(q=where(Letter, "to", "==", "a")))
    assert [letter.body.ja for letter in letters.items] == ["L-2026-00001"]
    assert (await town.city(RESIDENT_A).find(Letter, Query(total=True))) == Listing(letters.items, total=1)
    assert (await town.city().find(Letter, Query(total=True))) == Listing((), total=0)


async def test_one_is_seen_as_in_a_list_and_not_under_another_type(town: Town) -> None:
    (first, _) = (await town.city(CLERK).find(Loan, Query())).items
    assert await town.city(CLERK).get(Loan, first.id) == first
    assert (await town.city().get(Loan, first.id)).phone == ""
    assert await town.city(CLERK).get(Letter, first.id) is None
    assert await town.city(CLERK).get(Loan, "urn:ngsi-ld:Loan:none") is None
    assert await town.city(CLERK).get(Hit, first.id) is None


async def test_a_command_of_the_city_is_run_as_its_person(town: Town) -> None:
    (first, _) = (await town.city().find(Loan, Query())).items
    assert isinstance(await town.city(CLERK).run("lending.give_back", {"id": first.id}), Accepted)
    assert (await town.city().get(Loan, first.id)).back is True


filters = st.recursive(
    st.builds(
        where,
        st.just(Loan),
        st.sampled_from(["phone", "borrower", "thing", "number", "back"]),
        st.sampled_from(["==", "!=", "<", ">="]),
        st.sampled_from(["x", "y", True]),
    )
    | st.sampled_from(
        [Exists(path(Loan, "phone")), Exists(path(Loan, "thing")), Exists(Path(("modifiedAt",)))]
    ),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(tuple).map(AllOf)
        | st.lists(inner, min_size=1, max_size=3).map(tuple).map(AnyOf)
    ),
    max_leaves=6,
)
loans = st.builds(
    Loan,
    id=st.just("urn:ngsi-ld:Loan:1"),
    number=st.sampled_from(["x", "y"]),
    thing=st.sampled_from(["x", "y"]),
    phone=st.sampled_from(["", "x", "y"]),
    borrower=st.sampled_from(["", "a", "x"]),
    back=st.booleans(),
)


@settings(max_examples=120)
@given(loans, filters)
def test_an_answer_depends_on_nothing_hidden(loan: Loan, asked: Filter) -> None:
    """For whoever is no holder, the narrowed query answers for an entity as for the same without its hidden attributes."""
    what, seer = RULINGS.sight(expand_name("Loan")), Seer(RESIDENT_B, frozenset({"b"}))
    whole = write(loan, None, Instant(1))
    open_to = readable(of(seer), seer, whole)
    assert open_to == what.public
    bare = Entity(
        whole.id,
        whole.types,
        {name: whole.attributes[name] for name in whole.attributes if name in what.public},
    )
    narrowed = narrow(what, of(seer), seer, Query(q=asked))
    if narrowed is not None:
        assert matches(whole, narrowed) == matches(bare, narrowed)
    assert attribute(Loan, "phone") not in repr(narrowed)
    assert attribute(Loan, "borrower") not in repr(narrowed)


@settings(max_examples=100)
@given(loans, filters)
def test_roles_ask_what_they_like(loan: Loan, asked: Filter) -> None:
    wanted = Query(q=asked)
    what, clerk = RULINGS.sight(expand_name("Loan")), Seer(CLERK)
    assert narrow(what, of(clerk), clerk, wanted) is wanted
