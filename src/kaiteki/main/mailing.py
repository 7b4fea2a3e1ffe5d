"""Mail through the server that the operator names: `smtp://` (in clear, for one on the same machine), `smtp+starttls://`, `smtps://`.

The library is that of Python, in a thread of its own for each mail; a few at a time. A certificate that does not hold is a server that is not
reached. A name and a password stand in the address, as percent-encoded text.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from kaiteki.ports.mailer import MailAnswer
from kaiteki.ports.outgoing import Unreachable

PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
TIMEOUT_S: Final = 20.0
AT_ONCE_MAX: Final = 4
"""Mails that are handed over at the same time: what common servers let one sender do."""
WORDS_LENGTH_MAX: Final = 200


class SmtpMailer:
    """Hands mail to a server. Raises ValueError for an address that names none."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        if self._parts.scheme not in PORTS or not self._parts.hostname:
            raise ValueError(f"a mail server is named as {', '.join(f'{one}://host' for one in PORTS)}")
        self._slots = asyncio.Semaphore(AT_ONCE_MAX)

    async def send(self, sender: str, to: str, message: bytes) -> MailAnswer:
        """Hand over a mail. Raises Unreachable."""
        async with self._slots:
            return await asyncio.to_thread(_handed, self._parts, sender, to, message)


def _handed(parts: SplitResult, sender: str, to: str, message: bytes) -> MailAnswer:
    try:
        with _connected(parts) as server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.sendmail(sender, [to], message)
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = next(iter(refused.recipients.values()))
        return MailAnswer(code, _text(words))
    except smtplib.SMTPAuthenticationError as refused:
        raise Unreachable(f"{parts.hostname} does not let us in ({refused.smtp_code})") from None
    except smtplib.SMTPResponseException as refused:
        return MailAnswer(refused.smtp_code, _text(refused.smtp_error))
    except (OSError, smtplib.SMTPException) as away:
        raise Unreachable(f"{parts.hostname} cannot be reached: {type(away).__name__}") from None
    return MailAnswer(250)


def _connected(parts: SplitResult) -> smtplib.SMTP:
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    return smtplib.SMTP(host, port, timeout=TIMEOUT_S)


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())[:WORDS_LENGTH_MAX]
