"""Why something is refused, in words."""

from __future__ import annotations

from typing import Final

from kaiteki.model.decision import Fault, Refused
from kaiteki.model.words import Words

FAULTS: Final = {
    "no_own_account": Words(
        "先に「ポイントをはじめる」を押して、口座を開いてください。",
        "Please press “Begin” on the page of points first.",
        "さきに ポイントを はじめて ください。",
    ),
    "too_little": Words(
        "使えるポイントより多いです。いまのポイントまでの数を入れてください。",
        "That is more than you have. Please write at most what you have now.",
        "ポイントが たりません。いまの ポイントまでに して ください。",
    ),
    "no_reward": Words(
        "いま交換できるものから選んでください。",
        "Please choose one of the rewards that can be had now.",
        "いま こうかんできる ものを えらんで ください。",
    ),
    "no_stock": Words(
        "残りがありません。ほかのものを選んでください。",
        "None is left. Please choose another one.",
        "もう ありません。ほかの ものを えらんで ください。",
    ),
    "full_day": Words(
        "今日の受け付けはいっぱいです。明日、もう一度申し込んでください。",
        "No more orders are taken today. Please order tomorrow.",
        "きょうは もう いっぱいです。あした もう いちど して ください。",
    ),
    "ordered_for_good": Words(
        "この申し込みはもう取り消せません。取り消せるのは、申し込んだ日のうちです。",
        "This order can no longer be taken back: that goes on the same day.",
        "もう やめる ことは できません。",
    ),
    "no_ticket": Words(
        "この番号の利用券はありません。16文字の番号を確かめてください。",
        "There is no ticket with this code. Please check its 16 signs.",
        "この ばんごうの チケットは ありません。",
    ),
    "used_ticket": Words(
        "この利用券は、もう使われています。", "This ticket was used before.", "もう つかった チケットです。"
    ),
    "old_ticket": Words(
        "この利用券は、取り消されたか、期限が過ぎています。",
        "This ticket was taken back, or its time is over.",
        "もう つかえない チケットです。",
    ),
    "no_settlement": Words(
        "この交換先には、この日の申し込みがありません。",
        "Nothing was ordered of this partner on this day.",
        "この 日（ひ）の もうしこみは ありません。",
    ),
    "day_not_over": Words(
        "この日はまだ終わっていません。申し込みの取り消しができるため、ファイルは次の日から受け取れます。",
        "The day is not over: orders may be taken back until then. The file is there from the next day on.",
        "この 日（ひ）は まだ おわって いません。あした できます。",
    ),
    "bad_columns": Words(
        "1行目を order,result,points,reason にしてください。",
        "The first line must be order,result,points,reason.",
        "さいしょの 行（ぎょう）を order,result,points,reason に して ください。",
    ),
    "bad_rows": Words(
        "読めない行があります。各行は order,result,points,reason、result は accepted か refused、最後の行は total,件数,合計 です。",
        "A line cannot be read. Each is order,result,points,reason with accepted or refused; the last is total,count,sum.",
        "よめない 行（ぎょう）が あります。",
    ),
    "bad_sums": Words(
        "最後の行の件数か合計が、ほかの行と合いません。ファイルは使われていません。",
        "Count or sum of the last line do not fit the others. Nothing of the file was used.",
        "さいごの 行（ぎょう）の かずが あいません。",
    ),
    "twice": Words(
        "同じ申し込みが2回あります。ファイルは使われていません。",
        "One order stands there twice. Nothing of the file was used.",
        "おなじ ものが 2かい あります。",
    ),
    "too_many_rows": Words(
        "1つのファイルは200件までです。分けてください。",
        "A file has 200 answers at most. Please send several.",
        "200こまでに して ください。",
    ),
    "too_many_differences": Words(
        "合わない結果が多すぎます。交換先に確かめてください。",
        "Too many answers do not agree. Please ask the partner.",
        "あわない ものが おおすぎます。",
    ),
}
INVALID: Final = frozenset(
    {
        "no_reward",
        "no_ticket",
        "no_settlement",
        "bad_columns",
        "bad_rows",
        "bad_sums",
        "twice",
        "too_many_rows",
    }
)
"""Those that the form can mend."""


def refuse(why: str, field: str) -> Refused:
    """A refusal in the words of the table, at a field of the form."""
    return Refused("invalid" if why in INVALID else "conflict", (Fault(field, why, FAULTS[why]),))
