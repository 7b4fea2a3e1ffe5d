"""The life of a report: its states, what people call them, the colour of their pin, and the arrows between them."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from kaiteki.model.words import Words

Pin = Literal["yellow", "blue", "green", "grey"]


class State(NamedTuple):
    """What a state is called and how its pin looks (黄=受付 青=対応中 緑=済; grey: left the way). `open`: work is left."""

    words: Words
    pin: Pin
    open: bool


class _States(dict[str, State]):
    """The states by their codes. A code that others wrote (an import, another version) is a state, too: open, and unknown."""

    def __missing__(self, code: str) -> State:
        return State(Words("状態が不明", "State unknown", "いまの ようすは わかりません"), "grey", True)


STATES: Final[dict[str, State]] = _States(
    {
        "received": State(Words("受付", "Received", "うけつけ"), "yellow", True),
        "checking": State(Words("要確認", "Being checked", "しらべています"), "yellow", True),
        "office": State(
            Words("行政対応", "With the office", "市役所（しやくしょ）が なおします"), "blue", True
        ),
        "task": State(Words("市民協働タスク", "Citizens' task", "みんなで なおします"), "blue", True),
        "working": State(Words("作業中", "Work under way", "なおしています"), "blue", True),
        "temporary": State(Words("仮復旧", "Temporary fix", "とりあえず なおしました"), "blue", True),
        "completed": State(
            Words(
                "完了報告（確認待ち）",
                "Done, to be confirmed",
                "なおしました（確認（かくにん）を まっています）",
            ),
            "blue",
            True,
        ),
        "witnessed": State(
            Words("第三者確認中", "Being confirmed by others", "ほかの人が 確認（かくにん）しています"),
            "blue",
            True,
        ),
        "handed": State(Words("管理者へ引き継ぎ", "With its owner", "もちぬしに つたえます"), "blue", True),
        "closed": State(Words("済", "Done", "おわりました"), "green", False),
        "shared": State(Words("紹介中", "Shown to everybody", "みんなに しらせています"), "green", False),
        "duplicate": State(Words("重複", "Duplicate", "おなじ知（し）らせが あります"), "grey", False),
        "outside": State(
            Words("対象外・他機関へ", "Passed to others", "ほかのところに つたえました"), "grey", False
        ),
        "withdrawn": State(Words("取下げ", "Withdrawn", "とりけしました"), "grey", False),
    }
)

DONE: Final = frozenset({"completed", "witnessed"})
"""States in which the work is reported as done and others look at it."""
ENDED: Final = DONE | {"closed", "duplicate", "outside"}
"""States from which a report can be opened again."""
_LEAVE: Final = frozenset({"duplicate", "outside", "withdrawn"})

ARROWS: Final[dict[str, frozenset[str]]] = {
    "received": frozenset({"checking", "office", "task", "handed"}) | _LEAVE,
    "checking": frozenset({"office", "task", "handed"}) | _LEAVE,
    "handed": frozenset({"checking", "office", "completed"}) | _LEAVE,
    "office": frozenset({"office", "checking", "task", "working", "temporary", "completed"}) | _LEAVE,
    "task": frozenset({"office", "working", "completed"}) | _LEAVE,
    "working": frozenset({"office", "task", "temporary", "completed"}) | _LEAVE,
    "temporary": frozenset({"office", "working", "completed"}),
    "completed": frozenset({"witnessed", "closed", "checking"}),
    "witnessed": frozenset({"closed", "checking"}),
    "closed": frozenset({"checking"}),
    "shared": frozenset({"withdrawn"}),
    "duplicate": frozenset({"checking"}),
    "outside": frozenset({"checking"}),
    "withdrawn": frozenset(),
}

_FROM_UNKNOWN: Final = frozenset({"checking"})

PIN_WORDS: Final[dict[Pin, Words]] = {
    "yellow": Words("受付", "Received", "うけつけ"),
    "blue": Words("対応中", "In progress", "なおしています"),
    "green": Words("済", "Done", "おわりました"),
    "grey": Words("終了", "Ended", "おわり"),
}

OPEN: Final = tuple(code for code, state in STATES.items() if state.open)


def may_go(before: str, after: str) -> bool:
    """Whether an arrow leads from a state to another. From an unknown one the desk can only look again."""
    return after in ARROWS.get(before, _FROM_UNKNOWN)


LINES: Final[dict[str, Words]] = {
    "submit": Words("届きました", "It arrived", "とどきました"),
    "hand_over": Words("管理者に引き継ぎます", "It is handed over to its owner", "もちぬしに つたえます"),
    "known": Words(
        "市はすでに把握しています",
        "The city knows of it already",
        "市役所（しやくしょ）は もう 知（し）って います",
    ),
    "check": Words("内容を確認しています", "The office is checking it", "しらべて います"),
    "assign": Words("担当が決まりました", "An office took it", "たんとうが きまりました"),
    "note": Words("担当からのお知らせ", "News from the office", "市役所（しやくしょ）からの おしらせ"),
    "update": Words("続報がありました", "There is news", "あたらしい はなしが あります"),
    "plan": Words("予定日が決まりました", "The work has a date", "よていの日が きまりました"),
    "start": Words("作業を始めました", "Work has begun", "なおしはじめました"),
    "fix_temporarily": Words(
        "仮復旧しました（本復旧はこれから）",
        "Temporary fix; the lasting one follows",
        "とりあえず なおしました。あとで しっかり なおします",
    ),
    "complete": Words("完了の報告がありました", "It is reported as done", "なおしました"),
    "make_task": Words(
        "市民協働タスクになりました", "Residents can help with it", "みんなで なおす ことに なりました"
    ),
    "join_task": Words("参加する人が増えました", "Somebody joined", "てつだう人が ふえました"),
    "leave_task": Words("参加をやめた人がいます", "Somebody left", "やめた人が います"),
    "witness": Words("現地の確認がありました", "Somebody confirmed it", "見た人が います"),
    "confirm": Words("完了を確認しました", "It is confirmed", "なおったことを かくにんしました"),
    "reopen": Words("もう一度確認します", "It is opened again", "もういちど しらべます"),
    "doubt": Words(
        "まだ直っていないという知らせがありました",
        "Somebody says that it is not mended",
        "まだ なおって いないと 知（し）らせが ありました",
    ),
    "put_back": Words(
        "確かめて、終わった状態に戻しました",
        "Looked at, and ended as before",
        "しらべて、おわりに もどしました",
    ),
    "merge": Words(
        "同じレポートにまとめました", "Merged with the same report", "おなじ レポートに まとめました"
    ),
    "pass_on": Words("ほかの機関に伝えました", "Passed on", "ほかの ところに つたえました"),
    "withdraw": Words("取り下げました", "Withdrawn", "とりけしました"),
    "correct": Words("種類や場所を直しました", "Kind or place corrected", "しゅるいや ばしょを なおしました"),
    "begin_disaster": Words("災害の受付にしました", "Damage is being reported", "さいがいの うけつけです"),
    "end_disaster": Words("ふだんの受付に戻しました", "Back to usual", "いつもの うけつけです"),
    "hide": Words("公開を止めました", "Hidden", "見えなく しました"),
    "publish": Words("公開しました", "Published", "見えるように しました"),
    "hide_photos": Words("写真の公開を止めました", "Photos hidden", "しゃしんを 見えなく しました"),
    "publish_photos": Words("写真を公開しました", "Photos published", "しゃしんを 見えるように しました"),
    "undo": Words("ひとつ前に戻しました", "The last step was taken back", "ひとつ まえに もどしました"),
}
"""What a line of the log says to people."""
