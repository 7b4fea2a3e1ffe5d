"""The outbox: words to people, kept as entities with the decision that caused them; the inbox of my page reads them."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from kaiteki.kit.grounds import WHOSE
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import As, fresh_id
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import Asked, Message
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words


class Letter(msgspec.Struct, frozen=True):
    """A kept message. `to` is an account id or a follow address; `read_at` is None until the person opened it; `about` is the id of the
    entity that it tells of. `urgent`, `until`, `instead_of` and `glance` are those of `model.decision.Message`."""

    id: str
    to: str
    heading: Words
    body: Words
    sent_at: Instant
    cause: str = ""
    link: str = ""
    about: str = ""
    read_at: Annotated[Instant | None, As()] = None
    urgent: bool = False
    until: Annotated[Instant | None, As()] = None
    instead_of: str = ""
    glance: Words | None = None


LETTERS: Final = EntityType(
    name="Message",
    view=Letter,
    words=Words("お知らせ", "Messages", "お知（し）らせ"),
    title="heading",
    columns=("sent_at", "to", "heading"),
    labels={
        "to": Words("あて先", "To", "だれに"),
        "heading": Words("件名", "Subject", "なにについて"),
        "body": Words("本文", "Text", "ないよう"),
        "sent_at": Words("送った日時", "Sent", "おくった とき"),
        "read_at": Words("読まれた日時", "Read", "よんだ とき"),
        "cause": Words("きっかけ", "Cause", "どうして"),
        "link": Words("リンク", "Link"),
        "about": Words("何についてか", "What it tells of", "なにの ことか"),
        "urgent": Words("急ぎ", "Urgent", "いそぎ"),
        "until": Words("いつまで", "Until", "いつまで"),
        "instead_of": Words("入れ替わるもの", "Takes the place of", "いれかわる もの"),
        "glance": Words("通知に出すことば", "Words on a locked screen", "スマホに 出（だ）す ことば"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="to",
    sealed=(
        "heading",
        "body",
        "link",
        "cause",
        "about",
        "read_at",
        "until",
        "instead_of",
        "glance",
    ),
    workings=frozenset({"cause", "link", "urgent", "until", "instead_of", "glance"}),
    # erasing a report finds the letters that told of it
    sought={"about": "exact"},
    unsealed={
        "to": WHOSE,
        "sent_at": Words(
            "送った日時です。新しい順に並べるために要ります。何を知らせたかは封じてあります。",
            "When it was sent: messages are listed by it. What it said is sealed.",
            "おくった ときです。あたらしい ものから ならべる ために つかいます。なかみは かくして います。",
        ),
        "urgent": Words(
            "急ぎかどうかだけを示します。何を知らせたかは封じてあります。",
            "Only whether it is urgent. What it says is sealed.",
            "いそぎか どうかだけです。なかみは かくして います。",
        ),
    },
)


def letters(messages: tuple[Message, ...], cause: str, asked: Asked) -> tuple[Letter, ...]:
    """The messages of one decision as they are kept; `cause` is the `<service>.<command>` that sent them."""
    return tuple(
        Letter(
            id=fresh_id("Message", asked, n),
            to=message.to,
            heading=message.title,
            body=message.body,
            sent_at=asked.now,
            cause=cause,
            link=message.link,
            about=message.about,
            urgent=message.urgent,
            until=message.until,
            instead_of=message.instead_of,
            glance=message.glance,
        )
        for n, message in enumerate(messages)
    )


def service_of(letter: Letter) -> str:
    """The service that sent a letter: of `<service>.<command>`, or `<service>:<reaction>`."""
    return letter.cause.replace(":", ".").partition(".")[0]
