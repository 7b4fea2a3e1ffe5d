"""What the core asks of a store of JSON-LD @contexts: hosted and cached ones (ETSI GS CIM 009 clause 5.13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from kaiteki.model.entity import Json
from kaiteki.model.instant import Instant


class KeptContext(msgspec.Struct, frozen=True):
    """A @context document with where it came from. `local_id` is the id under which this node serves it."""

    url: str
    local_id: str
    kind: Literal["Cached", "Hosted", "ImplicitlyCreated"]
    document: Json
    created_at: Instant
    last_usage: Instant | None = None
    hits: int = 0


class Contexts(Protocol):
    """The @contexts that a node keeps."""

    async def put(self, context: KeptContext) -> None:
        """Keep a context durably, replacing one of the same url."""
        ...

    async def get(self, url_or_id: str) -> KeptContext | None:
        """A context by its url or local id."""
        ...

    async def list(self) -> Sequence[KeptContext]:
        """All kept contexts."""
        ...

    async def remove(self, url_or_id: str) -> bool:
        """Forget one; whether there was one."""
        ...
