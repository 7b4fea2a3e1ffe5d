"""`kaiteki import PATH…`: files of a town as they are, into an area; every row is in, or reported with its reason."""

import asyncio
import os
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from kaiteki.main.cities import BadCity, load_city
from kaiteki.main.clock import SystemClock
from kaiteki.main.imports.files import empty_folders, find_sources
from kaiteki.main.imports.lines import SUFFIX, bring_lines
from kaiteki.main.imports.orion import FORM, Origin, bring_v2, is_address, origin
from kaiteki.main.imports.orion_subscriptions import bring_subscriptions
from kaiteki.main.imports.runner import Importer, Options, Outcome
from kaiteki.main.imports.screen import ImportScreen
from kaiteki.main.imports.targets import LocalTarget, NoTarget, RemoteTarget, Target
from kaiteki.main.options import Command
from kaiteki.main.sealing import open_sealed
from kaiteki.main.settings import CITIES_DEFAULT
from kaiteki.main.stores import named_store
from kaiteki.services.opendata import importing
from kaiteki.services.opendata.intake.clearance import LeftOut
from kaiteki.services.opendata.quality import Tally
from kaiteki.services.opendata.readability.report import notice_table
from kaiteki.services.opendata.reading.source import Issue, Unreadable
from kaiteki.services.opendata.standard.table import standard_types

PLAIN_WIDTH: Final = 160
"""Columns of the tables when nobody looks at a terminal."""
EPSG_BEFORE_PLANE_1: Final = 6668
"""JGD2011 plane-rectangular system n is EPSG 6668 + n."""


class MappingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of `--mapping`: a type, and for columns the item they are; `-` leaves a column out."""

    type: str = ""
    columns: dict[str, str] = {}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of the command line, with the words of its help."""

    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders; with --as ngsi-v2 also the address of an Orion.")
    ]
    city: Annotated[str, typer.Option("--city", help="Area to import into.")] = CITIES_DEFAULT[0]
    as_type: Annotated[
        str,
        typer.Option(
            "--as", help="Take all tables for this type, e.g. Shelter; ngsi-v2 for entities of an Orion."
        ),
    ] = ""
    fiware_service: Annotated[str, typer.Option("--fiware-service", help="Which service of the Orion.")] = ""
    fiware_servicepath: Annotated[
        str, typer.Option("--fiware-servicepath", help="Which service path of the Orion.")
    ] = ""
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", exists=True, help="TOML file: type, and [columns] column = item."),
    ] = None
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove records of a data set that are no longer in its file.")
    ] = False
    yes: Annotated[
        bool, typer.Option("--yes", help="With --prune: do not ask, even where a fifth or more would go.")
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show types and columns; write nothing.")] = False
    url: Annotated[
        str,
        typer.Option(
            "--url", help="Import into a running node at this address; its token stands in KAITEKI_TOKEN."
        ),
    ] = ""
    source: Annotated[str, typer.Option("--source", help="Who published the data.")] = ""
    licence: Annotated[str, typer.Option("--licence", help="Under which terms.")] = ""
    crs: Annotated[
        str, typer.Option("--crs", help="EPSG number where a file names no coordinate system.")
    ] = ""
    clear: Annotated[
        list[str],
        typer.Option(
            "--clear",
            metavar="COLUMN=REASON",
            help="A column that may speak of people and may be published all the same, and why; the reason is kept.",
        ),
    ] = []
    without: Annotated[
        list[str], typer.Option("--without", metavar="COLUMN", help="Leave a column out of what comes in.")
    ] = []
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say every warning as it is found, not only how many there are.")
    ] = False
    report: Annotated[Path | None, typer.Option("--report", help="Write every issue to this CSV file.")] = (
        None
    )
    data: Annotated[
        Path, typer.Option("--data", envvar="KAITEKI_DATA", help="Folder of the node's data.")
    ] = Path("var")


class ImportCommand(Command):
    """Bring files into an area: CSV, GeoJSON, Shapefile, XLSX, GTFS, map XML of the registry, and what export wrote (ndjson). It may be stopped and run again."""

    def __call__(self, **arguments: Any) -> None:
        """Run it; exit code 3 when rows were refused or a table is in doubt, 1 when the node cannot be reached or says no, 130 when stopped."""
        told = Told(**arguments)
        console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
        is_v2 = told.as_type == FORM
        _check_paths(told)
        try:
            area = load_city(told.city)
            mapping = _read_mapping(told.mapping, "" if is_v2 else told.as_type)
            cleared = _read_cleared(told.clear)
        except (BadCity, ValueError, msgspec.ValidationError) as error:
            raise typer.BadParameter(str(error)) from error
        ground = importing.Ground(told.crs, f"EPSG:{EPSG_BEFORE_PLANE_1 + area.plane}")
        options = Options(
            mapping.type,
            mapping.columns,
            told.source,
            told.licence,
            ground,
            told.prune,
            told.yes,
            cleared,
            left_out=tuple(LeftOut(column) for column in dict.fromkeys(told.without)),
        )
        try:
            refused = asyncio.run(_import(told, options, console))
        except NoTarget as error:
            console.print(f"{escape(str(error))} What was read is kept; run the same command again to go on.")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            console.print("Stopped; what was read is kept. Run the same command again to go on.")
            raise typer.Exit(130) from None
        if refused:
            raise typer.Exit(3)


