"""The page of one source: its columns are shown, tried on the newest file, used, and gone back from, in three languages and for staff alone."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from test_opendata_pages import open_portal
from test_readability_pages import PARKS, clerk
from trial_site import TrialClock
from typed_forms import form_with, send

from kaiteki.main.imports.targets import LocalTarget
from kaiteki.services.opendata.intake.delivery import Delivery, pack
from kaiteki.services.opendata.intake.harvest import HarvestSource
from kaiteki.stores.memory import open_memory
from reader import Reader

ONE = "urn:ngsi-ld:HarvestSource:parks"
PATH = f"/demo/opendata/harvest/{ONE}"
FILE = Delivery("urn:ngsi-ld:Delivery:parks", "parks.csv", "open", content=pack(PARKS.encode()))
STOPPED = HarvestSource(
    ONE,
    "隣の市の公園",
    "https://data.example.jp/parks.csv",
    "parks.csv",
    is_active=False,
    result="stopped",
    why="columns:−名前、＋公園名",
    columns=("ID", "名前"),
    found=("ID", "公園名", "面積（㎡）", "秘密の列"),
    delivery=FILE.id,
)


@pytest.fixture
async def app() -> Starlette:
    """A portal with a source that its columns stopped."""
    store = open_memory(TrialClock())
    await LocalTarget(store.entities, TrialClock(), "demo").keep([STOPPED, FILE])
    return await open_portal(store=store)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_columns_are_tried_used_and_gone_back_from(app: Starlette, language: str) -> None:
    staff = await clerk(app, language)
    shown = (await staff.get(f"{PATH}?lang={language}")).text
    assert "＋公園名" in shown and 'value="try"' in shown and 'value="use"' not in shown
    columns = re.findall(r'name="column" value="([^"]+)"', shown)
    assert columns == ["ID", "公園名", "面積（㎡）", "秘密の列"]
    wrong = await staff.post(PATH, {"delivery": FILE.id, "record_type": "NoSuchType", "do": "try"})
    assert wrong.status == 422
    kind = re.search(r'name="shown_type" value="([^"]+)"', shown)
    assert kind is not None
    trial = {
        "delivery": FILE.id,
        "record_type": kind[1],
        "shown_type": kind[1],
        "do": "try",
        "column": "秘密の列",
        "item": "-",
    }
    assert (await staff.post(PATH, trial)).status == 303
    tried = (await staff.get(PATH)).text
    assert 'value="use"' in tried and "港公園" in tried and "機密" not in tried
    assert (await staff.post(PATH, {"delivery": "urn:older", "do": "use"})).status in (404, 422)
    assert (await staff.post(PATH, {"delivery": FILE.id, "do": "use"})).status == 303
    used = (await staff.get(PATH)).text
    assert 'value="undo"' in used and 'value="use"' not in used and "＋公園名" not in used
    assert (await staff.post(PATH, {"do": "undo"})).status == 303
    assert 'value="undo"' not in (await staff.get(PATH)).text


async def test_the_page_is_for_staff_alone_and_of_sources_that_are(app: Starlette) -> None:
    assert (await Reader(app).get(PATH)).status in (302, 303, 401, 403)
    assert (await (await clerk(app)).get(f"{PATH}x")).status == 404


async def test_of_two_who_try_mappings_neither_uses_what_the_other_tried_unseen(app: Starlette) -> None:
    first, second = await clerk(app, "ja"), await clerk(app, "ja")
    trials = [form_with((await one.get(PATH)).text, "item") for one in (first, second)]
    assert (await send(first, PATH, trials[0], do="try")).status == 303
    seen = form_with((await first.get(PATH)).text, "tried")
    assert (await send(second, PATH, trials[1], **{"item#1": "-"}, do="try")).status == 303
    used = await send(first, PATH, seen, do="use")
    assert used.status == 422 and "ほかの職員が、別の対応を試しました" in used.text
    assert (await send(first, PATH, form_with(used.text, "tried"), do="use")).status == 303
