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
    # the name of a member is not of the letters that it says
    UnicodeDecodeError,
    # a member is packed in a way that nobody here unpacks
    NotImplementedError,
)
"""What reading a damaged archive raises, wherever in it the damage lies; what else is raised beside it is a bug of whoever raises it."""
_LOCKED: Final = 0x1
"""The bit of a member that needs a password (APPNOTE.TXT 4.4.4)."""


def check_archive(file: BinaryIO, unpacked_max_bytes: int, xml: bool = False) -> None:
    """Look at an archive without unpacking it; nothing unpacks to more than its directory says.

    `xml`: its XML may declare no entities, which could swell or lead elsewhere. Raises one of BROKEN_ARCHIVE.
    """
    with _opened(file) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MAX or sum(one.file_size for one in members) > unpacked_max_bytes:
            raise zipfile.BadZipFile(f"it unpacks to more than {unpacked_max_bytes} bytes")
        for one in members:
            _check_member(archive, one)
            if xml and one.filename.lower().endswith((".xml", ".rels", ".vml")) and one.file_size:
                _check_prolog(archive, one)
    file.seek(0)


def _opened(file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except ValueError as wrong:
        # older readers look for a directory that begins before the file does
        raise zipfile.BadZipFile(str(wrong)) from wrong


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """What the reader of the standard library would tell by errors that mean anything."""
    if member.flag_bits & _LOCKED:
        raise zipfile.BadZipFile(f"{member.filename} needs a password")
    if not 0 <= member.header_offset < archive.start_dir:
        raise zipfile.BadZipFile(f"{member.filename} lies outside of the archive")


def _check_prolog(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as content:
        begins = content.read(LOOKED_AT_BYTES).replace(b"\0", b"")
    if b"<!DOCTYPE" in begins or b"<!ENTITY" in begins:
        raise zipfile.BadZipFile(f"{member.filename} is no XML that stands alone")
