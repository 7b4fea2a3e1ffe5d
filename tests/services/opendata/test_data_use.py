"""Counts of use: what was counted is kept by day, everybody is told round numbers, staff the numbers themselves."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.kit.pages import PageAsk
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.kit.views import where
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.services.opendata.manifest import service
from kaiteki.services.opendata.use.keeping import keep_use
from kaiteki.services.opendata.use.model import Counted, DataUse, KeepUse, rounded
from kaiteki.services.opendata.use.reading import months_between, said, use_of
from town import CLERK, RESIDENT_A, Town

DAYS = st.integers(1, 28).map(lambda day: f"2026-11-{day:02d}")
SET = "urn:ngsi-ld:DataSet:demo:aed"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(DAYS, st.integers(1, 10_000)), max_size=30))
def test_nothing_that_was_counted_is_lost_and_days_in_order_have_their_own(
    counted: list[tuple[str, int]],
) -> None:
    asked = Asked("demo", Instant(0), 1, SURVEYOR)
    state: dict[str, Any] = {}
    days: Counter[str] = Counter()
    for day, count in counted:
        done = keep_use(state, KeepUse(day, (Counted("Download", SET, count),)), asked)
        state |= {one.id: one for one in done.writes if isinstance(one, DataUse)}
        days[max([day[8:], *days])] += count
    for kept in state.values():
        assert kept.by_day() == dict(days)
        assert kept.count == sum(count for _, count in counted) == sum(kept.by_day().values())
        assert kept.at_least == rounded(kept.count)


def test_a_round_number_is_never_more_than_the_number_and_says_of_few_only_that_they_are_few() -> None:
    assert [rounded(one) for one in (0, 1, 9, 10, 19, 20, 12_345)] == [0, 1, 1, 10, 10, 20, 12_340]
    assert [said(one, "ja") for one in (0, 1, 10, 12_340)] == ["0", "1〜9", "10以上", "12,340以上"]
    assert (said(1, "en"), said(10, "en")) == ("1 to 9", "10 or more")


async def test_everybody_reads_round_numbers_and_nobody_finds_out_more_by_a_filter() -> None:
    town = Town(service)
    rows = [{"way": "Download", "subject": SET, "count": 17, "office": "it"}]
    said_no = await town.run("opendata.keep_use", {"day": "2026-11-22", "rows": rows}, CLERK)
    assert said_no == Refused("not_allowed")
    done = await town.run("opendata.keep_use", {"day": "2026-11-22", "rows": rows}, SURVEYOR)
    assert isinstance(done, Accepted)

    async def seen(person: Person) -> DataUse:
        [one] = (await town.city(person).find(DataUse, Query(limit=5))).items
        return one

    for person in (NOBODY, RESIDENT_A):
        one = await seen(person)
        assert (one.at_least, one.count, one.by_day(), one.office) == (10, 0, {}, "it")
        exact = Query(q=where(DataUse, "count", "==", 17), limit=5, total=True)
        assert (await town.city(person).find(DataUse, exact)).total == 0
    assert (await seen(CLERK)).by_day() == {"22": 17}


async def test_the_page_of_a_data_set_tells_the_uses_of_this_month() -> None:
    town = Town(service)
    for way, count in (("Download", 25), ("OGC API", 3), ("Page", 70)):
        rows = [{"way": way, "subject": SET, "count": count}]
        for day in ("2026-10-31", "2026-11-01"):
            assert isinstance(
                await town.run("opendata.keep_use", {"day": day, "rows": rows}, SURVEYOR), Accepted
            )
    ask = PageAsk("demo", {}, {}, {}, {}, NOBODY, "ja", town.clock.now(), 1, town.city())
    assert await use_of(ask, SET) == {"downloads": "20以上", "calls": "1以上"}
    assert await use_of(ask, "urn:ngsi-ld:DataSet:demo:none") == {"downloads": "0", "calls": "0"}


def test_months_between_two_are_in_order_and_no_more_than_are_read() -> None:
    assert months_between("2025-11", "2026-02") == ("2025-11", "2025-12", "2026-01", "2026-02")
    assert months_between("2026-02", "2025-11") == ()
    assert len(months_between("1990-01", "2026-11")) == 36
    assert months_between("1990-01", "2026-11")[-1] == "2026-11"
