"""The register of purposes and the 個人情報ファイル簿: what the manifests say, in words, and published from so many people on."""

from __future__ import annotations

from html import escape

import msgspec
from test_report_pages import open_portal_of
from trust_town import tell, trust_town

from kaiteki.kit.messages import LETTERS
from kaiteki.kit.surveys import Surveys
from kaiteki.model.words import LANGUAGES
from kaiteki.services.trust.manifest import service
from kaiteki.services.trust.model import FILES_ID, PersonalFiles
from kaiteki.services.trust.settings import Settings
from reader import Reader
from town import RESIDENT_A, RESIDENT_B, Town


async def published(town: Town) -> tuple[str, ...]:
    """Which files a count of today publishes, as everybody reads it."""
    assert await Surveys(town.cities).run_due() >= 1
    kept = await town.city().get(PersonalFiles, FILES_ID)
    assert kept is not None and kept.counted_at == town.clock.now()
    return kept.published


async def test_a_file_is_published_from_so_many_people_on() -> None:
    few, many = trust_town(Settings(publish_from=3)), trust_town(Settings(publish_from=2))
    for town in (few, many):
        await tell(town, RESIDENT_A, contact_email="a@example.jp")
        await tell(town, RESIDENT_B, contact_email="b@example.jp")
    assert "ReportContact" not in await published(few)
    assert {"ReportContact", "ReportBook", "Message"} <= set(await published(many))


async def test_a_published_file_says_what_article_75_asks() -> None:
    town = trust_town(Settings(publish_from=0))
    await tell(town, RESIDENT_A)
    assert "ReportContact" in await published(town), "nobody left one, and this area publishes all files"
    reader = Reader(await open_portal_of(town))
    page = await reader.get("/demo/personal-data/files")
    for said in (
        "報告した人の連絡先",
        "市長",
        "お名前、メール、電話",
        "連絡先を書いた人",
        "本人が入力",
        "個人情報の窓口",
        "報告した人に確かめるため",
    ):
        assert said in page.text, said
    table = await reader.get("/demo/personal-data/files.csv")
    assert "収集方法" in table.body.decode("utf-8-sig")


async def test_the_register_lists_every_purpose_in_words_and_as_data() -> None:
    reader = Reader(await open_portal_of(trust_town()))
    page = (await reader.get("/demo/personal-data")).text.replace("<wbr>", "").replace("\u200b", "")
    assert "知らせを引き継ぐ機関に、報告した人の連絡先を伝えるため" in page and "本人の同意があるとき" in page
    assert "第69条第2項第1号" in page
    rows = msgspec.json.decode((await reader.get("/demo/personal-data.json")).body)
    forward = next(row for row in rows if row["name"] == "reports.forward")
    assert [item["item"] for item in forward["items"]] == [
        "ReportContact.name", "ReportContact.email", "ReportContact.phone",
    ]  # fmt: skip
    assert {"kit.accounts", "kit.record", "kit.letters", "kit.photos"} <= {row["name"] for row in rows}
    assert "reports.forward" in (await reader.get("/demo/personal-data.csv")).body.decode("utf-8-sig")


async def test_the_register_says_of_each_attribute_that_is_not_sealed_why() -> None:
    reader = Reader(await open_portal_of(trust_town()))
    for language in LANGUAGES:
        page = (await reader.get(f"/demo/personal-data?lang={language}")).text
        _, _, told = page.replace("<wbr>", "").replace("\u200b", "").partition('id="readable"')
        for declared in (one for one in (*service.types, LETTERS) if one.personal):
            assert declared.words.say(language) in told
            for why in declared.unsealed.values():
                assert escape(why.say(language)) in told, (declared.name, why)
