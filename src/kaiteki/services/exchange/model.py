"""Points are exchanged at partners: rewards, orders, what a day of a partner adds up to; the forms of their commands. Decision record 0065.

account ──price──► book:held          an order: the points are set aside, and stock is taken
book:held ──► book:exchanged          the partner delivered, or the desk of a facility took the ticket
book:held ──► account                 refused, lapsed or taken back on its day: the very lots return
"""

from __future__ import annotations

import base64
import hashlib
from datetime import date
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.model.decision import Asked, digest_of
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

HOLD: Final = "hold"
EXCHANGE: Final = "exchange"
MONEY: Final = "money"
GOODS: Final = "goods"
TICKET: Final = "ticket"
SORTS: Final = (
    (MONEY, Words("電子マネー", "Electronic money", "でんし マネー")),
    (GOODS, Words("特典・品物", "Goods", "しなもの")),
    (TICKET, Words("施設の利用券", "Ticket of a facility", "しせつの チケット")),
)
PENDING: Final = "pending"
DONE: Final = "done"
REFUSED: Final = "refused"
CANCELLED: Final = "cancelled"
LATE: Final = "late"
LAPSED: Final = "lapsed"
STATES: Final = (
    (PENDING, Words("手続き中", "Under way", "まって います")),
    (DONE, Words("完了", "Done", "おわりました")),
    (REFUSED, Words("できませんでした", "Refused", "できませんでした")),
    (CANCELLED, Words("取り消し済み", "Taken back", "やめました")),
    (LATE, Words("返事が遅れています", "The answer is late", "へんじが おくれて います")),
    (LAPSED, Words("期限切れ", "Lapsed", "きげんが すぎました")),
)
WAITING: Final = (PENDING, LATE)
"""The states in which a partner can answer."""
RETURNING: Final = (REFUSED, LAPSED)
"""The states after which points go back to whoever ordered."""
CODE_LENGTH: Final = 16
"""Signs of a code (base 32, so 80 bits): nobody guesses one."""
PARTNER: Final = r"^[a-z0-9][a-z0-9-]{0,29}$"
_PARTNER: Final = Words("交換先の記号", "Code of the partner", "こうかんさきの きごう")
_REWARD: Final = Words("交換するもの", "Reward", "こうかんする もの")
_STARTS: Final = Words("開始日", "From", "はじまり")
_ENDS: Final = Words("終了日", "To", "おわり")
_PRICE: Final = Words("ポイント", "Points", "ポイント")
_STOCK: Final = Words("残りの数", "Left", "のこり")
_STATE: Final = Words("状態", "State", "いま")
_DAY: Final = Words("申し込んだ日", "Day of the order", "もうしこんだ 日（ひ）")


class Reward(msgspec.Struct, frozen=True):
    """What points can be exchanged for. `stock` is how many are left, `starts` and `ends` are days (ISO 8601)."""

    id: str
    name: Annotated[Words, Label(Words("名前", "Name", "なまえ"))]
    partner: Annotated[str, Label(_PARTNER)]
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=SORTS)]
    price: Annotated[int, Label(_PRICE)]
    stock: Annotated[int, Label(_STOCK)]
    starts: Annotated[str, Label(_STARTS)]
    ends: Annotated[str, Label(_ENDS)]


class Order(msgspec.Struct, frozen=True):
    """An order of somebody. `day` is the one of its settlement, `code` what the desk of a facility asks for, `answer` what the partner said."""

    id: str
    account: str
    partner: Annotated[str, Label(_PARTNER)]
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=SORTS)]
    amount: Annotated[int, Label(_PRICE)]
    day: Annotated[str, Label(_DAY)]
    at: Annotated[Instant, Label(Words("日時", "When", "いつ"))]
    due_at: Annotated[Instant, Label(Words("返事の期限", "Answer due", "きげん"))]
    holder: str = ""
    reward: Annotated[str, Label(_REWARD)] = ""
    to: Annotated[str, Label(Words("届け先の番号", "Number to send it to", "とどける ばんごう"))] = ""
    code: Annotated[str, Label(Words("利用券の番号", "Code", "チケットの ばんごう"))] = ""
    status: Annotated[str, Label(_STATE, choices=STATES)] = PENDING
    answer: Annotated[str, Label(Words("交換先の返事", "What the partner said", "へんじ"))] = ""


class Difference(msgspec.Struct, frozen=True):
    """An answer of a partner that was not followed: to which order (its mark), and why (a code of `settling.WHY`)."""

    order: str
    why: str


