"""わたしのデータ: held, read, agreed to, taken along; each person sees their own and nobody else's, without JavaScript."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import jsonschema
import msgspec
import pytest
from rendered_forms import FormReader
from test_report_pages import PASSWORD, open_portal_of
from trust_town import done, tell, trust_town

from kaiteki.kit.consents import Consent, consent_id
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.views import expand_name
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words
from kaiteki.ports.accesses import Access
from kaiteki.ports.entities import By
from kaiteki.services.trust import receipt
from kaiteki.services.trust.notices import Notice, of_the_package
from kaiteki.services.trust.settings import Settings
from reader import Reader
from town import RESIDENT_A, Town

FORWARD = "reports.forward"
EMAIL, PHONE = "ReportContact.email", "ReportContact.phone"
DECIDE = f"/demo/my/consents/{FORWARD}"
SCHEMA = msgspec.json.decode((receipt.FILE).read_bytes())


def plain(text: str) -> str:
    """The words of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text)).replace("\u200b", "")


async def phone_with_contact(town: Town) -> tuple[Reader, str]:
    """Somebody without an account who told of a bench and left an address; their browser, and the id it is known by."""
    phone = Reader(await open_portal_of(town))
    number = (await phone.get("/demo/my/data")).text
    found = re.search(r'class="num pick-all">(b[0-9a-f ]+)<', number)
    assert found is not None
    holder = found[1].replace(" ", "")
    await tell(town, browser=holder, contact_email="aoi@example.jp", contact_phone="043-000-0000")
    return phone, holder


async def test_what_is_held_is_shown_in_words_to_whom_it_concerns_alone() -> None:
    town = trust_town()
    phone, _ = await phone_with_contact(town)
    mine, other = plain((await phone.get("/demo/my/data")).text), Reader(phone.app)
    for said in (
        "報告した人の連絡先",
        "aoi@example.jp",
        "報告の控え",
        "第61条第1項",
        "まだだれも見ていません",
    ):
        assert said in mine, said
    theirs = plain((await other.get("/demo/my/data")).text)
    assert "aoi@example.jp" not in theirs and "持っている情報はありません" in theirs


async def test_consent_is_given_by_item_and_withdrawn_by_item_and_at_once() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    (form,) = FormReader((await phone.get(DECIDE)).text).forms
    assert {"version", "next", "items"} <= set(form.fields) | set(form.boxes)
    sent = await phone.post(DECIDE, {"version": "1", "next": "my", "items": EMAIL, "do": "give"})
    assert (sent.status, sent.headers["location"]) == (303, "/demo/my")
    assert await town.city(browser=holder).consented(FORWARD) == {EMAIL}
    sent = await phone.post(DECIDE, {"version": "1", "items": PHONE, "do": "give"})
    assert await town.city(browser=holder).consented(FORWARD) == {PHONE}, (
        "what is ticked no more is withdrawn"
    )
    page = plain((await phone.get("/demo/my/data")).text)
    assert "すべての同意を取りやめる" in page
    receipt_page = (await phone.get(f"{DECIDE}/receipt")).text
    assert receipt_page.count("（説明文 第1版）") == 2 and receipt_page.count("<time") == 4
    await phone.post("/demo/my/data", {"do": "withdraw", "purpose": FORWARD, "item": PHONE})
    assert await town.city(browser=holder).consented(FORWARD) == frozenset()
    await phone.post(DECIDE, {"version": "1", "items": EMAIL, "do": "give"})
    await phone.post("/demo/my/data", {"do": "withdraw_all"})
    assert await town.city(browser=holder).consented(FORWARD) == frozenset()
    assert "すべての同意を取りやめる" not in plain((await phone.get("/demo/my/data")).text)


async def test_the_page_asks_for_the_age_and_says_what_changed_since() -> None:
    town = trust_town(Settings(guardian_age=16))
    phone, holder = await phone_with_contact(town)
    assert "16歳未満です" in plain((await phone.get(DECIDE)).text)
    sent = await phone.post(DECIDE, {"version": "1", "items": EMAIL, "of_age": "no", "do": "give"})
    assert sent.status == 422 and "市の窓口で" in plain(sent.text) and "checked" in sent.text
    await phone.post(DECIDE, {"version": "1", "items": EMAIL, "of_age": "yes", "do": "give"})
    assert await town.city(browser=holder).consented(FORWARD) == {EMAIL}


