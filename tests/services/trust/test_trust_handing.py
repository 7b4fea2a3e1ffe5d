"""A contact goes along with a report that another body has only as far as the reporter agreed, from the moment to the moment."""

from __future__ import annotations

import msgspec
from test_report_pages import PASSWORD
from test_trust_mine import DECIDE, EMAIL, phone_with_contact, plain
from trust_town import choose, done, tell, trust_town

from kaiteki.kit.consents import Consent, Event
from kaiteki.model.decision import Asked
from kaiteki.model.instant import Instant
from kaiteki.services.reports.model import report_id
from kaiteki.services.trust.erasing import GONE, unnamed_in_consent, unnamed_in_request
from kaiteki.services.trust.request_model import DataRequest
from reader import Reader
from town import BOSS, RESIDENT_A

CONTACT = {"contact_name": "青木 葵", "contact_email": "aoi@example.jp", "contact_phone": "043-000-0000"}
HANDED = "/demo/my/reports/handed"


async def test_a_page_that_needs_consent_says_so_leads_to_it_and_comes_back() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    number = await tell(town, browser=holder, **CONTACT)
    form = {"id": report_id(number), "office": "utility", "why": "電柱は電力会社が管理しています"}
    await done(town, "reports.pass_on", form, BOSS)
    desk = Reader(phone.app)
    await desk.sign_in("desk", PASSWORD)
    await choose(desk, "reports.contact")
    sheet, opened = (
        f"/demo/reports/desk/sheet?number={number}",
        f"/demo/reports/desk?queue=open&open={number}",
    )

    asked = await phone.get(HANDED)
    assert asked.status == 403 and "同意が必要です" in plain(asked.text)
    assert f"{DECIDE}?next=my%2Freports%2Fhanded" in asked.text
    assert "aoi@example.jp" not in (await desk.get(sheet)).text
    assert "引き継ぎ先に伝えない（同意なし）" in plain((await desk.get(opened)).text)

    back = await phone.post(
        DECIDE, {"version": "1", "next": "my/reports/handed", "items": EMAIL, "do": "give"}
    )
    assert back.headers["location"] == HANDED
    mine = plain((await phone.get(HANDED)).text)
    assert number in mine and "メール aoi@example.jp" in mine and "043-000-0000" not in mine
    printed = (await desk.get(sheet)).text
    assert "aoi@example.jp" in printed and "043-000-0000" not in printed and "青木 葵" not in printed
    assert "引き継ぎ先に伝えてよい" in plain((await desk.get(opened)).text)

    await phone.post("/demo/my/data", {"do": "withdraw_all"})
    assert "aoi@example.jp" not in (await desk.get(sheet)).text
    assert (await phone.get(HANDED)).status == 403


async def test_what_stays_with_the_town_hall_is_told_to_nobody() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    number = await tell(town, browser=holder, **CONTACT)
    await phone.post(DECIDE, {"version": "1", "items": EMAIL, "do": "give"})
    desk = Reader(phone.app)
    await desk.sign_in("desk", PASSWORD)
    await choose(desk, "reports.contact")
    assert "aoi@example.jp" not in (await desk.get(f"/demo/reports/desk/sheet?number={number}")).text


def test_who_acted_and_is_erased_is_named_no_more() -> None:
    asked = Asked("demo", Instant(5), 1, RESIDENT_A)
    record = Consent("x", "a", "p").told(Event(Instant(1), "given", ("T.f",), how="helper", by="b"))
    left = unnamed_in_consent(record, frozenset({"b"}), asked)
    assert (left.helpers, [one.by for one in left.events], left.in_force(Instant(2))) == ((), [GONE], {"T.f"})
    request = DataRequest(
        "y", "D-1", "a", "disclose", "w", "n", "d", "received", Instant(1), Instant(2), helper="b"
    )
    assert unnamed_in_request(request, frozenset({"b"}), asked) == msgspec.structs.replace(
        request, helper=GONE
    )
