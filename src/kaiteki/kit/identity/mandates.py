"""Mandates: who acts in the name of whom, in which services, on what ground, until when (decision 34).

The person who is helped gives one with a code that is told once and taken once, or staff write one at the counter with the papers seen.
Either side ends it at once; it ends by itself. What is kept says who gave it, who took it and who ended it, also afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.kit.allowances import PERIODS, TIMES_MAX
from kaiteki.kit.identity.logins import tidy_login
from kaiteki.kit.identity.person import person_of
from kaiteki.model.access import ANYONE, LETTERS_COVER, RESIDENT, Allowance, Period, Person
from kaiteki.model.decision import Refused
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account, Accounts, Session, kind_of
from kaiteki.ports.clock import Clock
from kaiteki.ports.credentials import Credential, Credentials

Ground: TypeAlias = Literal["entrusted", "parent", "guardian", "employee", "counter"]
"""委任; 親権; 法定代理 (後見など); an organisation's own people; staff at the counter."""
GROUNDS: Final[dict[str, Ground]] = {name: name for name in get_args(Ground)}
GIVEN_MAX: Final = 20
"""Mandates that one person has given and that are in force or wait."""
HELD_MAX: Final = 200
"""Mandates that one helper holds."""
DAYS_MAX: Final = 366
CODE_DAYS: Final = 7
"""How long a code waits to be taken."""
TEXT_LENGTH_MAX: Final = 200
EVERYTHING: Final = "*"
SEEING: Final = "see"
MANDATE: Final = "mandate"
ERASED: Final = "erased"
"""Who ended a mandate whose helper is gone."""
SOON_DAYS: Final = 14
"""So long before its end a mandate is said to end soon."""
HELPING: Final = "helping"
_CODE: Final = "mandate_code"
_DAY_US: Final = 86_400_000_000
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a code is made of: no letters or digits that are taken for each other."""
_CODE_LENGTH: Final = 12
_WHO: Final = Words("相手のログインID", "The other one's login", "あいての ログイン ID")
_WHAT: Final = Words("任せること", "What is entrusted", "まかせる こと")
_TIMES: Final = Words("何回まで", "How often", "なんかいまで")
_UNTIL: Final = Words("いつまで", "Until when", "いつまで")
_PAPERS: Final = Words("確認した書類", "Papers seen", "見（み）た しょるい")
_CODE_WORDS: Final = Words("コード", "Code")


class Mandate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One person acts for another. `covers` are `<service>.*`, `<service>.see` or `<service>.<command>`; `until` is when it ends by itself.

    `letters`: the helper reads the messages to the person, too. `made_by` is who wrote it down, `papers` what staff saw for it.
    `times` is how often something may be done in a `period` (0: no limit); one with a limit holds in `area` alone, where it is counted.
    `area` is where it was made, and where both are told of its end; empty for one of before.
    """

    id: str
    giver: str
    ground: Ground
    covers: tuple[str, ...]
    made_at: Instant
    until: Instant
    made_by: str
    helper: str = ""
    letters: bool = False
    papers: str = ""
    accepted_at: Instant | None = None
    ended_at: Instant | None = None
    ended_by: str = ""
    times: int = 0
    period: Period = "whole"
    area: str = ""

    def is_over(self, now: Instant) -> bool:
        """Whether it was ended or has ended; also one whose code nobody took in time."""
        stale = self.accepted_at is None and now >= self.made_at + CODE_DAYS * _DAY_US
        return self.ended_at is not None or now >= self.until or stale

    def days_left(self, now: Instant) -> int | None:
        """How many days a mandate in force still lasts where it ends soon (SOON_DAYS); None where it does not."""
        left = -((now - self.until) // _DAY_US)
        return int(left) if self.is_in_force(now) and left <= SOON_DAYS else None

    def speaks_of(self, service: str) -> bool:
        """Whether it entrusts anything in a service."""
        return any(cover.partition(".")[0] == service for cover in self.covers)

    def is_in_force(self, now: Instant) -> bool:
        """Whether the helper may act by it now."""
        return self.accepted_at is not None and not self.is_over(now)


class Wanted(msgspec.Struct, frozen=True):
    """What somebody wants to entrust. `papers` only where staff write it down."""

    ground: str
    covers: tuple[str, ...]
    until: Instant
    letters: bool = False
    papers: str = ""
    times: int = 0
    period: str = "whole"
    area: str = ""


class Acting(msgspec.Struct, frozen=True):
    """A helper in the name of somebody: the person that services see, and by what mandates."""

    person: Person
    mandates: tuple[Mandate, ...]

    @property
    def reads_letters(self) -> bool:
        """Whether messages to the person are for the helper, too."""
        return any(one.letters for one in self.mandates)


class Mandates:
    """The mandates of a node."""

    def __init__(self, accounts: Accounts, credentials: Credentials, clock: Clock) -> None:
        self._accounts = accounts
        self._credentials = credentials
        self._clock = clock

    async def invite(self, giver: Account, wanted: Wanted) -> tuple[Mandate, str] | Refused:
        """A mandate that waits for its helper, and the code by which the helper takes it; only its hash is kept."""
        refused = self._refusal(wanted, by_staff=False) or await self._too_many(giver.id)
        if refused is not None:
            return refused
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        made = self._make(giver.id, wanted, giver.id)
        await self._keep(made)
        await self._credentials.put(
            Credential(_CODE, _hashed(code), giver.id, made.id.encode(), made.made_at)
        )
        return made, "-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4))

    async def offered(self, code: str) -> Mandate | None:
        """The mandate that waits behind a code; None when there is none, or no more."""
        found = await self._credentials.get(_CODE, _hashed(code))
        one = await self._get(found.body.decode()) if found is not None else None
        return None if one is None or one.is_over(self._clock.now()) or one.accepted_at is not None else one

    async def accept(self, helper: Account, code: str) -> Mandate | Refused:
        """Take a mandate by its code, which is void from then on."""
        one = await self.offered(code)
        if one is None:
            return refuse_field("invalid", "code", _CODE_WORDS)
        if one.giver == helper.id or kind_of(helper) != "person":
            return Refused("not_allowed")
        if len(await self.held(helper.id)) >= HELD_MAX:
            return Refused("too_many")
        if not await self._credentials.remove(_CODE, _hashed(code)):
            return refuse_field("invalid", "code", _CODE_WORDS)
        return await self._hand(msgspec.structs.replace(one, helper=helper.id, accepted_at=self._clock.now()))

    async def write_down(self, staff: Person, logins: tuple[str, str], wanted: Wanted) -> Mandate | Refused:
        """A mandate written at the counter, in force at once: `logins` of who is helped and of who helps."""
        helped, helper = [await self._accounts.by_login(tidy_login(login)) for login in logins]
        for field, account in (("helped", helped), ("helper", helper)):
            if account is None or account.disabled or kind_of(account) not in ("person", "organisation"):
                return refuse_field("invalid", field, _WHO)
        if helped is None or helper is None or helped.id == helper.id:
            return refuse_field("invalid", "helper", _WHO)
        if staff.account_id == helped.id or kind_of(helper) != "person":
            return Refused("not_allowed")
        refused = self._refusal(wanted, by_staff=True) or await self._too_many(helped.id)
        if refused is not None:
            return refused
        made = self._make(helped.id, wanted, staff.account_id)
        return await self._hand(
            msgspec.structs.replace(made, helper=helper.id, papers=wanted.papers, accepted_at=made.made_at)
        )

    async def end(self, mandate_id: str, by: str, staff: bool = False) -> bool:
        """End a mandate; only who gave it, who holds it, and staff may. Whether it was in force, or waited."""
        one = await self._get(mandate_id)
        now = self._clock.now()
        if one is None or one.is_over(now) or not (staff or by in (one.giver, one.helper)):
            return False
        await self._keep(msgspec.structs.replace(one, ended_at=now, ended_by=by))
        return True

    async def given(self, account_id: str) -> Sequence[Mandate]:
        """What a person has entrusted, the newest first, also what is over."""
        found = await self._credentials.of(account_id, MANDATE)
        return _newest([await self._left(msgspec.json.decode(one.body, type=Mandate)) for one in found])

    async def _left(self, one: Mandate) -> Mandate:
        """A mandate as it stands: that of a helper whose account is gone ended with it (kit.parting), also where an account was removed otherwise."""
        if not one.helper or await self._accounts.by_id(one.helper) is not None:
            return one
        gone = self._without_helper(one)
        await self._keep(gone)
        return gone

    async def of(self, account_id: str) -> Sequence[Mandate]:
        """All mandates that an account gave or has held, also those that are over."""
        given = [
            msgspec.json.decode(one.body, type=Mandate)
            for one in await self._credentials.of(account_id, MANDATE)
        ]
        helping = [await self._get(one.value) for one in await self._credentials.of(account_id, HELPING)]
        return _newest([*given, *(one for one in helping if one is not None and one.helper == account_id)])

    async def part(self, one: Mandate, gone: str) -> None:
        """What is left of a mandate when an account of it is erased: nothing of one that it gave; one that it held is over and names it no more."""
        if one.giver == gone:
            await self._credentials.remove(HELPING, one.id)
            await self._credentials.remove(MANDATE, one.id)
        elif one.helper == gone:
            await self._keep(self._without_helper(one))
            await self._credentials.remove(HELPING, one.id)

    def _without_helper(self, one: Mandate) -> Mandate:
        ended = one.ended_at if one.ended_at is not None else self._clock.now()
        by = ERASED if one.ended_by in ("", one.helper) else one.ended_by
        return msgspec.structs.replace(one, helper="", ended_at=ended, ended_by=by)

    async def held(self, account_id: str) -> Sequence[Mandate]:
        """What a helper may act by now, the newest first."""
        now = self._clock.now()
        found = [await self._get(one.value) for one in await self._credentials.of(account_id, HELPING)]
        return _newest(one for one in found if one and one.helper == account_id and one.is_in_force(now))

    async def acting(self, helper: Account, session: Session, area: str, giver: str = "") -> Acting | None:
        """In whose name a session acts now, or would for a `giver`; None when in its own, or when nothing allows it any more."""
        giver = giver or session.acting_for
        held = await self.held(helper.id) if giver else ()
        by = tuple(one for one in held if one.giver == giver and (not one.times or one.area == area))
        account = await self._accounts.by_id(giver) if by else None
        if account is None or account.disabled:
            return None
        letters = (LETTERS_COVER,) if any(one.letters for one in by) else ()
        covers = frozenset((*letters, *(cover for one in by for cover in one.covers)))
        person = msgspec.structs.replace(
            person_of(account, area, session),
            # nobody acts by the office of another one
            roles=frozenset({ANYONE, RESIDENT}),
            offices=frozenset(),
            helper=helper.id,
            helper_pairs=helper.pairing.within(area) if helper.pairing is not None else (),
            mandate=covers,
            allowances=tuple(Allowance(one.id, frozenset(one.covers), one.times, one.period) for one in by),
            grounds=frozenset(one.ground for one in by),
        )
        return Acting(person, by)

    async def act(self, session: Session, giver: str) -> bool:
        """Let a session act in the name of somebody, or in its own again (""); whether something allows it."""
        if giver and not any(one.giver == giver for one in await self.held(session.account_id)):
            return False
        await self._accounts.open(msgspec.structs.replace(session, acting_for=giver))
        return True

    async def name_of(self, account_id: str) -> str:
        """What people call an account; empty when it is gone."""
        account = await self._accounts.by_id(account_id) if account_id else None
        return account.name if account is not None else ""

    def _refusal(self, wanted: Wanted, by_staff: bool) -> Refused | None:
        now = self._clock.now()
        if wanted.ground not in GROUNDS or (wanted.ground == "counter" and not by_staff):
            return refuse_field("invalid", "ground", _WHAT)
        if not wanted.covers:
            return refuse_field("missing", "covers", _WHAT)
        if not now < wanted.until <= now + DAYS_MAX * _DAY_US:
            return refuse_field("invalid", "until", _UNTIL)
        if not 0 <= wanted.times <= TIMES_MAX or wanted.period not in PERIODS:
            return refuse_field("invalid", "times", _TIMES)
        if by_staff and not 0 < len(wanted.papers.strip()) <= TEXT_LENGTH_MAX:
            return refuse_field("missing", "papers", _PAPERS)
        return None

    async def _too_many(self, giver: str) -> Refused | None:
        now = self._clock.now()
        standing = [one for one in await self.given(giver) if not one.is_over(now)]
        return Refused("too_many") if len(standing) >= GIVEN_MAX else None

    def _make(self, giver: str, wanted: Wanted, by: str) -> Mandate:
        return Mandate(
            f"mnd-{secrets.token_hex(10)}",
            giver,
            GROUNDS[wanted.ground],
            tuple(sorted(set(wanted.covers))),
            self._clock.now(),
            wanted.until,
            by,
            letters=wanted.letters,
            times=wanted.times if any(not one.endswith(f".{SEEING}") for one in wanted.covers) else 0,
            period=PERIODS[wanted.period],
            area=wanted.area,
        )

    async def _hand(self, one: Mandate) -> Mandate:
        """Keep a mandate that has a helper, and let it be found from the helper's side."""
        await self._keep(one)
        await self._credentials.put(Credential(HELPING, one.id, one.helper, b"", one.made_at))
        return one

    async def _keep(self, one: Mandate) -> None:
        await self._credentials.put(
            Credential(MANDATE, one.id, one.giver, msgspec.json.encode(one), one.made_at)
        )

    async def _get(self, mandate_id: str) -> Mandate | None:
        found = await self._credentials.get(MANDATE, mandate_id)
        return msgspec.json.decode(found.body, type=Mandate) if found is not None else None


def _newest(mandates: Iterable[Mandate]) -> Sequence[Mandate]:
    return sorted(mandates, key=lambda one: one.made_at, reverse=True)


def _hashed(code: str) -> str:
    """Under which a code is kept; however it was typed."""
    tidy = "".join(sign for sign in tidy_login(code).upper() if sign.isalnum())
    return hmac.new(b"mandate", tidy.encode(), hashlib.sha256).hexdigest()
