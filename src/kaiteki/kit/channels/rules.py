"""What people do with their channels: register a browser, add and confirm an address, say what they wish. All of it is pure.

A code is drawn from the seed of the decision (63 random bits). It is six digits, good for CODE_S and TRIES_MAX answers, so that who guesses
has 5 in a million; and CODES_MAX codes an hour, so that nobody's mailbox is filled by others.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from kaiteki.kit.channels import push
from kaiteki.kit.channels.kept import (
    ENDPOINT_LENGTH_MAX,
    ContactPoint,
    MessageDelivery,
    MessagePreference,
    PushSubscription,
    contact_id,
    device_id,
    preference_id,
)
from kaiteki.kit.channels.mail import ADDRESS_LENGTH_MAX, is_mail_address
from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import Command, Job, State
from kaiteki.kit.messages import Letter
from kaiteki.model.access import ANYONE, RESIDENT
from kaiteki.model.decision import Accepted, Asked, Refused, digest_of
from kaiteki.model.faults import refuse_field
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

CODE_S: Final = 30 * 60
CODES_MAX: Final = 5
"""Codes to one address in an hour."""
TRIES_MAX: Final = 5
CODE_DIGITS: Final = 6
NAME_LENGTH_MAX: Final = 60
SERVICES_MAX: Final = 50
CLOCK: Final = r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$"
LETTERS_MAX: Final = 50
"""Messages that are read at once: as many as my page shows."""
KIT_NAME: Final = "kit"
"""By this name messages know people, too (`CityOf.tell`)."""
_SECOND: Final = 1_000_000
_HOUR: Final = 3600 * _SECOND
_PHONE: Final = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
"""E.164 with its plus."""

_DEVICE: Final = Words("端末", "Device", "スマホ")
_CHANNEL: Final = Words("届け方", "Channel", "とどけかた")
_ADDRESS: Final = Words("連絡先", "Address", "れんらくさき")
_CODE: Final = Words("確認番号", "Code", "ばんごう")
_LANGUAGE: Final = Words("ことば", "Language", "ことば")
_LANGUAGES: Final = (
    ("ja", Words("日本語", "Japanese", "日本語（にほんご）")),
    ("ja-easy", Words("やさしい日本語", "Easy Japanese", "やさしい 日本語（にほんご）")),
    ("en", Words("英語", "English", "英語（えいご）")),
)


class Browser(msgspec.Struct, frozen=True):
    """A browser that subscribed: what its PushSubscription says (Push API, 8)."""

    endpoint: Annotated[
        str, msgspec.Meta(min_length=1, max_length=ENDPOINT_LENGTH_MAX), Label(_DEVICE, widget="hidden")
    ]
    p256dh: Annotated[str, msgspec.Meta(min_length=1, max_length=200), Label(_DEVICE, widget="hidden")]
    auth: Annotated[str, msgspec.Meta(min_length=1, max_length=100), Label(_DEVICE, widget="hidden")]
    name: Annotated[
        str,
        msgspec.Meta(max_length=NAME_LENGTH_MAX),
        Label(Words("端末の名前", "Name of the device", "なまえ")),
    ] = ""
    language: Annotated[Literal["ja", "ja-easy", "en"], Label(_LANGUAGE, choices=_LANGUAGES)] = "ja"


class Contact(msgspec.Struct, frozen=True):
    """A further address."""

    channel: Annotated[Literal["mail", "sms", "line"], Label(_CHANNEL, widget="hidden")]
    address: Annotated[str, msgspec.Meta(min_length=3, max_length=ADDRESS_LENGTH_MAX), Label(_ADDRESS)]
    language: Annotated[Literal["ja", "ja-easy", "en"], Label(_LANGUAGE, choices=_LANGUAGES)] = "ja"


class One(msgspec.Struct, frozen=True):
    """One device or address of one's own."""

    id: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=200),
        Label(Words("送り先", "Address", "おくりさき"), widget="hidden"),
    ]


