"""Sample accounts of a simulated world: a restart signs nobody out and leaves no machines behind; without a world none works."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher

from kaiteki.kit.identity import Identity, SignedIn
from kaiteki.main.outside import make_keys
from kaiteki.main.samples import SAMPLE_PASSWORD, close_samples, open_samples, sample_password
from kaiteki.main.settings import Settings
from kaiteki.ports.accounts import Account
from kaiteki.stores.memory import open_memory
from town import TownClock


def register() -> Identity:
    """A register without anybody."""
    clock = TownClock()
    store = open_memory(clock)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Identity(store.accounts, store.credentials, clock, b"secret of the tests", weak)


async def accounts(identity: Identity) -> list[Account]:
    """All of them."""
    return list(await identity.accounts.list("", 1000))


async def test_a_restart_keeps_who_is_signed_in_and_uses_the_same_machines_again() -> None:
    identity = register()
    await open_samples(identity, SAMPLE_PASSWORD)
    first = await make_keys(identity)
    signed = await identity.sign_in("desk", SAMPLE_PASSWORD, "192.0.2.1")
    assert isinstance(signed, SignedIn)
    known = [one.id for one in await accounts(identity)]
    await close_samples(identity.accounts)
    assert await identity.visit(signed.token) is None, "nobody is a sample person while there is no world"
    assert await identity.machine(first.sensors) is None
    await open_samples(identity, SAMPLE_PASSWORD)
    second = await make_keys(identity)
    visit = await identity.visit(signed.token)
    assert visit is not None and visit.account.login == "desk"
    assert [one.id for one in await accounts(identity)] == known
    assert not any(one.disabled for one in await accounts(identity))
    again = await identity.machine(second.sensors)
    assert again is not None and again.name == "見本 センサー"
    assert await identity.machine(first.sensors) is None, "a token of an earlier life is void"


async def test_another_password_signs_the_sample_accounts_out() -> None:
    identity = register()
    await open_samples(identity, SAMPLE_PASSWORD)
    signed = await identity.sign_in("taro", SAMPLE_PASSWORD, "192.0.2.1")
    assert isinstance(signed, SignedIn)
    await open_samples(identity, "another password")
    assert await identity.visit(signed.token) is None
    assert isinstance(await identity.sign_in("taro", "another password", "192.0.2.1"), SignedIn)


def test_a_node_that_others_can_reach_has_a_sample_password_of_its_own(tmp_path: Path) -> None:
    here, open_, other = (
        Settings(data=tmp_path / folder, cities=("demo",), host=host, world=True)
        for folder, host in (("a", "127.0.0.1"), ("a", "0.0.0.0"), ("b", "0.0.0.0"))
    )
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    assert sample_password(here) == SAMPLE_PASSWORD
    drawn = [sample_password(one) for one in (open_, open_, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert all(len(one) == 16 and one != SAMPLE_PASSWORD for one in drawn)
