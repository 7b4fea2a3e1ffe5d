"""Laws of correcting one record: by the rules of an import, with what it was, through the gate, against the next file, and undone."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from delivered import one_of
from importing_hall import Hall, source

from kaiteki.kit.city import Cities
from kaiteki.kit.editing import opened_of
from kaiteki.kit.engine import Asking, Engine
from kaiteki.kit.files.darkroom import Darkroom
from kaiteki.main.imports.runner import Options
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.withholding import Withholding
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.opendata.correcting.cells import Cell, cells_of, text_of, write_cells
from kaiteki.services.opendata.correcting.deciding import RECORD_EDITS, CorrectRecord, form_of
from kaiteki.services.opendata.correcting.desk import hint_of
from kaiteki.services.opendata.correcting.model import Correction, correction_id
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.model import DataSet, ImportRun, record_view
from kaiteki.services.opendata.standard.table import standard_types
from kaiteki.services.opendata.withdrawal.model import mark_of

AED = "番号,名称,住所,緯度,経度,小児対応設備の有無,鍵\nA1,市役所,見本市1,35.35,141.05,有,受付\nA2,港小学校,見本市2,35.36,141.06,,\n"
TYPE = record_view("AED")
CLERK = Person("acc-desk", "見本 花子", frozenset({ANYONE, STAFF}), frozenset({"disaster"}), assurance=1)
OTHER = msgspec.structs.replace(CLERK, account_id="acc-other", offices=frozenset({"parks"}))


class Town:
    """A hall whose table of AEDs somebody corrects."""

    def __init__(self) -> None:
        self.hall = Hall()
        self.engine = Engine(self.hall.store.entities, self.hall.clock, (service,))
        self.withholding = Withholding(
            self.hall.store.entities, self.hall.store.history, self.hall.clock, ("demo",)
        )
        self.data_set, self.record = "", ""

    async def bring(self, text: str = AED, **options: Any) -> None:
        (outcome,) = await self.hall.bring(source("aed.csv", text.encode()), options=Options(**options))
        self.data_set = outcome.data_set
        self.record = f"urn:ngsi-ld:AED:{self.data_set.rpartition(':')[2]}:A1"

    async def correct(
        self, person: Person = CLERK, opened: str = "", let: tuple[str, ...] = (), **cells: str
    ) -> Accepted | Refused:
        """Correct cells by their keys (`details_鍵` is `details.鍵`)."""
        self.hall.clock.pass_s(60)
        keys = tuple(key.replace("details_", "details.") for key in cells)
        form = CorrectRecord(self.record, self.data_set, "窓口で分かった", keys, tuple(cells.values()), let)
        darkroom = Darkroom(self.engine, self.hall.store.files, self.hall.store.received)
        asking = Asking("demo", person, opened=opened)
        return await Cities(self.engine, darkroom).of(asking).run("opendata.correct_record", form)

    async def kept(self) -> Any:
        return await one_of(self.hall, TYPE, self.record)

    async def noted(self) -> Correction:
        return await one_of(self.hall, Correction, correction_id(self.record))

    async def set(self) -> DataSet:
        return await one_of(self.hall, DataSet, self.data_set)

    async def said(self) -> set[str]:
        run = await one_of(self.hall, ImportRun, self.data_set.replace(":DataSet:", ":ImportRun:"))
        return {issue.code for issue in run.issues}


@pytest.fixture
async def town() -> Town:
    """A town with a table of two AEDs."""
    made = Town()
    await made.bring()
    return made


async def codes(done: Accepted | Refused) -> list[tuple[str, str]]:
    assert isinstance(done, Refused)
    return [(one.field, one.code) for one in done.faults]


def told(first: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A whole form of which some cells are written anew."""
    return first | more


