"""Exchanging city points, told as data. People know it as a part of シティポイント (`kit.joining`)."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Erase, Page, Service
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.exchange import model, orders, settling
from kaiteki.services.exchange.kinds import ORDER, REWARD, SETTLEMENT
from kaiteki.services.exchange.pages import partners, rewards

EXCHANGE: Final = "points/exchange"
REWARDS: Final = "points/desk/rewards"
SETTLEMENTS: Final = "points/desk/settlements"
COMMANDS: Final = (
    Command(
        "keep_reward",
        Words("交換するものを加える", "Add a reward", "こうかんする ものを ふやす"),
        model.KeepReward,
        orders.keep_reward,
        page=REWARDS,
    ),
    Command(
        "place_order",
        Words("ポイントを交換する", "Exchange points", "ポイントを こうかんする"),
        model.PlaceOrder,
        orders.place_order,
        orders.order_needs,
        (RESIDENT,),
        page=EXCHANGE,
    ),
    Command(
        "cancel_order",
        Words("交換の申し込みを取り消す", "Take an order back", "こうかんを やめる"),
        model.CancelOrder,
        orders.cancel_order,
        orders.cancel_needs,
        (RESIDENT,),
        page=EXCHANGE,
    ),
    Command(
        "redeem",
        Words("利用券を受け取る", "Take a ticket", "チケットを うけとる"),
        model.Redeem,
        orders.redeem,
        orders.redeem_needs,
        page=REWARDS,
    ),
    Command(
        "settle",
        Words("交換先の結果を取り込む", "Take in what a partner answers", "けっかを 入（い）れる"),
        model.Settle,
        settling.settle,
        settling.settle_needs,
        page=SETTLEMENTS,
    ),
)
PAGES: Final = (
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
)
service: Final = Service(
    name="points",
    words=Words("ポイントの交換", "Exchanging points", "ポイントの こうかん"),
    summary=Words(
        "ボランティアや健康づくりでポイントをもらい、残高と期限を確かめられます。",
        "Earn points for volunteering and health, and see what you have and until when.",
        "ボランティアなどで ポイントが もらえます。いくつ あるか わかります。",
    ),
    field="life",
    stage="lab",
    package="kaiteki.services.exchange",
    commands=COMMANDS,
    pages=PAGES,
    types=(REWARD, ORDER, SETTLEMENT),
    reactions=orders.REACTIONS,
    jobs=orders.JOBS,
    erase=(Erase("PointOrder", ("holder",), ("holder", "to", "code", "answer"), orders.unnamed_order),),
    settings=model.Settings,
)
