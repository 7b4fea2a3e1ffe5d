"""開示・訂正・利用停止の請求: what is kept of a request, the course it takes, the forms of its commands."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from kaiteki.kit.forms import Label
from kaiteki.kit.lifecycle import Arrow, Course, Phase, Step
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

NUMBER_KIND: Final = "D"
KINDS: Final[tuple[tuple[str, Words], ...]] = (
    (
        "disclose",
        Words(
            "開示（見せてほしい・写しがほしい）",
            "Disclosure: show me, or give me a copy",
            "見（み）せて ください",
        ),
    ),
    (
        "correct",
        Words("訂正（まちがいを直してほしい）", "Correction: mend what is wrong", "なおして ください"),
    ),
    (
        "cease",
        Words(
            "利用停止・消去（使わないでほしい・消してほしい）",
            "Cease or erase",
            "つかわないで ください・けして ください",
        ),
    ),
    (
        "withhold",
        Words(
            "提供停止（ほかに渡さないでほしい）",
            "Withhold: do not pass it on",
            "ほかの 人（ひと）に わたさないで ください",
        ),
    ),
)
"""What can be asked for: 76, 90 and 98 条 of the law (98 条 1 項 1 号 and 2 号 one by one)."""
GROUNDS: Final = {
    "disclose": Words("第76条", "76"),
    "correct": Words("第90条", "90"),
    "cease": Words("第98条第1項第1号", "98 (1) no. 1"),
    "withhold": Words("第98条第1項第2号", "98 (1) no. 2"),
}
DEADLINES: Final = {
    "disclose": Words("第83条", "83"),
    "correct": Words("第94条", "94"),
    "cease": Words("第102条", "102"),
    "withhold": Words("第102条", "102"),
}
RESUME: Final = "resume"
"""Goes back to where the request was taken back; its target stands for that."""
WHY_UNSEALED: Final = Words(
    "手続きの種類、段階、届いた日と期限です。法律の期限までに決定するため、窓口はこれで並べて数えます。請求の中身と経過は封じてあります。",
    "The sort of the procedure, how far it is, when it came and when it is due: the desk lists and counts by them, to decide within the days of the law. What was asked and what was said is sealed.",
    "てつづきの しゅるいと、いつ どこまで すすんだかです。きめられた 日（ひ）までに こたえる ために つかいます。",
)
"""Why kind, state and days of a request stand unsealed."""
_OPEN: Final = ("examining", "extended")
COURSE: Final = Course(
    phases=(
        Phase("received", Words("受け付けました", "Received", "うけつけました"), "new"),
        Phase("examining", Words("確認しています", "Being looked at", "しらべて います")),
        Phase(
            "extended",
            Words("期限を延ばして確認しています", "Being looked at, for longer", "もう すこし しらべます"),
            "waiting",
        ),
        Phase("granted", Words("請求のとおり決定しました", "Granted", "「いいです」と きまりました"), "done"),
        Phase("partly", Words("一部について決定しました", "Granted in part", "すこし「いいです」"), "done"),
        Phase(
            "refused",
            Words("請求に応じられない決定をしました", "Refused", "「できません」と きまりました"),
            "ended",
        ),
        Phase("withdrawn", Words("取り下げられました", "Taken back", "やめました"), "ended"),
    ),
    arrows=(
        Arrow(
            "confirm",
            Words("本人確認をして審査を始める", "Identity checked: begin", "本人（ほんにん）を たしかめた"),
            ("received",),
            "examining",
            needs_why=True,
        ),
        Arrow(
            "extend", Words("期限を延ばす", "Extend", "のばす"), ("examining",), "extended", needs_why=True
        ),
        Arrow("grant", Words("請求のとおり決定", "Grant", "いいです"), _OPEN, "granted", needs_why=True),
        Arrow(
            "grant_partly",
            Words("一部について決定", "Grant in part", "すこし いいです"),
            _OPEN,
            "partly",
            needs_why=True,
        ),
        Arrow(
            "refuse_request", Words("応じない決定", "Refuse", "できません"), _OPEN, "refused", needs_why=True
        ),
        Arrow(
            "take_back",
            Words("請求を取り下げる", "Take the request back", "やめる"),
            ("received", *_OPEN),
            "withdrawn",
            (RESIDENT,),
        ),
        Arrow(
            "take_back_for",
            Words(
                "本人の申し出で取り下げる",
                "Taken back on the person's word",
                "本人（ほんにん）が やめると 言（い）った",
            ),
            _OPEN,
            "withdrawn",
            needs_why=True,
        ),
        Arrow(
            RESUME,
            Words("取り下げをやめて請求を続ける", "Take the request up again", "また つづける"),
            ("withdrawn",),
            "received",
            (RESIDENT, STAFF),
        ),
    ),
)
WITHDRAWING: Final = frozenset({"take_back", "take_back_for"})
DECIDED: Final = frozenset({"granted", "partly", "refused"})
"""The states in which a decision stands, with its reason and how to object."""


class DataRequest(msgspec.Struct, frozen=True):
    """A request of a person about their own data. `due_at` is the end of the last day for the decision; `helper` the account that asked
    in their name; `office` the one that alone handles it (empty: those who work for all). `identity` says how the person was known at the counter, `decision` is the reason that was given."""

    entity_type: ClassVar[str] = "DataRequest"

    id: str
    number: str
    holder: str
    kind: Annotated[str, Label(Words("請求の種類", "Kind", "しゅるい"), choices=KINDS)]
    what: str
    name: str
    address: str
    status: Annotated[
        str,
        Label(Words("状態", "State", "いま"), choices=tuple((one.name, one.words) for one in COURSE.phases)),
    ]
    asked_at: Instant
    due_at: Instant
    log: tuple[Step, ...] = ()
    helper: str = ""
    identity: str = ""
    decision: str = ""
    decided_at: Instant | None = None
    office: str = ""


class Ask(msgspec.Struct, frozen=True):
    """What somebody asks for of their own data (77, 91, 99 条: name, address, which data)."""

    kind: Annotated[
        str, Label(Words("何を請求しますか", "What do you ask for?", "なにを たのみますか"), choices=KINDS)
    ]
    what: Annotated[
        str,
        Label(
            Words("どの情報についてですか", "Which data?", "どの ことですか"),
            hint=Words(
                "例：11月に送ったレポートの連絡先。訂正のときは、正しい内容も書いてください",
                "For example: the contact on my report of November. To correct, say also what is right",
                "れい：11月の 知（し）らせの れんらくさき",
            ),
        ),
        Meta(min_length=2, max_length=1000),
    ]
    name: Annotated[str, Label(Words("お名前", "Name", "なまえ")), Meta(min_length=1, max_length=100)]
    address: Annotated[
        str, Label(Words("住所または居所", "Address", "じゅうしょ")), Meta(min_length=1, max_length=200)
    ]


class Take(msgspec.Struct, frozen=True):
    """A step with one request, and why; for the check of identity: what was shown."""

    id: str
    why: Annotated[
        str, Label(Words("理由・確認したもの", "Reason, or what was shown", "りゆう")), Meta(max_length=2000)
    ] = ""


TOLD: Final[tuple[tuple[str, Words], ...]] = (
    ("counter", Words("窓口で", "At the counter", "まどぐちで")),
    ("letter", Words("書面で", "By letter", "てがみで")),
    ("telephone", Words("電話で（折り返して確かめた）", "By telephone, called back", "でんわで")),
)
"""How a person said that they take their request back."""


class Withdrawal(msgspec.Struct, frozen=True):
    """A request is taken back at the desk: on the word of the person alone."""

    id: str
    told: Annotated[
        str,
        Label(
            Words("本人はどう伝えましたか", "How the person said so", "どうやって 言（い）いましたか"),
            choices=TOLD,
        ),
    ]
    why: Annotated[
        str,
        Label(
            Words("申し出の日と内容", "When and what they said", "いつ なにを 言（い）いましたか"),
            hint=Words(
                "本人にもこのまま見えます", "The person reads this, too", "本人（ほんにん）も 見（み）ます"
            ),
        ),
        Meta(min_length=1, max_length=2000),
    ]
    heard: Annotated[
        bool,
        Label(
            Words(
                "本人から、この請求を取り下げると聞きました",
                "The person said that they take this request back",
                "本人（ほんにん）から 聞（き）きました",
            )
        ),
    ] = False
