"""Laws of votes on budgets: what comes in tells of nobody, the outcome stays the same, faults are told where they are."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from kaiteki.kit.surveys import SURVEYOR, Surveys
from kaiteki.model.decision import Accepted, Refused
from kaiteki.services.budgets.counting import Result, count
from kaiteki.services.budgets.equal_shares import share_out
from kaiteki.services.budgets.manifest import service
from kaiteki.services.budgets.model import (
    BudgetBallots,
    BudgetVote,
    ballots_id,
    pack,
    unpack,
    vote_id,
)
from kaiteki.services.budgets.pabulib import PbFile, election_of, read_pb
from kaiteki.services.budgets.pages.browse import said
from kaiteki.services.budgets.taking_in import WHAT, strip
from town import CLERK, RESIDENT_A, Town

FILE = b"""META
key;value
budget;90
vote_type;approval
rule;equalshares
unit;Kaiteki
PROJECTS
project_id;cost;name
1;40;Benches
2;45;A pond
VOTES
voter_id;age;sex;voting_method;vote
tanaka;77;F;paper;2
suzuki;20;M;internet;1,2
sato;31;F;internet;1
"""
NUMBER = "PB-2026-00001"
FORM = {"title": "公園の投票", "content": pack(FILE), "currency": "円"}


async def read(town: Town) -> tuple[BudgetVote, BudgetBallots | None]:
    """What everybody may read of the vote."""
    city = town.city(RESIDENT_A)
    vote = await city.get(BudgetVote, vote_id(NUMBER))
    assert vote is not None
    return vote, await city.get(BudgetBallots, ballots_id(NUMBER))


async def test_what_comes_in_tells_of_nobody_and_is_public() -> None:
    town = Town(service)
    assert await town.run("participation.take_in_vote", FORM, RESIDENT_A) == Refused("not_allowed")
    done = await town.run("participation.take_in_vote", FORM, CLERK)
    assert isinstance(done, Accepted)
    assert done.answer == {"id": vote_id(NUMBER), "number": NUMBER}
    vote, ballots = await read(town)
    assert ballots is not None
    told = (vote.title, vote.budget, vote.currency, vote.projects, vote.voters, vote.unit, vote.status)
    assert told == ("公園の投票", "90", "円", 2, 3, "Kaiteki", "counting")
    kept = unpack(ballots.content) or b""
    known = (b"tanaka", b"suzuki", b"sato", b"77", b"paper", b"age", b"sex")
    assert not [one for one in known if one in kept]


async def test_the_outcome_is_worked_out_once_and_kept() -> None:
    # shares grow from 30 to 33: who approved the bench has 13 left for the pond, the other one pays 32
    town = Town(service)
    await town.run("participation.take_in_vote", FORM, CLERK)
    keep = {"id": vote_id(NUMBER), "outcome": "{}"}
    assert await town.run("participation.keep_outcome", keep, CLERK) == Refused("not_allowed")
    now = [0.0]
    surveys = Surveys(town.cities, lambda: now[0])
    assert await surveys.run_due() == 1
    vote, ballots = await read(town)
    assert ballots is not None
    result = msgspec.json.decode(ballots.outcome, type=Result)
    assert (vote.status, result.proved, result.spent, result.rest, result.greedy_count) == (
        "counted",
        True,
        "85",
        "5",
        2,
    )
    assert [(one.name, one.cost, one.supporters, one.most) for one in result.bought] == [
        ("Benches", "40", 2, "20"),
        ("A pond", "45", 2, "32"),
    ]
    now[0] = 1000.0
    assert await surveys.run_due() == 0, "nobody counts again"


async def test_a_vote_that_is_taken_off_leaves_its_reason() -> None:
    town = Town(service)
    await town.run("participation.take_in_vote", FORM, CLERK)
    form = {"id": vote_id(NUMBER), "why": "票に重複がありました"}
    assert isinstance(await town.run("participation.remove_vote", {**form, "why": ""}, CLERK), Refused)
    assert isinstance(await town.run("participation.remove_vote", form, CLERK), Accepted)
    vote, ballots = await read(town)
    assert (vote.status, vote.why_removed, vote.title, ballots) == (
        "removed",
        "票に重複がありました",
        "公園の投票",
        None,
    )
    assert await town.run("participation.remove_vote", form, CLERK) == Refused("not_found")
    assert await Surveys(town.cities).run_due() == 0


async def test_a_count_without_end_is_told() -> None:
    assert count(pack(FILE), work_max=3) is None
    town = Town(service)
    await town.run("participation.take_in_vote", FORM, CLERK)
    done = await town.run("participation.keep_outcome", {"id": vote_id(NUMBER)}, SURVEYOR)
    assert isinstance(done, Accepted)
    vote, ballots = await read(town)
    assert vote.status == "too_long"
    assert ballots is not None
    assert ballots.outcome == ""


async def test_amounts_have_a_currency_of_the_file_or_of_the_clerk() -> None:
    town = Town(service)
    done = await town.run("participation.take_in_vote", {**FORM, "currency": " "}, CLERK)
    assert isinstance(done, Refused)
    assert [(one.field, one.code) for one in done.faults] == [("currency", "missing")]
    named = {**FORM, "currency": "", "content": pack(FILE.replace(b"unit;", b"currency;PLN\nunit;"))}
    await town.run("participation.take_in_vote", named, CLERK)
    assert (await read(town))[0].currency == "PLN"


def test_what_is_stripped_has_the_same_ballots_and_outcome() -> None:
    file = read_pb(FILE)
    assert isinstance(file, PbFile)
    bare = strip(file)
    assert bare.vote_columns == ("voter_id", "vote")
    assert Counter(row["vote"] for row in bare.votes) == Counter(row["vote"] for row in file.votes)
    assert [row["voter_id"] for row in bare.votes] == ["1", "2", "3"]
    assert share_out(election_of(bare)).chosen == share_out(election_of(file)).chosen
    assert strip(bare) == bare


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (pack(FILE.replace(b"2;45", b"2;-45")), "no_amount", "10行目の「cost」：金額ではありません"),
        (pack(b"hello"), "no_section", "1行目の「hello」：METAより前に行があります"),
        ("no base64 at all", "no_file", "「.pb」：.pbファイルではありません"),
    ],
)
async def test_a_fault_of_a_file_is_told_with_its_line(content: str, code: str, words: str) -> None:
    done = await Town(service).run("participation.take_in_vote", {"title": "あ", "content": content}, CLERK)
    assert isinstance(done, Refused)
    (fault,) = done.faults
    assert (fault.field, fault.code, fault.words.ja) == ("file", code, words)
    assert code in WHAT


@pytest.mark.parametrize(
    ("language", "amount", "currency", "words"),
    [
        ("ja", "1740100", "円", "1,740,100円"),
        ("en", "1740100", "JPY", "¥1,740,100"),
        ("ja", "0.334", "PLN", "0.34\N{NO-BREAK SPACE}PLN"),
        ("en", "60.5", "PLN", "60.50\N{NO-BREAK SPACE}PLN"),
    ],
)
def test_amounts_are_told_whole_or_rounded_up(language: str, amount: str, currency: str, words: str) -> None:
    assert said(language, amount, currency) == words
