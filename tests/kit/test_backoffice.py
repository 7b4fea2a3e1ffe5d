"""Laws of the back office: lists, forms, history and CSV come out of the manifest and show what the person may see."""

import csv
import io
from collections.abc import Mapping

import msgspec
import pytest
from lending import LENDING, Loan

from kaiteki.kit.backoffice import Changed, Desk, TableRow
from kaiteki.kit.backoffice.asking import query_of
from kaiteki.kit.pages import ListAsk, list_ask
from kaiteki.kit.views import expand_name
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity, Instance
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.ports.entities import By, Change, Decision
from town import BOSS, CLERK, MORNING, NOBODY, RESIDENT_A, Person, Town


def desk(town: Town, person: Person = CLERK, language: str = "ja") -> Desk:
    """The back office of a person."""
    return Desk(town.city(person, language=language), town.store.history, town.store.events)


@pytest.fixture
async def town() -> Town:
    """Sixty loans, the first given back a minute later."""
    made = Town(LENDING)
    for n in range(60):
        made.clock.pass_s(1)
        await made.run(
            "lending.borrow", {"thing": ("rake", "handcart")[n % 2], "phone": f"=043-{n}"}, RESIDENT_A
        )
    made.clock.pass_s(60)
    first = (await made.city(CLERK).find(Loan, Query())).items[0]
    assert isinstance(await made.run("lending.give_back", {"id": first.id}, CLERK), Accepted)
    return made


async def given_back(town: Town) -> TableRow:
    """The one loan that is back."""
    table = await desk(town).list("Loan", ListAsk(filters={"back": "true"}))
    assert table is not None
    (row,) = table.rows
    return row


async def test_a_list_has_columns_rows_and_pages(town: Town) -> None:
    table = await desk(town).list("Loan", ListAsk(sort="number", descending=True, page=2))
    assert table is not None
    assert table.columns[0] == ("number", Words("番号", "Number", "ばんごう"))
    assert (table.total, table.page, table.more, len(table.rows)) == (60, 2, False, 10)
    assert [cell.text for cell in table.rows[-1].cells] == ["L-2026-00001", "rake", "はい"]
    assert [one.name for one in table.commands] == ["borrow"]
    assert [one.name for one in table.filters] == ["back"]


async def test_a_list_is_filtered_by_columns_and_days(town: Town) -> None:
    async def total(**filters: str) -> int:
        table = await desk(town).list("Loan", ListAsk(filters=filters))
        return table.total if table else -1

    assert await total(back="true") == 1
    assert await total(thing="rake") == 30
    assert await total(thing="rake", back="false") == 29
    assert await total(asked_at="2026-11-22") == 60
    assert await total(asked_at="2026-11-21") == 0
    assert await total(asked_at="today", nothing="x", back="perhaps") == 60


def test_what_stands_sealed_orders_no_list_and_is_found_only_where_marks_are_kept() -> None:
    loans = msgspec.structs.replace(LENDING.types[0], sealed=("phone", "thing"), sought={"phone": "exact"})
    asked = query_of(loans, ListAsk(sort="thing", filters={"thing": "rake", "phone": "043-1"}))
    assert asked == query_of(LENDING.types[0], ListAsk(filters={"phone": "043-1"}))


async def test_only_who_handles_a_type_sees_its_back_office(town: Town) -> None:
    for person in (NOBODY, RESIDENT_A):
        assert desk(town, person).types() == ()
        assert await desk(town, person).list("Loan", ListAsk()) is None
        assert await desk(town, person).export_csv("Loan", ListAsk()) is None
    assert [declared.name for _, declared in desk(town).types()] == ["Loan"]
    assert await desk(town).list("Message", ListAsk()) is None
    letters = await desk(town, BOSS).list("Message", ListAsk())
    assert letters is not None
    assert letters.total == 60


async def test_one_is_shown_with_everything_and_its_commands(town: Town) -> None:
    first = await given_back(town)
    sheet = await desk(town).show("Loan", first.id)
    assert sheet is not None
    assert {cell.field: cell.text for cell in sheet.cells} == {
        "number": "L-2026-00001",
        "thing": "rake",
        "phone": "=043-0",
        "borrower": "a",
        "asked_at": "2026年11月22日 9:00",
        "back": "はい",
    }
    assert [one.name for one in sheet.commands] == ["give_back"]
    assert await desk(town).show("Loan", "urn:ngsi-ld:Loan:none") is None
    form = desk(town).form("lending", "give_back", first.id)
    assert form is not None
    assert [(one.name, one.widget, one.default) for one in form.fields] == [("id", "hidden", first.id)]
    assert desk(town, RESIDENT_A).form("lending", "give_back", first.id) is None
    assert desk(town).form("lending", "none") is None


async def test_history_says_who_did_what_when(town: Town) -> None:
    first = await given_back(town)
    later, earlier = await desk(town).history("Loan", first.id)
    assert (later.actor, later.action, later.words) == (
        "c",
        "lending.give_back",
        Words("返却", "Return", "かえす"),
    )
    assert later.at == MORNING + 120_000_000
    assert later.changes == (Changed(Words("back", "back"), "いいえ", "はい"),)
    assert (earlier.actor, earlier.version, len(earlier.changes)) == ("a", 1, 6)
    assert await desk(town, RESIDENT_A).history("Loan", first.id) == ()


async def test_a_csv_holds_all_rows_and_no_formula(town: Town) -> None:
    made = await desk(town, language="en").export_csv("Loan", ListAsk(filters={"thing": "rake"}))
    assert made is not None
    rows = list(csv.reader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert rows[0] == ["id", "Number", "thing", "Phone", "borrower", "asked at", "back"]
    assert len(rows) == 31
    assert rows[1][1:] == ["L-2026-00001", "rake", "'=043-0", "a", "22 Nov 2026, 9:00", "Yes"]
    assert (made.media_type, made.filename) == ("text/csv; charset=utf-8", "Loan.csv")


def test_an_address_asks_for_a_list() -> None:
    assert list_ask(
        {"q": "x", "f.back": "true", "f.thing": "", "sort": "-number", "page": "3", "y": "z"}
    ) == ListAsk("x", {"back": "true"}, "number", True, 3)
    assert list_ask({"page": "²", "sort": "thing"}) == ListAsk(sort="thing")


async def test_a_moment_that_others_wrote_as_words_is_shown_as_they_wrote_it(town: Town) -> None:
    row = await given_back(town)

    def decide(loaded: Mapping[str, Entity]) -> Decision[None]:
        before = loaded[row.id]
        attributes = {**before.attributes, expand_name("askedAt"): (Instance("Property", "昨日"),)}
        after = msgspec.structs.replace(before, attributes=attributes, version=before.version + 1)
        return Decision([Change(before, after)], None)

    await town.store.entities.change(town.area, (row.id,), decide, By(action="trial"))
    assert await desk(town).show("Loan", row.id) is not None
    latest = (await desk(town).history("Loan", row.id))[0]
    assert [change.after for change in latest.changes] == ["昨日"]
