"""Laws of proposals: one support a person, all followers told once a step, and merging that loses and doubles nobody."""

from __future__ import annotations

import json
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
from kaiteki.services.proposals.voting import OutcomeSeen, VoteSeen, outcome_id, vote_id
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


VOTE = "PB-2026-00001"
ITEMS = (("池", "chosen"), ("道", "chosen"), ("鐘", "unchosen"))
OUTCOME = json.dumps(
    {
        "bought": [{"name": "池", "cost": "45", "less": 1}],
        "completed": [{"name": "道", "cost": "5"}],
        "unbought": [{"name": "鐘", "cost": "60", "left": "1"}],
        "proved": True,
    }
)
links = st.lists(st.tuples(st.integers(0, 2), st.sampled_from((None, 0, 1, 2))), max_size=12)


def count(rules: Rules, status: str = "counted", outcome: str = OUTCOME) -> None:
    """A vote of which three projects came out."""
    rules.kept[vote_id(VOTE)] = VoteSeen(vote_id(VOTE), VOTE, "公園の投票", status, "円")
    rules.kept[outcome_id(VOTE)] = OutcomeSeen(outcome_id(VOTE), outcome)


@settings(max_examples=60, deadline=None)
@given(acts, links)
def test_what_a_vote_made_of_it_is_told_to_each_follower_once_and_never_again(
    done: list[tuple[str, int, int]], told: list[tuple[int, int | None]]
) -> None:
    """Whatever is said of votes, taken back and said again: a letter to each follower where something else stands there than before."""
    rules = Rules()
    proposals = three(rules)
    count(rules)
    for act, who, which in done:
        rules.run(act, {"id": proposals[which]}, PEOPLE[who])
    stands = dict.fromkeys(range(3), ("", "", ""))
    for which, item in told:
        this = proposals[which]
        lines, rules.latest = len(rules.proposal(this).course), Counter()
        wanted = ("", "", "") if item is None else (VOTE, *ITEMS[item])
        if item is None:
            said = rules.run("unlink_vote", {"id": this, "why": "まちがいでした。"}, BOSS)
        else:
            said = rules.run("link_vote", {"id": this, "vote": VOTE, "item": item}, BOSS)
        assert isinstance(said, Accepted)
        news = wanted != stands[which]
        people = followers_of(rules.kept, rules.proposal(this).number)
        assert rules.latest == (Counter(dict.fromkeys(people, 1)) if news else Counter())
        kept = rules.proposal(this)
        assert (kept.vote, kept.vote_item, kept.vote_result) == wanted
        assert len(kept.course) == lines + news
        stands[which] = wanted


@settings(max_examples=40, deadline=None)
@given(acts, st.sampled_from((None, 0, 2)), st.sampled_from((None, 0, 2)))
def test_who_came_with_a_merged_proposal_hears_what_a_vote_makes_of_it(
    done: list[tuple[str, int, int]], source: int | None, target: int | None
) -> None:
    rules = Rules()
    first, second, _ = three(rules)
    count(rules)
    for act, who, which in done:
        rules.run(act, {"id": proposal_id(f"PR-2026-{which + 1:05}")}, PEOPLE[who])
    for this, item in ((first, source), (second, target)):
        if item is not None:
            rules.run("link_vote", {"id": this, "vote": VOTE, "item": item}, BOSS)
    numbers = [rules.proposal(this).number for this in (first, second)]
    everybody = set(followers(rules, numbers[0])) | set(followers(rules, numbers[1]))
    form = {"id": first, "into": numbers[1], "why": "同じ内容です。"}
    assert isinstance(rules.run(MERGE, form, BOSS), Accepted)
    held = target if target is not None else source
    kept = rules.proposal(second)
    assert (kept.vote, kept.vote_item) == (("", "") if held is None else (VOTE, ITEMS[held][0]))
    assert isinstance(rules.run("link_vote", {"id": second, "vote": VOTE, "item": 1}, BOSS), Accepted)
    assert rules.latest == Counter(dict.fromkeys(everybody, 1))
    assert isinstance(rules.run("link_vote", {"id": first, "vote": VOTE, "item": 1}, BOSS), Refused)


@given(st.integers(0, 499), st.sampled_from(("counting", "too_long", "removed", "counted")), st.booleans())
def test_only_a_project_of_a_vote_that_has_a_result_is_named(item: int, status: str, out: bool) -> None:
    rules = Rules()
    this, *_ = three(rules)
    count(rules, status, OUTCOME if out else "")
    before = rules.proposal(this)
    said = rules.run("link_vote", {"id": this, "vote": VOTE, "item": item}, BOSS)
    if status == "counted" and out and item < len(ITEMS):
        assert isinstance(said, Accepted)
        return
    assert isinstance(said, Refused)
    assert [one.field for one in said.faults] == ["item" if status == "counted" and out else "vote"]
    assert rules.proposal(this) == before


@settings(max_examples=200, deadline=None)
@given(texts, texts)
def test_a_difference_holds_both_texts_whole(before: str, after: str) -> None:
    parts = difference(before, after)
    assert "".join(text for kind, text in parts if kind != "in") == before
    assert "".join(text for kind, text in parts if kind != "out") == after
    assert all(text for _, text in parts)
    assert (before == after) == all(kind == "same" for kind, _ in parts)
