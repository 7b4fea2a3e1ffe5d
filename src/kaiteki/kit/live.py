"""Pages that stay true while they are open: which entities change what a page shows, and what changes with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from kaiteki.kit.pages import PageAsk


class Live(msgspec.Struct, frozen=True):
    """What an open page hears of. `types` are the short names of the types of entities it is made of; after a change of one, `version` is asked.

    `version` answers a short text that differs when the page would show something else; empty: there is no such page. Only this text
    goes over the stream: what changed is read from the page itself, by whoever reads it.
    """

    types: tuple[str, ...]
    version: Callable[[PageAsk], Awaitable[str]]
    personal: bool = False
    """Whether it is asked as the one who looks; else as somebody whom nobody knows, once for all who look."""
