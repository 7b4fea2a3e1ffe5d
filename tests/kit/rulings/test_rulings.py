"""What the policies make of declarations: roles, holders, offices, purposes, consents, the legal classes of data."""

from pathlib import Path

import msgspec
import pytest

from kaiteki.kit.rulings.policies import read_policies
from kaiteki.kit.rulings.rulings import READ_PAST, WRITE, Rulings
from kaiteki.kit.rulings.schema import Catalogue, Use
from kaiteki.model.access import ADMIN, ANYONE, NOBODY, RESIDENT, STAFF, Person
from kaiteki.model.visibility import (
    CLOSED,
    HELD,
    OWN_OFFICE,
    WHOLE,
    Opening,
    Ruling,
    Sight,
)

NAME, PHONE, HOLDER, OFFICE = "urn:name", "urn:phone", "urn:holder", "urn:office"
KNOWN = {"name": NAME, "phone": PHONE, "holder": HOLDER, "office": OFFICE}
CARD = Sight(
    "urn:Card",
    frozenset({NAME}),
    ("nurse",),
    HOLDER,
    past=frozenset(),
    name="Card",
    service="care",
    known=KNOWN,
    personal=True,
)
LAMP = Sight(
    "urn:Lamp", frozenset({NAME}), (STAFF,), name="Lamp", service="streets", known=KNOWN, office=OFFICE
)
USES = (
    Use("care.visit", "care", "duty", frozenset({"nurse"}), {"urn:Card": frozenset({PHONE})}),
    Use("care.rescue", "care", "law", frozenset({"fire"}), {"urn:Card": None}),
    Use("bus.fetch", "bus", "consent", frozenset({"driver"}), {"urn:Card": frozenset({PHONE})}),
    Use("care.count", "care", "duty", frozenset({"nurse"}), {}),
)


def person(*roles: str, purpose: str = "", kind: str = "person", account: str = "somebody") -> Person:
    held = frozenset({ANYONE, RESIDENT, *roles})
    return msgspec.convert({"account_id": account, "roles": held, "purpose": purpose, "kind": kind}, Person)


def rulings(*sights: Sight, folder: Path | None = None) -> Rulings:
    policies = {"demo": read_policies(folder)} if folder is not None else None
    return Rulings(Catalogue(sights, {"care.visit": frozenset({"nurse"})}, USES), policies)


def cards(who: Person, action: str = "read") -> Ruling:
    return rulings(CARD).of(who, "demo", "urn:Card", action)


def test_personal_data_need_a_purpose_that_names_them_and_that_the_person_may_pursue() -> None:
    seen = Opening(frozenset({NAME, PHONE}))
    assert cards(NOBODY).plain == Opening(frozenset({NAME}))
    assert cards(person("nurse", purpose="care.visit")).plain == seen
    assert cards(person("nurse", purpose="care.count")).plain == Opening(frozenset({NAME}))
    assert cards(person("driver", purpose="care.visit")).plain == Opening(frozenset({NAME}))
    assert cards(person("fire", purpose="care.rescue")).plain == WHOLE
    # without a word the purpose is the one for which the service keeps them
    silent = cards(person("nurse"))
    assert (silent.plain, silent.purpose) == (seen, "care.visit")
    assert cards(person(STAFF)).plain == Opening(frozenset({NAME}))


def test_consent_opens_what_was_agreed_item_by_item() -> None:
    ruling = cards(person("driver", purpose="bus.fetch"))
    assert ruling.uses_consent
    assert ruling.opening(0) == Opening(frozenset({NAME}))
    assert ruling.opening(0, frozenset({PHONE})) == Opening(frozenset({NAME, PHONE}))
    # what the purpose does not name is not opened by a consent either
    assert ruling.opening(0, frozenset({OFFICE})) == Opening(frozenset({NAME}))
    assert not cards(person("nurse", purpose="care.visit")).uses_consent


def test_whoever_it_is_about_sees_all_of_it_and_its_past() -> None:
    for who in (NOBODY, person(), person("nurse", purpose="care.count")):
        assert cards(who).opening(HELD) == WHOLE
        assert cards(who, READ_PAST).opening(HELD) == WHOLE
        assert cards(who, READ_PAST).plain == CLOSED


def test_the_past_of_what_is_gone_is_for_those_who_work_with_it() -> None:
    assert rulings(LAMP).of(NOBODY, "demo", "urn:Lamp", READ_PAST).plain == Opening(frozenset({NAME}))
    assert rulings(LAMP).of(NOBODY, "demo", "urn:Lamp", READ_PAST).gone == CLOSED
    assert rulings(LAMP).of(person(STAFF), "demo", "urn:Lamp", READ_PAST).gone == WHOLE


def test_the_public_past_of_published_data_stays_public_when_they_are_gone() -> None:
    published = msgspec.structs.replace(LAMP, lasting=True)
    assert rulings(published).of(NOBODY, "demo", "urn:Lamp", READ_PAST).gone == Opening(frozenset({NAME}))
    # what is not public of the past is not so afterwards either
    kept_back = msgspec.structs.replace(published, past=frozenset())
    assert rulings(kept_back).of(NOBODY, "demo", "urn:Lamp", READ_PAST).gone == CLOSED


