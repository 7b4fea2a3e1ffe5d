"""A file of another name becomes the next version of a data set where staff say so: guessed, never taken, searched without a script."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from test_next_versions import text_of
from test_opendata_pages import AED, data_set_of, open_portal, source
from test_readability_pages import clerk, post_file
from test_review_pages import FIRST, NEXT, TERMS, bring, deliver
from trial_site import TrialClock

from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import Reader

CHOICE = re.compile(r'name="(version-[0-9a-z-]+)"')
PEOPLE = "番号,名称,所在地,補足\n1,港公園,本町1,山田太郎\n2,丘公園,本町2,鈴木花子\n3,森公園,本町3,田中一郎\n"


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of AEDs."""
    return await open_portal(source("aed.csv", AED), store=store)


async def deliver_as(staff: Reader, name: str, text: str) -> str:
    """The address of a file that was taken in."""
    return (await post_file(staff, name, text.encode(), "files")).headers["location"].partition("?")[0]


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_another_name_is_guessed_chosen_compared_and_brought_in(
    app: Starlette, store: Store, language: str
) -> None:
    staff = await clerk(app, language)
    await bring(staff, store, await deliver(staff, FIRST))
    data_set = await data_set_of(staff, "parks")
    records = f"/demo/data/{data_set}/records.csv"
    before = re.findall(r"urn:ngsi-ld:\w+:[\w:-]+", (await staff.get(records.replace("csv", "geojson"))).text)
    address = await deliver_as(staff, "202405.csv", NEXT)
    page = (await staff.get(f"{address}/review?lang={language}")).text
    choice = CHOICE.search(page)
    assert choice is not None and data_set in page
    guess = {"ja": "たぶんこれです", "en": "Probably this one", "ja-easy": "たぶん これです"}[language]
    assert guess in page and " checked" not in page.partition(choice[0])[2].partition("</fieldset>")[0]
    # nobody chose: nothing is taken, neither way
    said = {"do": "bring", "left": "0", **TERMS}
    assert (await staff.post(f"{address}/review", said)).status == 422
    chosen = f"{address}/review?{choice[1]}={quote(data_set)}"
    told = await text_of(staff, chosen)
    for words in {"ja": ("新しい 1", "変わる 1", "同じ 3"), "en": ("New 1", "Changed 1", "Same 3")}.get(
        language, ()
    ):
        assert words in told, words
    left = (await staff.get(chosen)).text.partition('name="left" value="')[2].partition('"')[0]
    assert left == "1"
    answer = await staff.post(chosen, {"do": "bring", "left": left, "left_file": "remove", **TERMS})
    assert answer.status == 303
    await bring(staff, store, await deliver_as(staff, "別.csv", "甲,乙\n1,2\n3,4\n"))
    table = (await Reader(app).get(records)).text
    assert "川公園" in table and "港小学校" not in table and "見本市33" in table
    after = re.findall(r"urn:ngsi-ld:\w+:[\w:-]+", (await staff.get(records.replace("csv", "geojson"))).text)
    assert len(set(before) & set(after)) >= 4 and "202405" not in (await Reader(app).get("/demo/data")).text


async def test_the_list_is_narrowed_by_name_and_a_new_data_set_is_a_choice(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    await bring(staff, store, await deliver(staff, FIRST))
    address = await deliver_as(staff, "202405.csv", NEXT)
    choice = CHOICE.search((await staff.get(f"{address}/review")).text)
    assert choice is not None
    slug = choice[1].removeprefix("version-")
    page = (await staff.get(f"{address}/review?find-{slug}=AED")).text
    listed = page.partition(choice[0])[2].partition("</fieldset>")[0]
    assert "aed" in listed and "parks" not in listed
    own = f"{address}/review?{choice[1]}=own"
    assert (await staff.post(own, {"do": "bring", "left": "0", **TERMS})).status == 303
    # what is no data set of records is none that can be renewed
    again = await deliver_as(staff, "202406.csv", NEXT)
    wrong = f"{again}/review?{choice[1]}=urn:ngsi-ld:DataSet:none"
    assert (await staff.get(wrong)).status == 200


async def test_what_was_decided_on_columns_counts_for_the_next_version_of_another_name(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    first = await deliver_as(staff, "202404.csv", PEOPLE)
    await bring(staff, store, first)
    held = (await staff.get(first)).text
    out = {f"decision-{n}": "leave_out" for n in set(re.findall(r'name="decision-(\d)"', held))}
    assert out and (await staff.post(first, {"do": "clear", **out})).status == 303
    await bring(staff, store, first)
    data_set = await data_set_of(staff, "202404")
    address = await deliver_as(staff, "202405.csv", PEOPLE.replace("港公園", "港の公園"))
    choice = CHOICE.search((await staff.get(f"{address}/review")).text)
    assert choice is not None
    chosen = f"{address}/review?{choice[1]}={quote(data_set)}"
    told = await text_of(staff, chosen)
    assert "変わる 1" in told and "引き継ぎました" in told and "山田太郎" not in told
    assert (await staff.post(chosen, {"do": "bring", "left": "0", **TERMS})).status == 303
    assert 'name="decision-0"' not in (await staff.get(address)).text
