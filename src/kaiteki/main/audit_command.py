"""`kaiteki audit`: who changed and who read what, whether the log is as it was, and proofs of it for others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import Progress

from kaiteki.broker.auditing import AuditLine, Wanted, line_of
from kaiteki.broker.proving import prove_line
from kaiteki.broker.verifying import Verdict, Verification, oldest_unsigned
from kaiteki.kit.identity.pairwise import known_as
from kaiteki.main.clock import SystemClock
from kaiteki.main.log_key import (
    HEAD_NAME,
    KEY_NAME,
    PUBLIC_NAME,
    KnownKey,
    is_signed,
    known_keys,
    remembered_head,
    replace_key,
    trust_key,
)
from kaiteki.main.options import DATA_DEFAULT, Command, DataOption
from kaiteki.main.proof_file import verify_proof
from kaiteki.main.secret import node_name, node_secret
from kaiteki.main.stores import named_store, open_store
from kaiteki.main.upkeep import need_data, stop
from kaiteki.model.checkpoint import key_id, read_note, read_verifier_key, verifier_key
from kaiteki.model.instant import Instant, format_instant, parse_instant
from kaiteki.ports.ledger import READ, Entry, Ledger
from kaiteki.stores.store import Store

T = TypeVar("T")

audit_app = typer.Typer(
    help="The log of who changed and who read what: look into it, check it, prove it.", no_args_is_help=True
)
SYSLOG: Final = "<110>1"
"""Facility 13 (log audit), severity 6 (informational), version 1 (RFC 5424)."""
FORMATS: Final = ("json", "syslog")
_OwnData = Annotated[
    Path | None,
    typer.Option("--data", envvar="KAITEKI_DATA", help="Folder of the node's data.", file_okay=False),
]


@audit_app.callback()
def audit(ctx: typer.Context, data: DataOption = DATA_DEFAULT) -> None:
    """The log of who changed and who read what: look into it, check it, prove it."""
    ctx.obj = data


def _work(ctx: typer.Context, data: Path | None, do: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the store of a folder, that named behind the command or before it; a node may run beside it."""
    folder: Path = data or ctx.obj
    if not named_store():
        need_data(folder)

    async def run() -> T:
        store = await open_store(folder, SystemClock())
        try:
            return await do(store)
        finally:
            await store.entities.close()

    return asyncio.run(run())


class _Listing(msgspec.Struct):
    ctx: typer.Context
    city: Annotated[str, typer.Option("--city", help="The area.")]
    after: Annotated[int, typer.Option(min=0, help="Lines behind this number.")] = 0
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 100
    who: Annotated[str, typer.Option(help="Account id of who did it, or of the helper.")] = ""
    office: Annotated[str, typer.Option(help="The office for which it was done.")] = ""
    purpose: Annotated[str, typer.Option(help="The purpose, as service.purpose.")] = ""
    subject: Annotated[
        str,
        typer.Option(
            help="Whose data were read (an account with all of its ids in services, or one of these), or an entity that was touched."
        ),
    ] = ""
    what: Annotated[str, typer.Option(help="change or read.")] = ""
    since: Annotated[str, typer.Option(help="From this time on (ISO 8601).")] = ""
    until: Annotated[str, typer.Option(help="Up to this time (ISO 8601).")] = ""
    data: _OwnData = None


class _ListCommand(Command):
    """Show changes of an area and reads of personal data, oldest first, separated by tabs.

    Number, time, who, action, and the entities that were changed; or whose data were read, what of them and for what.
    """

    def __call__(self, **arguments: Any) -> None:
        """Show lines."""
        told = _Listing(**arguments)
        since, until = _time(told.since), _time(told.until)

        async def find(store: Store) -> list[AuditLine]:
            subjects = await known_as(store.credentials, told.subject)
            wanted = Wanted(told.city, told.who, told.office, told.purpose, subjects, told.what, since, until)
            return await _found(store.ledger, wanted, told)

        for line in _work(told.ctx, told.data, find):
            typer.echo(_row(line))


audit_app.command("verify-proof")(verify_proof)
list_lines: Final = audit_app.command("list")(_ListCommand(_Listing))


async def _found(ledger: Ledger, wanted: Wanted, told: _Listing) -> list[AuditLine]:
    found: list[AuditLine] = []
    async for entry in _all(ledger, told.after):
        line = line_of(entry)
        if wanted.takes(line):
            found.append(line)
            if len(found) >= told.limit:
                break
    return found


