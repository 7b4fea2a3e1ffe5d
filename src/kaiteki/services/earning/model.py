"""What is kept of what gives points, the forms of its commands, and the settings of an area. Decision record 0055."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.ledger import Stand
from kaiteki.kit.purses import REVERSAL
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

APRIL: Final = 4
FIELDS: Final = (
    ("volunteer", Words("ボランティア", "Volunteering", "ボランティア")),
    ("health", Words("健康", "Health", "けんこう")),
    ("measure", Words("市の取り組み", "City measures", "市（し）の とりくみ")),
)
BY_DESK: Final = "desk"
BY_TASK: Final = "task"
EARNED: Final = (
    (BY_DESK, Words("窓口で番号を見て贈る", "Staff give them by number", "まどぐちで もらう")),
    (
        BY_TASK,
        Words(
            "市民タスクが確認されると自動で贈る",
            "Given when a citizens' task is confirmed",
            "みんなの タスクが おわると もらえる",
        ),
    ),
)
OPEN: Final = "open"
CLEARED: Final = "cleared"
STATES: Final = (
    (OPEN, Words("確認待ち", "To be looked at", "これから")),
    (CLEARED, Words("問題なし", "Cleared", "だいじょうぶ")),
    (REVERSAL, Words("取り消し済み", "Taken back", "とりけした")),
)
OFTEN: Final = "often"
ELSEWHERE: Final = "elsewhere"
SIGNS: Final = (
    (OFTEN, Words("一日の回数が多い", "Many in one day", "一日（いちにち）に おおい")),
    (ELSEWHERE, Words("短い間に別の場所", "Two places in a short time", "すぐに べつの ところ")),
)


class Campaign(msgspec.Struct, frozen=True):
    """For what points are given: how many each time, the caps, the budget, from when to when, where. `starts` and `ends` are days."""

    id: str
    name: Annotated[Words, Label(Words("名前", "Name", "なまえ"))]
    field: Annotated[str, Label(Words("分野", "Field", "しゅるい"), choices=FIELDS)]
    amount: Annotated[int, Label(Words("1回のポイント", "Points each time", "1回（いっかい）の ポイント"))]
    day_max: Annotated[int, Label(Words("1日の上限", "At most per day", "1日（いちにち）の さいだい"))]
    person_max: Annotated[int, Label(Words("1人の上限", "At most per person", "1人（ひとり）の さいだい"))]
    budget: Annotated[int, Label(Words("予算", "Budget", "よさん"))]
    starts: Annotated[str, Label(Words("開始日", "From", "はじまり"))]
    ends: Annotated[str, Label(Words("終了日", "To", "おわり"))]
    place: Annotated[str, Label(Words("場所", "Where", "ばしょ"))] = ""
    left: Annotated[int, Label(Words("予算の残り", "Left of the budget", "のこり"))] = 0
    earned: Annotated[str, Label(Words("贈り方", "How they are given", "もらいかた"), choices=EARNED)] = (
        BY_DESK
    )

    @property
    def stand(self) -> Stand:
        """What the ledger knows of its budget, which is an account without lots."""
        return Stand(self.left)


class Review(msgspec.Struct, frozen=True):
    """A grant that looks implausible, for staff to look at. It names the transfer alone, which says whose it is."""

    id: str
    transfer: str
    sign: Annotated[str, Label(Words("気になる点", "Sign", "なにが"), choices=SIGNS)]
    at: Annotated[Instant, Label(Words("日時", "When", "いつ"))]
    status: Annotated[str, Label(Words("状態", "State", "いま"), choices=STATES)] = OPEN


class KeepCampaign(msgspec.Struct, frozen=True):
    """A new campaign with its budget."""

    name: Annotated[str, Label(Words("名前", "Name (Japanese)", "なまえ")), msgspec.Meta(max_length=60)]
    name_en: Annotated[
        str, Label(Words("英語の名前", "Name (English)", "えいごの なまえ")), msgspec.Meta(max_length=80)
    ]
    field: Annotated[str, Label(Words("分野", "Field", "しゅるい"), choices=FIELDS)]
    amount: Annotated[
        int,
        Label(Words("1回のポイント", "Points each time", "1回（いっかい）の ポイント")),
        msgspec.Meta(ge=1, le=100_000),
    ]
    day_max: Annotated[
        int,
        Label(Words("1人1日の上限ポイント", "At most per person and day", "1日（いちにち）の さいだい")),
        msgspec.Meta(ge=1, le=1_000_000),
    ]
    person_max: Annotated[
        int,
        Label(Words("1人の上限ポイント", "At most per person", "1人（ひとり）の さいだい")),
        msgspec.Meta(ge=1, le=1_000_000),
    ]
    budget: Annotated[
        int,
        Label(Words("予算（ポイント）", "Budget (points)", "よさん")),
        msgspec.Meta(ge=1, le=1_000_000_000),
    ]
    starts: Annotated[date, Label(Words("開始日", "From", "はじまり"))]
    ends: Annotated[date, Label(Words("終了日", "To", "おわり"))]
    place: Annotated[str, Label(Words("場所", "Where", "ばしょ")), msgspec.Meta(max_length=80)] = ""
    earned: Annotated[str, Label(Words("贈り方", "How they are given", "もらいかた"), choices=EARNED)] = (
        BY_DESK
    )


class Grant(msgspec.Struct, frozen=True):
    """Points of a campaign for the account with a number."""

    campaign: Annotated[str, Label(Words("取り組み", "For what", "なんの")), msgspec.Meta(max_length=200)]
    number: Annotated[
        str, Label(Words("ポイント番号", "Points number", "ばんごう")), msgspec.Meta(max_length=30)
    ]


class TakeBack(msgspec.Struct, frozen=True):
    """Take back a grant. The account and the budget that it names stand in the form, so that all are loaded at once."""

    id: Annotated[str, msgspec.Meta(max_length=200)]
    point_account: Annotated[str, msgspec.Meta(max_length=200)]
    campaign: Annotated[str, msgspec.Meta(max_length=200)]
    why: Annotated[str, Label(Words("理由", "Reason", "りゆう")), msgspec.Meta(max_length=200)]


class Clear(msgspec.Struct, frozen=True):
    """There is nothing wrong with a grant."""

    id: Annotated[str, msgspec.Meta(max_length=200)]


class Settings(msgspec.Struct, frozen=True):
    """What an area may set in `cities/<area>/services/points.toml`.

    Points hold until the end of the month that is so many months after the one in which they were given. A person who is given points
    more often a day than `often_a_day`, or at another place within `elsewhere_s` seconds, is looked at by staff.
    """

    expire_months: int = 24
    often_a_day: int = 5
    elsewhere_s: int = 900


def task_campaign(day: date) -> str:
    """The id of the campaign for citizens' tasks in the fiscal year of a day (April to March)."""
    return f"urn:ngsi-ld:PointCampaign:task-{day.year - (day.month < APRIL)}"
