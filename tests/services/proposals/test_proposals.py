"""Proposals through the engine: what is refused, what the public sees, what goes out of sight, what becomes of who is erased."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from proposal_samples import (
    MADE,
    NUMBER,
    OFFICES,
    TEXT,
    done,
    letters_to,
    open_town,
    person,
    proposed,
    shown,
    step,
)

from kaiteki.kit.views import where
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.query import Query
from kaiteki.services.proposals.kinds import ERASE, TYPES
from kaiteki.services.proposals.model import (
    Proposal,
    ProposalAmendment,
    ProposalBook,
    ProposalCircle,
    ProposalComment,
    amendment_id,
    book_id,
    comment_id,
)
from kaiteki.services.proposals.settings import Settings
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

ME = "participation."
PARKS = Person("p", "公園 課", CLERK.roles, frozenset({"parks"}))
OTHER = "海浜公園と駅前に木のベンチを五つ置いてください。散歩の途中で休めます。"


def refused(said: Accepted | Refused) -> tuple[str, str]:
    """Why something was refused: the code, and the field of the first fault."""
    assert isinstance(said, Refused), said
    return said.code, said.faults[0].field if said.faults else ""


async def run(town: Town, command: str, form: dict[str, Any], who: Person = RESIDENT_B) -> Any:
    """Run a command, whatever comes of it."""
    return await town.run(ME + command, form, who)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"title": "あ"}, ("invalid", "title")),
        ({"text": "短い"}, ("invalid", "text")),
        ({"ward": "nowhere"}, ("invalid", "ward")),
        ({"text": "電話は090-1234-5678へお願いします。"}, ("invalid", "text")),
        ({"title": "taro@example.jp に連絡を"}, ("invalid", "title")),
        ({"text": "番号は1234 5678 9018です。よろしく。", "looked": True}, ("invalid", "text")),
    ],
)
async def test_what_cannot_be_public_is_refused_at_its_field(
    wrong: dict[str, Any], fault: tuple[str, str]
) -> None:
    town = open_town()
    assert refused(await run(town, "make_proposal", {**MADE, **wrong})) == fault
    assert (await town.city().find(Proposal, Query())).items == ()


async def test_who_has_no_account_reads_and_follows_and_does_nothing_else() -> None:
    town = open_town()
    this = await proposed(town)
    for command, form in (
        ("make_proposal", MADE),
        ("support_proposal", {"id": this}),
        ("say_comment", {"id": this, "text": "よいです。"}),
        ("flag", {"id": this, "why": "abuse"}),
    ):
        assert refused(await run(town, command, form, NOBODY))[0] == "not_allowed"
    assert refused(await run(town, "follow_proposal", {"id": this}, NOBODY))[0] == "not_allowed"
    await done(town, "follow_proposal", {"id": this}, NOBODY, "browser-1")
    await step(town, "examine_proposal", this)
    assert len(await letters_to(town, "browser-1")) == 1


async def test_one_support_a_person_however_often_and_at_once_it_comes() -> None:
    town = open_town()
    this = await proposed(town)
    said = await asyncio.gather(
        *(run(town, "support_proposal", {"id": this}, person(f"r{n % 5}")) for n in range(25))
    )
    assert all(isinstance(one, Accepted) for one in said)
    assert (await shown(town, this)).support_count == 5
    assert refused(await run(town, "support_proposal", {"id": this}, RESIDENT_A))[0] == "conflict"
    await asyncio.gather(*(run(town, "leave_proposal", {"id": this}, person("r1")) for _ in range(5)))
    assert (await shown(town, this)).support_count == 4


async def test_nothing_that_is_public_leads_to_a_person() -> None:
    town = open_town()
    this = await proposed(town)
    await done(town, "support_proposal", {"id": this}, RESIDENT_B)
    await done(town, "say_comment", {"id": this, "text": "賛成です。"}, RESIDENT_B)
    form = {"id": this, "version": 1, "title": MADE["title"], "text": OTHER, "why": "足りません。"}
    await done(town, "amend_proposal", form, RESIDENT_B)
    comment, amendment = comment_id(NUMBER, 1), amendment_id(NUMBER, 1)
    for who in (NOBODY, person("x"), RESIDENT_B):
        city = town.city(who)
        seen = [
            await city.get(view, one)
            for view, one in (
                (Proposal, this),
                (ProposalComment, comment),
                (ProposalAmendment, amendment),
            )
        ]
        assert all(one is not None and one.author == "" and one.flags == 0 for one in seen)
        assert seen[0] is not None and seen[0].log == ()
        for view in (Proposal, ProposalComment, ProposalAmendment):
            q = where(view, "author", "==", ("a", "b"))
            assert (await city.find(view, Query(q=q))).items == ()
        assert (await city.find(ProposalCircle, Query())).items == ()
    assert (await town.city(CLERK).find(ProposalCircle, Query())).items == ()
    assert await town.city(CLERK).get(ProposalBook, book_id("b")) is None
    own = await town.city(RESIDENT_B).get(ProposalBook, book_id("b"))
    assert own is not None and own.supported == (NUMBER,) and len(own.said) == 2


async def test_an_answer_has_its_reasons_and_the_project_tells_how_far_it_is() -> None:
    town = open_town()
    this = await proposed(town)
    await done(town, "support_proposal", {"id": this}, RESIDENT_B)
    assert (
        refused(await run(town, "accept_proposal", {"id": this, "why": "要望"}, RESIDENT_A))[0]
        == "not_allowed"
    )
    assert refused(await run(town, "decline_proposal", {"id": this}, CLERK)) == ("invalid", "why")
    mail = {"id": this, "why": "連絡は taro@example.jp へ。"}
    assert refused(await run(town, "accept_proposal", mail, CLERK)) == ("invalid", "why")
    await step(town, "accept_proposal", this, "休める場所が足りないためです。", answer="partly")
    await step(town, "begin_project", this, project="海浜公園のベンチ")
    await step(town, "report_progress", this, "二つ置きました。", percent=66)
    await step(town, "finish_project", this, "三つ目も置きました。")
    seen = await shown(town, this)
    assert (seen.status, seen.answer, seen.reply, seen.project, seen.percent) == (
        "done", "partly", "休める場所が足りないためです。", "海浜公園のベンチ", 100,
    )  # fmt: skip
    assert [one.what for one in seen.course] == [
        "made", "accepted", "project", "report_progress", "done",
    ]  # fmt: skip
    told = sorted(one.heading.ja.partition("：")[2] for one in await letters_to(town, "b"))
    assert told == sorted(("採用しました", "事業を進めています", "進み具合のお知らせ", "実現しました"))
    assert len(await letters_to(town, "a")) == 5


async def test_the_office_in_charge_decides_and_hands_over() -> None:
    town = open_town(Settings(offices=OFFICES, proposals_office="parks"))
    this = await proposed(town)
    assert refused(await run(town, "examine_proposal", {"id": this}, CLERK))[0] == "not_allowed"
    assert refused(await run(town, "assign_proposal", {"id": this, "office": "none"}, PARKS)) == (
        "invalid",
        "office",
    )
    await done(town, "assign_proposal", {"id": this, "office": "roads"}, PARKS)
    await done(town, "examine_proposal", {"id": this}, CLERK)
    assert (await shown(town, this)).status == "examining"


async def test_an_amendment_is_taken_in_by_the_author_and_the_next_one_is_read_anew() -> None:
    town = open_town()
    this = await proposed(town)
    form = {"id": this, "version": 1, "title": MADE["title"], "text": OTHER, "why": "足りません。"}
    assert refused(await run(town, "amend_proposal", {**form, "text": TEXT})) == ("invalid", "text")
    await done(town, "amend_proposal", form, RESIDENT_B)
    await done(town, "amend_proposal", {**form, "text": OTHER + "お願いします。"}, person("x"))
    first, second = amendment_id(NUMBER, 1), amendment_id(NUMBER, 2)
    assert refused(await run(town, "accept_amendment", {"id": first}, RESIDENT_B))[0] == "not_allowed"
    await done(town, "accept_amendment", {"id": first}, RESIDENT_A)
    seen = await shown(town, this)
    assert (seen.text, seen.version) == (OTHER, 2)
    assert refused(await run(town, "accept_amendment", {"id": second}, RESIDENT_A))[0] == "conflict"
    assert refused(await run(town, "amend_proposal", form))[0] == "conflict"
    assert refused(await run(town, "decline_amendment", {"id": second}, CLERK)) == ("invalid", "why")
    await done(town, "decline_amendment", {"id": second, "why": "もう入っています。"}, CLERK)
    told = {who: len(await letters_to(town, who)) for who in ("a", "b", "x")}
    # a: made, two amendments, changed; b: changed; x: changed, not taken in
    assert told == {"a": 4, "b": 1, "x": 2}


async def test_words_out_of_sight_are_nowhere_and_come_back_whole() -> None:
    town = open_town()
    this = await proposed(town)
    form = {"id": this, "version": 1, "title": MADE["title"], "text": OTHER, "why": "足りません。"}
    await done(town, "amend_proposal", form, RESIDENT_B)
    await done(town, "say_comment", {"id": this, "text": "木がよいです。"}, RESIDENT_B)
    flagged = {"id": this, "why": "personal"}
    for _ in range(3):
        await done(town, "flag", flagged, RESIDENT_B)
    assert (await shown(town, this, CLERK)).flags == 1
    assert refused(await run(town, "hide_words", flagged))[0] == "not_allowed"
    await done(town, "hide_words", flagged, CLERK)
    seen = await shown(town, this)
    assert (seen.title, seen.text, seen.hidden, seen.held) == ("", "", "personal", {})
    amendment = await town.city().get(ProposalAmendment, amendment_id(NUMBER, 1))
    assert (amendment.base_text, amendment.text, amendment.why) == ("", "", "")
    for view, field in ((Proposal, "text"), (ProposalAmendment, "base_text")):
        found = await town.city().find(view, Query(q=where(view, field, "==", TEXT)))
        assert found.items == ()
    for wrote in await town.city().past("Proposal", this):
        assert "text" not in wrote.changes and "title" not in wrote.changes
    for command in ("support_proposal", "follow_proposal"):
        assert refused(await run(town, command, {"id": this}))[0] == "not_found"
    await done(town, "show_words", {"id": this}, CLERK)
    assert (await shown(town, this)).text == TEXT
    again = await town.city().get(ProposalAmendment, amendment_id(NUMBER, 1))
    assert (again.base_text, again.text, again.hidden) == (TEXT, OTHER, "")


async def test_comments_have_a_limit_and_are_taken_back_by_who_wrote_them() -> None:
    town = open_town(Settings(comments_person=2))
    this = await proposed(town)
    for n in (1, 2):
        assert (await done(town, "say_comment", {"id": this, "text": "賛成です。"}, RESIDENT_B))["n"] == n
    said = {"id": this, "text": "もう一つ。"}
    assert refused(await run(town, "say_comment", said))[0] == "too_many"
    assert refused(await run(town, "say_comment", {**said, "text": "090-1234-5678"}, RESIDENT_A)) == (
        "invalid",
        "text",
    )
    one = {"id": comment_id(NUMBER, 1)}
    assert refused(await run(town, "take_back_comment", one, RESIDENT_A))[0] == "not_found"
    await done(town, "take_back_comment", one, RESIDENT_B)
    assert (await town.city().get(ProposalComment, one["id"])).text == ""
    assert refused(await run(town, "show_words", one, CLERK))[0] == "not_found"


async def test_a_withdrawn_proposal_keeps_its_title_and_nothing_else_of_its_words() -> None:
    town = open_town()
    this = await proposed(town)
    await done(town, "support_proposal", {"id": this}, RESIDENT_B)
    form = {"id": this, "version": 1, "title": MADE["title"], "text": OTHER, "why": "足りません。"}
    await done(town, "amend_proposal", form, person("x"))
    assert refused(await run(town, "withdraw_proposal", {"id": this}))[0] == "not_found"
    await done(town, "withdraw_proposal", {"id": this}, RESIDENT_A)
    seen = await shown(town, this)
    assert (seen.title, seen.text, seen.status) == (MADE["title"], "", "withdrawn")
    assert (await town.city().get(ProposalAmendment, amendment_id(NUMBER, 1))).base_text == ""
    assert len(await letters_to(town, "b")) == 1
    assert refused(await run(town, "support_proposal", {"id": this}, person("y")))[0] == "conflict"


async def test_what_is_left_of_who_is_erased_names_nobody_and_the_count_stays() -> None:
    town = open_town()
    this = await proposed(town)
    await done(town, "support_proposal", {"id": this}, RESIDENT_B)
    await done(town, "say_comment", {"id": this, "text": "賛成です。"}, RESIDENT_B)
    ids, found = frozenset({"a", "b"}), 0
    asked = Asked("demo", town.clock.now(), 1, BOSS)
    views: dict[str, Any] = {one.name: one.view for one in TYPES}
    for one in ERASE:
        for each in (await town.city(BOSS).find(views[one.type], Query())).items:
            left, found = one.decide(each, ids, asked), found + 1
            assert not ids & {who for name in one.holders for who in getattr(left, name)}
            if isinstance(left, ProposalComment):
                assert left.text == ""
            if isinstance(left, ProposalCircle):
                assert len(left.supporters) + left.gone == len(each.supporters) + each.gone
    assert found == 4