@pytest.mark.parametrize(
    ("material", "words"), [(False, "期限までそのまま有効です"), (True, "もう一度お決めください")]
)
async def test_what_changed_since_somebody_agreed_is_said(material: bool, words: str) -> None:
    said = Words("渡す相手が増えました", "More recipients", "わたす あいてが ふえました")
    (first,) = of_the_package()[FORWARD].versions
    second = msgspec.structs.replace(first, number=2, changes=said, material=material)
    town, before = trust_town(Settings(notices=(Notice(FORWARD, (first, second)),))), trust_town()
    before.engine.entities = town.store.entities
    phone, holder = await phone_with_contact(town)
    await done(before, "trust.give", {"purpose": FORWARD, "version": 1, "items": [EMAIL]}, browser=holder)
    receipt = f"/demo/my/consents/{FORWARD}/receipt"
    for told in (False, True):
        for path in ("/demo/my/data", DECIDE):
            page = plain((await phone.get(path)).text)
            assert "渡す相手が増えました" in page and words in page
        for path in ("/demo/my/data", DECIDE, receipt):
            page = plain((await phone.get(path)).text)
            assert (
                "説明文が変わりました" in page.replace("同意のあとで説明文が変わりました", "")
            ) is material
            assert "期限が切れました" not in page
        page = plain((await phone.get(receipt)).text)
        assert ("説明文の変更により" in page) is (material and told)
        await Jobs(town.engine).run_due()
    assert await town.city(browser=holder).consented(FORWARD) == (frozenset() if material else {EMAIL})


async def test_whoever_has_an_account_alone_holds_one_record_and_sees_its_number_in_groups() -> None:
    app = await open_portal_of(trust_town())
    reader = Reader(app)
    await reader.sign_in("guest", PASSWORD)
    page = (await reader.get("/demo/my/data")).text
    assert (
        '<b class="num">1件</b>' in page
        and 'アカウント（名前・ログインID・権限）　<span class="muted num">1件</span>' in page
    )
    assert re.search(r'<dd class="num pick-all">acc-([0-9a-f]{4} ){4}[0-9a-f]{4}</dd>', page)


async def test_nothing_ticked_is_asked_about_and_a_refusal_is_what_was_pressed() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    asked = await phone.post(DECIDE, {"version": "1", "do": "give", "next": "my"})
    assert asked.status == 422 and 'href="#items"' in asked.text and "保護者の方が" not in asked.text
    assert "「どれにも同意しない」を押してください" in plain(asked.text)
    assert await town.city(browser=holder).get(Consent, consent_id(holder, FORWARD)) is None
    await phone.post(DECIDE, {"version": "1", "do": "refuse", "next": "my"})
    record = await town.city(browser=holder).get(Consent, consent_id(holder, FORWARD))
    assert isinstance(record, Consent) and [one.state for one in record.events] == ["refused"]


async def test_a_decision_leads_to_no_other_site_and_a_text_stays_readable_under_its_number() -> None:
    phone = Reader(await open_portal_of(trust_town()))
    for following in ("//evil.example/x", "https://evil.example", "\\\\evil.example"):
        sent = await phone.post(DECIDE, {"version": "1", "items": EMAIL, "do": "give", "next": following})
        assert sent.headers["location"].startswith("/demo/")
    page = plain((await phone.get(f"/demo/personal-data/notices/{FORWARD}/1")).text)
    assert "第1版" in page and "国・県・電力会社" in page
    for wrong in (f"{FORWARD}/2", f"{FORWARD}/x", "reports.repair/1"):
        assert (await phone.get(f"/demo/personal-data/notices/{wrong}")).status == 404
    schema = await phone.get("/demo/personal-data/receipt.schema.json")
    assert msgspec.json.decode(schema.body) == SCHEMA


