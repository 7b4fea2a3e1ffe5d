"""What a row is called: the identity that tells it from the others of its table, and the URN of its record.

    commonId │ identifier │ name and position │ the columns that name the rows (`Keys.columns`) │ everything that it says
    └─ the same twice in the table: told apart by name and address; by everything that they say where these are the same, too

So a row keeps its id where a column goes that is no part of its identity, and where anything else is mended, in it or in other rows, in whatever
order they stand. The columns that name the rows of a table without identifiers are chosen when it comes for the first time
(`importing.survey`) and stay with its data set.

A data set that came before (`Keys()`: not lasting) keeps the ids that it has: rows of one identity are told apart there by a hash of all that
they say, and rows without one are called by that hash alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.entity import Json
from kaiteki.services.opendata.mapping import OWN_HEADING, Guess
from kaiteki.services.opendata.reading.source import Row
from kaiteki.services.opendata.values import narrow, plain

TOP_KEYS: Final = ("commonId", "identifier")
"""Items that name a record by themselves, the best first."""
BESIDE: Final = ("name", "fullAddress")
"""Items by which rows of one identity are told apart."""
BY: Final = "by="
"""What the identity of a row begins with that the columns of its data set name."""
_PLACE_KEYS: Final = ("longitude", "latitude")
_PLAIN_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,100}")


def hash_of(text: str) -> int:
    """64 bits of a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def content_of(row: Row) -> str:
    """Everything a row says, independent of the order of its columns."""
    cells = {name: text for name, value in row.cells.items() if (text := _comparable(value))}
    return msgspec.json.encode([sorted(cells.items()), row.geometry], order="sorted").decode()


def _comparable(value: Json) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list) else plain(value)


def first_of(row: Row, columns: Sequence[str]) -> tuple[str, str]:
    """The first filled cell of some columns, and its column."""
    for column in columns:
        if text := plain(row.cells.get(column)):
            return text, column
    return "", ""


class Keys(msgspec.Struct, frozen=True):
    """How the rows of a data set are named: `is_lasting`, those of one identity by name and address; `columns` name those that nothing else does."""

    is_lasting: bool = False
    columns: tuple[str, ...] = ()


def key_of(row: Row, columns: Sequence[str]) -> str:
    """What some columns say of a row, as its identity; empty where they say nothing."""
    cells = [plain(row.cells.get(column)) for column in columns]
    return f"{BY}{msgspec.json.encode(cells).decode()}" if any(cells) else ""


class Naming:
    """Names the rows of one table by the columns that were taken for identifiers, names and positions, and by those that are kept as keys."""

    def __init__(self, guess: Guess, keys: Keys, same: frozenset[int] = frozenset()) -> None:
        """`same` are the hashes of identities with name and address (`full`) that stand twice."""
        self.type, self._keys, self._same = guess.type, keys, same
        own = {one.column for one in guess.choices if one.reason == OWN_HEADING}
        self._beside = [name for key in BESIDE for name in guess.columns_of(key)[:1] if name not in own]
        self._top = [(key, columns) for key in TOP_KEYS if (columns := guess.columns_of(key))]
        self._name = [name for name in guess.columns_of("name") if name not in own]
        self._place = [guess.columns_of(key) for key in _PLACE_KEYS]

    def identity(self, row: Row) -> str:
        """What tells the row from others of its table: identifier, else name and position, else the columns that are kept as keys; empty
        where only its content does."""
        for key, columns in self._top:
            if text := first_of(row, columns)[0]:
                return f"{key}={narrow(text)}"
        name = first_of(row, self._name)[0]
        place = self._place_text(row) if name else ""
        return f"at={name}|{place}" if place else key_of(row, self._keys.columns)

    def _place_text(self, row: Row) -> str:
        if row.geometry is not None:
            return msgspec.json.encode(row.geometry, order="sorted").decode()
        parts = [first_of(row, columns)[0] for columns in self._place]
        return "|".join(parts) if all(parts) else ""

    def record_id(self, row: Row, slug: str, identity: str, times: int, is_twice: bool) -> str:
        """The stable URN of a row's record in the table `slug`.

        `is_twice` says that another row has the same `identity`; `times` tells rows of the very same content apart.
        """
        head = f"urn:ngsi-ld:{self.type}:"
        if identity.startswith("commonId=") and not is_twice:
            return head + _id_part(identity[9:])
        if not identity:
            tail = f"{hash_of(content_of(row)):016x}"
        else:
            is_told = identity.startswith("identifier=")
            tail = _id_part(identity[11:]) if is_told else f"{hash_of(identity):016x}"
            tail += f"-{self._apart(row, identity):016x}" if is_twice else ""
        return f"{head}{slug}:{tail}" + (f"-{times}" if times > 1 else "")

    def full(self, row: Row, identity: str) -> str:
        """An identity with name and address, by which rows that share it are told apart; empty where they say nothing."""
        said = key_of(row, self._beside) if self._keys.is_lasting and identity else ""
        return f"{identity}|{said}" if said else ""

    def _apart(self, row: Row, identity: str) -> int:
        full = self.full(row, identity)
        return hash_of(full if full and hash_of(full) not in self._same else content_of(row))


def _id_part(text: str) -> str:
    """A text as part of a URN: as it is when it is short and plain, else its hash."""
    return text if _PLAIN_ID.fullmatch(text) else f"{hash_of(text):016x}"