async def test_cells_stand_in_the_order_of_the_table_and_what_is_not_written_stays(town: Town) -> None:
    before = await town.kept()
    cells = cells_of(await town.set(), before)
    assert [one.column for one in cells] == [
        "番号",
        "名称",
        "住所",
        "緯度",
        "経度",
        "小児対応設備の有無",
        "鍵",
    ]
    done = await town.correct(name="新しい市役所", latitude="35度21分36秒", details_鍵="警備室")
    assert isinstance(done, Accepted)
    after = await town.kept()
    assert (after.name, after.location["coordinates"], after.details["鍵"]) == (
        "新しい市役所",
        [141.05, 35.36],
        "警備室",
    )
    same = ("id", "data_set", "fullAddress", "identifier")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    noted = await town.noted()
    assert [(one.column, one.was, one.now) for one in noted.standing] == [
        ("名称", "市役所", "新しい市役所"),
        ("緯度", "35.35", "35.36"),
        ("鍵", "受付", "警備室"),
    ]
    assert (noted.acts[0].by, noted.acts[0].why, (await town.set()).corrected) == (
        "見本 花子",
        "窓口で分かった",
        (mark_of(town.record),),
    )


async def test_a_cell_is_refused_by_the_rules_of_an_import_and_nothing_is_kept(town: Town) -> None:
    before = await town.kept()
    assert await codes(await town.correct(pediatricSupport="たぶん")) == [("pediatricSupport", "not_of_kind")]
    assert await codes(await town.correct(latitude="北のほう")) == [("latitude", "not_a_position")]
    assert await codes(await town.correct(longitude="0.5")) == [("longitude", "not_in_japan")]
    assert await codes(await town.correct(name="")) == [("name", "name_missing")]
    assert await codes(await town.correct(name="市役所")) == [("reason", "nothing")]
    assert await town.kept() == before


async def test_what_may_speak_of_people_is_asked_about_and_an_individual_number_never_comes_in(
    town: Town,
) -> None:
    number = "123456789018"
    assert await codes(await town.correct(details_鍵=f"{number}")) == [("details.鍵", "my_number")]
    why = ("details.鍵=委員として公表している氏名",)
    assert await codes(await town.correct(details_鍵=number, let=why)) == [("details.鍵", "my_number")]
    assert await codes(await town.correct(details_鍵="山田太郎")) == [("details.鍵", "people")]
    assert await codes(await town.correct(details_鍵="山田太郎", let=("details.鍵=短い",))) == [
        ("details.鍵", "people")
    ]
    assert isinstance(await town.correct(details_鍵="山田太郎", let=why), Accepted)
    assert (await town.noted()).acts[0].let == why


async def test_only_the_office_that_keeps_a_data_set_corrects_it(town: Town) -> None:
    kept = msgspec.structs.replace(await town.set(), office="disaster")
    await LocalTarget(town.hall.store.entities, town.hall.clock, "demo").keep([kept])
    assert await town.correct(OTHER, name="だめ") == Refused("not_allowed")
    assert isinstance(await town.correct(name="よい"), Accepted)
    nobody = msgspec.structs.replace(CLERK, roles=frozenset({ANYONE}))
    assert await town.correct(nobody, name="だめ") == Refused("not_allowed")


async def test_two_who_correct_different_cells_keep_both_and_the_same_cell_is_asked_about(town: Town) -> None:
    opened = opened_of(RECORD_EDITS, form_of(await town.kept(), await town.set()))
    whole = form_of(await town.kept(), await town.set())
    first: dict[str, Any] = {
        key.replace("details.", "details_"): text
        for key, text in zip(whole.columns, whole.values, strict=True)
    }
    assert isinstance(await town.correct(opened=opened, **told(first, name="甲")), Accepted)
    assert isinstance(await town.correct(opened=opened, **told(first, details_鍵="乙")), Accepted)
    after = await town.kept()
    assert (after.name, after.details["鍵"]) == ("甲", "乙")
    crossed = await town.correct(opened=opened, **told(first, name="丙"))
    assert isinstance(crossed, Refused) and crossed.code == "conflict"


