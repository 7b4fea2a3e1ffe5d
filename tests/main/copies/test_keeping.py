"""Which copies the rules keep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from kaiteki.main.copies.keeping import PERIODS, Rules, kept

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
times = st.lists(
    st.integers(0, 60 * 24 * 400).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes)), min_size=1
)
counts = st.integers(0, 5)


def test_a_day_of_five_minutes_is_thinned_out() -> None:
    day = [NEW_YEAR + timedelta(minutes=5 * n) for n in range(3 * 24 * 12)]
    stay = kept(day, Rules(last=2, hourly=3, daily=3))
    last = NEW_YEAR + timedelta(days=2, hours=23)
    assert sorted(stay) == [
        NEW_YEAR + timedelta(hours=23, minutes=55),
        NEW_YEAR + timedelta(days=1, hours=23, minutes=55),
        last - timedelta(hours=2) + timedelta(minutes=55),
        last - timedelta(hours=1) + timedelta(minutes=55),
        last + timedelta(minutes=50),
        last + timedelta(minutes=55),
    ]


@seed(1)
@settings(max_examples=100, deadline=None)
@given(times, st.builds(Rules, counts, counts, counts, counts, counts, counts))
def test_the_newest_stays_and_no_rule_keeps_more_than_it_says(moments: list[datetime], rules: Rules) -> None:
    stay = kept(moments, rules)
    assert max(moments) in stay <= set(moments)
    for name, period in PERIODS.items():
        wanted = sorted({period(at) for at in moments}, reverse=True)[: getattr(rules, name)]
        newest = {max(at for at in moments if period(at) == one) for one in wanted}
        assert newest <= stay
    assert len(stay) <= max(1, rules.last) + sum(getattr(rules, name) for name in PERIODS)
