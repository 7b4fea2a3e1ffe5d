"""What the operator says of signing in: words and lists that no password may come from, how long a session may stand unused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from hashlib import sha1
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

import typer

from kaiteki.kit.identity import Identity
from kaiteki.kit.identity.idle import TOUCHED_EVERY_S, Idle
from kaiteki.kit.identity.passwords import fold, words_of
from kaiteki.kit.manifest import Service
from kaiteki.main.samples import SAMPLE_PASSWORD
from kaiteki.model.area import Area

LIST_VARIABLE: Final = "KAITEKI_PASSWORD_LIST"
STAFF_VARIABLE: Final = "KAITEKI_IDLE_STAFF_MINUTES"
RESIDENT_VARIABLE: Final = "KAITEKI_IDLE_RESIDENT_MINUTES"
LINES_MAX: Final = 2_000_000
"""Passwords of a plain list; a list of digests is searched where it lies and may be of any length."""
DIGEST_SIGNS: Final = 40
LINE_LENGTH_MAX: Final = 400
PRODUCT: Final = ("kaiteki", "快適", "かいてき")
MINUTE_S: Final = 60


def equip(identity: Identity, areas: Iterable[Area] = (), services: Iterable[Service] = ()) -> None:
    """Tell the register what passwords may not come from, and when a session ends unused. Raises BadParameter for what cannot be used."""
    named = [area.words for area in areas] + [service.words for service in services]
    told = {*PRODUCT, *(text for words in named for text in (words.ja, words.en))}
    identity.passwords.city = frozenset(word for text in told for word in words_of(text)) | {
        # it is published: only the accounts that a simulated world brings have it
        fold(SAMPLE_PASSWORD)
    }
    listed = os.environ.get(LIST_VARIABLE, "")
    if listed:
        identity.passwords.is_listed = in_list(Path(listed))
    default = Idle()
    identity.idle = Idle(
        _minutes(STAFF_VARIABLE, default.staff_s), _minutes(RESIDENT_VARIABLE, default.resident_s)
    )


def in_list(file: Path) -> Callable[[str], bool]:
    """Whether a password stands in a file: of passwords, one a line, or of SHA-1 digests in order (`<40 hex>[:count]`, as Have I Been Pwned has them)."""
    try:
        with file.open("rb") as lines:
            first = lines.readline(LINE_LENGTH_MAX)
            if _is_digest(first):
                digests = Digests(mmap(lines.fileno(), 0, access=ACCESS_READ))
                return digests.hold
            lines.seek(0)
            plain = {
                fold(line.decode("utf-8", "replace").rstrip("\r\n"))
                for line, _ in zip(lines, range(LINES_MAX + 1), strict=False)
            }
    except (OSError, ValueError) as wrong:
        raise typer.BadParameter(f"{LIST_VARIABLE}: {file} cannot be read: {wrong}") from wrong
    if len(plain) > LINES_MAX:
        raise typer.BadParameter(
            f"{LIST_VARIABLE}: {file} has more than {LINES_MAX:,} lines; longer lists are lists of SHA-1 digests in order"
        )
    return lambda password: fold(password) in plain


class Digests:
    """A file of digests in order, searched where it lies."""

    def __init__(self, content: mmap | bytes) -> None:
        self._content = content

    def hold(self, password: str) -> bool:
        """Whether the digest of a password is among them."""
        wanted = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        low, high = 0, len(self._content)
        while low < high:
            begin, end = self._line_around((low + high) // 2)
            found = bytes(self._content[begin : begin + DIGEST_SIGNS]).upper()
            if found == wanted:
                return True
            if found < wanted:
                low = end
            else:
                high = begin
        return False

    def _line_around(self, place: int) -> tuple[int, int]:
        """Where the line begins that a place is in, and where the next one does."""
        begin = self._content.rfind(b"\n", 0, place) + 1
        end = self._content.find(b"\n", place)
        return begin, len(self._content) if end < 0 else end + 1


def _is_digest(line: bytes) -> bool:
    told = line.strip().partition(b":")[0]
    return len(told) == DIGEST_SIGNS and all(sign in b"0123456789abcdefABCDEF" for sign in told)


def _minutes(name: str, default_s: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default_s
    least = 2 * TOUCHED_EVERY_S // MINUTE_S
    if not (text.isascii() and text.isdigit() and int(text) >= least):
        raise typer.BadParameter(f"{name} is a number of minutes, {least} at least")
    return int(text) * MINUTE_S