async def test_the_next_file_does_not_write_over_a_correction_and_its_report_says_so(town: Town) -> None:
    await town.correct(name="新しい市役所")
    await town.bring(AED.replace("受付", "正面"))
    after = await town.kept()
    assert (after.name, after.details["鍵"], await town.said() & {"corrected_kept"}) == (
        "新しい市役所",
        "正面",
        {"corrected_kept"},
    )
    assert (await town.set()).corrected == (mark_of(town.record),)
    await town.bring(AED.replace("市役所", "別の名"))
    assert ((await town.kept()).name, (await town.noted()).standing[0].was) == ("新しい市役所", "別の名")
    await town.bring(AED.replace("市役所", "新しい市役所"))
    assert ((await town.set()).corrected, (await town.noted()).standing) == ((), ())
    await town.bring(AED)
    assert (await town.kept()).name == "市役所"


async def test_where_somebody_decided_for_the_file_it_holds_and_nothing_stands(town: Town) -> None:
    await town.correct(name="新しい市役所")
    await town.bring(AED, file_holds=frozenset({mark_of(town.record)}))
    assert ((await town.kept()).name, (await town.set()).corrected) == ("市役所", ())
    assert "corrected_gone" in await town.said()


async def test_a_correction_is_undone_by_correcting_once_more_and_nothing_stands(town: Town) -> None:
    before = await town.kept()
    await town.correct(name="新しい市役所", latitude="35.4")
    act = (await town.noted()).acts[0]
    undo: dict[str, Any] = {one.key: one.before for one in act.changes}
    assert isinstance(await town.correct(**undo), Accepted)
    noted = await town.noted()
    assert (await town.kept(), noted.standing, len(noted.acts)) == (before, (), 2)
    assert (await town.set()).corrected == ()


async def test_what_was_corrected_in_a_record_that_is_erased_is_erased_with_it(town: Town) -> None:
    await town.correct(name="新しい市役所")
    darkroom = Darkroom(town.engine, town.hall.store.files, town.hall.store.received)
    city = Cities(town.engine, darkroom).of(Asking("demo", CLERK))
    for command, form in (
        ("withhold_data", {"id": town.record, "reason": "位置がちがう"}),
        ("erase_data", {"id": town.record, "sure": True}),
    ):
        assert isinstance(await city.run(f"opendata.{command}", form), Accepted)
        town.hall.clock.pass_s(1)
        await town.withholding.run_due()
    assert await town.hall.store.entities.load("demo", (correction_id(town.record),)) == {}
    assert (await town.set()).corrected == ()


@pytest.mark.parametrize("name", standard_types())
def test_every_example_of_the_standard_is_written_and_read_back(name: str) -> None:
    kind, view = standard_types()[name], record_view(name)
    data_set = DataSet(
        "urn:ngsi-ld:DataSet:a",
        record_type=name,
        columns=tuple(one.key for one in kind.items),
        fills=tuple(one.key for one in kind.items),
    )
    empty = view(id="urn:a", data_set=data_set.id)
    cells = cells_of(data_set, empty)
    texts = {one.key: example_of(one) for one in cells}
    written = write_cells(empty, cells, {key: text for key, text in texts.items() if text})
    assert written.record is not None, written.issues
    again = {one.key: text_of(written.record, one) for one in cells}
    assert write_cells(written.record, cells, again).record == written.record


def test_the_unit_of_a_cell_is_said_in_the_language_of_the_page() -> None:
    said = [hint_of("度", "有;無", one) for one in ("ja", "en", "ja-easy")]
    assert said == ["度・有・無", "degrees, 有, 無", "度（ど）・有・無"]
    units = {item.unit for one in standard_types().values() for item in one.items}
    in_japanese = re.compile("[぀-ヿ一-鿿]")
    assert [unit for unit in units if in_japanese.search(hint_of(unit, "", "en"))] == []


def example_of(cell: Cell) -> str:
    assert cell.item is not None
    return {"latitude": "35.35", "longitude": "141.05"}.get(cell.key, cell.item.example)
