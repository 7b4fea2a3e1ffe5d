"""Laws of who is who: the right password opens, a wrong one tells nothing, guessing slows down its own address only."""

import statistics
import time
from dataclasses import dataclass

import msgspec
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.identity import (
    SESSION_RESIDENT_S,
    SESSION_STAFF_S,
    Identity,
    SignedIn,
    person_of,
    token_hash,
)
from kaiteki.kit.identity.gate import (
    ADDRESS_ATTEMPTS_MAX,
    FREE_ATTEMPTS,
    GATE_ENTRIES_MAX,
    WAIT_S_MAX,
    Gate,
)
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant, Session
from kaiteki.stores.memory import open_memory
from town import TownClock

PASSWORD = "correct horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@dataclass
class Register:
    identity: Identity
    clock: TownClock

    async def add(self, login: str, *grants: Grant) -> Account:
        """An account with the password of these tests."""
        account = await self.identity.register(login, login.title(), PASSWORD, grants)
        assert isinstance(account, Account)
        return account

    async def enter(self, login: str, address: str = HERE) -> SignedIn:
        """A session of it."""
        entered = await self.identity.sign_in(login, PASSWORD, address)
        assert isinstance(entered, SignedIn)
        return entered


def identity_of(clock: TownClock, hasher: PasswordHasher | None = None) -> Identity:
    """A register without anybody."""
    store = open_memory(clock)
    return Identity(store.accounts, store.credentials, clock, b"secret of the tests", hasher)


@pytest.fixture
def register() -> Register:
    clock = TownClock()
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Register(identity_of(clock, weak), clock)


async def test_the_right_password_opens_a_session_of_which_only_hashes_are_kept(register: Register) -> None:
    account = await register.add("Aoi@Example.jp")
    assert account.password_hash.startswith("$argon2id$")
    entered = await register.enter("ａｏｉ@example.jp ")
    visit = await register.identity.visit(entered.token)
    assert visit is not None
    assert (visit.account, visit.session) == (account, entered.session)
    assert entered.token not in repr(entered.session)
    assert entered.session.token_hash == token_hash(entered.token)


async def test_a_wrong_password_and_an_unknown_login_are_the_same_no(register: Register) -> None:
    await register.add("aoi")
    assert await register.identity.sign_in("aoi", "wrong", HERE) == Refused("not_allowed")
    assert await register.identity.sign_in("nobody", PASSWORD, HERE) == Refused("not_allowed")


async def test_an_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    clock = TownClock()
    register = Register(identity_of(clock), clock)
    await register.add("aoi")
    await register.identity.sign_in("warm", "up the hash of nobody", "192.0.2.0")
    times: dict[str, list[float]] = {"aoi": [], "nobody": []}
    for n in range(8):
        for login, taken in times.items():
            started = time.process_time()
            await register.identity.sign_in(login, "a wrong password", f"192.0.2.{n}")
            taken.append(time.process_time() - started)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.4 < known / unknown < 2.5


async def test_guessing_waits_and_the_owner_elsewhere_does_not(register: Register) -> None:
    await register.add("aoi")
    for _ in range(FREE_ATTEMPTS):
        assert await register.identity.sign_in("aoi", "wrong", HERE) == Refused("not_allowed")
    assert await register.identity.sign_in("aoi", PASSWORD, HERE) == Refused("too_many")
    await register.enter("aoi", ELSEWHERE)
    register.clock.pass_s(1)
    await register.enter("aoi", HERE)


async def test_a_browser_of_before_is_not_kept_out_by_who_guesses_at_the_same_address(
    register: Register,
) -> None:
    account = await register.add("aoi")
    await register.identity.browsers.greet((await register.enter("aoi")).session, "b-own")
    for n in range(ADDRESS_ATTEMPTS_MAX):
        await register.identity.sign_in("aoi", f"wrong {n}", HERE, "b-other")
    assert await register.identity.sign_in("aoi", PASSWORD, HERE, "b-other") == Refused("too_many")
    assert isinstance(await register.identity.sign_in("aoi", PASSWORD, HERE, "b-own"), SignedIn)
    for _ in range(FREE_ATTEMPTS):
        assert await register.identity.sign_in("aoi", "wrong", HERE, "b-own") == Refused("not_allowed")
    assert await register.identity.sign_in("aoi", PASSWORD, HERE, "b-own") == Refused("too_many"), account.id


