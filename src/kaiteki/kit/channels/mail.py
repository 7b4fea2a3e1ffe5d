"""A delivery as e-mail: one message (RFC 5322, MIME) of plain text that any program shows, made for one reader in one language.

The Message-ID follows from the delivery, so whoever gets it twice can tell; `Auto-Submitted` keeps robots from answering (RFC 3834); one
click takes the address out (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

import msgspec

from kaiteki.kit.channels.carrying import Errand
from kaiteki.kit.channels.pushing import address_of
from kaiteki.kit.messages import Letter, service_of
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

ADDRESS_LENGTH_MAX: Final = 254
"""RFC 5321, 4.5.3.1.3 (a path of 256 has two brackets)."""
LOCAL_PART_LENGTH_MAX: Final = 64
SUBJECT_LENGTH_MAX: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DIGEST: Final = Words("お知らせ {n}件", "{n} {n|message|messages}", "お知（し）らせ {n}つ")
_MORE: Final = Words(
    "ほかにもお知らせがあります。マイページで読めます。",
    "There are more messages: read them on your page.",
    "ほかにも お知（し）らせが あります。マイページで 読（よ）めます。",
)
_READ: Final = Words("くわしくはこちら", "Read more", "くわしい こと")
_STOP: Final = Words(
    "このメールは、{city}のお知らせをメールで受け取ると登録した方に送っています。止めるには、次のページを開いてください。",
    "You get this mail because you asked {city} to send messages to this address. To stop it, open this page:",
    "この メールは、{city}の お知（し）らせを メールで もらう 人（ひと）に おくって います。やめる ときは、下（した）の ページを ひらいて ください。",
)


_CODE_SUBJECT: Final = Words("確認番号 {code}", "Your code: {code}", "ばんごう {code}")
_CODE_TEXT: Final = Words(
    "{city}のお知らせをこのメールアドレスで受け取るための確認番号は {code} です。30分のあいだ使えます。心当たりがないときは、何もしなくてかまいません。お知らせは届きません。",
    "The code to get messages of {city} at this address is {code}. It is good for 30 minutes. If you did not ask for it, do nothing: no messages will come.",
    "この メールアドレスで {city}の お知（し）らせを もらう ための ばんごうは {code} です。30分（ぷん） つかえます。わからない ときは、なにも しなくて いいです。",
)


class Postmark(msgspec.Struct, frozen=True):
    """Who sends mail for an area: the address it comes from, what the area is called, and where its pages stand (`https://…`, no slash)."""

    sender: str
    city: Words
    base_url: str


class Envelope(msgspec.Struct, frozen=True):
    """Which mail goes to whom: its id, the address, the language, when it was made, where one click stops it."""

    id: str
    to: str
    language: str
    at: Instant
    stop_path: str


def is_mail_address(text: str) -> bool:
    """Whether a text can be an address of mail: one local part and a domain with a dot, as RFC 5321 limits them, in ASCII."""
    local, _, domain = text.rpartition("@")
    if not local or "." not in domain or not text.isascii() or len(text) > ADDRESS_LENGTH_MAX:
        return False
    try:
        parsed = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    labels = parsed.domain.split(".")
    whole = all(one and len(one) <= 63 and one.strip("-") == one for one in labels)
    return whole and parsed.addr_spec == text and len(local) <= LOCAL_PART_LENGTH_MAX and text.isprintable()


def mail_of(errand: Errand, envelope: Envelope, postmark: Postmark, names: Mapping[str, Words]) -> bytes:
    """The mail of one letter, or of a digest of several, ready for SMTP."""

    def say(words: Words) -> str:
        return words.say(envelope.language)

    letters, more, area = errand.letters, errand.delivery.more, errand.area
    one_alone = len(letters) == 1 and not more
    subject = say(letters[0].heading) if one_alone else _DIGEST.fill(envelope.language, n=len(letters))
    parts = [
        _part(one, say, f"{postmark.base_url}{address_of(area, one)}", names, not one_alone)
        for one in letters
    ]
    stop, city = f"{postmark.base_url}{envelope.stop_path}", say(postmark.city)
    foot = f"-- \n{city}\n{_STOP.fill(envelope.language, city=city)}\n{stop}"
    return composed(subject, [*parts, *([say(_MORE)] if more else []), foot], envelope, postmark, stop)


def code_mail(code: str, envelope: Envelope, postmark: Postmark) -> bytes:
    """The mail that brings the code by which an address is confirmed. Who did not ask for it need do nothing."""
    city = postmark.city.say(envelope.language)
    subject = _CODE_SUBJECT.fill(envelope.language, code=code)
    return composed(subject, [_CODE_TEXT.fill(envelope.language, code=code, city=city)], envelope, postmark)


def composed(
    subject: str, parts: Sequence[str], envelope: Envelope, postmark: Postmark, stop: str = ""
) -> bytes:
    """A mail with a subject and paragraphs. No line break of a subject gets into a header."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(postmark.city.say(envelope.language), addr_spec=postmark.sender)
    mail["To"] = Address(addr_spec=envelope.to)
    mail["Subject"] = " ".join(subject.split())[:SUBJECT_LENGTH_MAX]
    mail["Date"] = format_datetime(_EPOCH + timedelta(microseconds=envelope.at))
    mail["Message-ID"] = f"<{envelope.id.rpartition(':')[2]}@{postmark.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "en" if envelope.language == "en" else "ja"
    if stop:
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n\n".join(parts) + "\n", charset="utf-8", cte="base64")
    return mail.as_bytes()


def _part(
    letter: Letter, say: Callable[[Words], str], address: str, names: Mapping[str, Words], is_headed: bool
) -> str:
    """One letter as paragraphs: its heading where it is one of several, what it says, where more is read."""
    service = names.get(service_of(letter))
    heading = (
        [f"■ {say(letter.heading)}" + (f"（{say(service)}）" if service is not None else "")]
        if is_headed
        else []
    )
    return "\n".join([*heading, say(letter.body), "", f"{say(_READ)}: {address}"])
