"""Whatever arrives: no crash, no hang, no failure of ours. A bounded run of every reader, the same inputs each time.

`KAITEKI_FUZZ_INPUTS=5000 pytest tests/fuzz` looks longer; `KAITEKI_FUZZ_SEED` looks elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Final

import pytest

from fuzz.asking import OPEN311, PLANE, Asked, a_plane, an_open311, broken
from fuzz.files import FORMATS, read, unzipped, zipped
from fuzz.files import broken as broken_file
from fuzz.patience import impatient

INPUTS: Final = int(os.environ.get("KAITEKI_FUZZ_INPUTS", "60"))
SEED: Final = os.environ.get("KAITEKI_FUZZ_SEED", "0")
REFUSED_WITH_5XX: Final = (b"LdContextNotAvailable", b"OperationNotSupported")
"""What the standard answers with 503 or 501 where a client asked for what is not there."""


def judge(status: int, body: bytes, text: bytes) -> None:
    """A right answer or a refusal."""
    assert status < 500 or any(one in body for one in REFUSED_WITH_5XX), (text, status, body[:300])


@pytest.mark.parametrize("name", PLANE)
async def test_the_data_plane(name: str) -> None:
    ask, random = await a_plane(), Random(f"{name}{SEED}")
    good = [await ask(PLANE[name].into(seed)) for seed in PLANE[name].seeds]
    for _ in range(INPUTS):
        text, asked = broken(PLANE[name], random)
        with impatient():
            judge(*await ask(asked), text)
    assert any(status < 400 for status, _ in good) or name in ("Link", "path"), good


@pytest.mark.parametrize("name", OPEN311)
async def test_open311(name: str) -> None:
    ask, random = await an_open311(), Random(f"{name}{SEED}")
    for _ in range(INPUTS):
        text, asked = broken(OPEN311[name], random)
        with impatient():
            judge(*await ask(asked), text)


@pytest.mark.parametrize("name", FORMATS)
def test_files(name: str) -> None:
    random = Random(f"{name}{SEED}")
    assert all(read(parts) > 0 for parts in FORMATS[name].examples())
    for _ in range(INPUTS if name != "xlsx" else INPUTS // 3):
        parts = broken_file(FORMATS[name], random)
        with impatient():
            read(parts)


FOUND: Final[dict[str, Asked]] = {
    "a ring of which some positions have an altitude": Asked(
        "GET", "/ngsi-ld/v1/entities", b"type=A&georel=within&geometry=Polygon&coordinates=[[[0,0],[1,0,0,0],[1,1],[0,0]]]"
    ),
}  # fmt: skip
"""What once was answered with 500."""


@pytest.mark.parametrize("name", FOUND)
async def test_what_was_found_stays_mended(name: str) -> None:
    with impatient():
        judge(*await (await a_plane())(FOUND[name]), name.encode())


BODIES_CUT_OFF: Final = (
    b'--x\r\ncontent-disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n\xff\xd8',
    b'--x\r\ncontent-disposition: form-data; name="service_code"\r\n\r\npark',
)


@pytest.mark.parametrize("body", BODIES_CUT_OFF)
async def test_a_form_that_breaks_off_is_none(body: bytes) -> None:
    ask = await an_open311()
    headers = {"content-type": "multipart/form-data; boundary=x"}
    status, told = await ask(Asked("POST", "/demo/open311/v2/requests.json", b"", body, headers))
    assert (status, b"no form" in told) == (400, True)


def _changed(name: str, member: str, old: bytes, new: bytes) -> Mapping[str, bytes]:
    (part, content), *_ = FORMATS[name].examples()[0].items()
    members = unzipped(content)
    assert old in members[member]
    return {part: zipped({**members, member: members[member].replace(old, new, 1)})}


BILLION: Final = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><workbook '
FILES: Final[dict[str, Mapping[str, bytes]]] = {
    "names beside a table with a bare carriage return": {"a.csv": b"a,b\n1,2\n", "attributes.csv": b"x\ry,z\n1,2\r"},
    "a row that never ends": {"a.zip": zipped({"stops.txt": b"stop_id\n" + b"x" * 3_000_000})},
    "no archive": {"a.zip": b"PK\x03\x04"},
    "a workbook whose XML declares entities": _changed("xlsx", "xl/workbook.xml", b"<workbook ", BILLION),
    "a workbook that names what it does not declare": _changed("xlsx", "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>&a;"),
    "a feed whose directory lies": {"a.zip": FORMATS["gtfs"].examples()[0]["a.zip"].replace(b"PK\x03\x04", b"PK\x03\x05", 1)},
    "a table of shapes that is shorter than it says": {
        name: content[:140] for name, content in FORMATS["shapefile"].examples()[0].items()
    },
}  # fmt: skip
"""What once raised something else than Unreadable, by what is broken."""


@pytest.mark.parametrize("name", FILES)
def test_what_was_found_in_files_stays_mended(name: str) -> None:
    with impatient():
        read(FILES[name])


@pytest.mark.parametrize("kind", ["xlsx", "gtfs"])
def test_a_bomb_is_not_unpacked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "workbook" if kind == "xlsx" else "gtfs"
    monkeypatch.setattr(f"kaiteki.services.opendata.reading.{module}.UNPACKED_MAX_BYTES", 1_000_000)
    (part, content), *_ = FORMATS[kind].examples()[0].items()
    assert read({part: content}) > 0
    assert read({part: zipped({**unzipped(content), "more.txt": b" " * 1_000_000})}) == 0
