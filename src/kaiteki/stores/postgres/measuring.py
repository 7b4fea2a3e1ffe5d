"""How the store of a database is doing: what this node counts, and what the server says of all that are connected to it."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from kaiteki.ports.measures import DatabaseMeasures, StoreMeasures
from kaiteki.ports.outage import StoreAway
from kaiteki.stores.postgres.driver import SCHEMA, Connection
from kaiteki.stores.postgres.listening import Listening
from kaiteki.stores.postgres.pool import Pool
from kaiteki.stores.work_done import WorkDone

COMMITS: Final = 20
"""Small writes that are timed to know the disk of the server."""
COMMIT_MAX_MS: Final = 20.0
"""A durable commit of a server that does not hold up a city."""
TRANSACTION_MAX_S: Final = 300
"""How long a transaction may be open: what it could still see cannot be cleared away."""
LOCK_MAX_S: Final = 5
"""How long a session may wait for another one."""
DEAD_ROWS_MIN: Final = 100_000
"""Below so many dead rows a table is small enough."""
DEAD_SHARE_MAX: Final = 0.5
"""Dead rows beside those that live: the server clears away at a fifth of them."""

_NOW: Final = f"""
SELECT (SELECT number FROM head),
(SELECT coalesce(max(extract(epoch FROM clock_timestamp()-xact_start)), 0)::float8 FROM pg_stat_activity
WHERE datname=current_database() AND pid<>pg_backend_pid()),
(SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND wait_event_type='Lock'),
(SELECT coalesce(sum(n_dead_tup), 0)::bigint FROM pg_stat_user_tables WHERE schemaname='{SCHEMA}')
"""
_CURSORS: Final = "SELECT consumer, number FROM cursor"
_WRITE: Final = "SELECT pg_logical_emit_message(true, 'kaiteki', 'how long a commit takes')"
_LONG: Final = """
SELECT application_name, pid, extract(epoch FROM clock_timestamp()-xact_start)::float8 FROM pg_stat_activity
WHERE datname=current_database() AND pid<>pg_backend_pid() AND clock_timestamp()-xact_start > make_interval(secs=>$1)
ORDER BY xact_start LIMIT 5
"""
_LOCKED: Final = """
SELECT application_name, pid, pg_blocking_pids(pid), extract(epoch FROM clock_timestamp()-query_start)::float8 FROM pg_stat_activity
WHERE datname=current_database() AND wait_event_type='Lock' AND clock_timestamp()-query_start > make_interval(secs=>$1)
ORDER BY query_start LIMIT 5
"""
_STANDBY: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND wait_event='SyncRep'"
)
_DEAD: Final = f"""
SELECT relname, n_dead_tup, n_live_tup, last_autovacuum FROM pg_stat_user_tables
WHERE schemaname='{SCHEMA}' AND n_dead_tup>=$1 AND n_dead_tup>n_live_tup*$2::float8 ORDER BY n_dead_tup DESC LIMIT 5
"""


class Measuring:
    """The measures of one node's store."""

    def __init__(self, pool: Pool, done: WorkDone, listening: Listening) -> None:
        self._pool = pool
        self._done = done
        self._listening = listening

    async def measure(self) -> StoreMeasures:
        """The measures now. Two statements; while the database is away, what this node knows by itself."""
        events, server, behind = 0, (0.0, 0, 0), dict[str, int]()
        away = False
        try:
            async with self._pool.acquire() as connection:
                found = await connection.fetchrow(_NOW)
                events, *told = found or (0, 0.0, 0, 0)
                server = (float(told[0]), int(told[1]), int(told[2]))
                cursors = await connection.fetch(_CURSORS)
                behind = {consumer: max(0, events - number) for consumer, number in cursors}
        except StoreAway:
            away = True
        done = self._done
        return StoreMeasures(
            groups=done.groups,
            decisions=done.decisions,
            staging_s=done.staging_s,
            commit_s=done.commit_s,
            commit_max_s=done.commit_max_s,
            waiting=done.waiting,
            blocks=done.blocks,
            packing_s=done.packing_s,
            events=events,
            behind=behind,
            database=self._database(away, server),
        )

    def _database(self, away: bool, server: tuple[float, int, int]) -> DatabaseMeasures:
        lending, listening = self._pool.lending, self._listening
        return DatabaseMeasures(
            away=away,
            connections_busy=lending.borrowed,
            connections_waiting=lending.waiting,
            waited_s=lending.waited_s,
            lost=lending.lost,
            again=self._done.again,
            turn_s=self._done.turn_s,
            listening=listening.hears,
            wakes=listening.wakes,
            late=listening.late,
            transaction_s=server[0],
            lock_waits=server[1],
            dead_rows=server[2],
        )


async def commit_ms(connection: Connection) -> float:
    """Milliseconds that a small durable commit takes, with the way to the server: the median of some. Leaves nothing in any table."""
    taken: list[float] = []
    for _ in range(COMMITS):
        began_s = perf_counter()
        await connection.execute(_WRITE)
        taken.append((perf_counter() - began_s) * 1000)
    return sorted(taken)[COMMITS // 2]


async def slowness_of(connection: Connection) -> list[str]:
    """What makes nodes on this database slow or silent now, one line each, with what to do."""
    slow: list[str] = []
    taken_ms = await commit_ms(connection)
    if taken_ms > COMMIT_MAX_MS:
        slow.append(
            f"a commit takes {taken_ms:.0f} ms, and every write waits for one: look at the disk of the server"
            " (pg_wal on an SSD) and at the network between node and server"
        )
    if count := await connection.fetchval(_STANDBY):
        slow.append(
            f"{count} commits wait for a standby server that does not confirm: look at pg_stat_replication"
            " and synchronous_standby_names"
        )
    for name, pid, open_s in await connection.fetch(_LONG, TRANSACTION_MAX_S):
        slow.append(
            f"a transaction of {name or 'a nameless program'} (process {pid}) has been open for {open_s / 60:.0f} minutes:"
            f" what it could still see is not cleared away; SELECT pg_terminate_backend({pid}) ends it"
        )
    for name, pid, blockers, waited_s in await connection.fetch(_LOCKED, LOCK_MAX_S):
        slow.append(
            f"{name or 'a nameless program'} (process {pid}) has waited {waited_s:.0f} s for a lock of process"
            f" {', '.join(map(str, blockers)) or 'nobody any more'}; pg_stat_activity says what that one does"
        )
    for table, dead, live, last in await connection.fetch(_DEAD, DEAD_ROWS_MIN, DEAD_SHARE_MAX):
        when = f"last {last:%Y-%m-%d %H:%M}" if last else "never yet"
        slow.append(
            f"{table} has {dead:,} dead rows beside {live:,} living ones (cleared by itself {when}): autovacuum is behind;"
            f" VACUUM {SCHEMA}.{table} helps at once, a higher autovacuum_vacuum_cost_limit for good"
        )
    return slow
