"""Counts of people: what is released is what the gate lets through, of the people nothing stays, and the pages lead there without a script."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import pytest

from kaiteki.kit.pages import City, Missing, Moved, PageAsk, Plain, Shown, Upload
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.release import TOTAL
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.people_table import PEOPLE_MAX
from kaiteki.services.opendata.release_desk import act_release, act_released, show_release, show_released
from kaiteki.services.opendata.release_forms import Release, StatisticsRelease
from kaiteki.services.opendata.releasing import Looked, look
from kaiteki.services.opendata.statistics import show_statistics, statistics_csv, statistics_method
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
    assert looked.shown is not None and looked.shown.primary == {("港区", "いいえ")}
    assert (looked.hidden, looked.small) == (4, 1)
    assert looked.shown.numbers[TOTAL, TOTAL] == 202
    assert looked.cells.count("x") == 4 and "x" not in looked.true


def test_health_needs_more_people() -> None:
    people = [("港区", "はい", "")] * 7 + PEOPLE[20:]
    for data_class, hidden in (("people", 1), ("health", 3)):
        looked = look(msgspec.structs.replace(FORM, text=table(people), data_class=data_class))
        assert isinstance(looked, Looked) and looked.small == hidden


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
        ({"mechanism": "round", "base": 4}, "base"),
        ({"mechanism": "round", "base": 5, "data_class": "health"}, "base"),
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
    public = await town.city(NOBODY).get(StatisticsRelease, kept.id)
    assert public is not None and public.cells == kept.cells
    assert (public.people, public.k, public.digest, public.quasi, public.hidden_small) == (0, 0, "", (), 0)
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
    told = await statistics_csv(asking(city, {}, id=kept_id))
    assert isinstance(told, Plain)
    lines = told.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "区分,いいえ,はい,計" and lines[-1].startswith("計,102,100,202")
    assert sum(line.count(",x") for line in lines) == 4
    method = await statistics_method(asking(city, {}, id=kept_id))
    assert isinstance(method, Plain)
    written = json.loads(method.content)
    assert [one["titles"] for one in written["tableSchema"]["columns"]] == lines[0].split(",")
    made = next(value for name, value in written.items() if name.endswith("#method"))
    assert (made["kind"], made["minimum"]) == ("suppress", 5)


async def test_what_is_withdrawn_is_gone_for_everybody_and_comes_back_the_same() -> None:
    town = Town(service)
    done = await town.run("opendata.release", FORM, CLERK)
    assert isinstance(done, Accepted)
    kept_id = str(done.answer["id"])
    before = await town.city(NOBODY).get(StatisticsRelease, kept_id)
    assert before is not None
    clerk, nobody = town.city(CLERK), town.city(NOBODY)
    refused = await act_released(asking(clerk, {"do": ["withdraw"], "why": [""]}, id=kept_id))
    assert isinstance(refused, Shown) and refused.status == 422
    await act_released(asking(clerk, {"do": ["withdraw"], "why": ["数え間違い"]}, id=kept_id))
    gone = await nobody.get(StatisticsRelease, kept_id)
    assert gone is not None and (gone.cells, gone.held_back, gone.why) == ((), (), "")
    page = await show_statistics(asking(nobody, {}, id=kept_id))
    assert isinstance(page, Shown) and page.status == 410 and not page.values["rows"]
    assert isinstance(await statistics_csv(asking(nobody, {}, id=kept_id)), Missing)
    assert isinstance(await statistics_method(asking(nobody, {}, id=kept_id)), Missing)
    assert isinstance(await town.run("opendata.withdraw", {"id": kept_id, "why": "x"}, CLERK), Refused)
    assert isinstance(await act_released(asking(clerk, {"do": ["again"]}, id=kept_id)), Moved)
    after = await nobody.get(StatisticsRelease, kept_id)
    assert after is not None and after.cells == before.cells


def test_rounded_numbers_fit() -> None:
    looked = look(msgspec.structs.replace(FORM, mechanism="round", base=10))
    assert isinstance(looked, Looked)
    assert looked.cells == ("40", "30", "70", "60", "50", "110", "0", "20", "20", "100", "100", "200")
    assert max(looked.moved) < 10 and looked.hidden == 0


async def test_a_broken_file_is_said_to_be_one() -> None:
    for content in (b"\x00\x01\x02", b"a,b\n", b'"'):
        reply = await act_release(asking(Town(service).city(CLERK), {}, content))
        assert isinstance(reply, Shown) and reply.status == 422
