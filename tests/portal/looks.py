"""A look at a page of the walked town: an address, who opens it, and in which language."""

from __future__ import annotations

from typing import NamedTuple

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
    """Addresses that a clerk opens."""
    return tuple(Look(path, CLERK) for path in paths)


def anybody(*paths: str) -> tuple[Look, ...]:
    """Addresses that anybody opens."""
    return tuple(Look(path) for path in paths)


def further(login: str, *paths: str) -> tuple[Look, ...]:
    """Further states of a page that is looked at in every language: each of them in one language, turn by turn."""
    return tuple(
        Look(path, login, language=LANGUAGES[turn % len(LANGUAGES)]) for turn, path in enumerate(paths)
    )
