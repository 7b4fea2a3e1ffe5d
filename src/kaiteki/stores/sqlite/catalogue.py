"""The catalogue of a file; what another process added is read on a miss."""

from __future__ import annotations

import msgspec

from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.sqlite.driver import Connection


class FileCatalogue(Catalogue):
    """Names and kinds by text and by id. One connection writes it, any may refresh it."""

    def __init__(self) -> None:
        super().__init__()
        self.fresh = False
        """Whether names or kinds were written by the running transaction."""

    def refresh(self, connection: Connection) -> None:
        """Read everything from the file, in one snapshot, in place of what was known."""
        known = Catalogue()
        connection.execute("SAVEPOINT refresh")
        try:
            for number, text in connection.execute("SELECT id, text FROM name"):
                known.learn_name(number, text)
            for number, area, types in connection.execute("SELECT id, area, types FROM kind"):
                known.learn_kind(number, area, tuple(msgspec.json.decode(types, type=list[str])))
            for kind, name, form, n in connection.execute("SELECT kind, name, form, n FROM tally"):
                known.tally[kind, name, form] = n
            known.number = newest(connection)
        finally:
            connection.execute("RELEASE refresh")
        self.take_over(known)

    def intern_name(self, connection: Connection, text: str) -> int:
        """The id of a name; a new one is written with the running transaction."""
        number = self.names.get(text)
        if number is None:
            connection.execute("INSERT INTO name(text) VALUES(?) ON CONFLICT DO NOTHING", (text,))
            number = _one(connection, "SELECT id FROM name WHERE text=?", (text,))
            self.learn_name(number, text)
            self.fresh = True
        return number

    def intern_kind(self, connection: Connection, area: str, types: tuple[str, ...]) -> int:
        """The id of a kind; a new one is written with the running transaction."""
        number = self.known_kinds.get((area, types))
        if number is None:
            row = (area, msgspec.json.encode(types).decode())
            connection.execute("INSERT INTO kind(area, types) VALUES(?, ?) ON CONFLICT DO NOTHING", row)
            number = _one(connection, "SELECT id FROM kind WHERE area=? AND types=?", row)
            self.learn_kind(number, area, types)
            self.fresh = True
        return number


def _one(connection: Connection, statement: str, values: tuple[str, ...]) -> int:
    number = connection.execute(statement, values).get
    if not isinstance(number, int):
        raise TypeError(f"{statement} gave {number!r}")
    return number


def newest(connection: Connection) -> int:
    """The number of the newest event of the file."""
    return connection.execute("SELECT max(number) FROM log").get or 0