def _check_paths(told: Told) -> None:
    """Refuse paths of nothing, and options that mean nothing to entities of an Orion."""
    is_v2 = told.as_type == FORM
    for path in told.paths:
        if not path.exists() and not (is_v2 and is_address(path)):
            raise typer.BadParameter(f"Path '{path}' does not exist.")
    if is_v2 and (told.dry_run or told.prune or told.mapping is not None):
        raise typer.BadParameter(f"--dry-run, --prune and --mapping do not go with --as {FORM}.")


def _read_mapping(file: Path | None, as_type: str) -> MappingFile:
    document: dict[str, Any] = tomllib.loads(file.read_text("utf-8")) if file else {}
    told = msgspec.convert(document, MappingFile)
    told = msgspec.structs.replace(told, type=as_type or told.type)
    if told.type and told.type not in standard_types():
        raise ValueError(f"there is no type {told.type}; known: {', '.join(standard_types())}")
    return told


def _read_cleared(told: list[str]) -> dict[str, str]:
    """Column -> why it may be published. A ValueError says that a reason is missing."""
    cleared = {column.strip(): reason.strip() for column, _, reason in (one.partition("=") for one in told)}
    if bare := [column for column, reason in cleared.items() if not column or not reason]:
        raise ValueError(f'--clear {bare[0]}: say why it may be published, as in --clear "{bare[0]}=REASON"')
    return cleared


async def _import(told: Told, options: Options, console: Console) -> int:
    """Import everything; the answer is how many rows and files were refused, and how many tables are in doubt."""
    clock = SystemClock()
    target: Target
    if told.url:
        target = RemoteTarget(told.url, told.city, os.environ.get("KAITEKI_TOKEN", ""))
    else:
        target = LocalTarget(
            (await open_sealed(told.data, clock, named_store()))[0].entities, clock, told.city
        )
    outcomes: list[Outcome] = []
    with ImportScreen(console, told.report, is_verbose=told.verbose) as screen:
        importer = Importer(target, clock, screen, options)
        try:
            if told.as_type == FORM:
                where = origin(told.fiware_service, told.fiware_servicepath)
                outcomes += [await bring_v2(path, where, target, screen) for path in told.paths]
                outcomes += await _subscriptions(told, where, screen, console)
                told = msgspec.structs.replace(told, paths=[])
            for found in find_sources(told.paths):
                if found.suffix == SUFFIX and not told.dry_run:
                    outcomes.append(await bring_lines(found, target, screen))
                else:
                    await (
                        _show(importer, screen, found)
                        if told.dry_run
                        else importer.run(found, outcomes.append)
                    )
            for folder in empty_folders(told.paths):
                fault = Issue("no_data", level="refused")
                screen.issue(str(folder), fault)
                outcomes.append(Outcome(str(folder), folder.name, fault=fault))
        finally:
            await target.close()
    if not told.dry_run:
        screen.show_outcomes(outcomes)
    return sum(_to_look_at(outcome.tally) for outcome in outcomes)


async def _subscriptions(told: Told, where: Origin, screen: ImportScreen, console: Console) -> list[Outcome]:
    """Bring subscriptions into a running node; into the store of this machine none go, and it is said."""
    if not told.url:
        if any(is_address(path) for path in told.paths):
            console.print(
                "通知の登録は --url で動いているノードへ取り込みます（持ち主のアカウントが要ります）。"
                " / Subscriptions belong to an account: bring them into a running node with --url."
            )
        return []
    node = Origin(told.city, where.path, os.environ.get("KAITEKI_TOKEN", ""))
    outcomes = [await bring_subscriptions(path, where, node, told.url, screen) for path in told.paths]
    return [one for one in outcomes if one.tally is not None and one.tally.read]


def _to_look_at(tally: Tally | None) -> int:
    return 1 if tally is None else tally.refused + tally.is_doubtful


async def _show(importer: Importer, screen: ImportScreen, source: importing.Source) -> None:
    try:
        for table in importing.read_tables(source):
            guessed, _ = await importer.guess(source, table)
            screen.show_guess(importing.title_of(source, table), guessed)
            screen.show_gate(source.label, await importer.look_through(source, table, guessed))
            screen.show_noticed(notice_table(source, table.part))
            if importer.options.prune:
                screen.show_surplus(*await importer.surplus(source, table, guessed))
    except Unreadable as error:
        screen.issue(source.label, error.issue)


import_command: Final = ImportCommand(Told)
