"""The page on which one record is corrected: what is wrong is told before anything is kept, and to undo goes back to what the file says."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
from trial_site import MORNING, PASSWORD, TrialSite, open_site
from typed_forms import form_with, send

from kaiteki.kit.views import write
from kaiteki.main.parts import SERVICES
from kaiteki.model.instant import format_instant
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.correcting.model import Act, CellChange, Corrected, Correction, correction_id
from kaiteki.services.opendata.model import DataSet, record_view
from kaiteki.services.opendata.withdrawal.model import Withdrawal, withdrawal_id
from reader import Reader

SET = DataSet(
    id="urn:ngsi-ld:DataSet:a",
    title="AED",
    record_type="AED",
    columns=("番号", "名称", "設置日"),
    fills=("identifier", "name", ""),
    details=("設置日",),
    detail_sorts=("date",),
)


def record(number: str, name: str) -> Any:
    """An AED of the data set."""
    values: Any = {"identifier": number, "name": name, "details": {"設置日": "2020-04-01"}}
    return record_view("AED")(id=f"urn:ngsi-ld:AED:a:{number}", data_set=SET.id, **values)


PAGE = f"/demo/data/{SET.id}/correct?record=urn:ngsi-ld:AED:a:A1"


async def opened(*kept: msgspec.Struct) -> tuple[TrialSite, Reader]:
    """A site with some entities, and its clerk."""
    site = await open_site(next(one for one in SERVICES if one.name == "opendata"))
    await put(site, *(kept or (SET, record("A1", "市役所"), record("A2", "港小学校"))))
    clerk = Reader(site.app, **{"accept-language": "ja"})
    await clerk.sign_in("desk", PASSWORD)
    return site, clerk


async def put(site: TrialSite, *kept: msgspec.Struct) -> None:
    """Put entities there as an import does."""

    def decide(loaded: Any) -> Decision[None]:
        return Decision([Change(None, write(one, None, site.clock.at)) for one in kept], None)

    await site.store.entities.change("demo", (), decide, By(action="trial"))


async def look(clerk: Reader, do: str = "look", **typed: str) -> Any:
    """Type into the form and press a button."""
    form = form_with((await clerk.get(PAGE)).text, "opened")
    return await send(clerk, PAGE, form, reason="窓口で分かった", do=do, **typed)


async def test_the_number_of_another_record_is_told_where_it_is_looked_at_and_where_it_is_kept() -> None:
    _, clerk = await opened()
    for do in ("look", "keep"):
        told = await look(clerk, do, v0="A2")
        assert told.status == 422 and 'id="v0-error"' in told.text
        assert "同じ番号がほかの記録（港小学校）にもあります" in told.text
    assert (await look(clerk, v0="A3")).status == 200
    assert (await look(clerk, "keep", v0="A3")).status == 303


async def test_the_page_of_an_undo_says_what_it_puts_back_and_that_is_what_it_keeps() -> None:
    one = record("A1", "市役所")
    noted = Correction(
        correction_id(one.id),
        one.id,
        SET.id,
        "市役所",
        (Corrected("name", "名称", "公会堂", "市役所", MORNING),),
        (Act(MORNING, "見本 花子", "移転", (CellChange("name", "名称", "旧役所", "市役所"),)),),
    )
    _, clerk = await opened(SET, one, noted)
    plain = (await clerk.get(PAGE)).text
    assert "訂正の取り消し" not in plain and f"undo={quote(format_instant(MORNING), safe='')}" in plain
    address = f"{PAGE}&undo={format_instant(MORNING)}"
    page = (await clerk.get(address)).text
    assert "<h1>訂正の取り消し：市役所</h1>" in page and "元に戻すところ（1）" in page
    assert "名称：市役所 → 公会堂" in page and page.count("元に戻す値です。") == 1
    form = form_with(page, "opened")
    assert dict(form)["v1"] == "公会堂"
    looked = await send(clerk, PAGE, form, reason="戻す", do="look")
    assert looked.status == 200 and "<h1>訂正の取り消し：市役所</h1>" in looked.text
    assert "変わるところ（1）" in looked.text and "旧役所" not in looked.text.partition("これまでの訂正")[0]
    assert (await send(clerk, PAGE, form_with(looked.text, "opened"), do="keep")).status == 303
    after = (await clerk.get(PAGE)).text
    assert dict(form_with(after, "opened"))["v1"] == "公会堂" and "ファイルと違うところ" not in after
    assert "戻すところはありません" in (await clerk.get(address)).text


async def test_a_day_that_does_not_exist_or_is_of_an_era_is_told_before_it_is_kept() -> None:
    _, clerk = await opened()
    for day, words in (("令和6年13月1日", "実在しない日付です"), ("令和5年4月1日", "2023-04-01 と書いて")):
        told = await look(clerk, v2=day)
        assert told.status == 422 and 'id="v2-error"' in told.text and words in told.text
    assert (await look(clerk, v2="2023-04-01")).status == 200


async def test_what_two_clerks_both_corrected_is_called_as_its_column_is() -> None:
    _, clerk = await opened()
    form = form_with((await clerk.get(PAGE)).text, "opened")
    first = await send(clerk, PAGE, form, reason="一", do="keep", v1="甲", v2="2020-05-01")
    assert first.status == 303
    crossed = await send(clerk, PAGE, form, reason="二", do="keep", v1="乙", v2="2020-06-01")
    seen = re.sub("<[^>]*>", " ", crossed.text)
    assert crossed.status == 409 and "設置日" in seen and "名称" in seen
    assert "details." not in seen


async def test_what_is_published_is_counted_without_the_records_that_stay_withdrawn() -> None:
    other = record("A2", "港小学校")
    _, clerk = await opened(
        SET,
        record("A1", "市役所"),
        other,
        Withdrawal(withdrawal_id(SET.id), SET.id, SET.id, "AED", "withheld"),
        Withdrawal(withdrawal_id(other.id), other.id, SET.id, "港小学校", "withheld"),
    )
    page = (await clerk.get(f"/demo/opendata/publishing/{SET.id}")).text
    assert "1件を、だれでも見て、使えるようになります" in page
