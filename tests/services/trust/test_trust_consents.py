"""Consent is a record of events: what is in force follows from them at the moment of asking, and none is ever lost."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from trust_town import done, trust_town

from kaiteki.kit.consents import Consent, Consents, Event, consent_id, oldest_texts
from kaiteki.kit.identity.numbers import Numbers
from kaiteki.kit.identity.pairwise import Pairwise
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.messages import Letter
from kaiteki.kit.purposes import register
from kaiteki.kit.views import where
from kaiteki.main.parts import SERVICES
from kaiteki.model.access import Person
from kaiteki.model.decision import Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.ports.accounts import Account
from kaiteki.services.trust.notices import DAY_US, Notice, Version, of_the_package
from kaiteki.services.trust.settings import Settings
from town import CLERK, RESIDENT_A, RESIDENT_B, Town

FORWARD = "reports.forward"
NAME, EMAIL, PHONE = "ReportContact.name", "ReportContact.email", "ReportContact.phone"
YES = {"purpose": FORWARD, "version": 1, "items": [EMAIL]}


async def in_force(town: Town, *holders: str) -> dict[str, frozenset[str]]:
    """What some people agreed to, as a decision asks it."""
    return dict(await town.engine.consents.in_force(town.area, holders, FORWARD))


async def kept(town: Town, holder: str = "a") -> Consent:
    """The record of somebody."""
    found = await town.city(Person(holder)).get(Consent, consent_id(holder, FORWARD))
    assert isinstance(found, Consent)
    return found


def test_every_purpose_by_consent_has_a_text_with_its_very_items() -> None:
    asked = {one.name: set(one.purpose.items) for one in register(SERVICES) if one.purpose.basis == "consent"}
    assert {name: set(notice.current.items) for name, notice in of_the_package().items()} == asked
    texts = [
        (one.title, one.text, one.refusal) for notice in of_the_package().values() for one in notice.versions
    ]
    assert all(words.ja and words.en and words.easy for row in texts for words in row)


def test_versions_are_numbered_and_a_changed_text_has_another_digest() -> None:
    for notice in of_the_package().values():
        assert [one.number for one in notice.versions] == list(range(1, len(notice.versions) + 1))
    version = of_the_package()[FORWARD].current
    other = Version(
        1, version.since, version.title, version.text, Words("", "", ""), version.items, version.valid_days
    )
    assert other.digest != version.digest


async def test_who_agreed_to_one_item_agreed_to_no_other_and_nobody_else_did() -> None:
    town = trust_town()
    await done(town, "trust.give", YES, RESIDENT_A)
    assert await in_force(town, "a", "b", "a") == {"a": frozenset({EMAIL})}
    assert await town.city(RESIDENT_A).consented(FORWARD) == {EMAIL}
    assert await town.city(RESIDENT_B).consented(FORWARD) == frozenset()
    assert dict(await town.engine.consents.in_force("chiba", ("a",), FORWARD)) == {}


async def test_to_withdraw_holds_from_the_next_question_on_and_erases_nothing() -> None:
    town = trust_town()
    await done(town, "trust.give", {**YES, "items": [NAME, EMAIL]}, RESIDENT_A)
    await done(town, "trust.withdraw", {"purpose": FORWARD, "items": [NAME]}, RESIDENT_A)
    assert await in_force(town, "a") == {"a": frozenset({EMAIL})}
    await done(town, "trust.withdraw", {"purpose": FORWARD}, RESIDENT_A)
    assert await in_force(town, "a") == {}
    assert await town.run("trust.withdraw", {"purpose": FORWARD}, RESIDENT_A) == Refused("conflict")
    events = (await kept(town)).events
    assert [(one.state, one.items) for one in events] == [
        ("given", (NAME, EMAIL)), ("withdrawn", (NAME,)), ("withdrawn", (EMAIL,)),
    ]  # fmt: skip
    version = of_the_package()[FORWARD].current
    assert (events[0].notice, events[0].digest, events[0].language, events[0].how) == (
        1,
        version.digest,
        "ja",
        "web",
    )


async def test_a_refusal_is_kept_and_ends_what_was_agreed_to() -> None:
    town = trust_town()
    await done(town, "trust.give", YES, RESIDENT_A)
    await done(town, "trust.refuse", {"purpose": FORWARD, "version": 1}, RESIDENT_A)
    assert await in_force(town, "a") == {}
    assert [one.state for one in (await kept(town)).events] == ["given", "refused"]


async def test_nobody_agrees_to_a_text_that_was_replaced_or_to_what_it_does_not_name() -> None:
    town = trust_town()
    assert await town.run("trust.give", {**YES, "version": 2}, RESIDENT_A) == Refused("conflict")
    wrong = await town.run("trust.give", {**YES, "items": ["ReportBook.sent"]}, RESIDENT_A)
    assert isinstance(wrong, Refused) and wrong.faults[0].field == "items"
    assert await town.run("trust.give", {**YES, "purpose": "reports.repair"}, RESIDENT_A) == Refused(
        "not_found"
    )
    assert await town.run("trust.give", YES) == Refused("not_allowed")
    assert await in_force(town, "a") == {}


async def test_everything_is_withdrawn_at_once_also_what_this_browser_agreed_to_before() -> None:
    town = trust_town()
    await done(town, "trust.give", YES, browser="phone")
    await done(town, "trust.give", YES, RESIDENT_A)
    await done(town, "trust.give", YES, RESIDENT_B)
    assert await in_force(town, "a", "b", "phone") == dict.fromkeys(("a", "b", "phone"), frozenset({EMAIL}))
    await done(town, "trust.withdraw_all", {}, RESIDENT_A, browser="phone")
    assert await in_force(town, "a", "b", "phone") == {"b": frozenset({EMAIL})}


async def test_what_runs_out_is_not_in_force_and_the_job_writes_it_down_and_tells() -> None:
    town = trust_town()
    await done(town, "trust.give", YES, RESIDENT_A)
    days = of_the_package()[FORWARD].current.valid_days
    town.clock.pass_s((days - 1) * 86_400)
    await done(town, "trust.renew", {"purpose": FORWARD}, RESIDENT_A)
    town.clock.pass_s(2 * 86_400)
    assert await in_force(town, "a") == {"a": frozenset({EMAIL})}, "it was renewed"
    town.clock.pass_s(days * 86_400)
    assert await in_force(town, "a") == {}, "before any job ran"
    await Jobs(town.engine).run_due()
    record = await kept(town)
    assert [one.state for one in record.events] == ["given", "given", "expired"]
    assert (record.events[-1].how, record.runs_out_at) == ("time", None)
    (letter,) = (await town.city(RESIDENT_A).find(Letter, Query(q=where(Letter, "to", "==", "a")))).items
    assert letter.heading.ja == "同意の期限が切れました"
    await Jobs(town.engine).run_due()
    assert len((await kept(town)).events) == 3


async def test_a_new_text_has_to_be_read_before_it_is_agreed_to() -> None:
    text = Words("文", "Text", "ぶん")
    items = {EMAIL: text}
    first = Version(1, "2026-01-01", text, text, text, items)
    second = Version(2, "2026-06-01", Words("新しい文", "New text", "あたらしい"), text, text, items)
    old, new = (Settings(notices=(Notice(FORWARD, versions),)) for versions in ((first,), (first, second)))
    town = trust_town(old)
    await done(town, "trust.give", YES, RESIDENT_A)
    assert (await kept(town)).runs_out_at is None, "this area sets no end"
    later = trust_town(new)
    later.store = town.store
    later.engine.entities = town.store.entities
    assert await later.run("trust.renew", {"purpose": FORWARD}, RESIDENT_A) == Refused("conflict")
    assert await later.run("trust.give", YES, RESIDENT_A) == Refused("conflict")
    await done(later, "trust.give", {**YES, "version": 2}, RESIDENT_A)
    assert [one.notice for one in (await kept(town)).events] == [1, 2]


async def test_a_text_that_changes_what_matters_ends_what_was_agreed_to_and_is_asked_again() -> None:
    text = Words("文", "Text", "ぶん")
    first = Version(1, "2026-01-01", text, text, text, {EMAIL: text})
    worded = msgspec.structs.replace(first, number=2)
    said = Words("渡す相手が増えました", "More recipients", "わたす あいてが ふえました")
    matters = msgspec.structs.replace(first, number=3, changes=said, material=True)
    towns = [
        trust_town(Settings(notices=(Notice(FORWARD, versions),)))
        for versions in ((first,), (first, worded), (first, worded, matters))
    ]
    for later in towns[1:]:
        later.store, later.engine.entities = towns[0].store, towns[0].store.entities
        texts = oldest_texts(later.engine.services, later.engine.settings)
        later.engine.consents = Consents(later.engine.entities, later.clock, texts)
    await done(towns[0], "trust.give", YES, RESIDENT_A)
    assert [await in_force(one, "a") for one in towns] == [{"a": frozenset({EMAIL})}] * 2 + [{}]
    state, event = (await kept(towns[0])).states(towns[0].clock.now(), 3)[EMAIL]
    assert (state, event.state) == ("expired", "given")
    assert await towns[2].run("trust.renew", {"purpose": FORWARD}, RESIDENT_A) == Refused("conflict")
    await done(towns[2], "trust.give", {**YES, "version": 3}, RESIDENT_A)
    assert await in_force(towns[2], "a") == {"a": frozenset({EMAIL})}


def changing_towns() -> list[Town]:
    """One town before and after its text changed in a way that matters."""
    first = of_the_package()[FORWARD].versions[0]
    said = Words("渡す相手が増えました", "More recipients", "わたす あいてが ふえました")
    later = msgspec.structs.replace(first, number=2, changes=said, material=True)
    before, after = (
        trust_town(Settings(notices=(Notice(FORWARD, versions),))) for versions in ((first,), (first, later))
    )
    after.store, after.engine.entities = before.store, before.store.entities
    return [before, after]


async def test_who_agreed_to_a_text_that_changed_is_told_once_what_changed_what_ended_and_where_to_decide() -> (
    None
):
    before, after = changing_towns()
    await done(before, "trust.give", {**YES, "items": [NAME, EMAIL]}, RESIDENT_A)
    await done(before, "trust.give", YES, RESIDENT_B)
    await done(before, "trust.withdraw", {"purpose": FORWARD}, RESIDENT_B)
    assert await Jobs(before.engine).run_due() == 0, "no text changed: nobody is looked at"
    for _ in range(2):
        assert await Jobs(after.engine).run_due() == 2
    event = (await kept(after)).events[-1]
    assert (event.state, set(event.items), event.how, event.notice) == ("expired", {NAME, EMAIL}, "text", 2)
    assert [one.state for one in (await kept(after, "b")).events] == ["given", "withdrawn"]
    mine = [Query(q=where(Letter, "to", "==", one)) for one in "ab"]
    (letter,) = (await after.city(RESIDENT_A).find(Letter, mine[0])).items
    assert not (await after.city(RESIDENT_B).find(Letter, mine[1])).items
    assert letter.link == f"my/consents/{FORWARD}"
    for language, words in (
        ("ja", ("渡す相手が増えました", "お名前、メールアドレス", "もう一度同意")),
        ("en", ("More recipients", "Name, E-mail address", "agree once more")),
        ("ja-easy", ("わたす あいてが ふえました", "なまえ、メール", "えらんで")),
    ):
        assert all(one in letter.body.say(language) for one in words), letter.body.say(language)


async def test_what_ran_out_before_its_text_changed_ran_out() -> None:
    before, after = changing_towns()
    await done(before, "trust.give", YES, RESIDENT_A)
    after.clock.pass_s(731 * 24 * 3600)
    await Jobs(after.engine).run_due()
    assert [(one.state, one.how) for one in (await kept(after)).events] == [
        ("given", "web"),
        ("expired", "time"),
    ]


def test_what_is_said_of_a_change_is_no_part_of_what_was_read() -> None:
    (notice,) = of_the_package().values()
    version, words = notice.current, Words("短くしました", "Shorter", "みじかく しました")
    assert version.digest == "6254d75cc22b61e4d6b392d50ffa9b4196540196068f9fcc7cf6c6604fffc577"
    assert msgspec.structs.replace(version, changes=words, material=True).digest == version.digest
    assert msgspec.structs.replace(version, title=words).digest != version.digest


async def test_who_is_too_young_does_not_agree_alone_but_says_no_and_withdraws_alone() -> None:
    town = trust_town(Settings(guardian_age=16))
    said = await town.run("trust.give", YES, RESIDENT_A)
    assert isinstance(said, Refused)
    assert [(one.field, one.code) for one in said.faults] == [("of_age", "under_age")]
    assert "16歳" in said.faults[0].words.ja and "保護者" in said.faults[0].words.ja
    await done(town, "trust.refuse", {"purpose": FORWARD, "version": 1}, RESIDENT_A)
    child = Person("a", "青木 葵", RESIDENT_A.roles, helper="b", mandate=frozenset({"trust.*"}))
    friend = msgspec.structs.replace(child, grounds=frozenset({"entrusted"}))
    assert await town.run("trust.give", YES, friend) == said, "a friend decides no more than they themselves"
    parent = msgspec.structs.replace(child, grounds=frozenset({"parent"}))
    await done(town, "trust.give", YES, parent)
    assert (await kept(town)).events[-1].ground == "parent"
    assert await town.run("trust.renew", {"purpose": FORWARD}, RESIDENT_A) == said
    await done(town, "trust.withdraw", {"purpose": FORWARD}, RESIDENT_A)
    await done(town, "trust.give", {**YES, "of_age": True}, RESIDENT_B)
    (event,) = (await kept(town, "b")).events
    assert (event.age, event.ground) == (16, "")
    await done(town, "trust.renew", {"purpose": FORWARD}, RESIDENT_B)


async def test_staff_write_down_a_paper_and_the_person_hears_of_it() -> None:
    town = trust_town()
    paper = {**YES, "holder": "a", "paper": "総務課 2026-17"}
    assert await town.run("trust.record", paper, RESIDENT_B) == Refused("not_allowed")
    await done(town, "trust.record", paper, CLERK)
    (event,) = (await kept(town)).events
    assert (event.how, event.by, event.paper) == ("counter", "c", "総務課 2026-17")
    (letter,) = (await town.city(RESIDENT_A).find(Letter, Query(q=where(Letter, "to", "==", "a")))).items
    assert letter.heading.ja == "窓口での同意を記録しました"
    await done(town, "trust.record", {**paper, "items": []}, CLERK)
    assert await in_force(town, "a") == {}


async def test_a_paper_of_nobody_is_refused_at_the_number_and_keeps_nothing() -> None:
    town = trust_town()
    await town.store.accounts.put(Account("a", "aoi", "青木 葵", ""))

    async def nothing_else(_ids: Sequence[str]) -> bool:
        return False

    pairwise = Pairwise(town.store.accounts, town.store.credentials, town.clock)
    numbers = Numbers(town.store.accounts, town.store.credentials, pairwise.note, nothing_else)
    town.engine.named = numbers.named
    paper = {**YES, "holder": "acc-of-nobody", "paper": "総務課 2026-18"}
    said = await town.run("trust.record", paper, CLERK)
    assert isinstance(said, Refused) and said.code == "invalid"
    (fault,) = said.faults
    assert (fault.field, fault.code) == ("holder", "nobody") and "本人の番号" in fault.words.ja
    assert await town.city(Person("acc-of-nobody")).get(Consent, consent_id("acc-of-nobody", FORWARD)) is None
    await town.store.accounts.put(Account("acc-0a1b2c3d", "ume", "梅", ""))
    await done(town, "trust.record", {**paper, "holder": "acc-0a1b 2c3d"}, CLERK)
    assert (await kept(town, "acc-0a1b2c3d")).events[0].how == "counter"
    await done(town, "trust.record", {**paper, "holder": " a "}, CLERK)
    assert (await kept(town)).events[0].how == "counter"


async def test_who_acts_for_somebody_is_named_in_the_record() -> None:
    town = trust_town()
    child = Person("a", "青木 葵", RESIDENT_A.roles, helper="b", mandate=frozenset({"trust.*"}))
    await done(town, "trust.give", YES, child)
    (event,) = (await kept(town)).events
    assert (event.how, event.by) == ("helper", "b")
    assert await in_force(town, "a", "b") == {"a": frozenset({EMAIL})}


async def test_only_the_person_reads_their_record() -> None:
    town = trust_town()
    await done(town, "trust.give", YES, RESIDENT_A)
    for other in (RESIDENT_B, CLERK):
        assert await town.city(other).get(Consent, consent_id("a", FORWARD)) is None


def test_the_states_of_a_record_follow_from_its_events_alone() -> None:
    record = Consent("x", "a", FORWARD)
    for event in (
        Event(Instant(1), "given", (NAME, EMAIL), until=Instant(10)),
        Event(Instant(2), "refused", (PHONE,)),
        Event(Instant(3), "withdrawn", (NAME,)),
    ):
        record = record.told(event)
    assert record.runs_out_at == 10
    assert {item: state for item, (state, _) in record.states(Instant(9)).items()} == {
        NAME: "withdrawn", EMAIL: "given", PHONE: "refused",
    }  # fmt: skip
    assert record.in_force(Instant(10)) == frozenset()
    assert record.told(Event(Instant(11), "given", (NAME,), until=Instant(11 + DAY_US))).in_force(
        Instant(12)
    ) == {NAME}
