"""What the service keeps: which files of personal data are large enough to be published by law."""

from __future__ import annotations

from typing import ClassVar, Final

import msgspec

from kaiteki.model.instant import Instant

FILES_ID: Final = "urn:ngsi-ld:PersonalFiles:now"


class PersonalFiles(msgspec.Struct, frozen=True):
    """Which types of personal data (short names) are published as files, and when that was counted. No number is kept."""

    entity_type: ClassVar[str] = "PersonalFiles"

    id: str
    published: tuple[str, ...] = ()
    counted_at: Instant | None = None


class KeepFiles(msgspec.Struct, frozen=True):
    """What a count found."""

    published: tuple[str, ...] = ()
