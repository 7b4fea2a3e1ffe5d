"""Laws of one-time codes: those of the RFCs, each good once, in their time, for their account; the password alone does not enter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from argon2 import PasswordHasher

from kaiteki.kit.identity import HalfWay, Identity, SignedIn
from kaiteki.kit.identity.codes import PAPER_CODES, STEP_S, address, as_text, code_at, step_of, tidy_code
from kaiteki.kit.identity.gate import FREE_ATTEMPTS
from kaiteki.kit.identity.second import TOTP
from kaiteki.kit.identity.tickets import TICKET_LIFE_S
from kaiteki.kit.identity.vault import unseal
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account
from kaiteki.stores.memory import open_memory
from town import TownClock

RFC_SECRET = b"12345678901234567890"
RFC_4226 = list(
    enumerate(
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    )
)
"""Appendix D."""
PASSWORD = "correct horse battery"
BROWSER, HERE, ELSEWHERE = "b1", "192.0.2.1", "198.51.100.7"
WRONG = "ABCDEF"


@pytest.mark.parametrize(("step", "code"), RFC_4226)
def test_the_codes_of_rfc_4226(step: int, code: str) -> None:
    assert code_at(RFC_SECRET, step) == code


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_codes_of_rfc_6238(at_s: int, code: str) -> None:
    assert code_at(RFC_SECRET, at_s // STEP_S, digits=8) == code


def test_a_clock_may_be_one_step_ahead_or_behind() -> None:
    found = [step_of(RFC_SECRET, code_at(RFC_SECRET, step), 100 * STEP_S) for step in range(98, 103)]
    assert found == [None, 99, 100, 101, None]


def test_an_app_is_told_the_site_the_account_and_the_secret() -> None:
    assert as_text(RFC_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert address(RFC_SECRET, "葵", "見本市").startswith(
        "otpauth://totp/%E8%A6%8B%E6%9C%AC%E5%B8%82%3A%E8%91%B5?secret=GEZDGNBV"
    )


def test_codes_are_read_as_they_were_meant() -> None:
    assert (tidy_code(" 123 456 "), tidy_code("o1il-abcd")) == ("123456", "0111ABCD")


@dataclass
class Bench:
    identity: Identity
    clock: TownClock
    account: Account
    secret: bytes
    paper: list[str]

    def code(self) -> str:
        """What the app shows now."""
        return code_at(self.secret, self.clock.now() // 1_000_000 // STEP_S)

    async def half_way(self) -> str:
        """The ticket after the password."""
        asked = await self.identity.sign_in("aoi", PASSWORD, HERE, BROWSER)
        assert isinstance(asked, HalfWay)
        return asked.ticket

    async def enter(self, code: str, address: str = HERE) -> SignedIn | Refused:
        """The password, then a code."""
        return await self.identity.sign_in_by_code(await self.half_way(), code, BROWSER, address)


@pytest.fixture
async def bench() -> Bench:
    clock = TownClock()
    store = open_memory(clock)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(store.accounts, store.credentials, clock, b"secret of the tests", weak)
    account = await identity.register("aoi", "葵", PASSWORD)
    assert isinstance(account, Account)
    secret, ticket = identity.second.begin(BROWSER, account.id)
    bench = Bench(identity, clock, account, secret, [])
    assert not await identity.second.is_on(account.id)
    paper = await identity.second.confirm(BROWSER, account.id, ticket, bench.code())
    assert not isinstance(paper, Refused)
    bench.paper += paper
    return bench


async def test_a_password_and_a_code_are_two_factors(bench: Bench) -> None:
    entered = await bench.enter(bench.code())
    assert isinstance(entered, SignedIn)
    assert (entered.session.assurance, entered.session.method) == (2, "two_factors")


async def test_a_code_is_good_once_even_for_two_at_a_time(bench: Bench) -> None:
    tickets = [await bench.half_way() for _ in range(2)]
    tries = await asyncio.gather(
        *(bench.identity.sign_in_by_code(ticket, bench.code(), BROWSER, HERE) for ticket in tickets)
    )
    assert sorted(isinstance(one, SignedIn) for one in tries) == [False, True]
    assert await bench.enter(bench.code()) == Refused("invalid")
    bench.clock.pass_s(STEP_S)
    assert isinstance(await bench.enter(bench.code()), SignedIn)


async def test_each_code_on_paper_is_good_once_and_new_ones_void_them(bench: Bench) -> None:
    assert len(set(bench.paper)) == PAPER_CODES
    first, second = bench.paper[:2]
    assert isinstance(await bench.enter(first.lower().replace("-", " ")), SignedIn)
    assert await bench.enter(first) == Refused("invalid")
    assert await bench.identity.second.paper_codes(bench.account.id) == PAPER_CODES - 1
    renewed = await bench.identity.second.renew_paper(bench.account.id)
    assert await bench.enter(second) == Refused("invalid")
    assert isinstance(await bench.enter(renewed[0]), SignedIn)


async def test_a_wrong_code_another_browser_and_a_late_one_do_not_enter(bench: Bench) -> None:
    assert await bench.enter(WRONG) == Refused("invalid")
    ticket = await bench.half_way()
    assert await bench.identity.sign_in_by_code(ticket, bench.code(), "b2", HERE) == Refused("expired")
    bench.clock.pass_s(TICKET_LIFE_S)
    assert await bench.identity.sign_in_by_code(ticket, bench.code(), BROWSER, HERE) == Refused("expired")
    assert await bench.identity.sign_in_by_code("", bench.code(), BROWSER, HERE) == Refused("expired")


async def test_guessing_codes_waits_from_wherever_it_is_done(bench: Bench) -> None:
    for n in range(FREE_ATTEMPTS):
        assert await bench.enter(WRONG, f"198.51.100.{n}") == Refused("invalid")
    assert await bench.enter(bench.code(), ELSEWHERE) == Refused("too_many")
    bench.clock.pass_s(1)
    assert isinstance(await bench.enter(bench.code(), ELSEWHERE), SignedIn)


async def test_the_secret_stands_sealed_and_for_its_account_alone(bench: Bench) -> None:
    kept = await bench.identity.credentials.get(TOTP, bench.account.id)
    assert kept is not None and bench.secret not in kept.body
    assert unseal(b"secret of the tests", bench.account.id, kept.body) == bench.secret
    assert unseal(b"secret of the tests", "acc-2", kept.body) is None
    assert unseal(b"another secret", bench.account.id, kept.body) is None


async def test_it_is_not_on_before_the_app_told_a_right_code(bench: Bench) -> None:
    second, other = bench.identity.second, "acc-2"
    secret, ticket = second.begin(BROWSER, other)
    right = code_at(secret, bench.clock.now() // 1_000_000 // STEP_S)
    assert await second.confirm(BROWSER, other, ticket, WRONG) == Refused("invalid")
    assert await second.confirm("b2", other, ticket, right) == Refused("expired")
    assert await second.confirm(BROWSER, "acc-3", ticket, right) == Refused("expired")
    assert not await second.is_on(other)
    assert not isinstance(await second.confirm(BROWSER, other, ticket, right), Refused)
    assert await second.is_on(other)


async def test_without_it_the_password_is_enough_again(bench: Bench) -> None:
    await bench.identity.second.switch_off(bench.account.id)
    assert isinstance(await bench.identity.sign_in("aoi", PASSWORD, HERE, BROWSER), SignedIn)
    assert await bench.identity.second.paper_codes(bench.account.id) == 0
