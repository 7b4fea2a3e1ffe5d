"""Random questions for the routes that the site of a node names itself, and what tells of no entities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

import asked_of_ckan
import asked_of_ogc
from asked_of_faces import TYPES, Asked, Draw, target_of
from law_service import ALL, AREA, NAMES

from kaiteki.services.maps.manifest import service as maps
from kaiteki.services.opendata.manifest import service as opendata

# The site: every route that the node itself names ------------------------------------------------------------------

PARTS: Final[Mapping[str, Callable[[Draw], str]]] = {
    "area": lambda draw: AREA,
    "type": lambda draw: draw.one((*TYPES, "Report", "Shelter", "WeatherObserved")),
    "id": lambda draw: draw.any_id(),
    "number": lambda draw: f"R-2026-0000{draw.random.randint(0, 4)}",
    "n": lambda draw: str(draw.random.randint(0, 4)),
    "field": lambda draw: draw.one(["town", "safety", "life"]),
    "service": lambda draw: draw.one(["law", "law", "reports", "opendata", "trust"]),
    "format": lambda draw: draw.one(["json", "xml"]),
    "code": lambda draw: draw.one(["road", "light"]),
    "digest": lambda draw: "0" * 64,
    "size": lambda draw: "180",
    "purpose": lambda draw: draw.one(["law.sharing", "reports.forward"]),
    "version": lambda draw: "1",
    "api": lambda draw: draw.one(["ngsi-ld", "ngsi-v2", "ogc", "files", "mcp"]),
    "name": lambda draw: draw.one(["report", "law", "none"]),
    "provider": lambda draw: "nobody",
    "command": lambda draw: "submit",
    "action": lambda draw: draw.one(asked_of_ckan.ASKED),
    "path": lambda draw: "icon.svg",
    "rest": lambda draw: "nothing",
    "mark": lambda draw: "0.0",
    "day": lambda draw: draw.one(["2026-11-20", "none"]),
    "partner": lambda draw: draw.one(["pool", "none"]),
    "office": lambda draw: draw.one(["hall", "port", "none"]),
}
"""What stands in the place of a part of a route."""
MADE_OF_CATALOGUE: Final = ("/{area}/developers", "/{area}/data/dashboard", "/{area}/opendata/use")
"""Pages that show the catalogue as everybody sees it, whoever looks."""
QUERIES: Final[Mapping[str, Callable[[Draw], str]]] = {
    "q": lambda draw: draw.one(NAMES),
    "layer": lambda draw: draw.one(["Bench", "Shelter", "WeatherObserved", "Report", "Visit"]),
    "page": lambda draw: draw.one(["1", "2"]),
    "near": lambda draw: "141.0,35.33",
    "lat": lambda draw: "35.33",
    "long": lambda draw: "141.0",
    "kind": lambda draw: draw.one(["Shelter", "place", "shelter"]),
    "status": lambda draw: draw.one(["open", "closed"]),
    "extensions": lambda draw: "true",
    "service_code": lambda draw: draw.one(["road", "light"]),
    "only": lambda draw: draw.one(["places", "others"]),
    "run": lambda draw: draw.one(["list", "one", "past", "csv", "items", "query"]),
    "queue": lambda draw: draw.one(["new", "all"]),
    "category": lambda draw: draw.one(["road", "light"]),
}
"""What may stand behind a question mark; a page that does not know a name ignores it."""
_PART: Final = re.compile(r"\{(\w+)(?::\w+)?\}")


_OF_A_SET: Final = (
    *("records.csv", "records.csv-metadata.json", "records.geojson", "records.jsonl", "datapackage.json"),
    *("changes", "changes.csv", "changes.json", "feed.atom", "feed.json", "schema.jsonld"),
)
FILES: Final = {
    f"/{{area}}/{page.path}": page.asks
    for service in (maps, opendata)
    for page in service.pages
    if page.is_file and page.asks is not None
}
"""What the addresses of files may say: they refuse what they do not know."""
SAME_FOR_ALL: Final = frozenset(
    f"/{{area}}/data{rest}"
    for rest in ("", "/feed.atom", "/feed.json", "/{id}", *(f"/{{id}}/{name}" for name in _OF_A_SET))
)
"""Pages and files that show what everybody sees, whoever asks."""


def face_of(route: str) -> str:
    """The face that a route of the site belongs to."""
    if route in SAME_FOR_ALL:
        return "open data"
    known = {"open311": "open311", "ogc": "ogc"} | dict.fromkeys(
        ("ckan", "catalog", "developers"), "open data"
    )
    if route.startswith(MADE_OF_CATALOGUE):
        return "open data"
    return next((face for part, face in known.items() if route.startswith(f"/{{area}}/{part}")), "site")


def of_route(route: str, draw: Draw) -> Asked:
    """A question to a route of the site that shows something. Raises KeyError for a part of a route that nobody has said what it is."""
    face = face_of(route)
    parts = {**PARTS, **asked_of_ogc.PARTS}
    if route.startswith("/{area}/catalog") or route in SAME_FOR_ALL:
        parts |= asked_of_ckan.DOCUMENTS
    path = _PART.sub(lambda part: quote(parts[part[1]](draw), safe=":"), route)
    if route.startswith(MADE_OF_CATALOGUE):
        return Asked(face, route, "GET", target_of(path, {"run": QUERIES["run"](draw)}))
    if route in SAME_FOR_ALL:
        told = {"q": draw.one(NAMES)} if route == "/{area}/data" and draw.perhaps(0.5) else {}
        told |= {"since": draw.one(["2026-11-01", "2026-11-21"])} if "/changes." in route else {}
        return Asked(face, route, "GET", target_of(path, told))
    if face == "open data":
        return Asked(face, route, "GET", target_of(*asked_of_ckan.question(path, draw)))
    if face == "ogc":
        told = {name: asked_of_ogc.QUERIES[name](draw) for name in asked_of_ogc.names_for(route, draw)}
        return Asked(face, route, "GET", target_of(path, told))
    known = FILES.get(route)
    there = [one for one in QUERIES if known is None or one in known]
    names = draw.some(there, min(draw.one([0, 1, 1, 2]), len(there)))
    if route.endswith("/search") and "q" not in names:
        names.append("q")
    return Asked(face, route, "GET", target_of(path, {name: QUERIES[name](draw) for name in names}))


ALONE: Final[Mapping[str, str]] = {
    "/metrics": "figures of the process",
    "/health/live": "the process",
    "/health/ready": "the process",
    "/openapi.json": "what is declared",
    "/version": "the release",
    "/{area}/desk/audit": "the log itself, for who looks after it",
    "/{area}/desk/audit.csv": "the log itself",
    "/{area}/my/data": "who read what of somebody, out of the log",
    "/{area}/my/data.zip": "the same",
    "/{area}/my/mandates": "accounts, by ids that are drawn",
    "/{area}/audit/head": "how many lines the log has",
    **{
        f"/{{area}}/live/{page.path}": "a stream of how often a page changed, which lasts: tests/portal/test_open_pages.py"
        for service in ALL
        for page in service.pages
        if page.live is not None
    },
    "/{area}/base-map/style.json": "how a file of the operator is drawn",
    "/{area}/base-map/{z:int}/{x:int}/{y:int}": "a part of a file of the operator",
}
"""Routes that tell of the node or of its log, of which each node has its own."""
NO_ENTITIES: Final = frozenset(
    {
        *("listContexts", "serveContext", "retrieveSourceIdentity", "retrieveConformance", "resources"),
        # registrations are for the town hall, whole; a subscription is told to whose it is
        *("queryCSR", "retrieveCSR", "queryCSRSubscription", "retrieveCSRSubscription", "retrieveCSRDeadLetters"),
        *("querySubscription", "retrieveSubscription", "listSubscriptions", "retrieveSubscription", "retrieveDeadLetters"),
        *("listRegistrations", "retrieveRegistration", "takeSourceNotification"),
        # ids alone, as they were found when the map was made
        *("retrieveEntityMap", "updateEntityMap", "deleteEntityMap"),
    }
)  # fmt: skip
"""Operations that read, and tell of no entities."""
