"""The pages of readability: staff check a file of which nothing is kept; everybody reads the verdict, staff alone the places."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from test_opendata_pages import data_set_of, open_portal, source
from trial_site import PASSWORD, TrialClock

from kaiteki.model.query import Query
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import TOKEN, Answer, Reader

PARKS = "ID,公園名,面積（㎡）,秘密の列\n1,港公園,32500,機密㈱\n2,丘公園,1000,甲\n"
BOUNDARY = "----table"


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of parks in which a character of one make stands."""
    return await open_portal(source("parks.csv", PARKS), store=store)


async def post_file(reader: Reader, name: str, content: bytes, page: str = "check") -> Answer:
    """What a page answers to a file."""
    token = TOKEN.search((await reader.get(f"/demo/opendata/{page}")).text)
    assert token is not None
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token[1]}\r\n'.encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode(),
        content + f"\r\n--{BOUNDARY}--\r\n".encode(),
    ]
    return await reader.send(
        f"/demo/opendata/{page}", b"".join(parts), f"multipart/form-data; boundary={BOUNDARY}"
    )


async def clerk(app: Starlette, language: str = "ja") -> Reader:
    """A member of staff at the portal."""
    reader = Reader(app, **{"accept-language": language})
    await reader.sign_in("desk", PASSWORD)
    return reader


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_the_verdict_is_for_everybody_and_its_places_are_for_staff(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app)
    path = f"/demo/data/{await data_set_of(staff, 'parks')}/readability?lang={language}"
    seen, told = await staff.get(path), await Reader(app).get(path)
    assert (seen.status, told.status) == (200, 200)
    assert "L1-08" in told.text and "L3-09" in told.text
    assert "機密㈱" in seen.text and "D2" in seen.text
    assert "機密㈱" not in told.text


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_of_the_contents_everybody_reads_how_often_and_staff_where(language: str) -> None:
    table = "ID,公園名,面積（㎡）,見回った日\n1,港公園,320,2021-02-30\n2,丘公園,100,2021-02-28\n合計,,420,\n"
    portal = await open_portal(source("parks.csv", table), store=open_memory(TrialClock()))
    staff = await clerk(portal)
    path = f"/demo/data/{await data_set_of(staff, 'parks')}/readability?lang={language}"
    seen, told = (await staff.get(path)).text, (await Reader(portal).get(path)).text
    assert 'id="noticed-title"' in seen and 'id="noticed-title"' in told
    assert "2021-02-30" in seen and "2021-02-30" not in told
    checked = await post_file(await clerk(portal, language), "t.csv", table.encode())
    assert (checked.status, "2021-02-30" in checked.text) == (200, True)


async def test_a_file_is_judged_and_nothing_of_it_is_kept(app: Starlette, store: Store) -> None:
    staff = await clerk(app)
    before = [row.id for row in (await store.entities.find("demo", Query(limit=1000))).rows]
    answer = await post_file(staff, "t.csv", "名称,人数\n本町,5人\n港町,7人\n".encode())
    assert answer.status == 200
    assert all(words in answer.text for words in ("66", "L2-01", "B2", "5人", "単位は項目名へ"))
    assert before == [row.id for row in (await store.entities.find("demo", Query(limit=1000))).rows]


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("t.csv", b"", 422, "ファイルは空です"),
        ("t.xlsx", b"no workbook", 422, "中身は文字の表です"),
        ("t.csv", b"ID,x\n", 422, "データの行がありません"),
        ("t.csv", b"%PDF-1.4", 422, "中身は PDF です"),
        ("plan.pdf", b"%PDF-1.4", 200, "この形式は表として読めません"),
        ("", b"", 422, "ファイルを選んでください"),
    ],
)
async def test_what_is_no_table_is_said(
    app: Starlette, name: str, content: bytes, status: int, words: str
) -> None:
    answer = await post_file(await clerk(app), name, content)
    assert (answer.status, words in answer.text) == (status, True)


async def test_nobody_but_staff_checks_files(app: Starlette) -> None:
    assert (await Reader(app).get("/demo/opendata/check")).status in (302, 303, 401, 403)
