"""The course of a public comment, and the words of its codes."""

from __future__ import annotations

from typing import Final

from kaiteki.kit.lifecycle import Arrow, Course, Phase
from kaiteki.model.access import ANYONE, STAFF
from kaiteki.model.words import Words

END: Final = "end_period"
PUBLISH: Final = "publish_result"
CANCEL: Final = "cancel_consultation"
# the period ends by a job, for which nobody is needed: no command takes that arrow
COURSE: Final = Course(
    phases=(
        Phase("open", Words("意見を募集しています", "Open for comments", "意見（いけん）を 聞（き）いて います")),
        Phase("examining", Words("意見を検討しています", "Comments are being considered", "意見（いけん）を 読（よ）んで います"), "waiting"),
        Phase("done", Words("結果を公表しました", "Result published", "こたえが でました"), "done"),
        Phase("cancelled", Words("取りやめました", "Cancelled", "やめました"), "ended"),
    ),
    arrows=(
        Arrow(END, Words("募集を終える", "End the period", "おわりにする"), ("open",), "examining", (ANYONE,)),
        Arrow(PUBLISH, Words("結果を公表する", "Publish the result", "こたえを だす"), ("open", "examining"), "done", (STAFF,)),
        Arrow(CANCEL, Words("取りやめる", "Cancel", "やめる"), ("open", "examining"), "cancelled", (STAFF,), needs_why=True),
    ),
)  # fmt: skip
STATES: Final = tuple((one.name, one.words) for one in COURSE.phases)
KINDS: Final = (
    ("plan", Words("計画・条例などの案", "A plan or an ordinance", "けいかくなどの 案（あん）")),
    ("rule", Words("規則・審査基準など（命令等）の案", "Rules and standards of the administration", "きまりの 案（あん）")),
)  # fmt: skip
WAYS: Final = (
    ("web", Words("ウェブ", "Web", "ページから")),
    ("mail", Words("郵送", "Letter", "てがみ")),
    ("fax", Words("ファクス", "Fax", "ファクス")),
    ("email", Words("電子メール", "E-mail", "メール")),
    ("counter", Words("窓口・持参", "At the counter", "まどぐち")),
    ("meeting", Words("説明会・対話会", "At a meeting", "あつまり")),
)
BY_STAFF: Final = WAYS[1:]
"""The ways of which staff write down what came."""
EFFECTS: Final = (
    ("changed", Words("案を修正します", "The draft is changed", "案（あん）を かえます")),
    ("partly", Words("案の一部に反映します", "Partly taken up", "すこし かえます")),
    ("same", Words("趣旨は案に含まれています", "The draft says so already", "もう 入（はい）って います")),
    ("noted", Words("今後の参考とします", "Noted for later", "これから かんがえます")),
    ("unchanged", Words("案のとおりとします", "The draft stays", "かえません")),
    ("outside", Words("案の対象外のご意見です", "Outside of the draft", "べつの ことです")),
)
"""What becomes of an opinion (行政手続法 43 条 1 項 4 号: the result of considering it, with its reason)."""
TONES: Final = {"new": "warn", "active": "key", "waiting": "warn", "done": "good", "ended": "plain"}