class Answer(msgspec.Struct, frozen=True):
    """The code that came to an address."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200), Label(_ADDRESS, widget="hidden")]
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20), Label(_CODE)]


class Letters(msgspec.Struct, frozen=True):
    """Messages that were read."""

    ids: Annotated[
        tuple[str, ...],
        msgspec.Meta(min_length=1, max_length=LETTERS_MAX),
        Label(Words("お知らせ", "Messages", "お知（し）らせ"), widget="hidden"),
    ]


class Wishes(msgspec.Struct, frozen=True):
    """What a person wishes of messages. Quiet hours as clocks in Japan (`21:00`); empty, or from = to: none."""

    no_push: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=SERVICES_MAX),
        Label(Words("プッシュしない", "No push", "プッシュ なし")),
    ] = ()
    no_post: Annotated[
        tuple[str, ...],
        msgspec.Meta(max_length=SERVICES_MAX),
        Label(Words("メールしない", "No mail", "メール なし")),
    ] = ()
    quiet_from: Annotated[
        str,
        msgspec.Meta(pattern=CLOCK),
        Label(Words("送らない時間のはじめ", "Quiet from", "おくらない 時間（じかん）の はじめ")),
    ] = ""
    quiet_to: Annotated[
        str,
        msgspec.Meta(pattern=CLOCK),
        Label(Words("送らない時間の終わり", "Quiet until", "おくらない 時間（じかん）の おわり")),
    ] = ""
    digest: Annotated[
        Literal["each", "daily", "weekly"], Label(Words("まとめ方", "Digest", "まとめかた"))
    ] = "each"


def holder_of(asked: Asked) -> str:
    """Under which id somebody holds what they keep here: the one by which the kit knows the account, else the browser."""
    return asked.person.seen_by(KIT_NAME).account_id or asked.browser


def subscribe(state: State, form: Browser, asked: Asked) -> Accepted | Refused:
    """Register a browser, or renew it. Whoever uses it now holds it: a phone that changed hands gets no letters of who had it before."""
    parts = urlsplit(form.endpoint)
    if parts.scheme not in ("https", "http") or not parts.hostname or asked.forbids(form.endpoint):
        return refuse_field("pattern", "endpoint", _DEVICE)
    if not push.is_key_of_browser(form.p256dh, form.auth):
        return refuse_field("pattern", "p256dh", _DEVICE)
    own = device_id(form.endpoint)
    before = state.get(own)
    since = (
        before.added_at
        if isinstance(before, PushSubscription) and before.holder == holder_of(asked)
        else asked.now
    )
    device = PushSubscription(
        own, holder_of(asked), form.endpoint, form.p256dh, form.auth, form.name, form.language, since
    )
    return Accepted((device,), answer={"id": own})


def add(state: State, form: Contact, asked: Asked) -> Accepted | Refused:
    """Add an address, or ask for another code; a code is sent to it."""
    if form.channel not in asked.channels:
        return refuse_field("not_here", "channel", _CHANNEL)
    address = form.address.strip()
    if not (is_mail_address(address) if form.channel == "mail" else _is_number(form.channel, address)):
        return refuse_field("pattern", "address", _ADDRESS)
    own = contact_id(holder_of(asked), form.channel, address)
    before = state.get(own)
    if isinstance(before, ContactPoint) and before.confirmed_at is not None:
        return refuse_field("taken", "address", _ADDRESS)
    point = (
        before
        if isinstance(before, ContactPoint)
        else ContactPoint(own, holder_of(asked), form.channel, address, form.language, asked.now)
    )
    is_new_hour = point.codes_since is None or asked.now - point.codes_since >= _HOUR
    if not is_new_hour and point.codes >= CODES_MAX:
        return Refused("too_many")
    point = msgspec.structs.replace(
        point,
        language=form.language,
        code=f"{asked.seed % 10**CODE_DIGITS:0{CODE_DIGITS}d}",
        code_until=Instant(asked.now + CODE_S * _SECOND),
        tries=0,
        codes=1 if is_new_hour else point.codes + 1,
        codes_since=asked.now if is_new_hour else point.codes_since,
    )
    delivery = MessageDelivery(
        id=f"urn:ngsi-ld:MessageDelivery:{digest_of('code', own, str(asked.now), str(asked.seed))[:32]}",
        holder=holder_of(asked),
        channel=form.channel,
        state="waiting",
        due_at=asked.now,
        target=own,
        letters=(),
        what="code",
    )
    return Accepted((point, delivery), answer={"id": own})


def confirm(state: State, form: Answer, asked: Asked) -> Accepted | Refused:
    """Confirm an address by its code. A wrong answer is kept, too, so that there are only so many."""
    point = state.get(form.id)
    if not isinstance(point, ContactPoint) or point.holder != holder_of(asked):
        return Refused("not_found")
    if point.confirmed_at is not None:
        return Accepted(answer={"id": point.id, "confirmed": True})
    if not point.code or point.code_until is None or point.code_until <= asked.now:
        return refuse_field("expired", "code", _CODE)
    if not hmac.compare_digest(point.code, _digits(form.code)):
        tries = point.tries + 1
        code = point.code if tries < TRIES_MAX else ""
        wrong = msgspec.structs.replace(point, tries=tries, code=code)
        return Accepted((wrong,), answer={"id": point.id, "confirmed": False, "left": TRIES_MAX - tries})
    done = msgspec.structs.replace(point, code="", code_until=None, tries=0, confirmed_at=asked.now)
    return Accepted((done,), answer={"id": point.id, "confirmed": True})


def drop(state: State, form: One, asked: Asked) -> Accepted | Refused:
    """Take a device or an address of one's own away; what waits for it is not sent any more."""
    found = state.get(form.id)
    if not isinstance(found, PushSubscription | ContactPoint) or found.holder != holder_of(asked):
        return Refused("not_found")
    return Accepted(deletes=(form.id,), answer={"id": form.id})


