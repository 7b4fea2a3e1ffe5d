"""窓口, told as data: types, commands, purposes, pages, jobs."""

from __future__ import annotations

from functools import partial
from typing import Final

from kaiteki.kit.line import MOVES
from kaiteki.kit.manifest import Command, Job, Queues, Service, Survey
from kaiteki.model.access import ADMIN, ANYONE, STAFF
from kaiteki.model.words import Words
from kaiteki.services.counter import (
    calling,
    days,
    feeding,
    leaving,
    lessons,
    planning,
    taking,
    telling,
)
from kaiteki.services.counter.kinds import PURPOSES, TYPES
from kaiteki.services.counter.model import (
    Admit,
    Bell,
    Call,
    Handle,
    Holding,
    Issue,
    Leave,
    Line,
    Seat,
    Take,
    TellMe,
)
from kaiteki.services.counter.pages import desk
from kaiteki.services.counter.pages.sitemap import PAGES, topics_of
from kaiteki.services.counter.settings import Settings

CLOSE_EVERY_S: Final = 60
FORGET_EVERY_S: Final = 3600
DESK: Final = "counter/desk"
STEPS: Final[dict[str, Words]] = {
    "recall": Words("もう一度呼ぶ", "Call again", "もう いちど よぶ"),
    "begin": Words("対応を始める", "Begin", "はじめる"),
    "miss": Words("不在", "Not there", "いない"),
    "hold": Words("保留", "Put on hold", "あとに する"),
    "resume": Words("列に戻す", "Back in the line", "れつに もどす"),
    "finish": Words("終わる", "Finish", "おわる"),
    "transfer": Words("ほかの用件へ引き継ぐ", "Pass on", "ほかに わたす"),
}
"""The moves of `kit.line.MOVES` that staff make one by one."""
COMMANDS: Final = (
    Command(
        "take",
        Words("整理券をとる", "Take a number", "ばんごうを とる"),
        Take,
        taking.take,
        taking.needs_of_take,
        (ANYONE,),
        page="counter",
    ),
    Command(
        "leave",
        Words("整理券を返す", "Give the number back", "ばんごうを かえす"),
        Leave,
        taking.leave,
        taking.needs_of_take,
        (ANYONE,),
        page="counter",
    ),
    Command(
        "tell_me",
        Words("知らせる時を決める", "Choose when to be told", "いつ 知（し）らせるか きめる"),
        TellMe,
        telling.tell_me,
        telling.needs_of_tell_me,
        (ANYONE,),
        page="counter",
    ),
    Command(
        "issue",
        Words("発券する", "Give out a number", "ばんごうを だす"),
        Issue,
        taking.issue,
        taking.needs_of_issue,
        (ANYONE, STAFF),
        page=DESK,
    ),
    Command(
        "feed",
        Words(
            "ほかの発券機の番号を受け取る",
            "Take in a number of another machine",
            "ほかの きかいの ばんごうを 入（い）れる",
        ),
        feeding.Feed,
        feeding.feed,
        feeding.needs_of_feed,
    ),
    Command(
        "admit_kiosk",
        Words("発券機にする", "Make it a kiosk", "ばんごうの きかいに する"),
        Admit,
        taking.admit,
        taking.needs_of_admit,
        page=DESK,
    ),
    Command(
        "seat",
        Words("窓口を開ける・閉める", "Open or close a window", "まどぐちを あける・しめる"),
        Seat,
        calling.seat,
        calling.needs_of_window,
        page=DESK,
    ),
    Command(
        "call",
        Words("呼ぶ", "Call", "よぶ"),
        Call,
        calling.call,
        calling.needs_of_window,
        page=DESK,
    ),
    *(
        Command(name, words, Handle, partial(calling.handle, name), calling.needs_of_window, page=DESK)
        for name, words in STEPS.items()
        if name in MOVES
    ),
    Command(
        "undo",
        Words("元に戻す", "Undo", "もどす"),
        Handle,
        calling.undo,
        calling.needs_of_window,
        page=DESK,
    ),
    Command(
        "plan",
        Words("窓口の予定を書く", "Write the plan of the windows", "まどぐちの よていを 書（か）く"),
        planning.Plan,
        planning.plan,
        planning.needs_of_plan,
        page=DESK,
    ),
    Command(
        "keep_pace",
        Words("所要時間を残す", "Keep how long services take", "かかる 時間（じかん）を のこす"),
        lessons.KeepPace,
        lessons.keep_pace,
        lessons.needs_of_keep,
        (ADMIN,),
    ),
    Command(
        "come_now",
        Words("出かける時を知らせる", "Tell who is to leave now", "でかける ときを 知（し）らせる"),
        leaving.ComeNow,
        leaving.come_now,
        leaving.needs_of_come_now,
        (ADMIN,),
    ),
    Command(
        "keep_days",
        Words("過ぎた日を残す", "Keep past days", "まえの 日（ひ）を のこす"),
        days.KeepDays,
        days.keep_days,
        days.needs_of_keep,
        (ADMIN,),
    ),
)

service: Final = Service(
    name="counter",
    words=Words("窓口", "Counters", "まどぐち"),
    summary=Words(
        "役所の窓口の待ち人数と呼び出し番号が見え、立って待たずに整理券をとれます。",
        "See how long the lines of the town hall are, and take a number without standing in one.",
        "やくしょで まって いる 人（ひと）の 数（かず）が わかります。ばんごうを とれます。",
    ),
    field="hall",
    stage="lab",
    package="kaiteki.services.counter",
    types=(*TYPES, feeding.FED, days.PAST_DAY, days.WEEK),
    commands=COMMANDS,
    roles={STAFF: Words("窓口の職員", "Staff at the counters", "まどぐちの 人（ひと）")},
    purposes=PURPOSES,
    pages=PAGES,
    queues=Queues(DESK, desk.show_waiting),
    reactions=telling.REACTIONS,
    surveys=(
        days.SURVEY,
        Survey("pace", lessons.LEARN_EVERY_S, lessons.survey, "keep_pace"),
        Survey("come_now", leaving.LOOK_EVERY_S, leaving.survey, "come_now"),
    ),
    jobs=(
        Job(
            "close_line",
            CLOSE_EVERY_S,
            "CounterLine",
            'status=="open";endsAt<={now}',
            Line,
            taking.close_line,
        ),
        Job("forget_holder", FORGET_EVERY_S, "CounterTicket", "goesAt<={now}", Holding, taking.forget),
        Job("forget_fed", FORGET_EVERY_S, "CounterFed", "goesAt<={now}", feeding.Fed, feeding.forget_fed),
        Job("forget_bell", FORGET_EVERY_S, "CounterBell", "goesAt<={now}", Bell, taking.forget),
    ),
    settings=Settings,
    offices=lambda settings: tuple(office.code for office in settings.offices),
    topics=topics_of,
)
