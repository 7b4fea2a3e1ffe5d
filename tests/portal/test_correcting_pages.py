"""The page on which one record is corrected: what is wrong is told before anything is kept, and to undo goes back to what the file says."""

from __future__ import annotations

from typing import Any

import msgspec
from trial_site import PASSWORD, TrialSite, open_site
from typed_forms import form_with, send

from kaiteki.kit.views import write
from kaiteki.main.parts import SERVICES
from kaiteki.ports.entities import By, Change, Decision
from kaiteki.services.opendata.model import DataSet, record_view
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
