"""What an area decides about public comments, as data: its part of `cities/<area>/services/participation.toml`."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.kit.catalogue.settings import Office, words_of_office
from kaiteki.kit.joining import seen_as
from kaiteki.kit.pages import PageAsk
from kaiteki.model.decision import Asked
from kaiteki.model.words import Words

LAW: Final = Words(
    "行政手続法第39条第3項（30日以上）",
    "Administrative Procedure Act, art. 39 (3): 30 days at least",
    "行政手続法（ぎょうせい てつづきほう）39条（じょう）：30日（にち）より 長（なが）く",
)


class Settings(msgspec.Struct, frozen=True):
    """`rule_days` and `plan_days` are the days that a public comment on rules (命令等に当たるもの) and on plans takes at least, the first day
    counted; `rule_ground` and `plan_ground` say where that stands. A shorter one needs a reason, which everybody reads. `opinions_person`:
    opinions of one person (account or browser) on one draft. `offices` ask for opinions and answer them."""

    rule_days: int = 30
    rule_ground: Words = LAW
    plan_days: int = 30
    plan_ground: Words = LAW
    opinions_person: int = 10
    offices: tuple[Office, ...] = ()

    def days(self, kind: str) -> int:
        """The least days of a kind of draft."""
        return self.rule_days if kind == "rule" else self.plan_days

    def ground(self, kind: str) -> Words:
        """Where these days stand."""
        return self.rule_ground if kind == "rule" else self.plan_ground

    def words_of(self, code: str) -> Words:
        """What an office is called."""
        return words_of_office(self.offices, code)


def settings_of(asked: Asked | PageAsk) -> Settings:
    """What the area decided, for a rule or a page."""
    return seen_as(Settings, asked.settings)
