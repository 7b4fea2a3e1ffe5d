"""What an area decides about its catalogue: who publishes, under which licence, which offices answer, which types stay out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kaiteki.model.open_data import LICENCES
from kaiteki.model.words import Words


class Office(msgspec.Struct, frozen=True):
    """Who answers for data: a part of the town hall, or the hall as a whole. `url` is a page of its own, whole."""

    code: str
    words: Words
    email: str = ""
    phone: str = ""
    url: str = ""


_HALL: Final = Words("市役所", "The town hall", "市役所（しやくしょ）")


def words_of_office(offices: Sequence[Office], code: str) -> Words:
    """What an office is called; one that is told no more is called by its code, none is the town hall."""
    found = next((one.words for one in offices if one.code == code), None)
    return found or (Words(code, code) if code else _HALL)


class CatalogueOfArea(msgspec.Struct, frozen=True):
    """The settings of the catalogue (`cities/<area>/services/opendata.toml`). Raises ValueError for a licence that nobody knows.

    `licence` is that of the area's own data, one of `model.open_data.LICENCES`; without it they are shown as data whose conditions
    are not stated: to grant a licence is an act of the town. `publisher` is who publishes (else the town hall), `url` its address.
    `offices` are those that answer for data, the first for what names none. `closed` are types that the area does not publish.
    """

    licence: str = ""
    publisher: Words | None = None
    url: str = ""
    offices: tuple[Office, ...] = ()
    closed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.licence and self.licence not in LICENCES:
            raise ValueError(f"licence: {self.licence} is none of {', '.join(LICENCES)}")

    def office(self, code: str) -> Office | None:
        """The office with a code; the first of all for an empty one; None where there is none."""
        if not code:
            return self.offices[0] if self.offices else None
        return next((one for one in self.offices if one.code == code), None)
