"""The page of who may read what names readers, items and policies, to staff alone."""

from __future__ import annotations

import re

from test_report_pages import PASSWORD, open_portal_of, report_town

from kaiteki.kit.rulings.policies import generic_policies
from kaiteki.portal.pages.access import GENERIC
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
    assert ["だれでも", "目的を言わないとき", "なし", "すべて", "許す規則がない"] in rows
    assert ["本人", "目的を言わないとき", "すべて", "なし", "本人は自分のことを見られる", "own"] in rows
    assert (await clerk.get(f"{PAGE}?type=Nothing")).status == 200


def test_the_policies_of_the_package_have_words() -> None:
    """All but those over the past, over changes and over commands, which the page does not ask."""
    known = set(re.findall(r'@id\("([^"]+)"\)', "".join(one.text for one in generic_policies().sources)))
    assert known - GENERIC == {"public-past", "command", "raw"}
