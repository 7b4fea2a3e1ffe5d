"""A streamed answer: named, sent part by part, closed when its reader goes away; made only for who does not have it already."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from kaiteki.kit.pages import Versioned
from kaiteki.model.instant import Instant
from kaiteki.portal.downloads import Sent, answer_versioned, attached, written_by

PARTS = [b"a", b"b", b"c"]


class Written:
    """Parts that tell how many were made and whether they were closed."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = False

    async def parts(self) -> AsyncGenerator[bytes, None]:
        try:
            for part in PARTS:
                self.made += 1
                yield part
        finally:
            self.closed = True


async def sent_to(written: Written, leaves_after: int) -> list[dict[str, Any]]:
    """What a reader got who leaves when so many parts with something in them have come."""
    left = asyncio.Event()
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(dict(message))
        if sum(bool(one.get("body")) for one in messages) >= leaves_after:
            left.set()
            await asyncio.Event().wait()

    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET"}
    await Sent(written.parts(), "text/csv; charset=utf-8", attached("表.csv"))(scope, receive, send)
    return messages


async def test_a_download_is_sent_part_by_part_under_its_name() -> None:
    written = Written()
    first, *bodies = await sent_to(written, leaves_after=99)
    assert dict(first["headers"]) == {
        b"content-disposition": b"attachment; filename*=UTF-8''%E8%A1%A8.csv",
        b"content-type": b"text/csv; charset=utf-8",
    }
    assert [body["body"] for body in bodies] == [*PARTS, b""]
    assert (written.made, written.closed) == (3, True)


async def test_a_reader_who_leaves_ends_the_making_of_parts() -> None:
    written = Written()
    await sent_to(written, leaves_after=2)
    assert (written.made, written.closed) == (2, True)


NOW = Instant(1_800_000_000_500_000)
CHANGED = Instant(1_799_999_000_250_000)
STAMP = "Fri, 15 Jan 2027 07:43:21 GMT"
"""The full second behind CHANGED."""


async def asked(
    written: Written,
    changed_at: Instant | None = CHANGED,
    method: str = "GET",
    is_packable: bool = True,
    **headers: str,
) -> Response:
    """The answer to a request with such headers."""
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": method, "headers": told})
    file = Versioned(written.parts(), "text/csv", "t1", "避難所.csv", "shelter.csv", changed_at)
    file = msgspec.structs.replace(file, packs=is_packable)
    return await answer_versioned(request, written_by(file, {}), NOW)


async def body_of(answer: Response) -> bytes:
    assert isinstance(answer, Sent)
    return b"".join([bytes(part) async for part in answer.body_iterator])


async def test_a_file_has_a_version_a_time_and_names_for_people_and_programs() -> None:
    answer = await asked(Written())
    assert answer.headers["etag"] == '"t1"'
    assert answer.headers["last-modified"] == STAMP
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"shelter.csv\"; filename*=UTF-8''%E9%81%BF%E9%9B%A3%E6%89%80.csv"
    )
    assert answer.headers["cache-control"] == "public, no-cache"
    assert await body_of(answer) == b"".join(PARTS)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_none_match": '"t1"'}, 304),
        ({"if_none_match": 'W/"t1"'}, 304),
        ({"if_none_match": '"t0", "t1"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"t0"'}, 200),
        ({"if_none_match": '"t1-gzip"'}, 200),
        ({"if_none_match": '"t1"', "accept_encoding": "gzip"}, 200),
        ({"if_none_match": '"t1-gzip"', "accept_encoding": "gzip, br"}, 304),
        ({"if_none_match": '"t0"', "if_modified_since": STAMP}, 200),
        ({"if_modified_since": STAMP}, 304),
        ({"if_modified_since": "Fri, 15 Jan 2027 07:43:20 GMT"}, 200),
        ({"if_modified_since": "yesterday"}, 200),
    ],
)
async def test_who_has_it_gets_no_part_and_none_is_made(headers: dict[str, str], status: int) -> None:
    written = Written()
    answer = await asked(written, **headers)
    assert answer.status_code == status
    assert written.made == 0
    if status == 304:
        assert answer.headers["etag"].startswith('"t1')


async def test_a_time_that_nobody_knows_or_that_is_not_over_is_not_told() -> None:
    for changed_at in (None, NOW):
        answer = await asked(Written(), changed_at, if_modified_since="Fri, 15 Jan 2100 00:00:00 GMT")
        assert answer.status_code == 200
        assert "last-modified" not in answer.headers


async def test_it_is_packed_under_a_tag_of_its_own_for_who_takes_that() -> None:
    packed = await asked(Written(), accept_encoding="br;q=1.0, gzip;q=0.8")
    assert (packed.headers["etag"], packed.headers["content-encoding"]) == ('"t1-gzip"', "gzip")
    assert gzip.decompress(await body_of(packed)) == b"".join(PARTS)
    for accepted in ("identity", "gzip;q=0", "*;q=0", "deflate"):
        plain = await asked(Written(), accept_encoding=accepted)
        assert (plain.headers["etag"], "content-encoding" in plain.headers) == ('"t1"', False), accepted


async def test_what_others_may_pack_has_a_weak_tag_for_who_takes_that() -> None:
    """A strong tag names one sequence of bytes (RFC 9110, 8.8.3): what packs answers on their way out keeps the tag."""
    for headers, tag, status in (
        ({}, '"t1"', 200),
        ({"accept_encoding": "gzip"}, 'W/"t1"', 200),
        ({"accept_encoding": "gzip", "if_none_match": 'W/"t1"'}, 'W/"t1"', 304),
        ({"if_none_match": '"t1"'}, '"t1"', 304),
    ):
        written = Written()
        answer = await asked(written, is_packable=False, **headers)
        assert (answer.headers["etag"], answer.status_code) == (tag, status), headers
        assert "content-encoding" not in answer.headers


async def test_who_asks_for_the_head_gets_the_head() -> None:
    written = Written()
    head, whole = await asked(written, method="HEAD"), await asked(Written())
    assert (head.body, written.made) == (b"", 0)
    assert {*whole.headers} == {*head.headers}
    assert head.headers["etag"] == whole.headers["etag"]
