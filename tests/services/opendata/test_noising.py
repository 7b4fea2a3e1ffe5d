"""Noise out of a budget: what is spent, by whom, once; two at once cannot spend the same; nothing true stays; the page leads there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_releasing import PEOPLE, asking, table

from kaiteki.kit.pages import Moved, Plain, Shown
from kaiteki.main.noise import find_noise
from kaiteki.model.access import NOBODY
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.query import Query
from kaiteki.ports.clock import Clock
from kaiteki.services.opendata.budget_desk import act_budgets, show_budgets
from kaiteki.services.opendata.budgets import EPSILON_MAX_MILLI, PrivacyBudget, epsilon_of, milli_of
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.noising import Question, asked_of, exact, margin_of, noisy
from kaiteki.services.opendata.people_table import cut_to
from kaiteki.services.opendata.release_desk import act_release
from kaiteki.services.opendata.release_forms import Release, StatisticsRelease
from kaiteki.services.opendata.statistics import statistics_method
from kaiteki.stores.memory import open_memory
from kaiteki.stores.sqlite import open_sqlite
from kaiteki.stores.store import Store
from town import CLERK, RESIDENT_A, Town

WARDS, ANSWERS = ("丘区", "浜区", "港区"), ("いいえ", "はい")
GRANT = {
    "data_set": "アンケート",
    "period": "2026年度",
    "epsilon": "1",
    "decided_by": "審査会",
    "why": "毎年の報告",
}


class Shifted:
    """Noise that everybody can foresee: one more each time it is drawn. What it was asked to hide is kept."""

    def __init__(self) -> None:
        self.drawn: list[tuple[Sequence[int], int, int]] = []

    def ready(self) -> None:
        """Nothing is slow."""

    def draw(self, values: Sequence[int], changed_by: int, epsilon_milli: int) -> Sequence[int]:
        """See ports.noise."""
        self.drawn.append((tuple(values), changed_by, epsilon_milli))
        return [one + len(self.drawn) for one in values]


async def granted(noise: Shifted | None, **changes: Any) -> tuple[Town, str]:
    """A town with a budget."""
    return await granted_in(noise, open_memory, **changes)


async def granted_in(
    noise: Shifted | None, opened: Callable[[Clock], Store], **changes: Any
) -> tuple[Town, str]:
    """A town with a budget, over a store."""
    town = Town(service, opened=opened)
    town.engine.noise = noise
    done = await town.run("opendata.grant_budget", {**GRANT, **changes}, CLERK)
    assert isinstance(done, Accepted)
    return town, str(done.answer["id"])


def form(budget: str, epsilon: str = "0.4", **changes: Any) -> Release:
    """How many people answered what in which ward."""
    asked = Release(
        table(), "アンケート", "people", "区", "回答", mechanism="noise",
        groups_down=WARDS, groups_across=ANSWERS, budget=budget, epsilon=epsilon,
    )  # fmt: skip
    return msgspec.structs.replace(asked, **changes)


async def budget_of(town: Town, budget: str) -> PrivacyBudget:
    """The budget as it stands."""
    kept = await town.city(CLERK).get(PrivacyBudget, budget)
    assert isinstance(kept, PrivacyBudget)
    return kept


def test_epsilon_is_counted_exactly() -> None:
    assert {one: milli_of(one) for one in ("1", "0.001", "0.5", "10", "2.25", "", "a", "1.2345", "１", "-1", ".")} == {
        "1": 1000, "0.001": 1, "0.5": 500, "10": 10_000, "2.25": 2250,
        "": 0, "a": 0, "1.2345": 0, "１": 0, "-1": 0, ".": 0,
    }  # fmt: skip
    assert all(milli_of(epsilon_of(milli)) == milli for milli in range(1, EPSILON_MAX_MILLI + 1, 7))
    assert sum(milli_of("0.1") for _ in range(10)) == milli_of("1")


async def test_a_release_spends_and_keeps_nothing_true() -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    assert isinstance(await town.run("opendata.release", form(budget), RESIDENT_A), Refused)
    done = await town.run("opendata.release", form(budget), CLERK)
    assert isinstance(done, Accepted)
    assert noise.drawn == [((40, 30, 60, 50, 2, 20), 1, 400)]
    kept = await town.city(CLERK).get(StatisticsRelease, done.answer["id"])
    assert isinstance(kept, StatisticsRelease)
    assert kept.rows == (*WARDS, "") and kept.columns == (*ANSWERS, "")
    assert kept.cells == ("41", "31", "72", "61", "51", "112", "3", "21", "24", "105", "103", "208")
    assert (kept.people, kept.k, kept.digest, kept.quasi, kept.epsilon_milli) == (0, 0, "", (), 400)
    left = await budget_of(town, budget)
    assert (left.granted_milli, left.spent_milli, left.left_milli) == (1000, 400, 600)
    assert [(one.release, one.epsilon_milli, one.title) for one in left.spends] == [
        (kept.id, 400, "アンケート")
    ]
    assert await town.city(NOBODY).get(PrivacyBudget, budget) is None
    method = await statistics_method(asking(town.city(NOBODY), {}, id=kept.id))
    assert isinstance(method, Plain)
    told = next(value for name, value in json.loads(method.content).items() if name.endswith("#method"))
    assert (told["mechanism"], told["epsilon"], told["delta"], told["margin_95"]) == (
        "discrete Laplace",
        "0.4",
        "0",
        margin_of(1, 400),
    )


async def test_the_same_question_costs_once_and_is_answered_the_same() -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    first = await town.run("opendata.release", form(budget), CLERK)
    turned = table([*reversed(PEOPLE)])
    again = await town.run("opendata.release", form(budget, text=turned, title="もう一度"), CLERK)
    assert isinstance(first, Accepted) and isinstance(again, Accepted)
    assert again.answer == {"id": first.answer["id"], "again": True}
    assert len(noise.drawn) == 1 and (await budget_of(town, budget)).spent_milli == 400
    other = await town.run("opendata.release", form(budget, text=table(PEOPLE[1:])), CLERK)
    assert isinstance(other, Accepted) and other.answer["id"] != first.answer["id"]
    assert (await budget_of(town, budget)).spent_milli == 800


async def test_a_budget_that_is_used_up_is_said_to_be() -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    assert isinstance(await town.run("opendata.release", form(budget, "0.75"), CLERK), Accepted)
    refused = await town.run("opendata.release", form(budget, "0.251"), CLERK)
    assert isinstance(refused, Refused)
    (fault,) = refused.faults
    assert (
        (fault.field, fault.code) == ("epsilon", "spent")
        and "0.25" in fault.words.ja
        and "0.25" in fault.words.en
    )
    assert len(noise.drawn) == 1
    assert isinstance(await town.run("opendata.release", form(budget, "0.25"), CLERK), Accepted)
    assert (await budget_of(town, budget)).left_milli == 0


async def test_two_at_once_do_not_spend_the_same() -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    asked = [town.run("opendata.release", form(budget, text=table(PEOPLE[n:])), CLERK) for n in range(6)]
    done = await asyncio.gather(*asked)
    assert sum(isinstance(one, Accepted) for one in done) == 2
    kept = await budget_of(town, budget)
    assert kept.spent_milli == sum(one.epsilon_milli for one in kept.spends) == 800
    found = await town.city(CLERK).find(StatisticsRelease, Query(limit=10))
    assert {one.id for one in found.items} == {one.release for one in kept.spends}


async def test_without_the_extra_it_says_how_to_get_it() -> None:
    town, budget = await granted(None)
    refused = await town.run("opendata.release", form(budget), CLERK)
    assert isinstance(refused, Refused)
    assert [one.field for one in refused.faults] == ["mechanism"]
    assert "pip install 'kaiteki[privacy]'" in refused.faults[0].words.en
    assert (await budget_of(town, budget)).spent_milli == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"budget": "urn:ngsi-ld:PrivacyBudget:none"}, "budget"),
        ({"budget": ""}, "budget"),
        ({"epsilon": "0"}, "epsilon"),
        ({"groups_down": ()}, "groups_down"),
        ({"groups_down": ("a", "a")}, "groups_down"),
        ({"groups_across": ()}, "groups_across"),
        ({"down": "x"}, "down"),
        ({"person": "区"}, "down"),
        ({"measure": "sum", "value": "年代"}, "across"),
        ({"measure": "sum", "across": "", "groups_across": ()}, "value"),
        ({"measure": "sum", "across": "", "groups_across": (), "value": "年代", "low": 5, "high": 5}, "low"),
        ({"measure": "mean", "across": "", "groups_across": (), "value": "年代", "high": 5, "epsilon": "0.001"}, "epsilon"),
    ],
)  # fmt: skip
async def test_what_is_refused_names_the_field_and_spends_nothing(
    changes: dict[str, Any], field: str
) -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    refused = await town.run("opendata.release", form(**{"budget": budget, **changes}), CLERK)
    assert isinstance(refused, Refused) and [one.field for one in refused.faults] == [field]
    assert not noise.drawn and (await budget_of(town, budget)).spent_milli == 0


async def test_a_budget_grows_never_below_what_is_spent() -> None:
    town, budget = await granted(Shifted())
    await town.run("opendata.release", form(budget, "0.5"), CLERK)
    for changes, field in (
        ({"epsilon": "0.4"}, "epsilon"),
        ({"epsilon": "10.001"}, "epsilon"),
        ({"rows_per_person_max": 2}, "rows_per_person_max"),
    ):
        refused = await town.run("opendata.grant_budget", {**GRANT, **changes}, CLERK)
        assert isinstance(refused, Refused) and [one.field for one in refused.faults] == [field]
    assert isinstance(
        await town.run("opendata.grant_budget", {**GRANT, "epsilon": "2", "why": "追加"}, CLERK), Accepted
    )
    kept = await budget_of(town, budget)
    assert (kept.granted_milli, kept.spent_milli, kept.left_milli) == (2000, 500, 1500)
    assert [(one.epsilon_milli, one.why) for one in kept.grants] == [(1000, "毎年の報告"), (2000, "追加")]
    assert isinstance(await town.run("opendata.grant_budget", GRANT, RESIDENT_A), Refused)


ROWS: list[Mapping[str, str]] = [
    {"who": str(n % 4), "ward": "a" if n % 2 else "b", "age": str(10 * n)} for n in range(12)
]  # fmt: skip
ASKED = Question("count", "ward", "", ("a", "b", "c"), (), "", 0, 0, "", 1, 500)


def test_one_person_changes_no_more_than_is_said() -> None:
    for measure, low, high in (("count", 0, 0), ("sum", -5, 40), ("mean", 0, 40)):
        for rows_max in (1, 2, 3):
            value = "" if measure == "count" else "age"
            asked = msgspec.structs.replace(
                ASKED, measure=measure, value=value, low=low, high=high, person="who", rows_max=rows_max
            )
            whole: list[tuple[Sequence[int], int]] = []

            def draw(values: Sequence[int], by: int, epsilon: int, into: Any = whole) -> Sequence[int]:
                into.append((tuple(values), by))
                return values

            noisy(asked, ROWS, draw)
            calls = len(whole)
            for person in "0123":
                noisy(asked, [one for one in ROWS if one["who"] != person], draw)
                for (with_them, by), (without, _) in zip(whole[:calls], whole[-calls:], strict=True):
                    assert sum(abs(a - b) for a, b in zip(with_them, without, strict=True)) <= by


def test_sums_and_means_are_those_of_bounded_values() -> None:
    asked = msgspec.structs.replace(ASKED, measure="sum", value="age", low=0, high=50)
    assert exact(asked, ROWS).cells == ("240", "210", "0", "450")
    mean = msgspec.structs.replace(asked, measure="mean")
    assert exact(mean, ROWS).cells == ("40.0", "35.0", "x", "37.5")
    odd = [{"ward": "a", "age": one, "who": ""} for one in ("", "x", "nan", "1e400", "7.6")]
    assert exact(asked, odd).cells == ("8", "0", "0", "8")
    spent: list[int] = []

    def draw(values: Sequence[int], by: int, epsilon: int) -> Sequence[int]:
        spent.append(epsilon)
        return values

    noisy(msgspec.structs.replace(mean, epsilon_milli=501), ROWS, draw)
    assert sum(spent) == 501 and len(spent) == 2


def test_the_order_of_a_table_changes_no_question_and_more_rows_of_one_are_left_out() -> None:
    asked = msgspec.structs.replace(ASKED, person="who", rows_max=2)
    assert asked_of(asked, ROWS) == asked_of(asked, ROWS[::-1])
    assert asked_of(asked, ROWS) != asked_of(asked, ROWS[1:])
    assert asked_of(asked, ROWS) != asked_of(msgspec.structs.replace(asked, epsilon_milli=501), ROWS)
    assert len(cut_to(ROWS, "who", 2)) == 8 and len(cut_to(ROWS, "", 1)) == 12


def fields(budget: str, **changes: str) -> dict[str, Sequence[str]]:
    """What the page posts in its last step."""
    values = {
        "text": table(), "title": "表", "data_class": "people", "mechanism": "noise", "down": "区", "across": "回答",
        "measure": "count", "groups_down": "丘区\n浜区\n港区", "groups_across": "はい\nいいえ", "budget": budget, "epsilon": "0.4",
    }  # fmt: skip
    return {name: [value] for name, value in {**values, **changes}.items()}


async def test_the_page_shows_how_much_noise_and_draws_none_before_it_is_paid() -> None:
    noise = Shifted()
    town, budget = await granted(noise)
    city = town.city(CLERK)
    first = {
        name: value
        for name, value in fields(budget).items()
        if name not in ("epsilon", "budget", "groups_down", "groups_across")
    }
    proposed = await act_release(asking(city, first))
    assert isinstance(proposed, Shown) and proposed.values["form"].groups_down == tuple(sorted(WARDS))
    assert [one[0] for one in proposed.values["budgets"]] == [budget]
    seen = await act_release(asking(city, fields(budget)))
    assert isinstance(seen, Shown) and seen.status == 200
    assert (seen.values["looked"].margin, seen.values["looked"].left_out, seen.values["rows"]) == (
        margin_of(1, 400),
        0,
        [],
    )
    assert not noise.drawn
    moved = await act_release(asking(city, {**fields(budget), "do": ["release"]}))
    assert isinstance(moved, Moved) and len(noise.drawn) == 1
    dear = await act_release(asking(city, {**fields(budget, epsilon="０．９"), "do": ["check"]}))
    assert isinstance(dear, Shown) and [one.code for one in dear.values["faults"]] == ["spent"]
    poor = await act_release(asking(city, {**fields(budget, epsilon="0.9"), "do": ["release"]}))
    assert isinstance(poor, Shown) and [one.field for one in poor.values["faults"]] == ["epsilon"]
    shown = await show_budgets(asking(city, {}))
    assert isinstance(shown, Shown) and [one["left"] for one in shown.values["budgets"]] == ["0.6"]
    refused = await act_budgets(asking(city, {"data_set": ["x"]}))
    assert isinstance(refused, Shown) and {one.field for one in refused.values["faults"]} == {
        "period",
        "epsilon",
        "decided_by",
        "why",
    }
    more = {name: [value] for name, value in {**GRANT, "epsilon": "3"}.items()}
    assert isinstance(await act_budgets(asking(city, more)), Moved)
    assert (await budget_of(town, budget)).granted_milli == 3000


async def test_the_noise_of_the_node_is_that_of_the_library() -> None:
    town, budget = await granted(None)
    town.engine.noise = find_noise()
    done = await town.run("opendata.release", form(budget, "1", text=table(PEOPLE * 2)), CLERK)
    assert isinstance(done, Accepted)
    kept = await town.city(NOBODY).get(StatisticsRelease, done.answer["id"])
    true = exact(
        Question("count", "区", "回答", WARDS, ANSWERS, "", 0, 0, "", 1, 1000),
        [dict(zip(("区", "回答", "年代"), one, strict=True)) for one in PEOPLE * 2],
    )
    assert kept is not None
    # each number is further away than this with a probability below 1e-30
    assert all(abs(int(a) - int(b)) < 6 * 75 for a, b in zip(kept.cells, true.cells, strict=True))


SPENT_THEN_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from kaiteki.stores.sqlite import open_sqlite
from test_noising import Shifted, form, granted_in

async def spend():
    town, budget = await granted_in(Shifted(), lambda clock: open_sqlite(Path(sys.argv[1]), clock))
    done = await town.run("opendata.release", form(budget), CLERK)
    print(budget, done.answer["id"], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

from town import CLERK
asyncio.run(spend())
"""


def test_what_was_answered_is_spent_even_when_the_node_is_killed_at_once(tmp_path: Path) -> None:
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
    killed = subprocess.run(
        [sys.executable, "-c", SPENT_THEN_KILLED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    budget, release = killed.stdout.split()

    async def looked() -> None:
        town = Town(service, opened=lambda clock: open_sqlite(tmp_path, clock))
        kept = await budget_of(town, budget)
        told = await town.city(NOBODY).get(StatisticsRelease, release)
        assert kept.spent_milli == 400 and [one.release for one in kept.spends] == [release]
        assert told is not None and told.cells[0] == "41"
        await town.store.entities.close()

    asyncio.run(looked())
