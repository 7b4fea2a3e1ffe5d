"""`kaiteki backup`: take copies into a repository, list, check and thin them out, change their passphrase."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from typer.core import TyperGroup

from kaiteki.main.copies.bringing import faults_in
from kaiteki.main.copies.cleansing import cleanse, note
from kaiteki.main.copies.database import Database
from kaiteki.main.copies.folder import Folder
from kaiteki.main.copies.keeping import Rules, clear_away, kept
from kaiteki.main.copies.origin import Origin
from kaiteki.main.copies.repository import PACKS, Copy, Repository, make_repository, open_repository
from kaiteki.main.copies.taking import keep_ring, take_copy
from kaiteki.main.copies.words import (
    KeyFileOption,
    RepositoryArgument,
    ScratchOption,
    checked,
    in_words,
    made_or_read,
    opened,
    passphrase,
    progress,
    size,
    told,
)
from kaiteki.main.options import DATA_DEFAULT, Command, DataOption
from kaiteki.main.stores import named_store
from kaiteki.main.upkeep import need_data, stop

TAKE: Final = "take"
"""What is meant where a folder stands in the place of a command."""
SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
EVERY_MIN_S: Final = 1
EVERY_MAX_S: Final = 31 * 86_400


class FolderFirst(TyperGroup):
    """`kaiteki backup FOLDER …` takes a copy; `kaiteki backup list FOLDER` and the others say what they do."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the command that is meant where none is named."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [TAKE, *args]
        return super().parse_args(ctx, args)


backup_app = typer.Typer(
    cls=FolderFirst,
    help="Encrypted copies of a node while it runs: `kaiteki backup FOLDER` takes one.",
    no_args_is_help=True,
)


