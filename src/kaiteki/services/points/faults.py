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
    "no_recipient": Words(
        "いま寄付できるところから選んでください。",
        "Please choose one of those who can be given to now.",
        "いま きふできる ところを えらんで ください。",
    ),
    "too_little": Words(
        "使えるポイントより多いです。いまのポイントまでの数を入れてください。",
        "That is more than you have. Please write at most what you have now.",
        "ポイントが たりません。いまの ポイントまでに して ください。",
    ),
    "given_for_good": Words(
        "この寄付はもう取り消せません。取り消せるのは、寄付した日のうち、市が支払う前までの1回です。",
        "This gift can no longer be taken back: that goes once, on the same day, before the city has paid.",
        "もう やめる ことは できません。",
    ),
    "paid_before": Words(
        "その分の支払いは、もう記録されています。いまの数を確かめてください。",
        "This was kept as paid before. Please look at what is to be paid now.",
        "もう 書（か）いて あります。いまの かずを 見（み）て ください。",
    ),
}
INVALID: Final = frozenset({"no_recipient"})
"""Those that the form can mend."""


def refuse(why: str, field: str) -> Refused:
    """A refusal in the words of the table, at a field of the form."""
    return Refused("invalid" if why in INVALID else "conflict", (Fault(field, why, FAULTS[why]),))
