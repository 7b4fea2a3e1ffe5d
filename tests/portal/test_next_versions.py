"""The review of a newer version: what is withdrawn is told apart, what is still open is said again, and every count in the reader's language."""

from __future__ import annotations

import re
from typing import Final

import pytest
from starlette.applications import Starlette
from test_opendata_pages import AED, data_set_of, open_portal, source
from test_readability_pages import clerk
from test_review_pages import FIRST, NEXT, TERMS, TEXT, bring, deliver
from trial_site import TrialClock

from kaiteki.main.withholding import Withholding
from kaiteki.services.opendata.manifest import service
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import Reader

TOTALS = "ID,名称,面積\n1,港公園,30\n2,丘公園,12\n2,森公園,5\n合計,,47\n"
COUNTER: Final = re.compile(r"[\d,]\s*(件|行|回|個|か所|人|こ|名)")
"""A Japanese counter behind a number."""
QUOTED: Final = re.compile(r'<(\w+)[^>]* lang="ja"[^>]*>.*?</\1>|<script.*?</script>', re.S)
"""What stands in the data in Japanese and is marked so, and what programs read."""


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of AEDs."""
    return await open_portal(source("aed.csv", AED), store=store)


async def text_of(reader: Reader, address: str) -> str:
    """What a page says, in one line."""
    answer = await reader.get(address)
    assert answer.status == 200, (address, answer.status)
    return re.sub(r"\s+", " ", TEXT.sub(" ", answer.text.partition("<main")[2]))


async def test_a_withdrawn_record_is_told_apart_from_what_changes_in_public(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    await bring(staff, store, await deliver(staff, FIRST))
    slug = (await data_set_of(staff, "parks")).rpartition(":")[2]
    listed = (await staff.get(f"/demo/data/urn:ngsi-ld:DataSet:{slug}/records.geojson")).text
    found = re.search(rf"urn:ngsi-ld:\w+:{slug}:A3", listed)
    assert found is not None
    hidden = {"do": "withhold", "reason": "場所がちがうため"}
    assert (await staff.post(f"/demo/opendata/publishing/{found[0]}", hidden)).status == 303
    await Withholding(store.entities, store.history, TrialClock(), ("demo",)).run_due()
    told = await text_of(staff, f"{await deliver(staff, NEXT)}/review")
    for words in ("取り込む件数 4", "新しい 1", "変わる 0", "同じ 3", "取り下げ中（公開しない） 1", "丘公園"):
        assert words in told, words
    assert "見本市33" not in told


async def test_the_review_says_again_what_is_still_open(app: Starlette) -> None:
    staff = await clerk(app)
    address = await deliver(staff, TOTALS)
    told = await text_of(staff, f"{address}/review")
    assert "まだ直していません" in told and "合計や小計の行" in told and "同じ番号" in told
    clean = await text_of(staff, f"{await deliver(staff, FIRST)}/review")
    assert "まだ直していません" not in clean


async def test_no_english_page_of_the_desk_holds_a_japanese_counter(app: Starlette, store: Store) -> None:
    staff = await clerk(app, "en")
    await bring(staff, store, await deliver(staff, FIRST))
    data_set = await data_set_of(staff, "parks")
    address = await deliver(staff, NEXT.replace("公園", "の広場"))
    held = await deliver(staff, "名称,補足\n港の公園,山田太郎\n丘の公園,鈴木花子\n")
    await bring(staff, store, held)
    desk = [one.path for one in service.pages if one.at_desk and not one.is_file and "{" not in one.path]
    assert len(desk) > 7
    parts = ("", "/quality", "/readability", "/mapping", "/describe", "/lineage")
    pages = (
        *(f"/demo/{path}" for path in ("data", *desk)),
        *(f"/demo/data/{data_set}{part}" for part in parts),
        *(f"/demo/opendata/publishing/{data_set}", address, f"{address}/review", held),
    )
    for page in pages:
        answer = await staff.get(page)
        assert answer.status == 200, page
        told = TEXT.sub(" ", QUOTED.sub("", answer.text.partition("<main")[2]))
        assert not [told[max(0, at.start() - 40) : at.end()] for at in COUNTER.finditer(told)], page


PEOPLE = "ID,名称,所在地,補足\n1,港公園,本町1,山田太郎\n2,丘公園,本町2,鈴木花子\n3,森公園,本町3,田中一郎\n"


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_decisions_on_columns_are_shown_before_they_are_public_and_remembered_for_the_next_file(
    app: Starlette, store: Store, language: str
) -> None:
    staff = await clerk(app, language)
    address = await deliver(staff, PEOPLE)
    await bring(staff, store, address)
    held = (await staff.get(address)).text
    assert 'name="decision-0"' in held and 'name="decision-1"' in held
    first = "leave_out" if held.index("補足") < held.index("所在地") else "clear"
    chosen = {"decision-0": first, "decision-1": "leave_out" if first == "clear" else "clear"}
    why = dict.fromkeys(("reason-0", "reason-1"), "公園の所在地なので公開してよい")
    answer = await staff.post(address, {"do": "clear", **chosen, **why})
    # nothing is public yet: the columns are shown as they now become public
    assert (answer.status, answer.headers["location"].partition("?")[0]) == (303, f"{address}/review")
    assert "parks" not in (await Reader(app).get("/demo/data")).text
    page = (await staff.get(f"{address}/review")).text
    listed = page.partition("<details open>")[2].partition("</ul>")[0]
    assert "名称" in listed and "所在地" in listed and "補足" not in listed
    assert await bring(staff, store, address) == 303
    data_set = await data_set_of(staff, "parks")
    records = f"/demo/data/{data_set}/records.csv"
    assert "山田太郎" not in (await Reader(app).get(records)).text
    second = await deliver(staff, PEOPLE.replace("港公園", "港の公園"))
    review = (await staff.get(f"{second}/review")).text
    told = re.sub(r"\s+", " ", TEXT.sub(" ", review))
    for words in {"ja": ("変わる 1", "引き継ぎました"), "en": ("Changed 1", "Taken over")}.get(language, ()):
        assert words in told, words
    assert "山田太郎" not in review and review.count("?again=") == 2
    assert await bring(staff, store, second) == 303
    table = (await Reader(app).get(records)).text
    assert "港の公園" in table and "山田太郎" not in table
    # whoever wants to decide again is asked again
    third = await deliver(staff, PEOPLE.replace("港公園", "浜公園"))
    again = f"{third}/review?again=%E8%A3%9C%E8%B6%B3"
    assert "補足" in (await staff.get(again)).text
    assert (await staff.post(again, {"do": "bring", "left": "0", **TERMS})).status == 303
    assert 'name="decision-0"' in (await staff.get(third)).text
    assert "浜公園" not in (await Reader(app).get(records)).text
