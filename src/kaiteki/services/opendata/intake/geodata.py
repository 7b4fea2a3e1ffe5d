"""Files of places that are no tables of cells: GeoJSON, zipped shapefiles, feeds of public transport. Looked through whole before anything of them comes in.

    file ─► its layers ─► the gate: what may speak of people ─► held
         └► a feed: checked whole ─► a fault, with file, line and field: nothing of it comes in

They are not mended and have no score: the rules on readability are those of tables of cells. What is told here is read as an import reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from kaiteki.model.area import Area
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.cadastre.parcels import is_map_archive
from kaiteki.services.opendata.intake.memory import Memory, still_open
from kaiteki.services.opendata.intake.outline import Outline
from kaiteki.services.opendata.intake.outlying import Outlying, find_outlying
from kaiteki.services.opendata.intake.privacy import Doubt
from kaiteki.services.opendata.intake.trying import Tried, try_table
from kaiteki.services.opendata.mapping import IGNORED, Guess, correct
from kaiteki.services.opendata.reading.geojson import cut_objects
from kaiteki.services.opendata.reading.source import Issue, Source, Unreadable
from kaiteki.services.opendata.reading.zipped import STOPS, is_feed, names_in
from kaiteki.services.opendata.reading.zipped import SUFFIX as ZIP
from kaiteki.services.opendata.transit.validity import Verdict, check_feed

GEOJSON: Final = (".geojson", ".json")
SUFFIXES: Final = (*GEOJSON, ZIP)


class Surveyed(msgspec.Struct, frozen=True):
    """A file looked through: its rows, the headings of its layers, what may speak of people; of a feed what was found in it."""

    rows: int
    heads: tuple[str, ...]
    doubts: tuple[Doubt, ...]
    verdict: Verdict | None = None


class Layer(msgspec.Struct, frozen=True):
    """A layer as an import would take it."""

    title: str
    guessed: Guess
    tried: Tried


class Previewed(msgspec.Struct, frozen=True):
    """What staff see of a file before it comes in."""

    layers: tuple[Layer, ...]
    outlying: tuple[Outlying, ...] = ()
    verdict: Verdict | None = None


def is_geodata(file_name: str) -> bool:
    """Whether a file is one of these, by its name."""
    return file_name.lower().endswith(SUFFIXES)


def need_geodata(source: Source) -> None:
    """Look at a file as far as its first feature, or the list of what a zip holds. Raises Unreadable where it is none of these forms."""
    if source.suffix == ZIP:
        if not is_map_archive(source) and not any(
            name == STOPS or name.lower().endswith(".shp") for name in names_in(source)
        ):
            raise Unreadable(Issue("no_stops", level="refused"))
    elif next(cut_objects(source.open), None) is None:
        raise Unreadable(Issue("empty_file", level="refused"))


def survey_file(source: Source, memories: Mapping[str, Memory] = MappingProxyType({})) -> Surveyed:
    """Look through all rows of a file. Raises Unreadable. A feed with a fault is looked through no further. `memories` are what was decided
    before on its tables, by their slugs: what is left out there is not looked at, what was cleared is no doubt."""
    verdict = check_feed(source) if is_feed(source) else None
    if verdict is not None and verdict.faults:
        return Surveyed(0, (), (), verdict)
    rows, heads, doubts = 0, dict[str, None](), list[Doubt]()
    for table in importing.read_tables(source):
        memory = memories.get(importing.slug_of(source, table), Memory())
        out = dict.fromkeys(memory.columns & set(table.header), IGNORED)
        guessed = correct(importing.guess_table(source, table, "", None), "", out)
        gate = importing.gate_of(table, guessed)
        rows += importing.survey(table, guessed, lambda rows: None, gate).rows
        heads.update(dict.fromkeys(table.header))
        doubts += still_open(gate.doubts(), memory.cleared)
    return Surveyed(rows, tuple(heads), tuple(doubts), verdict)


def preview_file(source: Source, area: Area | None, outline: Outline | None) -> Previewed:
    """What an import would make of a file, layer by layer. Raises Unreadable."""
    verdict = check_feed(source) if is_feed(source) else None
    plane = area.plane if area is not None else 0
    tables = importing.read_tables(source)
    guesses = [importing.guess_table(source, table, "", None) for table in tables]
    layers = [
        Layer(importing.title_of(source, table), guessed, try_table(source, table, guessed, plane))
        for table, guessed in zip(tables, guesses, strict=True)
    ]
    return Previewed(tuple(layers), find_outlying(source, area, outline) if area and outline else (), verdict)
