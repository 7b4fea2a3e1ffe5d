"""What was sent from a device, without an account: its list, its receipt in a tab that was left open, and how the device forgets it."""

from __future__ import annotations

import re

from report_samples import done
from test_report_pages import PASSWORD, PLACE, open_portal, open_portal_of, report_town, send_report

from kaiteki.services.reports.model import report_id
from reader import TOKEN, Reader
from town import BOSS

NUMBERS = re.compile(r"R-2026-\d{5}")


def listed(text: str) -> list[str]:
    """The numbers of a page, in its order."""
    return list(dict.fromkeys(NUMBERS.findall(text)))


async def test_a_device_lists_what_it_sent_newest_first_and_nobody_elses() -> None:
    app = await open_portal()
    phone, other = Reader(app), Reader(app)
    first = await send_report(phone)
    second = await send_report(phone, "手すりが さびている", "35.37")
    await send_report(other, "柵が 倒れている", "35.38")
    mine = (await phone.get("/demo/my/reports")).text
    assert listed(mine) == [second, first]
    assert "受付 11月22日（日）" in mine
    for page in (f"/demo/reports/done/{second}", "/demo/reports", "/demo/my"):
        assert 'href="/demo/my/reports"' in (await phone.get(page)).text, page
    assert listed((await Reader(app).get("/demo/my/reports")).text) == []


async def test_the_device_forgets_and_the_city_does_not() -> None:
    app = await open_portal()
    phone = Reader(app)
    number = await send_report(phone)
    page = (await phone.get("/demo/my/reports")).text
    token = TOKEN.search(page)
    assert token is not None
    refused = await phone.post("/demo/my/forget", {}, token="0" * 32)
    assert (refused.status, listed((await phone.get("/demo/my/reports")).text)) == (403, [number])
    assert (await phone.post("/demo/my/forget", {}, token=token[1])).status == 303
    assert "切り離しました" in (await phone.get("/demo/my")).text
    assert listed((await phone.get("/demo/my/reports")).text) == []
    shown = (await phone.get(f"/demo/reports/{number}")).text
    assert "続報を受け取る" in shown and "取り下げる" not in shown


async def test_a_hidden_report_is_told_apart_and_a_withdrawn_one_leads_nowhere() -> None:
    town = report_town()
    phone = Reader(await open_portal_of(town))
    number = await send_report(phone)
    await done(town, "hide", {"id": report_id(number)}, BOSS)
    hidden = (await phone.get("/demo/my/reports")).text
    assert ("公開前・非公開" in hidden, "ベンチの板" in hidden) == (True, False)
    await done(town, "withdraw", {"id": report_id(number)}, BOSS)
    withdrawn = (await phone.get("/demo/my/reports")).text
    assert listed(withdrawn) == [number]
    assert f'href="/demo/reports/{number}"' not in withdrawn


async def test_who_signs_in_sees_both_what_the_account_and_the_device_sent() -> None:
    app = await open_portal()
    phone = Reader(app)
    before = await send_report(phone)
    await phone.sign_in("guest", PASSWORD)
    after = await send_report(phone, "手すりが さびている", "35.37")
    assert listed((await phone.get("/demo/my/reports")).text) == [after, before]


async def test_a_tab_that_was_left_open_shows_the_receipt_and_sends_nothing_else() -> None:
    app = await open_portal()
    phone = Reader(app)
    await phone.get("/demo/reports/new")
    await phone.post("/demo/reports/new", {"category": "park"})
    await phone.post("/demo/reports/new/place", PLACE)
    await phone.post("/demo/reports/new/photo", {"description": "割れている", "answer-hurt": "yes"})
    tab = (await phone.get("/demo/reports/new/check")).text
    token, key = TOKEN.search(tab), re.search(r'name="key" value="([^"]+)"', tab)
    assert token is not None and key is not None
    form = {"key": key[1], "follow": "yes"}
    receipt = (await phone.post("/demo/reports/new/check", form, token[1])).headers["location"]
    again = await phone.post("/demo/reports/new/check", form, token[1])
    assert (again.status, again.headers["location"]) == (303, receipt)
    assert "もう届いています" in (await phone.get(receipt)).text
    assert (await phone.get("/demo/reports/new/check")).headers["location"] == receipt
    await phone.get(f"/demo/reports/new?again={receipt.rsplit('/', 1)[1]}")
    await phone.post("/demo/reports/new", {"category": "litter"})
    late = await phone.post("/demo/reports/new/check", form, token[1])
    assert late.headers["location"] == receipt, "the tab of the first report never sends the second one"
    assert len(listed((await phone.get("/demo/my/reports")).text)) == 1


async def test_without_anything_sent_the_last_step_leads_to_the_first() -> None:
    phone = Reader(await open_portal())
    assert (await phone.get("/demo/reports/new/check")).headers["location"].endswith("/reports/new")
