"""The catalogue of a database: what other nodes have added is read before every read and every write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from kaiteki.stores.catalogue import Catalogue
from kaiteki.stores.postgres.driver import Connection
from kaiteki.stores.postgres.pool import Pool

_NEWS = """
SELECT 0, 0, 0, '', '', number FROM head
UNION ALL SELECT 1, id, 0, text, '', 0 FROM name WHERE id>$1
UNION ALL SELECT 2, id, 0, area, types, 0 FROM kind WHERE id>$2
UNION ALL SELECT 3, kind, name, form, '', n FROM tally WHERE changed>$3
"""
"""All that is new, by one statement and so of one moment."""

Kind = tuple[str, tuple[str, ...]]
"""Area and types."""


class DatabaseCatalogue(Catalogue):
    """Names and kinds by text and by id. They are numbered under the lock of the writers, so the newest have the highest ids."""

    def __init__(self) -> None:
        super().__init__()
        self._last_name = 0
        self._last_kind = 0

    async def refresh(self, connection: Connection | Pool) -> None:
        """Know what is kept by now."""
        rows = await connection.fetch(_NEWS, self._last_name, self._last_kind, self.number)
        newest = max(row[5] for row in rows if row[0] == 0)
        for what, one, two, text, more, n in rows:
            if what == 1:
                self._name(one, text)
            elif what == 2:
                self._kind(one, (text, tuple(msgspec.json.decode(more, type=list[str]))))
            elif what == 3 and newest > self.number:
                self.tally[one, two, text] = n
        self.number = max(self.number, newest)

    def _name(self, number: int, text: str) -> None:
        self.learn_name(number, text)
        self._last_name = max(self._last_name, number)

    def _kind(self, number: int, kind: Kind) -> None:
        self.learn_kind(number, *kind)
        self._last_kind = max(self._last_kind, number)

    async def number_names(
        self, connection: Connection, texts: Iterable[str], numbers: dict[str, int]
    ) -> None:
        """Add the ids of names; new ones are written with the running transaction and learned with its commit (`learn`)."""
        new: list[str] = []
        for text in texts:
            if text not in numbers:
                known = self.names.get(text)
                if known is None:
                    new.append(text)
                else:
                    numbers[text] = known
        if new:
            made = "INSERT INTO name(text) SELECT * FROM unnest($1::text[]) RETURNING text, id"
            numbers.update((text, number) for text, number in await connection.fetch(made, new))

    async def number_kinds(
        self, connection: Connection, kinds: Iterable[Kind], numbers: dict[Kind, int]
    ) -> None:
        """Add the ids of kinds, as of names."""
        for area, types in kinds:
            if (area, types) not in numbers:
                number = self.known_kinds.get((area, types))
                if number is None:
                    number = await connection.fetchval(
                        "INSERT INTO kind(area, types) VALUES($1, $2) RETURNING id",
                        area,
                        msgspec.json.encode(types).decode(),
                    )
                numbers[area, types] = number

    def learn(self, names: Mapping[str, int], kinds: Mapping[Kind, int]) -> None:
        """Know what a commit has numbered."""
        for text, number in names.items():
            self._name(number, text)
        for kind, number in kinds.items():
            self._kind(number, kind)
