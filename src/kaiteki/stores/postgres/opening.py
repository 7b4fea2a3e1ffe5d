"""Opening the store: a pool of connections, tables that are ready, the ports over them."""

from __future__ import annotations

from kaiteki.ports.clock import Clock
from kaiteki.ports.outage import StoreAway
from kaiteki.stores.blocks import BLOCK_STATES
from kaiteki.stores.postgres.accesses import PostgresAccesses
from kaiteki.stores.postgres.catalogue import DatabaseCatalogue
from kaiteki.stores.postgres.credentials import PostgresCredentials
from kaiteki.stores.postgres.driver import UNREACHABLE, connect
from kaiteki.stores.postgres.entities import NoGlances, PostgresEntities
from kaiteki.stores.postgres.journal import PostgresEvents
from kaiteki.stores.postgres.ledger import PostgresLedger
from kaiteki.stores.postgres.listening import Listening
from kaiteki.stores.postgres.measuring import Measuring
from kaiteki.stores.postgres.past import PostgresHistory
from kaiteki.stores.postgres.pool import Pool, make_pool
from kaiteki.stores.postgres.registers import PostgresAccounts, PostgresContexts, PostgresFiles
from kaiteki.stores.postgres.ring import PostgresRing, lay_ring
from kaiteki.stores.postgres.schema import make_ready
from kaiteki.stores.postgres.sharing import PostgresSharing
from kaiteki.stores.postgres.sources import PostgresSources
from kaiteki.stores.postgres.subscriptions import PostgresSubscriptions
from kaiteki.stores.postgres.writer import Writer
from kaiteki.stores.store import Store, UnusableStore


async def open_postgres(
    url: str, clock: Clock, block_states: int = BLOCK_STATES, *, unfinished: bool = False
) -> Store:
    """Open (or make) the store in the database of a `postgresql://` address, from inside a running event loop.

    Several nodes may have it open. `block_states` are how many measurements are kept together; `unfinished`: also one into which a copy is being
    brought back. Raises UnusableStore where the database cannot be reached or worked with.
    """
    try:
        # a connection of its own: to bring tables up to date may take longer than any statement of a pool
        connection = await connect(url)
        try:
            await make_ready(connection, unfinished=unfinished)
            await lay_ring(connection)
        finally:
            await connection.close()
        pool = await make_pool(url)
    except UNREACHABLE as error:
        raise _unreachable(error) from error
    try:
        catalogue = DatabaseCatalogue()
        await catalogue.refresh(pool)
        return _joined(url, pool, catalogue, Writer(pool, catalogue, clock, block_states))
    except StoreAway as away:
        await pool.close()
        raise _unreachable(away) from away
    except BaseException:
        await pool.close()
        raise


def _unreachable(failure: Exception) -> UnusableStore:
    return UnusableStore(f"the database cannot be reached: {str(failure) or type(failure).__name__}")


def _joined(url: str, pool: Pool, catalogue: DatabaseCatalogue, writer: Writer) -> Store:
    events = PostgresEvents(pool, catalogue)
    writer.kept = events.hear
    listening = Listening(url, lambda number: events.hear(number, {}))
    events.found_late = listening.count_late

    async def close() -> None:
        await listening.close()
        await pool.close()

    return Store(
        entities=PostgresEntities(pool, writer, catalogue, close),
        glances=NoGlances(),
        history=PostgresHistory(pool, catalogue),
        events=events,
        contexts=PostgresContexts(pool),
        subscriptions=PostgresSubscriptions(pool),
        sources=PostgresSources(pool),
        sharing=PostgresSharing(url, pool),
        accounts=PostgresAccounts(pool),
        credentials=PostgresCredentials(pool),
        accesses=PostgresAccesses(pool, writer),
        ledger=PostgresLedger(pool, catalogue),
        files=PostgresFiles(pool, "files"),
        keys=PostgresRing(pool),
        received=PostgresFiles(pool, "received"),
        measures=Measuring(pool, writer.work_done, listening).measure,
    )
