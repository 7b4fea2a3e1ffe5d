"""Counts of people: what is released is what the gate lets through, of the people nothing stays, and the pages lead there without a script."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest

from kaiteki.kit.pages import City, Moved, PageAsk, Plain, Shown, Upload
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.release import TOTAL
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.release_desk import act_release, released_csv, show_release, show_released
from kaiteki.services.opendata.releasing import PEOPLE_MAX, Looked, Release, StatisticsRelease, look
from town import CLERK, RESIDENT_A, Town

COUNTS = {
    ("港区", "はい"): 20,
    ("港区", "いいえ"): 2,
    ("丘区", "はい"): 30,
    ("丘区", "いいえ"): 40,
    ("浜区", "はい"): 50,
    ("浜区", "いいえ"): 60,
}
PEOPLE = [(ward, answer, f"{20 + n % 5}代") for (ward, answer), count in COUNTS.items() for n in range(count)]


def table(people: Sequence[tuple[str, ...]] = PEOPLE, head: str = "区,回答,年代") -> str:
    """A table of single people."""
    return "\n".join([head, *(",".join(one) for one in people)]) + "\n"


FORM = Release(table(), "アンケート", "people", "区", "回答")


def test_what_is_small_is_hidden_with_what_gives_it_away() -> None:
    looked = look(FORM)
    assert isinstance(looked, Looked)
    assert (looked.people, looked.k) == (202, 2)
    assert looked.rare == {("港区", "いいえ"): 2}
    assert looked.shown.primary == {("港区", "いいえ")}
    assert len(looked.shown.hidden) == 4
    assert looked.shown.numbers[TOTAL, TOTAL] == 202
    assert looked.cells().count("x") == 4


def test_health_needs_more_people() -> None:
    people = [("港区", "はい", "")] * 7 + PEOPLE[20:]
    for data_class, hidden in (("people", 1), ("health", 3)):
        looked = look(msgspec.structs.replace(FORM, text=table(people), data_class=data_class))
        assert isinstance(looked, Looked) and len(looked.shown.primary) == hidden


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "区,回答\n"}, "text"),
        ({"text": "区,区\na,b\n"}, "text"),
        ({"text": table([("a", "b", "c")] * (PEOPLE_MAX + 1))}, "text"),
        ({"data_class": "things"}, "data_class"),
        ({"across": "区"}, "down"),
        ({"down": "名前"}, "down"),
        ({"quasi": ("名前",)}, "down"),
        ({"above": "回答", "across": "年代", "text": table([("はい", "はい", "x")] * 9)}, "above"),
    ],
)
async def test_what_is_refused_names_the_field(changes: dict[str, str], field: str) -> None:
    form = msgspec.structs.replace(FORM, **changes)
    refused = look(form)
    assert isinstance(refused, Refused) and [fault.field for fault in refused.faults] == [field]
    assert isinstance(await Town(service).run("opendata.release", form, CLERK), Refused)


async def test_only_staff_release_and_nothing_of_the_people_stays() -> None:
    town = Town(service)
    assert isinstance(await town.run("opendata.release", FORM, RESIDENT_A), Refused)
    done = await town.run("opendata.release", FORM, CLERK)
    assert isinstance(done, Accepted)
    kept = await town.city(CLERK).get(StatisticsRelease, done.answer["id"])
    assert isinstance(kept, StatisticsRelease)
    assert (kept.people, kept.k, kept.minimum, kept.hidden, kept.hidden_small) == (202, 2, 5, 4, 1)
    assert "代" not in json.dumps(msgspec.to_builtins(kept), ensure_ascii=False)
    assert await town.city(NOBODY).get(StatisticsRelease, kept.id) is None
    line = (await town.store.entities.audit("demo"))[-1]
    assert (line.by.actor, line.by.action) == (CLERK.account_id, "opendata.release")


def asking(city: City, fields: dict[str, Sequence[str]], content: bytes = b"", **path: str) -> PageAsk:
    """A page that a clerk asks for."""
    files = {"file": [Upload("a.csv", "text/csv", content)]} if content else {}
    return PageAsk(
        area="demo", path=path, query={}, fields=fields, files=files, person=CLERK, language="ja",
        now=Instant(0), seed=1, city=city, settings=None, browser="",
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
async def test_the_pages_lead_from_a_file_to_a_table(encoding: str) -> None:
    town = Town(service)
    city = town.city(CLERK)
    assert isinstance(await show_release(asking(city, {})), Shown)
    named = {"title": ["アンケート"], "data_class": ["people"]}
    first = await act_release(asking(city, named, table().encode(encoding)))
    assert isinstance(first, Shown) and first.values["header"][0] == ("区", "区")
    carried = {
        **named,
        "text": [first.values["form"].text],
        "down": ["区"],
        "across": ["回答"],
        "quasi": ["区", "年代"],
    }
    seen = await act_release(asking(city, carried))
    assert isinstance(seen, Shown) and seen.values["looked"].people == 202
    assert not (await city.find(StatisticsRelease, Query(limit=1))).items
    moved = await act_release(asking(city, {**carried, "do": ["release"]}))
    assert isinstance(moved, Moved)
    kept_id = moved.path.rpartition("/")[2]
    shown = await show_released(asking(city, {}, id=kept_id))
    assert isinstance(shown, Shown) and shown.values["kept"].quasi == ("区", "年代")
    told = await released_csv(asking(city, {}, id=kept_id))
    assert isinstance(told, Plain)
    lines = told.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "区分,いいえ,はい,計" and lines[-1].startswith("計,102,100,202")
    assert sum(line.count(",x") for line in lines) == 4


async def test_a_broken_file_is_said_to_be_one() -> None:
    for content in (b"\x00\x01\x02", b"a,b\n", b'"'):
        reply = await act_release(asking(Town(service).city(CLERK), {}, content))
        assert isinstance(reply, Shown) and reply.status == 422
