"""The types of entities of accounts of points, and what of them is sealed."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE, OWNER, WHOSE
from kaiteki.kit.manifest import EntityType, Purpose
from kaiteki.kit.purses import (
    Account,
    Transfer,
)
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.points.donations import Recipient

_NUMBER: Final = Words(
    "ポイント番号です。名前は分かりません。窓口で口座を開くために要ります。",
    "The points number, no name. The desk opens an account by it.",
    "ポイントの ばんごうです。名前（なまえ）は わかりません。まどぐちで つかいます。",
)
_WAITS: Final = Words(
    "本人がまだはじめていない口座かどうかです。はじめる前に、ほかのポイントが贈られないように要ります。",
    "Whether the holder has not opened the account yet: until then nothing else is given to it.",
    "まだ はじめて いないか どうかです。",
)
_SUMS: Final = Words(
    "ポイントの数と種類、日時です。全体の合計がいつもゼロになることを確かめ、期限切れを処理し、新しい順に並べるために要ります。何のポイントかは封じてあります。",
    "How many points, of which kind and when: by these it is checked that all accounts add up to zero, expiry is found and lists are ordered. What they were for is sealed.",
    "ポイントの かずと しゅるい、いつかです。ごうけいが あって いるか たしかめる ために つかいます。なんの ポイントかは かくして います。",
)
_BOOK: Final = Words(
    "相手の帳簿（取り組みの予算、寄付先、市の帳簿）です。それぞれの残高が動きの合計と合うことを確かめるために要ります。",
    "The other side: the budget of a campaign, a recipient of donations or a book of the city. By it each of these is checked to have what its transfers add up to.",
    "あいての ちょうぼです。ごうけいが あって いるか たしかめる ために つかいます。",
)
ACCOUNT: Final = EntityType(
    name="PointAccount",
    view=Account,
    words=Words("ポイント口座", "Points accounts", "ポイントの こうざ"),
    title="number",
    columns=("number", "balance", "over_at", "opened_at"),
    labels={"holder": OWNER},
    personal=True,
    holder="holder",
    sealed=("lots", "tallies"),
    unsealed={
        "holder": WHOSE,
        "number": _NUMBER,
        "opened_at": _SUMS,
        "balance": _SUMS,
        "over_at": _SUMS,
        "waits": _WAITS,
    },
    data_class="personal",
    desk="points/desk",
    workings=frozenset({"holder", "tallies"}),
)
TRANSFER: Final = EntityType(
    name="PointTransfer",
    view=Transfer,
    words=Words("ポイントの移動", "Transfers of points", "ポイントの うごき"),
    title="id",
    columns=("at", "kind", "amount"),
    labels={
        "holder": OWNER,
        "account": Words("口座", "Account", "こうざ"),
        "book": Words("相手の帳簿", "Book", "あいて"),
        "reverses": Words("取り消した移動", "Takes back", "とりけした もの"),
        "lots": Words("期限ごとのポイント", "Points by last day", "きげん"),
    },
    personal=True,
    holder="holder",
    sealed=("campaign", "lots", "why"),
    unsealed={
        "holder": WHOSE,
        "account": _NUMBER,
        "book": _BOOK,
        "amount": _SUMS,
        "kind": _SUMS,
        "at": _SUMS,
        "reverses": _SUMS,
    },
    data_class="personal",
    desk="points/desk",
    workings=frozenset({"holder", "reverses", "account", "book", "campaign"}),
)
RECIPIENT: Final = EntityType(
    name="PointRecipient",
    view=Recipient,
    words=Words("ポイントの寄付先", "Recipients of points", "きふする ところ"),
    columns=("name", "starts", "ends", "held", "received"),
    public=("name", "about", "starts", "ends", "held", "received"),
    times={"starts": "day", "ends": "day"},
    page="points/donate",
    desk="points/desk/recipients",
)
PURPOSES: Final = {
    "points": Purpose(
        Words(
            "市民の活動にポイントを贈り、残高と期限を本人に見せるため",
            "To give points for what people do, and to show them what they have and until when",
            "かつどうに ポイントを おくり、いくつ あるか 見（み）せる ため",
        ),
        ground=DUTY,
        items=("PointAccount", "PointTransfer", "PointOrder"),
        roles=(STAFF,),
        recipients=NOBODY_ELSE,
        people=Words(
            "ポイント口座を開いた人と、確認された市民タスクに参加した人",
            "People with a points account, and those who took part in a task that is confirmed",
            "ポイントを つかう 人（ひと）と、タスクを てつだった 人（ひと）",
        ),
        source=BY_ITSELF,
    ),
}
