"""Laws of sealing over every store: what is kept is ciphertext, decisions see plain values, what is left alone stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from kaiteki.broker import sealing_up
from kaiteki.broker.keyring import Keys
from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.broker.sealing import KeysWanted, SealedEntities, Seals
from kaiteki.broker.sealing_up import seal_up
from kaiteki.main.kek import HeldKek
from kaiteki.model.entity import Entity, Instance, encode_entity
from kaiteki.model.instant import Instant
from kaiteki.model.sealed import SealedType, ciphertext_of
from kaiteki.ports.accounts import Account
from kaiteki.ports.entities import Change, Decision, Revised, Told
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.store import Store
from ports.sample import MAYOR, TYPE, SteppingClock, creating, deleting, entity, setting

CONTACT = SealedType(
    TYPE + "Contact", frozenset({TYPE + "email", TYPE + "phone"}), TYPE + "holder", {TYPE + "email": "folded"}
)
ONE, TWO = "urn:ngsi-ld:contact:1", "urn:ngsi-ld:contact:2"
GRAVE = Tombstone(Instant(9), "operator", "", 0)


@pytest.fixture
def seals(store: Store) -> Seals:
    return Seals([CONTACT], Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), SteppingClock()))


@pytest.fixture
def sealed(store: Store, seals: Seals) -> SealedEntities:
    return SealedEntities(store.entities, seals)


def contact(number: int, holder: str = "anna", at: int = 5, **values: object) -> Entity:
    return entity(f"contact:{number}", "Contact", at, holder=holder, **values)


async def keep(sealed: SealedEntities, *new: Entity) -> None:
    await sealed.change("demo", [], creating(*new), MAYOR)


async def seen(sealed: SealedEntities, entity_id: str = ONE) -> Entity:
    """What stands in the store."""
    return (await sealed.load("demo", [entity_id]))[entity_id].entity()


async def plain(sealed: SealedEntities, entity_id: str = ONE) -> Entity:
    """The same, opened."""
    entity = await seen(sealed, entity_id)
    await sealed.seals.keys.fetch(
        [held.key_id for one in entity.attributes.values() if (held := ciphertext_of(one))]
    )
    return sealed.seals.opened("demo", entity)


def values(entity: Entity) -> dict[str, object]:
    return {name.removeprefix(TYPE): found[0].value for name, found in entity.attributes.items()}


async def test_the_store_holds_ciphertext_and_a_decision_sees_plain_values(
    sealed: SealedEntities, store: Store
) -> None:
    languages = Instance("LanguageProperty", {"ja": "電話"}, modified_at=Instant(5), created_at=Instant(5))
    rich = Instance(
        "Property",
        "Anna@Example.org",
        observed_at=Instant(4),
        unit_code="C62",
        sub={TYPE + "note": (Instance("Property", "private"),)},
    )
    await keep(sealed, contact(1, email=rich, phone=languages, report="R-1"))
    kept = await seen(sealed)
    for word in (b"xample", b"private", "電話".encode(), b"C62"):
        assert word not in encode_entity(kept)
    assert values(kept)["report"] == "R-1" and values(kept)["holder"] == "anna"
    assert kept.attributes[TYPE + "email"][0].observed_at == 4
    past = await store.history.past("demo", ONE)
    assert b"xample" not in msgspec.json.encode(past) and len(past) == 4
    assert (await plain(sealed)).attributes[TYPE + "email"] == (rich,)

    def look(found: Mapping[str, Entity]) -> Decision[object]:
        return Decision([], found[ONE].attributes[TYPE + "phone"])

    assert await sealed.change("demo", [ONE], look, MAYOR) == (languages,)


async def test_what_a_decision_leaves_alone_keeps_its_bytes(sealed: SealedEntities, store: Store) -> None:
    await keep(sealed, contact(1, email="a@example.org", phone="1"))
    before = await seen(sealed)
    await sealed.change("demo", [ONE], setting("contact:1", "phone", "2", 20), MAYOR)
    after = await seen(sealed)
    assert after.attributes[TYPE + "email"] == before.attributes[TYPE + "email"]
    assert after.attributes[TYPE + "phone"] != before.attributes[TYPE + "phone"]
    assert values(await plain(sealed)) == {"holder": "anna", "email": "a@example.org", "phone": "2"}
    events = await store.events.read(0)
    assert [one.attributes for one in events][1:] == [(TYPE + "phone",)]


async def test_equality_finds_by_the_blind_mark_and_marks_of_others_differ(sealed: SealedEntities) -> None:
    await keep(
        sealed, contact(1, email="Ａnna@example.org "), contact(2, "ben", email="anna@EXAMPLE.org", phone="1")
    )
    one, two = values(await seen(sealed)), values(await seen(sealed, TWO))
    assert one["email"] == two["email"] and one["email"] != "~"
    assert two["phone"] == "~"
    cipher = [ciphertext_of((await seen(sealed, one)).attributes[TYPE + "email"]) for one in (ONE, TWO)]
    assert cipher[0] is not None and cipher[1] is not None
    assert cipher[0].key_id != cipher[1].key_id and cipher[0].content != cipher[1].content


async def test_ciphertext_opens_in_its_place_alone(sealed: SealedEntities, seals: Seals) -> None:
    await keep(sealed, contact(1, email="a@example.org"), contact(2, email="b@example.org"))
    one, two = await seen(sealed), await seen(sealed, TWO)
    stolen = one.attributes[TYPE + "email"]
    moved = msgspec.structs.replace(two, attributes={**two.attributes, TYPE + "email": stolen})
    assert seals.opened("demo", moved).attributes[TYPE + "email"] == stolen
    assert seals.opened("elsewhere", one).attributes[TYPE + "email"] == stolen
    other = msgspec.structs.replace(one, attributes={**one.attributes, TYPE + "phone": stolen})
    assert seals.opened("demo", other, [TYPE + "phone"]).attributes[TYPE + "phone"] == stolen


async def test_with_another_holder_everything_is_sealed_anew(sealed: SealedEntities, seals: Seals) -> None:
    await keep(sealed, contact(1, "browser", email="a@example.org"))
    await sealed.change("demo", [ONE], setting("contact:1", "holder", "anna", 20), MAYOR)
    await seals.keys.destroy(["browser"], GRAVE)
    assert values(await plain(sealed))["email"] == "a@example.org"


async def test_what_no_key_opens_stays_as_it_is(sealed: SealedEntities, seals: Seals) -> None:
    await keep(sealed, contact(1, email="a@example.org", phone="1"))
    await seals.keys.destroy(["anna"], GRAVE)
    before = await seen(sealed)
    assert await plain(sealed) == before
    await sealed.change("demo", [ONE], setting("contact:1", "phone", "2", 20), MAYOR)
    after = await seen(sealed)
    assert after.attributes[TYPE + "email"] == before.attributes[TYPE + "email"]
    assert values(await plain(sealed))["phone"] == "2"
    await sealed.change("demo", [ONE], deleting("contact:1", purge_history=True), MAYOR)
    assert await sealed.load("demo", [ONE]) == {}


async def test_who_has_no_holder_has_a_key_of_the_entity(sealed: SealedEntities, store: Store) -> None:
    await keep(sealed, contact(1, "", email="a@example.org"))
    assert {key.holder for key in await store.keys.list()} == {"kaiteki", f"entity demo {ONE}"}
    assert values(await plain(sealed))["email"] == "a@example.org"


async def test_a_corrected_past_is_sealed_too(sealed: SealedEntities, store: Store) -> None:
    await keep(sealed, contact(1, email="a@example.org"))
    state = Instance(
        "Property", "old@example.org", observed_at=Instant(3), created_at=Instant(3), modified_at=Instant(3)
    )
    told = Told(ONE, (CONTACT.type,), ((TYPE + "email", state),))
    await sealed.change("demo", [ONE], lambda _: Decision((), None, correction=told), MAYOR)
    past = await store.history.past("demo", ONE, [TYPE + "email"])
    assert len(past) == 2 and b"old@example.org" not in msgspec.json.encode(past)
    opened = [
        sealed.seals.plain("demo", ONE, TYPE + "email", (one.instance,)) for one in past if one.instance
    ]
    assert {one[0].value for one in opened} == {"a@example.org", "old@example.org"}


async def test_what_is_of_no_sealed_type_is_decided_once_and_kept_as_it_is(
    sealed: SealedEntities, store: Store
) -> None:
    lamp, times = entity("lamp:1", watts=40), 0

    def decide(found: Mapping[str, Entity]) -> Decision[None]:
        nonlocal times
        times += 1
        return Decision([Change(None, lamp)], None)

    await sealed.change("demo", [], decide, MAYOR)
    assert times == 1 and (await seen(sealed, lamp.id)) == lamp and await store.keys.list() == []


async def test_a_state_that_is_revised_is_plain_to_who_revises_it(
    sealed: SealedEntities, store: Store
) -> None:
    await keep(sealed, contact(1, email="a@example.org"))
    (past,) = await store.history.past("demo", ONE, [TYPE + "email"])
    heard: list[object] = []

    def revise(state: Instance | None) -> Instance | None:
        assert state is not None
        heard.append(state.value)
        return msgspec.structs.replace(state, value="b@example.org")

    sealed.seals.keys.forget()
    revised = Revised(ONE, TYPE + "email", past.instance_id, revise)
    await sealed.change("demo", [ONE], lambda _: Decision((), None, correction=revised), MAYOR)
    (after,) = await store.history.past("demo", ONE, [TYPE + "email"])
    assert heard[-1] == "a@example.org" and after.instance is not None
    assert sealed.seals.plain("demo", ONE, TYPE + "email", (after.instance,))[0].value == "b@example.org"


async def test_keys_that_are_not_remembered_are_asked_for(sealed: SealedEntities, seals: Seals) -> None:
    await keep(sealed, contact(1, email="a@example.org"))
    kept = await seen(sealed)
    seals.keys.forget()
    with pytest.raises(KeysWanted):
        seals.opened("demo", kept)
    # whoever finds it has the keys fetched
    assert seals.opened("demo", await seen(sealed)) != kept


async def test_a_restart_with_the_same_keys_reads_what_was_sealed(
    sealed: SealedEntities, store: Store, tmp_path: Path
) -> None:
    await keep(sealed, contact(1, email="a@example.org"))
    again = Seals([CONTACT], Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), SteppingClock()))
    assert values(await plain(SealedEntities(store.entities, again)))["email"] == "a@example.org"


async def test_a_long_past_is_sealed_whole(
    sealed: SealedEntities, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing_up, "STATES", 3)
    await store.entities.change("demo", [], creating(contact(1, email="0@example.org", phone="0")), MAYOR)
    for number in range(1, 9):
        await store.entities.change("demo", [ONE], setting("contact:1", "phone", str(number), 20), MAYOR)
    assert await seal_up(sealed, store.history) == (1, 10)
    states = await store.history.past("demo", ONE, [TYPE + "phone"])
    assert len(states) == 10 and all(one.instance and ciphertext_of((one.instance,)) for one in states)


async def test_what_was_kept_in_clear_is_sealed_with_its_past(sealed: SealedEntities, store: Store) -> None:
    await store.entities.change(
        "demo", [], creating(contact(1, email="a@example.org"), contact(2, phone="77")), MAYOR
    )
    await store.entities.change("demo", [ONE], setting("contact:1", "email", "b@example.org", 20), MAYOR)
    assert await seal_up(sealed, store.history) == (2, 3)
    assert await seal_up(sealed, store.history) == (0, 0)
    for entity_id in (ONE, TWO):
        kept = msgspec.json.encode(
            (await seen(sealed, entity_id), await store.history.past("demo", entity_id))
        )
        assert b"example.org" not in kept and b'"77"' not in kept
    assert values(await plain(sealed))["email"] == "b@example.org"
    past = await store.history.past("demo", ONE, [TYPE + "email"])
    told = [
        sealed.seals.plain("demo", ONE, TYPE + "email", (one.instance,))[0].value
        for one in past
        if one.instance
    ]
    assert set(told) == {"a@example.org", "b@example.org"}


async def test_accounts_are_sealed_and_found_by_their_login(store: Store, seals: Seals) -> None:
    accounts = SealedAccounts(store.accounts, seals.keys)
    before = Account("1", "anna", "安奈", "$argon2id$")
    await store.accounts.put(before)
    assert await accounts.by_login("anna") == before
    assert (await accounts.seal_all(), await accounts.seal_all()) == (1, 0)
    ben = Account("2", "ben", "Ben", "$argon2id$")
    await accounts.put(ben)
    kept = msgspec.json.encode([await store.accounts.by_id(one) for one in ("1", "2")]).decode()
    assert not {"anna", "安奈", "ben", "Ben"} & set(kept.split('"'))
    # one of before is known to services by its own id; one that is new here by others
    new = await accounts.by_id("2")
    assert new is not None and new.pairing is not None
    assert msgspec.structs.replace(new, pairing=None) == ben
    assert await accounts.by_login("anna") == before
    for one in (new, ben, msgspec.structs.replace(before, name="アンナ")):
        await accounts.put(one)
    told = [await accounts.by_id(one) for one in ("1", "2")]
    assert [one.pairing for one in told if one is not None] == [None, new.pairing]
    with pytest.raises(ValueError, match="another account has the login anna"):
        await accounts.put(msgspec.structs.replace(ben, login="anna"))
    page = await accounts.list(limit=1)
    assert {one.login for one in (*page, *await accounts.list(page[-1].login))} == {"anna", "ben"}
    await seals.keys.destroy(["1"], GRAVE)
    found = await accounts.by_id("1")
    assert found is not None and found.name == "" and found.login.startswith("~") and found.disabled
