"""Laws of passkeys: a device that holds one opens its account, and nothing else does: no other device, browser, site, moment or copy."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.identity import Answer, Identity, Place, SignedIn, new_account_id, place_of
from kaiteki.kit.identity.gate import Quota
from kaiteki.kit.identity.passkey import PASSKEY, Passkey
from kaiteki.kit.identity.passkeys import PASSKEYS_MAX, Challenge
from kaiteki.kit.identity.tickets import SPENT, SWEPT_AT_ONCE, TICKET_LIFE_S
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account
from kaiteki.stores.memory import open_memory
from soft_key import PRESENT, SoftKey, options_of
from town import TownClock

HERE = Place("localhost", "http://localhost", "見本市")
BROWSER, OTHER_BROWSER = "b1", "b2"
ADDRESS = "192.0.2.1"


@dataclass
class Bench:
    identity: Identity
    clock: TownClock

    async def asked(self, place: Place = HERE) -> Challenge:
        """A challenge to show a passkey, whosever."""
        return await self.identity.passkeys.ask_to_show(place, BROWSER)

    async def enter(self, key: SoftKey, challenge: Challenge | None = None) -> SignedIn | Refused:
        """Sign in with a device."""
        challenge = challenge or await self.asked()
        said = key.show(options_of(challenge))
        return await self.identity.sign_in_by_passkey(Answer(challenge.ticket, said, BROWSER), ADDRESS)

    async def open(self, key: SoftKey) -> Account:
        """An account that a device opened."""
        passkeys = self.identity.passkeys
        challenge = await passkeys.ask_to_make(HERE, BROWSER, new_account_id(), "葵")
        answer = Answer(challenge.ticket, key.make(options_of(challenge)), BROWSER)
        opened = await self.identity.register_by_passkey(answer, "葵")
        assert isinstance(opened, SignedIn), opened
        return opened.account

    async def add(self, account: Account, key: SoftKey) -> Refused | None:
        """Another device for an account."""
        challenge = await self.identity.passkeys.ask_to_make(HERE, BROWSER, account.id, account.name)
        answer = Answer(challenge.ticket, key.make(options_of(challenge)), BROWSER)
        return await self.identity.add_passkey(account, answer, "スマホ")


@pytest.fixture
def bench() -> Bench:
    clock = TownClock()
    store = open_memory(clock)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Bench(Identity(store.accounts, store.credentials, clock, b"secret of the tests", weak), clock)


async def test_a_device_opens_an_account_and_enters_it_again_without_a_login(bench: Bench) -> None:
    key = SoftKey()
    account = await bench.open(key)
    assert (account.name, account.password_hash, account.grants) == ("葵", "", ())
    entered = await bench.enter(key)
    assert isinstance(entered, SignedIn)
    assert (entered.account, entered.session.assurance, entered.session.method) == (account, 2, "passkey")
    (own,) = await bench.identity.passkeys.of(account.id)
    assert (own.passkey.sign_count, own.credential.used_at) == (1, bench.clock.now())


async def test_nobody_signs_in_by_password_where_there_is_none(bench: Bench) -> None:
    account = await bench.open(SoftKey())
    for password in ("", "a wrong password"):
        assert await bench.identity.sign_in(account.login, password, ADDRESS) == Refused("not_allowed")


async def test_options_want_a_discoverable_key_that_knows_its_owner(bench: Bench) -> None:
    account = await bench.open(key := SoftKey())
    asked = options_of(await bench.identity.passkeys.ask_to_make(HERE, BROWSER, account.id, "葵"))
    assert asked["rp"] == {"name": "見本市", "id": "localhost"}
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert len(asked["excludeCredentials"]) == 1
    shown = options_of(await bench.asked())
    assert (shown["rpId"], shown["userVerification"], shown["allowCredentials"]) == (
        "localhost",
        "required",
        [],
    )
    own = options_of(await bench.identity.passkeys.ask_to_show(HERE, BROWSER, account.id))
    assert len(own["allowCredentials"]) == 1
    assert isinstance(await bench.enter(key), SignedIn)


async def test_a_challenge_is_for_one_browser_one_answer_and_a_few_minutes(bench: Bench) -> None:
    await bench.open(key := SoftKey())
    challenge = await bench.asked()
    said = key.show(options_of(challenge))
    stolen = Answer(challenge.ticket, said, OTHER_BROWSER)
    assert await bench.identity.sign_in_by_passkey(stolen, ADDRESS) == Refused("expired")
    own = Answer(challenge.ticket, said, BROWSER)
    assert isinstance(await bench.identity.sign_in_by_passkey(own, ADDRESS), SignedIn)
    assert await bench.identity.sign_in_by_passkey(own, ADDRESS) == Refused("expired")
    late = await bench.asked()
    bench.clock.pass_s(TICKET_LIFE_S)
    assert await bench.enter(key, late) == Refused("expired")
    made = await bench.identity.passkeys.ask_to_make(HERE, BROWSER, new_account_id(), "x")
    assert await bench.enter(key, Challenge((await bench.asked()).options, made.ticket)) == Refused("expired")


async def test_another_device_site_challenge_or_an_absent_owner_does_not_enter(bench: Bench) -> None:
    await bench.open(key := SoftKey())
    stranger = SoftKey()
    assert await bench.enter(stranger) == Refused("not_allowed")
    stranger.id = key.id
    assert await bench.enter(stranger) == Refused("not_allowed")
    key.origin = "https://evil.example"
    assert await bench.enter(key) == Refused("not_allowed")
    key.origin = "http://localhost"
    evil = Place("evil.example", "https://evil.example")
    assert await bench.enter(key, await bench.asked(evil)) == Refused("not_allowed")
    first, second = await bench.asked(), await bench.asked()
    mixed = Challenge(first.options, second.ticket)
    assert await bench.enter(key, mixed) == Refused("not_allowed")
    key.flags = PRESENT
    assert await bench.enter(key) == Refused("not_allowed")


async def test_a_key_that_does_not_know_its_owner_is_not_taken(bench: Bench) -> None:
    key = SoftKey()
    key.flags = PRESENT
    challenge = await bench.identity.passkeys.ask_to_make(HERE, BROWSER, new_account_id(), "x")
    answer = Answer(challenge.ticket, key.make(options_of(challenge)), BROWSER)
    assert await bench.identity.register_by_passkey(answer, "x") == Refused("not_allowed")
    assert await bench.identity.accounts.list() == []


async def test_a_count_that_goes_back_stops_the_key_for_good(bench: Bench) -> None:
    account = await bench.open(key := SoftKey())
    await bench.enter(key)
    await bench.enter(key)
    key.count = 0
    assert await bench.enter(key) == Refused("doubted")
    (own,) = await bench.identity.passkeys.of(account.id)
    assert own.passkey.doubted_at == bench.clock.now()
    key.count = 99
    assert await bench.enter(key) == Refused("doubted")


async def test_keys_are_added_named_and_removed_by_their_owner_but_never_the_last_way_in(
    bench: Bench,
) -> None:
    account = await bench.open(first := SoftKey())
    other = await bench.open(foreign := SoftKey())
    identity = bench.identity
    (own,) = await identity.passkeys.of(account.id)
    assert await identity.ways.remove(account, PASSKEY, own.id) == Refused("last")
    assert await bench.add(account, second := SoftKey()) is None
    assert await bench.add(other, second) == Refused("not_allowed")
    titles = {one.passkey.title for one in await identity.passkeys.of(account.id)}
    assert titles == {"", "スマホ"}
    assert await identity.passkeys.rename(account.id, own.id, " 家のパソコン ")
    assert not await identity.passkeys.rename(other.id, own.id, "x")
    assert await identity.ways.remove(other, PASSKEY, own.id) == Refused("not_found")
    assert await identity.ways.remove(account, PASSKEY, own.id) is None
    assert await bench.enter(first) == Refused("not_allowed")
    assert isinstance(await bench.enter(second), SignedIn)
    assert isinstance(await bench.enter(foreign), SignedIn)


async def test_a_challenge_for_one_account_makes_no_key_for_another(bench: Bench) -> None:
    account, other = await bench.open(SoftKey()), await bench.open(SoftKey())
    challenge = await bench.identity.passkeys.ask_to_make(HERE, BROWSER, account.id, "葵")
    said = SoftKey().make(options_of(challenge))
    assert await bench.identity.add_passkey(other, Answer(challenge.ticket, said, BROWSER), "") == Refused(
        "not_allowed"
    )
    again = await bench.identity.passkeys.ask_to_make(HERE, BROWSER, account.id, "葵")
    taken = Answer(again.ticket, SoftKey().make(options_of(again)), BROWSER)
    assert await bench.identity.register_by_passkey(taken, "葵") == Refused("not_allowed")


async def test_an_account_has_so_many_keys_and_a_sample_account_none(bench: Bench) -> None:
    account = await bench.open(SoftKey())
    for _ in range(PASSKEYS_MAX - 1):
        assert await bench.add(account, SoftKey()) is None
    assert await bench.add(account, SoftKey()) == Refused("too_many")
    sample = msgspec.structs.replace(account, sample=True)
    assert await bench.add(sample, SoftKey()) == Refused("not_allowed")


@given(st.one_of(st.text(max_size=60), st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), st.one_of(st.none(), st.integers(), st.text(max_size=9), st.dictionaries(st.sampled_from(["clientDataJSON", "authenticatorData", "signature"]), st.text(max_size=9))), max_size=4).map(lambda said: msgspec.json.encode(said).decode())))  # fmt: skip
async def test_what_is_no_answer_is_refused(said: str) -> None:
    clock = TownClock()
    store = open_memory(clock)
    identity = Identity(store.accounts, store.credentials, clock, b"secret")
    for asked, act in (
        (await identity.passkeys.ask_to_show(HERE, BROWSER), identity.passkeys.show),
        (
            await identity.passkeys.ask_to_make(HERE, BROWSER, "acc-1", "x"),
            lambda one: identity.passkeys.make(one, ""),
        ),
    ):
        assert await act(Answer(asked.ticket, said, BROWSER)) == Refused("not_allowed")


async def test_marks_of_used_tickets_do_not_heap_up(bench: Bench) -> None:
    tickets = bench.identity.tickets
    for _ in range(SWEPT_AT_ONCE):
        assert await tickets.take("x", BROWSER, tickets.issue("x", BROWSER, b"")) == b""
    bench.clock.pass_s(TICKET_LIFE_S + 1)
    await tickets.take("x", BROWSER, tickets.issue("x", BROWSER, b""))
    assert len(await bench.identity.credentials.list(SPENT)) == 1


@pytest.mark.parametrize("ticket", ["", ".", "x.y", "漢字.字", "AAAA." + "0" * 64])
def test_what_is_no_ticket_is_refused(bench: Bench, ticket: str) -> None:
    assert bench.identity.tickets.read("x", BROWSER, ticket) is None


@pytest.mark.parametrize(
    ("origin", "rp_id"),
    [
        ("https://city.example", "city.example"),
        ("https://city.example:8443", "city.example"),
        ("http://localhost:8000", "localhost"),
        ("http://city.example", ""),
        ("https://192.0.2.1", ""),
        ("http://127.0.0.1:8000", ""),
        ("http://[::1]:8000", ""),
        ("https://", ""),
    ],
)
def test_passkeys_are_good_at_a_safe_address_with_a_name(origin: str, rp_id: str) -> None:
    place = place_of(origin, "")
    assert (place.rp_id if place else "") == rp_id
    assert place is None or place.origin == origin


def test_an_address_opens_so_many_accounts_in_a_while() -> None:
    quota = Quota(most=2, within_s=10)
    assert [quota.passes("a", Instant(n)) for n in range(3)] == [True, True, False]
    assert quota.passes("b", Instant(3))
    assert quota.passes("a", Instant(10_000_000))


def test_a_passkey_of_before_is_read() -> None:
    packed = msgspec.msgpack.encode({"public_key": b"x", "sign_count": 0, "rp_id": "localhost"})
    assert msgspec.msgpack.decode(packed, type=Passkey) == Passkey(b"x", 0, "localhost")
