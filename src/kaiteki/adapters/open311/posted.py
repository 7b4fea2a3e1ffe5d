"""Reads a posted form with its files, within limits that hold while the body still arrives."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException
from starlette.requests import ClientDisconnect, Request

from kaiteki.adapters.open311.asked import Wrong
from kaiteki.kit.pages import Upload
from kaiteki.kit.whole_form import WholeForm

BODY_SIZE_MAX_BYTES: Final = 34_000_000
FILE_SIZE_MAX_BYTES: Final = 10_000_000
FIELDS_MAX: Final = 100
FILES_MAX: Final = 3
FIELD_SIZE_MAX_BYTES: Final = 64_000
FORM: Final = "application/x-www-form-urlencoded"
FORM_WITH_FILES: Final = "multipart/form-data"


class Sent(msgspec.Struct, frozen=True):
    """A posted form."""

    fields: Mapping[str, Sequence[str]] = {}
    files: Sequence[Upload] = ()


async def read_form(request: Request) -> Sent:
    """The form of a POST; raises Wrong for what is none or is too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == FORM_WITH_FILES:
            parser = WholeForm(
                request.headers,
                _limited(request),
                max_files=FILES_MAX,
                max_fields=FIELDS_MAX,
                max_part_size=FIELD_SIZE_MAX_BYTES,
            )
            return await _gather(await parser.parse())
        if kind in (FORM, ""):
            return await _gather(await FormParser(request.headers, _limited(request)).parse())
    except (MultiPartException, ClientDisconnect, UnicodeDecodeError) as broken:
        raise Wrong(400, "the body is no form that can be read") from broken
    raise Wrong(415, "the body must be a form")


async def _limited(request: Request) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > BODY_SIZE_MAX_BYTES:
            raise Wrong(413, f"the body may have at most {BODY_SIZE_MAX_BYTES} bytes")
        yield chunk


async def _gather(form: FormData) -> Sent:
    fields: dict[str, list[str]] = {}
    files: list[Upload] = []
    try:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.append(Upload(value.filename or name, value.content_type or "", await _content(value)))
            else:
                fields.setdefault(name, []).append(value)
    finally:
        await form.close()
    if len(fields) > FIELDS_MAX:
        raise Wrong(400, f"at most {FIELDS_MAX} fields")
    return Sent(fields, files)


async def _content(upload: UploadFile) -> bytes:
    content = await upload.read(FILE_SIZE_MAX_BYTES + 1)
    if len(content) > FILE_SIZE_MAX_BYTES:
        raise Wrong(413, f"a file may have at most {FILE_SIZE_MAX_BYTES} bytes")
    return content
