"""Before a file comes in, its page says what becomes public and what changes, and asks: terms, what left the file, a draft."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from test_opendata_pages import AED, data_set_of, open_portal, source
from test_readability_pages import clerk, post_file
from trial_site import TrialClock

from kaiteki.main.cities import load_city
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.intake import Intake
from kaiteki.main.withholding import Withholding
from kaiteki.services.opendata.intake.delivery import Delivery, pack
from kaiteki.services.opendata.intake.harvest import HarvestSource
from kaiteki.services.opendata.intake.looking import Looked, Memory
from kaiteki.services.opendata.intake.outline import outline_of
from kaiteki.stores.memory import open_memory
from kaiteki.stores.store import Store
from reader import TOKEN, Reader

FIRST = "番号,名称,住所,緯度,経度\nA1,市役所,見本市1,35.35,141.05\nA2,港小学校,見本市2,35.36,141.06\nA3,丘公園,見本市3,35.37,141.07\nA4,畑公園,見本市4,35.38,141.08\nA5,森公園,見本市5,35.38,141.08\n"
NEXT = FIRST.replace("丘公園,見本市3", "丘公園,見本市33").replace(
    "A2,港小学校,見本市2,35.36,141.06\n", "A6,川公園,見本市6,35.35,141.05\n"
)
FEW = "番号,名称,住所,緯度,経度\nA1,市役所,見本市1,35.35,141.05\n"
STORES = "番号,倉庫名,備蓄数\n1,港倉庫,20\n2,丘倉庫,30\n3,畑倉庫,40\n"
TERMS = {"source": "見本市", "licence": "CC-BY-4.0"}
TEXT = re.compile(r"<[^>]+>")


@pytest.fixture
def store() -> Store:
    """Where the portal keeps everything."""
    return open_memory(TrialClock())


@pytest.fixture
async def app(store: Store) -> Starlette:
    """A portal with a list of AEDs."""
    return await open_portal(source("aed.csv", AED), store=store)


async def deliver(staff: Reader, text: str) -> str:
    """The address of a file that was taken in."""
    return await deliver_as(staff, "parks.csv", text)


async def deliver_as(staff: Reader, name: str, text: str) -> str:
    """The address of a file of a name that was taken in."""
    answer = await post_file(staff, name, text.encode(), "files")
    assert answer.status == 303
    return answer.headers["location"].partition("?")[0]


async def bring(staff: Reader, store: Store, address: str, **form: str) -> int:
    """What the page answers to a decision; then the node brings in what was sent on its way."""
    page = (await staff.get(f"{address}/review")).text
    left = page.partition('name="left" value="')[2].partition('"')[0]
    answer = await staff.post(f"{address}/review", {"do": "bring", "left": left, **TERMS, **form})
    await Intake(store.entities, TrialClock(), {"demo": load_city("demo")}).run_due()
    return answer.status


@pytest.mark.parametrize("language", ["ja", "ja-easy", "en"])
async def test_nothing_is_public_before_terms_are_stated(app: Starlette, store: Store, language: str) -> None:
    staff = await clerk(app, language)
    address = await deliver(staff, FIRST)
    # the page of the file offers no way past the one that says it
    assert 'value="bring"' not in (await staff.get(address)).text
    assert (await staff.post(address, {"do": "bring", **TERMS})).status in (303, 404, 422)
    page = (await staff.get(f"{address}/review")).text
    for told in ("名称", ">5<", 'value="CC-BY-4.0"', 'value="draft"'):
        assert told in page or told.strip("><") in TEXT.sub(" ", page), told
    assert await bring(staff, store, address, licence="") == 422
    assert await bring(staff, store, address, source=" ") == 422
    assert await bring(staff, store, address, licence="なんでもよい") == 422
    assert "parks" not in (await Reader(app).get("/demo/data")).text
    assert await bring(staff, store, address) == 303
    assert "parks" in (await Reader(app).get("/demo/data")).text


async def test_who_presses_when_the_file_is_in_already_comes_to_its_page(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    address = await deliver(staff, FIRST)
    found = TOKEN.search((await staff.get(f"{address}/review")).text)
    assert found is not None
    token = found[1]
    assert await bring(staff, store, address) == 303
    again = await staff.post(f"{address}/review", {"do": "bring", "left": "0", **TERMS}, token)
    assert (again.status, again.headers["location"]) == (303, address)
    for do in ("discard", "choose", "clear"):
        late = await staff.post(address, {"do": do}, token)
        assert (late.status, "データセットを見る" in late.text) == (200, True), do
    assert (await staff.post(f"{address}x", {"do": "discard"}, token)).status == 404


async def test_columns_that_may_speak_of_people_are_named_before_anything_is_decided(app: Starlette) -> None:
    staff = await clerk(app)
    address = await deliver(staff, "名称,補足\n港の公園,山田太郎\n丘の公園,鈴木花子\n")
    page = (await staff.get(f"{address}/review")).text
    assert "人についての情報かもしれない列があります" in page and "補足：個人の氏名のような列" in page
    assert "山田太郎" not in page
    plain = await deliver(staff, "名称,補足\n港の公園,広い\n丘の公園,静か\n")
    assert "人についての情報かもしれない列" not in (await staff.get(f"{plain}/review")).text


async def test_a_draft_is_for_staff_until_it_is_published(app: Starlette, store: Store) -> None:
    staff = await clerk(app)
    address = await deliver(staff, FIRST)
    assert await bring(staff, store, address, do="draft", source="", licence="") == 303
    data_set = re.search(r"urn:ngsi-ld:DataSet:[0-9a-z-]+", (await staff.get(address)).text)
    assert data_set is not None
    page, records = f"/demo/data/{data_set[0]}", f"/demo/data/{data_set[0]}/records.csv"
    assert ((await staff.get(page)).status, (await Reader(app).get(page)).status) == (200, 404)
    assert (await Reader(app).get(records)).status == 404
    assert "下書き" in (await staff.get("/demo/opendata/publishing")).text
    # a newer file of a draft is one, too
    second = await deliver(staff, NEXT)
    assert "公開していません" in (await staff.get(f"{second}/review")).text
    assert await bring(staff, store, second) == 303
    assert (await Reader(app).get(page)).status == 404
    assert (await staff.post(f"/demo/opendata/publishing/{data_set[0]}", {"do": "publish"})).status == 303
    await Withholding(store.entities, store.history, TrialClock(), ("demo",)).run_due()
    assert "川公園" in (await Reader(app).get(records)).text


async def test_a_new_version_is_compared_and_what_left_goes_when_it_was_seen(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    assert await bring(staff, store, await deliver(staff, FIRST)) == 303
    address = await deliver(staff, NEXT)
    page = (await staff.get(f"{address}/review")).text
    # what was said of the data the last time is said again
    assert 'value="CC-BY-4.0" selected' in page and 'value="見本市"' in page and 'value="draft"' not in page
    text = re.sub(r"\s+", " ", TEXT.sub(" ", page))
    for told in ("新しい 1", "変わる 1", "同じ 3", "ファイルにない 1", "見本市3 → 後 見本市33", "港小学校"):
        assert told in text, told
    # another number than the one that was shown is asked about again
    wrong = await staff.post(
        f"{address}/review", {"do": "bring", "left": "7", "left_file": "remove", **TERMS}
    )
    assert wrong.status == 422
    assert await bring(staff, store, address, left_file="remove") == 303
    records = f"/demo/data/{await data_set_of(staff, 'parks')}/records.csv"
    table = (await Reader(app).get(records)).text
    assert "川公園" in table and "港小学校" not in table


async def test_what_left_is_kept_by_choice_and_much_is_asked_again(app: Starlette, store: Store) -> None:
    staff = await clerk(app)
    await bring(staff, store, await deliver(staff, FIRST))
    address = await deliver(staff, FEW)
    assert await bring(staff, store, address, left_file="remove") == 422
    assert await bring(staff, store, address, left_file="keep") == 303
    records = f"/demo/data/{await data_set_of(staff, 'parks')}/records.csv"
    assert (await Reader(app).get(records)).text.count("公園") == 3
    again = await deliver(staff, FEW + " \n")
    assert await bring(staff, store, again, left_file="remove", sure="yes") == 303
    assert (await Reader(app).get(records)).text.count("公園") == 0


async def test_rows_outside_of_the_area_are_told_before_and_in_the_result(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    address = await deliver(staff, FIRST + "A9,大阪,大阪,34.69,135.50\n")
    assert "outlying-title" in (await staff.get(f"{address}/review")).text
    await bring(staff, store, address)
    data_set = await data_set_of(staff, "parks")
    assert "outlying-title" in (await staff.get(f"/demo/data/{data_set}/quality")).text
    aed = await data_set_of(staff, "aed")
    assert "outlying-title" not in (await staff.get(f"/demo/data/{aed}/quality")).text


async def test_a_source_says_that_its_file_waits_whatever_was_fetched_since(
    app: Starlette, store: Store
) -> None:
    staff = await clerk(app)
    address = await deliver(staff, "申請者氏名,人数\n見本 太郎,5\n")
    await staff.post(f"{address}/review", {"do": "bring", **TERMS})
    delivery = unquote(address.rpartition("/")[2])
    source_of_it = HarvestSource(
        "urn:ngsi-ld:HarvestSource:x", title="公園", result="unchanged", delivery=delivery
    )
    await LocalTarget(store.entities, TrialClock(), "demo").keep([source_of_it])
    told = (await staff.get("/demo/opendata/harvest")).text
    assert "職員の確認を待っています" in told and address in told
    await staff.post(address, {"do": "discard"})
    assert "職員の確認を待っています" not in (await staff.get("/demo/opendata/harvest")).text


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_file_that_is_only_checked_is_looked_through_for_people(
    app: Starlette, language: str
) -> None:
    staff = await clerk(app, language)
    told = (await post_file(staff, "名簿.csv", "申請者氏名,人数\n見本 太郎,5\n".encode())).text
    told_so = "would be held back" if language == "en" else "公開を保留します"
    assert told_so in told
    assert told_so not in (await post_file(staff, "公園.csv", FIRST.encode())).text


async def test_a_delivery_is_looked_at_once_as_long_as_it_is_remembered() -> None:
    memory, area = Memory(2), load_city("demo")

    def look(text: str, *accepted: str) -> Looked:
        digest = hashlib.sha256(text.encode()).hexdigest()
        one = Delivery("x", "t.csv", digest=digest, content=pack(text.encode()), accepted=accepted)
        return memory.look_at(one, area, outline_of(area))

    first = look(FIRST)
    assert look(FIRST) is first and look(FIRST, "blanks") is not first
    other = look(NEXT)
    assert look(FIRST) is not first and look(NEXT) is other


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_which_column_names_the_records_is_said_before_they_are_public(
    app: Starlette, store: Store, language: str
) -> None:
    staff = await clerk(app, language)
    none = "No column names the records" if language == "en" else "記録の名前になる列がありません"
    address = await deliver(staff, STORES)
    page = TEXT.sub("", (await staff.get(f"{address}/review")).text)
    assert "：倉庫名" in page and none not in page
    assert await bring(staff, store, address) == 303
    parks = await data_set_of(staff, "parks")
    assert "港倉庫" in (await Reader(app).get(f"/demo/data/{parks}")).text
    # two such columns: nobody knows which, so it is said what every record would be called, and where that is put right
    bare = (await staff.get(f"{await deliver(staff, STORES.replace('備蓄数', '品物名'))}/review")).text
    assert none in bare and "parks" in bare and "：倉庫名" not in TEXT.sub("", bare)
    assert f"{parks}/mapping" in bare


async def test_a_moved_place_is_told_by_its_latitude_and_longitude(app: Starlette, store: Store) -> None:
    staff = await clerk(app)
    assert await bring(staff, store, await deliver(staff, FIRST)) == 303
    moved = FIRST.replace("見本市3,35.37,141.07", "見本市3,35.375,141.07").replace("35.36,141.06", ",")
    text = TEXT.sub("", (await staff.get(f"{await deliver(staff, moved)}/review")).text)
    for told in ("緯度：前 35.37 → 後 35.375", "緯度：前 35.36 → 後 —", "経度：前 141.06 → 後 —"):
        assert told in text, told
    assert "経度：前 141.07" not in text and "coordinates" not in text
    # an area has no one position: where it lies is told, and that its form is another one
    area = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"番号":"1","名称":"港区域"},"geometry":{"type":"Polygon","coordinates":[[[141.0,35.3],[141.1,35.3],[141.1,35.4],[141.0,35.3]]]}}]}'
    assert await bring(staff, store, await deliver_as(staff, "zones.geojson", area)) == 303
    for told, wider in (
        ("141〜141.2", "[141.2,35.3]"),
        ("（形が変わります）", "[141.1,35.3],[141.08,35.35]"),
    ):
        newer = await deliver_as(staff, "zones.geojson", area.replace("[141.1,35.3]", wider))
        text = TEXT.sub("", (await staff.get(f"{newer}/review")).text)
        assert (
            "前 面：緯度 35.3〜35.4、経度 141〜141.1" in text and told in text and "coordinates" not in text
        )


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_file_on_its_way_says_that_it_goes_on_by_itself_and_leads_to_how_it_stands(
    app: Starlette, store: Store, language: str
) -> None:
    staff = await clerk(app, language)
    address = await deliver(staff, FIRST)
    assert (await staff.post(f"{address}/review", {"do": "bring", "left": "0", **TERMS})).status == 303
    page = (await staff.get(address)).text
    assert ("It goes on by itself" if language == "en" else "取り込みは自動で進みます") in page
    link = re.search(
        r'<a[^>]+href="([^"]+)"[^>]*>(?:\s|<span>)*(?:いまの状態を見る|See how it stands now)', page
    )
    assert link is not None and unquote(link[1]) == unquote(address)
    await Intake(store.entities, TrialClock(), {"demo": load_city("demo")}).run_due()
    after = (await staff.get(link[1])).text
    assert ("See the data set" if language == "en" else "データセットを見る") in after and link[
        0
    ] not in after
