"""The changes since a moment, applied to the download of then, are the download of now."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from importing_hall import Hall, ask_of, source

from kaiteki.kit.pages import Declined, Missing, PageAsk, Plain, Shown, Versioned
from kaiteki.kit.tables import Written
from kaiteki.main.imports.runner import Options
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.query import Query
from kaiteki.services.opendata.downloads import changes, files
from kaiteki.services.opendata.downloads.difference import DAY_US, DAYS_MAX, read_since
from kaiteki.services.opendata.model import DataSet, record_view

AED = record_view("AED")
HEAD = "NO,名称,住所,緯度,経度,夜間"
Rows = dict[str, dict[str, str]]


async def ask(hall: Hall, **query: str) -> PageAsk:
    (first, *_) = (await ask_of(hall).city.find(DataSet, Query(limit=10))).items
    return ask_of(hall, {"id": first.id}, query)


async def download(hall: Hall) -> tuple[list[str], Rows]:
    """The columns and the lines of the CSV, by id, in its order."""
    reply = await files.records_csv(await ask(hall, ids="1"))
    assert isinstance(reply, Versioned)
    assert not isinstance(reply.parts, Written)
    text = b"".join([part async for part in reply.parts]).decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text))
    return list(reader.fieldnames or ()), {row["id"]: row for row in reader}


def table(draw: random.Random) -> str:
    rows = [
        f"{number:03},機器{draw.randrange(3)},本町{draw.randrange(3)},35.6,140.{draw.randrange(1, 4)},{draw.choice(('', '可'))}"
        for number in range(8)
        if draw.random() < 0.7
    ]
    return "\n".join((HEAD, *rows)) + "\n"


def applied(told: Mapping[str, Any], columns: list[str], rows: Rows) -> Rows:
    """The lines of then with the changes of a JSON document."""
    made = {name: dict(row) for name, row in rows.items()}
    for one in told["created"]:
        made[one["id"]] = dict.fromkeys(columns, "") | one["cells"] | {"id": one["id"]}
    for one in told["changed"]:
        for heading, cell in one["cells"].items():
            assert made[one["id"]].get(heading, "") == cell["before"]
            made[one["id"]][heading] = cell["after"]
    for one in told["removed"]:
        del made[one["id"]]
    return {name: {column: made[name].get(column, "") for column in columns} for name in sorted(made)}


@pytest.mark.parametrize("seed", range(3))
async def test_the_download_of_then_with_the_changes_is_the_download_of_now(seed: int) -> None:
    hall, draw = Hall(), random.Random(seed)
    kept: list[tuple[Instant, Rows]] = []
    target = LocalTarget(hall.store.entities, hall.clock, hall.area)
    for _ in range(4):
        await hall.bring(
            source("aed.csv", table(draw).encode()),
            options=Options(prune=True, yes=True, licence=str(draw.random())),
        )
        (_, rows) = await download(hall)
        hall.clock.pass_s(1)
        kept.append((hall.clock.now(), rows))
        # what somebody changes past the imports counts as well
        records = (await ask_of(hall).city.find(AED, Query(limit=2))).items
        hall.clock.pass_s(1)
        await target.keep(
            [AED(one.id, one.data_set, one.location, {"札": str(draw.random())}) for one in records]
        )
    hall.clock.pass_s(1)
    columns, now = await download(hall)
    for since, then in kept:
        reply = await changes.changes_json(await ask(hall, since=format_instant(since)))
        assert isinstance(reply, Plain)
        told = json.loads(reply.content)
        assert applied(told, columns, then) == now
        assert list(now) == sorted(now)
        page = await changes.show_changes(await ask(hall, since=format_instant(since)))
        assert isinstance(page, Shown)
        assert [count for _, _, count in page.values["counts"]] == [
            len(told[kind]) for kind in ("created", "changed", "removed")
        ]
        lined = await changes.changes_csv(await ask(hall, since=format_instant(since)))
        assert isinstance(lined, Plain)
        rows = list(csv.DictReader(io.StringIO(lined.content.decode("utf-8-sig"))))
        assert {row["id"] for row in rows} == {
            one["id"] for kind in ("created", "changed", "removed") for one in told[kind]
        }
        cells = {
            (one["id"], name, cell["after"]) for one in told["changed"] for name, cell in one["cells"].items()
        }
        assert {
            (row["id"], row["項目"], row["変更後"]) for row in rows if row["変更の種類"] == "変更"
        } == cells


def test_a_day_begins_in_japan_and_what_cannot_be_told_is_refused() -> None:
    now = Instant(1_800_000_000_000_000)
    day = read_since("2027-01-01", now)
    assert day == read_since("2026-12-31T15:00:00Z", now)
    for text in (
        "",
        "yesterday",
        "2027-13-01",
        "2026-W01-1",
        "20270101",
        "2100-01-01",
        format_instant(Instant(now - (DAYS_MAX + 1) * DAY_US)),
    ):
        assert not isinstance(read_since(text, now), int), text


async def test_a_horizon_is_refused_with_words_and_a_missing_data_set_is_missing() -> None:
    hall = Hall()
    await hall.bring(source("aed.csv", f"{HEAD}\n1,a,b,35.6,140.1,\n".encode()))
    for page in (changes.changes_csv, changes.changes_json, changes.show_changes):
        refused = await page(await ask(hall, since="2001-01-01"))
        assert isinstance(refused, Shown | Declined)
        assert refused.status == 400
        why = refused.values["why"] if isinstance(refused, Shown) else refused.faults[0].words.ja
        assert str(DAYS_MAX) in why
        nothing = await page(ask_of(hall, {"id": "urn:ngsi-ld:DataSet:none"}, {"since": "2026-01-01"}))
        assert isinstance(nothing, Missing) and nothing.name == "urn:ngsi-ld:DataSet:none"
    first = await changes.show_changes(await ask(hall))
    assert isinstance(first, Shown)
    assert first.status == 200
