"""Lines of the log of a file, written out; and the lines of erasings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kaiteki.model.instant import Instant
from kaiteki.ports.ledger import Entry, Erasing, Named
from kaiteki.stores.ledger import aside_entry, erasing_row, logged_entry, salted_anew, unreadable_entry
from kaiteki.stores.sqlite.catalogue import FileCatalogue
from kaiteki.stores.sqlite.driver import Connection

LOG: Final = "SELECT number, at, area, body FROM log"
ASIDE: Final = "SELECT number, area, at, what, actor, subject, body FROM aside"


def logged(catalogue: FileCatalogue, rows: Iterable[Any], *, damaged: bool = False) -> list[Entry]:
    """Rows of the log, written out; KeyError for a name that is not known here yet, unless what is not known is damaged."""
    entries: list[Entry] = []
    for number, at, area, body in rows:
        try:
            entries.append(logged_entry(catalogue, number, at, catalogue.text(area), body))
        except KeyError:
            if not damaged:
                raise
            entries.append(unreadable_entry(number, at, body))
    return entries


def tell_erasing(
    connection: Connection,
    catalogue: FileCatalogue,
    emptied: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    when: tuple[Instant, Mapping[str, int]],
) -> None:
    """Destroy the salts of lines that were emptied and write lines that name them.

    A line is written also where no leaf knew the lines yet, so that whoever makes leaves sees that they have changed. `emptied` has, by area, the events of the erasure and the lines; `when` is the time, and by area the number of its line.
    """
    at, lines = when
    for area, (causes, numbers) in emptied.items():
        named: list[Named] = []
        for number in numbers:
            if connection.execute("SELECT 1 FROM leaf WHERE number=?", (number,)).get is None:
                continue
            salt, one = salted_anew(_entry(connection, catalogue, number))
            connection.execute("UPDATE leaf SET salt=? WHERE number=?", (salt, number))
            named.append(one)
        row = erasing_row(lines[area], area, at, Erasing(tuple(causes), tuple(named)))
        connection.execute("INSERT INTO aside VALUES(?,?,?,?,?,?,?)", row)


def _entry(connection: Connection, catalogue: FileCatalogue, number: int) -> Entry:
    """A line that stands."""
    found = connection.execute(f"{LOG} WHERE number=?", (number,)).fetchall()
    if found:
        return logged(catalogue, found)[0]
    return aside_entry(connection.execute(f"{ASIDE} WHERE number=?", (number,)).fetchall()[0])