async def test_one_address_at_many_logins_waits_too(register: Register) -> None:
    await register.add("aoi")
    for n in range(ADDRESS_ATTEMPTS_MAX):
        assert await register.identity.sign_in(f"guess{n}", "wrong", HERE) == Refused("not_allowed")
    assert await register.identity.sign_in("aoi", PASSWORD, HERE) == Refused("too_many")
    await register.enter("aoi", ELSEWHERE)
    register.clock.pass_s(WAIT_S_MAX)
    await register.enter("aoi", HERE)


@given(st.permutations(range(FREE_ATTEMPTS)))
def test_attempts_that_began_together_do_not_keep_each_other_out(order: list[int]) -> None:
    """Each reads the time before it looks up the account, so one that is counted later may have begun earlier."""
    gate = Gate()
    for began in order:
        now = Instant(1_000_000 + began)
        assert gate.is_open("aoi", HERE, now)
        gate.failed("aoi", HERE, now)


def test_a_gate_of_many_guesses_stays_small() -> None:
    gate = Gate()
    for n in range(GATE_ENTRIES_MAX):
        gate.failed(f"login{n}", f"address{n}", Instant(n))
    assert len(gate._wrong) == GATE_ENTRIES_MAX


async def test_sessions_end_by_time_by_hand_and_with_the_account(register: Register) -> None:
    clerk = await register.add("clerk", Grant("demo", STAFF, "roads"))
    await register.add("aoi")
    staff, resident = await register.enter("clerk"), await register.enter("aoi")
    register.clock.pass_s(SESSION_STAFF_S)
    assert await register.identity.visit(staff.token) is None
    assert await register.identity.visit(resident.token) is not None
    register.clock.pass_s(SESSION_RESIDENT_S)
    assert await register.identity.visit(resident.token) is None
    first, second = await register.enter("clerk"), await register.enter("clerk")
    assert not await register.identity.end_session("acc-other", first.session.token_hash)
    assert await register.identity.end_session(clerk.id, first.session.token_hash)
    assert [one.token_hash for one in await register.identity.sessions(clerk.id)] == [
        second.session.token_hash
    ]
    await register.identity.accounts.put(Account(clerk.id, "clerk", "", clerk.password_hash, disabled=True))
    assert await register.identity.visit(second.token) is None
    assert await register.identity.sign_in("clerk", PASSWORD, HERE) == Refused("not_allowed")


async def test_a_new_password_ends_the_other_sessions(register: Register) -> None:
    await register.add("aoi")
    here, there = await register.enter("aoi"), await register.enter("aoi", ELSEWHERE)
    visit = await register.identity.visit(here.token)
    assert visit is not None
    wrong = await register.identity.change_password(visit, "wrong", "another long one", HERE)
    assert wrong is not None
    assert (wrong.code, wrong.faults[0].field) == ("invalid", "old")
    short = await register.identity.change_password(visit, PASSWORD, "short", HERE)
    assert short is not None
    assert (short.faults[0].field, short.faults[0].code) == ("password", "too_short")
    assert await register.identity.change_password(visit, PASSWORD, "another long one", HERE) is None
    assert await register.identity.visit(here.token) is not None
    assert await register.identity.visit(there.token) is None
    assert isinstance(await register.identity.sign_in("aoi", "another long one", HERE), SignedIn)


async def test_a_sample_account_that_many_share_keeps_its_password(register: Register) -> None:
    account = await register.add("desk")
    await register.identity.accounts.put(msgspec.structs.replace(account, sample=True))
    visit = await register.identity.visit((await register.enter("desk")).token)
    assert visit is not None
    said = await register.identity.change_password(visit, PASSWORD, "another long one", HERE)
    assert said == Refused("not_allowed")
    assert isinstance(await register.identity.sign_in("desk", PASSWORD, HERE), SignedIn)


