"""A delivery as the tables that an import takes: mended as staff chose, each under the name by which its data are known."""

from __future__ import annotations

import msgspec

from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.delivery import Delivery, bytes_source, is_long, source_of, whole_of
from kaiteki.services.opendata.intake.geodata import is_geodata
from kaiteki.services.opendata.intake.written import write_exactly
from kaiteki.services.opendata.readability.sheet import Sheet
from kaiteki.services.opendata.reading.source import Source


def tables_of(one: Delivery) -> tuple[Source, ...]:
    """The files of a delivery, one for each table that is mended; a file of places, or one that is too long to be mended, as it came.
    Raises Unreadable."""
    whole = whole_of(one) if not is_geodata(one.file_name) else None
    if whole is None or is_long(whole):
        return (source_of(one),)
    return tuple(table_source(one, sheet) for sheet in whole.sheets)


def table_source(one: Delivery, sheet: Sheet) -> Source:
    """A repaired table as a file: its name is that of the delivered file, so that the next one of that name renews its data; where staff said
    that it is the newer version of something else, that."""
    source = bytes_source(_name_of(one.file_name, sheet), write_exactly(sheet))
    return msgspec.structs.replace(source, known_as=one.versions)


def run_of_table(one: Delivery, sheet: Sheet) -> str:
    """The id of the latest import of the data set that a table of a delivery goes to."""
    own = importing.slug_of_file(_name_of(one.file_name, sheet))
    return importing.run_id(next((each.slug for each in one.versions if each.table == own), own))


def _name_of(file_name: str, sheet: Sheet) -> str:
    stem = file_name.rpartition(".")[0] or file_name
    return f"{stem} ({sheet.name}).csv" if sheet.name else f"{stem}.csv"
