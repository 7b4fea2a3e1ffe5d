"""How often something may be done in somebody's name by one mandate: counted in the very transaction that keeps the deed.

A count is an entity of the area, so two requests at once cannot both have the last one: one of them is decided anew, on what the
other one kept. What is refused, and what is sent twice under one key, counts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from kaiteki.kit.manifest import EntityType, State
from kaiteki.kit.views import read
from kaiteki.model.access import ADMIN, Allowance, Period, Person
from kaiteki.model.decision import Accepted, Fault, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant
from kaiteki.model.said import local_time
from kaiteki.model.words import Words
from kaiteki.ports.entities import Entities

TIMES_MAX: Final = 999
"""How often at most a mandate may be limited to; who wants more sets no limit."""
USED_UP: Final = "used_up"
PERIODS: Final[Mapping[str, Period]] = {"day": "day", "week": "week", "month": "month", "whole": "whole"}
_TOO_OFTEN: Final = Words(
    "代わりにできる回数を使い切りました。本人か、本人の窓口での手続きでできます。",
    "What may be done in their name is used up. They can do it themselves, or at the counter.",
    "かわりに できる 回数（かいすう）は もう ありません。本人（ほんにん）か、まどぐちで できます。",
)


class MandateUse(msgspec.Struct, frozen=True):
    """How often something was done by a mandate in its present period. The id names the mandate; no person stands here."""

    id: str
    period: str = ""
    count: int = 0


USES: Final = EntityType(
    name="MandateUse",
    view=MandateUse,
    words=Words("代理の回数", "Uses of mandates", "かわりに した かず"),
    title="id",
    columns=("period", "count"),
    labels={
        "period": Words("期間", "Period", "いつ"),
        "count": Words("回数", "Times", "かず"),
    },
    roles=(ADMIN,),
)
Rule: TypeAlias = Callable[[Mapping[str, Entity], State], Accepted | Refused]


def use_id(mandate_id: str) -> str:
    """The id of the count of a mandate."""
    return f"urn:ngsi-ld:MandateUse:{mandate_id}"


def uses(by: Sequence[Allowance]) -> tuple[str, ...]:
    """The ids of the counts of some mandates."""
    return tuple(use_id(one.mandate) for one in by)


def period_of(period: Period, now: Instant) -> str:
    """The day, ISO week or month in Japan in which a moment lies; empty for the whole time of a mandate."""
    day = local_time(now).date()
    year, week, _ = day.isocalendar()
    return {"day": day.isoformat(), "week": f"{year}-W{week:02d}", "month": f"{day:%Y-%m}", "whole": ""}[
        period
    ]


def limiting(person: Person, service: str, command: str) -> tuple[Allowance, ...]:
    """The mandates by whose numbers a deed is limited; none where the person does it, or one mandate sets no limit."""
    named = {f"{service}.*", f"{service}.{command}"}
    by = tuple(one for one in person.allowances if not named.isdisjoint(one.covers))
    return by if all(one.times for one in by) else ()


def counting(rule: Rule, by: Sequence[Allowance], now: Instant) -> Rule:
    """A rule that counts what it accepts with the first mandate of which something is left, and refuses where none is."""
    counts = dict(zip(uses(by), by, strict=True))

    def counted(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
        said = rule(loaded, {name: view for name, view in state.items() if name not in counts})
        if isinstance(said, Refused):
            return said
        for name, allowance in counts.items():
            period, kept = period_of(allowance.period, now), state.get(name)
            done = kept.count if isinstance(kept, MandateUse) and kept.period == period else 0
            if done < allowance.times:
                use = MandateUse(name, period, done + 1)
                return msgspec.structs.replace(said, writes=(*said.writes, use))
        return Refused("too_many", (Fault("", USED_UP, _TOO_OFTEN),))

    return counted


async def left(
    entities: Entities, area: str, by: Sequence[tuple[str, int, Period]], now: Instant
) -> dict[str, int]:
    """How often something may still be done now, by mandate; `by`: mandates with a limit, how often, in which period."""
    rows = await entities.load(area, [use_id(mandate) for mandate, _, _ in by])
    found = {name: read(MandateUse, row.entity()) for name, row in rows.items()}
    rest: dict[str, int] = {}
    for mandate, times, period in by:
        use = found.get(use_id(mandate))
        done = use.count if use is not None and use.period == period_of(period, now) else 0
        rest[mandate] = max(0, times - done)
    return rest


async def is_used_up(entities: Entities, area: str, person: Person, service: str, now: Instant) -> bool:
    """Whether a helper may do nothing more in a service for now, as all mandates that cover something in it are used up."""
    by = [one for one in person.allowances if any(_does(cover, service) for cover in one.covers)]
    if not by or not all(one.times for one in by):
        return False
    rest = await left(entities, area, [(one.mandate, one.times, one.period) for one in by], now)
    return not any(rest.values())


def _does(cover: str, service: str) -> bool:
    where, _, deed = cover.partition(".")
    return where == service and deed != "see"
