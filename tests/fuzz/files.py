"""Readers of files under fuzz: each takes bytes, and may say that they are unreadable."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import islice
from random import Random
from typing import Any, Final, NamedTuple

import openpyxl
import shapefile

from fuzz.mutating import mutate
from kaiteki.services.opendata.importing import read_tables
from kaiteki.services.opendata.reading.source import Source, Unreadable

ROWS_MAX: Final = 2000


class Format(NamedTuple):
    """A kind of file: the names of its parts (the first is read), good examples of each, words of the format."""

    examples: Callable[[], tuple[Mapping[str, bytes], ...]]
    words: tuple[bytes, ...] = ()
    is_zip: bool = False


def read(parts: Mapping[str, bytes]) -> int:
    """Read a file with those beside it to the end; how many rows there were. Unreadable is an answer."""
    name = next(iter(parts))
    opened = {one: partial(io.BytesIO, content) for one, content in parts.items()}
    source = Source(f"data/{name}", name, "data", opened[name], opened)
    rows = 0
    try:
        for table in read_tables(source):
            for row in islice(table.rows(), ROWS_MAX):
                json.dumps([*row.cells.values(), row.geometry], default=str)
                rows += 1
    except Unreadable as error:
        assert error.issue.code
    return rows


def _csv() -> tuple[Mapping[str, bytes], ...]:
    text = 'NO,名称,住所,緯度,経度,備考\n1,"図書館, 本館",本町～1丁目,35.6,140.1,"一行目\n二行目"\n2,公民館,港町,,,\n'
    return (
        *({"a.csv": text.encode(encoding)} for encoding in ("utf-8", "utf-8-sig", "cp932", "utf-16")),
        {"a.csv": text.replace(",", "\t").encode()},
        {"a.csv": text.replace(",", ";").encode(), "attributes.csv": b"original_name,display_name\nNO,x\n"},
    )


def _geojson() -> tuple[Mapping[str, bytes], ...]:
    shapes: list[Any] = [
        {"type": "Point", "coordinates": [140.1, 35.6]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
        None,
    ]
    features = [
        {
            "type": "Feature",
            "id": n,
            "geometry": shape,
            "properties": {"名称": 'あ\\"}', "n": n, "x": [1, {"y": 2}]},
        }
        for n, shape in enumerate(shapes)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6677"}}
    whole = {"type": "FeatureCollection", "crs": crs, "features": features}
    return (
        {"a.geojson": json.dumps(whole, ensure_ascii=False).encode()},
        {"a.geojson": json.dumps(features).encode()},
        {"a.geojson": b"\n".join(json.dumps(one).encode() for one in features)},
    )


def _workbook() -> tuple[Mapping[str, bytes], ...]:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["NO", "名称", "日"], [1, "図書館", "2026-04-01"], [2.5, "公民館", True]):
        sheet.append(row)
    book.create_sheet("二").append(["a", "b"])
    kept = io.BytesIO()
    book.save(kept)
    return ({"a.xlsx": kept.getvalue()},)


def _gtfs() -> tuple[Mapping[str, bytes], ...]:
    members = {
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n1,港駅,35.6,140.1\n2,丘,35.7,140.2\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nr1,a,快速,3\n",
        "agency.txt": "agency_id,agency_name\na,港バス\n",
        "trips.txt": "route_id,service_id,trip_id,shape_id\nr1,s,t,h\n",
        "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nh,35.6,140.1,1\nh,35.7,140.2,2\n",
        "translations.txt": "trans_id,lang,translation\n港駅,ja-Hrkt,みなとえき\n",
    }
    return ({"a.zip": zipped({name: text.encode() for name, text in members.items()})},)


def _shapes() -> tuple[Mapping[str, bytes], ...]:
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, encoding="cp932") as writer:
        writer.field("名称", "C", 20)
        writer.field("n", "N", 10, 2)
        writer.field("d", "D")
        for n in range(3):
            writer.poly([[[n, 0], [n + 1, 0], [n, 1], [n, 0]]])
            writer.record("公園", n, "20260401")
    whole = {"a.shp": shp.getvalue(), "a.dbf": dbf.getvalue(), "a.shx": shx.getvalue()}
    return (whole, {**whole, "a.prj": b'GEOGCS["JGD2011"]', "a.cpg": b"UTF-8"})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of members."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return kept.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """The members of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


FORMATS: Final = {
    "csv": Format(cache(_csv), (b'"', b"\n", b",", b'""', "名称".encode("cp932"), "名称".encode("utf-16"))),
    "geojson": Format(cache(_geojson), (b'{"type":"Feature"', b'"features":[', b"[[[[", b'"geometry":null', b"[" * 3000)),
    "xlsx": Format(cache(_workbook), (b"<row>", b"</c>", b'<c t="s"><v>', b"<!DOCTYPE a>", b"&a;", b'r="ZZZ9"'), True),
    "gtfs": Format(cache(_gtfs), (b",", b"\n", b'"', b"1e999", b"stop_id"), True),
    "shapefile": Format(cache(_shapes), (b"\x00\x00\x27\x0a", b"\x05\x00\x00\x00", b"\xff\xff\xff\x7f", b"N", b"D")),
}  # fmt: skip


def broken(kind: Format, random: Random) -> dict[str, bytes]:
    """A file of a kind that somebody broke: in its bytes, or in a member of its archive."""
    parts = dict(random.choice(kind.examples()))
    part = random.choice(list(parts))
    if kind.is_zip and random.random() < 0.7:
        members = unzipped(parts[part])
        member = random.choice(list(members))
        if random.random() < 0.1:
            del members[member]
        else:
            members[member] = mutate([members[member]], kind.words, random)
        parts[part] = zipped(members)
    else:
        parts[part] = mutate([one[part] for one in kind.examples() if part in one], kind.words, random)
    return parts
