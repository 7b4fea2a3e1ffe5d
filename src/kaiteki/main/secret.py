"""The secret of a node, with which it signs cookies: made once, kept in the data folder for its owner alone."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from kaiteki.main.stores import named_store

SECRET_NAME = "secret.key"
SECRET_LENGTH_BYTES = 32


def node_secret(data: Path) -> bytes:
    """The secret in `<data>/secret.key`, made when there is none; of two nodes that start at once one makes it."""
    file = data / SECRET_NAME
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = bytes.fromhex(file.read_text(encoding="ascii"))
        if len(kept) != SECRET_LENGTH_BYTES:
            raise ValueError(f"{file} holds no secret of {SECRET_LENGTH_BYTES} bytes") from None
        return kept
    made = secrets.token_bytes(SECRET_LENGTH_BYTES)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(made.hex())
        out.flush()
        os.fsync(out.fileno())
    return made


def proposed_secret(data: Path) -> bytes:
    """What a command beside a node brings to `Sharing.secret`: a database keeps its first one, and needs no folder of data."""
    return secrets.token_bytes(SECRET_LENGTH_BYTES) if named_store() else node_secret(data)


def node_name(secret: bytes) -> str:
    """The name by which other nodes know this one: it follows from the secret, tells nothing of it, and stays.

    Nodes on one store have one secret and one name, as they hold the same.
    """
    return f"kaiteki-{hmac.digest(secret, b'name of the node', 'sha256').hex()[:12]}"
