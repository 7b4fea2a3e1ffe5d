"""The verdict on a file: each of the thirty rules kept, broken, or not for it; points for each level; a score and a grade.

Points (docs/guides/scoring.md of digital-go-jp/machine_readability_rule): a level begins with 100; each broken rule takes what its
severity says, once, however often it is broken; a fatal one takes all. A level of which no rule was judged has no points. Our own:
the score of a file is the mean of its levels, rounded down, and the grades. A workbook is judged by all its sheets together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from kaiteki.services.opendata.readability.contents.notices import Noticed, notice
from kaiteki.services.opendata.readability.finding import Found, at_column
from kaiteki.services.opendata.readability.level1 import LEVEL_1
from kaiteki.services.opendata.readability.level2 import LEVEL_2
from kaiteki.services.opendata.readability.level3 import LEVEL_3
from kaiteki.services.opendata.readability.rules import Rule, rules
from kaiteki.services.opendata.readability.sheet import Sheet, layout_of

EXAMPLES_MAX: Final = 20
"""Places that are named for each rule."""
GRADES: Final = ((90, "A"), (75, "B"), (50, "C"), (0, "D"))
KEPT_SHARE: Final = 0.5
"""Less of the columns of the last time than this is another table."""
CHECKS: Final = {**LEVEL_1, **LEVEL_2, **LEVEL_3}
State: TypeAlias = Literal["kept", "broken", "people", "other_form"]
"""`people`: only they can tell; `other_form`: the rule is for another form of file."""


class Known(msgspec.Struct, frozen=True):
    """What is known beside the file: the columns of the last time, and whether the catalogue states source, licence and day
    (None: nobody asked, so that the rule is not judged)."""

    columns: tuple[str, ...] = ()
    stated: tuple[tuple[str, bool], ...] | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What became of one rule: how often it is broken, and the first places."""

    rule: str
    state: State
    count: int = 0
    examples: tuple[Found, ...] = ()


class Judged(msgspec.Struct, frozen=True):
    """The verdict on a file. `levels` are the points of levels 1 to 3, None where no rule was judged; `noticed` is what was noticed in its
    contents, which costs nothing."""

    score: int
    grade: str
    levels: tuple[int | None, ...]
    verdicts: tuple[Verdict, ...]
    more: bool = False
    noticed: tuple[Noticed, ...] = ()

    def verdict(self, rule: str) -> Verdict:
        """The verdict on one rule."""
        return next(one for one in self.verdicts if one.rule == rule)


def judge(sheets: Sequence[Sheet], known: Known | None = None) -> Judged:
    """The verdict on the sheets of a file; without sheets only its form is judged, and is kept."""
    found: dict[str, list[Found]] = {}
    told = known or Known()
    for sheet in sheets:
        layout = layout_of(sheet)
        for rule, check in CHECKS.items():
            if rules()[rule].format in ("any", sheet.format):
                named = [_named(one, sheet, sheets) for one in check(sheet, layout)]
                found.setdefault(rule, []).extend(named)
    if sheets:
        found |= _beside(sheets[0], told)
    found["L1-01"] = []
    return _weigh(found, {sheet.format for sheet in sheets} or {"other"}, any(sheet.more for sheet in sheets))


def look_through(sheets: Sequence[Sheet], known: Known | None = None) -> Judged:
    """The verdict on the sheets of a file together with what is noticed in their contents."""
    return msgspec.structs.replace(judge(sheets, known), noticed=notice(sheets))


def refuse(form: str) -> Judged:
    """The verdict on a file that is no form of data."""
    return _weigh({"L1-01": [Found("L1-01", "format", "", form)]}, {"other"}, False)


def _named(one: Found, sheet: Sheet, sheets: Sequence[Sheet]) -> Found:
    return msgspec.structs.replace(one, at=f"{sheet.name}!{one.at}") if len(sheets) > 1 else one


def _beside(sheet: Sheet, known: Known) -> dict[str, list[Found]]:
    """L3-07 by the columns of the last time, L3-08 by the catalogue; neither where nothing is known."""
    found: dict[str, list[Found]] = {}
    if known.columns:
        heads = layout_of(sheet).heads
        gone = [name for name in known.columns if name not in heads]
        many = len(gone) > (1 - KEPT_SHARE) * len(known.columns)
        found["L3-07"] = [at_column("L3-07", "other_columns", 0, name) for name in gone] if many else []
    if known.stated is not None:
        found["L3-08"] = [
            Found("L3-08", "unstated", "", name) for name, is_said in known.stated if not is_said
        ]
    return found


def _weigh(found: dict[str, list[Found]], forms: set[str], more: bool) -> Judged:
    verdicts = tuple(_verdict(rule, found.get(rule.id), forms) for rule in rules().values())
    levels = tuple(
        _points([one for one in verdicts if rules()[one.rule].level == level]) for level in (1, 2, 3)
    )
    told = [points for points in levels if points is not None]
    score = sum(told) // len(told) if told else 0
    grade = next(letter for least, letter in GRADES if score >= least)
    return Judged(score, grade, levels, verdicts, more)


def _verdict(rule: Rule, found: list[Found] | None, forms: set[str]) -> Verdict:
    if rule.format != "any" and rule.format not in forms:
        return Verdict(rule.id, "other_form")
    if found is None:
        return Verdict(rule.id, "people")
    return Verdict(rule.id, "broken" if found else "kept", len(found), tuple(found[:EXAMPLES_MAX]))


def _points(verdicts: Sequence[Verdict]) -> int | None:
    judged = [one for one in verdicts if one.state in ("kept", "broken")]
    if not judged:
        return None
    lost = sum(rules()[one.rule].points for one in judged if one.state == "broken")
    return max(0, 100 - lost)
