"""A gateway gets a short text that says nothing of the person, signed so that it can tell who sent it; its answers are believed."""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from kaiteki.kit.channels.carrying import Errand, Outcome, outcome_of
from kaiteki.kit.channels.gateway import Gateway
from kaiteki.kit.channels.kept import ContactPoint, MessageDelivery
from kaiteki.kit.channels.mail import Postmark
from kaiteki.kit.messages import Letter
from kaiteki.main.clock import SystemClock
from kaiteki.main.outgoing import GuardedClient
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

KEY = b"k" * 32
NOW = Instant(1_795_305_600_000_000)
CITY = Words("見本市", "Sample City", "みほんし")
LETTER = Letter(
    "urn:ngsi-ld:Message:01M8",
    "a",
    Words("請求が進みました", "Moved"),
    Words("花子さんの請求", "Hanako"),
    NOW,
    "trust.decide",
)
PHONE = ContactPoint("urn:c", "a", "sms", "+819012345678", "ja", NOW, confirmed_at=NOW, code="123456")


class Provider(BaseHTTPRequestHandler):
    """Takes texts; answers what the test wants."""

    answer: ClassVar[tuple[int, str]] = (200, "")
    taken: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def take(self) -> None:
        """Keep a request and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status, after = self.answer
        self.send_response(status)
        if after:
            self.send_header("Retry-After", after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


Provider.do_POST = Provider.take


@contextmanager
def provider() -> Iterator[str]:
    """The gateway at work."""
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        Provider.taken.clear()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/send"
        server.shutdown()
        thread.join()


async def carry(answer: tuple[int, str], what: str = "letter") -> Outcome:
    """Let a delivery be carried by a gateway that answers so."""
    Provider.answer = answer
    client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
    with provider() as url:
        gateway = Gateway(
            client,
            (url, KEY),
            {"demo": Postmark("", CITY, "https://city.example")},
            {"trust": Words("個人情報・同意", "Personal data")},
            SystemClock(),
        )
        delivery = MessageDelivery(
            "urn:ngsi-ld:MessageDelivery:1", "a", "sms", "waiting", NOW, "urn:c", (LETTER.id,), what=what
        )  # pyright: ignore[reportArgumentType] - one of the kinds
        try:
            return await gateway.carry(
                Errand("demo", delivery, (LETTER,) if what == "letter" else (), PHONE, NOW)
            )
        finally:
            await client.close()


async def test_a_text_is_signed_and_says_nothing_of_the_person() -> None:
    assert await carry((202, "")) == Outcome("taken")
    ((headers, body),) = Provider.taken
    assert json.loads(body) == {
        "id": "urn:ngsi-ld:MessageDelivery:1",
        "channel": "sms",
        "to": "+819012345678",
        "text": "見本市 個人情報・同意: 新しいお知らせがあります。 https://city.example/demo/my/letters/01M8",
        "language": "ja",
    }
    assert headers["idempotency-key"] == "urn:ngsi-ld:MessageDelivery:1"
    moment, signature = (part.partition("=")[2] for part in headers["kaiteki-signature"].split(","))
    assert signature == hmac.digest(KEY, moment.encode() + b"." + body, "sha256").hex()


async def test_a_code_is_told_as_it_is() -> None:
    assert await carry((200, ""), "code") == Outcome("taken")
    assert json.loads(Provider.taken[0][1])["text"] == "見本市 確認番号 123456"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((410, ""), Outcome("gone", "HTTP 410")),
        ((429, "90"), Outcome("later", "HTTP 429", 90)),
        ((503, "soon"), Outcome("later", "HTTP 503", 0)),
        ((400, ""), Outcome("failed", "HTTP 400")),
    ],
)
async def test_what_a_gateway_says_is_believed(answer: tuple[int, str], outcome: Outcome) -> None:
    assert await carry(answer) == outcome


async def test_a_gateway_that_is_away_is_asked_again() -> None:
    client = GuardedClient(receivers={"demo": frozenset({"127.0.0.1"})})
    gateway = Gateway(
        client, ("http://127.0.0.1:9/send", KEY), {"demo": Postmark("", CITY, "")}, {}, SystemClock()
    )
    delivery = MessageDelivery("urn:d", "a", "sms", "waiting", NOW, "urn:c", (LETTER.id,))
    said = await gateway.carry(Errand("demo", delivery, (LETTER,), PHONE, NOW))
    await client.close()
    assert said.end == "later"


def test_every_status_has_an_end() -> None:
    ends = {status: outcome_of(status).end for status in range(100, 600)}
    assert {status for status, end in ends.items() if end == "taken"} == set(range(200, 300))
    assert {status for status, end in ends.items() if end == "gone"} == {404, 410}
    assert {status for status, end in ends.items() if end == "later"} == {408, 425, 429, *range(500, 600)}
