"""The usual week: its laws, its error in a simulated office beside two plain guesses, and how it is kept and shown."""

from __future__ import annotations

import statistics
from random import Random

import msgspec
from counter_town import OFFICE as HALL
from counter_town import agent, counter_town, paper
from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.pages import PageAsk
from kaiteki.main.bench.office import OFFICE, Call, Day, Took
from kaiteki.services.counter.days import Week, survey, week_id
from kaiteki.services.counter.outlook import DAYS_MIN, DayWaits, Usual, quiet_of, slot_of, usual_week
from kaiteki.services.counter.pages.week import bars_of
from kaiteki.services.counter.settings import Settings
from town import BOSS

OPENS_MIN = 510
WEEKS = 12
LEARNED_WEEKS = 4
CROWDS = (1.2, 1.05, 0.95, 0.95, 1.1)
"""The factor of arrivals from Monday to Friday."""
DAY_NOISE = 0.06
waits = st.lists(st.floats(0, 240), min_size=1, max_size=6)
past = st.builds(
    DayWaits, st.integers(0, 55), st.integers(1, 7), st.dictionaries(st.sampled_from([540, 570, 600]), waits, max_size=3)
)  # fmt: skip


@given(st.lists(past, max_size=20))
def test_a_half_hour_is_told_within_what_was_seen_and_its_range_holds_it(days: list[DayWaits]) -> None:
    week = usual_week(days)
    seen = [wait for day in days for some in day.waits.values() for wait in some]
    for one in week:
        assert min(seen) - 1e-9 <= one.low_min <= one.middle_min <= one.high_min <= max(seen) + 1e-9
        assert one.days <= sum(day.weekday == one.weekday for day in days)
    assert len({(one.weekday, one.at_min) for one in week}) == len(week)
    assert not week or len(days) >= DAYS_MIN
    assert set(quiet_of(week)) <= set(week)


@given(st.lists(past, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_the_days_does_not_matter(days: list[DayWaits], order: Random) -> None:
    shuffled = order.sample(days, len(days))
    assert [one[:2] for one in usual_week(days)] == [one[:2] for one in usual_week(shuffled)]


def test_no_quiet_time_is_named_where_it_makes_no_difference() -> None:
    week = [Usual(day, at, 5, 1, 10 + at / 600, 20, 4) for day in (1, 2) for at in (540, 570, 600)]
    assert quiet_of(week) == []
    assert quiet_of([*week, Usual(3, 600, 5, 0, 2, 5, 4)]) == [Usual(3, 600, 5, 0, 2, 5, 4)]


def simulated(seed: int) -> list[DayWaits]:
    """WEEKS of an office whose days of the week and single days differ, as they were seen; `age_days` is the number of the day."""
    chance, days = Random(seed), list[DayWaits]()
    for number in range(WEEKS * 5):
        crowd = CROWDS[number % 5] * chance.lognormvariate(0, DAY_NOISE)
        came: dict[int, float] = {}
        seen: dict[int, list[float]] = {}
        for now, event in Day(msgspec.structs.replace(OFFICE, crowd=crowd), chance, number).events():
            if isinstance(event, Took):
                came[event.ticket] = now
            elif isinstance(event, Call) and event.came:
                seen.setdefault(slot_of(OPENS_MIN + came[event.ticket]), []).append(event.waited_min)
        days.append(DayWaits(number // 5 * 7 + number % 5, number % 5 + 1, seen))
    return days


def errors(seed: int) -> tuple[float, float, float, float]:
    """Mean absolute errors (minutes) of the mean wait of a half hour, by people: of the usual week, of last week's same half hour, of the plain mean;
    and the share of the people within the told range."""
    days = simulated(seed)
    off: list[list[tuple[float, int]]] = [[], [], []]
    inside: list[bool] = []
    for number in range(LEARNED_WEEKS * 5, len(days)):
        today = days[number]
        before = [one._replace(age_days=today.age_days - one.age_days) for one in days[:number]][-40:]
        told = {one.at_min: one for one in usual_week(before) if one.weekday == today.weekday}
        everybody = statistics.fmean(wait for one in before for some in one.waits.values() for wait in some)
        last = days[number - 5].waits
        for at_min, some in today.waits.items():
            if at_min in told and last.get(at_min):
                true = statistics.fmean(some)
                for into, guess in zip(
                    off, (told[at_min].middle_min, statistics.fmean(last[at_min]), everybody), strict=True
                ):
                    into.append((abs(guess - true), len(some)))
                inside += [told[at_min].low_min <= wait <= told[at_min].high_min for wait in some]
    means = [sum(error * people for error, people in one) / sum(people for _, people in one) for one in off]
    return means[0], means[1], means[2], statistics.fmean(inside)


def test_the_usual_week_is_nearer_than_last_week_and_than_the_mean() -> None:
    runs = [errors(seed) for seed in range(3)]
    week, last, mean, inside = (statistics.fmean(run[place] for run in runs) for place in range(4))
    print(f"week {week:.2f}, last week {last:.2f}, mean {mean:.2f} min; in range {inside:.1%}")
    assert week <= 0.85 * last
    assert week <= 0.85 * mean
    assert 0.75 <= inside <= 0.95


def test_a_picture_of_a_day_has_a_bar_for_each_half_hour() -> None:
    assert bars_of([]) == ([], [])


async def test_a_day_that_is_over_is_kept_once_and_a_day_that_is_not_waits() -> None:
    town = counter_town()
    await agent(town, "seat", open=True, matters=["move"])
    await paper(town)
    await agent(town, "call")
    town.clock.pass_s(300)
    await agent(town, "finish", number="A001")
    town.clock.pass_s(200)
    # (what ended is settled with the next change of the line)
    await paper(town)
    await agent(town, "call")
    city = town.city(BOSS)

    def ask() -> PageAsk:
        return PageAsk("demo", {}, {}, {}, {}, BOSS, "ja", town.clock.now(), 1, city, Settings((HALL,)))

    assert await survey(ask()) is None
    town.clock.pass_s(24 * 3600)
    form = await survey(ask())
    assert form is not None and [one.day for one in form.days] == ["2026-11-24"]
    assert [(half.matter, half.at_min, half.waits) for half in form.days[0].halves] == [("move", 600, (0.0,))]
    await town.run("counter.keep_days", form, BOSS)
    assert await survey(ask()) is None
    kept = await town.city(BOSS).get(Week, week_id("hall"))
    assert kept is not None and (kept.until, kept.days, kept.halves) == ("2026-11-24", 1, ())
