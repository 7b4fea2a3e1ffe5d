"""Reports that others wrote past the commands, with values that no rule would keep: the town goes on."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from report_samples import kept
from test_report_pages import PASSWORD, open_portal_of, report_town, send_report

from kaiteki.kit.views import write
from kaiteki.model.entity import Entity
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.reports.model import report_id
from reader import Reader
from town import BOSS, Town

PAGES = (
    "",
    "/R-2026-00001",
    "/desk?queue=open",
    "/desk?queue=open&open=R-2026-00001",
    "/desk/round",
    "/desk/sheet",
    "/statistics",
)


async def spoil(town: Town, number: str, status: str) -> None:
    """Write a state onto a report as an import does: without any rule."""
    report = msgspec.structs.replace(await kept(town, number, BOSS), status=status)

    def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
        before = loaded[report_id(number)]
        after = msgspec.structs.replace(write(report, before, town.clock.now()), version=before.version + 1)
        return Decision([Change(before, after)], None)

    await town.store.entities.change(town.area, (report_id(number),), decide, By(action="trial"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("ja", "状態が不明"), ("ja-easy", "いまの ようすは わかりません"), ("en", "State unknown")],
)
async def test_a_state_that_nobody_knows_takes_no_page_down_and_is_put_right_at_the_desk(
    language: str, words: str
) -> None:
    town = report_town()
    app = await open_portal_of(town)
    number = await send_report(Reader(app))
    await spoil(town, number, "assigned")
    desk = Reader(app)
    await desk.sign_in("desk", PASSWORD)
    for page in PAGES:
        said = await desk.get(f"/demo/reports{page}{'&' if '?' in page else '?'}lang={language}")
        assert said.status == 200, (page, said.text)
        assert words in said.text or page == "/statistics"
    looked = await desk.post(
        "/demo/reports/desk?queue=open", {"do": "check", "number": number, "why": "見直します"}
    )
    assert (looked.status, (await kept(town, number)).status) == (303, "checking")
