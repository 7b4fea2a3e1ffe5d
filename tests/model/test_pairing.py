"""Pairwise ids: each service of each area knows somebody by another id, always the same, and none tells of the others."""

from __future__ import annotations

import msgspec
import pytest

from kaiteki.model.access import NOBODY, Person
from kaiteki.model.pairing import Pairing

SERVICES = ("reports", "trust")


def test_each_service_of_each_area_has_another_id_and_each_key_makes_others() -> None:
    one, other = Pairing(b"1" * 32, SERVICES), Pairing(b"2" * 32, SERVICES)
    made = [pair for pairing in (one, other) for area in ("demo", "chiba") for pair in pairing.within(area)]
    assert [service for service, _ in made] == [*SERVICES] * 4
    assert len({pair for _, pair in made}) == 8 and all(pair.startswith("pair-") for _, pair in made)
    # the parts of a name do not run into each other
    assert (
        dict(Pairing(b"1" * 32, ("b,c",)).within("a"))["b,c"]
        != dict(Pairing(b"1" * 32, ("c",)).within("a,b"))["c"]
    )
    again = Pairing(b"1" * 32, SERVICES)
    assert (again == one, again == other, hash(again) == hash(one)) == (True, False, True)
    assert again.within("demo") == one.within("demo")


def test_what_makes_the_ids_is_neither_shown_nor_kept() -> None:
    pairing = Pairing(b"key" * 11, SERVICES)
    assert repr(pairing) == "Pairing(…)"
    with pytest.raises(TypeError):
        msgspec.json.encode(pairing)


def test_a_service_sees_a_person_and_a_helper_by_its_own_ids_alone() -> None:
    pairs, helping = Pairing(b"1" * 32, SERVICES).within("demo"), Pairing(b"2" * 32, SERVICES).within("demo")
    person = Person("acc-1", helper="acc-2", pairs=pairs, helper_pairs=helping)
    assert person.owned == {"acc-1", *(one for _, one in pairs)}
    seen = person.seen_by("trust")
    assert (seen.account_id, seen.helper) == (dict(pairs)["trust"], dict(helping)["trust"])
    assert seen.pairs == seen.helper_pairs == () and seen.seen_by("trust") == seen
    # of before: by their own ids; beside one who is new, too
    before = Person("acc-1", helper="acc-2", helper_pairs=helping)
    assert before.seen_by("reports") == Person("acc-1", helper=dict(helping)["reports"])
    assert (NOBODY.seen_by("reports"), NOBODY.owned) == (NOBODY, frozenset())
