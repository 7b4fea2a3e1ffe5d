"""What the commands of copies share: the passphrase, a moment as it is typed, sizes as they are read, one table of what can go wrong."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from kaiteki.main.copies.chest import Damaged
from kaiteki.main.copies.disk import lay
from kaiteki.main.copies.lock import PASSPHRASE_LENGTH_MIN, WrongPassphrase
from kaiteki.main.copies.origin import CannotCopy
from kaiteki.main.copies.repository import NoRepository, Repository, is_repository, open_repository
from kaiteki.main.replaying import NoKek
from kaiteki.main.upkeep import stop
from kaiteki.model.instant import Instant
from kaiteki.stores.store import UnusableStore

PASSPHRASE_SIZE_MAX_BYTES: Final = 4096
KEY_FILE_RANDOM_BYTES: Final = 32
RepositoryArgument = Annotated[Path, typer.Argument(help="The folder of the copies.", file_okay=False)]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        envvar="KAITEKI_BACKUP_KEY_FILE",
        help="A file with the passphrase; made with a random one where it is not there. Without it you are asked.",
        dir_okay=False,
    ),
]
SCRATCH_VARIABLE: Final = "KAITEKI_SCRATCH_STORE"
ScratchOption = Annotated[
    str,
    typer.Option(
        "--scratch",
        envvar=SCRATCH_VARIABLE,
        help="The address of an empty PostgreSQL database, which is filled for a moment: for copies of a city in PostgreSQL.",
    ),
]
LOST: Final = "Without the passphrase nobody can read the copies, and nobody can make another one. Keep it in two other places than the copies."
WRONG: Final = (
    "The passphrase is another one. If it is lost, the copies are lost: begin a new repository today."
)


def passphrase(repository: Path, key_file: Path | None, ask: str = "Passphrase of the copies") -> bytes:
    """The passphrase of a repository out of its file or from the screen; a new one must be typed twice and be long enough."""
    new = not is_repository(repository)
    if key_file is not None:
        return _read(key_file, new)
    if not sys.stdin.isatty():
        raise stop("Nobody can be asked for the passphrase here: name its file with --key-file.")
    return checked(str(typer.prompt(ask, hide_input=True, confirmation_prompt=new)).encode())


def checked(typed: bytes) -> bytes:
    """A passphrase that is long enough; stops else."""
    if len(typed) < PASSPHRASE_LENGTH_MIN:
        raise stop(f"A passphrase has at least {PASSPHRASE_LENGTH_MIN} characters.")
    return typed


def made_or_read(key_file: Path) -> bytes:
    """The passphrase in a file, which is made with a random one where it is not there."""
    return _read(key_file, new=True)


def _read(key_file: Path, new: bool) -> bytes:
    if not key_file.exists():
        if not new:
            raise stop(f"{key_file} is not there. {LOST}")
        key_file.touch(mode=0o600)
        lay(key_file, secrets.token_hex(KEY_FILE_RANDOM_BYTES).encode() + b"\n")
        key_file.chmod(0o600)
        typer.echo(f"Made {key_file}. {LOST}")
    with key_file.open("rb") as file:
        return checked(file.read(PASSPHRASE_SIZE_MAX_BYTES).strip())


def opened(repository: Path, key_file: Path | None) -> Repository:
    """An existing repository, unlocked; stops in words where there is none."""
    if not is_repository(repository):
        raise stop(f"{repository} is no repository of copies; kaiteki backup {repository} begins one.")
    return open_repository(repository, passphrase(repository, key_file))


@contextmanager
def in_words() -> Generator[None]:
    """Say what went wrong in a sentence; exit code 1."""
    try:
        yield
    except WrongPassphrase as wrong:
        raise stop(WRONG) from wrong
    except (CannotCopy, NoKek, NoRepository, UnusableStore) as wrong:
        raise stop(str(wrong)) from wrong
    except Damaged as wrong:
        raise stop(f"The copies are damaged: {wrong}. kaiteki backup verify says all of it.") from wrong
    except OSError as wrong:
        raise stop(
            f"{wrong.strerror}: {wrong.filename or 'the folder of the copies'}. What was there before is whole."
        ) from wrong


@contextmanager
def progress(words: str, total: int | None = None) -> Generator[Callable[[int], None]]:
    """Shows bytes that are done, on a screen that somebody looks at; yields who hears of them."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(words, total=total)
        yield lambda size: bar.advance(task, size)


def moment(text: str) -> Instant:
    """A time as it is typed, by the clock of this machine where it names no zone; raises BadParameter."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise typer.BadParameter(f"{text} is no time; like 2026-11-22T10:00") from wrong
    return Instant(int(typed.timestamp() * 1_000_000))


def told(at: Instant) -> datetime:
    """A moment by the clock of this machine."""
    return datetime.fromtimestamp(at / 1e6, UTC).astimezone()


def size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count / 1e3:,.1f} kB"
