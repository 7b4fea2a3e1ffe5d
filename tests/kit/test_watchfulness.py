"""Sessions that nobody uses end, and the log is told who signed in, who tried to and who was turned away: by ids and marks alone."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from kaiteki.api.turned_away import TurnedAway
from kaiteki.kit.identity import Identity, SignedIn
from kaiteki.kit.identity.idle import TOUCHED_EVERY_S, Idle
from kaiteki.kit.identity.witness import LINES_PER_MINUTE, LOG, Witness
from kaiteki.main.limits import watchers
from kaiteki.model.access import STAFF
from kaiteki.model.decision import Refused
from kaiteki.ports.accounts import Account, Grant
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from town import TownClock

HERE = "192.0.2.7"
PASSWORD = "a garden in the rain"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Office:
    """A register with one member of staff and one resident."""

    def __init__(self) -> None:
        self.clock = TownClock()
        self.store: Store = open_memory(self.clock)
        self.identity = Identity(
            self.store.accounts, self.store.credentials, self.clock, b"secret of the tests", WEAK
        )
        self.identity.idle = Idle(staff_s=3600, resident_s=86_400)

    async def enter(self, login: str, *grants: Grant) -> SignedIn:
        if await self.store.accounts.by_login(login) is None:
            assert isinstance(await self.identity.register(login, login, PASSWORD, grants), Account)
        entered = await self.identity.sign_in(login, PASSWORD, HERE)
        assert isinstance(entered, SignedIn)
        return entered

    def pass_minutes(self, minutes: int) -> None:
        self.clock.pass_s(minutes * 60)


async def test_a_session_that_nobody_uses_ends_sooner_for_staff() -> None:
    office = Office()
    clerk, guest = await office.enter("tokiwa", Grant("demo", STAFF)), await office.enter("hanako")
    for _ in range(3):
        office.pass_minutes(59)
        assert await office.identity.visit(clerk.token) is not None, "whoever uses it stays"
    office.pass_minutes(60)
    assert await office.identity.sessions(clerk.account.id) == []
    assert await office.identity.visit(clerk.token) is None
    assert await office.store.accounts.sessions(clerk.account.id, office.clock.now()) == []
    assert await office.identity.visit(guest.token) is not None
    office.pass_minutes(24 * 60)
    assert await office.identity.visit(guest.token) is None


async def test_when_a_session_was_used_is_kept_now_and_then() -> None:
    office = Office()
    guest = await office.enter("hanako")
    opened = office.clock.now()
    office.pass_minutes(TOUCHED_EVERY_S // 60 - 1)
    assert await office.identity.visit(guest.token) is not None
    assert [one.used_at for one in await office.identity.sessions(guest.account.id)] == [opened]
    office.pass_minutes(1)
    seen = await office.identity.visit(guest.token)
    assert seen is not None and seen.session.used_at == office.clock.now()
    assert [one.used_at for one in await office.identity.sessions(guest.account.id)] == [office.clock.now()]


async def test_the_log_is_told_of_sign_ins_by_ids_and_marks() -> None:
    office = Office()
    with capture_logs() as lines:
        entered = await office.enter("hanako")
        for _ in range(7):
            assert isinstance(await office.identity.sign_in("hanako", "not this one", HERE), Refused)
        assert isinstance(await office.identity.sign_in("nobody@example.jp", "x" * 12, HERE), Refused)
    events = [one["event"] for one in lines]
    assert events == [
        "signed in",
        *["a sign-in failed"] * 5,
        *["sign-in has to wait"] * 2,
        "a sign-in failed",
    ]
    mark = office.identity.witness.mark
    assert lines[0] == {
        "event": "signed in",
        "log_level": "info",
        "way": "password",
        "account": entered.account.id,
        "session": mark(entered.token),
        "address": "",
    }
    assert lines[1]["account"] == entered.account.id and lines[1]["address"] == mark(HERE)
    for secret in ("hanako", "nobody@example.jp", HERE, PASSWORD, entered.token, "not this one"):
        assert secret not in repr(lines)


async def test_the_lines_of_one_kind_are_bounded_and_the_others_counted() -> None:
    clock = TownClock()
    witness = Witness(b"secret", clock)
    with capture_logs() as lines:
        for number in range(LINES_PER_MINUTE + 50):
            witness.doubt("a sign-in failed", f"192.0.2.{number % 250}")
        witness.fact("signed in", "", account="acc-1")
        clock.pass_s(60)
        witness.doubt("a sign-in failed", HERE)
    assert len(lines) == LINES_PER_MINUTE + 3
    assert lines[-2] == {
        "event": "more of the same was not written",
        "log_level": "warning",
        "what": "a sign-in failed",
        "count": 50,
    }


class _Scope:
    method = "PATCH"

    def __init__(self, **headers: str) -> None:
        self.headers = headers


async def test_whoever_is_turned_away_is_told_with_what_tells_them_apart() -> None:
    office = Office()
    entered = await office.enter("hanako")
    mark = office.identity.witness.mark
    told = TurnedAway(office.identity.witness, lambda _: HERE, "kaiteki_session")
    scopes: list[Any] = [
        _Scope(cookie=f"a=b; kaiteki_session={entered.token}"),
        _Scope(authorization="Bearer kaiteki_mac-12ab_secret"),
        _Scope(authorization="Bearer kaiteki_at_12_secret"),
        _Scope(),
    ]
    with capture_logs() as lines:
        for scope in scopes:
            told.tell(scope, "ngsi-ld", 403)
        told.tell(scopes[0], "ngsi-ld", 200)
        told.tell(scopes[3], "v2", 429)
    assert [one["event"] for one in lines] == ["turned away: not allowed"] * 4 + ["turned away: too often"]
    assert lines[0]["session"] == mark(entered.token), "the mark that the line of signing in has"
    assert lines[1]["account"] == "mac-12ab" and "session" not in lines[3]
    assert {one["address"] for one in lines} == {mark(HERE)} and "secret" not in repr(lines)
    assert lines[0]["surface"] == "ngsi-ld" and lines[0]["method"] == "PATCH" and LOG == "kaiteki.security"


def test_the_figures_of_a_node_are_for_this_machine_and_whom_the_operator_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert watchers()("127.0.0.1", "") and watchers()("::1", "")
    assert (
        not watchers()("192.0.2.1", "") and not watchers()("", "") and not watchers()("192.0.2.1", "Bearer ")
    )
    monkeypatch.setenv("KAITEKI_METRICS_FOR", "192.0.2.0/24 2001:db8::1")
    monkeypatch.setenv("KAITEKI_METRICS_TOKEN", "a-token-for-prometheus")
    assert (
        watchers()("192.0.2.1", "") and watchers()("2001:db8::1", "") and not watchers()("198.51.100.1", "")
    )
    assert watchers()("198.51.100.1", "Bearer a-token-for-prometheus")
    assert not watchers()("198.51.100.1", "Bearer another")
