"""A look at a page of the walked town: an address, who opens it, and in which language."""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from walked_town import CLERK

from kaiteki.model.words import LANGUAGES

NOBODY = ""


class Look(NamedTuple):
    """An address with names of the town in braces, who opens it, and the status that it must answer with."""

    path: str
    login: str = NOBODY
    status: int = 200
    language: str = ""
    """The one language in which it is looked at; empty: every language."""


def clerk(*paths: str) -> tuple[Look, ...]:
    """Addresses that a clerk opens: the first in every language, the further states turn by turn."""
    return _turned(paths, CLERK)


def anybody(*paths: str) -> tuple[Look, ...]:
    """Addresses that anybody opens: the first in every language, the further states turn by turn."""
    return _turned(paths, NOBODY)


def _turned(paths: tuple[str, ...], login: str) -> tuple[Look, ...]:
    return tuple(Look(path, login) for path in paths[:1]) + further(login, *paths[1:])


def refused(path: str, status: int, login: str = NOBODY) -> Look:
    """An address that is refused in the way of many others: it is looked at in one language, which its name decides."""
    return Look(path, login, status, LANGUAGES[crc32(path.encode()) % len(LANGUAGES)])


def further(login: str, *paths: str) -> tuple[Look, ...]:
    """Further states of a page that is looked at in every language: each of them in one language, turn by turn.

    The turn begins with another language from page to page, so that no language sees only the first of them.
    """
    begin = crc32("".join(paths).encode())
    return tuple(
        Look(path, login, language=LANGUAGES[(begin + turn) % len(LANGUAGES)])
        for turn, path in enumerate(paths)
    )
