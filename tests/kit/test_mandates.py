"""Laws of mandates: a code is taken once; nothing is allowed beyond what was entrusted, longer than it was, or after either side ended it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest
from argon2 import PasswordHasher

from kaiteki.kit.engine import may_use
from kaiteki.kit.identity import Identity, Mandate, Mandates, SignedIn
from kaiteki.kit.identity.mandates import CODE_DAYS, DAYS_MAX, GIVEN_MAX, Wanted
from kaiteki.kit.manifest import Command
from kaiteki.model.access import ADMIN, ANYONE, RESIDENT, STAFF, Person
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.ports.accounts import Account, Grant
from kaiteki.services.reports.manifest import service as reports
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import CLERK, RESIDENT_A, Town, TownClock

DAY_S = 86_400


@dataclass
class Family:
    """A mother who is helped, a daughter who helps, a clerk; all of them signed in."""

    store: Store
    clock: TownClock
    identity: Identity
    book: Mandates
    mother: SignedIn
    daughter: SignedIn

    def wanted(self, *covers: str, days: float = 30, ground: str = "entrusted", papers: str = "") -> Wanted:
        """What is entrusted."""
        until = Instant(self.clock.now() + round(days * DAY_S * 1_000_000))
        return Wanted(ground, covers, until, papers=papers)

    async def entrusted(self, *covers: str, days: float = 30) -> Mandate:
        """A mandate that the daughter has taken."""
        made = await self.book.invite(self.mother.account, self.wanted(*covers, days=days))
        assert not isinstance(made, Refused)
        taken = await self.book.accept(self.daughter.account, made[1].lower())
        assert isinstance(taken, Mandate)
        return taken

    async def person(self) -> Person | None:
        """The person that the daughter's session is, when it acts for the mother."""
        session = msgspec.structs.replace(self.daughter.session, acting_for=self.mother.account.id)
        acting = await self.book.acting(self.daughter.account, session, "demo")
        return acting.person if acting is not None else None


@pytest.fixture
async def family() -> Family:
    clock = TownClock()
    store = open_memory(clock)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = Identity(store.accounts, store.credentials, clock, b"secret of the tests", weak)
    signed_in: list[SignedIn] = []
    for login in ("mother", "daughter"):
        await identity.register(login, login.title(), "a long password", [Grant("demo", STAFF, "roads")])
        entered = await identity.sign_in(login, "a long password", "192.0.2.1")
        assert isinstance(entered, SignedIn)
        signed_in.append(entered)
    return Family(store, clock, identity, Mandates(store.accounts, store.credentials, clock), *signed_in)


async def test_a_helper_is_the_person_with_less(family: Family) -> None:
    await family.entrusted("reports.*", "trust.see")
    person = await family.person()
    assert person is not None
    assert (person.account_id, person.helper) == (family.mother.account.id, family.daughter.account.id)
    assert person.roles == {ANYONE, RESIDENT}
    assert (person.offices, person.holds((STAFF, ADMIN))) == (frozenset(), False)
    assert [person.lets_see(one) for one in ("reports", "trust", "opendata")] == [True, True, False]
    assert [person.lets_do(one, "give") for one in ("reports", "trust", "opendata")] == [True, False, False]
    assert RESIDENT_A.lets_do("opendata", "anything") and RESIDENT_A.lets_see("opendata")


async def test_a_code_is_taken_once_in_time_and_by_another_one(family: Family) -> None:
    made = await family.book.invite(family.mother.account, family.wanted("reports.*"))
    assert not isinstance(made, Refused)
    code = made[1]
    assert isinstance(await family.book.accept(family.mother.account, code), Refused)
    assert isinstance(await family.book.accept(family.daughter.account, code[:-1]), Refused)
    assert await family.person() is None
    assert isinstance(
        await family.book.accept(family.daughter.account, f" {code.replace('-', '')} "), Mandate
    )
    assert isinstance(await family.book.accept(family.daughter.account, code), Refused)
    late = await family.book.invite(family.mother.account, family.wanted("reports.*"))
    assert not isinstance(late, Refused)
    family.clock.pass_s(CODE_DAYS * DAY_S)
    assert isinstance(await family.book.accept(family.daughter.account, late[1]), Refused)
    kept = await family.store.credentials.of(family.mother.account.id)
    assert all(code.replace("-", "").encode() not in one.body + one.value.encode() for one in kept)


