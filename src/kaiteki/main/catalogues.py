"""Reads the catalogues of others that are due, page by page, with the guarded client.

Limits: PAGES_MAX pages of BYTES_MAX bytes, SETS_MAX data sets, TIMEOUT_S for a page, and every page at the host of the first. What goes
wrong with one catalogue holds up none of those behind it (`main/turns.py`).
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit

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
from kaiteki.ports.outgoing import Outgoing, Unreachable
from kaiteki.services.opendata.catalogues.ckan import is_ckan, page_address, read_ckan
from kaiteki.services.opendata.catalogues.dcat import read_dcat
from kaiteki.services.opendata.catalogues.listing import fail_reading, settle_reading
from kaiteki.services.opendata.catalogues.model import (
    NAME,
    SETS_MAX,
    HarvestCatalogue,
    Listed,
    NoCatalogue,
    Offered,
    is_address,
)

TICK_S: Final = 5.0
BATCH: Final = 5
"""Catalogues that are read at one turn, one after the other."""
PAGES_MAX: Final = 20
BYTES_MAX: Final = 5_000_000
ACCEPT: Final = (
    ("Accept", "application/ld+json, text/turtle;q=0.9, application/rdf+xml;q=0.8, application/json;q=0.5"),
)
LOG: Final = "kaiteki.catalogues"


class Catalogues:
    """Reads what is due in the areas. One per node whose turn it is."""

    def __init__(self, entities: Entities, outgoing: Outgoing, clock: Clock, areas: tuple[str, ...]) -> None:
        self._entities, self._outgoing, self._clock, self._areas = entities, outgoing, clock, areas
        self._turns = Turns(clock, LOG)

    async def run(self) -> None:
        """Read what is due, until cancelled."""
        await go_rounds(self.run_due, TICK_S, LOG, "catalogues")

    async def run_due(self) -> int:
        """Read the catalogues that are due; how many there were."""
        done = 0
        for area in self._areas:
            due = parse_q(f"nextAt<={format_instant(self._clock.now())}", expand_name)
            wanted = Query(types=TypeIs(expand_name(NAME)), q=due, limit=BATCH)
            done += await self._turns.each(self._entities, area, wanted, self._read, self._fail)
        return done

    async def _read(self, area: str, row: Row) -> None:
        one = read(HarvestCatalogue, row.entity())
        try:
            form, sets, more = await self._pages(area, one.url)
        except Unreachable as away:
            await self._fail(area, row, why_unreachable(away))
            return
        except NoCatalogue as none:
            await self._fail(area, row, str(none))
            return
        after = settle_reading(one, form, sets, more, self._clock.now())
        log = structlog.get_logger(LOG).bind(area=area, catalogue=one.id)
        if await LocalTarget(self._entities, self._clock, area).keep_upon(row, [after]):
            log.info("a catalogue was read", data_sets=len(after.sets), more=after.more)
        else:
            log.info("a catalogue was decided on while it was read; what came is let go")

    async def _fail(self, area: str, row: Row, why: str = "unforeseen") -> None:
        failed = fail_reading(read(HarvestCatalogue, row.entity()), why, self._clock.now())
        await LocalTarget(self._entities, self._clock, area).keep_upon(row, [failed])
        structlog.get_logger(LOG).info("a catalogue was not read", area=area, catalogue=row.id, why=why)

    async def _pages(self, area: str, url: str) -> tuple[str, list[Offered], bool]:
        """Form, data sets, and whether there are more than these. Raises Unreachable, NoCatalogue."""
        sets: list[Offered] = []
        seen: set[str] = set()
        if not is_address(url):
            raise NoCatalogue("pages")
        form, at = "", page_address(url, 0) if is_ckan(url) else url
        while at and len(seen) < PAGES_MAX and len(sets) < SETS_MAX:
            if at in seen or not is_address(at):
                raise NoCatalogue("pages")
            if urlsplit(at).netloc != urlsplit(url).netloc:
                # it is another catalogue, which staff can declare for itself
                break
            seen.add(at)
            page = await self._page(area, at)
            form, at = form or page.form, page.next_url
            sets += page.sets
        return form, sets, bool(at)

    async def _page(self, area: str, url: str) -> Listed:
        answer = await get(self._outgoing, area, url, ACCEPT, BYTES_MAX)
        if why := why_not(answer):
            raise NoCatalogue(why)
        if is_ckan(url):
            return await asyncio.to_thread(read_ckan, answer.body, url)
        return await asyncio.to_thread(read_dcat, answer.body, answer.headers.get("content-type", ""), url)
