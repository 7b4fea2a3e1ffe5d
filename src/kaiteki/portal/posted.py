"""Reads a posted form with its files, within limits that are enforced while the body still arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException
from starlette.requests import ClientDisconnect, Request

from kaiteki.kit.pages import Upload
from kaiteki.kit.whole_form import WholeForm

BODY_SIZE_MAX_BYTES: Final = 34_000_000
FILE_SIZE_MAX_BYTES: Final = 10_000_000
FILES_MAX: Final = 5
FIELDS_MAX: Final = 200
FIELD_SIZE_MAX_BYTES: Final = 64_000
PLAIN_BODY_SIZE_MAX_BYTES: Final = 512_000


class TooLarge(Exception):
    """The body, a file or a field is over its limit."""


class Unreadable(Exception):
    """The body is no form."""


class Posted(msgspec.Struct, frozen=True):
    """The fields and files of a form by name."""

    fields: Mapping[str, Sequence[str]]
    files: Mapping[str, Sequence[Upload]]


async def read_posted(request: Request) -> Posted:
    """The form of a request; raises TooLarge or Unreadable."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_multipart = kind == "multipart/form-data"
    limit = BODY_SIZE_MAX_BYTES if is_multipart else PLAIN_BODY_SIZE_MAX_BYTES
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > limit:
        raise TooLarge
    stream = _limited(request, limit)
    try:
        if is_multipart:
            parser = WholeForm(
                request.headers,
                stream,
                max_files=FILES_MAX,
                max_fields=FIELDS_MAX,
                max_part_size=FIELD_SIZE_MAX_BYTES,
            )
            return await _gather(await parser.parse())
        if kind in ("application/x-www-form-urlencoded", ""):
            return await _gather(await FormParser(request.headers, stream).parse())
    except MultiPartException as broken:
        if "exceeded" in broken.message or "Too many" in broken.message:
            raise TooLarge from broken
        raise Unreadable from broken
    except ClientDisconnect as gone:
        raise Unreadable from gone
    raise Unreadable


async def _limited(request: Request, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in chunks; raises TooLarge as soon as it is."""
    seen_bytes = 0
    async for chunk in request.stream():
        seen_bytes += len(chunk)
        if seen_bytes > limit_bytes:
            raise TooLarge
        yield chunk


async def _gather(form: FormData) -> Posted:
    """Fields and files apart; a file field that was left empty is no file."""
    fields: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read(FILE_SIZE_MAX_BYTES + 1)
                if len(content) > FILE_SIZE_MAX_BYTES:
                    raise TooLarge
                if value.filename or content:
                    upload = Upload(value.filename or "", value.content_type or "", content)
                    files.setdefault(name, []).append(upload)
            else:
                fields.setdefault(name, []).append(value)
    finally:
        await form.close()
    if sum(len(values) for values in fields.values()) > FIELDS_MAX:
        raise TooLarge
    return Posted(fields, files)
