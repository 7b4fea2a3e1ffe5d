"""The desk's page of those who are told of changes: what did not arrive, why, sending it again, throwing it away."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.ports.accounts import Grant
from reader import Reader

LIST = "/demo/desk/subscriptions"
DOORS = f"{LIST}/urn:ngsi-ld:Subscription:doors"


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


async def signed_in(site: TrialSite, login: str) -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in(login, PASSWORD)).status == 303
    return reader


async def dead(site: TrialSite) -> list[tuple[str, int]]:
    return [(one.subscription_id, one.dead) for one in await site.store.subscriptions.backlogs() if one.dead]


async def test_what_did_not_arrive_comes_first_with_its_reason_and_no_secret(site: TrialSite) -> None:
    clerk = await signed_in(site, "desk")
    listed = (await clerk.get(LIST)).text
    assert listed.index("見本のdoors") < listed.index("見本のlamps")
    assert "届いていません" in listed and "届いています" in listed
    one = (await clerk.get(DOORS)).text
    assert "相手に入る許可がありません" in one and "あて先がなくなっています" in one
    assert "the receiver answered 403" in one and "urn:ngsi-ld:Garden:2" in one
    assert "https://doors.example/told" in one and "secret" not in one + listed
    english = (await clerk.get(f"{DOORS}?lang=en")).text
    assert "The receiver does not let us in" in english


async def test_it_is_sent_again(site: TrialSite) -> None:
    clerk = await signed_in(site, "desk")
    done = await clerk.post(DOORS, {"act": "resend"})
    assert (done.status, done.headers["location"]) == (303, DOORS)
    after = (await clerk.get(DOORS)).text
    assert "2件をもう一度送ります" in after and "届かなかった知らせはありません" in after
    (waiting,) = await site.store.subscriptions.backlogs()
    assert (waiting.waiting, waiting.dead) == (2, 0)


async def test_it_is_thrown_away_only_after_it_was_asked(site: TrialSite) -> None:
    clerk = await signed_in(site, "desk")
    asked = (await clerk.get(f"{DOORS}?throw=1")).text
    assert "届かなかった2件を捨てますか" in asked
    assert await dead(site) == [("urn:ngsi-ld:Subscription:doors", 2)]
    assert (await clerk.post(DOORS, {"act": "dance"})).status == 400
    done = await clerk.post(DOORS, {"act": "throw"})
    assert done.status == 303
    assert await site.store.subscriptions.backlogs() == []


async def test_staff_see_their_own_those_who_run_the_node_see_all(site: TrialSite) -> None:
    identity = site.identity
    await identity.register("other", "見本 次郎", PASSWORD, [Grant("demo", "staff")])
    await identity.register("chief", "見本 三郎", PASSWORD, [Grant("demo", "admin")])
    other, chief = await signed_in(site, "other"), await signed_in(site, "chief")
    assert "You have not asked for anybody to be told" in (await other.get(f"{LIST}?lang=en")).text.replace(
        "<wbr>", ""
    )
    assert (await other.get(DOORS)).status == 404
    assert (await other.post(DOORS, {"act": "throw"}, token="")).status in (403, 404)
    assert "見本のdoors" in (await chief.get(LIST)).text
    assert "変更のお知らせが届いていない相手があります（1）" in (await chief.get("/demo/desk")).text
    assert "do not get everything" not in (await other.get("/demo/desk?lang=en")).text
    guest = await signed_in(site, "guest")
    assert (await guest.get(LIST)).status == 403
    assert (await Reader(site.app).get(LIST)).status == 401
    assert await dead(site) == [("urn:ngsi-ld:Subscription:doors", 2)]
