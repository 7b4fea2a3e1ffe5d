"""Laws of the register of pairwise ids over every store: written once, found by what a service knows, gone with the account."""

from __future__ import annotations

import asyncio

import pytest

from kaiteki.broker.keyring import Keys
from kaiteki.broker.sealed_accounts import SealedAccounts
from kaiteki.kit.identity import person_of
from kaiteki.kit.identity.pairwise import PAIRWISE, Pairwise
from kaiteki.main.kek import HeldKek
from kaiteki.model.access import Person
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account
from kaiteki.ports.credentials import Credential
from kaiteki.ports.keys import Tombstone
from kaiteki.stores.store import Store
from ports.sample import SteppingClock

SERVICES = ("reports", "trust")


@pytest.fixture
def accounts(store: Store) -> SealedAccounts:
    keys = Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), SteppingClock())
    return SealedAccounts(store.accounts, keys, SERVICES)


async def person(accounts: SealedAccounts, name: str) -> Person:
    await accounts.put(Account(name, f"{name}@", name, ""))
    kept = await accounts.by_id(name)
    assert kept is not None
    return person_of(kept, "demo")


async def test_two_that_come_first_write_down_one_id(store: Store, accounts: SealedAccounts) -> None:
    anna = await person(accounts, "anna")
    registers = [Pairwise(accounts, store.credentials, SteppingClock()) for _ in range(3)]
    await asyncio.gather(*(one.note(anna, "reports") for one in registers for _ in range(3)))
    pair = dict(anna.pairs)["reports"]
    (kept,) = await store.credentials.of("anna", PAIRWISE)
    assert (kept.value, kept.account_id, kept.body) == (pair, "anna", b"reports")
    assert [await one.account_of(pair) for one in registers] == ["anna"] * 3
    # it stays whose it is
    with pytest.raises(ValueError, match="another account"):
        await store.credentials.put(Credential(PAIRWISE, pair, "ben", b"reports", Instant(9)))


async def test_who_is_known_to_one_service_is_found_for_another_one_until_the_end(
    store: Store, accounts: SealedAccounts
) -> None:
    anna, ben = await person(accounts, "anna"), await person(accounts, "ben")
    register = Pairwise(accounts, store.credentials, SteppingClock())
    await register.note(anna, "reports")
    one, other = dict(anna.pairs)["reports"], dict(ben.pairs)["reports"]
    told = await register.in_service("trust", "demo", [one, other, "browser-1", "acc-of-before"])
    # who never used a service is not known there, nor is what is no pairwise id
    assert told == {one: dict(anna.pairs)["trust"], other: other} | {
        name: name for name in ("browser-1", "acc-of-before")
    }
    # led on, the id is written down; who is nobody is left out
    assert await register.account_of(dict(anna.pairs)["trust"]) == ""
    led = await register.lead("trust", "demo", [one, other, "browser-1", "ben"])
    assert led == {one: dict(anna.pairs)["trust"], "ben": dict(ben.pairs)["trust"]}
    assert await register.account_of(led[one]) == "anna"
    await store.credentials.forget("anna")
    await accounts.remove("anna")
    await store.keys.destroy(["anna"], Tombstone(Instant(9), "operator", "", 0))
    fresh = Pairwise(accounts, store.credentials, SteppingClock())
    assert await fresh.lead("trust", "demo", [one, "anna"]) == {}
    assert (await fresh.account_of(one), await fresh.in_service("trust", "demo", [one])) == ("", {one: one})
    # the same id of an account, come again, is somebody else to every service
    keys = Keys(store.keys, HeldKek(lambda: {"kek-1": "0a" * 32}), SteppingClock())
    again = await person(SealedAccounts(store.accounts, keys, SERVICES), "anna")
    assert not {pair for _, pair in again.pairs} & {pair for _, pair in anna.pairs}
