"""What an area decides about personal data, as data: `cities/<area>/services/trust.toml`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from kaiteki.model.words import Words
from kaiteki.services.trust.notices import Notice


class Settings(msgspec.Struct, frozen=True):
    """Who answers for the data, where requests are taken, and how long an answer may take.

    `head` is the body that decides (行政機関の長等), `desk` the office that takes requests, `offices` the offices in charge by
    service. `desk_office` is the code of the office whose staff alone see and handle requests; without one they are for staff of all
    offices. A request that was taken back can be taken up again for `resume_days`. `publish_from` people a file is published (施行令: 1,000; 0 publishes all, where a rule of the area says so).
    `answer_days` may be shorter than the 30 days of the law, never longer; `extension_days` likewise. `fee` is what disclosure costs.
    `guardian_age`: who is younger does not agree alone, a parent or guardian does it by a mandate (0: nobody is asked for the age).
    `notices` are texts for consent in the words of the area, instead of or beside those of the package.
    """

    head: Words = Words("市長", "The mayor", "市長（しちょう）")
    desk: Words = Words(
        "個人情報の窓口", "Office for personal data", "個人情報（こじん じょうほう）の まどぐち"
    )
    desk_office: str = ""
    desk_address: Words = Words("市役所", "Town hall", "市役所（しやくしょ）")
    offices: Mapping[str, Words] = {}
    publish_from: int = 1000
    answer_days: int = 30
    extension_days: int = 30
    resume_days: int = 14
    fee: Words = Words(
        "見るだけなら無料です。写しは実費がかかります。",
        "Reading is free; copies cost what they cost.",
        "見（み）るだけなら お金（かね）は いりません。コピーは お金（かね）が いります。",
    )
    guardian_age: int = 0
    notices: tuple[Notice, ...] = ()
