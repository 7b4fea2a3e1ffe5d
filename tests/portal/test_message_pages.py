"""The page on which people choose how messages reach them, over a node and a mail server at work."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from mail_server import Inbox, mail_server

from kaiteki.main.node import Node, open_node
from kaiteki.main.settings import Settings
from reader import TOKEN, Reader
from waiting import LONG_S

PASSWORD = "a long enough password"
PAGE = "/demo/my/messages"


class Post:
    """A node that sends mail, and what arrived."""

    def __init__(self, node: Node, inbox: Inbox) -> None:
        self.node, self.inbox = node, inbox

    async def reader(self, login: str) -> Reader:
        """Somebody who signed in."""
        one = Reader(self.node.site.built())  # pyright: ignore
        await one.sign_in(login, PASSWORD)
        return one

    async def arrived(self) -> str:
        """The subject of the next mail, when it has come."""
        return await asyncio.to_thread(self.inbox.came.get, timeout=LONG_S)


@pytest.fixture
async def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    with mail_server() as (url, inbox):
        monkeypatch.setenv("KAITEKI_MAIL_SERVER", url)
        monkeypatch.setenv("KAITEKI_MAIL_FROM", "oshirase@city.example")
        async with open_node(Settings(data=tmp_path / "data", cities=("demo",))) as node:
            for login in ("aoi", "fumi"):
                await node.joined.identity.register(login, login, PASSWORD)
            yield Post(node, inbox)


async def test_an_address_is_confirmed_tried_read_and_stopped(post: Post) -> None:
    aoi = await post.reader("aoi")
    assert "みほんし" not in (await aoi.get(PAGE)).text
    asked = await aoi.post(
        PAGE, {"do": "add", "channel": "mail", "address": "aoi@example.jp", "language": "ja"}
    )
    assert asked.status == 303
    subject = await post.arrived()
    contact = re.search(r'name="id" value="(urn:ngsi-ld:ContactPoint:\w+)"', (await aoi.get(PAGE)).text)
    assert contact is not None
    wrong = await aoi.post(PAGE, {"do": "confirm", "id": contact[1], "code": "x"})
    assert wrong.status == 422 and "あと4回" in wrong.text
    code = "　".join(subject.split()[-1]).translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert (await aoi.post(PAGE, {"do": "confirm", "id": contact[1], "code": code})).status == 303
    fumi = await post.reader("fumi")
    assert "aoi@example.jp" not in (await fumi.get(PAGE)).text
    assert (await fumi.post(PAGE, {"do": "drop", "id": contact[1]})).status == 404
    assert (await aoi.post(PAGE, {"do": "test"})).status == 303
    assert await post.arrived() == "お知らせのテスト"
    mail = post.inbox.mails[1][1]
    opened = re.search(r"/demo/my/letters/\w+", mail.get_content())
    assert opened is not None
    assert (await fumi.get(opened[0])).status == 404
    assert ">未読<" in (await aoi.get("/demo/my")).text
    assert ">未読<" not in (await aoi.get("/demo/my")).text
    assert "ご自身で送った" in (await aoi.get(opened[0])).text
    stop = "/demo/" + str(mail["List-Unsubscribe"]).strip("<>").partition("/demo/")[2]
    program = Reader(post.node.site.built())  # pyright: ignore
    assert (await program.get(stop)).status == 200
    assert (await program.post(stop, {"List-Unsubscribe": "Something"}, token="none")).status == 403
    assert (await program.post(f"{stop}0", {"List-Unsubscribe": "One-Click"}, token="none")).status == 404
    assert "aoi@example.jp" in (await aoi.get(PAGE)).text
    assert (await program.post(stop, {"List-Unsubscribe": "One-Click"}, token="none")).status == 200
    assert "aoi@example.jp" not in (await aoi.get(PAGE)).text


async def test_wishes_come_back_as_they_were_said(post: Post) -> None:
    aoi = await post.reader("aoi")
    said = {
        "do": "wish",
        "post": "kit",
        "digest": "weekly",
        "is_quiet": "yes",
        "quiet_from": "22:15",
        "quiet_to": "06:30",
    }
    token = TOKEN.search((await aoi.get(PAGE)).text)
    assert token is not None
    body = urlencode([("csrf", token[1]), ("push", "reports"), ("push", "kit"), *said.items()]).encode()
    assert (await aoi.send(PAGE, body, "application/x-www-form-urlencoded")).status == 303
    bad = await aoi.post(PAGE, {**said, "quiet_from": "25:00"})
    assert bad.status == 422
    await aoi.post(PAGE, {"do": "add", "channel": "mail", "address": "aoi@example.jp", "language": "ja"})
    page = (await aoi.get(PAGE)).text
    assert 'value="22:15"' in page and 'value="06:30"' in page
    ticked = set(re.findall(r'name="(\w+)" value="(\w+)" checked', page))
    assert ticked >= {("push", "reports"), ("push", "kit"), ("post", "kit"), ("digest", "weekly")}
    assert ("post", "reports") not in ticked and ("push", "maps") not in ticked


async def test_what_is_no_address_is_refused_at_its_field(post: Post) -> None:
    aoi = await post.reader("aoi")
    for address in (
        "aoi",
        "aoi@",
        "@example.jp",
        "aoi@example",
        "a b@example.jp",
        "aoi@example.jp\r\nBcc: x@example.jp",
        "葵@example.jp",
    ):
        refused = await aoi.post(PAGE, {"do": "add", "channel": "mail", "address": address, "language": "ja"})
        assert refused.status == 422 and 'id="address-error"' in refused.text, address
    inside = {
        "do": "subscribe",
        "endpoint": "http://127.0.0.1:9/x",
        "p256dh": "A",
        "auth": "A",
        "language": "ja",
    }
    assert (await aoi.post(PAGE, inside)).status == 422
    assert post.inbox.mails == []
