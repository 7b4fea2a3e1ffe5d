"""Laws of the ledger shape: the sum stays 0, nothing falls below 0, chains are whole, expiry is what one would do by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kaiteki.kit.ledger import (
    CHAIN_MAX,
    LOTS_MAX,
    Lot,
    Moved,
    Posted,
    Stand,
    Wanted,
    balance_of,
    expire,
    lapsed,
    post,
    reversal,
    spendable,
    tallied,
)
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant

NAMES = ("a", "b", "budget", "book:issued", "book:expired")
DAYS = tuple(f"2027-{month:02d}-28" for month in range(1, 13))
WANTED = st.builds(
    Wanted,
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.integers(-1, 60),
    st.just("any"),
    st.sampled_from(DAYS),
    carried=st.booleans(),
)
STARTS = {"a": Stand(0, ()), "b": Stand(0, ()), "budget": Stand(0)}


@given(st.lists(st.tuples(st.lists(WANTED, min_size=1, max_size=4), st.sampled_from(DAYS)), max_size=40))
def test_whatever_is_wanted_the_sum_is_0_and_stands_are_what_the_transfers_say(
    chains: list[tuple[list[Wanted], str]],
) -> None:
    stands, journal = dict(STARTS), list[Moved]()
    for chain, today in chains:
        said = post(stands, chain, today)
        if isinstance(said, Refused):
            continue
        stands |= said.stands
        journal += said.moved
        assert [(one.debit, one.credit, one.amount) for one in said.moved] == [
            (one.debit, one.credit, one.amount) for one in chain
        ]
        for stand in stands.values():
            assert stand.balance >= 0
            assert stand.lots is None or stand.balance == sum(lot.amount for lot in stand.lots)
            assert stand.lots is None or all(lot.amount > 0 for lot in stand.lots)
            assert stand.lots is None or list(stand.lots) == sorted(stand.lots, key=lambda lot: lot.until)
    assert sum(balance_of(name, journal) for name in NAMES) == 0
    assert {name: one.balance for name, one in stands.items()} == {
        name: balance_of(name, journal) for name in stands
    }


def _brute(units: list[str], amount: int, today: str) -> tuple[list[str], list[str]] | None:
    """Point by point: which are spent, which stay."""
    alive = sorted(one for one in units if one >= today)
    if len(alive) < amount:
        return None
    spent = alive[:amount]
    left = sorted(units)
    for one in spent:
        left.remove(one)
    return spent, left


@given(
    st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 9)), max_size=8),
    st.integers(1, 40),
    st.sampled_from(DAYS),
)
def test_spending_and_expiry_are_what_one_would_do_point_by_point(
    got: list[tuple[str, int]], amount: int, today: str
) -> None:
    stand = Stand(0, ())
    for until, many in got:
        said = post({"a": stand}, (Wanted("book:issued", "a", many, "grant", until),), today)
        assert isinstance(said, Posted)
        stand = said.stands["a"]
    units = [until for until, many in got for _ in range(many)]
    assert spendable(stand, today) == sum(one >= today for one in units)
    brute = _brute(units, amount, today)
    spent = post({"a": stand}, (Wanted("a", "book:spent", amount, "spend"),), today)
    assert (brute is None) == (spent == Refused("insufficient"))
    if brute is not None and isinstance(spent, Posted):
        assert [lot.until for lot in spent.moved[0].lots for _ in range(lot.amount)] == brute[0]
        assert [lot.until for lot in spent.stands["a"].lots or () for _ in range(lot.amount)] == brute[1]
    gone = expire("a", stand, "book:expired", today)
    over = sorted(one for one in units if one < today)
    assert (gone is None) == (not over)
    if isinstance(gone, Posted):
        assert [lot.until for lot in gone.moved[0].lots for _ in range(lot.amount)] == over
        assert lapsed(gone.stands["a"], today) == ()


def test_a_chain_is_kept_whole_or_not_at_all() -> None:
    stands = {"a": Stand(50, (Lot("2027-03-31", 50),)), "b": Stand(0, ())}
    chain = (
        Wanted("a", "book:family", 50, "pool"),
        Wanted("book:family", "b", 50, "pool", carried=True),
    )
    said = post(stands, chain, "2027-01-01")
    assert isinstance(said, Posted)
    assert said.stands == {"a": Stand(0, ()), "b": Stand(50, (Lot("2027-03-31", 50),))}
    assert post(stands, (*chain, Wanted("a", "book:x", 1, "more")), "2027-01-01") == Refused("insufficient")
    assert post(stands, chain * CHAIN_MAX, "2027-01-01") == Refused("invalid")
    assert post(stands, (), "2027-01-01") == Refused("invalid")


def test_accounts_are_known_and_lots_are_limited() -> None:
    assert post({}, (Wanted("nobody", "book:x", 1, "any"),), "2027-01-01") == Refused("not_found")
    full = Stand(LOTS_MAX, tuple(Lot(f"20{n:02d}-01-01", 1) for n in range(LOTS_MAX)))
    more = (Wanted("book:issued", "a", 1, "grant", "2099-12-31"),)
    assert post({"a": full}, more, "2000-01-01") == Refused("too_many")
    lots = (Lot("2027-01-31", 2),)
    assert post({"a": Stand(0, ())}, (Wanted("book:x", "a", 1, "any", lots=lots),), "2027-01-01") == Refused(
        "invalid"
    )


def test_a_reversal_gives_back_what_is_left() -> None:
    given_ = Moved("budget", "a", 50, "grant", (Lot("2027-03-31", 50),))
    for left, back in ((80, 50), (50, 50), (20, 20)):
        stands = {"budget": Stand(0), "a": Stand(left, (Lot("2027-03-31", left),))}
        assert reversal(given_, stands, "2027-01-01") == Wanted("a", "budget", back, "reversal")
    assert reversal(given_, {"budget": Stand(0), "a": Stand(0, ())}, "2027-01-01") is None


def test_what_was_spent_comes_back_as_the_lots_that_it_was() -> None:
    stands = {"a": Stand(30, (Lot("2027-03-31", 10), Lot("2027-04-30", 20)))}
    spent = post(stands, (Wanted("a", "book:held", 15, "hold"),), "2027-01-01")
    assert isinstance(spent, Posted)
    wanted = reversal(spent.moved[0], spent.stands, "2027-01-01", "void")
    assert wanted is not None
    back = post(spent.stands, (wanted,), "2027-01-01")
    assert isinstance(back, Posted) and back.stands["a"] == stands["a"]


@given(
    st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 9)), min_size=1, max_size=6),
    st.integers(1, 40),
    st.integers(0, 40),
    st.booleans(),
)
def test_what_comes_back_expires_as_what_went_however_much_of_it_comes_back(
    got: list[tuple[str, int]], amount: int, used: int, lots_too: bool
) -> None:
    start = Stand(0, ())
    for until, many in got:
        said = post({"a": start}, (Wanted("book:issued", "a", many, "grant", until),), "2027-01-01")
        assert isinstance(said, Posted)
        start = said.stands["a"]
    empty = Stand(0, () if lots_too else None)
    spent = post({"a": start, "shop": empty}, (Wanted("a", "shop", amount, "spend"),), "2027-01-01")
    if isinstance(spent, Refused):
        assert amount > start.balance
        return
    went = [lot.until for lot in spent.moved[0].lots for _ in range(lot.amount)]
    stands = dict(spent.stands)
    if used:
        use = post(stands, (Wanted("shop", "book:used", used, "use"),), "2027-01-01")
        stands |= {} if isinstance(use, Refused) else use.stands
    left = stands["shop"].balance
    wanted = reversal(spent.moved[0], stands, "2027-01-01")
    assert (wanted is None) == (left == 0)
    if wanted is None:
        return
    back = post(stands, (wanted,), "2027-01-01")
    assert isinstance(back, Posted)
    came = [lot.until for lot in back.moved[0].lots for _ in range(lot.amount)]
    assert came == went[len(went) - left :]
    before = [lot.until for lot in stands["a"].lots or () for _ in range(lot.amount)]
    after = [lot.until for lot in back.stands["a"].lots or () for _ in range(lot.amount)]
    assert after == sorted(before + came)


def test_a_tally_counts_by_day_and_in_all() -> None:
    one = tallied((), "c", 50, "2027-01-01", Instant(1))
    two = tallied((one,), "c", 50, "2027-01-01", Instant(2))
    three = tallied((two,), "c", 50, "2027-01-02", Instant(3))
    assert (two.day_amount, two.amount, two.day_count) == (100, 100, 2)
    assert (three.day_amount, three.amount, three.day_count) == (50, 150, 1)
