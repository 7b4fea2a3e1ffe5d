"""Work at a time: entities that a job names are decided one by one, each on its present version.

A job needs no memory of its own: what it has done no longer matches its question. So it may stop and start anywhere. Where its
rule has a bug, a `Failure` is kept: the entity is tried again less and less often, and set aside in the end until it changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec
import structlog

from kaiteki.kit.engine import Asking, Engine, Work
from kaiteki.kit.failures import Failure
from kaiteki.kit.manifest import Job, Service, State
from kaiteki.kit.reactions import SYSTEM
from kaiteki.kit.rounds import go_rounds
from kaiteki.kit.views import expand_name, read
from kaiteki.model.decision import Accepted, Refused
from kaiteki.model.entity import Entity
from kaiteki.model.instant import Instant, format_instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.matching import matches_filter
from kaiteki.model.query import Filter, Query, TypeIs

BATCH: Final = 100
ENTITIES_MAX: Final = 100_000
"""Entities that one run of a job handles; the rest has its turn in the next."""
TICK_S: Final = 5.0


class Jobs:
    """Runs the jobs of all services in all areas. One per node."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ran: dict[tuple[str, str, str], Instant] = {}

    async def run_due(self) -> int:
        """Run the jobs whose time has come (each at once after the start); how many entities were handled."""
        handled = 0
        for area in await self._engine.entities.areas():
            for service in self._engine.services.values():
                for job in service.jobs:
                    if self._is_due(area, service, job):
                        handled += await self._run(area, service, job)
        return handled

    async def run(self) -> None:
        """Run what is due, until cancelled."""
        await go_rounds(self.run_due, TICK_S, "jobs", "jobs")

    def _is_due(self, area: str, service: Service, job: Job) -> bool:
        key, now = (area, service.name, job.name), self._engine.clock.now()
        last = self._ran.get(key)
        due = last is None or now >= last + job.every_s * 1_000_000
        if due:
            self._ran[key] = now
        return due

    async def _run(self, area: str, service: Service, job: Job) -> int:
        now = format_instant(self._engine.clock.now())
        told = job.q if isinstance(job.q, str) else job.q(self._engine.settings(service, area))
        if told is None:
            return 0
        q = parse_q(told.replace("{now}", now), expand_name) if told else None
        wanted = Query(types=TypeIs(expand_name(job.type)), q=q, limit=BATCH)
        handled = 0
        while handled < ENTITIES_MAX:
            found = await self._engine.entities.find(area, wanted)
            for row in found.rows:
                await self._handle(area, service, job, row.id, q)
            handled += len(found.rows)
            if not found.more:
                break
            wanted = msgspec.structs.replace(wanted, after_id=found.rows[-1].id)
        return handled

    async def _handle(self, area: str, service: Service, job: Job, entity_id: str, q: Filter | None) -> None:
        asked = self._engine.asked(service, Asking(area, SYSTEM))
        cause = f"{service.name}:{job.name}"
        failed_id = f"urn:ngsi-ld:Failure:{cause}:{entity_id}"

        def rule(loaded: Mapping[str, Entity], state: State) -> Accepted | Refused:
            entity, before = loaded.get(entity_id), cast("Failure | None", state.get(failed_id))
            if entity is None or (q is not None and not matches_filter(entity, q)):
                return Accepted()
            if before is None or before.version != entity.version:
                failure = Failure(failed_id, cause, entity_id, version=entity.version)
            elif before.set_aside or asked.now < (before.due_at or 0):
                return Accepted()
            else:
                failure = before
            try:
                known = {known: view for known, view in state.items() if known != failed_id}
                said = job.decide(known, read(job.view, entity), asked)
            except Exception as error:
                # one entity on which a rule has a bug must not stop the job for all others
                structlog.get_logger("jobs").exception("a job failed", job=cause, entity=entity_id)
                return Accepted((failure.once_more(error, asked.now),))
            if before is None or isinstance(said, Refused):
                return said
            return msgspec.structs.replace(said, deletes=(*said.deletes, failed_id))

        said = await self._engine.decide(Work(service, cause, (entity_id, failed_id), rule), asked)
        if isinstance(said, Refused):
            structlog.get_logger("jobs").info("a job refused", job=cause, entity=entity_id, code=said.code)
