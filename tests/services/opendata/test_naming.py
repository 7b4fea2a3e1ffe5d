"""What a record is called lasts: rows that did not change keep their ids, and no data set that exists gets other ones."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_hall import Hall, source

from kaiteki.main.imports.targets import LocalTarget
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.model import DataSet
from kaiteki.services.opendata.naming import content_of, hash_of
from kaiteki.services.opendata.records import Maker
from town import TownClock

HEAD = "urn:ngsi-ld:OpenDataRecord:t-652a4caf:"
TABLE = "ID,名称,緯度,経度,備考\n1,港公園,35.35,141.02,a\n2,丘公園,35.36,141.03,\n2,森公園,35.37,141.04,b\n,川公園,35.38,141.05,\n,川公園,35.38,141.05,c\n,,35.1,141.2,x\n,無番,,,x\n,無番,,,x\n"
BEFORE = [
    *("1", "2-f5d6201ac11e2859", "2-4798fefacd82c16e", "8e6bbe5cf52aee4a-1079a0f23f7b9a0f"),
    *("8e6bbe5cf52aee4a-8fb45233a197f188", "50d9de927c02adc0", "ba450ab31e3d18eb", "ba450ab31e3d18eb-2"),
]
"""The ids that this table had before."""
CELL = st.sampled_from(("", "1", "2", "甲", "乙", "丙"))
ROWS = st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=8, unique=True)
COLUMNS = ("ID", "名称", "住所", "備考")


def named(text: str, standing: DataSet | None) -> list[str]:
    """The ids of a table, row by row; empty for one that does not come in."""
    one = msgspec.structs.replace(source("t.csv", text.encode()), folder="")
    (table,) = importing.read_tables(one)
    guessed = importing.guess_table(one, table, "OpenDataRecord", None)
    surveyed = importing.survey(table, guessed, lambda rows: None, None, standing)
    maker = Maker(importing.plan_table(one, table, guessed, surveyed, importing.Ground()))
    made = [maker.make(row).record for row in table.rows()]
    return [record.id if record is not None else "" for record in made]


def kept(text: str) -> DataSet:
    """The data set of a table that came for the first time."""
    one = msgspec.structs.replace(source("t.csv", text.encode()), folder="")
    (table,) = importing.read_tables(one)
    surveyed = importing.survey(
        table, importing.guess_table(one, table, "OpenDataRecord", None), lambda rows: None
    )
    return DataSet("x", is_lasting=surveyed.keys.is_lasting, keyed_by=surveyed.keys.columns)


def written(rows: list[tuple[str, ...]], columns: tuple[str, ...] = COLUMNS) -> str:
    """Rows as a CSV with some of COLUMNS, and one more that is always filled."""
    at = [COLUMNS.index(one) for one in columns]
    lines = [",".join((*(row[n] for n in at), "*")) for row in rows]
    return "\n".join((",".join((*columns, "印")), *lines)) + "\n"


def test_a_data_set_that_exists_keeps_the_ids_that_it_has() -> None:
    assert named(TABLE, DataSet("x")) == [HEAD + tail for tail in BEFORE]


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_no_data_set_that_exists_gets_other_ids(rows: list[tuple[str, ...]]) -> None:
    """An identifier as it is, or with the hash of the row where it stands twice; else the hash of the row alone."""
    one = source("t.csv", written(rows).encode())
    (table,) = importing.read_tables(one)
    identifiers = [row[0] for row in rows]
    wanted = [
        HEAD + cells[0] + (f"-{digest}" if identifiers.count(cells[0]) > 1 else "")
        if cells[0].isascii() and cells[0]
        else HEAD + digest
        for cells, row in zip(rows, table.rows(), strict=True)
        for digest in [f"{hash_of(content_of(row)):016x}"]
    ]
    made = named(written(rows), DataSet("x"))
    assert [a for a, row in zip(made, rows, strict=True) if not row[0] or row[0].isascii()] == [
        b for b, row in zip(wanted, rows, strict=True) if not row[0] or row[0].isascii()
    ]


@given(rows=ROWS, remark=CELL, at=st.integers(0, 7))
@settings(max_examples=80, deadline=None)
def test_unchanged_rows_keep_their_ids_where_a_column_goes_or_another_is_mended(
    rows: list[tuple[str, ...]], remark: str, at: int
) -> None:
    rows = list({row[:3]: row for row in rows if row[1] or row[2]}.values())
    if not rows:
        return
    standing = kept(written(rows))
    before = named(written(rows), standing)
    assert len(set(before)) == len(before)
    if not set(standing.keyed_by) & {"備考"}:
        assert named(written(rows, COLUMNS[:3]), standing) == before
        mended = [(*row[:3], remark) if n == at else row for n, row in enumerate(rows)]
        assert named(written(mended), standing) == before
    assert set(named(written(rows[::-1]), standing)) == set(before)


@pytest.mark.parametrize("of_before", [False, True])
async def test_two_rows_of_one_number_are_the_same_two_in_the_next_file(of_before: bool) -> None:
    hall = Hall()
    first = "ID,名称,所在地,補足\n1,港,本町1,a\n5,ベンチ5号,本町5,b\n5,ベンチ6号,本町6,c\n"
    (done,) = await hall.bring(source("b.csv", first.encode()))
    target = LocalTarget(hall.store.entities, TownClock(), hall.area)
    one = await target.get(DataSet, done.data_set)
    assert one is not None and one.is_lasting
    if of_before:
        # a data set of before is not changed by a newer file either
        await target.keep([msgspec.structs.replace(one, is_lasting=False, keyed_by=())])
        assert (await hall.bring(source("b.csv", first.encode())))[0].tally is not None
        kept_as = await target.get(DataSet, done.data_set)
        assert kept_as is not None and not kept_as.is_lasting
        return
    (next_one,) = await hall.bring(
        source(
            "b.csv",
            b"ID,\xe5\x90\x8d\xe7\xa7\xb0,\xe6\x89\x80\xe5\x9c\xa8\xe5\x9c\xb0\n"
            + "1,港,本町1\n5,ベンチ5号,本町5\n5,ベンチ6号,本町6\n".encode(),
        )
    )
    assert next_one.tally is not None and next_one.tally.created == 0
