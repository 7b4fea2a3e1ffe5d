"""Archives are looked at before they are opened: how much they would unpack to, and whether their XML stands alone."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from typing import BinaryIO, Final

MEMBERS_MAX: Final = 10_000
LOOKED_AT_BYTES: Final = 65_536
BROKEN_ARCHIVE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    # a member that is locked, or packed in a way that nobody here unpacks
    RuntimeError,
    LookupError,
)
"""What a damaged archive raises, wherever in it the damage lies."""


def check_archive(file: BinaryIO, unpacked_max_bytes: int, xml: bool = False) -> None:
    """Look at an archive without unpacking it; nothing unpacks to more than its directory says.

    `xml`: its XML may declare no entities, which could swell or lead elsewhere. Raises one of BROKEN_ARCHIVE.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MAX or sum(one.file_size for one in members) > unpacked_max_bytes:
            raise zipfile.BadZipFile(f"it unpacks to more than {unpacked_max_bytes} bytes")
        for one in members:
            if xml and one.filename.lower().endswith((".xml", ".rels", ".vml")) and one.file_size:
                _check_prolog(archive, one)
    file.seek(0)


def _check_prolog(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as content:
        begins = content.read(LOOKED_AT_BYTES).replace(b"\0", b"")
    if b"<!DOCTYPE" in begins or b"<!ENTITY" in begins:
        raise zipfile.BadZipFile(f"{member.filename} is no XML that stands alone")
