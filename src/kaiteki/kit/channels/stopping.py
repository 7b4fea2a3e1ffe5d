"""The one click that stops mail (RFC 8058): an address that says which contact it stops, and that this node wrote it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from kaiteki.kit.channels.kept import contact_called
from kaiteki.kit.engine import KIT, Asking, Engine, Work
from kaiteki.kit.reactions import SYSTEM
from kaiteki.model.decision import Accepted
from kaiteki.model.entity import Entity

MARK_LENGTH: Final = 32
"""Hexadecimal digits of the code of authentication: 128 bits."""


def stop_mark(secret: bytes, contact: str) -> str:
    """What stands in the address by which a mail is stopped: which contact, and that this node wrote it."""
    tail = contact.rpartition(":")[2]
    return f"{tail}.{hmac.digest(secret, f'stop {tail}'.encode(), 'sha256').hex()[:MARK_LENGTH]}"


def stopped_by(secret: bytes, mark: str) -> str:
    """The id of the contact that an address of this node stops; empty where somebody made it up."""
    contact = contact_called(mark.partition(".")[0])
    return contact if hmac.compare_digest(stop_mark(secret, contact).encode(), mark.encode()) else ""


async def stop_contact(engine: Engine, area: str, contact: str) -> None:
    """Take an address out. Whoever has a mail may stop that mail, and do nothing else; to stop it twice changes nothing."""

    def rule(_loaded: Mapping[str, Entity], _state: Mapping[str, Any]) -> Accepted:
        return Accepted(deletes=(contact,))

    await engine.decide(
        Work(KIT, "kit.stop_contact", (contact,), rule), engine.asked(KIT, Asking(area, SYSTEM))
    )