def wish(state: State, form: Wishes, asked: Asked) -> Accepted | Refused:
    """Say what one wishes."""
    is_quiet = bool(form.quiet_from and form.quiet_to) and form.quiet_from != form.quiet_to
    quiet = (form.quiet_from, form.quiet_to) if is_quiet else ()
    own = preference_id(holder_of(asked))
    wishes = MessagePreference(own, holder_of(asked), form.no_push, form.no_post, quiet, form.digest)
    return Accepted((wishes,), answer={"id": own})


def mark_read(state: State, form: Letters, asked: Asked) -> Accepted | Refused:
    """Keep that somebody read messages of their own; those of others, and those that are no more, are passed over."""
    own = asked.person.owned | ({asked.browser} if asked.browser else set[str]())
    found = (state.get(one) for one in form.ids)
    read = tuple(
        msgspec.structs.replace(one, read_at=asked.now)
        for one in found
        if isinstance(one, Letter) and one.to in own and one.read_at is None
    )
    return Accepted(read, answer={"read": len(read)})


def _is_number(channel: str, address: str) -> bool:
    """A telephone number as E.164 has it; the id of a person at LINE (`U` and 32 hexadecimal digits)."""
    if channel == "sms":
        return _PHONE.fullmatch(address) is not None
    return re.fullmatch(r"U[0-9a-f]{32}", address, re.ASCII) is not None


def _digits(text: str) -> str:
    """A code as it was typed, full width and with gaps, as it was sent."""
    return "".join(str(int(one)) for one in text if one.isdecimal())


def _own_device(form: Browser, _asked: Asked) -> Sequence[str]:
    return (device_id(form.endpoint),)


def _own_contact(form: Contact, asked: Asked) -> Sequence[str]:
    return (contact_id(holder_of(asked), form.channel, form.address.strip()),)


def _this(form: One | Answer, _asked: Asked) -> Sequence[str]:
    return (form.id,)


def _these(form: Letters, _asked: Asked) -> Sequence[str]:
    return form.ids


def _own_wishes(_form: Wishes, asked: Asked) -> Sequence[str]:
    return (preference_id(holder_of(asked)),)


_PAGE: Final = "my/messages"
_MY: Final = "my"
CHANNEL_COMMANDS: Final = (
    Command(
        "subscribe_push", Words("この端末で通知を受ける", "Get push messages on this device", "この スマホで うける"),
        Browser, subscribe, _own_device, roles=(ANYONE,), in_person=True, page=_PAGE,
    ),
    Command(
        "add_contact", Words("連絡先を加える", "Add an address", "れんらくさきを たす"),
        Contact, add, _own_contact, roles=(RESIDENT,), in_person=True, page=_PAGE,
    ),
    Command(
        "confirm_contact", Words("連絡先を確かめる", "Confirm an address", "れんらくさきを たしかめる"),
        Answer, confirm, _this, roles=(RESIDENT,), in_person=True, page=_PAGE,
    ),
    Command(
        "drop_target", Words("送り先を外す", "Remove an address", "おくりさきを けす"),
        One, drop, _this, roles=(ANYONE,), in_person=True, page=_PAGE,
    ),
    Command(
        "wish", Words("届け方を決める", "Choose how messages come", "とどけかたを きめる"),
        Wishes, wish, _own_wishes, roles=(ANYONE,), in_person=True, page=_PAGE,
    ),
    Command(
        "mark_read", Words("読んだ印をつける", "Mark as read", "よみました"),
        Letters, mark_read, _these, roles=(ANYONE,), in_person=True, page=_MY,
    ),
)  # fmt: skip
"""What people ask of the channels; the page of one's own messages offers them."""


def forget(_state: State, done: MessageDelivery, _asked: Asked) -> Accepted:
    """Delete a delivery whose time is over."""
    return Accepted(deletes=(done.id,))


CHANNEL_JOBS: Final = (
    Job("forget_deliveries", 3600, "MessageDelivery", "forgetAt<={now}", MessageDelivery, forget),
)
"""What becomes of deliveries in the end."""
