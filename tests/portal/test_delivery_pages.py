"""The pages of delivered files: taken in, mended with what stood there and what stands there now, held back, given up."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from places_files import PARKS as PLACES
from places_files import geojson, shapes, zipped
from starlette.applications import Starlette
from test_opendata_pages import open_portal, source
from test_readability_pages import PARKS, clerk, post_file
from test_transit_feeds import FEED
from test_transit_feeds import zipped as feed
from trial_site import TrialClock

from kaiteki.services.opendata.intake import desk
from kaiteki.stores.memory import open_memory
from reader import TOKEN, Reader

TERMS = {"do": "bring", "source": "見本市", "licence": "CC-BY-4.0"}
TABLE = '施設の一覧\n名称,広さ,備考\n港公園,"1,200㎡",\n丘　園,900㎡,あ\n'
PEOPLE = "申請者氏名,人数\n見本 太郎,5\n"


@pytest.fixture
async def app() -> Starlette:
    """A portal with a list of parks."""
    return await open_portal(source("parks.csv", PARKS), store=open_memory(TrialClock()))


async def deliver(staff: Reader, text: str) -> str:
    """The address of a file that was taken in."""
    answer = await post_file(staff, "施設.csv", text.encode(), "files")
    assert answer.status == 303
    return answer.headers["location"].partition("?")[0]


async def test_a_file_is_mended_step_by_step_and_downloaded_both_ways(app: Starlette) -> None:
    staff = await clerk(app)
    address = await deliver(staff, TABLE)
    page = (await staff.get(address)).text
    assert all(
        words in page
        for words in ("1,200㎡", "1,200m2", "説明へ移しました", "もとのファイル", "見た目の空白を消す")
    )
    assert (await staff.post(address, {"do": "all"})).status == 303
    mended = (await staff.get(f"{address}/table.csv")).body
    assert mended.decode("utf-8-sig").splitlines() == [
        "名称,広さ（平方メートル）,備考",
        "港公園,1200,",
        "丘園,900,あ",
    ]
    assert (await staff.get(f"{address}/original")).body == TABLE.encode()
    # everything taken back but one
    assert (await staff.post(address, {"do": "choose", "accepted": "notes"})).status == 303
    lines = (await staff.get(f"{address}/table.csv")).body.decode("utf-8-sig").splitlines()
    assert lines == ["名称,広さ,備考", '港公園,"1,200㎡",', "丘　園,900㎡,あ"]
    assert (await staff.post(f"{address}/review", TERMS)).status == 303
    assert "取り込み待ち" in (await staff.get(address)).text


POSITIONS = (
    ["港公園", "35.35", "141.02"],
    ["東京の公園", "35.68", "139.76"],
    ["海の公園", "0", "0"],
    ["読めない公園", "北の方", "141.02"],
    ["逆の公園", "141.03", "35.34"],
    ["どこか", "", ""],
    ["大阪の公園", "34.69", "135.50"],
)


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_rows_that_lie_outside_of_the_area_are_told_with_their_lines(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app, language)
    rows = "".join(",".join(row) + "\n" for row in POSITIONS)
    page = (await staff.get(await deliver(staff, f"名称,緯度,経度\n{rows}"))).text
    part = page[page.index('id="outlying-title"') :].partition("</section>")[0]
    cells = [text.partition("<")[0].rpartition(">")[2] for text in part.split("<td")[1:]]
    assert [(cells[at + 1], cells[at + 2]) for at in range(0, len(cells), 3)] == [
        ("2", "3, 8"),
        ("1", "4"),
        ("1", "5"),
    ]
    well = await deliver(staff, f"名称,緯度,経度\n{','.join(POSITIONS[0])}\n")
    assert "outlying-title" not in (await staff.get(well)).text


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_what_is_noticed_in_the_contents_stands_above_the_repairs_and_goes_with_them(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app, language)
    table = "名称,開設日,台数\n本町,2021-13-45,5\n港町,2021-12-01,7台\n合計,,12\n"
    address = await deliver(staff, table)
    page = (await staff.get(address)).text
    noticed, places, repairs = (page.index(f'id="{name}-title"') for name in ("noticed", "places", "repairs"))
    assert noticed < places < repairs
    titles = [part.partition("</h2>")[0].strip() for part in page.split('-title">')[1:]]
    # no table bears the name of its section: two regions of one name cannot be told apart by ear
    assert not any(f'aria-label="{title}"' in page for title in titles)
    assert "2021-13-45" in page[noticed:places] and "合計" in page[noticed:places]
    assert "L2-01" in page[places:repairs]
    token = TOKEN.search(page)
    assert token is not None
    chosen = [
        ("csrf", token[1]),
        ("do", "choose"),
        *(("accepted", one) for one in ("days", "totals", "numbers")),
    ]
    form = "application/x-www-form-urlencoded"
    assert (await staff.send(address, urlencode(chosen).encode(), form)).status == 303
    assert 'id="noticed-title"' not in (await staff.get(address)).text
    saved = (await staff.get(f"{address}/table.csv")).text
    assert "開設日_注" in saved and "2021-13-45" in saved and "合計" not in saved
    assert (await staff.post(address, {"do": "choose"})).status == 303
    assert 'id="noticed-title"' in (await staff.get(address)).text


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_what_speaks_of_people_is_held_back_until_a_reason_is_given(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app, language)
    address = await deliver(staff, PEOPLE)
    assert (await staff.post(f"{address}/review", TERMS)).status == 303
    held = await staff.get(f"{address}?lang={language}")
    assert (held.status, "申請者氏名" in held.text, 'value="clear"' in held.text) == (200, True, True)
    # a decision is needed, and a reason that is a sentence
    for wrong in ({}, {"decision-0": "clear", "reason-0": "公表"}, {"decision-0": "else"}):
        answer = await staff.post(address, {"do": "clear", **wrong})
        assert (answer.status, "-error" in answer.text) == (422, True)
    right = {"decision-0": "clear", "reason-0": "公表された名簿なので出してよい"}
    assert (await staff.post(address, {"do": "clear", **right})).status == 303
    told = (await staff.get(address)).text
    assert "公表された名簿" in told and 'value="clear"' not in told
    assert (await staff.get(f"/demo/opendata/files?lang={language}")).status == 200


async def test_what_is_given_up_is_gone_and_its_line_stays(app: Starlette) -> None:
    staff = await clerk(app)
    address = await deliver(staff, TABLE)
    assert (await staff.post(address, {"do": "discard"})).status == 303
    assert (await staff.get(address)).status == 200
    assert (await staff.get(f"{address}/original")).status == 404
    assert (await staff.get(f"{address}/table.csv")).status == 404


async def test_files_are_for_staff_alone(app: Starlette) -> None:
    address = await deliver(await clerk(app), TABLE)
    for path in ("/demo/opendata/files", address, f"{address}/table.csv", f"{address}/original"):
        answer = await Reader(app).get(path)
        assert answer.status in (302, 303, 401, 403), path
        assert "港公園" not in answer.text
    assert (await post_file(await clerk(app), "plan.pdf", b"%PDF", "files")).status == 422
    assert (await (await clerk(app)).get("/demo/opendata/files/urn:x")).status == 404


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_places_are_shown_layer_by_layer_before_they_come_in(app: Starlette, language: str) -> None:
    staff = await clerk(app, language)
    for name, content, told in (
        ("parks.geojson", geojson(), ("港公園", "公園名")),
        ("parks.zip", zipped(shapes("公園/2026")), ("港公園", "公園名")),
        ("bus.zip", feed(), ("2026-04-01 〜 2027-03-31", "v7", "stop_name", "港線")),
    ):
        answer = await post_file(staff, name, content, "files")
        assert answer.status == 303, name
        address = answer.headers["location"].partition("?")[0]
        page = await staff.get(address)
        assert page.status == 200 and all(words in page.text for words in told), name
        assert f"{address}/review" in page.text and 'id="repairs-title"' not in page.text
        assert (await staff.get(f"{address}/original")).body == content
        assert (await staff.get(f"{address}/table.csv")).status == 404


async def test_a_feed_with_a_fault_cannot_be_brought_in_and_says_where_it_is(app: Starlette) -> None:
    staff = await clerk(app)
    wrong = FEED["stop_times.txt"].replace("S2_1", "S9")
    answer = await post_file(staff, "bus.zip", feed(stop_times=wrong), "files")
    page = (await staff.get(answer.headers["location"].partition("?")[0])).text
    part = page[page.index('id="feed-title"') :].partition("</section>")[0]
    assert all(words in part for words in ("stop_times.txt stop_id", ">3<", "S9", "一部も取り込みません"))
    assert "/review" not in page and 'value="discard"' in page


async def test_features_that_lie_outside_are_told_by_their_number(app: Starlette) -> None:
    staff = await clerk(app)
    content = geojson((*PLACES, ("東京の公園", 139.76, 35.68)))
    answer = await post_file(staff, "parks.geojson", content, "files")
    page = (await staff.get(answer.headers["location"].partition("?")[0])).text
    part = page[page.index('id="outside-title"') :].partition("</section>")[0]
    assert [text.partition("<")[0].rpartition(">")[2] for text in part.split("<td")[1:]] == [
        "位置が地域の外",
        "1",
        "4",
    ]


async def test_files_are_listed_by_pages(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "SHOWN_MAX", 2)
    staff = await clerk(app)
    for number in range(3):
        answer = await post_file(staff, f"施設{number:02}.csv", TABLE.encode(), "files")
        assert answer.status == 303
    first = (await staff.get("/demo/opendata/files")).text
    assert first.count(">施設") == 2 and "opendata/files?from=2" in first
    second = (await staff.get("/demo/opendata/files?from=2")).text
    assert second.count(">施設") == 1 and "opendata/files?from=" not in second
