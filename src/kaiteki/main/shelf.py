"""Layers of the map as files of the data folder (`<data>/layers`), so that the first tile after a start waits for no layer.

They hold what the city holds, put in order, for the owner of the folder alone. They are in no copy, an erasure takes them along
(`stores.sqlite.wiping`), and whoever removes them only has the layers made anew. A node whose city is in a database has none: an erasure
there would not reach the folders of all nodes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
import structlog

from kaiteki.kit.rulings.rulings import Rulings
from kaiteki.main.copies.disk import UNFINISHED
from kaiteki.main.settings import Settings
from kaiteki.stores.sqlite import FOLDER_MODE
from kaiteki.stores.sqlite.wiping import LAYERS_FOLDER

SHELF_BYTES_MAX: Final = 1_000_000_000
"""Bytes of all files together; those that were made first go first."""
LOG: Final = "kaiteki.layers"
_FILE_MODE: Final = 0o600


class LayerShelf:
    """The files of layers below a data folder (adapters.ogc.bound.Shelf)."""

    def __init__(self, data: Path) -> None:
        self._folder = data / LAYERS_FOLDER

    def get(self, name: str) -> bytearray | None:
        """The bytes of a name, as memory of the caller's own."""
        try:
            with (self._folder / name).open("rb") as kept:
                content = bytearray(os.fstat(kept.fileno()).st_size)
                return content if kept.readinto(content) == len(content) else None
        except FileNotFoundError:
            return None
        except OSError as wrong:
            structlog.get_logger(LOG).warning("a layer cannot be read; it is made anew", reason=str(wrong))
            return None

    def put(self, name: str, pieces: Sequence[bytes]) -> None:
        """Keep bytes under a name. Where the disk takes no more, that is logged and the layer is made anew after the next start."""
        part = self._folder / f"{name}{UNFINISHED}"
        try:
            self._folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE), "wb") as out:
                out.writelines(pieces)
            part.replace(self._folder / name)
            self._make_room()
        except OSError as wrong:
            structlog.get_logger(LOG).warning("a layer cannot be kept", reason=str(wrong))

    def remove(self, name: str) -> None:
        """Forget the bytes of a name."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as wrong:
            structlog.get_logger(LOG).error("a layer cannot be removed", reason=str(wrong))

    def _make_room(self) -> None:
        kept = [(one.stat(), one) for one in self._folder.iterdir()]
        total = 0
        for told, file in sorted(kept, key=lambda one: -one[0].st_mtime_ns):
            total += told.st_size
            if total > SHELF_BYTES_MAX:
                file.unlink(missing_ok=True)


def rules_of(settings: Settings, rulings: Rulings) -> str:
    """A digest of what decides beside the entities who sees what: the version of the program, the policies as the node has read them."""
    policies = {} if settings.open else {area: rulings.texts(area) for area in settings.cities}
    told = msgspec.json.encode((version("kaiteki"), settings.open, policies), order="sorted")
    return hashlib.blake2b(told, digest_size=16).hexdigest()
