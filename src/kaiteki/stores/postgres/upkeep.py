"""Looking after a database: what it is, and whether its tables agree with one another."""

from __future__ import annotations

from typing import Final

from kaiteki.stores.postgres.driver import SCHEMA, UNREACHABLE, Connection, connect
from kaiteki.stores.postgres.measuring import slowness_of
from kaiteki.stores.postgres.schema import make_ready
from kaiteki.stores.store import UnusableStore

READS_ALL: Final = "SET enable_seqscan=on; SET enable_hashjoin=on; SET statement_timeout=0"
AGREEMENTS: Final = {
    "index entries without entity": "SELECT count(*) FROM value v JOIN kind k ON k.id=v.kind LEFT JOIN entity e"
    " ON e.area=k.area AND e.id=v.id AND e.kind=v.kind AND e.doc IS NOT NULL WHERE e.id IS NULL",
    "places without entity": "SELECT count(*) FROM place p LEFT JOIN entity e"
    " ON e.area=p.area AND e.id=p.id AND e.kind=p.kind AND e.doc IS NOT NULL WHERE e.id IS NULL",
    "words without entity": "SELECT count(*) FROM words w LEFT JOIN entity e"
    " ON e.area=w.area AND e.id=w.id AND e.doc IS NOT NULL WHERE e.id IS NULL",
    "history without entity": "SELECT count(*) FROM history h LEFT JOIN entity e ON e.row=h.row WHERE e.row IS NULL",
    "blocks without entity": "SELECT count(*) FROM block b LEFT JOIN entity e ON e.row=b.row WHERE e.row IS NULL",
    "kinds whose count is wrong": "SELECT count(*) FROM (SELECT k.id, coalesce((SELECT n FROM tally t WHERE t.kind=k.id"
    " AND t.name=0 AND t.form=''), 0) AS told, count(e.id) AS is_so FROM kind k LEFT JOIN entity e ON e.kind=k.id"
    " AND e.doc IS NOT NULL GROUP BY k.id) c WHERE told<>is_so",
    "events behind the newest": "SELECT count(*) FROM log WHERE number>(SELECT number FROM head)",
    "lines behind the newest": "SELECT count(*) FROM aside WHERE number>(SELECT line FROM head)",
    "numbers of two lines": "SELECT count(*) FROM log JOIN aside USING (number)",
}
"""What must hold between the tables, each as a count of what breaks it."""
_ABOUT: Final = f"""
SELECT current_database(), current_setting('server_version'), postgis_lib_version(),
(SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relnamespace='{SCHEMA}'::regnamespace AND relkind='r'),
(SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND application_name='kaiteki')
"""


async def faults_of(url: str, *, unfinished: bool = False) -> list[str]:
    """What is wrong with a database, one line each; nothing is made where nothing is. Reads all of it. Raises UnusableStore."""
    connection = await _opened(url)
    try:
        await make_ready(connection, new=False, unfinished=unfinished)
        await connection.execute(READS_ALL)
        counted = [(fault, await connection.fetchval(statement)) for fault, statement in AGREEMENTS.items()]
    finally:
        await connection.close()
    return [f"{fault}: {count}" for fault, count in counted if count]


async def about(url: str) -> str:
    """One line on a database: its name, versions, size, and how many connections nodes and commands have to it."""
    connection = await _opened(url)
    try:
        found = await connection.fetchrow(_ABOUT)
    finally:
        await connection.close()
    name, version, postgis, size, open_now = found or ("", "", "", 0, 0)
    return (
        f"The city is kept in the database {name} (PostgreSQL {version}, PostGIS {postgis}): {size / 1e6:,.0f} MB,"
        f" {open_now} connections now."
    )


async def what_is_slow(url: str) -> list[str]:
    """What makes nodes on a database slow or silent now, one line each."""
    connection = await _opened(url)
    try:
        return await slowness_of(connection)
    finally:
        await connection.close()


async def _opened(url: str) -> Connection:
    try:
        return await connect(url)
    except UNREACHABLE as error:
        raise UnusableStore(
            f"the database cannot be reached: {str(error) or type(error).__name__}"
        ) from error
