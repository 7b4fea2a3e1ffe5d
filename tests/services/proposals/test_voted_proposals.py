"""Proposals that a vote on a budget chose or did not, with the service that keeps votes: by forms alone, in three languages."""

from __future__ import annotations

import base64
import zlib

import msgspec
import pytest
from proposal_samples import MADE, NUMBER, OFFICES
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.city import Asking
from kaiteki.kit.joining import joined
from kaiteki.kit.surveys import SURVEYOR
from kaiteki.model.decision import Accepted
from kaiteki.model.words import Words
from kaiteki.services.budgets.counting import count
from kaiteki.services.budgets.manifest import service as budgets
from kaiteki.services.proposals.manifest import service as proposals
from kaiteki.services.proposals.settings import Settings
from reader import Reader
from town import BOSS

HERE = f"/demo/participation/proposals/{NUMBER}"
DESK = f"/demo/participation/desk/proposals/{NUMBER}/vote"
VOTE = "PB-2026-00001"
LINK = f"{DESK}?vote={VOTE}"
RESULT = f"/demo/participation/budgets/{VOTE}"
BALLOTS = """META
key;value
budget;90
vote_type;approval
rule;equalshares
PROJECTS
project_id;cost;name
1;40;ベンチ
2;45;池
3;80;鐘
VOTES
voter_id;vote
a;2
b;1,2
c;1
"""
TOWN = Words("市民参画", "Taking part")
STEPS = (
    ("accept_proposal", {"answer": "whole"}),
    ("begin_project", {"project": "公園のベンチ"}),
    ("report_progress", {"percent": "40"}),
)


async def voted() -> tuple[TrialSite, Reader, Reader]:
    """A town with a proposal and a vote that is counted; its clerk and who proposed."""
    site = await open_site(joined(TOWN, TOWN, (budgets, proposals)), settings=Settings(offices=OFFICES))
    clerk, hanako = Reader(site.app), Reader(site.app)
    await clerk.sign_in("desk", PASSWORD)
    await site.identity.register("hanako", "見本", PASSWORD)
    await hanako.sign_in("hanako", PASSWORD)
    made = await hanako.post("/demo/participation/proposals/new", MADE)
    assert made.status == 303, made.text
    packed = base64.b64encode(zlib.compress(BALLOTS.encode())).decode()
    vote = {"title": "公園の投票", "content": packed, "currency": "円"}
    taken = await site.engine.run("participation.take_in_vote", vote, Asking("demo", BOSS))
    assert isinstance(taken, Accepted), taken
    outcome = {"id": taken.answer["id"], "outcome": msgspec.json.encode(count(packed)).decode()}
    kept = await site.engine.run("participation.keep_outcome", outcome, Asking("demo", SURVEYOR))
    assert isinstance(kept, Accepted), kept
    return site, clerk, hanako


async def test_staff_say_what_a_vote_made_of_a_proposal_by_forms_alone() -> None:
    site, clerk, hanako = await voted()
    stranger = Reader(site.app)
    assert VOTE in (await clerk.get(DESK)).text
    shown = (await clerk.get(f"{DESK}?vote={VOTE}")).text
    assert "ベンチ" in shown and "鐘" in shown
    assert (await hanako.get(DESK)).status == 403
    empty = await clerk.post(LINK, {"do": "link_vote", "vote": VOTE, "item": ""})
    assert empty.status == 422 and 'id="item-error"' in empty.text
    before = (await hanako.get("/demo/my")).text.count(HERE)
    for _ in range(2):
        form = {"do": "link_vote", "vote": VOTE, "item": "0", "why": "投票のとおりです。"}
        done = await clerk.post(LINK, form)
        assert done.status == 303, done.text
    assert (await hanako.get("/demo/my")).text.count(HERE) == before + 1
    public = (await stranger.get(HERE)).text
    assert "予算の投票で選ばれました" in public and RESULT in public and "投票のとおりです。" in public
    result = (await stranger.get(RESULT)).text
    assert HERE in result and MADE["title"] in result and "<progress" not in result
    for do, more in STEPS:
        form = {"do": do, "why": "投票のとおりです。", **more}
        step = await clerk.post(DESK.removesuffix("/vote"), form)
        assert step.status == 303, step.text
    result = (await stranger.get(RESULT)).text
    assert "公園のベンチ" in result and "40%" in result
    gone = await clerk.post(DESK, {"do": "unlink_vote", "why": "べつの提案でした。"})
    assert gone.status == 303
    assert RESULT not in (await stranger.get(HERE)).text and HERE not in (await stranger.get(RESULT)).text


@pytest.mark.parametrize(
    ("language", "words"),
    [("ja", "選ばれました"), ("ja-easy", "えらばれました"), ("en", "Chosen in a vote on a budget")],
)
async def test_it_is_said_in_every_language(language: str, words: str) -> None:
    site, clerk, _ = await voted()
    await clerk.post(LINK, {"do": "link_vote", "vote": VOTE, "item": "1"})
    assert words in (await Reader(site.app).get(f"{HERE}?lang={language}")).text


async def test_what_is_no_vote_with_a_result_is_told() -> None:
    _, clerk, _ = await voted()
    shown = (await clerk.get(f"{DESK}?vote=PB-2026-00009")).text
    assert "その番号はありません" in shown
    refused = await clerk.post(LINK, {"do": "link_vote", "vote": "PB-2026-00009", "item": "0"})
    assert refused.status == 422 and "結果の出た予算の投票" in refused.text
