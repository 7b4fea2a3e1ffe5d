"""Messages arrive at a push service and a mail server that others wrote, once each, and what is gone is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import msgspec
import pytest
from mail_server import Inbox, mail_server
from pushed import PushService, push_service

from kaiteki.kit.channels.kept import (
    KEPT_DAYS,
    ContactPoint,
    DeliveryCount,
    MessageDelivery,
    PushSubscription,
)
from kaiteki.kit.channels.mail import Postmark
from kaiteki.kit.channels.mailing import Mailing
from kaiteki.kit.channels.push import Sender
from kaiteki.kit.channels.pushing import Pushing
from kaiteki.kit.channels.rules import Answer, Browser, Contact, Wishes
from kaiteki.kit.channels.sending import AGAIN_FIRST_S, ATTEMPTS_MAX, Sending
from kaiteki.kit.channels.stopping import stop_mark, stopped_by
from kaiteki.kit.channels.taking import TakingOver
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.views import expand_name, read, type_name
from kaiteki.main.clock import SystemClock
from kaiteki.main.mailing import SmtpMailer
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.access import Person
from kaiteki.model.decision import Accepted, Message, Refused
from kaiteki.model.instant import Instant
from kaiteki.model.query import Query, TypeIs
from kaiteki.model.words import Words
from town import RESIDENT_A, RESIDENT_B, Town

V = TypeVar("V", bound=msgspec.Struct)
SECRET = b"a secret of thirty-two bytes ....."
CITY = Words("見本市", "Sample City", "みほんし")
TITLE = Words("請求が進みました", "Your request moved on", "すすみました")
BODY = Words("山田花子さんの請求です。", "It is the request of Hanako Yamada.", "はなこさんの ものです。")


class Hall:
    """A town whose messages go out: push and mail."""

    def __init__(self, smtp: str) -> None:
        self.town, self.sender = Town(), Sender(SECRET, "mailto:it@city.example")
        self.town.engine.channels = frozenset({"mail"})
        self.client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
        marks = {"demo": Postmark("oshirase@city.example", CITY, "https://city.example")}
        names = {"kit": Words("市から", "City", "市（し）から")}
        carriers = {
            "push": Pushing(self.client, lambda: self.sender, names, SystemClock()),
            "mail": Mailing(SmtpMailer(smtp), marks, names, SystemClock(), SECRET),
        }
        self.sending = Sending(self.town.engine, carriers, self.town.engine.consents.opened)
        self.taking = self.new_taking()

    def new_taking(self) -> TakingOver:
        """One that begins where the cursor stands, as after a restart."""
        consents = self.town.engine.consents
        return TakingOver(
            self.town.engine, self.town.store.events, consents.known, consents.opened, self.sending.wake
        )

    async def tell(self, to: str = "a", **more: object) -> None:
        """Send a word to somebody."""
        message = Message(to, TITLE, BODY, **more)  # pyright: ignore[reportArgumentType] - fields of a message
        await self.town.city().tell("kit.test", message)

    async def pass_on(self) -> int:
        """Plan and send what is there."""
        while await self.taking.step():
            continue
        return await self.sending.send_due()

    async def kept(self, view: type[V]) -> list[V]:
        """Everything that is kept of a type."""
        wanted = Query(types=TypeIs(expand_name(type_name(view))), limit=1000)
        rows = (await self.town.store.entities.find("demo", wanted)).rows
        return [read(view, row.entity()) for row in rows]

    async def register(self, service: PushService, person: Person = RESIDENT_A) -> Browser:
        """Let somebody subscribe a browser."""
        browser = service.browser(self.sender.public_key)
        assert isinstance(await self.town.run("kit.subscribe_push", browser, person), Accepted)
        return browser


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as one:
        yield one


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Inbox]]:
    with mail_server() as one:
        yield one


@pytest.fixture
async def hall(server: tuple[str, Inbox]) -> AsyncIterator[Hall]:
    server[1].mails.clear()
    server[1].answers.clear()
    one = Hall(server[0])
    yield one
    await one.client.close()


async def confirmed(hall: Hall, inbox: Inbox) -> str:
    """An address of mail that its owner confirmed; its id."""
    said = await hall.town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A)
    assert isinstance(said, Accepted)
    await hall.pass_on()
    ((to, mail),) = inbox.mails
    assert to == "aoi@example.jp"
    code = str(mail["Subject"]).split()[-1]
    answered = await hall.town.run("kit.confirm_contact", Answer(str(said.answer["id"]), code), RESIDENT_A)
    assert isinstance(answered, Accepted)
    assert answered.answer["confirmed"] is True
    inbox.mails.clear()
    return str(said.answer["id"])


async def test_a_push_arrives_once_and_says_nothing_of_the_person(hall: Hall, service: PushService) -> None:
    mine, other = await hall.register(service), await hall.register(service, RESIDENT_B)
    await hall.tell(link="my/requests/D-2026-00001")
    assert await hall.pass_on() == 1
    (pushed,) = service.read_by(mine)
    assert {name: pushed[name] for name in ("title", "body", "lang")} == {
        "title": "市から", "body": "新しいお知らせがあります。", "lang": "ja"
    }  # fmt: skip
    assert pushed["open"].startswith("/demo/my/letters/")
    assert "D-2026" not in str(pushed)
    assert await hall.pass_on() == 0
    hall.taking = hall.new_taking()
    assert await hall.pass_on() == 0
    assert len(service.read_by(mine)) == 1
    # nobody reads what nobody sent: the other one has no notifications at all
    assert [one.holder for one in await hall.kept(MessageDelivery)] == ["a"]
    assert other.endpoint != mine.endpoint


async def test_words_for_a_locked_screen_take_the_place_of_earlier_ones(
    hall: Hall, service: PushService
) -> None:
    mine = await hall.register(service)
    for ahead in (5, 1):
        glance = Words(f"あと{ahead}人です", f"{ahead} before you", f"あと {ahead}人（にん）")
        await hall.tell(glance=glance, instead_of="ticket", urgent=True)
        await hall.pass_on()
    first, second = service.read_by(mine)
    assert [first["body"], second["body"]] == ["あと5人です", "あと1人です"]
    assert first["tag"] == second["tag"] == "ticket"


async def test_a_browser_that_is_gone_is_forgotten(hall: Hall, service: PushService) -> None:
    mine = await hall.register(service)
    service.expire(mine)
    await hall.tell()
    await hall.pass_on()
    assert await hall.kept(PushSubscription) == []
    (count,) = await hall.kept(DeliveryCount)
    assert (count.channel, count.service, count.gone, count.taken) == ("push", "kit", 1, 0)
    await hall.tell()
    assert await hall.pass_on() == 0


async def test_mail_goes_to_who_confirmed_the_address(hall: Hall, server: tuple[str, Inbox]) -> None:
    inbox = server[1]
    said = await hall.town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A)
    assert isinstance(said, Accepted)
    await hall.tell()
    await hall.pass_on()
    assert [str(mail["Subject"])[:4] for _, mail in inbox.mails] == ["確認番号"]
    inbox.mails.clear()
    hall.town.clock.pass_s(3600)
    contact = await confirmed(hall, inbox)
    await hall.tell()
    await hall.pass_on()
    ((to, mail),) = inbox.mails
    assert (to, mail["Subject"], mail["From"], mail["Auto-Submitted"]) == (
        "aoi@example.jp", TITLE.ja, "見本市 <oshirase@city.example>", "auto-generated"
    )  # fmt: skip
    text = mail.get_content()
    assert BODY.ja in text
    stop = str(mail["List-Unsubscribe"]).strip("<>")
    assert stop in text
    assert stopped_by(SECRET, stop.rpartition("/")[2]) == contact
    assert stopped_by(SECRET, stop.rpartition("/")[2] + "0") == ""
    assert stopped_by(b"another", stop_mark(SECRET, contact)) == ""


async def test_a_server_that_is_busy_is_asked_again_and_one_that_knows_nobody_is_believed(
    hall: Hall, server: tuple[str, Inbox]
) -> None:
    inbox = server[1]
    await confirmed(hall, inbox)
    await hall.tell()
    inbox.answers.append("451 4.3.0 later")
    await hall.pass_on()
    (waiting,) = [one for one in await hall.kept(MessageDelivery) if one.what == "letter"]
    assert (waiting.state, waiting.attempts, waiting.error) == ("waiting", 1, "SMTP 451 4.3.0 later")
    assert await hall.pass_on() == 0
    hall.town.clock.pass_s(AGAIN_FIRST_S)
    await hall.pass_on()
    assert len(inbox.mails) == 1
    await hall.tell()
    inbox.answers.append("550 5.1.1 no such user")
    await hall.pass_on()
    assert await hall.kept(ContactPoint) == []


async def test_what_is_never_taken_fails_in_the_end(hall: Hall, service: PushService) -> None:
    mine = await hall.register(service)
    # the address of a machine that nobody listens on
    nowhere = msgspec.structs.replace(mine, endpoint="http://127.0.0.1:9/notify/1")
    await hall.town.run("kit.subscribe_push", nowhere, RESIDENT_B)
    await hall.tell("b")
    for _ in range(ATTEMPTS_MAX):
        await hall.pass_on()
        hall.town.clock.pass_s(6 * 3600)
    (failed,) = await hall.kept(MessageDelivery)
    assert (failed.state, failed.attempts) == ("failed", ATTEMPTS_MAX)
    assert await hall.pass_on() == 0


async def test_what_was_sent_is_forgotten_in_the_end(hall: Hall, service: PushService) -> None:
    await hall.register(service)
    await hall.tell()
    await hall.pass_on()
    jobs = Jobs(hall.town.engine)
    hall.town.clock.pass_s(KEPT_DAYS * 86_400 - 1)
    await jobs.run_due()
    assert len(await hall.kept(MessageDelivery)) == 1
    hall.town.clock.pass_s(3600)
    await jobs.run_due()
    assert await hall.kept(MessageDelivery) == []


async def test_what_was_read_or_is_over_is_not_sent(hall: Hall, service: PushService) -> None:
    mine = await hall.register(service)
    wishes = Wishes(quiet_from="00:00", quiet_to="23:59")
    assert isinstance(await hall.town.run("kit.wish", wishes, RESIDENT_A), Accepted)
    await hall.tell(until=Instant(hall.town.clock.now() + 10**15))
    assert await hall.pass_on() == 0
    (waiting,) = await hall.kept(MessageDelivery)
    assert waiting.due_at > hall.town.clock.now()
    hall.town.clock.pass_s(2 * 10**9)
    assert await hall.pass_on() == 1
    assert [one.state for one in await hall.kept(MessageDelivery)] == ["over"]
    assert hall.town.store is not None and service.read_by(mine) == []


async def test_a_channel_that_the_node_has_not_is_refused_by_the_name_of_its_field(hall: Hall) -> None:
    said = await hall.town.run("kit.add_contact", Contact("sms", "+819012345678"), RESIDENT_A)
    assert isinstance(said, Refused)
    assert [(one.field, one.code) for one in said.faults] == [("channel", "not_here")]
    assert await hall.kept(ContactPoint) == await hall.kept(MessageDelivery) == []


async def test_a_code_is_good_for_five_answers_and_half_an_hour(hall: Hall) -> None:
    town = hall.town
    said = await town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A)
    assert isinstance(said, Accepted)
    contact = str(said.answer["id"])
    assert await town.run("kit.confirm_contact", Answer(contact, "0"), RESIDENT_B) == Refused("not_found")
    for left in (4, 3, 2, 1, 0):
        wrong = await town.run("kit.confirm_contact", Answer(contact, "999999"), RESIDENT_A)
        assert isinstance(wrong, Accepted)
        assert wrong.answer["left"] == left
    (point,) = await hall.kept(ContactPoint)
    assert point.code == ""
    refused = await town.run("kit.confirm_contact", Answer(contact, "000001"), RESIDENT_A)
    assert isinstance(refused, Refused)
    for _ in range(4):
        await town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A)
    assert await town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A) == Refused(
        "too_many"
    )
    town.clock.pass_s(3600)
    assert isinstance(
        await town.run("kit.add_contact", Contact("mail", "aoi@example.jp"), RESIDENT_A), Accepted
    )
    (point,) = await hall.kept(ContactPoint)
    town.clock.pass_s(1800)
    late = await town.run("kit.confirm_contact", Answer(contact, point.code), RESIDENT_A)
    assert isinstance(late, Refused)
    assert late.faults[0].code == "expired"