@pytest.mark.parametrize("by", ["mother", "daughter", "time", "disabled", "removed"])
async def test_it_ends_at_once(family: Family, by: str) -> None:
    made = await family.entrusted("reports.*")
    assert await family.person() is not None
    giver = family.mother.account
    if by in ("mother", "daughter"):
        account = giver if by == "mother" else family.daughter.account
        assert await family.book.end(made.id, account.id)
        assert not await family.book.end(made.id, account.id)
        assert (await family.book.given(giver.id))[0].ended_by == account.id
    elif by == "time":
        family.clock.pass_s(30 * DAY_S)
    elif by == "disabled":
        await family.store.accounts.put(msgspec.structs.replace(giver, disabled=True))
    else:
        await family.store.accounts.remove(giver.id)
    assert await family.person() is None


async def test_nobody_else_ends_it(family: Family) -> None:
    made = await family.entrusted("reports.*")
    assert not await family.book.end(made.id, "somebody")
    assert not await family.book.end("mnd-none", family.mother.account.id)
    assert await family.book.end(made.id, "clerk", staff=True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"days": 0}, "until"),
        ({"days": DAYS_MAX + 1}, "until"),
        ({"ground": "counter"}, "ground"),
        ({"ground": "love"}, "ground"),
    ],
)
async def test_what_cannot_be_entrusted(family: Family, changes: dict[str, object], field: str) -> None:
    refused = await family.book.invite(family.mother.account, family.wanted("reports.*", **changes))
    assert isinstance(refused, Refused) and [one.field for one in refused.faults] == [field]


async def test_nothing_and_too_much_are_refused(family: Family) -> None:
    nothing = await family.book.invite(family.mother.account, family.wanted())
    assert isinstance(nothing, Refused) and nothing.faults[0].field == "covers"
    for _ in range(GIVEN_MAX):
        assert not isinstance(
            await family.book.invite(family.mother.account, family.wanted("reports.see")), Refused
        )
    one_more = await family.book.invite(family.mother.account, family.wanted("reports.see"))
    assert isinstance(one_more, Refused) and one_more.code == "too_many"


async def test_the_counter_needs_papers_and_two_people(family: Family) -> None:
    wanted = family.wanted("reports.*", ground="guardian", papers="登記事項証明書")
    made = await family.book.write_down(CLERK, ("mother", " Daughter "), wanted)
    assert isinstance(made, Mandate)
    assert (made.papers, made.made_by, made.ground) == ("登記事項証明書", CLERK.account_id, "guardian")
    assert await family.person() is not None
    bare = msgspec.structs.replace(wanted, papers=" ")
    for logins, told, field in (
        (("mother", "daughter"), bare, "papers"),
        (("nobody", "daughter"), wanted, "helped"),
        (("mother", "nobody"), wanted, "helper"),
        (("mother", "mother"), wanted, "helper"),
    ):
        refused = await family.book.write_down(CLERK, logins, told)
        assert isinstance(refused, Refused) and refused.faults[0].field == field
    herself = msgspec.structs.replace(CLERK, account_id=family.mother.account.id)
    refused = await family.book.write_down(herself, ("mother", "daughter"), wanted)
    assert isinstance(refused, Refused) and refused.code == "not_allowed"


async def test_a_session_acts_only_where_a_mandate_stands(family: Family) -> None:
    session, giver = family.daughter.session, family.mother.account.id
    assert not await family.book.act(session, giver)
    await family.entrusted("reports.*")
    assert await family.book.act(session, giver)
    again = await family.identity.visit(family.daughter.token)
    assert again is not None and again.session.acting_for == giver
    assert await family.book.act(again.session, "")
    again = await family.identity.visit(family.daughter.token)
    assert again is not None and again.session.acting_for == ""


async def test_commands_keep_to_the_mandate_and_name_the_helper() -> None:
    town = Town(reports, settings=None)
    (follow,) = (one for one in reports.commands if one.name == "follow")
    for covers, allowed in (
        (set(), False),
        ({"reports.see"}, False),
        ({"reports.*"}, True),
        ({"reports.follow"}, True),
        ({"trust.*"}, False),
    ):
        helper = msgspec.structs.replace(RESIDENT_A, helper="h", mandate=frozenset(covers))
        done = await town.run("reports.follow", {"id": "urn:ngsi-ld:Report:none"}, helper)
        assert isinstance(done, Refused)
        assert (done.code != "not_allowed") is allowed, (covers, done)
        alone: Command = msgspec.structs.replace(follow, in_person=True)
        assert not may_use(helper, reports, alone)


async def test_forgetting_the_giver_leaves_no_mandate(family: Family) -> None:
    await family.entrusted("reports.*")
    await family.store.credentials.forget(family.mother.account.id)
    assert await family.person() is None
    assert await family.book.held(family.daughter.account.id) == []
    account: Account | None = await family.store.accounts.by_id(family.daughter.account.id)
    assert account is not None
