"""What the service keeps, told as data: its entity types, what their fields are called, and what data of people are used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kaiteki.kit.grounds import BY_ITSELF, DUTY, NOBODY_ELSE, OWNER, WHOSE
from kaiteki.kit.manifest import EntityType, Purpose
from kaiteki.model.access import ADMIN, STAFF
from kaiteki.model.words import Words
from kaiteki.services.counter.model import Bell, Holding, Kiosk, Line, Pace, Roster, Visit, WindowState
from kaiteki.services.counter.settings import Settings

OFFICE: Final = Words("役所", "Office", "やくしょ")
MATTER: Final = Words("用件", "Matter", "ようじ")
DAY: Final = Words("日", "Day", "日（ひ）")
NUMBER: Final = Words("番号", "Number", "ばんごう")
WINDOW: Final = Words("窓口", "Window", "まどぐち")
STATUS: Final = Words("状態", "State", "いま")
CHANGED: Final = Words("最後に変わった日時", "Last change", "さいごに かわった とき")
STATES: Final = {
    "open": Words("開いている", "Open", "あいて います"),
    "closed": Words("閉まっている", "Closed", "しまって います"),
}
OUTCOMES: Final = {
    "done": Words("終わった", "Done", "おわりました"),
    "left": Words("返した", "Given back", "かえしました"),
    "transferred": Words("引き継いだ", "Passed on", "ほかに わたしました"),
    "no_show": Words("来なかった", "Did not come", "来（き）ませんでした"),
    "closed": Words("時間切れ", "Line was closed", "じかんが おわりました"),
}
ORIGINS: Final = {
    "phone": Words("スマートフォン", "Phone", "スマホ"),
    "kiosk": Words("発券機", "Kiosk", "ばんごうの きかい"),
    "staff": Words("職員", "Staff", "やくしょの 人（ひと）"),
}


def codes_of(settings: Settings) -> Mapping[str, Mapping[str, Words]]:
    """The words of the codes: offices and matters as the area names them, states and outcomes."""
    matters = {one.code: one.words for office in settings.offices for one in office.matters}
    return {
        "office": {one.code: one.words for one in settings.offices},
        "matter": matters,
        "matters": matters,
        "status": STATES,
        "outcome": OUTCOMES,
        "origin": ORIGINS,
    }


LINE: Final = EntityType(
    name="CounterLine",
    view=Line,
    words=Words("窓口の列", "Lines at counters", "まどぐちの れつ"),
    title="id",
    columns=("office", "matter", "day", "status", "waiting_count", "served_count"),
    labels={
        "office": OFFICE,
        "matter": MATTER,
        "day": DAY,
        "status": STATUS,
        "opens_at": Words("受付の始まり", "Numbers from", "はじまり"),
        "closes_at": Words("受付の終わり", "Numbers until", "おわり"),
        "ends_at": Words("列を閉じる日時", "Line is closed at", "れつを とじる とき"),
        "last": Words("最後の番号", "Last number", "さいごの ばんごう"),
        "waiting": Words("待っている番号", "Numbers that wait", "まって いる ばんごう"),
        "waiting_count": Words("待っている人", "People waiting", "まって いる 人（ひと）"),
        "since": Words("並んだ日時（順不同）", "In the line since (not by number)", "ならんだ とき"),
        "held": Words("保留の番号", "Numbers on hold", "あとに した ばんごう"),
        "absent": Words("不在の番号", "Numbers not there", "いない ばんごう"),
        "served_count": Words("終わった人", "People served", "おわった 人（ひと）"),
        "changed_at": CHANGED,
    },
    public=(
        "office",
        "matter",
        "day",
        "status",
        "opens_at",
        "closes_at",
        "ends_at",
        "waiting",
        "waiting_count",
        "since",
        "called",
        "serving",
        "held",
        "absent",
        "served_count",
        "changed_at",
    ),
    public_past=("office", "matter", "day", "status", "waiting_count", "served_count"),
    plays=frozenset({"line"}),
    workings=frozenset({"tickets", "called", "serving", "since"}),
    codes=codes_of,
    desk="counter/desk",
)
WINDOW_TYPE: Final = EntityType(
    name="CounterWindow",
    view=WindowState,
    words=Words("窓口", "Windows", "まどぐち"),
    title="id",
    columns=("office", "window", "status", "matters", "changed_at"),
    labels={
        "office": OFFICE,
        "window": WINDOW,
        "status": STATUS,
        "matters": MATTER,
        "changed_at": CHANGED,
    },
    public=("office", "window", "status", "matters", "changed_at"),
    workings=frozenset({"last"}),
    codes=codes_of,
    desk="counter/desk",
)
HOLDING: Final = EntityType(
    name="CounterTicket",
    view=Holding,
    words=Words("わたしの整理券", "Numbers that people hold", "わたしの ばんごう"),
    title="number",
    columns=("number", "office", "goes_at"),
    labels={
        "holder": OWNER,
        "office": OFFICE,
        "number": NUMBER,
        "goes_at": Words("消える日時", "Is deleted at", "きえる とき"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    sealed=("office", "number"),
    unsealed={
        "holder": WHOSE,
        "goes_at": Words(
            "消す日時です。時間が来たものを毎時間見つけて消すために要ります。",
            "When it is deleted: by it what is over is found and deleted every hour.",
            "けす ときです。おわった ものを 見（み）つけて けす ために つかいます。",
        ),
    },
    data_class="personal",
    codes=codes_of,
)
BELL: Final = EntityType(
    name="CounterBell",
    view=Bell,
    words=Words("順番の知らせ", "When people are told of their turn", "じゅんばんの 知（し）らせ"),
    title="id",
    columns=("ahead", "travel_min", "goes_at"),
    labels={
        "holder": OWNER,
        "ahead": Words(
            "何人前で知らせるか", "With how many before", "なん人（にん） まえで 知（し）らせるか"
        ),
        "travel_min": Words("役所までの分数", "Minutes to the office", "やくしょまで なん分（ふん）"),
        "told": Words("知らせたこと", "Told already", "もう 知（し）らせた こと"),
        "goes_at": Words("消える日時", "Is deleted at", "きえる とき"),
    },
    roles=(ADMIN,),
    personal=True,
    holder="holder",
    unsealed={
        "holder": WHOSE,
        "ahead": Words(
            "何人前で知らせるかの数です。列が動くたびに見ます。どの番号かは書いていません。",
            "With how many before one is told: it is looked at whenever the line moves. It does not say which number.",
            "なん人（にん） まえで 知（し）らせるかの 数（かず）です。どの ばんごうかは ありません。",
        ),
        "travel_min": Words(
            "本人が伝えた、役所までの分数です。出かける時を計算します。どこにいるかは書いていません。",
            "The minutes that they said the way takes, to work out when it is time to leave. It does not say where they are.",
            "やくしょまで なん分（ふん）かの 数（かず）です。どこに いるかは ありません。",
        ),
        "told": Words(
            "もう知らせたことの印です。同じことを二度知らせないために要ります。どの番号かは書いていません。",
            "Marks of what was told, so that nobody is told twice. They do not say which number.",
            "もう 知（し）らせた しるしです。どの ばんごうかは ありません。",
        ),
        "goes_at": Words(
            "消す日時です。時間が来たものを毎時間見つけて消すために要ります。",
            "When it is deleted: by it what is over is found and deleted every hour.",
            "けす ときです。おわった ものを 見（み）つけて けす ために つかいます。",
        ),
    },
    data_class="personal",
    workings=frozenset({"told"}),
)
VISIT: Final = EntityType(
    name="CounterVisit",
    view=Visit,
    words=Words("窓口の記録", "Log of the counters", "まどぐちの きろく"),
    title="id",
    columns=("office", "matter", "day", "number", "outcome", "taken_at", "called_at", "ended_at"),
    labels={
        "office": OFFICE,
        "matter": MATTER,
        "day": DAY,
        "number": NUMBER,
        "outcome": Words("結果", "Outcome", "どう なったか"),
        "window": WINDOW,
        "origin": Words("発券した所", "Where it was taken", "どこで とったか"),
        "taken_at": Words("発券した日時", "Taken", "とった とき"),
        "since": Words("列に並んだ日時", "In the line since", "ならんだ とき"),
        "called_at": Words("呼んだ日時", "Called", "よんだ とき"),
        "began_at": Words("始めた日時", "Begun", "はじめた とき"),
        "ended_at": Words("終わった日時", "Ended", "おわった とき"),
        "calls": Words("呼んだ回数", "Times called", "よんだ 回数（かいすう）"),
        "rank": Words("優先", "Priority", "さきに よぶ"),
        "told": Words(
            "発券のときに伝えた見込み（分）", "Wait that was told (minutes)", "はじめに いった 時間（じかん）"
        ),
    },
    roles=(STAFF, ADMIN),
    codes=codes_of,
    desk="counter/desk",
)
KIOSK: Final = EntityType(
    name="CounterKiosk",
    view=Kiosk,
    words=Words("発券機", "Kiosks", "ばんごうの きかい"),
    title="id",
    columns=("office", "admitted_at"),
    labels={"office": OFFICE, "admitted_at": Words("発券機にした日時", "Admitted", "きかいに した とき")},
    public=("office",),
    codes=codes_of,
    desk="counter/desk",
)
PACE: Final = EntityType(
    name="CounterPace",
    view=Pace,
    words=Words("窓口の所要時間", "How long services at counters take", "まどぐちで かかる 時間（じかん）"),
    title="id",
    columns=("office", "day", "until"),
    labels={
        "office": OFFICE,
        "day": DAY,
        "until": Words("記録の最後", "Learned until", "いつまでの きろくか"),
        "silent_per_min": Words(
            "黙って帰る割合（毎分）", "Leave without a word, per minute", "だまって かえる 人（ひと）"
        ),
        "told_per_min": Words("返す割合（毎分）", "Give the number back, per minute", "かえす 人（ひと）"),
        "at": Words("計算した日時", "Worked out", "けいさん した とき"),
    },
    public=("office", "day", "until", "matters", "silent_per_min", "told_per_min", "at"),
    workings=frozenset({"matters"}),
    codes=lambda settings: {"office": {one.code: one.words for one in settings.offices}},
)
ROSTER: Final = EntityType(
    name="CounterRoster",
    view=Roster,
    words=Words("窓口の予定", "Plan of the windows", "まどぐちの よてい"),
    title="id",
    columns=("office", "changed_at"),
    labels={"office": OFFICE, "changed_at": CHANGED},
    public=("office", "shifts", "changed_at"),
    public_past=(),
    workings=frozenset({"shifts"}),
    codes=codes_of,
    desk="counter/desk",
)
TYPES: Final = (LINE, WINDOW_TYPE, HOLDING, BELL, VISIT, KIOSK, PACE, ROSTER)

PURPOSES: Final[Mapping[str, Purpose]] = {
    "call": Purpose(
        Words(
            "整理券の番号を本人に見せ、順番を知らせるため",
            "To show people the number they hold, and to tell them when it is their turn",
            "ばんごうを 見（み）せて、じゅんばんを 知（し）らせる ため",
        ),
        ground=DUTY,
        items=("CounterTicket", "CounterBell"),
        roles=(ADMIN,),
        recipients=NOBODY_ELSE,
        people=Words(
            "スマートフォンで整理券をとった人",
            "People who took a number with their phone",
            "スマホで ばんごうを とった 人（ひと）",
        ),
        source=BY_ITSELF,
    ),
}