def test_pseudonymised_data_never_reach_third_parties() -> None:
    sight = msgspec.structs.replace(
        CARD, roles=(STAFF, "university"), holder="", personal=False, data_class="pseudonymised"
    )
    of = rulings(sight).of
    for who in (NOBODY, person("university"), person(STAFF, kind="organisation"), person(STAFF, kind="city")):
        assert of(who, "demo", "urn:Card") == msgspec.structs.replace(of(NOBODY, "demo", "urn:Card"))
        assert all(opening == CLOSED for opening in of(who, "demo", "urn:Card").openings)
    assert of(person(STAFF), "demo", "urn:Card").plain == WHOLE


def test_anonymised_data_go_to_whom_the_service_names() -> None:
    sight = msgspec.structs.replace(
        CARD, roles=("university",), holder="", personal=False, data_class="anonymised"
    )
    assert rulings(sight).of(person("university"), "demo", "urn:Card").plain == WHOLE
    assert rulings(sight).of(person(), "demo", "urn:Card").plain == Opening(frozenset({NAME}))


def test_related_data_go_to_third_parties_only_with_the_consent_that_they_hold() -> None:
    sight = msgspec.structs.replace(CARD, roles=("shop",), personal=False, data_class="related")
    of = rulings(sight).of
    ruling = of(person("shop", purpose="bus.fetch"), "demo", "urn:Card")
    assert ruling.plain == CLOSED
    assert ruling.opening(0, frozenset({PHONE})) == Opening(frozenset({PHONE}))
    assert ruling.opening(HELD) == WHOLE
    assert of(person("shop", STAFF), "demo", "urn:Card").plain == WHOLE


def test_an_area_opens_and_closes_by_its_own_policies(tmp_path: Path) -> None:
    (tmp_path / "own.cedar").write_text(
        """
        @id("own office") permit (principal, action == Action::"read", resource in Type::"Lamp") when { context.ownOffice };
        @id("no phones") forbid (principal, action == Action::"read", resource == Attribute::"Lamp.phone");
        @id("wells") permit (principal, action == Action::"read", resource in Type::"Well");
        @id("two factors") forbid (principal, action == Action::"run", resource) unless { principal.assurance >= 2 };
        @id("hana") permit (principal == Person::"hana", action == Action::"write", resource in Service::"streets");
        """,
        encoding="utf-8",
    )
    own = rulings(LAMP, CARD, folder=tmp_path)
    lamp = own.of(person("gardener"), "demo", "urn:Lamp")
    assert lamp.plain == Opening(frozenset({NAME}))
    assert lamp.opening(OWN_OFFICE) == Opening(frozenset({PHONE}), others=True)
    assert own.of(person(STAFF), "demo", "urn:Lamp").plain == Opening(frozenset({PHONE}), others=True)
    assert own.of(person(STAFF), "chiba", "urn:Lamp").plain == WHOLE
    assert own.of(NOBODY, "demo", own.types[-1]).plain == WHOLE
    assert own.of(NOBODY, "chiba", own.types[-1]).plain == CLOSED
    nurse = person("nurse")
    assert (own.may_run(nurse, "demo", "care.visit"), own.may_run(nurse, "chiba", "care.visit")) == (
        False,
        True,
    )
    assert own.may_run(msgspec.structs.replace(nurse, assurance=2), "demo", "care.visit")
    assert own.of(person(account="hana"), "demo", "urn:Lamp", WRITE).plain == WHOLE
    assert own.of(person(account="hanako"), "demo", "urn:Lamp", WRITE).plain == CLOSED


def test_whoever_runs_the_node_is_bound_only_where_the_area_says_so(tmp_path: Path) -> None:
    boss = person(ADMIN)
    assert rulings(CARD).is_free(boss, "demo") and not rulings(CARD).is_free(person(STAFF), "demo")
    (tmp_path / "own.cedar").write_text(
        '@id("nobody") forbid (principal, action == Action::"read", resource == Attribute::"Card.phone");',
        encoding="utf-8",
    )
    own = rulings(CARD, folder=tmp_path)
    assert not own.is_free(boss, "demo")
    assert own.of(boss, "demo", "urn:Card").plain == Opening(frozenset({PHONE}), others=True)


@pytest.mark.parametrize(
    "name", ["it's", 'a "quoted" name', "back\\slash", "line\nbreak", "札幌 🗾", "nul\0"]
)
def test_names_of_any_characters_reach_the_policies(name: str) -> None:
    sight = msgspec.structs.replace(LAMP, name=name, known={name: NAME})
    assert rulings(sight).of(person(name, account=name), "demo", "urn:Lamp").plain == Opening(
        frozenset({NAME})
    )


def test_answers_are_remembered_for_all_who_are_alike() -> None:
    own = rulings(CARD, LAMP)
    first = own.of(person("nurse", account="a"), "demo", "urn:Card")
    assert own.of(person("nurse", account="b"), "chiba", "urn:Card") is first
    assert own.of(person("fire"), "demo", "urn:Card") is not first