class Settlement(msgspec.Struct, frozen=True):
    """What was ordered of a partner on a day, kept beside the orders: how many and how many points; of these done, and given back."""

    id: str
    partner: Annotated[str, Label(_PARTNER)]
    day: Annotated[str, Label(_DAY)]
    orders: Annotated[int, Label(Words("申し込み", "Orders", "もうしこみ"))] = 0
    amount: Annotated[int, Label(_PRICE)] = 0
    done: Annotated[int, Label(Words("完了", "Done", "おわり"))] = 0
    done_amount: Annotated[
        int, Label(Words("完了したポイント", "Points of those done", "おわった ポイント"))
    ] = 0
    back: Annotated[int, Label(Words("戻した数", "Given back", "もどした かず"))] = 0
    differences: tuple[Difference, ...] = ()


class KeepReward(msgspec.Struct, frozen=True):
    """A new reward."""

    name: Annotated[str, Label(Words("名前", "Name (Japanese)", "なまえ")), msgspec.Meta(max_length=60)]
    name_easy: Annotated[
        str,
        Label(Words("やさしい日本語の名前", "Name (easy Japanese)", "やさしい なまえ")),
        msgspec.Meta(max_length=80),
    ]
    name_en: Annotated[
        str, Label(Words("英語の名前", "Name (English)", "えいごの なまえ")), msgspec.Meta(max_length=80)
    ]
    partner: Annotated[str, Label(_PARTNER), msgspec.Meta(max_length=30, pattern=PARTNER)]
    kind: Annotated[str, Label(Words("種類", "Kind", "しゅるい"), choices=SORTS)]
    price: Annotated[int, Label(_PRICE), msgspec.Meta(ge=1, le=1_000_000)]
    stock: Annotated[
        int, Label(Words("用意する数", "How many there are", "かず")), msgspec.Meta(ge=1, le=100_000)
    ]
    starts: Annotated[date, Label(_STARTS)]
    ends: Annotated[date, Label(_ENDS)]


class PlaceOrder(msgspec.Struct, frozen=True):
    """Order a reward. Its partner stands in the form, so that all is loaded at once."""

    reward: Annotated[str, Label(_REWARD), msgspec.Meta(max_length=200)]
    partner: Annotated[str, Label(_PARTNER), msgspec.Meta(max_length=30)]
    to: Annotated[
        str,
        Label(Words("電子マネーの番号", "Number of your electronic money", "でんし マネーの ばんごう")),
        msgspec.Meta(max_length=40),
    ] = ""


class CancelOrder(msgspec.Struct, frozen=True):
    """Take an order of today back. Reward and partner stand in the form, so that all is loaded at once."""

    id: Annotated[str, msgspec.Meta(max_length=200)]
    reward: Annotated[str, Label(_REWARD), msgspec.Meta(max_length=200)]
    partner: Annotated[str, Label(_PARTNER), msgspec.Meta(max_length=30)]


class Redeem(msgspec.Struct, frozen=True):
    """The desk of a facility takes a ticket."""

    code: Annotated[
        str,
        Label(Words("利用券の番号", "Code of the ticket", "チケットの ばんごう")),
        msgspec.Meta(max_length=40),
    ]


class Settle(msgspec.Struct, frozen=True):
    """What a partner answers to the orders of a day, as CSV (`settling.read_answers`)."""

    partner: Annotated[str, Label(_PARTNER), msgspec.Meta(max_length=30)]
    day: Annotated[date, Label(_DAY)]
    text: Annotated[
        str,
        Label(Words("結果のファイル", "The file of results", "けっかの ファイル")),
        msgspec.Meta(max_length=60_000),
    ]


class Settings(msgspec.Struct, frozen=True):
    """What an area may set in `cities/<area>/services/points.toml`: within how many days a partner answers an order; a ticket can be used so long."""

    order_days: int = 30


def new_code(asked: Asked) -> str:
    """A code that nobody guesses."""
    digest = hashlib.sha256(f"order {asked.area} {asked.now} {asked.seed}".encode()).digest()
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def code_in(text: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def order_id(area: str, code: str) -> str:
    """The id of the order with a code: whoever knows the id does not know the code."""
    return f"urn:ngsi-ld:PointOrder:{digest_of(area, f'order {code}')[:24]}"


def mark_of(order: str) -> str:
    """The mark of an order in files: the last part of its id."""
    return order.rpartition(":")[2]


def hold_id(order: str) -> str:
    """The id of the transfer that set the points of an order aside; with `:post` or `:back` that of what became of them."""
    return f"urn:ngsi-ld:PointTransfer:order-{mark_of(order)}"


def settlement_id(partner: str, day: str) -> str:
    """The id of what a partner has to answer of a day."""
    return f"urn:ngsi-ld:PointSettlement:{partner}:{day}"
