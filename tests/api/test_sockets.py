"""WebSockets: what is sent in parts arrives as messages; who is slow, leaves or comes from elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from kaiteki.api.exchange import Reply
from kaiteki.api.sockets import check_origin, flow_by_socket
from kaiteki.model.problem import Problem
from waiting import LONG_S


class Client:
    """The other end of a WebSocket. One that is `stuck` takes nothing; one that `leaves` says so at once."""

    def __init__(self, stuck: bool = False, leaves: bool = False) -> None:
        self.stuck, self.leaves = stuck, leaves
        self.messages: list[str] = []
        self.closed: list[int | None] = []

    async def accept(self) -> Client:
        return self

    def close(self, status: int | None = None) -> None:
        self.closed.append(status)

    async def receive(self) -> Any:
        if not self.leaves:
            await asyncio.Event().wait()
        return SimpleNamespace(kind=0)

    async def send_str(self, data: str) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        self.messages.append(data)


class Parts:
    """An answer in parts; whether it was ended."""

    def __init__(self, count: int) -> None:
        self.count, self.ended = count, False

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for number in range(self.count):
                yield b"%d" % number
                await asyncio.sleep(0)
        finally:
            self.ended = True


@pytest.mark.parametrize(
    ("client", "messages"),
    [
        (Client(), ["0", "1", "2", '{"ended":true}']),
        (Client(stuck=True), []),
    ],
)
async def test_parts_are_messages_for_who_takes_them(client: Client, messages: list[str]) -> None:
    parts = Parts(3)
    async with asyncio.timeout(LONG_S):
        await flow_by_socket(Reply(200, [], parts=parts()), client, 0.05)
    assert (client.messages, client.closed, parts.ended) == (messages, [None], True)


async def test_who_leaves_ends_the_answer() -> None:
    client, parts = Client(leaves=True), Parts(1_000_000)
    async with asyncio.timeout(LONG_S):
        await flow_by_socket(Reply(200, [], parts=parts()), client)
    assert len(client.messages) < 10 and parts.ended


async def test_an_answer_without_parts_refuses_the_socket() -> None:
    for status, closed in ((429, 429), (200, 400)):
        client = Client()
        await flow_by_socket(Reply(status, []), client)
        assert client.closed == [closed]


def test_cookies_do_not_speak_for_pages_of_other_origins() -> None:
    own = {"host": "city.example", "cookie": "a=1"}
    check_origin({**own, "origin": "https://city.example"})
    check_origin(own)
    check_origin({"host": "city.example", "origin": "https://other.example", "authorization": "Bearer x"})
    with pytest.raises(Problem, match="origin"):
        check_origin({**own, "origin": "https://other.example"})
