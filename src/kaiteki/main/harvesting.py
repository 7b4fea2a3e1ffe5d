"""Fetches the files of declared sources by their rhythm, with the guarded client: only what is new comes, within limits of size and time.

What goes wrong with one source, even what nobody foresaw, holds up none of those behind it (`main/turns.py`). What staff decide about a
source while it is fetched counts: what came is then let go, and whatever they decided says whether it is due again.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast
from urllib.parse import urljoin, urlsplit

import msgspec
import structlog

from kaiteki.kit.rounds import go_rounds
from kaiteki.kit.views import expand_name, read
from kaiteki.main.fetching import get, why_not, why_unreachable
from kaiteki.main.imports.targets import LocalTarget
from kaiteki.main.turns import Turns
from kaiteki.model.instant import format_instant
from kaiteki.model.language.q import parse_q
from kaiteki.model.query import Query, TypeIs
from kaiteki.ports.clock import Clock
from kaiteki.ports.entities import Entities, Row
from kaiteki.ports.outgoing import Answered, Outgoing, Unreachable
from kaiteki.services.opendata.intake.delivery import BYTES_MAX, Delivery
from kaiteki.services.opendata.intake.harvest import NAME, Fetched, HarvestSource, fail, settle

TICK_S: Final = 5.0
BATCH: Final = 10
"""Sources that are fetched at one turn, one after the other."""
CKAN: Final = "/api/3/action/resource_show"
NAMED_MAX: Final = 100
LOG: Final = "kaiteki.harvest"


class Harvest:
    """Fetches what is due in the areas. One per node whose turn it is."""

    def __init__(self, entities: Entities, outgoing: Outgoing, clock: Clock, areas: tuple[str, ...]) -> None:
        self._entities, self._outgoing, self._clock, self._areas = entities, outgoing, clock, areas
        self._turns = Turns(clock, LOG)

    async def run(self) -> None:
        """Fetch what is due, until cancelled."""
        await go_rounds(self.run_due, TICK_S, LOG, "sources")

    async def run_due(self) -> int:
        """Fetch the sources that are due; how many there were."""
        due = f"isActive==true;nextAt<={format_instant(self._clock.now())}"
        done = 0
        for area in self._areas:
            wanted = Query(types=TypeIs(expand_name(NAME)), q=parse_q(due, expand_name), limit=BATCH)
            done += await self._turns.each(self._entities, area, wanted, self._fetch, self._mark)
        return done

    async def _mark(self, area: str, row: Row) -> None:
        """Keep that something unforeseen happened with a source."""
        failed = fail(read(HarvestSource, row.entity()), "unforeseen", self._clock.now())
        await LocalTarget(self._entities, self._clock, area).keep_upon(row, [failed])

    async def _fetch(self, area: str, row: Row) -> None:
        one = read(HarvestSource, row.entity())
        target = LocalTarget(self._entities, self._clock, area)
        last = await target.get(Delivery, one.delivery) if one.delivery else None
        fetched = await self._ask(area, one)
        after, made = await asyncio.to_thread(settle, one, fetched, last, self._clock.now())
        log = structlog.get_logger(LOG).bind(area=area, source=one.id)
        if await target.keep_upon(row, [after, *([made] if made is not None else [])]):
            log.info("a source was fetched", result=after.result, why=after.why)
        else:
            log.info("a source was decided on while it was fetched; what came is let go")

    async def _ask(self, area: str, one: HarvestSource) -> Fetched:
        """What stands at the address of a source; of a CKAN resource, what stands at the address that the catalogue names."""
        try:
            url = one.url
            if urlsplit(url).path.endswith(CKAN):
                named = _named(await get(self._outgoing, area, url, (), BYTES_MAX))
                if not named:
                    return Fetched(why="no_resource")
                url = urljoin(url, named)
            answer = await get(self._outgoing, area, url, _conditions(one), BYTES_MAX)
        except Unreachable as away:
            return Fetched(why=why_unreachable(away))
        if answer.status == 304:
            return Fetched()
        if why := why_not(answer):
            return Fetched(why=why)
        return Fetched(answer.body, answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))


async def unfetched(entities: Entities) -> list[str]:
    """The sources that failed when they were fetched last, one line each; NAMED_MAX of each area."""
    told: list[str] = []
    wanted = Query(
        types=TypeIs(expand_name(NAME)),
        q=parse_q('(isActive==true;result=="failed")|result=="stopped"', expand_name),
        limit=NAMED_MAX,
    )
    for area in await entities.areas():
        for row in (await entities.find(area, wanted)).rows:
            one = read(HarvestSource, row.entity())
            if one.result == "stopped":
                told.append(
                    f"{area}: the file at {one.url} has other columns than before, and is not brought in"
                )
                continue
            told.append(
                f"{area}: the file at {one.url} could not be fetched, {one.failures} times in a row: {one.why}"
            )
    return told


def _conditions(one: HarvestSource) -> tuple[tuple[str, str], ...]:
    """RFC 9110 clause 13: only what differs from the last time is wanted."""
    wanted = (("If-None-Match", one.etag), ("If-Modified-Since", one.last_modified))
    return tuple((name, value) for name, value in wanted if value)


def _named(answer: Answered) -> str:
    """The address of the file that resource_show of CKAN names, empty where it names none."""
    try:
        document: Any = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return ""
    result = cast("dict[str, Any]", document).get("result") if isinstance(document, dict) else None
    return str(cast("dict[str, Any]", result).get("url") or "") if isinstance(result, dict) else ""