async def _all(ledger: Ledger, last: int) -> AsyncIterator[Entry]:
    """The lines behind a number, oldest first."""
    while lines := (await ledger.lines(last)).lines:
        for entry in lines:
            yield entry
        last = lines[-1].number


def _row(line: AuditLine) -> str:
    by = line.by
    if line.what == READ:
        names = ",".join(_short(name) for name in line.attributes)
        what = f"{line.subject} {_short(line.types[0])}: {names} ({line.count}) {by.purpose}".strip()
    else:
        what = " ".join(line.entities)
    return f"{line.number}\t{format_instant(line.at)}\t{by.actor}\t{by.action or line.what}\t{what}"


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _time(text: str) -> Instant | None:
    """A moment that was named; None where none was."""
    at = parse_instant(text) if text else None
    if text and at is None:
        raise typer.BadParameter(f"{text} is no time like 2026-04-01T00:00:00Z")
    return at


@audit_app.command()
def verify(
    ctx: typer.Context,
    head: Annotated[Path | None, typer.Option(help="A head that was saved before.", exists=True)] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="A further key that may sign, as `audit head --key` prints it; may be given more than once."
        ),
    ] = None,
    since: Annotated[int, typer.Option(min=0, help="Look at lines behind so many only.")] = 0,
    data: _OwnData = None,
) -> None:
    """Check every line against the signed tree; exit code 1 when something is wrong. A node may run beside it."""
    folder: Path = data or ctx.obj
    keys = _known(folder, key or [])
    saved = [_saved(head, keys)] if head is not None else []
    # before the store is read: a node beside it signs there first
    remembered = _remembered(folder)

    async def check(store: Store) -> tuple[Verdict, Entry | None]:
        size = await store.ledger.size()
        if since > size:
            raise typer.BadParameter(f"the log has {size} lines in its tree")
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("lines", total=None)
            known = frozenset(one.public for one in keys) if keys else None
            verdict = await Verification(store.ledger, is_signed, since, known).run(
                saved,
                lambda done, all_: progress.update(bar, completed=done - since, total=all_ - since),
                remembered,
            )
            return verdict, await oldest_unsigned(store.ledger, verdict.signed)

    verdict, oldest = _work(ctx, data, check)
    _say_faults(verdict)
    _say_unsigned(verdict, oldest)
    _say_keys(keys, folder)
    _say_end(verdict, folder, is_remembered=remembered is not None)
    raise typer.Exit(1 if verdict.faults else 0)


def _say_faults(verdict: Verdict) -> None:
    for fault in verdict.faults:
        typer.echo(f"line {fault.number}: {fault.what}" if fault.number else fault.what)


def _say_end(verdict: Verdict, data: Path, *, is_remembered: bool) -> None:
    """Say how much was checked, what came of it, and what it does not speak of."""
    if not is_remembered and verdict.size:
        typer.echo(
            f"Warning: {data} has no {HEAD_NAME}; heads that were taken out of the store are not found by it."
        )
    typer.echo(
        f"{verdict.checked} lines checked of {verdict.size} in the tree; the newest head signs {verdict.signed};"
        f" {verdict.unproven} are not in the tree yet; {verdict.emptied} were emptied by erasures;"
        f" {verdict.retired} reads were let go when their time was over."
    )
    typer.echo(
        "The log says who changed and who read what; whether records and their past are what was written it does not say:"
        " `kaiteki doctor --thorough` looks through them."
    )
    typer.echo("The log is as it was signed." if not verdict.faults else "The log is NOT as it was signed.")


def _remembered(data: Path) -> tuple[str, bytes] | None:
    """The newest head that stands outside the store."""
    try:
        return remembered_head(data)
    except ValueError as wrong:
        raise stop(
            f"{data / HEAD_NAME} is damaged ({wrong}); heads may be gone. Compare with one that others keep: --head."
        ) from wrong


def _say_unsigned(verdict: Verdict, oldest: Entry | None) -> None:
    """Say which lines nothing signed speaks for. It is no fault by itself: a node that was killed leaves some, and signs them when it runs again."""
    if verdict.unsigned and oldest is not None:
        typer.echo(
            f"Warning: no head covers the newest {verdict.unsigned} lines, from line {oldest.number} of"
            f" {format_instant(oldest.at)} on; a running node signs every hour and when it stops."
        )


