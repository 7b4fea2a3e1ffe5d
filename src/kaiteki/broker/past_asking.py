"""Asking one context source for the past of entities, page after page and stretch after stretch (ETSI GS CIM 009 V1.9.1 clauses 5.7.3, 5.7.4, 6.3.10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kaiteki.broker.inquiring import Errand, Inquirer, Outcome, coded
from kaiteki.broker.time_asking import TIME_PROPERTIES, TimeAsked
from kaiteki.model.entity import Json, is_array
from kaiteki.model.instant import Instant
from kaiteki.model.past import SCOPE, Measure
from kaiteki.model.problem import Problem
from kaiteki.model.sources.forwarding import Selection, filters_of
from kaiteki.model.sources.matching import is_about
from kaiteki.model.sources.passage import Passage
from kaiteki.model.sources.pasts import PastAccount, read_past
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.stretches import period_parameters, read_extent
from kaiteki.ports.sources import KeptSource

HEARD_STATES_MAX: Final = 100_000
"""States that one source tells for one answer."""
ENTITIES_AT_ONCE: Final = 50
"""Entities that a source is asked for in one request."""
_PAST: Final = "temporal/entities"


class PastSought(msgspec.Struct, frozen=True):
    """What of the past sources are asked for. `need` is how many entities each, `parameters` how the query was written.

    `whole`: every state within the stretch of time is needed, none may be cut off. `travels`: conditions go with the request, and who
    is asked looks whether an entity matches; else all that match by name are told, and conditions are looked at here.
    """

    asked: TimeAsked
    parameters: Mapping[str, str] = {}
    whole: bool = False
    travels: bool = True
    need: int = 1


class ToldPast(NamedTuple):
    """What one source told of the past. `more`: it has more entities; `until`: where some answer of it was cut.

    `matching` are those that it found to match, `scoped` those whose scopes do. `too_much`: more states than are taken.
    """

    kept: KeptSource
    accounts: Sequence[PastAccount] = ()
    more: bool = False
    until: Instant | None = None
    warning: str = ""
    matching: frozenset[str] = frozenset()
    scoped: frozenset[str] = frozenset()
    too_much: bool = False


class Telling:
    """One source, asked for one answer."""

    def __init__(self, inquirer: Inquirer, passage: Passage, kept: KeptSource, sought: PastSought) -> None:
        self._inquirer = inquirer
        self._passage = passage
        self._kept = kept
        self._sought = sought
        self._context = passage.context
        self._accounts: list[PastAccount] = []
        self._states = 0
        self._until: Instant | None = None
        self._warning = ""

    @property
    def _failed(self) -> bool:
        return bool(self._warning) or self._states > HEARD_STATES_MAX

    async def of_one(self, entity_id: str, selection: Selection) -> ToldPast:
        """The past of one entity (clause 5.7.3)."""
        await self._understand()
        parameters = selection.parameters(self._context)
        parameters.pop("id", None)
        await self._take(f"{_PAST}/{coded(entity_id)}", parameters)
        self._accounts = [one for one in self._accounts if one.entity_id == entity_id]
        return self._told(False)

    async def of_many(self, selections: Sequence[Selection]) -> ToldPast:
        """The past of the first entities that are wanted (clause 5.7.4)."""
        await self._understand()
        more, scoped, filters = False, set[str](), filters_of(self._sought.parameters)
        travelling = filters if self._travels else {}
        for selection in selections:
            told = {**travelling, **selection.parameters(self._context)}
            more |= (await self._pages(told))[1]
            if "scopeQ" in filters and self._context is self._passage.context and not self._travels:
                light = {**selection.parameters(self._context), "scopeQ": filters["scopeQ"], "lastN": "1"}
                scoped |= (await self._pages(light, light=True))[0]
        found = frozenset(one.entity_id for one in self._accounts)
        return self._told(more)._replace(
            matching=found if self._travels and filters else frozenset(), scoped=frozenset(scoped)
        )

    async def _understand(self) -> None:
        self._context = await self._inquirer.context_for(self._kept.registration, self._passage)

    @property
    def _travels(self) -> bool:
        """Whether conditions go with the request: not when they were written with another @context than the source understands."""
        return self._sought.travels and self._context is self._passage.context

    @property
    def _whole(self) -> bool:
        conditions = filters_of(self._sought.parameters)
        return self._sought.whole or bool(conditions and not self._travels)

    def _told(self, more: bool) -> ToldPast:
        return ToldPast(
            self._kept,
            self._accounts,
            more,
            self._until,
            self._warning,
            too_much=self._states > HEARD_STATES_MAX,
        )

    async def _pages(self, told: Mapping[str, str], light: bool = False) -> tuple[set[str], bool]:
        """The ids of the first entities of a selection, and whether there are more; `light`: their states are not needed."""
        found: set[str] = set()
        while len(found) < self._sought.need and not self._failed:
            limit = min(self._sought.need - len(found), ENTITIES_AT_ONCE)
            page = {**told, "limit": str(limit), "offset": str(len(found))}
            ids = await (self._names(page) if light else self._take(_PAST, page))
            found |= set(ids)
            if len(ids) < limit:
                return found, False
        return found, len(found) >= self._sought.need and not self._failed

    async def _names(self, parameters: Mapping[str, str]) -> list[str]:
        outcome = await self._ask(_PAST, {**self._style(self._sought.asked.measures[0]), **parameters})
        return [one.entity_id for one in self._read(outcome) or ()]

    async def _take(self, path: str, parameters: Mapping[str, str]) -> list[str]:
        """Ask for some entities, where all is needed stretch after stretch; the ids that the first answer told."""
        asked, ids = self._sought.asked, list[str]()
        measures: tuple[Measure | None, ...] = asked.measures
        if len(measures) > 1 and not self._whole:
            measures = (None,)  # whoever is asked without a time tells each attribute by the time that it has
        for measure in measures:
            period, told = asked.period, parameters
            while not self._failed:
                outcome = await self._ask(path, {**self._style(measure), **told, **period_parameters(period)})
                accounts = self._read(outcome)
                if accounts is None:
                    break
                self._accounts += accounts
                self._states += sum(len(one.pasts) for one in accounts)
                ids = ids or [one.entity_id for one in accounts]
                until = self._cut(outcome)
                if until is None or not self._whole:
                    break
                if period.start is not None and until < period.start:
                    self._warning = self._inquirer.unreadable(self._kept, self._passage)
                    break
                period = msgspec.structs.replace(period, start=Instant(until + 1))
                if period.end is not None and until + 1 >= period.end:
                    break
                if path == _PAST:
                    told = {name: text for name, text in told.items() if name not in ("offset", "idPattern")}
                    told["id"] = ",".join(ids)
        return ids

    def _cut(self, outcome: Outcome) -> Instant | None:
        """Where an answer was cut. One that does not say where is of no use."""
        if outcome.status != 206:
            return None
        until = read_extent(outcome.extent)
        if until is None:
            self._warning = self._inquirer.unreadable(self._kept, self._passage)
        elif not self._whole:
            backwards = self._sought.asked.last is not None
            ends = [until] if self._until is None else [until, self._until]
            self._until = max(ends) if backwards else min(ends)
        return until

    async def _ask(self, path: str, parameters: Mapping[str, str]) -> Outcome:
        errand = Errand("GET", path, self._context, {**parameters, "options": "sysAttrs"})
        outcome = await self._inquirer.ask(self._kept, errand, self._passage)
        self._warning = self._warning or outcome.warning
        return outcome

    def _style(self, measure: Measure | None) -> dict[str, str]:
        """How states are to be told: by which time, how many of them, of which instances."""
        asked, told = self._sought.asked, dict[str, str]()
        if measure is not None:
            told |= {**period_parameters(asked.period), "timeproperty": TIME_PROPERTIES[measure]}
        if asked.last is not None and not self._whole:
            told["lastN"] = str(asked.last)
        datasets = self._kept.registration.dataset_ids or asked.period.dataset_ids
        if datasets:
            told["datasetId"] = ",".join(datasets)
        return told

    def _read(self, outcome: Outcome) -> list[PastAccount] | None:
        """The accounts of an answer, as far as the source is registered for them; None where it is none."""
        if not outcome.went_well:
            return None
        items: list[Json] = outcome.document if is_array(outcome.document) else [outcome.document]
        try:
            accounts = [read_past(item, self._context) for item in items]
        except (Problem, RecursionError):
            self._warning = self._inquirer.unreadable(self._kept, self._passage)
            return None
        return [cut for one in accounts if (cut := respected_past(self._kept.registration, one)) is not None]


def respected_past(one: Registration, told: PastAccount) -> PastAccount | None:
    """An account with only what its source is registered for (clause 4.3.6.1); None where it is not registered for the entity."""
    parts = list(is_about(one, told.entity_id, told.types))
    if not parts:
        return None
    account = msgspec.structs.replace(told, mode=one.mode, held=None)
    if any(not part.attributes for part in parts):
        return account
    held = frozenset(name for part in parts for name in part.attributes)
    pasts = tuple(past for past in told.pasts if past.attribute in held or past.attribute == SCOPE)
    return msgspec.structs.replace(account, held=held, pasts=pasts)
