"""What the channels keep: where people can be reached, what they wish, what is on its way, and how much of it arrived.

All but the counts are personal and sealed under the key of who holds them: an account as the kit knows it, or a browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from kaiteki.kit.grounds import OWNER, WHOSE
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import As
from kaiteki.model.access import ADMIN
from kaiteki.model.decision import digest_of
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

DEVICES_MAX: Final = 10
"""Devices of one person that get a push."""
ENDPOINT_LENGTH_MAX: Final = 1_000
"""Characters of the address at a push service."""
ADDRESSES_MAX: Final = 5
"""Further addresses of one person: mail, phone, LINE."""
State = Literal["waiting", "taken", "read", "over", "failed"]
"""waiting; taken by the other side; read on my page before it was sent; over (its end came first); failed for good."""


class PushSubscription(msgspec.Struct, frozen=True):
    """A browser that gets a push (Push API, W3C): the address at its push service, its key (P-256, 65 bytes, base64url) and its secret of
    authentication (16 bytes, base64url). `name` is what the person knows the device by."""

    id: str
    holder: str
    endpoint: str
    p256dh: str
    auth: str
    name: str
    language: str
    added_at: Instant
    taken_at: Annotated[Instant | None, As()] = None
    """When its push service last took one; None before the first."""


class ContactPoint(msgspec.Struct, frozen=True):
    """An address of another channel (schema.org ContactPoint). Nothing but codes is sent to it before `confirmed_at`."""

    id: str
    holder: str
    channel: str
    address: str
    language: str
    added_at: Instant
    code: str = ""
    """The code that was sent last; empty where none is valid."""
    code_until: Annotated[Instant | None, As()] = None
    tries: int = 0
    """Wrong answers to that code."""
    codes: int = 0
    """Codes that were sent since `codes_since`."""
    codes_since: Annotated[Instant | None, As()] = None
    confirmed_at: Annotated[Instant | None, As()] = None


class MessagePreference(msgspec.Struct, frozen=True):
    """What a person wishes of their messages. Services are named that shall *not* send, so that a new one reaches who did nothing."""

    id: str
    holder: str
    no_push: tuple[str, ...] = ()
    no_post: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    """(from, to) as clocks in Japan (`21:00`, `07:00`); empty: none."""
    digest: Literal["each", "daily", "weekly"] = "each"


class MessageDelivery(msgspec.Struct, frozen=True):
    """One letter, or a digest of several, on its way to one address."""

    id: str
    holder: str
    channel: str
    state: State
    due_at: Instant
    target: str
    letters: tuple[str, ...]
    service: str = ""
    """The service that has news; empty for a digest."""
    what: Literal["letter", "digest", "code"] = "letter"
    """A letter, several together, or the code by which an address is confirmed."""
    more: bool = False
    """Whether there are letters beyond those that a digest names."""
    attempts: int = 0
    error: str = ""
    done_at: Annotated[Instant | None, As()] = None
    forget_at: Annotated[Instant | None, As()] = None
    """When the delivery is deleted; None while it is under way."""


class DeliveryCount(msgspec.Struct, frozen=True):
    """How many deliveries of a service by a channel ended how on one day in Japan (`2026-11-23`). No person stands here."""

    id: str
    day: str
    channel: str
    service: str
    taken: int = 0
    read: int = 0
    over: int = 0
    failed: int = 0
    gone: int = 0
    """Addresses that were gone, and are removed."""


def preference_id(holder: str) -> str:
    """Where the wishes of somebody stand."""
    return f"urn:ngsi-ld:MessagePreference:{digest_of('wishes', holder)[:32]}"


def device_id(endpoint: str) -> str:
    """The subscription of a browser: who sends the same address again renews it, whoever uses the browser by then."""
    return f"urn:ngsi-ld:PushSubscription:{digest_of('endpoint', endpoint)[:32]}"


def contact_id(holder: str, channel: str, address: str) -> str:
    """An address of somebody."""
    return contact_called(digest_of("contact", holder, channel, address)[:32])


def contact_called(digest: str) -> str:
    """The id of an address by its last part, under which a mail names it."""
    return f"urn:ngsi-ld:ContactPoint:{digest}"


WAYS: Final[Mapping[str, Words]] = {
    "push": Words("プッシュ通知", "Push", "スマホへの お知（し）らせ"),
    "mail": Words("メール", "Mail", "メール"),
    "sms": Words("ショートメッセージ", "Text message (SMS)", "ショートメッセージ"),
    "line": Words("LINEメッセージ", "LINE message", "LINEの メッセージ"),
}
STATES: Final[Mapping[str, Words]] = {
    "waiting": Words("これから送ります", "To be sent", "これから おくります"),
    "taken": Words("届けました", "Delivered", "とどけました"),
    "read": Words("先に読まれました", "Read before it was sent", "さきに よみました"),
    "over": Words("期限が過ぎました", "Its time was over", "きげんが すぎました"),
    "failed": Words("届けられませんでした", "Could not be delivered", "とどきませんでした"),
}
KINDS: Final[Mapping[str, Words]] = {
    "letter": Words("お知らせ", "Message", "お知（し）らせ"),
    "digest": Words("まとめたお知らせ", "Digest", "まとめた お知（し）らせ"),
    "code": Words("確認番号のお知らせ", "Code of confirmation", "たしかめる ばんごう"),
}
DIGESTS: Final[Mapping[str, Words]] = {
    "each": Words("お知らせごとに", "For each message", "ひとつずつ"),
    "daily": Words("1日に1回", "Once a day", "1日（いちにち）に 1回（かい）"),
    "weekly": Words("週に1回", "Once a week", "1週間（しゅうかん）に 1回（かい）"),
}
_HELD: Final = {"holder": OWNER}
_CHANNEL: Final = Words("届け方", "Channel", "とどけかた")
_LANGUAGE: Final = Words("ことば", "Language", "ことば")
_ADDED: Final = Words("登録した日時", "Added", "とうろくした とき")
_WAY: Final = Words(
    "届け方（メール、プッシュなど）です。届いた数を届け方ごとに数えるために要ります。あて先そのものは封じてあります。",
    "The channel (mail, push …): what arrived is counted by it. The address itself is sealed.",
    "とどけかた（メールなど）です。とどいた かずを かぞえる ために つかいます。あて先（さき）は かくして います。",
)
_DUE: Final = Words(
    "いつ送るか、送ったかです。送る順番を決めるために要ります。何を知らせるかは封じてあります。",
    "When it is sent, and whether it was: what is due is found by it. What it tells is sealed.",
    "いつ おくるか、おくったかです。おくる じゅんばんを きめる ために つかいます。なかみは かくして います。",
)
_TIMES: Final = Words(
    "何回試したか、何を送るもの（お知らせ、まとめ、確認番号）かだけです。中身とあて先は封じてあります。",
    "Only how often it was tried, and whether it is a message, a digest or a code. What it says and where it goes is sealed.",
    "なんかい ためしたか だけです。なかみと あて先（さき）は かくして います。",
)
DEVICES: Final = EntityType(
    name="PushSubscription",
    view=PushSubscription,
    words=Words("プッシュ通知を受ける端末", "Devices for push messages", "お知（し）らせを うける スマホ"),
    columns=("holder", "name", "added_at"),
    labels=_HELD
    | {
        "endpoint": Words("送り先", "Address of the push service", "おくりさき"),
        "p256dh": Words("端末の鍵", "Key of the device", "かぎ"),
        "auth": Words("端末の秘密", "Secret of the device", "ひみつ"),
        "name": Words("端末の名前", "Name of the device", "なまえ"),
        "language": _LANGUAGE,
        "added_at": _ADDED,
        "taken_at": Words("最後に届いた日時", "Last delivered", "さいごに とどいた とき"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("endpoint", "p256dh", "auth", "name", "language", "added_at", "taken_at"),
    unsealed={"holder": WHOSE},
    workings=frozenset({"endpoint", "p256dh", "auth"}),
)
ADDRESSES: Final = EntityType(
    name="ContactPoint",
    view=ContactPoint,
    words=Words("連絡先", "Addresses for messages", "れんらくさき"),
    title="address",
    columns=("holder", "channel", "confirmed_at"),
    labels=_HELD
    | {
        "channel": _CHANNEL,
        "address": Words("連絡先", "Address", "れんらくさき"),
        "language": _LANGUAGE,
        "added_at": _ADDED,
        "code": Words("確認番号", "Code", "ばんごう"),
        "code_until": Words("確認番号の期限", "Code valid until", "ばんごうの きげん"),
        "tries": Words("まちがえた回数", "Wrong answers", "まちがえた かず"),
        "codes": Words("送った確認番号の数", "Codes sent", "おくった かず"),
        "codes_since": Words("数え始めた日時", "Counted since", "かぞえはじめ"),
        "confirmed_at": Words("確認した日時", "Confirmed", "たしかめた とき"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=(
        "address",
        "language",
        "added_at",
        "code",
        "code_until",
        "codes_since",
        "confirmed_at",
    ),
    unsealed={"holder": WHOSE, "channel": _WAY, "tries": _TIMES, "codes": _TIMES},
    workings=frozenset({"code", "code_until", "tries", "codes", "codes_since"}),
    codes=lambda settings: {"channel": WAYS},
)
WISHES: Final = EntityType(
    name="MessagePreference",
    view=MessagePreference,
    words=Words("お知らせの届け方", "Wishes for messages", "お知（し）らせの とどけかた"),
    title="holder",
    columns=("holder", "digest"),
    labels=_HELD
    | {
        "no_push": Words("プッシュ通知しないサービス", "No push from", "プッシュで おくらない サービス"),
        "no_post": Words("メールなどで送らないサービス", "No mail from", "メールで おくらない サービス"),
        "quiet": Words("送らない時間帯", "Quiet hours", "おくらない 時間（じかん）"),
        "digest": Words("まとめて送る", "Digest", "まとめて おくる"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("no_push", "no_post", "quiet", "digest"),
    unsealed={"holder": WHOSE},
    codes=lambda settings: {"digest": DIGESTS},
)
DELIVERIES: Final = EntityType(
    name="MessageDelivery",
    view=MessageDelivery,
    words=Words("お知らせの送り状", "Deliveries of messages", "お知（し）らせの おくりじょう"),
    title="channel",
    columns=("due_at", "holder", "channel", "state"),
    labels=_HELD
    | {
        "channel": _CHANNEL,
        "state": Words("ようす", "State", "ようす"),
        "due_at": Words("送る日時", "Due", "おくる とき"),
        "target": Words("送り先", "Address", "おくりさき"),
        "letters": Words("お知らせ", "Messages", "お知（し）らせ"),
        "service": Words("サービス", "Service", "サービス"),
        "what": Words("種類", "Kind", "しゅるい"),
        "more": Words("ほかにもある", "Further messages", "ほかにも ある"),
        "attempts": Words("試した回数", "Attempts", "ためした かず"),
        "error": Words("届かなかったわけ", "Why not", "とどかない わけ"),
        "done_at": Words("終わった日時", "Done", "おわった とき"),
        "forget_at": Words("消す日時", "Deleted", "けす とき"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("target", "letters", "service", "error"),
    unsealed={
        "holder": WHOSE,
        "channel": _WAY,
        "state": _DUE,
        "due_at": _DUE,
        "done_at": _DUE,
        "forget_at": _DUE,
        "what": _TIMES,
        "more": _TIMES,
        "attempts": _TIMES,
    },
    workings=frozenset({"target", "letters", "more", "attempts", "error"}),
    codes=lambda settings: {"channel": WAYS, "state": STATES, "what": KINDS},
)
COUNTS: Final = EntityType(
    name="DeliveryCount",
    view=DeliveryCount,
    words=Words("届いたお知らせの数", "Messages that arrived", "とどいた お知（し）らせの かず"),
    title="day",
    columns=("day", "channel", "service", "taken", "failed", "gone"),
    labels={
        "day": Words("日", "Day", "日（ひ）"),
        "channel": _CHANNEL,
        "service": Words("サービス", "Service", "サービス"),
        "taken": Words("届いた", "Delivered", "とどいた"),
        "read": Words("先に読まれた", "Read before", "さきに よまれた"),
        "over": Words("期限が過ぎた", "Over", "きげんが すぎた"),
        "failed": Words("届かなかった", "Failed", "とどかない"),
        "gone": Words("なくなった送り先", "Addresses gone", "なくなった おくりさき"),
    },
    roles=(ADMIN,),
    codes=lambda settings: {"channel": WAYS},
)
KEPT_DAYS: Final = 30
"""How long people see what was sent to them."""
CHANNEL_TYPES: Final = (DEVICES, ADDRESSES, WISHES, DELIVERIES, COUNTS)
