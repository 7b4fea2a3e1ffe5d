"""Accounts of city points and giving them on, told as data. People know it as a part of シティポイント (`kit.joining`)."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Command, Erase, Job, Page, Service
from kaiteki.kit.purses import Account, own_account
from kaiteki.model.access import ANYONE, RESIDENT, STAFF
from kaiteki.model.words import Words
from kaiteki.services.points import donations, rules
from kaiteki.services.points.kinds import ACCOUNT, PURPOSES, RECIPIENT, TRANSFER
from kaiteki.services.points.pages import book, giving

EXPIRE_EVERY_S: Final = 3600
DONATE: Final = "points/donate"
RECIPIENTS: Final = "points/desk/recipients"
COMMANDS: Final = (
    Command(
        "open",
        Words("ポイントをはじめる", "Open an account", "ポイントを はじめる"),
        rules.Open,
        rules.open_account,
        lambda form, asked: (own_account(asked),),
        (RESIDENT,),
        page="points",
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
    words=Words("シティポイントの口座", "Accounts of city points", "ポイントの こうざ"),
    summary=Words(
        "ボランティアや健康づくりでポイントをもらい、残高と期限を確かめられます。",
        "Earn points for volunteering and health, and see what you have and until when.",
        "ボランティアなどで ポイントが もらえます。いくつ あるか わかります。",
    ),
    field="life",
    stage="lab",
    package="kaiteki.services.points",
    commands=COMMANDS,
    pages=PAGES,
    types=(ACCOUNT, TRANSFER, RECIPIENT),
    purposes=PURPOSES,
    sees=(book.CampaignSeen,),
    jobs=(Job("expire", EXPIRE_EVERY_S, "PointAccount", rules.EXPIRING, Account, rules.let_expire),),
    erase=(
        Erase("PointAccount", ("holder",), ("holder", "tallies"), rules.unnamed_account),
        Erase("PointTransfer", ("holder",), ("holder", "why"), rules.unnamed_transfer),
    ),
)
