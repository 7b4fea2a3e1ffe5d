"""City points (ちばシティポイント), told as data."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Erase, Job, Page, Queues, Service
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.points import donations, exchange, orders, rules, settling, tasks
from kaiteki.services.points.kinds import (
    ACCOUNT,
    CAMPAIGN,
    ORDER,
    PURPOSES,
    RECIPIENT,
    REVIEW,
    REWARD,
    SETTLEMENT,
    TRANSFER,
)
from kaiteki.services.points.model import (
    Account,
    Clear,
    Grant,
    KeepCampaign,
    Open,
    Settings,
    TakeBack,
)
from kaiteki.services.points.pages import book, desk, giving, mine, partners, rewards

EXPIRE_EVERY_S: Final = 3600
DESK: Final = "points/desk"
DONATE: Final = "points/donate"
RECIPIENTS: Final = "points/desk/recipients"
EXCHANGE: Final = "points/exchange"
REWARDS: Final = "points/desk/rewards"
SETTLEMENTS: Final = "points/desk/settlements"
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
    Command(
        "keep_reward",
        Words("交換するものを加える", "Add a reward", "こうかんする ものを ふやす"),
        exchange.KeepReward,
        orders.keep_reward,
        page=REWARDS,
    ),
    Command(
        "place_order",
        Words("ポイントを交換する", "Exchange points", "ポイントを こうかんする"),
        exchange.PlaceOrder,
        orders.place_order,
        orders.order_needs,
        (RESIDENT,),
        page=EXCHANGE,
    ),
    Command(
        "cancel_order",
        Words("交換の申し込みを取り消す", "Take an order back", "こうかんを やめる"),
        exchange.CancelOrder,
        orders.cancel_order,
        orders.cancel_needs,
        (RESIDENT,),
        page=EXCHANGE,
    ),
    Command(
        "redeem",
        Words("利用券を受け取る", "Take a ticket", "チケットを うけとる"),
        exchange.Redeem,
        orders.redeem,
        orders.redeem_needs,
        page=REWARDS,
    ),
    Command(
        "settle",
        Words("交換先の結果を取り込む", "Take in what a partner answers", "けっかを 入（い）れる"),
        exchange.Settle,
        settling.settle,
        settling.settle_needs,
        page=SETTLEMENTS,
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
        EXCHANGE,
        "exchange.html",
        Words("ポイントを交換する", "Exchange your points", "ポイントを こうかんする"),
        rewards.show,
        rewards.act,
        roles=(ANYONE,),
        keywords=Words(
            "交換 電子マネー 特典 利用券 景品",
            "exchange rewards electronic money ticket",
            "こうかん でんし マネー チケット",
        ),
    ),
    Page(
        REWARDS,
        "rewards.html",
        Words("交換するものと利用券", "Rewards and tickets", "こうかんする もの"),
        partners.show,
        partners.act,
        roles=(STAFF,),
    ),
    Page(
        SETTLEMENTS,
        "settlements.html",
        Words("交換先との照合", "Settlement with partners", "こうかんさきと あわせる"),
        partners.show_settlements,
        partners.act_settlements,
        roles=(STAFF,),
    ),
    Page(
        f"{SETTLEMENTS}/{{partner}}/{{day}}",
        "",
        Words("申し込みのファイル", "File of the orders", "もうしこみの ファイル"),
        partners.settlement_file,
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
    types=(ACCOUNT, TRANSFER, CAMPAIGN, RECIPIENT, REVIEW, REWARD, ORDER, SETTLEMENT),
    commands=COMMANDS,
    purposes=PURPOSES,
    pages=PAGES,
    queues=Queues(DESK, desk.waiting),
    reactions=(*tasks.REACTIONS, *orders.REACTIONS),
    sees=(tasks.Deed,),
    jobs=(
        Job("expire", EXPIRE_EVERY_S, "PointAccount", rules.EXPIRING, Account, rules.let_expire),
        *orders.JOBS,
    ),
    erase=(
        Erase("PointAccount", ("holder",), ("holder", "tallies"), rules.unnamed_account),
        Erase("PointTransfer", ("holder",), ("holder", "why"), rules.unnamed_transfer),
        Erase("PointOrder", ("holder",), ("holder", "to", "code", "answer"), orders.unnamed_order),
    ),
    settings=Settings,
)
