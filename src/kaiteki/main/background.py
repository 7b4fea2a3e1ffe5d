"""What a node does by itself: reactions to events, jobs that are due, read models, what has expired, photos to develop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module

import structlog

from kaiteki.broker.letting_go import LettingGo
from kaiteki.broker.sealing import SealedEntities
from kaiteki.kit.channels.sending import Sending
from kaiteki.kit.channels.taking import TakingOver
from kaiteki.kit.jobs import Jobs
from kaiteki.kit.mandate_ends import MandateEnds
from kaiteki.kit.reactions import Reactions
from kaiteki.kit.surveys import Surveys
from kaiteki.main.catalogues import Catalogues
from kaiteki.main.channels import carriers_of
from kaiteki.main.copies import marks
from kaiteki.main.harvesting import Harvest
from kaiteki.main.intake import Intake
from kaiteki.main.known_people import known_to_kit
from kaiteki.main.log import say_failure
from kaiteki.main.parts import SERVICES, Joined
from kaiteki.main.replaying import erasing_of
from kaiteki.main.sealing import seal_what_is_left
from kaiteki.main.ticket_topics import machines_of
from kaiteki.main.withholding import Withholding
from kaiteki.ports.keys import Tombstone, UnknownKek
from kaiteki.ports.outage import StoreAway

LOG = "kaiteki.sources"
TICKET_MACHINES = "kaiteki.main.ticket_machines"
"""The module that is read where the operator names machines: it brings what speaks with their broker."""
LOG_TURN = "kaiteki.turn"
TURN = "work"
"""What one node at a time does for all that share a store."""
ERASURES_EVERY_S = 2.0
WAITED_S = 1.0
"""Whoever waited for the turn for so long has it from another node."""


def _fell_behind(failure: BaseException) -> None:
    """Log that the store failed the register of context sources; it is tried again."""
    say_failure(LOG, "context sources wait for the store", failure)


@asynccontextmanager
async def background(joined: Joined) -> AsyncGenerator[None]:
    """Reactions, jobs and surveys at work; on leaving, the decision in hand is finished by the store and no new one begun."""
    tasks = [
        asyncio.create_task(_in_turn(joined), name="turn"),
        asyncio.create_task(_hear_of_erasures(joined), name="erasures"),
        asyncio.create_task(joined.lasting.run(), name="expiry"),
        asyncio.create_task(joined.telling.inquirer.registry.run(_fell_behind), name="sources"),
        asyncio.create_task(joined.cities.darkroom.run(), name="darkroom"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _waits(failure: BaseException) -> None:
    """Log that the store, or the folder of the key, failed the notary; it is tried again."""
    say_failure(LOG_TURN, "the log of accesses and changes waits for the store", failure)


async def _sign_off(joined: Joined) -> None:
    """Have the notary take in and sign what is there, before another node has the turn, or none."""
    try:
        await joined.notary.finish()
    except (StoreAway, OSError) as away:
        _waits(away)


def _letting_go(joined: Joined) -> LettingGo:
    """What lets go of reads whose time is over."""
    kept_days = {name: area.reads_kept_days for name, area in joined.areas.items()}
    return LettingGo(joined.store.ledger, joined.store.accesses, joined.clock, kept_days)


async def _take_up_photos(joined: Joined) -> None:
    """Develop what another node left; a store that is away again ends the turn by itself, and the next one begins with this."""
    try:
        await joined.cities.darkroom.take_up()
    except StoreAway as away:
        structlog.get_logger(LOG_TURN).warning("photos wait for the store", why=str(away))


async def _seal_what_is_left(joined: Joined) -> None:
    """Seal what an older Kaiteki kept in clear and this one seals. What fails is tried again at the next start; the doctor tells of it."""
    log, entities = structlog.get_logger(LOG_TURN), joined.lasting.behind
    try:
        if isinstance(entities, SealedEntities):
            records, states = await seal_what_is_left(joined.store, entities)
            if records or states:
                log.info("what stood in clear is sealed", records=records, states=states)
    except (StoreAway, UnknownKek) as away:
        log.warning("what stands in clear is sealed at the next start", why=str(away))


async def _go_on_erasing(joined: Joined) -> None:
    """Do to the end the erasures that a node, or a command beside one, was killed in; a store that is away ends the turn by itself."""
    try:
        for done in await erasing_of(joined).resume():
            structlog.get_logger(LOG_TURN).info("an erasure that was stopped is done", records=done.gone)
    except StoreAway as away:
        structlog.get_logger(LOG_TURN).warning("an erasure waits for the store", why=str(away))


async def _mark_copies(
    joined: Joined, erased: Sequence[Tombstone], before: Mapping[str, str]
) -> Mapping[str, str]:
    """Mark who was erased beside the copies of this town; says which repositories are away, each once."""
    away = await asyncio.to_thread(marks.mark, joined.settings.data, erased)
    for folder in away.keys() - before.keys():
        structlog.get_logger(LOG).warning(
            "copies that hold people who were erased since could not be marked",
            copies=folder,
            why=away[folder],
        )
    return away


async def _hear_of_erasures(joined: Joined) -> None:
    """Somebody was erased, here or by a command beside the node: subscriptions of theirs are in memory no more either, and the copies
    that are known are marked, so that nobody comes back out of them. A repository that is away is tried again until it is back."""
    known: int | None = None
    unmarked: Mapping[str, str] = {}
    while True:
        try:
            erased = await joined.store.keys.tombstones()
            if known is not None and len(erased) != known:
                await joined.telling.watchers.look_again()
            if len(erased) != known or unmarked:
                unmarked = await _mark_copies(joined, erased, unmarked)
            known = len(erased)
        except StoreAway as away:
            structlog.get_logger(LOG).warning("erasures are heard of later", why=str(away))
        await asyncio.sleep(ERASURES_EVERY_S)


def _bringing_in(joined: Joined) -> list[asyncio.Task[None]]:
    """What brings data in and takes it back: delivered files, the files of sources, the catalogues of others, withdrawals."""
    entities, clock, areas = joined.engine.entities, joined.clock, tuple(joined.areas)
    withholding = Withholding(entities, joined.store.history, clock, areas)
    return [
        asyncio.create_task(withholding.run(), name="withdrawals"),
        asyncio.create_task(Intake(entities, clock, joined.areas).run(), name="files"),
        asyncio.create_task(Harvest(entities, joined.client, clock, areas).run(), name="harvest"),
        asyncio.create_task(Catalogues(entities, joined.client, clock, areas).run(), name="catalogues"),
    ]


def _hearing_machines(joined: Joined) -> list[asyncio.Task[None]]:
    """What takes in the numbers of ticket machines of others, where the operator names some."""
    return [
        asyncio.create_task(
            import_module(TICKET_MACHINES).TicketMachines(one, joined.engine, joined.who).run(),
            name="ticket machines",
        )
        for one in machines_of(os.environ, joined.areas)
    ]


def _bringing_out(joined: Joined) -> list[asyncio.Task[None]]:
    """What brings messages to people: letters are planned, what is due is sent."""
    consents = joined.engine.consents
    carriers = carriers_of(joined.ways, joined.client, SERVICES, joined.secret)
    sending = Sending(joined.engine, carriers, consents.opened)
    taking = TakingOver(
        joined.engine, joined.store.events, known_to_kit(joined.store), consents.opened, sending.wake
    )
    return [
        asyncio.create_task(taking.run(), name="letters"),
        asyncio.create_task(sending.run(), name="deliveries"),
    ]


async def _in_turn(joined: Joined) -> None:
    """Do what one node of all does, whenever it is this one's turn: react, run jobs, survey, notify."""
    store, loop = joined.store, asyncio.get_running_loop()
    while True:
        asked_s = loop.time()
        async with store.sharing.turn(TURN) as lost:
            if loop.time() - asked_s > WAITED_S:
                # the node that had the turn may have died with photos that wait
                await _take_up_photos(joined)
            await _go_on_erasing(joined)
            tasks = [
                asyncio.create_task(
                    Reactions(joined.engine, store.events, store.history).run(), name="reactions"
                ),
                *_bringing_out(joined),
                asyncio.create_task(Jobs(joined.engine).run(), name="jobs"),
                asyncio.create_task(Surveys(joined.cities).run(), name="surveys"),
                *_bringing_in(joined),
                *_hearing_machines(joined),
                asyncio.create_task(joined.telling.notifier.run(), name="notifications"),
                asyncio.create_task(joined.telling.periods.run(), name="periodic notifications"),
                asyncio.create_task(joined.telling.picturing.run(), name="notifications of registrations"),
                asyncio.create_task(joined.telling.passing.run(), name="subscriptions at sources"),
                asyncio.create_task(joined.notary.run(_waits), name="notary"),
                asyncio.create_task(_letting_go(joined).run(_waits), name="letting go of reads"),
                asyncio.create_task(_seal_what_is_left(joined), name="sealing"),
                asyncio.create_task(
                    MandateEnds(joined.engine, store.accounts, store.credentials).run(), name="mandates"
                ),
            ]
            structlog.get_logger(LOG_TURN).info("this node reacts and notifies")
            try:
                await lost.wait()
                joined.telling.notifier.let_go()
                structlog.get_logger(LOG_TURN).warning(
                    "the database is lost: another node reacts and notifies"
                )
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await _sign_off(joined)