async def test_a_login_is_taken_once(register: Register) -> None:
    await register.add("aoi")
    again = await register.identity.register("AOI", "", PASSWORD)
    assert isinstance(again, Refused)
    assert again.faults[0].code == "taken"
    for login in ("", "x" * 101, "machine:x"):
        assert isinstance(await register.identity.register(login, "", PASSWORD), Refused)


async def test_a_machine_has_a_token_and_no_password(register: Register) -> None:
    made = await register.identity.register_machine("open311", (Grant("demo", STAFF),))
    assert not isinstance(made, Refused)
    account, bearer = made
    assert await register.identity.machine(bearer) == account
    assert account.kind == "machine"
    assert person_of(account, "demo").roles == {ANYONE, STAFF}
    for wrong in ("", bearer[:-1], bearer + "x", "kaiteki_mac_x", bearer.replace("mac-", "acc-")):
        assert await register.identity.machine(wrong) is None
    assert await register.identity.sign_in(account.login, bearer, HERE) == Refused("not_allowed")
    resident = await register.add("aoi")
    assert await register.identity.machine(f"kaiteki_{resident.id}_{PASSWORD}") is None


grants = st.lists(
    st.builds(
        Grant,
        area=st.sampled_from(["chiba", "kashiwa", "*"]),
        role=st.sampled_from([STAFF, ADMIN]),
        office=st.sampled_from(["", "roads", "parks"]),
    ),
    max_size=4,
).map(tuple)


@given(grants)
def test_roles_hold_in_their_area_alone(given_grants: tuple[Grant, ...]) -> None:
    account = Account("acc-1", "aoi", "葵", "", given_grants)
    here = [grant for grant in given_grants if grant.area in ("chiba", "*")]
    assert person_of(account, "chiba") == Person(
        "acc-1",
        "葵",
        frozenset({ANYONE, RESIDENT, *(grant.role for grant in here)}),
        frozenset(grant.office or "*" for grant in here),
        assurance=1,
    )


def test_a_person_is_as_sure_as_the_session_and_names_who_helps() -> None:
    account = Account("acc-1", "aoi", "葵", "")
    own = Session("a" * 64, "acc-1", Instant(1), Instant(9), assurance=2, method="passkey")
    person = person_of(account, "demo", own)
    assert (person.kind, person.assurance, person.helper) == ("person", 2, "")
    helping = msgspec.structs.replace(own, account_id="acc-2", acting_for="acc-1")
    assert person_of(account, "demo", helping).helper == "acc-2"


def test_programs_devices_and_cities_are_no_residents_and_old_records_of_programs_are_known() -> None:
    before = msgspec.json.decode(
        b'{"id":"mac-1","login":"machine:mac-1","name":"x","password_hash":""}', type=Account
    )
    assert (before.kind, person_of(before, "demo").kind) == ("person", "machine")
    for kind, roles in (("organisation", {ANYONE, RESIDENT}), ("device", {ANYONE}), ("city", {ANYONE})):
        assert person_of(Account("acc-1", "x", "x", "", kind=kind), "demo").roles == roles


@pytest.mark.parametrize("login", ["aoi", "青木.葵", "ｱｵｲ", "a_b-c+d@example.org", "7", "サーバー"])
async def test_a_login_has_letters_digits_and_few_signs(register: Register, login: str) -> None:
    assert isinstance(await register.identity.register(login, "", PASSWORD), Account)


@pytest.mark.parametrize(
    "login", ["r 1", "<b>x", "x\n<b>", "a\u3000b", "a\u200bb", "a;b", "[red]", "a/b", "é\x07"]
)
async def test_other_signs_are_refused_with_what_may_stand_there(register: Register, login: str) -> None:
    refused = await register.identity.register(login, "", PASSWORD)
    assert isinstance(refused, Refused) and [one.code for one in refused.faults] == ["login_signs"]
    assert ". _ - @ +" in refused.faults[0].words.en


async def test_who_has_another_login_from_before_signs_in_with_it(register: Register) -> None:
    account = await register.add("before")
    await register.identity.accounts.put(msgspec.structs.replace(account, login="r 1 <b>"))
    assert isinstance(await register.identity.sign_in("R 1 <b>", PASSWORD, HERE), SignedIn)
