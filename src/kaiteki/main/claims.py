"""What a node has for itself: its data folder and its port. A second node on either is refused, in words, before it begins."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from kaiteki.stores.sqlite import FOLDER_MODE


class Taken(Exception):
    """Another node has it, or it cannot be had."""


@contextmanager
def claim_folder(data: Path) -> Generator[None]:
    """Hold a data folder, made when there is none, as long as the node runs; the lock ends with the process, however it ends.

    Other commands (import, export, backup) may work beside the node. Raises Taken.
    """
    try:
        data.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as wrong:
        raise Taken(f"the data folder {data} cannot be used: {wrong.strerror}") from wrong
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as held:
        os.close(folder)
        raise Taken(f"another node runs on the data folder {data}; stop it, or name another --data") from held
    try:
        yield
    finally:
        os.close(folder)


def need_free(address: str, port: int) -> None:
    """Raises Taken when something listens at an address already: the server shares ports, so it would not notice itself."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as wrong:
            raise Taken(
                f"port {port} of {address} cannot be had: {wrong.strerror}; name another --port"
            ) from wrong
