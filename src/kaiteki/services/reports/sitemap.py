"""The pages of まちレポ: one row each, fixed addresses before those with a number."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.manifest import Page
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.reports import browse, desk, figures, journey

PAGES: Final = (
    Page(
        "reports/new",
        "new.html",
        Words("不具合を知らせる", "Report something", "知（し）らせる"),
        journey.show_start,
        journey.take_start,
        menu=True,
        icon="camera",
    ),
    Page(
        "reports/new/place",
        "place.html",
        Words("場所", "Place", "ばしょ"),
        journey.show_place,
        journey.take_place,
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
    ),
    Page(
        "reports/tasks",
        "tasks.html",
        Words("みんなで直す", "Mend it together", "みんなで なおす"),
        browse.show_tasks,
        menu=True,
        icon="people",
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
        "reports/desk",
        "desk.html",
        Words("不具合の受付", "Report desk", "うけつけ"),
        desk.show_desk,
        desk.act_on_desk,
        roles=(STAFF,),
        menu=True,
        icon="list",
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
