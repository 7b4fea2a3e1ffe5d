"""What changed in a data set is told by its page and its files, whatever store keeps it; and said not to be told where no past is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from test_opendata_pages import AED, data_set_of, open_portal, source
from test_readability_pages import clerk
from test_review_pages import FIRST, NEXT, bring, deliver
from trial_site import TrialClock

from every_store import STORES
from kaiteki.main.withholding import Withholding
from kaiteki.model.instant import day_in_japan
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import Reader

FORMS = ("", ".csv", ".json")
DAY = day_in_japan(TrialClock().now())


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Where the portal keeps everything."""
    return await STORES[request.param].open(tmp_path, TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of AEDs."""
    return await open_portal(source("aed.csv", AED), store=store)


async def created(app: Starlette, data_set: str) -> set[str]:
    """The names of the records that came in today, after every form was asked for with a day and without one."""
    address = f"/demo/data/{data_set}/changes"
    for form in FORMS:
        assert (await Reader(app).get(f"{address}{form}?since={DAY}")).status == 200, form
        # a page has a day by itself, a file is asked for one
        assert (await Reader(app).get(f"{address}{form}")).status == (400 if form else 200), form
    told = json.loads((await Reader(app).get(f"{address}.json?since={DAY}")).text)
    assert not told["changed"] and not told["removed"]
    page = (await Reader(app).get(f"{address}?since={DAY}")).text
    names = {one["cells"]["名称"] for one in told["created"]}
    assert all(name in page for name in names)
    return names


async def test_changes_are_told_after_a_new_version_and_after_a_withdrawal(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    assert await bring(staff, store, await deliver(staff, FIRST)) == 303
    data_set = await data_set_of(staff, "parks")
    assert await created(app, data_set) == {"市役所", "港小学校", "丘公園", "畑公園", "森公園"}
    assert await bring(staff, store, await deliver(staff, NEXT), left_file="remove") == 303
    assert await created(app, data_set) == {"市役所", "川公園", "丘公園", "畑公園", "森公園"}
    listed = (await staff.get(f"/demo/data/{data_set}/records.geojson")).text
    found = re.search(r"urn:ngsi-ld:\w+:[\w-]+:A3", listed)
    assert found is not None
    hidden = {"do": "withhold", "reason": "場所がちがうため"}
    assert (await staff.post(f"/demo/opendata/publishing/{found[0]}", hidden)).status == 303
    await Withholding(store.entities, store.history, TrialClock(), ("demo",)).run_due()
    assert await created(app, data_set) == {"市役所", "川公園", "畑公園", "森公園"}


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_where_no_past_is_kept_that_is_said(language: str) -> None:
    app = await open_portal(source("aed.csv", AED), store=open_memory(TrialClock()), told_past=False)
    data_set = await data_set_of(Reader(app), "aed")
    words = {"ja": "お知らせしていません", "ja-easy": "わかりません", "en": "is not told"}[language]
    for form in FORMS:
        answer = await Reader(app).get(f"/demo/data/{data_set}/changes{form}?since={DAY}&lang={language}")
        assert (answer.status, words in answer.text) == (422, True), form
