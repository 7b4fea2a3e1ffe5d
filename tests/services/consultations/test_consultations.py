"""Public comments: every opinion has a numbered answer before the result is out, nothing personal is, and who wished so is told once a step."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from draft_samples import (
    ANSWER,
    DRAFT,
    MONTH_S,
    OFFICES,
    announced,
    answered,
    done,
    letters,
    open_town,
    said,
    seen,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kaiteki.kit.jobs import Jobs
from kaiteki.kit.views import where
from kaiteki.model.access import NOBODY, Person
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.instant import format_instant
from kaiteki.model.query import Query
from kaiteki.services.consultations.announcing import documents_of
from kaiteki.services.consultations.model import (
    Consultation,
    ConsultationAnswer,
    ConsultationDraft,
    Document,
    Opinion,
    OpinionSender,
    answer_id,
    opinion_id,
    sender_id,
)
from kaiteki.services.consultations.settings import Settings
from town import BOSS, CLERK, RESIDENT_A, RESIDENT_B, Town

NUMBER = "PC-2026-00001"


def code_of(said: Accepted | Refused) -> tuple[str, str]:
    """Why something was refused: the code, and the field of the first fault."""
    assert isinstance(said, Refused), said
    return said.code, said.faults[0].field if said.faults else ""


async def test_a_draft_is_seen_by_staff_alone_until_it_is_announced() -> None:
    town = open_town()
    draft = (await done(town, "prepare", DRAFT))["id"]
    assert await town.city(RESIDENT_A).get(ConsultationDraft, draft) is None
    assert code_of(await town.run("participation.prepare", DRAFT, RESIDENT_A)) == ("not_allowed", "")
    announced = await done(town, "announce", {"id": draft})
    assert await town.city(BOSS).get(ConsultationDraft, draft) is None
    one = await seen(town, announced["id"])
    assert (one.number, one.title, one.status, one.unmapped, one.log) == (
        NUMBER,
        DRAFT["title"],
        "open",
        (),
        (),
    )
    assert (format_instant(one.opens_at), format_instant(one.closes_at)) == (
        "2026-11-21T15:00:00Z",
        "2026-12-21T14:59:59Z",
    )
    assert one.documents[1] == Document("概要版", "https://www.example.jp/short.pdf")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"opens_on": "2026-02-30"}, "opens_on"),
        ({"closes_on": "2026-11-20"}, "closes_on"),
        ({"documents": "計画 http://example.jp"}, "documents"),
        ({"office": "nowhere"}, "office"),
        ({"kind": "nothing"}, "kind"),
    ],
)
async def test_what_cannot_be_is_refused_where_it_is_prepared(wrong: dict[str, str], field: str) -> None:
    assert code_of(await open_town().run("participation.prepare", {**DRAFT, **wrong}, BOSS)) == (
        "invalid",
        field,
    )


@pytest.mark.parametrize(("last", "fits"), [("2026-12-20", False), ("2026-12-21", True)])
async def test_a_period_is_as_long_as_the_town_says_or_says_why(last: str, fits: bool) -> None:
    """行政手続法 39 条 3 項: 30 days or more from the day of the announcement, that day counted; 40 条 1 項: shorter with a reason."""
    town = open_town()
    draft = (await done(town, "prepare", {**DRAFT, "opens_on": "2026-11-01", "closes_on": last}))["id"]
    said = await town.run("participation.announce", {"id": draft}, CLERK)
    assert isinstance(said, Accepted) == fits
    if not fits:
        assert code_of(said) == ("invalid", "why_short")
        why = {**DRAFT, "id": draft, "closes_on": last, "why_short": "災害の復旧のため"}
        await done(town, "prepare", why)
        assert (
            await seen(town, (await done(town, "announce", {"id": draft}))["id"])
        ).why_short == "災害の復旧のため"


async def test_an_opinion_comes_while_the_period_runs_and_by_paper_also_later() -> None:
    town = open_town()
    this = await announced(town, opens_on="2026-11-23", closes_on="2026-12-23")
    form = {"id": this, "text": "公園がほしいです。"}
    assert code_of(await town.run("participation.say_opinion", form, RESIDENT_A))[0] == "conflict"
    town.clock.pass_s(86_400)
    assert await said(town, this, "公園がほしいです。") == 1
    assert await said(town, this, "名前を書きません。", NOBODY, "browser-1") == 2
    assert code_of(await town.run("participation.say_opinion", form))[0] == "not_allowed"
    paper = {**form, "way": "mail", "received_on": "2026-12-23", "name": "見本 花子"}
    assert code_of(await town.run("participation.take_in_opinion", paper, CLERK)) == (
        "invalid",
        "received_on",
    )
    town.clock.pass_s(MONTH_S)
    assert code_of(await town.run("participation.say_opinion", form, RESIDENT_A))[0] == "conflict"
    assert (await done(town, "take_in_opinion", paper))["n"] == 3
    assert code_of(await town.run("participation.take_in_opinion", paper, RESIDENT_A))[0] == "not_allowed"
    assert (await seen(town, this)).ways == {"web": 2, "mail": 1}


async def test_what_somebody_said_is_for_them_and_the_office_alone() -> None:
    town = open_town()
    this = await announced(town)
    await said(town, this, "桜を植えてください。")
    sent = sender_id(NUMBER, 1)
    parks = Person("p", "公園 課", CLERK.roles, frozenset({"parks"}))
    readers = {
        one.account_id: await town.city(one).get(OpinionSender, sent) is not None
        for one in (NOBODY, RESIDENT_A, RESIDENT_B, CLERK, parks, BOSS)
    }
    assert readers == {"": False, "a": True, "b": False, "c": True, "p": False, "d": True}
    for field, value in (("number", f"{NUMBER}-1"), ("holder", "a")):
        wanted = Query(q=where(OpinionSender, field, "==", value), limit=5, total=True)
        assert (await town.city(RESIDENT_B).find(OpinionSender, wanted)).total == 0
    public = await town.city().get(Opinion, opinion_id(NUMBER, 1))
    assert public is not None and (public.way, public.text, public.held, public.sketch) == ("web", "", "", ())
    assert (await seen(town, this)).followers == ()


async def test_one_person_says_so_much_on_one_draft_and_no_more() -> None:
    town = open_town(Settings(offices=OFFICES.offices, opinions_person=2))
    this = await announced(town)
    for _ in range(2):
        await said(town, this, "もう一度言います。")
    form = {"id": this, "text": "三度目です。"}
    assert code_of(await town.run("participation.say_opinion", form, RESIDENT_A))[0] == "too_many"
    assert await said(town, this, "はじめてです。", RESIDENT_B) == 3


async def test_answers_and_wordings_are_public_with_the_result_and_not_before() -> None:
    town = open_town()
    this = await announced(town)
    await said(town, this, "田中です。桜を植えて。")
    n = await answered(town, this, 1)
    await done(town, "word_opinion", {"id": this, "opinion": 1, "text": "桜を植えて。"})

    async def public() -> tuple[str, str]:
        answer = await town.city().get(ConsultationAnswer, answer_id(NUMBER, n))
        opinion = await town.city().get(Opinion, opinion_id(NUMBER, 1))
        assert answer is not None and opinion is not None and answer.held is None
        return answer.summary, opinion.text

    assert await public() == ("", "")
    publish = {"id": this, "answers": 1}
    assert code_of(await town.run("participation.publish_result", publish, CLERK))[0] == "conflict"
    assert (
        code_of(await town.run("participation.show_opinions", {"id": this, "numbers": [1]}, CLERK))[0]
        == "conflict"
    )
    town.clock.pass_s(MONTH_S)
    assert (
        code_of(await town.run("participation.publish_result", {"id": this, "answers": 0}, CLERK))[0]
        == "conflict"
    )
    await done(town, "publish_result", publish)
    await done(town, "show_opinions", {"id": this, "numbers": [1]})
    assert await public() == (ANSWER["summary"], "桜を植えて。")
    await done(town, "write_answer", {"id": this, **ANSWER, "n": n, "summary": "桜を植えてほしい。"})
    assert (await public())[0] == "桜を植えてほしい。" and (await seen(town, this)).corrected_at is not None
    assert (
        code_of(
            await town.run("participation.free_opinions", {"id": this, "answer": n, "numbers": [1]}, CLERK)
        )[0]
        == "invalid"
    )


@pytest.mark.parametrize("field", ["summary", "reply"])
async def test_nothing_personal_goes_out_unlooked_at_and_an_individual_number_never(field: str) -> None:
    town = open_town()
    this = await announced(town)
    phone = {"id": this, **ANSWER, field: "090-1234-5678 に電話してください"}
    assert code_of(await town.run("participation.write_answer", phone, CLERK)) == ("invalid", field)
    await done(town, "write_answer", {**phone, "looked": True})
    number = {**phone, field: "番号は 1234 5678 9018 です", "looked": True}
    assert code_of(await town.run("participation.write_answer", number, CLERK)) == ("invalid", field)


async def test_who_wished_so_is_told_once_of_each_step_with_the_way_to_the_answer() -> None:
    town = open_town()
    this = await announced(town)
    await said(town, this, "桜がよい。", RESIDENT_A)
    await said(town, this, "梅もよい。", RESIDENT_A)
    await said(town, this, "知らせは要りません。", RESIDENT_B, wishes=False)
    await said(town, this, "松がよい。", NOBODY, "browser-1")
    await answered(town, this, 1, 2)
    second = await answered(town, this, 3, 4)
    town.clock.pass_s(MONTH_S)
    jobs = Jobs(town.engine)
    assert await jobs.run_due() == 1
    town.clock.pass_s(3600)
    assert await jobs.run_due() == 0
    await done(town, "publish_result", {"id": this, "answers": 2})
    page = f"participation/comments/{NUMBER}"
    told = await letters(town, "a")
    assert [one.link for one in told] == [page, page, page, page + "#answer-1"]
    assert [one.link for one in await letters(town, "browser-1")] == [page, page, f"{page}#answer-{second}"]
    assert await letters(town, "b") == []
    assert "結果を公表しました" in told[-1].heading.ja


async def test_a_cancelled_draft_says_why_and_takes_nothing_more() -> None:
    town = open_town()
    this = await announced(town)
    await said(town, this, "桜がよい。")
    assert code_of(await town.run("participation.cancel_consultation", {"id": this}, CLERK)) == (
        "invalid",
        "why",
    )
    await done(town, "cancel_consultation", {"id": this, "why": "案を作り直します。"})
    one = await seen(town, this)
    assert (one.status, one.why_cancelled) == ("cancelled", "案を作り直します。")
    assert (
        code_of(await town.run("participation.say_opinion", {"id": this, "text": "もう一つ"}, RESIDENT_A))[0]
        == "conflict"
    )
    assert len(await letters(town, "a")) == 2


async def test_another_office_neither_answers_nor_publishes() -> None:
    town = open_town()
    draft = (await done(town, "prepare", {**DRAFT, "office": "parks"}, BOSS))["id"]
    assert code_of(await town.run("participation.announce", {"id": draft}, CLERK)) == ("not_allowed", "")
    this = (await done(town, "announce", {"id": draft}, BOSS))["id"]
    for command, form in (
        ("write_answer", ANSWER),
        ("publish_result", {"answers": 0}),
        ("cancel_consultation", {"why": "x"}),
        ("take_in_opinion", {"text": "はい。", "way": "mail", "received_on": "2026-11-22"}),
    ):
        assert code_of(await town.run(f"participation.{command}", {"id": this, **form}, CLERK)) == (
            "not_allowed",
            "",
        )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(["a", "b", "x"])),
        st.tuples(st.just("map"), st.integers(1, 5), st.integers(1, 3)),
        st.tuples(st.just("free"), st.integers(1, 5), st.integers(1, 3)),
        st.tuples(st.just("write")),
        st.tuples(st.just("wait")),
        st.tuples(st.just("publish")),
    ),
    max_size=14,
)


async def _live(steps: list[tuple[Any, ...]]) -> None:
    town, texts = open_town(), 0
    this = await announced(town)
    for step in steps:
        one = await seen(town, this, BOSS)
        if step[0] == "say":
            texts += 1
            await town.run("participation.say_opinion", {"id": this, "text": f"意見{texts}"}, Person(step[1]))
        elif step[0] in ("map", "free"):
            form = {"id": this, "numbers": [step[1]], "answer": step[2]}
            await town.run(f"participation.{step[0]}_opinions", form, CLERK)
        elif step[0] == "write":
            await town.run("participation.write_answer", {"id": this, **ANSWER}, CLERK)
        elif step[0] == "wait":
            town.clock.pass_s(MONTH_S)
        else:
            await town.run("participation.publish_result", {"id": this, "answers": one.answer_count}, CLERK)
        await _hold(town, this)


async def _hold(town: Town, this: str) -> None:
    """Each opinion has one answer or waits for one; with the result out none waits, and each is in the public table once."""
    one = await seen(town, this, BOSS)
    found = await town.city(BOSS).find(ConsultationAnswer, Query(limit=100))
    held = [n for answer in found.items if answer.held for n in answer.held.numbers]
    assert sorted([*held, *one.unmapped]) == list(range(1, one.opinion_count + 1))
    public = await town.city().find(ConsultationAnswer, Query(limit=100))
    shown = sorted(n for answer in public.items for n in answer.numbers)
    if one.status == "done":
        assert one.unmapped == () and shown == list(range(1, one.opinion_count + 1))
    else:
        assert shown == []


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_no_result_goes_out_while_an_opinion_has_no_answer(steps: list[tuple[Any, ...]]) -> None:
    asyncio.run(_live(steps))


def test_the_law_is_tried_on_results_that_do_go_out() -> None:
    """The same law over a life that ends with a result, so that it is never only held by lives that do not come so far."""
    life = [
        ("say", "a"),
        ("write",),
        ("wait",),
        ("publish",),
        ("map", 1, 1),
        ("publish",),
        ("free", 1, 1),
        ("say", "b"),
    ]
    asyncio.run(_live(life))


@given(
    st.lists(
        st.tuples(st.text("計画案abc 12", min_size=1).map(str.strip).filter(bool), st.integers(0, 9)),
        max_size=5,
    )
)
def test_documents_are_read_from_lines(told: list[tuple[str, int]]) -> None:
    lines = "\n".join(f"{name} https://example.jp/{n}" for name, n in told)
    assert documents_of(lines) == tuple(Document(name, f"https://example.jp/{n}") for name, n in told)


async def test_every_field_of_staff_is_closed_to_everybody() -> None:
    town = open_town()
    this = await announced(town)
    await said(town, this, "桜がよい。")
    for field in ("followers", "unmapped", "firsts"):
        wanted = Query(
            q=where(Consultation, field, "==", "a" if field == "followers" else 1), limit=5, total=True
        )
        assert (await town.city(RESIDENT_B).find(Consultation, wanted)).total == 0
