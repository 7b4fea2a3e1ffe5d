"""The pages of 窓口: one row each, fixed addresses before those with an office; and what the search offers of its matters."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.live import Live
from kaiteki.kit.manifest import Page, Topic
from kaiteki.model.access import STAFF
from kaiteki.model.words import Words
from kaiteki.services.counter.pages import browse, desk, roster_desk, statistics, week
from kaiteki.services.counter.settings import Settings

KIOSK_POSTS_PER_MINUTE: Final = 60
TOPICS_MAX: Final = 40
LINES: Final = Live(("CounterLine", "CounterWindow", "CounterPace", "CounterRoster"), browse.version_now)
"""Pages that show how the lines of one office stand."""

PAGES: Final = (
    Page(
        "counter",
        "offices.html",
        Words("窓口の混み具合", "How busy the counters are", "まどぐちの こみぐあい"),
        browse.show_offices,
        menu=True,
        icon="people",
        summary=Words(
            "待っている人数を見て、整理券をとる",
            "See who is waiting, and take a number",
            "まって いる 人（ひと）の 数（かず）を 見（み）る。ばんごうを とる",
        ),
        keywords=Words(
            "区役所 市役所 待ち時間 待ち人数 混雑 整理券 番号札 呼び出し 受付",
            "ward office city hall waiting time queue line ticket number busy crowded",
            "くやくしょ しやくしょ まちじかん こんざつ せいりけん ばんごう",
        ),
    ),
    Page(
        "counter/desk",
        "desk.html",
        Words("窓口の仕事", "Desk of the counters", "まどぐちの しごと"),
        desk.show_desk,
        desk.act_at_desk,
        (STAFF,),
        icon="people",
        posts_per_minute_max=KIOSK_POSTS_PER_MINUTE,
        live=LINES,
    ),
    Page(
        "my/numbers",
        "mine.html",
        Words("わたしの整理券", "My numbers", "わたしの ばんごう"),
        browse.show_mine,
        icon="people",
        keywords=Words("整理券 番号", "ticket number", "ばんごう"),
        live=Live(("CounterLine", "CounterTicket"), browse.version_of_mine, personal=True),
    ),
    Page(
        "counter/{office}",
        "office.html",
        Words("窓口", "Counter", "まどぐち"),
        browse.show_office,
        browse.take_number,
        live=LINES,
    ),
    Page(
        "counter/{office}/now.json",
        "",
        Words("いまの列（データ）", "The lines now, as data", "いまの れつ（データ）"),
        browse.show_now,
    ),
    Page(
        "counter/{office}/numbers/{number}",
        "number.html",
        Words("整理券", "Number", "ばんごう"),
        browse.show_number,
        browse.act_on_number,
        live=LINES,
    ),
    Page(
        "counter/{office}/week",
        "week.html",
        Words("いつもの混み具合", "The usual week", "いつもの こみぐあい"),
        week.show_week,
    ),
    Page(
        "counter/{office}/week.csv",
        "",
        Words("いつもの1週間（CSV）", "The usual week, as CSV", "いつもの 1週間（しゅうかん）（CSV）"),
        week.week_csv,
    ),
    Page(
        "counter/{office}/kiosk",
        "kiosk.html",
        Words("発券機", "Kiosk", "ばんごうの きかい"),
        browse.show_kiosk,
        browse.act_on_kiosk,
        posts_per_minute_max=KIOSK_POSTS_PER_MINUTE,
        live=LINES,
    ),
    Page(
        "counter/{office}/statistics",
        "statistics.html",
        Words("窓口の統計", "Statistics of the counters", "まどぐちの かず"),
        statistics.show_statistics,
        roles=(STAFF,),
    ),
    Page(
        "counter/{office}/roster",
        "roster.html",
        Words("窓口の予定", "Plan of the windows", "まどぐちの よてい"),
        roster_desk.show_roster,
        roster_desk.act_on_roster,
        roles=(STAFF,),
    ),
    Page(
        "counter/{office}/display",
        "display.html",
        Words("呼び出し表示", "Calling display", "よびだし"),
        browse.show_display,
        live=LINES,
    ),
)


def topics_of(settings: Settings) -> tuple[Topic, ...]:
    """A topic for each matter that some office deals with: found by its words, leading to the offices."""
    matters = {one.code: one for office in settings.offices for one in office.matters}
    return tuple(
        Topic(
            words=Words(
                f"窓口の混み具合：{one.words.ja}",
                f"Counters: {one.words.en}",
                f"まどぐち：{one.words.say('ja-easy')}",
            ),
            path="counter",
            keywords=one.keywords,
        )
        for one in list(matters.values())[:TOPICS_MAX]
    )
