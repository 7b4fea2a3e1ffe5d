"""A mail server that others wrote (aiosmtpd), on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from queue import SimpleQueue
from threading import Event
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from node_under_test import free_port
from waiting import LONG_S


class Inbox:
    """What a mail server took in; `answers` are what it says of the next recipients, else it takes them."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.answers: list[str] = []
        self.came: SimpleQueue[str] = SimpleQueue()
        """The subjects, for those who wait for them."""
        self.held = Event()
        """While it is clear, the server says nothing of a mail that it has."""
        self.held.set()

    async def take_address(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or say what the test wants."""
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def take_mail(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = cast("EmailMessage", message_from_bytes(content, policy=default))
        self.mails.append((envelope.rcpt_tos[0], parsed))
        self.came.put(str(parsed["Subject"]))
        await asyncio.to_thread(self.held.wait, LONG_S)
        return "250 taken"


# as aiosmtpd calls what it hands mails to
Inbox.handle_RCPT = Inbox.take_address
Inbox.handle_DATA = Inbox.take_mail


@contextmanager
def mail_server() -> Iterator[tuple[str, Inbox]]:
    """The server at work: its address, and what it took in."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}", inbox
    controller.stop()
