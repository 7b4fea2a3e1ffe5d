"""The types of entities of exchange, and what of them is sealed."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.grounds import OWNER, WHOSE
from kaiteki.kit.manifest import EntityType
from kaiteki.model.words import Words
from kaiteki.services.exchange.model import Order, Reward, Settlement

_NUMBER: Final = Words(
    "ポイント番号です。名前は分かりません。窓口で口座を開くために要ります。",
    "The points number, no name. The desk opens an account by it.",
    "ポイントの ばんごうです。名前（なまえ）は わかりません。まどぐちで つかいます。",
)
_SUMS: Final = Words(
    "ポイントの数と種類、日時です。全体の合計がいつもゼロになることを確かめ、期限切れを処理し、新しい順に並べるために要ります。何のポイントかは封じてあります。",
    "How many points, of which kind and when: by these it is checked that all accounts add up to zero, expiry is found and lists are ordered. What they were for is sealed.",
    "ポイントの かずと しゅるい、いつかです。ごうけいが あって いるか たしかめる ために つかいます。なんの ポイントかは かくして います。",
)
_SETTLED: Final = Words(
    "交換先、種類、日、状態です。交換先ごとのファイルを作り、返事を待つものを見つけ、合計を照合するために要ります。何に交換したかは封じてあります。",
    "Partner, kind, day and state: by these the file of a partner is made, what waits is found, and sums are compared. What was ordered is sealed.",
    "こうかんさき、しゅるい、日（ひ）、いまの ようすです。ごうけいを たしかめる ために つかいます。なにに したかは かくして います。",
)
REWARD: Final = EntityType(
    name="PointReward",
    view=Reward,
    words=Words("ポイントで交換できるもの", "Rewards for points", "こうかんできる もの"),
    columns=("name", "kind", "price", "stock", "starts", "ends"),
    public=("name", "partner", "kind", "price", "stock", "starts", "ends"),
    times={"starts": "day", "ends": "day"},
    page="points/exchange",
    desk="points/desk/rewards",
)
ORDER: Final = EntityType(
    name="PointOrder",
    view=Order,
    words=Words("ポイントの交換の申し込み", "Orders for points", "こうかんの もうしこみ"),
    title="id",
    columns=("day", "partner", "amount", "status"),
    labels={"holder": OWNER, "account": Words("口座", "Account", "こうざ")},
    personal=True,
    holder="holder",
    sealed=("reward", "to", "code", "answer"),
    unsealed={
        "holder": WHOSE,
        "account": _NUMBER,
        "amount": _SUMS,
        "at": _SUMS,
        "partner": _SETTLED,
        "kind": _SETTLED,
        "day": _SETTLED,
        "due_at": _SETTLED,
        "status": _SETTLED,
    },
    data_class="personal",
    times={"day": "day"},
    desk="points/desk/settlements",
    workings=frozenset({"holder", "account", "code", "reward"}),
)
SETTLEMENT: Final = EntityType(
    name="PointSettlement",
    view=Settlement,
    words=Words("交換先との照合", "Settlements with partners", "こうかんさきと あわせる"),
    title="partner",
    columns=("day", "partner", "orders", "amount", "done", "back"),
    labels={"differences": Words("合わない結果", "Answers that do not agree", "あわない もの")},
    times={"day": "day"},
    desk="points/desk/settlements",
    workings=frozenset({"differences"}),
)
