"""City points (ちばシティポイント), told as data."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Erase, Job, Page, Queues, Service
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.points import book, desk, donations, giving, mine, rules, tasks
from kaiteki.services.points.kinds import ACCOUNT, CAMPAIGN, PURPOSES, RECIPIENT, REVIEW, TRANSFER
from kaiteki.services.points.model import (
    Account,
    Clear,
    Grant,
    KeepCampaign,
    Open,
    Settings,
    TakeBack,
)

EXPIRE_EVERY_S: Final = 3600
DESK: Final = "points/desk"
DONATE: Final = "points/donate"
RECIPIENTS: Final = "points/desk/recipients"
COMMANDS: Final = (
    Command(
        "open",
        Words("ポイントをはじめる", "Open an account", "ポイントを はじめる"),
        Open,
        rules.open_account,
        lambda form, asked: (rules.own_account(asked),),
        (RESIDENT,),
        page="points",
    ),
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
    Command(
        "keep_recipient",
        Words("寄付先を加える", "Add a recipient", "きふする ところを ふやす"),
        donations.KeepRecipient,
        donations.keep_recipient,
        page=RECIPIENTS,
    ),
    Command(
        "donate",
        Words("ポイントを寄付する", "Give points on", "ポイントを きふする"),
        donations.Donate,
        donations.donate,
        donations.donate_needs,
        (RESIDENT,),
        page=DONATE,
    ),
    Command(
        "undo_donation",
        Words("寄付を取り消す", "Take a gift back", "きふを やめる"),
        donations.UndoDonation,
        donations.undo_donation,
        donations.undo_needs,
        (RESIDENT,),
        page=DONATE,
    ),
    Command(
        "pay_out",
        Words("支払いを記録する", "Keep that a recipient was paid", "はらったと 書（か）く"),
        donations.PayOut,
        donations.pay_out,
        lambda form, asked: (form.recipient,),
        page=RECIPIENTS,
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
    Page(
        DONATE,
        "donate.html",
        Words("ポイントを寄付する", "Give your points", "ポイントを きふする"),
        giving.show,
        giving.act,
        roles=(ANYONE,),
        keywords=Words("寄付 ポイント NPO 団体", "donate give points charity non-profit", "きふ ポイント"),
    ),
    Page(
        RECIPIENTS,
        "recipients.html",
        Words("ポイントの寄付先", "Who points can be given to", "きふする ところ"),
        giving.show_recipients,
        giving.act_recipients,
        roles=(STAFF,),
    ),
    Page(
        "points/desk/points.beancount",
        "",
        Words("帳簿（beancount）", "The ledger for beancount", "ちょうぼ（beancount）"),
        book.beancount,
        roles=(STAFF,),
    ),
    Page(
        "points/desk/points.journal",
        "",
        Words("帳簿（hledger）", "The ledger for hledger", "ちょうぼ（hledger）"),
        book.hledger,
        roles=(STAFF,),
    ),
)
service: Final = Service(
    name="points",
    words=Words("シティポイント", "City points", "シティポイント"),
    summary=Words(
        "ボランティアや健康づくりでポイントをもらい、残高と期限を確かめられます。",
        "Earn points for volunteering and health, and see what you have and until when.",
        "ボランティアなどで ポイントが もらえます。いくつ あるか わかります。",
    ),
    field="life",
    stage="lab",
    package="kaiteki.services.points",
    types=(ACCOUNT, TRANSFER, CAMPAIGN, RECIPIENT, REVIEW),
    commands=COMMANDS,
    purposes=PURPOSES,
    pages=PAGES,
    queues=Queues(DESK, desk.waiting),
    reactions=tasks.REACTIONS,
    sees=(tasks.Deed,),
    jobs=(Job("expire", EXPIRE_EVERY_S, "PointAccount", rules.EXPIRING, Account, rules.let_expire),),
    erase=(
        Erase("PointAccount", ("holder",), ("holder", "tallies"), rules.unnamed_account),
        Erase("PointTransfer", ("holder",), ("holder", "why"), rules.unnamed_transfer),
    ),
    settings=Settings,
)
