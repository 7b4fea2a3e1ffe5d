"""Lines of the log of a database, written out; and the lines of erasings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from kaiteki.model.instant import Instant
from kaiteki.ports.ledger import Entry, Erasing, Named
from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.ledger import aside_entry, erasing_row, logged_entry, salted_anew, unreadable_entry
from kaiteki.stores.postgres.driver import Connection

LOG: Final = "SELECT number, at, area, body FROM log"
ASIDE: Final = "SELECT number, area, at, what, actor, subject, body FROM aside"
LOCK_LEAVES: Final = "LOCK TABLE leaf IN SHARE ROW EXCLUSIVE MODE"
_TELL: Final = "INSERT INTO aside VALUES($1, $2, $3, $4, $5, $6, $7)"
_SALT: Final = "UPDATE leaf l SET salt=u.salt FROM unnest($1::bigint[], $2::bytea[]) u(number, salt) WHERE l.number=u.number"


def logged(catalogue: Catalogue, rows: Iterable[Any]) -> list[Entry]:
    """Rows of the log, written out. What names something that there is not is damaged."""
    entries: list[Entry] = []
    for number, at, area, body in rows:
        try:
            entries.append(logged_entry(catalogue, number, at, area, body))
        except KeyError:
            entries.append(unreadable_entry(number, at, body))
    return entries


async def tell_erasing(
    connection: Connection,
    catalogue: Catalogue,
    emptied: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    when: tuple[Instant, Mapping[str, int]],
) -> None:
    """Destroy the salts of lines that were emptied and write lines that name them.

    A line is written also where no leaf knew the lines yet, so that whoever makes leaves sees that they have changed. `emptied` has, by area, the events of the erasure and the lines; `when` is the time, and by area the number of its line.
    """
    at, lines = when
    # leaves that are being appended are waited for and seen here, or see this line
    await connection.execute(LOCK_LEAVES)
    for area, (causes, numbers) in emptied.items():
        leaves = await connection.fetch("SELECT number FROM leaf WHERE number=ANY($1)", list(numbers))
        proven = [number for (number,) in leaves]
        log = await connection.fetch(f"{LOG} WHERE number=ANY($1)", proven)
        aside = await connection.fetch(f"{ASIDE} WHERE number=ANY($1)", proven)
        salts: list[bytes] = []
        named: list[Named] = []
        for entry in sorted([*logged(catalogue, log), *map(aside_entry, aside)], key=lambda one: one.number):
            salt, one = salted_anew(entry)
            salts.append(salt)
            named.append(one)
        await connection.execute(_SALT, [one.number for one in named], salts)
        told = Erasing(tuple(causes), tuple(named))
        await connection.execute(_TELL, *erasing_row(lines[area], area, at, told))