async def test_who_read_is_told_with_office_purpose_and_attributes_and_what_is_under_review_is_not() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    by = By(actor="acc-1", action="page", office="0470", purpose="reports.contact")
    names = (expand_name("email"),)
    kind = expand_name("ReportContact")
    later = Instant(town.clock.now() + 1_000_000)
    await town.store.accesses.keep((
        Access("demo", by, holder, kind, names),
        Access("demo", msgspec.structs.replace(by, purpose=""), holder, kind, names, review_at=later),
        Access("demo", by, "somebody-else", kind, (expand_name("phone"),)),
        Access("chiba", by, holder, kind, (expand_name("phone"),)),
    ))  # fmt: skip
    page = plain((await phone.get("/demo/my/data")).text)
    assert "市の職員" in page and "報告した人に確かめるため" in page and "報告した人の連絡先のメール" in page
    assert "目的の記録なし" not in page and "報告した人の連絡先の電話" not in page
    town.clock.pass_s(2)
    assert "目的の記録なし" in plain((await phone.get("/demo/my/data")).text)


async def test_a_reader_is_called_by_what_they_were_then() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    kind, names = expand_name("ReportContact"), (expand_name("email"),)
    for by, words in (
        (By(actor="acc-1", action="page"), "ほかの利用者"),
        (By(actor="acc-1", action="page", helper="acc-2"), "ほかの利用者"),
        (By(actor="acc-1", action="page", office="*"), "市の職員"),
        (By(actor="operator", action="export"), "市の職員"),
        (By(actor="system", action="trust:expire"), "自動処理"),
        (By(actor=holder, action="page", helper="acc-2"), "あなたの代理の方"),
    ):
        await town.store.accesses.keep((Access("demo", by, holder, kind, names),))
        page = (await phone.get("/demo/my/data")).text
        newest = re.search(r'<ol class="line">\s*<li><b>([^<（]+)', page)
        assert newest is not None and newest[1] == words, (by, words)


async def test_older_reads_are_a_page_away() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    by = By(actor="acc-1", action="page", purpose="reports.contact")
    for count in range(1, 26):
        await town.store.accesses.keep((Access("demo", by, holder, "ReportContact", ("email",), count),))
    page = (await phone.get("/demo/my/data")).text
    older = re.search(r'href="(/demo/my/data\?before=\d+)#read"', page)
    assert older is not None and "25件" in plain(page) and " 5件" not in plain(page)
    assert " 5件" in plain((await phone.get(older[1])).text)


