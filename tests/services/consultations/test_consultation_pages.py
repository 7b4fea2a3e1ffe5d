"""Public comments on their pages, by forms alone: announced by a clerk, commented by a resident, answered, and read by the resident."""

from __future__ import annotations

import csv
import io
import re

import pytest
from draft_samples import ANSWER, DRAFT, OFFICES
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.kit.jobs import Jobs
from kaiteki.model.instant import Instant
from kaiteki.services.consultations.manifest import service
from reader import Reader

HERE = "/demo/participation/comments/PC-2026-00001"
DESK = "/demo/participation/desk/comments/PC-2026-00001"
MONTH_US = 31 * 86_400 * 1_000_000


async def open_town() -> tuple[TrialSite, Reader, Reader]:
    """A town, its clerk, and a resident without an account."""
    site = await open_site(service, settings=OFFICES)
    clerk, resident = Reader(site.app), Reader(site.app)
    await clerk.sign_in("desk", PASSWORD)
    await resident.get("/demo/participation")
    return site, clerk, resident


async def announce(clerk: Reader) -> None:
    """Prepare a draft and announce it, in one form."""
    done = await clerk.post("/demo/participation/desk", {**DRAFT, "do": "announce"})
    assert (done.status, done.headers["location"]) == (303, DESK)


async def publish(site: TrialSite, clerk: Reader) -> None:
    """The month passes, and the result goes out."""
    site.clock.at = Instant(site.clock.at + MONTH_US)
    await Jobs(site.engine).run_due()
    await clerk.sign_in("desk", PASSWORD)
    assert (await clerk.post(DESK, {"do": "publish"})).status == 303


async def test_a_resident_comments_and_reads_the_answer_by_forms_alone() -> None:
    site, clerk, resident = await open_town()
    await announce(clerk)
    assert DRAFT["title"] in (await resident.get("/demo/participation")).text
    assert "あと" in (await resident.get(HERE)).text
    empty = await resident.post(HERE, {"text": ""})
    assert empty.status == 422 and 'id="text-error"' in empty.text
    assert (
        await resident.post(
            HERE, {"text": "桜を<b>植えて</b>ください。", "name": "見本 花子", "wishes": "yes"}
        )
    ).status == 303
    own = (await resident.get(HERE)).text
    assert "桜を&lt;b&gt;植えて&lt;/b&gt;ください。" in own
    other = Reader(site.app)
    assert "植えて" not in (await other.get(HERE)).text
    opened = (await clerk.get(f"{DESK}?open=1")).text
    assert "植えて" in opened and "見本 花子" in opened
    early = await clerk.post(DESK, {"do": "publish"})
    assert early.status == 422 and "募集期間が終わって" in early.text
    given = {"do": "answer", "open": "1", "numbers": "1", **ANSWER}
    doubted = await clerk.post(DESK, {**given, "reply": "電話は090-1234-5678です"})
    assert doubted.status == 422 and 'name="looked"' in doubted.text
    assert (await clerk.post(DESK, given)).status == 303
    assert (await clerk.post(DESK, {"do": "word", "open": "1", "text": "桜を植えてください。"})).status == 303
    for hidden in (ANSWER["reply"], "桜を植えてください。"):
        assert hidden not in (await other.get(HERE)).text
    assert (await other.get(f"{HERE}/answers")).status == 404
    await publish(site, clerk)
    mine = (await resident.get(HERE)).text
    assert 'href="#answer-1"' in mine and 'id="answer-1"' in mine
    public = (await other.get(HERE)).text
    assert ANSWER["reply"] in public and "桜を植えてください。" in public and "見本 花子" not in public
    letters = (await resident.get("/demo/my")).text
    assert f"{HERE}#answer-1" in letters


@pytest.mark.parametrize(
    ("language", "word"), [("ja", "意見と市の考え方"), ("ja-easy", "こたえ"), ("en", "Comments and answers")]
)
async def test_the_table_of_answers_is_a_page_a_sheet_and_a_file_in_every_language(
    language: str, word: str
) -> None:
    site, clerk, resident = await open_town()
    await announce(clerk)
    for text in ("桜を植えてください。", "=1+1 のように見えます"):
        assert (await resident.post(HERE, {"text": text})).status == 303
    paper = {"do": "take_in", "way": "mail", "received_on": "2026-11-22", "text": "紙で出します。"}
    assert (await clerk.post(DESK, paper)).status == 303
    unanswered = await clerk.post(DESK, {"do": "answer", "open": "1", "numbers": "1", **ANSWER})
    assert unanswered.status == 303
    assert (
        await clerk.post(DESK, {"do": "answer", "open": "2", "numbers": "2", **ANSWER, "summary": "=1+1"})
    ).status == 303
    site.clock.at = Instant(site.clock.at + MONTH_US)
    await clerk.sign_in("desk", PASSWORD)
    refused = await clerk.post(DESK, {"do": "publish"})
    assert refused.status == 422 and "3番" in refused.text
    assert (
        await clerk.post(DESK, {"do": "answer", "open": "3", "numbers": "3", "answer": "1"})
    ).status == 303
    assert (await clerk.post(DESK, {"do": "publish"})).status == 303
    for page in (HERE, f"{HERE}/answers", "/demo/participation", DESK, "/demo/participation/desk"):
        shown = await clerk.get(f"{page}?lang={language}")
        assert shown.status == 200, page
        if page.startswith(HERE):
            assert word in re.sub(r"<wbr>|\u200b", "", shown.text), page
    file = await resident.get(f"{HERE}/answers.csv")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(file.body.decode("utf-8-sig"))))
    assert [(row[0], row[1], row[2], row[3]) for row in rows[1:]] == [
        ("1", ANSWER["summary"], "2", "1 3"), ("2", "'=1+1", "1", "2"),
    ]  # fmt: skip


async def test_a_short_period_asks_for_its_reason_and_keeps_what_was_typed() -> None:
    _, clerk, resident = await open_town()
    short = {**DRAFT, "closes_on": "2026-11-30", "do": "announce"}
    refused = await clerk.post("/demo/participation/desk", short)
    assert refused.status == 422 and 'id="why_short-error"' in refused.text and DRAFT["title"] in refused.text
    assert (await resident.get(HERE)).status == 404
    draft = re.search(r'name="draft" value="([^"]+)"', refused.text)
    assert draft is not None
    reason = {**short, "draft": draft[1], "why_short": "災害の復旧のため"}
    assert (await clerk.post("/demo/participation/desk", reason)).status == 303
    assert "災害の復旧のため" in (await resident.get(HERE)).text


@pytest.mark.parametrize("path", ["open=x&queue=y&page=-3", "open=99999", "page=1e9", "open=%00"])
async def test_no_address_of_the_desk_is_a_fault_of_the_node(path: str) -> None:
    _, clerk, _ = await open_town()
    await announce(clerk)
    assert (await clerk.get(f"{DESK}?{path}")).status == 200
    assert (await clerk.post(DESK, {"do": "nothing"})).status == 404