@backup_app.command(TAKE)
def take(
    repository: RepositoryArgument,
    every: Annotated[str, typer.Option(help="Go on: a copy every 30s, 5m, 1h or 1d, until stopped.")] = "",
    key_file: KeyFileOption = None,
    scratch: ScratchOption = "",
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Add a copy of the data as they are at one moment; the node goes on. `kaiteki backup FOLDER` is enough."""
    origin = city_of(data, scratch)
    pause_s = _pause(every)
    with in_words():
        secret = passphrase(repository, key_file)
        make_repository(repository, secret)
        unlocked = open_repository(repository, secret)
    try:
        _take(unlocked, origin)
        while pause_s:
            time.sleep(pause_s)
            _take_or_say(unlocked, origin)
    except KeyboardInterrupt:
        typer.echo("Stopped; the copies that were told of are whole.")
        raise typer.Exit(130) from None


def city_of(data: Path, scratch: str = "") -> Origin:
    """What copies are taken of: the database that is named, else the data folder; stops where there is none."""
    if named_store():
        return Database(named_store(), data, scratch)
    need_data(data)
    return Folder(data)


def _take_or_say(repository: Repository, origin: Origin) -> None:
    """What failed was said; it is tried again at the next time."""
    try:
        _take(repository, origin)
    except typer.Exit:
        typer.echo("It is tried again at the next time.")


def _take(repository: Repository, origin: Origin) -> None:
    began = time.monotonic()
    with in_words(), repository.adding(), progress("Copying", origin.size()) as hear:
        copy = take_copy(repository, origin, hear)
    typer.echo(
        f"{told(copy.at):%Y-%m-%d %H:%M:%S}: {copy.files} files, {size(copy.size_bytes)}; {size(copy.added_bytes)} of it new,"
        f" in {time.monotonic() - began:.1f} s."
    )
    cleanse_and_say(repository, origin)


def cleanse_and_say(repository: Repository, origin: Origin) -> int:
    """Take out of older copies who was erased since, and write down where the copies are; how many copies were cleansed."""

    def say(copy: Copy) -> None:
        typer.echo(
            f"{told(copy.at):%Y-%m-%d %H:%M:%S}: cleansing; who was erased since is taken out of this copy."
        )

    with in_words():
        note(repository, origin.data)
        with progress("Cleansing") as hear:
            count = cleanse(repository, origin, say, hear)
        note(repository, origin.data)
    if count:
        typer.echo(
            f"{count} older copies are cleansed: nobody who was erased is in any copy of {repository.folder}."
        )
    return count


def _pause(every: str) -> int:
    """Seconds between copies, 0 for one copy alone; raises BadParameter."""
    if not every:
        return 0
    found = re.fullmatch(r"(\d{1,6})([smhd])", every, re.ASCII)
    pause_s = int(found[1]) * SECONDS[found[2]] if found else 0
    if not EVERY_MIN_S <= pause_s <= EVERY_MAX_S:
        raise typer.BadParameter("name a time like 30s, 5m, 1h or 1d", param_hint="--every")
    return pause_s


@backup_app.command("list")
def list_copies(repository: RepositoryArgument, key_file: KeyFileOption = None) -> None:
    """Show the copies, oldest first: time, size, what was new in it, node, digest; separated by tabs."""
    with in_words():
        unlocked = opened(repository, key_file)
        with unlocked.reading():
            found, unreadable = unlocked.copies()
    for _, copy in found:
        when = told(copy.at).isoformat(timespec="seconds")
        sizes = f"{size(copy.size_bytes)}\t{size(copy.added_bytes)}"
        typer.echo(f"{when}\t{sizes}\t{copy.node}\t{copy.root.hex()[:16]}")
    for name in unreadable:
        typer.echo(f"{name}\tcannot be read")


@backup_app.command("cleanse")
def cleanse_copies(
    repository: RepositoryArgument,
    key_file: KeyFileOption = None,
    scratch: ScratchOption = "",
    data: DataOption = DATA_DEFAULT,
) -> None:
    """Take out of all copies, at once, who was erased since they were taken; the next copy does so by itself. May be stopped and begun again."""
    origin = city_of(data, scratch)
    with in_words():
        unlocked = opened(repository, key_file)
    if not cleanse_and_say(unlocked, origin):
        typer.echo("Nobody who was erased is in any copy here.")


@backup_app.command("keys")
def replace_ring(
    repository: RepositoryArgument, key_file: KeyFileOption = None, data: DataOption = DATA_DEFAULT
) -> None:
    """Bring the ring of personal keys beside the copies up to date, as each copy does: whoever was erased is erased in all copies then."""
    origin = city_of(data)
    with in_words():
        unlocked = opened(repository, key_file)
        with unlocked.reading():
            changed = keep_ring(unlocked, origin)
    typer.echo(
        "The ring of keys is the newest one." if changed else "The ring of keys was the newest one already."
    )


@backup_app.command()
def verify(
    repository: RepositoryArgument,
    key_file: KeyFileOption = None,
    work: Annotated[
        Path | None, typer.Option(help="A folder with room for a whole copy, for a moment.", exists=True)
    ] = None,
    scratch: ScratchOption = "",
) -> None:
    """Read every piece, look that no copy lacks one, bring the newest back for a moment and check it as `doctor` would."""
    with in_words():
        unlocked = opened(repository, key_file)
        with unlocked.reading():
            total = sum(file.stat().st_size for file in (repository / PACKS).iterdir())
            with progress("Reading", total) as hear:
                faults = faults_in(unlocked, work, scratch, hear)
            count = len(unlocked.copies()[0])
    for fault in faults:
        typer.echo(fault)
    if faults:
        raise stop(f"{len(faults)} faults. Take a new copy now: what is damaged is written again.")
    typer.echo(f"{count} copies are whole; the newest was brought back and is sound.")


class Pruning(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `prune`."""

    repository: RepositoryArgument
    keep_last: Annotated[int, typer.Option(min=0, help="The newest copies.")] = 0
    keep_hourly: Annotated[int, typer.Option(min=0, help="The newest of each of so many hours.")] = 0
    keep_daily: Annotated[int, typer.Option(min=0, help="The newest of each of so many days.")] = 0
    keep_weekly: Annotated[int, typer.Option(min=0, help="The newest of each of so many weeks.")] = 0
    keep_monthly: Annotated[int, typer.Option(min=0, help="The newest of each of so many months.")] = 0
    keep_yearly: Annotated[int, typer.Option(min=0, help="The newest of each of so many years.")] = 0
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which copies would go.")] = False
    key_file: KeyFileOption = None


class PruneCommand(Command):
    """Remove the copies that no rule keeps, and what only they needed. The newest copy always stays."""

    def __call__(self, **arguments: Any) -> None:
        """Thin out."""
        told_to = Pruning(**arguments)
        rules = Rules(
            told_to.keep_last,
            told_to.keep_hourly,
            told_to.keep_daily,
            told_to.keep_weekly,
            told_to.keep_monthly,
            told_to.keep_yearly,
        )
        if rules == Rules():
            raise stop("Say what stays: --keep-last, --keep-hourly, --keep-daily, … (see --help).")
        with in_words():
            unlocked = opened(told_to.repository, told_to.key_file)
            with unlocked.alone():
                _prune(unlocked, rules, told_to.dry_run)


def _prune(repository: Repository, rules: Rules, dry_run: bool) -> None:
    found, unreadable = repository.copies()
    if unreadable:
        raise stop("Some copies cannot be read; nothing was removed. kaiteki backup verify says more.")
    stay = kept([told(copy.at) for _, copy in found], rules)
    staying: list[Copy] = []
    going: list[Path] = []
    for path, copy in found:
        if told(copy.at) in stay:
            staying.append(copy)
        else:
            going.append(path)
            typer.echo(f"{'would remove' if dry_run else 'removed'} {told(copy.at):%Y-%m-%d %H:%M:%S}")
    if dry_run:
        return
    repository.forget(going)
    freed = clear_away(repository, staying)
    typer.echo(f"{len(staying)} copies stay; {size(max(0, freed))} freed.")


backup_app.command("prune")(PruneCommand(Pruning))


@backup_app.command("rotate-key")
def rotate_key(
    repository: RepositoryArgument,
    key_file: KeyFileOption = None,
    new_key_file: Annotated[
        Path | None,
        typer.Option(help="The file of the new passphrase; made where it is not there.", dir_okay=False),
    ] = None,
) -> None:
    """Lock the repository with another passphrase. No piece is written again; the old passphrase opens it no more."""
    with in_words():
        unlocked = opened(repository, key_file)
        if new_key_file is not None:
            fresh = made_or_read(new_key_file)
        else:
            fresh = checked(
                str(typer.prompt("New passphrase", hide_input=True, confirmation_prompt=True)).encode()
            )
        with unlocked.alone():
            unlocked.lock_anew(fresh)
    typer.echo(
        "The new passphrase holds. Destroy the old one, and copies of repository.json from before with it."
    )
