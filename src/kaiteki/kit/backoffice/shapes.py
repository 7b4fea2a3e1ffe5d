"""What the back office shows, as values: a list, one record, a form, a history."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kaiteki.kit.forms import Described
from kaiteki.kit.manifest import Command, EntityType, Service
from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant
from kaiteki.model.words import Words

ROWS_PER_PAGE: Final = 50
RECORDS_COUNTED_MAX: Final = 10_000

CellKind = Literal["text", "number", "yesno", "moment", "link", "place", "list", "data", "photos"]


class Cell(msgspec.Struct, frozen=True):
    """One value as a page shows it: the field with its words, the text in the language of the reader, and the value itself.

    `about` is the type of the one record that a link names, where the reader handles such records; else empty.
    """

    field: str
    words: Words
    kind: CellKind
    text: str
    value: Json = None
    about: str = ""


class TableRow(msgspec.Struct, frozen=True):
    """One entity of a list."""

    id: str
    title: str
    cells: tuple[Cell, ...]


class Table(msgspec.Struct, frozen=True):
    """One page of a list, with what it can be filtered and sorted by."""

    service: Service
    declared: EntityType
    columns: tuple[tuple[str, Words], ...]
    rows: tuple[TableRow, ...]
    total: int
    page: int
    more: bool
    filters: tuple[Described, ...]
    commands: tuple[Command, ...]
    """Those that start something new (they belong to no entity)."""


class Sheet(msgspec.Struct, frozen=True):
    """One entity with everything of it that the person may read, and the commands offered on it."""

    service: Service
    declared: EntityType
    id: str
    title: str
    cells: tuple[Cell, ...]
    commands: tuple[Command, ...]
    location: Json = None


class CommandForm(msgspec.Struct, frozen=True):
    """The form of a command, filled with the id of the entity it is offered on."""

    service: Service
    command: Command
    fields: tuple[Described, ...]


class Changed(msgspec.Struct, frozen=True):
    """What one write did to one attribute, in words."""

    words: Words
    before: str
    after: str


class HistoryLine(msgspec.Struct, frozen=True):
    """One write of an entity: when, by which account (id or `anonymous`), who that is in words, by which command, what changed."""

    at: Instant
    version: int
    actor: str
    who: Words
    action: str
    words: Words
    changes: tuple[Changed, ...]
