"""What gives city points, told as data. People know it as a part of シティポイント (`kit.joining`)."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Page, Queues, Service
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.words import Words
from kaiteki.services.earning import rules, tasks
from kaiteki.services.earning.kinds import CAMPAIGN, REVIEW
from kaiteki.services.earning.model import Clear, Grant, KeepCampaign, Settings, TakeBack
from kaiteki.services.earning.pages import desk, mine

DESK: Final = "points/desk"
COMMANDS: Final = (
    Command(
        "keep_campaign",
        Words("取り組みを作る", "Begin a campaign", "あたらしく つくる"),
        KeepCampaign,
        rules.keep_campaign,
        rules.campaign_needs,
        page="points/desk/campaigns",
    ),
    Command(
        "grant",
        Words("ポイントを贈る", "Give points", "ポイントを おくる"),
        Grant,
        rules.grant,
        rules.grant_needs,
        page=DESK,
    ),
    Command(
        "take_back",
        Words("ポイントを取り消す", "Take points back", "とりけす"),
        TakeBack,
        rules.take_back,
        rules.take_back_needs,
        page=DESK,
    ),
    Command(
        "clear",
        Words("問題なしにする", "Nothing is wrong", "だいじょうぶ"),
        Clear,
        rules.clear,
        lambda form, asked: (form.id,),
        page=DESK,
    ),
)
PAGES: Final = (
    Page(
        "points",
        "points.html",
        Words("シティポイント", "City points", "シティポイント"),
        mine.show,
        mine.act,
        roles=(ANYONE,),
        menu=True,
        icon="hands",
        summary=Words(
            "残高と期限、もらえる取り組み",
            "Balance, expiry and how to earn",
            "いくつ あるか、どこで もらえるか",
        ),
        keywords=Words(
            "ポイント ちばシティポイント 残高 期限 ボランティア 健康",
            "points balance expiry volunteer health",
            "ポイント ボランティア",
        ),
    ),
    Page(
        DESK,
        "desk.html",
        Words("シティポイント（窓口）", "City points (desk)", "ポイントの まどぐち"),
        desk.show,
        desk.act,
        roles=(STAFF,),
    ),
    Page(
        "points/desk/campaigns",
        "campaigns.html",
        Words("ポイントの取り組み", "What gives points", "ポイントの とりくみ"),
        desk.show_campaigns,
        desk.act_campaigns,
        roles=(STAFF,),
    ),
)
service: Final = Service(
    name="points",
    words=Words("ポイントをもらう", "Earning points", "ポイントを もらう"),
    summary=Words(
        "ボランティアや健康づくりでポイントをもらい、残高と期限を確かめられます。",
        "Earn points for volunteering and health, and see what you have and until when.",
        "ボランティアなどで ポイントが もらえます。いくつ あるか わかります。",
    ),
    field="life",
    stage="lab",
    package="kaiteki.services.earning",
    commands=COMMANDS,
    pages=PAGES,
    types=(CAMPAIGN, REVIEW),
    queues=Queues(DESK, desk.waiting),
    reactions=tasks.REACTIONS,
    sees=(tasks.Deed,),
    settings=Settings,
)
