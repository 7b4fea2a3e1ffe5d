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


STATES: Final[dict[str, State]] = {
    "received": State(Words("受付", "Received", "うけつけ"), "yellow", True),
    "checking": State(Words("要確認", "Being checked", "しらべています"), "yellow", True),
    "office": State(Words("行政対応", "With the office", "市役所が なおします"), "blue", True),
    "task": State(Words("市民協働タスク", "Citizens' task", "みんなで なおします"), "blue", True),
    "working": State(Words("作業中", "Work under way", "なおしています"), "blue", True),
    "temporary": State(Words("仮復旧", "Temporary fix", "とりあえず なおしました"), "blue", True),
    "completed": State(
        Words("完了報告（確認待ち）", "Done, to be confirmed", "なおしました（確認を まっています）"),
        "blue",
        True,
    ),
    "witnessed": State(
        Words("第三者確認中", "Being confirmed by others", "ほかの人が 確認しています"), "blue", True
    ),
    "closed": State(Words("済", "Done", "おわりました"), "green", False),
    "shared": State(Words("紹介中", "Shown to everybody", "みんなに しらせています"), "green", False),
    "duplicate": State(Words("重複", "Duplicate", "おなじ知らせが あります"), "grey", False),
    "outside": State(Words("対象外・他機関へ", "Passed to others", "ほかの所に つたえました"), "grey", False),
    "withdrawn": State(Words("取下げ", "Withdrawn", "とりけしました"), "grey", False),
}

_LEAVE: Final = frozenset({"duplicate", "outside", "withdrawn"})

ARROWS: Final[dict[str, frozenset[str]]] = {
    "received": frozenset({"checking", "office", "task"}) | _LEAVE,
    "checking": frozenset({"office", "task"}) | _LEAVE,
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

PIN_WORDS: Final[dict[Pin, Words]] = {
    "yellow": Words("受付", "Received", "うけつけ"),
    "blue": Words("対応中", "In progress", "なおしています"),
    "green": Words("済", "Done", "おわりました"),
    "grey": Words("終了", "Ended", "おわり"),
}

OPEN: Final = tuple(code for code, state in STATES.items() if state.open)


def may_go(before: str, after: str) -> bool:
    """Whether an arrow leads from a state to another."""
    return after in ARROWS.get(before, frozenset())


def with_pin(pin: str) -> tuple[str, ...]:
    """The states whose pin has a colour."""
    return tuple(code for code, state in STATES.items() if state.pin == pin)
