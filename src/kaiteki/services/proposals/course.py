"""The course of a proposal, and the words of its codes."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.lifecycle import Arrow, Course, Phase
from kaiteki.model.access import RESIDENT, STAFF
from kaiteki.model.words import Words

EXAMINE: Final = "examine_proposal"
ACCEPT: Final = "accept_proposal"
DECLINE: Final = "decline_proposal"
BEGIN: Final = "begin_project"
PROGRESS: Final = "report_progress"
FINISH: Final = "finish_project"
STOP: Final = "stop_project"
REOPEN: Final = "reopen_proposal"
MERGE: Final = "merge_proposal"
CHOSEN: Final = "chosen"
UNCHOSEN: Final = "unchosen"
UNLINKED: Final = "unlinked"
WITHDRAW: Final = "withdraw_proposal"
OPEN: Final = ("open", "examining")
"""The states in which people support and amend it."""
HEARD: Final = (*OPEN, "accepted", "project")
"""The states in which people comment on it."""
COURSE: Final = Course(
    phases=(
        Phase("open", Words("応援を集めています", "Gathering support", "おうえんを あつめて います")),
        Phase("examining", Words("市で検討しています", "The town is looking at it", "市（し）が かんがえて います"), "waiting"),
        Phase("accepted", Words("採用しました", "Accepted", "やることに しました"), "active"),
        Phase("project", Words("事業を進めています", "A project now", "いま やって います"), "active"),
        Phase("done", Words("実現しました", "It is there", "できました"), "done"),
        Phase("stopped", Words("事業をやめました", "The project was stopped", "とちゅうで やめました"), "ended"),
        Phase("declined", Words("見送りました", "Not taken up", "しないことに しました"), "ended"),
        Phase("merged", Words("ほかの提案とまとめました", "Merged with another one", "ほかの 提案（ていあん）と まとめました"), "ended"),
        Phase("withdrawn", Words("提案者が取り下げました", "Withdrawn by its author", "出（だ）した 人（ひと）が やめました"), "ended"),
    ),
    arrows=(
        Arrow(EXAMINE, Words("検討を始める", "Begin to look at it", "かんがえはじめる"), ("open",), "examining"),
        Arrow(ACCEPT, Words("採用する", "Accept it", "やることに する"), OPEN, "accepted", needs_why=True),
        Arrow(DECLINE, Words("見送る", "Do not take it up", "しないことに する"), OPEN, "declined", needs_why=True),
        Arrow(BEGIN, Words("事業にする", "Make it a project", "はじめる"), ("accepted",), "project", needs_why=True),
        Arrow(PROGRESS, Words("進み具合を知らせる", "Tell how far it is", "どこまで できたか 知（し）らせる"), ("project",), "project", needs_why=True),
        Arrow(FINISH, Words("実現したと知らせる", "Say that it is there", "できたと 知（し）らせる"), ("project",), "done", needs_why=True),
        Arrow(STOP, Words("事業をやめる", "Stop the project", "やめる"), ("accepted", "project"), "stopped", needs_why=True),
        Arrow(REOPEN, Words("もう一度検討する", "Look at it once more", "もう一度（いちど） かんがえる"), ("declined", "stopped"), "examining", needs_why=True),
        Arrow(MERGE, Words("ほかの提案とまとめる", "Merge it into another one", "ほかと まとめる"), OPEN, "merged", (STAFF,), needs_why=True),
        Arrow(WITHDRAW, Words("取り下げる", "Withdraw it", "やめる"), OPEN, "withdrawn", (RESIDENT,)),
    ),
)  # fmt: skip
STATES: Final = tuple((one.name, one.words) for one in COURSE.phases)
ANSWERS: Final = (
    ("", Words("—", "—", "—")),
    ("whole", Words("提案のとおり採用", "Accepted as it is", "そのまま やります")),
    ("partly", Words("一部を採用", "Accepted in part", "すこし やります")),
    ("declined", Words("見送り", "Not taken up", "しません")),
)
"""What the office answered."""
TURNS: Final = {
    "made": Words("提案されました", "Proposed", "提案（ていあん）が 出（で）ました"),
    "changed": Words("提案の文が変わりました", "Its text has changed", "ことばが かわりました"),
    "joined": Words("ほかの提案がまとまりました", "Another proposal was merged into it", "ほかの 提案（ていあん）が いっしょに なりました"),
    CHOSEN: Words("予算の投票で選ばれました", "Chosen in a vote on a budget", "おかねの とうひょうで えらばれました"),
    UNCHOSEN: Words("予算の投票では選ばれませんでした", "Not chosen in a vote on a budget", "おかねの とうひょうで えらばれませんでした"),
    UNLINKED: Words("予算の投票の記録を直しました", "What was said of a vote is taken back", "とうひょうの ことを なおしました"),
    PROGRESS: Words("進み具合のお知らせ", "News of the project", "どこまで できたか"),
}  # fmt: skip
"""What a line of the public course says where it is not the state."""
RESULTS: Final = (
    ("", Words("—", "—", "—")),
    (CHOSEN, Words("選ばれました", "Chosen", "えらばれました")),
    (UNCHOSEN, Words("選ばれませんでした", "Not chosen", "えらばれませんでした")),
)
"""What a vote on a budget made of it."""
FATES: Final = (
    ("open", Words("返事を待っています", "Waits for an answer", "まって います")),
    ("accepted", Words("取り入れました", "Taken in", "入（い）れました")),
    ("declined", Words("取り入れませんでした", "Not taken in", "入（い）れませんでした")),
    ("withdrawn", Words("取り下げました", "Withdrawn", "やめました")),
)
"""What became of an amendment."""
REASONS: Final = (
    (
        "personal",
        Words("個人のことが書かれている", "It tells of a person", "人（ひと）の ことが 書（か）いて ある"),
    ),
    ("abuse", Words("人を傷つける・差別する", "It hurts or discriminates", "人（ひと）を きずつける")),
    ("advert", Words("宣伝・同じ文のくり返し", "Advertising, or the same again and again", "せんでん")),
    ("other", Words("そのほかの決まりに合わない", "It breaks another rule", "ほかの きまりに あわない")),
)
"""Why somebody flags something, and why staff take it out of sight."""
HIDDEN: Final = (
    ("", Words("—", "—", "—")),
    *REASONS,
    (
        "author",
        Words("書いた人が消しました", "Taken back by who wrote it", "書（か）いた 人（ひと）が けしました"),
    ),
)
TONES: Final = {"new": "warn", "active": "key", "waiting": "warn", "done": "good", "ended": "plain"}