async def test_everything_is_taken_along_as_data_and_tables() -> None:
    town = trust_town()
    phone, holder = await phone_with_contact(town)
    await phone.post(DECIDE, {"version": "1", "items": EMAIL, "do": "give"})
    by = By(actor="acc-1", action="page", office="0470", purpose="reports.contact")
    access = Access("demo", by, holder, expand_name("ReportContact"), (expand_name("email"),))
    await town.store.accesses.keep((access,))
    taken = zipfile.ZipFile(io.BytesIO((await phone.get("/demo/my/data.zip")).body))
    assert taken.testzip() is None
    (contact,) = msgspec.json.decode(taken.read("data/ReportContact.json"))
    assert contact["email"] == "aoi@example.jp"
    assert "aoi@example.jp" in taken.read("data/ReportContact.csv").decode("utf-8-sig")
    (report,) = msgspec.json.decode(taken.read("named/Report.json"))
    assert "reporter" in report["as"] and report["description"] == "ベンチの板が割れている"
    (sent,) = msgspec.json.decode(taken.read("data/ReportBook.json"))[0]["sent"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", sent["at"]), "times have a zone"
    reads = msgspec.json.decode(taken.read("read/reads.json"))
    assert [one["purpose"] for one in reads if one["who"] == "staff"] == ["報告した人に確かめるため"]
    (receipt,) = msgspec.json.decode(taken.read("consents/receipts.json"))
    jsonschema.validate(receipt, SCHEMA, jsonschema.Draft202012Validator)
    for language, said in (
        ("ja", "入れていないもの"),
        ("en", "What is not in it"),
        ("ja-easy", "はいって いない"),
    ):
        page = taken.read(f"README.{language}.txt").decode("utf-8-sig")
        assert said in page and "data/ReportContact" in page and holder in page


async def test_a_receipt_has_the_shape_of_its_schema_in_every_language() -> None:
    town = trust_town()
    phone, _ = await phone_with_contact(town)
    assert (await phone.get(f"{DECIDE}/receipt.json")).status == 404
    await phone.post(DECIDE, {"version": "1", "items": EMAIL, "do": "give"})
    await phone.post(DECIDE, {"version": "1", "do": "refuse"})
    for language in ("ja", "en", "ja-easy"):
        answer = await phone.get(f"{DECIDE}/receipt.json?lang={language}")
        document = msgspec.json.decode(answer.body)
        jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
        record = document["dpv:hasRecordOfActivity"]
        assert [one["@type"] for one in record["dpv:hasConsentStatus"]] == [
            "dpv:ConsentGiven",
            "dpv:ConsentRefused",
        ]
    stranger = Reader(phone.app)
    assert (await stranger.get(f"{DECIDE}/receipt.json")).status == 404


PARTY = {"dct:identifier": "org-1", "dpv:hasName": "Firm One", "schema:contactPoint": "mailto:a@example.org"}
EVENT = {
    "@type": "dpv:ConsentGiven",
    "dpv:isIndicatedAtTime": "2024-01-31T12:00:00",
    "dpv:hasDuration": {"@type": "dpv:TemporalDuration", "rdf:value": "P6M"},
    "dpv:isIndicatedBy": "dpv:DataSubject",
}


def examples() -> list[dict[str, Any]]:
    """Two receipts with the fields and the nesting of the published examples (with all fields; with the required ones only), our own words."""
    process = {
        "@type": "dpv:Process",
        "dpv:hasPurpose": "dpv:PaymentManagement",
        "dpv:hasPersonalData": "pd:EmailAddress",
        "dpv:hasStorageCondition": [{"@type": "dpv:StorageLocation", "dpv:hasLocation": ["loc:IE"]}],
        "dpv:hasRecipient": ["org-1"],
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:isExercisedAt": "https://example.org/me",
        },
    }
    record = {
        "@type": "dpv:ConsentRecord",
        "dct:identifier": "r-1",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dpv:hasDataSubject": {"@id": "0760", "type": "dpv:Consumer"},
        "dpv:hasNotice": "https://example.org/notice",
        "dct:language": "en",
        "dpv:hasProcess": process,
        "dpv:hasConsentStatus": EVENT,
        "dpv:hasDataController": "org-1",
    }
    small = {
        "@type": "dpv:ConsentReceipt",
        "dct:identifier": "receipt-1",
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "dpv:hasRecordOfActivity": record,
    }
    rich = {
        **process,
        "dpv:hasService": "Register for an event",
        "dpv:hasPersonalData": [{"@type": "pd:EmailAddress", "dpv:hasNecessity": "dpv:Optional"}],
        "dpv:hasRight": ["dpv:DataSubjectRight"],
    }
    full = {
        **record,
        "dpv:hasProcess": [rich],
        "dpv:hasEntity": [PARTY],
        "dpv:hasConsentStatus": [EVENT, EVENT],
    }
    return [small, {**small, "dct:created": "2024-01-31", "dpv:hasRecordOfActivity": [full]}]


def test_receipts_built_as_the_published_examples_have_the_shape_and_others_have_not() -> None:
    for document in examples():
        jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
        for field in ("dct:identifier", "dpv:hasRecordOfActivity", "dct:conformsTo"):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(
                    {name: value for name, value in document.items() if name != field}, SCHEMA
                )
    record = examples()[0]["dpv:hasRecordOfActivity"]
    for field in (
        "dpv:hasNotice",
        "dpv:hasDataSubject",
        "dpv:hasConsentStatus",
        "dpv:hasProcess",
        "dpv:hasDataController",
    ):
        less = {name: value for name, value in record.items() if name != field}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**examples()[0], "dpv:hasRecordOfActivity": less}, SCHEMA)


async def test_an_account_sees_its_own() -> None:
    town = trust_town()
    reader = Reader(await open_portal_of(town))
    await reader.sign_in("guest", PASSWORD)
    account = await town.store.accounts.by_login("guest")
    assert account is not None
    await tell(town, msgspec.structs.replace(RESIDENT_A, account_id=account.id), contact_name="見本 太郎")
    page = plain((await reader.get("/demo/my/data")).text)
    assert "見本 太郎" in page and account.id in page
    await done(
        town,
        "trust.give",
        {"purpose": FORWARD, "version": 1, "items": [EMAIL]},
        msgspec.structs.replace(RESIDENT_A, account_id=account.id),
    )
    assert "同意しています" in plain((await reader.get("/demo/my/data")).text)
