"""Files at stable addresses: names for people (RFC 6266), versions (RFC 9110: ETag, Last-Modified, 304), compression, HEAD.

A strong ETag belongs to one representation, so a file is packed here, under a tag of its own, and not by whatever stands around the
site. What is sent is made part by part; of a request that needs no body no part is made.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from kaiteki.kit.pages import Versioned
from kaiteki.kit.tables import Writer, Written
from kaiteki.model.instant import Instant

PACKING_LEVEL: Final = 5
SECOND_US: Final = 1_000_000
HEADERS: Final = {
    "cache-control": "public, no-cache",
    "vary": "Accept-Encoding",
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Content-Disposition",
}
"""Everybody gets the same, any cache may keep it, and asks each time whether it still holds."""


class File(msgspec.Struct, frozen=True):
    """A file with its parts (kit.pages.Versioned), whoever makes them."""

    parts: AsyncGenerator[bytes, None]
    about: Versioned


def written_by(file: Versioned, writers: Mapping[str, Writer]) -> File:
    """A file whose parts are there; tables are written by the writer for their form. LookupError where there is none."""
    parts = file.parts
    return File(writers[parts.form](parts.table) if isinstance(parts, Written) else parts, file)


async def counted(
    parts: AsyncGenerator[bytes, None], note: Callable[[int], None]
) -> AsyncGenerator[bytes, None]:
    """Parts as they are; how many bytes they were together is told when the last one was taken, and never when they broke off."""
    size = 0
    async with aclosing(parts):
        async for part in parts:
            size += len(part)
            yield part
    note(size)


class Sent(StreamingResponse):
    """An answer sent part by part. Its parts are closed however it ends: read whole, broken off, or left by the reader."""

    def __init__(
        self, parts: AsyncGenerator[bytes, None], media_type: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(parts, headers=headers, media_type=media_type)
        self._parts = parts

    async def stream_response(self, send: Send) -> None:
        """Send the parts."""
        async with aclosing(self._parts):
            await super().stream_response(send)


async def answer_versioned(request: Request, whole: File, now: Instant) -> Response:
    """A file as HTTP: whole, or only that it is what the asker has."""
    file, parts = whole.about, whole.parts
    takes_gzip = _takes_gzip(request.headers.get("accept-encoding", ""))
    packed = file.packs and takes_gzip
    # what is not packed here may be packed on its way out, and then has other bytes under the same tag: such a tag is a weak one
    tag = f'"{file.tag}-gzip"' if packed else f'W/"{file.tag}"' if takes_gzip else f'"{file.tag}"'
    stamp = _stamp(file.changed_at, now)
    headers = {**HEADERS, "etag": tag}
    if stamp is not None:
        headers["last-modified"] = format_datetime(stamp, usegmt=True)
    if _has_it(request, tag, stamp):
        await parts.aclose()
        return Response(None, 304, headers)
    headers |= attached(file.filename, file.plain_name)
    if packed:
        headers["content-encoding"] = "gzip"
    if request.method == "HEAD":
        await parts.aclose()
        head = Response(None, 200, headers, file.media_type)
        # how long it would be is known when it is made
        del head.headers["content-length"]
        return head
    return Sent(_packed(parts) if packed else parts, file.media_type, headers)


def attached(filename: str, plain_name: str = "") -> dict[str, str]:
    """The header by which a browser saves an answer under a name (RFC 6266); none without a name."""
    if not filename:
        return {}
    plain = f' filename="{plain_name}";' if plain_name else ""
    return {"content-disposition": f"attachment;{plain} filename*=UTF-8''{quote(filename, safe='')}"}


def _stamp(changed_at: Instant | None, now: Instant) -> datetime | None:
    """The full second behind a change; None while that lies ahead: within it, another change could follow unseen."""
    if changed_at is None:
        return None
    second = -(-changed_at // SECOND_US)
    return None if second * SECOND_US > now else datetime.fromtimestamp(second, UTC)


def _has_it(request: Request, tag: str, stamp: datetime | None) -> bool:
    """Whether the asker has this representation: by its tags, where they name some (RFC 9110, 13.1.2), else by the time (13.1.3)."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {one.strip().removeprefix("W/") for one in tags.split(",")}
        return "*" in known or tag.removeprefix("W/") in known
    since = request.headers.get("if-modified-since")
    if since is None or stamp is None:
        return False
    try:
        return stamp <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        # a date that nobody can read is as if it were not there, and so is one without a time zone
        return False


def _takes_gzip(accepted: str) -> bool:
    """Whether gzip is among the codings that an asker takes (RFC 9110, 12.5.3)."""
    told = {
        name.strip(): rest.replace(" ", "")
        for name, _, rest in (one.partition(";") for one in accepted.split(","))
    }
    weight = told.get("gzip", told.get("*"))
    return weight is not None and weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")


async def _packed(parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    packer = zlib.compressobj(PACKING_LEVEL, wbits=31)
    async with aclosing(parts):
        async for part in parts:
            if small := await run_in_threadpool(packer.compress, part):
                yield small
    yield packer.flush()
