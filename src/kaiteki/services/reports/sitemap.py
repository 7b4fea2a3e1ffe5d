"""The pages of まちレポ: one row each, fixed addresses before those with a number."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.reports import (
    browse,
    desk,
    desk_actions,
    desk_rounds,
    desk_themes,
    figures,
    journey,
    known,
)

PAGES: Final = (
    Page(
        "reports/new",
        "new.html",
        Words("不具合を知らせる", "Report something", "知（し）らせる"),
        journey.show_start,
        journey.take_start,
        menu=True,
        icon="camera",
        summary=Words(
            "写真と場所を送ると、担当の課に届きます",
            "Send a photo and the place to the right office",
            "写真（しゃしん）と ばしょを 市役所（しやくしょ）に 送（おく）ります",
        ),
    ),
    Page(
        "reports/new/place",
        "place.html",
        Words("場所", "Place", "ばしょ"),
        journey.show_place,
        journey.take_place,
    ),
    Page(
        "reports/new/asset",
        "asset.html",
        Words("どれのことですか", "Which one?", "どれですか"),
        known.show_assets,
        known.take_asset,
    ),
    Page(
        "reports/new/known",
        "known.html",
        Words("もう届いていませんか", "Is it known already?", "もう とどいて いませんか"),
        known.show_known,
        known.take_known,
    ),
    Page(
        "reports/new/photo",
        "photo.html",
        Words("写真とようす", "Photo and words", "写真（しゃしん）"),
        journey.show_photo,
        journey.take_photo,
    ),
    Page(
        "reports/new/check",
        "check.html",
        Words("確認して送る", "Check and send", "かくにん"),
        journey.show_check,
        journey.take_check,
    ),
    Page(
        "reports/done/{number}",
        "done.html",
        Words("届きました", "It arrived", "とどきました"),
        journey.show_done,
    ),
    Page(
        "reports",
        "list.html",
        Words("まちの知らせ", "Town reports", "まちの 知（し）らせ"),
        browse.show_list,
        menu=True,
        icon="pin",
        summary=Words(
            "届いた不具合と、その後のようす",
            "What was told, and what became of it",
            "みんなの 知（し）らせと、その あとの こと",
        ),
    ),
    Page(
        "reports/tasks",
        "tasks.html",
        Words("みんなで直す", "Mend it together", "みんなで なおす"),
        browse.show_tasks,
        menu=True,
        icon="people",
        summary=Words(
            "市民の手で直せるもの、参加を待つもの",
            "What residents can mend; join in",
            "いっしょに なおす 人（ひと）を まって います",
        ),
    ),
    Page(
        "reports/themes",
        "themes.html",
        Words("テーマレポート", "Theme reports", "テーマ"),
        browse.show_themes,
    ),
    Page(
        "reports/statistics",
        "statistics.html",
        Words("どのくらいで直るか", "How long it takes", "どのくらいで なおるか"),
        figures.show_statistics,
    ),
    Page(
        "reports/statistics.csv",
        "",
        Words("統計の表", "Statistics as CSV", "ひょう"),
        figures.show_statistics_csv,
        menu=True,
        icon="chart",
        field="hall",
    ),
    Page(
        "reports/desk",
        "desk.html",
        Words("不具合の受付", "Report desk", "うけつけ"),
        desk.show_desk,
        desk_actions.act_on_desk,
        roles=(STAFF,),
        menu=True,
        icon="list",
        summary=Words(
            "届いた不具合に担当を決め、進める",
            "Assign the reports and take them on",
            "とどいた ものの たんとうを きめます",
        ),
    ),
    Page(
        "reports/desk/round",
        "round.html",
        Words("現場めぐり", "Round", "見（み）て まわる"),
        desk_rounds.show_round,
        roles=(STAFF,),
        menu=True,
        icon="pin",
        summary=Words(
            "近くで待っている知らせを、回る順に",
            "What waits near you, in the order of a round",
            "近（ちか）くの 知らせを じゅんばんに",
        ),
    ),
    Page(
        "reports/desk/sheet",
        "sheet.html",
        Words("作業票", "Work sheet", "しごとの 紙（かみ）"),
        desk_rounds.show_sheet,
        roles=(STAFF,),
    ),
    Page(
        "reports/desk/replies",
        "replies.html",
        Words("文例", "Prepared replies", "文（ぶん）の れい"),
        desk_rounds.show_replies,
        roles=(STAFF,),
    ),
    Page(
        "reports/desk/themes",
        "desk_themes.html",
        Words("テーマの準備", "Prepare themes", "テーマの じゅんび"),
        desk_themes.show_themes,
        desk_themes.act_on_themes,
        roles=(STAFF,),
        menu=True,
        icon="note",
        summary=Words(
            "期間を決めて、みんなに見てもらうことを募る",
            "Ask everybody to look at one thing for a while",
            "みんなに 見（み）て ほしい ことを きめます",
        ),
    ),
    Page("reports/desk.csv", "", Words("受付の表", "Desk as CSV", "ひょう"), desk.show_csv, roles=(STAFF,)),
    Page("reports/desk.js", "", Words("受付のキー操作", "Desk keys"), desk.show_script, roles=(STAFF,)),
    Page(
        "reports/{number}",
        "report.html",
        Words("まちの知らせ", "Report", "まちの 知（し）らせ"),
        browse.show_report,
        browse.act_on_report,
    ),
)
