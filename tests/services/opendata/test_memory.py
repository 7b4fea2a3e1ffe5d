"""What was decided on columns stands for the next file of the data set; what is found newly is asked about."""

from __future__ import annotations

import msgspec
from delivered import WHY, after, asked, clearing, keep, one_of
from hypothesis import given
from hypothesis import strategies as st
from importing_hall import Hall, source

from kaiteki.main.imports.runner import Options
from kaiteki.model.decision import Accepted
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.bringing import BringIn, bring_in
from kaiteki.services.opendata.intake.clearance import NEVER, Clearance, LeftOut, covers
from kaiteki.services.opendata.intake.clearing import clear
from kaiteki.services.opendata.intake.delivery import Delivery, TakeFile, pack, take_file
from kaiteki.services.opendata.intake.memory import Memory, recall, remember
from kaiteki.services.opendata.intake.privacy import SORTS, Doubt
from kaiteki.services.opendata.model import ImportRun
from kaiteki.services.opendata.surplus import records_of

FIRST = "ID,名称,所在地,備考,補足\n1,港公園,本町1,090-1234-5678,山田太郎\n2,丘公園,本町2,,鈴木花子\n"
RUN = importing.run_id(importing.slug_of_file("benches.csv"))
COLUMNS = st.sampled_from(("補足", "備考", "所在地"))
SORT = st.sampled_from(sorted(SORTS))
MARKS = st.lists(st.sampled_from(("aa", "bb", "cc")), unique=True).map(tuple)


def taken(text: str, seed: int = 1) -> Delivery:
    """A newer file of the same name."""
    done = take_file({}, TakeFile("benches.csv", pack(text.encode())), asked(seed))
    assert isinstance(done, Accepted)
    (one,) = done.writes
    assert isinstance(one, Delivery)
    return one


def brought(one: Delivery, run: ImportRun | None, *again: str) -> Delivery:
    """A file after staff sent it on its way."""
    form = BringIn(one.id, "見本市", "CC-BY-4.0", runs=(RUN,), again=again)
    state = {one.id: one} if run is None else {one.id: one, RUN: run}
    done = bring_in(state, form, asked())
    assert isinstance(done, Accepted)
    (sent,) = done.writes
    assert isinstance(sent, Delivery)
    return sent


async def come_in(hall: Hall, one: Delivery) -> ImportRun:
    """What the import remembers of a file that came in."""
    await (await keep(hall, one)).run_due()
    told = await one_of(hall, Delivery, one.id)
    assert (told.state, told.fault) == ("in", "")
    run = await one_of(hall, ImportRun, RUN)
    assert isinstance(run, ImportRun)
    return run


async def first_in(hall: Hall) -> ImportRun:
    """A first file: 補足 is left out, all else that is doubted is cleared."""
    held = brought(taken(FIRST), None)
    assert {doubt.column for doubt in held.doubts} == {"補足", "備考", "所在地"}
    decided = after(clear, held, clearing(held, leave=("補足",)))
    return await come_in(hall, brought(decided, None))


def asked_of(one: Delivery) -> set[tuple[str, str]]:
    """What is asked about."""
    return {(doubt.column, doubt.sort) for doubt in one.doubts}


async def test_a_newer_file_is_not_asked_about_what_was_decided_and_the_column_stays_out() -> None:
    hall = Hall()
    run = await first_in(hall)
    assert [(one.column, one.by, one.at) for one in run.without] == [("補足", "acc-desk", asked().now)]
    assert {(one.column, one.reason, one.by) for one in run.cleared} == {
        ("備考", WHY, "acc-desk"),
        ("所在地", WHY, "acc-desk"),
    }
    # other people in a column that is left out are left out, too
    newer = brought(taken(FIRST.replace("港公園", "港の公園").replace("鈴木花子", "田中一郎")), run)
    assert (newer.state, newer.doubts) == ("asked", ())
    again = await come_in(hall, newer)
    assert (again.without, again.cleared, again.created, again.changed) == (run.without, run.cleared, 0, 1)
    rows = await hall.store.entities.find(hall.area, records_of(RUN.replace("ImportRun", "DataSet")))
    assert not any("補足" in str(row.entity()) or "田中" in str(row.entity()) for row in rows.rows)


