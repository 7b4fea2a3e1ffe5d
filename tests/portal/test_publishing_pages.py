"""The pages of what is public: a clerk withdraws and erases in the browser, and everybody is told that it was there."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from starlette.applications import Starlette
from test_opendata_pages import AED, data_set_of, open_portal, source
from test_readability_pages import clerk
from trial_site import TrialClock

from kaiteki.kit.views import read, write
from kaiteki.main.withholding import Withholding
from kaiteki.model.entity import Entity
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.withdrawal.model import Withdrawal, withdrawal_id
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import Reader


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of AEDs."""
    return await open_portal(source("aed.csv", AED), store=store)


def carrying_out(store: Store) -> Withholding:
    """What the node does by itself."""
    return Withholding(store.entities, store.history, TrialClock(), ("demo",))


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_a_data_set_is_withdrawn_published_and_erased_in_the_browser(
    app: Starlette, store: Store, language: str
) -> None:
    staff, work = await clerk(app, language), carrying_out(store)
    data_set = await data_set_of(staff, "aed")
    page, address = f"/demo/data/{data_set}", f"/demo/opendata/publishing/{data_set}"
    assert address in (await staff.get(page)).text and address not in (await Reader(app).get(page)).text
    shown = (await staff.get(address)).text
    assert "/records.csv" in shown and 'value="withhold"' in shown
    # a reason is needed, and what would be done is still there to do
    assert (await staff.post(address, {"do": "withhold", "reason": "あ"})).status == 422
    assert (await staff.post(address, {"do": "withhold", "reason": "位置がちがう"})).status == 303
    assert 'value="publish"' not in (await staff.get(address)).text
    await work.run_due()
    told = await Reader(app, **{"accept-language": language}).get(page)
    assert told.status == 410 and "市役所" not in told.text.partition("<main")[2].partition("</h1>")[0]
    assert (await staff.get(page)).status == 200 and address in (await staff.get(page)).text
    assert "位置がちがう" in (await staff.get("/demo/opendata/publishing")).text
    assert (await staff.post(address, {"do": "publish"})).status == 303
    await work.run_due()
    assert (await Reader(app).get(page)).status == 200
    await staff.post(address, {"do": "withhold", "reason": "個人の番号"})
    await work.run_due()
    assert (await staff.post(address, {"do": "erase"})).status == 422
    assert (await staff.post(address, {"do": "erase", "sure": "yes"})).status == 303
    await work.run_due()
    assert (await staff.get(address)).status == 200 and (await Reader(app).get(page)).status == 410


async def test_one_record_is_withdrawn_from_its_own_page(app: Starlette, store: Store) -> None:
    staff, work = await clerk(app), carrying_out(store)
    place = (
        "/demo/places/urn:ngsi-ld:AED:"
        + (await staff.get("/demo/places?kind=AED"))
        .text.partition("/demo/places/urn:ngsi-ld:AED:")[2]
        .partition('"')[0]
        .partition("?")[0]
    )
    address = place.replace("/places/", "/opendata/publishing/")
    assert address in (await staff.get(place)).text and address not in (await Reader(app).get(place)).text
    assert (await staff.post(address, {"do": "withhold", "reason": "撤去された"})).status == 303
    await work.run_due()
    assert ((await Reader(app).get(place)).status, (await staff.get(place)).status) == (404, 200)
    assert "この1件だけ" not in (await staff.get(address)).text
    assert (await staff.post(address, {"do": "publish"})).status == 303
    await work.run_due()
    assert (await Reader(app).get(place)).status == 200


async def test_the_page_says_how_far_it_is(app: Starlette, store: Store) -> None:
    staff = await clerk(app)
    data_set = await data_set_of(staff, "aed")
    address, mark = f"/demo/opendata/publishing/{data_set}", withdrawal_id(data_set)
    await staff.post(address, {"do": "withhold", "reason": "位置がちがう"})

    def decide(existing: Mapping[str, Entity]) -> Decision[None]:
        before = existing[mark]
        told = msgspec.structs.replace(read(Withdrawal, before), count=1234)
        return Decision([Change(before, write(told, before, TrialClock().now()))], None)

    await store.entities.change("demo", [mark], decide, By())
    shown = (await staff.get(address)).text
    assert "ここまで1,234件が済みました" in shown and "もう一度開く" in shown


async def test_the_pages_are_for_staff_alone(app: Starlette) -> None:
    data_set = await data_set_of(await clerk(app), "aed")
    for path in ("/demo/opendata/publishing", f"/demo/opendata/publishing/{data_set}"):
        assert (await Reader(app).get(path)).status in (302, 303, 401, 403)
    assert (await (await clerk(app)).get("/demo/opendata/publishing/urn:x")).status == 404
