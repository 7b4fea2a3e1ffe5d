"""Files of places that a test makes up: GeoJSON, zipped shapefiles."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, cast

import shapefile

PARKS = (("港公園", 141.02, 35.35), ("丘公園", 141.06, 35.37), ("川公園", 141.04, 35.36))


def geojson(rows: Sequence[tuple[str, float, float]] = PARKS, **more: str) -> bytes:
    """Points with a name each, and the same further properties."""
    features = [
        {
            "type": "Feature",
            "properties": {"公園名": name, **more},
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        }
        for name, longitude, latitude in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def shapes(
    stem: str, rows: Sequence[tuple[str, float, float]] = PARKS, field: str = "公園名"
) -> dict[str, bytes]:
    """The files of a shapefile of points in CP932, each with a name."""
    shp, shx, dbf = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with cast(Any, shapefile).Writer(shp=shp, shx=shx, dbf=dbf, encoding="cp932") as writer:
        writer.field(field, "C", size=40)
        for name, longitude, latitude in rows:
            writer.point(longitude, latitude)
            writer.record(name)
    return {
        f"{stem}.shp": shp.getvalue(),
        f"{stem}.shx": shx.getvalue(),
        f"{stem}.dbf": dbf.getvalue(),
        f"{stem}.cpg": b"Shift_JIS",
    }


def _written(info: zipfile.ZipInfo) -> tuple[bytes, int]:
    """The name of a member as Windows of the country writes it, and its flags."""
    return info.filename.encode("cp932"), info.flag_bits


_Named: Any = type("_Named", (zipfile.ZipInfo,), {"_encodeFilenameFlags": _written})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of files with names in CP932."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(_Named(name, (2026, 4, 1, 0, 0, 0)), content)
    return out.getvalue()
