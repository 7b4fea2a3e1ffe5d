"""What an area decides about taking part, as data: `cities/<area>/services/participation.toml`."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.catalogue.settings import Office
from kaiteki.kit.joining import seen_as
from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words

LAW: Final = Words(
    "行政手続法第39条第3項（30日以上）",
    "Administrative Procedure Act, art. 39 (3): 30 days at least",
    "行政手続法（ぎょうせい てつづきほう）39条（じょう）：30日（にち）より 長（なが）く",
)
_HALL: Final = Words("市役所", "The town hall", "市役所（しやくしょ）")


class Settings(msgspec.Struct, frozen=True):
    """`rule_days` and `plan_days` are the days that a public comment on rules (命令等に当たるもの) and on plans takes at least, the first
    day counted; `rule_ground` and `plan_ground` say where that stands. A shorter one needs a reason, which everybody reads. `opinions_person`:
    opinions of one person (account or browser) on one draft. `offices` ask for opinions and answer them. `proposals_year` are the proposals that one person makes in a year, `comments_person`
    their comments and, apart from these, their amendments on one proposal; `proposals_office` looks at a new one first; `wards` are the parts
    of town that a proposal can be about."""

    rule_days: int = 30
    rule_ground: Words = LAW
    plan_days: int = 30
    plan_ground: Words = LAW
    opinions_person: int = 10
    proposals_year: int = 10
    comments_person: int = 10
    proposals_office: str = ""
    offices: tuple[Office, ...] = ()
    wards: tuple[Office, ...] = ()

    def days(self, kind: str) -> int:
        """The least days of a kind of draft."""
        return self.rule_days if kind == "rule" else self.plan_days

    def ground(self, kind: str) -> Words:
        """Where these days stand."""
        return self.rule_ground if kind == "rule" else self.plan_ground

    def words_of(self, code: str) -> Words:
        """What an office is called; one that is told no more is called by its code."""
        found = next((one.words for one in self.offices if one.code == code), None)
        return found or (Words(code, code) if code else _HALL)


def settings_of(asked: Asked | PageAsk) -> Settings:
    """What the area decided, for a rule or a page."""
    return seen_as(Settings, asked.settings)
