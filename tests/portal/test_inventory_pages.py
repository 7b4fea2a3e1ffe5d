"""The page of the inventory of data: a file in, the rows there, files out; for staff alone."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal, source
from test_readability_pages import PARKS, clerk, post_file
from trial_site import TrialClock

from kaiteki.stores.memory import open_memory
from reader import Reader

PATH = "/demo/opendata/inventory"
TABLE = "データ名,担当課,公開,非公開の理由\n公園一覧,公園課,○,\n課税台帳,税務課,×,個人情報のため\n"


@pytest.fixture
async def app() -> Starlette:
    """A portal with a list of parks."""
    return await open_portal(source("parks.csv", PARKS), store=open_memory(TrialClock()))


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_a_file_comes_in_and_goes_out(app: Starlette, language: str) -> None:
    staff = await clerk(app, language)
    assert (await staff.get(f"{PATH}?lang={language}")).status == 200
    assert (await post_file(staff, "map.csv", TABLE.encode(), "inventory")).status == 303
    page = (await staff.get(PATH)).text
    assert "課税台帳" in page and "個人情報のため" in page
    lines = (await staff.get(f"{PATH}.csv")).body.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and lines[0].startswith("データ名,担当課")
    assert (await staff.get(f"{PATH}.xlsx")).body.startswith(b"PK")


async def test_a_file_that_comes_again_renews_its_rows(app: Starlette) -> None:
    staff = await clerk(app)
    for office in ("054-1", "054-2"):
        text = TABLE.replace("非公開の理由", "非公開の理由,連絡先").replace(
            "個人情報のため", f"個人情報のため,{office}"
        )
        assert (
            await post_file(staff, "map.csv", text.replace("○,", "○,,").encode(), "inventory")
        ).status == 303
    lines = (await staff.get(f"{PATH}.csv")).body.decode("utf-8-sig").splitlines()
    assert len(lines) == 3 and "054-2" in lines[2]


async def test_a_fault_is_said_and_nothing_is_kept(app: Starlette) -> None:
    staff = await clerk(app)
    answer = await post_file(staff, "map.csv", TABLE.replace("個人情報のため", "").encode(), "inventory")
    assert (answer.status, "3行目の「非公開の理由」" in answer.text) == (422, True)
    assert "課税台帳" not in (await staff.get(PATH)).text
    assert (await staff.post(PATH, {})).status == 422


async def test_the_inventory_is_for_staff_alone(app: Starlette) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
        assert (await Reader(app).get(path)).status in (302, 303, 401, 403)
