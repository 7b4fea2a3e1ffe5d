"""Laws of proposals: one support a person, all followers told once a step, and merging that loses and doubles nobody."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from proposal_samples import MADE, NUMBER, Rules, person

from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.proposals.amending import difference
from kaiteki.services.proposals.circles import circle_ids, followers_of
from kaiteki.services.proposals.course import (
    ACCEPT,
    BEGIN,
    COURSE,
    DECLINE,
    EXAMINE,
    FINISH,
    MERGE,
    PROGRESS,
    REOPEN,
    STOP,
)
from kaiteki.services.proposals.model import ProposalCircle, proposal_id
from town import BOSS

PEOPLE = [person(f"resident-{n}") for n in range(6)]
ACTS = ("support_proposal", "leave_proposal", "follow_proposal", "unfollow_proposal")
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5), st.integers(0, 2)), max_size=40)
FORMS = {
    BEGIN: {"project": "ベンチの設置"},
    PROGRESS: {"percent": 50},
}
steps = st.lists(
    st.sampled_from((EXAMINE, ACCEPT, DECLINE, BEGIN, PROGRESS, FINISH, STOP, REOPEN)), max_size=12
)
texts = st.text(alphabet="あいう。、\nabc 12", max_size=60)


def three(rules: Rules) -> list[str]:
    """Three proposals of three people."""
    made = [rules.run("make_proposal", MADE, PEOPLE[n]) for n in range(3)]
    assert all(isinstance(one, Accepted) for one in made)
    return [str(one.answer["id"]) for one in made if isinstance(one, Accepted)]


def supporters(rules: Rules, number: str) -> Counter[str]:
    """Who supports a proposal, and how often."""
    circles = [rules.kept[one] for one in circle_ids(number) if one in rules.kept]
    return Counter(who for one in circles if isinstance(one, ProposalCircle) for who in one.supporters)


def followers(rules: Rules, number: str) -> Counter[str]:
    """Who is told of a proposal, and how often they stand there."""
    circles = [rules.kept[one] for one in circle_ids(number) if one in rules.kept]
    return Counter(who for one in circles if isinstance(one, ProposalCircle) for who in one.followers)


@settings(max_examples=60, deadline=None)
@given(acts)
def test_whatever_people_do_and_repeat_each_counts_once_as_the_last_of_it_says(
    done: list[tuple[str, int, int]],
) -> None:
    rules = Rules()
    proposals = three(rules)
    supports: set[tuple[int, int]] = set()
    follows = {(n, n) for n in range(3)}
    for act, who, which in done:
        said = rules.run(act, {"id": proposals[which]}, PEOPLE[who])
        pair, own = (who, which), who == which
        assert isinstance(said, Refused) == (own and act in ("support_proposal", "unfollow_proposal"))
        if own:
            continue
        if act == "support_proposal" and pair not in supports:
            supports.add(pair)
            follows.add(pair)
        elif act == "leave_proposal" and pair in supports:
            supports.discard(pair)
            follows.discard(pair)
        elif act == "follow_proposal":
            follows.add(pair)
        elif act == "unfollow_proposal":
            follows.discard(pair)
    for which, this in enumerate(proposals):
        number = rules.proposal(this).number
        assert supporters(rules, number) == Counter(
            PEOPLE[who].account_id for who, one in supports if one == which
        )
        assert followers(rules, number) == Counter(
            PEOPLE[who].account_id for who, one in follows if one == which
        )
        assert rules.proposal(this).support_count == supporters(rules, number).total()


@settings(max_examples=60, deadline=None)
@given(acts, steps)
def test_each_follower_has_one_letter_for_each_line_of_the_public_course(
    done: list[tuple[str, int, int]], course: list[str]
) -> None:
    rules = Rules()
    this, *_ = three(rules)
    for act, who, which in done:
        rules.run(act, {"id": proposal_id(f"PR-2026-{which + 1:05}")}, PEOPLE[who])
    told = set(followers_of(rules.kept, NUMBER))
    rules.letters.clear()
    lines = len(rules.proposal(this).course)
    taken = 0
    for name in course:
        before = rules.proposal(this).status
        said = rules.run(name, {"id": this, "why": "理由です。", **FORMS.get(name, {})}, BOSS)
        assert isinstance(said, Accepted) == (before in COURSE.arrow(name).sources)
        if isinstance(said, Accepted):
            taken += 1
            assert rules.latest == Counter(dict.fromkeys(told, 1))
    assert rules.letters == Counter({(who, this): taken for who in told if taken})
    assert len(rules.proposal(this).course) == lines + taken
    assert PEOPLE[0].account_id in told


@settings(max_examples=60, deadline=None)
@given(acts, st.permutations([0, 1, 2]))
def test_merging_keeps_every_follower_and_supporter_once_and_tells_each_once(
    done: list[tuple[str, int, int]], order: list[int]
) -> None:
    rules = Rules()
    proposals = three(rules)
    for act, who, which in done:
        rules.run(act, {"id": proposals[which]}, PEOPLE[who])
    numbers = [rules.proposal(this).number for this in proposals]
    expected = {n: (set(supporters(rules, n)), set(followers(rules, n))) for n in numbers}
    first, second, last = order
    for source, target in ((first, second), (second, last)):
        here, there = expected[numbers[target]], expected[numbers[source]]
        author = PEOPLE[target].account_id
        expected[numbers[target]] = ((here[0] | there[0]) - {author}, here[1] | there[1])
        form = {"id": proposals[source], "into": numbers[target], "why": "同じ内容です。"}
        assert isinstance(rules.run(MERGE, form, BOSS), Accepted)
        assert rules.latest == Counter(dict.fromkeys(expected[numbers[target]][1], 1))
        assert supporters(rules, numbers[target]) == Counter(expected[numbers[target]][0])
        assert followers(rules, numbers[target]) == Counter(expected[numbers[target]][1])
        assert rules.proposal(proposals[target]).support_count == len(expected[numbers[target]][0])
        assert not followers(rules, numbers[source])
    assert set(rules.proposal(proposals[last]).merged) == {numbers[first], numbers[second]}
    assert isinstance(rules.run(MERGE, {**form, "into": numbers[last]}, BOSS), Refused)
    assert isinstance(rules.run(EXAMINE, {"id": proposals[last]}, BOSS), Accepted)
    assert rules.latest == Counter(dict.fromkeys(expected[numbers[last]][1], 1))


@settings(max_examples=200, deadline=None)
@given(texts, texts)
def test_a_difference_holds_both_texts_whole(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(text for kind, text in parts if kind != "in") == before
    assert "".join(text for kind, text in parts if kind != "out") == after
    assert all(text for _, text in parts)
    assert (before == after) == all(kind == "same" for kind, _ in parts)
