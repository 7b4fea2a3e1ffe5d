"""The proof of one line of a log, in a file that somebody was given: checked with a key alone, on any machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from kaiteki.main.log_key import is_signed
from kaiteki.main.upkeep import stop
from kaiteki.model.checkpoint import Checkpoint, key_id, read_note, read_verifier_key
from kaiteki.model.instant import format_instant
from kaiteki.model.merkle import is_included, leaf_hash

PROOF_MAX_BYTES: Final = 10_000_000
HASHES_MAX: Final = 64
"""Hashes on the way to the root: a log of 2^64 lines has no more."""


class NoProof(Exception):
    """A file that shows nothing, and why."""


class _Told(msgspec.Struct):
    """What `broker.proving.Proof.told` gives."""

    line: str
    salt: bytes
    leaf: bytes
    index: int
    size: int
    proof: Annotated[list[bytes], msgspec.Meta(max_length=HASHES_MAX)]
    head: str


class Shown(msgspec.Struct, frozen=True):
    """A line, its place among so many, and what was signed over these."""

    line: str
    place: int
    checkpoint: Checkpoint


def verify_proof(
    file: Annotated[
        Path,
        typer.Argument(
            help="The proof of a line, as its page or `audit prove` gives it.", exists=True, dir_okay=False
        ),
    ],
    key: Annotated[
        list[str], typer.Option(help="The key of the city, as `audit head --key` or its page prints it.")
    ],
) -> None:
    """Check the proof of one line with the key alone, on any machine, without data; exit code 1 when it proves nothing."""
    try:
        keys = [read_verifier_key(one) for one in key]
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--key") from wrong
    try:
        with file.open("rb") as opened:
            shown = read_proof(opened.read(PROOF_MAX_BYTES), keys)
    except NoProof as wrong:
        raise stop(f"{file} proves nothing: {wrong}") from wrong
    at, origin = format_instant(shown.checkpoint.at), shown.checkpoint.origin
    typer.echo(shown.line)
    typer.echo(
        f"This line stood at place {shown.place + 1} of the {shown.checkpoint.size} lines that {origin} signed at {at}."
    )


def read_proof(content: bytes, keys: Sequence[tuple[str, bytes]]) -> Shown:
    """What a proof shows under one of some keys, each with its name; raises NoProof."""
    try:
        told = msgspec.json.decode(content, type=_Told)
        note = read_note(told.head)
    except (msgspec.DecodeError, ValueError) as wrong:
        raise NoProof(f"it cannot be read ({wrong})") from wrong
    text = note.checkpoint.text.encode()
    if not any(
        signature.key_id == key_id(name, public) and is_signed(public, signature.signed, text)
        for signature in note.signatures
        for name, public in keys
    ):
        raise NoProof("its head is signed by none of the known keys")
    leaf = leaf_hash(sha256(told.salt + told.line.encode()).digest())
    root, size = note.checkpoint.root, note.checkpoint.size
    if told.size != size or not is_included(leaf, told.index, size, told.proof, root):
        raise NoProof("the line is not under the head that was signed")
    return Shown(told.line, told.index, note.checkpoint)