def _say_keys(keys: list[KnownKey], data: Path) -> None:
    """Say which keys nothing vouches for. That is so after a copy was brought back, and nobody but who did that can tell."""
    if not keys:
        typer.echo(
            f"Warning: {data} has no {PUBLIC_NAME}, so every key is taken for the right one; name those that may sign: --key."
        )
    for one in keys:
        if not one.vouched:
            typer.echo(
                f"Note: the key {verifier_key(one.name, one.public)} is not signed by the one before it. It was made where that one was gone:"
                " a copy was brought back, or log.key was taken away. If nobody did, somebody else may sign here."
            )


def _known(data: Path, named: list[str]) -> list[KnownKey]:
    """The keys that may have signed: those of the folder, and those that are named."""
    try:
        kept = known_keys(data)
    except ValueError as wrong:
        raise stop(f"{data / PUBLIC_NAME} is damaged: {wrong}") from wrong
    try:
        told = [KnownKey(*read_verifier_key(key), vouched=True) for key in named]
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    return [*kept, *told]


def _saved(file: Path, keys: list[KnownKey]) -> tuple[str, bytes]:
    """A saved head, and the key among the known ones that it names."""
    note = file.read_text(encoding="utf-8")
    try:
        named = {one.key_id for one in read_note(note).signatures}
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    fitting = [one.public for one in keys if key_id(one.name, one.public) in named]
    if not fitting:
        raise stop(f"{file} is signed by no key that is known here; name its key: --key.")
    return note, fitting[0]


@audit_app.command("head")
def show_head(
    ctx: typer.Context,
    key: Annotated[bool, typer.Option("--key", help="The public key instead of the head.")] = False,
    data: _OwnData = None,
) -> None:
    """Print the newest signed head, to be kept elsewhere: `kaiteki audit head > head.txt`."""

    async def newest(store: Store) -> str:
        heads = await store.ledger.heads(limit=1)
        if not heads:
            raise stop("Nothing is signed yet; a running node signs what it keeps.")
        if not key:
            return heads[0].note
        return verifier_key(read_note(heads[0].note).checkpoint.origin, heads[0].public) + "\n"

    typer.echo(_work(ctx, data, newest), nl=False)


@audit_app.command()
def prove(
    ctx: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help="The number of the line.")],
    data: _OwnData = None,
) -> None:
    """Print what proves that a line stands in the log under the newest head, as JSON."""

    async def proof(store: Store) -> bytes:
        heads = await store.ledger.heads(limit=1)
        found = await prove_line(store.ledger, number, heads[0].size) if heads else None
        if found is None:
            raise stop(f"Line {number} is under no signed head.")
        return msgspec.json.format(msgspec.json.encode(found.told(heads[0].note)), indent=2)

    typer.echo(_work(ctx, data, proof))


@audit_app.command()
def export(
    ctx: typer.Context,
    form: Annotated[str, typer.Option("--format", help="json or syslog (RFC 5424).")] = "json",
    after: Annotated[int, typer.Option(min=0, help="Lines behind this number.")] = 0,
    data: _OwnData = None,
) -> None:
    """Write all lines of all areas to standard output, oldest first, a line each; to go on, name the number of the last one."""
    if form not in FORMATS:
        raise typer.BadParameter(f"--format is one of {', '.join(FORMATS)}")
    folder: Path = data or ctx.obj
    name = node_name(node_secret(folder)) if form == "syslog" else ""

    async def write(store: Store) -> None:
        async for entry in _all(store.ledger, after):
            text = entry.text.decode("utf-8", "replace")
            if form == "syslog":
                text = f"{SYSLOG} {format_instant(entry.at)} {name} kaiteki - {entry.what} - {text}"
            sys.stdout.write(text + "\n")

    _work(ctx, data, write)


@audit_app.command("rotate")
def rotate(ctx: typer.Context, data: _OwnData = None) -> None:
    """Sign with a new key from the next start of the node on; heads from before are checked with the old one."""
    folder: Path = data or ctx.obj
    if not (folder / KEY_NAME).is_file():
        raise stop(f"There is no key in {folder} yet; a running node makes one.")
    made = replace_key(folder, node_name(node_secret(folder)))
    typer.echo(verifier_key(made.name, made.public))


@audit_app.command("trust")
def trust(
    ctx: typer.Context,
    key: Annotated[
        str,
        typer.Argument(
            help="The key of another node on the same store, as `audit head --key` prints it there."
        ),
    ],
    data: _OwnData = None,
) -> None:
    """Let another node on the same store sign: `verify` takes its heads for right from now on."""
    folder: Path = data or ctx.obj
    try:
        is_new = trust_key(folder, key)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    typer.echo("The key may sign here." if is_new else "The key was known already.")
