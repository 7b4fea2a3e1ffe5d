"""The page of who may read what names readers, items and policies, to staff alone."""

from __future__ import annotations

import re

import msgspec
from test_report_pages import PASSWORD, open_portal_of, report_town

from kaiteki.kit.rulings.policies import generic_policies
from kaiteki.portal.pages.access import GENERIC
from kaiteki.ports.accounts import Grant
from reader import Reader

PAGE = "/demo/desk/access"


async def test_staff_see_who_reads_what_and_why() -> None:
    app = await open_portal_of(report_town())
    clerk, resident = Reader(app), Reader(app)
    await clerk.sign_in("desk", PASSWORD)
    await resident.sign_in("guest", PASSWORD)
    assert (await resident.get(PAGE)).status == 403
    page = (await clerk.get(f"{PAGE}?type=ReportContact")).text
    rows = [
        re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]
    assert [
        "だれでも",
        "目的を言わないとき",
        "なし",
        "すべて",
        "担当の課だけが見られる",
        "office-in-charge",
    ] in rows
    assert [
        "ほかの課の職員",
        "目的を言わないとき",
        "なし",
        "すべて",
        "担当の課だけが見られる",
        "office-in-charge",
    ] in rows
    assert [
        "担当の課の職員（全体を受け持つ職員も）",
        "目的を言わないとき",
        "すべて",
        "なし",
        "取り扱う事務のため",
        "duty",
    ] in rows
    book = (await clerk.get(f"{PAGE}?type=ReportBook")).text
    assert "許す規則がない" in book and "ほかの課の職員" not in book
    assert "職員（どの課でも）" in book and "担当の職員" not in book, "who may read is said as it is"
    assert ["本人", "目的を言わないとき", "すべて", "なし", "本人は自分のことを見られる", "own"] in rows
    assert (await clerk.get(f"{PAGE}?type=Nothing")).status == 200


async def test_an_auditor_looks_on_and_is_led_to_nothing_that_is_closed() -> None:
    town = report_town()
    app = await open_portal_of(town)
    desk = await town.store.accounts.by_login("desk")
    assert desk is not None
    await town.store.accounts.put(msgspec.structs.replace(desk, grants=(Grant("demo", "auditor"),)))
    auditor = Reader(app)
    await auditor.sign_in("desk", PASSWORD)
    page = await auditor.get(f"{PAGE}?type=ReportContact")
    assert page.status == 200 and "だれでも" in page.text
    assert "/demo/desk/known" not in page.text and "/demo/desk/mandates" not in page.text
    start = await auditor.get("/demo/desk")
    assert (start.status, start.headers["location"]) == (303, "/demo/desk/audit")


def test_the_policies_of_the_package_have_words() -> None:
    """All but those over the past, over changes and over commands, which the page does not ask."""
    known = set(re.findall(r'@id\("([^"]+)"\)', "".join(one.text for one in generic_policies().sources)))
    assert known - GENERIC == {"public-past", "public-gone", "command", "raw"}