async def test_another_finding_in_a_remembered_column_asks_again() -> None:
    hall = Hall()
    run = await first_in(hall)
    others = taken(FIRST.replace("090-1234-5678", "090-9999-0000"))
    assert asked_of(brought(others, run)) == {("備考", "mobile")}
    names = taken(FIRST.replace("2,丘公園,本町2,,", "2,丘公園,本町2,佐藤次郎,"))
    assert ("備考", "name") in asked_of(brought(names, run))
    numbers = taken(FIRST.replace("本町1", "123456789018").replace("本町2", "123456789018"))
    held = brought(numbers, run)
    assert ("所在地", "my_number") in asked_of(held)
    # and an individual number is not cleared by what was cleared once
    cheat = msgspec.structs.replace(run, cleared=(Clearance("所在地", "my_number", 2, WHY),))
    assert ("所在地", "my_number") in asked_of(brought(numbers, cheat))


async def test_staff_decide_again_and_the_newer_decision_stands() -> None:
    hall = Hall()
    run = await first_in(hall)
    held = brought(taken(FIRST.replace("港公園", "港の公園"), 2), run, "補足")
    assert {column for column, _ in asked_of(held)} == {"補足"}
    decided = after(clear, held, clearing(held))
    assert (decided.again, decided.without) == (("補足",), ())
    later = await come_in(hall, brought(decided, run))
    assert later.without == () and ("補足", "name") in {(one.column, one.sort) for one in later.cleared}
    # what was decided on another data set is no decision on this one
    other = msgspec.structs.replace(run, id="urn:ngsi-ld:ImportRun:other")
    form = BringIn("x", "見本市", "CC-BY-4.0", runs=(other.id,))
    one = taken(FIRST, 3)
    done = bring_in({one.id: one, "x": one, other.id: other}, form, asked())
    assert isinstance(done, Accepted) and done.answer["state"] == "held"


async def test_what_the_command_leaves_out_stays_out() -> None:
    hall = Hall()
    out = Options(left_out=(LeftOut("補足"),), cleared={"備考": WHY})
    (done,) = await hall.bring(source("p.csv", FIRST.encode()), options=out)
    assert done.fault is None
    (next_one,) = await hall.bring(source("p.csv", FIRST.replace("港公園", "浜公園").encode()))
    assert next_one.fault is None
    rows = await hall.store.entities.find(hall.area, records_of(next_one.data_set))
    assert rows.rows and not any("山田" in str(row.entity()) for row in rows.rows)


@given(column=COLUMNS, sort=SORT, known=MARKS, now=MARKS)
def test_what_was_cleared_covers_nothing_that_was_not_there(
    column: str, sort: str, known: tuple[str, ...], now: tuple[str, ...]
) -> None:
    one, doubt = Clearance(column, sort, 1, WHY, marks=known), Doubt(sort, column, 1, (), now)
    if covers(one, doubt):
        assert sort not in NEVER and (not known or (now and set(now) <= set(known)))
    assert not covers(one, msgspec.structs.replace(doubt, column="別の列"))


@given(outs=st.lists(COLUMNS, unique=True), lets=st.lists(COLUMNS, unique=True), again=st.lists(COLUMNS))
def test_nothing_is_forgotten_but_what_is_decided_again(
    outs: list[str], lets: list[str], again: list[str]
) -> None:
    run = ImportRun(
        "x",
        without=tuple(LeftOut(one, at=asked().now) for one in outs),
        cleared=tuple(Clearance(one, "name", 1, WHY, at=asked().now) for one in lets if one not in outs),
    )
    kept = remember(recall(run, again), Memory(), {}, asked().now)
    assert kept.columns == set(outs) - set(again)
    assert {one.column for one in kept.cleared} == set(lets) - set(outs) - set(again)
