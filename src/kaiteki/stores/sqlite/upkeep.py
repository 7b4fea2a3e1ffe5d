"""Looking after a file: a copy while it is in use, and whether it is sound."""

from __future__ import annotations

from pathlib import Path

from kaiteki.stores.sqlite.driver import SqliteError, connect
from kaiteki.stores.sqlite.schema import BUSY_TIMEOUT_S, open_reading

BACKUP_STEP_PAGES = 4096


def snapshot(file: Path, target: Path) -> None:
    """Write a file as it is at one moment to a new file, while others go on reading and writing it.

    The copy is not synced: it is for whoever reads it at once. A reading transaction holds the moment, so that writers make the
    copy neither wait nor begin again; their log grows meanwhile.
    """
    source = connect(file, new=False)
    copy = connect(target)
    try:
        source.set_busy_timeout(BUSY_TIMEOUT_S * 1000)
        source.execute("BEGIN; SELECT count(*) FROM sqlite_schema").fetchall()
        copy.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF").fetchall()
        with copy.backup("main", source, "main") as running:
            while not running.done:
                running.step(BACKUP_STEP_PAGES)
    finally:
        copy.close()
        source.close()


def faults_of(file: Path) -> list[str]:
    """What is wrong with a file, one line each: SQLite's own check, and whether the tables agree with one another."""
    try:
        connection = open_reading(file)
    except SqliteError as error:
        return [str(error)]
    try:
        found = [line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]
        for fault, statement in AGREEMENTS.items():
            wrong = connection.execute(statement).get
            if wrong:
                found.append(f"{fault}: {wrong}")
    except SqliteError as error:
        # so damaged that it cannot be looked through
        return [str(error)]
    finally:
        connection.close()
    return found


AGREEMENTS = {
    "index entries without entity": "SELECT count(*) FROM value v LEFT JOIN entity e ON e.row=v.row AND e.id=v.id"
    " AND e.kind=v.kind WHERE e.row IS NULL",
    "cells without entity": "SELECT count(*) FROM cell c LEFT JOIN entity e ON e.row=c.row AND e.id=c.id"
    " AND e.kind=c.kind WHERE e.row IS NULL",
    "boxes without entity": "SELECT count(*) FROM box b LEFT JOIN entity e ON e.row=b.row AND e.kind=b.kind"
    " WHERE e.row IS NULL",
    "history without entity": "SELECT count(*) FROM history h LEFT JOIN entity e ON e.row=h.row WHERE e.row IS NULL",
    "blocks without entity": "SELECT count(*) FROM block b LEFT JOIN entity e ON e.row=b.row WHERE e.row IS NULL",
    "kinds whose count is wrong": "SELECT count(*) FROM (SELECT k.id, coalesce((SELECT n FROM tally t WHERE"
    " t.kind=k.id AND t.name=0 AND t.form=''), 0) AS told, (SELECT count(*) FROM entity e WHERE e.kind=k.id) AS is_so"
    " FROM kind k) WHERE told<>is_so",
    "numbers of two lines": "SELECT count(*) FROM log JOIN aside USING (number)",
}
"""What must hold between the tables, each as a count of what breaks it."""
