"""Where the walk goes in the pages of maps."""

from __future__ import annotations

from urllib.parse import quote

from drives import Drive
from looks import Look, anybody, refused

MAPS: dict[str, tuple[Look | Drive, ...]] = {
    "maps": (
        *anybody(
            "/demo/maps",
            "/demo/maps?layers=aed,shelters&opacity=100,50&at=141.05,35.35&z=14",
            f"/demo/maps?q={quote('小学校')}",
            "/demo/maps?layers=nope",
            "/demo/maps?q=zzzz&layers=",
            "/chiba/maps",
        ),
        refused("/demo/maps?layers=aed&date=2020-01-01", 400),
        refused("/demo/maps?layers=nope&at=x&z=99", 400),
    ),
    "maps/layers": anybody("/demo/maps/layers", "/chiba/maps/layers"),
    "maps/sheet": (
        *anybody(
            "/demo/maps/sheet",
            "/demo/maps/sheet?layers=evacuation-flood,reports&at=141.03,35.36&scale=10000&paper=a3-landscape",
        ),
        refused("/demo/maps/sheet?scale=7", 400),
        refused("/demo/maps/sheet?date=2026-01-01", 400),
    ),
    "maps/sheet.pdf": anybody("/demo/maps/sheet.pdf?layers=reports"),
    "maps/sheet.png": anybody("/demo/maps/sheet.png?layers=reports&width=300&height=200"),
    "maps/layers/{id}": (
        *anybody(
            "/demo/maps/layers/certified-roads",
            "/demo/maps/layers/aed?q=zzzz",
            "/chiba/maps/layers/parks",
        ),
        Look("/demo/maps/layers/aed?at=x", status=400),
        refused("/demo/maps/layers/none", 404),
    ),
    "maps/here": (
        *anybody(
            "/demo/maps/here",
            "/demo/maps/here?at=141.05,35.35",
            f"/demo/maps/here?q={quote('小学校')}",
            "/demo/maps/here?q=zzzz",
            "/chiba/maps/here?at=140.106,35.607",
        ),
        refused("/demo/maps/here?at=x", 400),
    ),
    "maps/roads": anybody("/demo/maps/roads", "/demo/maps/roads?q=zzzz", "/chiba/maps/roads"),
    "maps/roads/{id:path}": (
        *anybody(
            "/demo/maps/roads/urn:ngsi-ld:CertifiedRoad:demo-1001",
            "/demo/maps/roads/urn:ngsi-ld:DesignatedRoad:demo-11",
        ),
        refused("/demo/maps/roads/none", 404),
    ),
}
