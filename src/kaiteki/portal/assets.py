"""The files of static/: their integrity, and addresses that change with the content, so that browsers may keep them for good."""

from __future__ import annotations

import base64
import gzip
import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).with_name("static")
FILE_SIZE_MAX_BYTES: Final = 4_000_000
KEPT_FOR_S: Final = 31_536_000
_TYPES: Final = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".css": "text/css",
}


class Asset:
    """One file: its bytes, media type and SHA-384."""

    def __init__(self, path: Path) -> None:
        self.content: Final = path.read_bytes()
        digest = hashlib.sha384(self.content).digest()
        self.integrity: Final = "sha384-" + base64.b64encode(digest).decode()
        self.mark: Final = digest.hex()[:12]
        guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.media_type: Final = guessed + ("; charset=utf-8" if guessed.startswith("text/") else "")

    @cached_property
    def packed(self) -> bytes:
        """The content in gzip, packed once and as small as it goes."""
        return gzip.compress(self.content, mtime=0)


class Assets:
    """Every file below a folder, read once. A file of `vendor/<name>@<version>/` is known as `vendor/<name>/…` as well."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files: dict[str, Asset] = {}
        self._known_as: dict[str, str] = {}
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or path.stat().st_size > FILE_SIZE_MAX_BYTES:
                continue
            name = path.relative_to(folder).as_posix()
            self._files[name] = Asset(path)
            parts = name.split("/")
            if parts[0] == "vendor" and len(parts) > 2:
                parts[1] = parts[1].rpartition("@")[0]
                self._known_as["/".join(parts)] = name

    def address(self, name: str) -> str:
        """`/static/…` with a mark of the content; raises KeyError for a file that is not there."""
        whole = self._known_as.get(name, name)
        if whole.startswith("vendor/"):
            return f"/static/{whole}"
        return f"/static/{whole}?{self._files[whole].mark}"

    def integrity(self, name: str) -> str:
        """The SHA-384 of a file as browsers check it."""
        return self._files[self._known_as.get(name, name)].integrity

    def find(self, name: str) -> Asset | None:
        """A file by its path, None when there is none."""
        return self._files.get(name)
