"""Where the walk over every page of a node goes: a row for each page of the portal and of the services, with its states.

A page that is added to a manifest gets a row here, else `test_walk` names it. A row says how the parameters of
its address are filled and who looks; a page that is only reached by steps is driven there (`drives`).
"""

from __future__ import annotations

from urllib.parse import quote

from drives import (
    APP_CODE,
    COMMAND,
    DESK,
    ERASE,
    MENU,
    OUTBOX,
    PASSWORD,
    RECOVERY,
    REGISTER,
    RELEASE,
    REPORT,
    THEME,
    Drive,
)
from drives import SIGN_IN as WRONG_PASSWORD
from looks import NOBODY, Look, anybody, clerk, further, refused
from walk_back import BACK_OF_DATA, BACK_OF_MAPS
from walk_counter import COUNTER
from walk_maps import MAPS
from walk_messages import ROWS as MESSAGES
from walk_participation import PARTICIPATION
from walk_points import POINTS
from walk_trust import TRUST
from walked_town import CLERK, RESIDENT, STATES

from kaiteki.main.parts import SERVICES
from kaiteki.portal.app import ENTRANCES, FORMS, OWN_PAGES


def declared() -> tuple[str, ...]:
    """The address of every page of the portal and of the services, as the routes have it, in their order."""
    own = (*(path for path, _ in FORMS), *(path for path, _ in OWN_PAGES), *(path for path, _ in ENTRANCES))
    return (*own, *("/{area}/" + page.path for service in SERVICES for page in service.pages))


PORTAL: dict[str, tuple[Look | Drive, ...]] = {
    "/": anybody("/"),
    "/static/{path:path}": anybody("/static/kaiteki.css"),
    "/{area}": anybody("/demo"),
    "/{area}/": anybody("/demo/", "/chiba/"),
    "/{area}/look.css": anybody("/demo/look.css"),
    "/{area}/outline.geojson": anybody("/demo/outline.geojson"),
    "/{area}/search": anybody(
        "/demo/search",
        "/demo/search?q=zzzz",
        *(f"/demo/search?q={quote(word)}" for word in ("小学校", "トイレ", "街灯が消えている")),
        f"/demo/search?q={quote('知らせ')}&only=others",
    ),
    "/{area}/map": anybody(
        "/demo/map?layer=EvacuationSite",
        "/demo/map?layer=WeatherObserved&near=35.35,141.05",
        "/demo/map?layer=Report",
        "/demo/map?layer=Report&q=zzzz&near=x",
        "/chiba/map",
    ),
    "/{area}/things/{type}/{id:path}": anybody("/demo/things/WeatherObserved/{sensor}"),
    "/{area}/field/{field}": anybody(
        *(f"/demo/field/{field}" for field in ("life", "business", "learning", "town", "hall"))
    ),
    "/{area}/services": (*anybody("/demo/services"), MENU),
    "/{area}/accessibility": anybody("/demo/accessibility"),
    "/{area}/developers": anybody("/demo/developers", "/chiba/developers"),
    "/{area}/developers/apis/{api}": anybody(
        "/demo/developers/apis/ngsi-ld?run=list",
        "/demo/developers/apis/files?run=csv",
        "/demo/developers/apis/mcp?run=query",
        "/chiba/developers/apis/ngsi-ld",
    ),
    "/{area}/developers/data/{name}": (
        *anybody("/demo/developers/data/{data}?run=csv"),
        Look("/demo/developers/data/none", status=404),
    ),
    "/{area}/about": anybody("/demo/about", "/chiba/about"),
    "/{area}/known": anybody("/demo/known", "/chiba/known"),
    "/{area}/audit": anybody("/demo/audit"),
    "/{area}/audit/line": (
        *clerk("/demo/audit/line"),
        refused("/demo/audit/line?line=x", 404, CLERK),
    ),
    "/{area}/offline": anybody("/demo/offline"),
    "/{area}/manifest.webmanifest": anybody("/demo/manifest.webmanifest"),
    "/{area}/icon-{size:int}.png": anybody("/demo/icon-192.png"),
    "/{area}/icon-{size:int}-cut.png": anybody("/demo/icon-512-cut.png"),
    "/{area}/sw.js": anybody("/demo/sw.js"),
    "/{area}/base-map/style.json": (refused("/demo/base-map/style.json", 404),),
    "/{area}/base-map/{z:int}/{x:int}/{y:int}": (refused("/demo/base-map/1/0/0", 404),),
}
"""The pages of the portal itself that show a town, whatever services there are."""
OWN: dict[str, tuple[Look | Drive, ...]] = {
    "/{area}/my": (*clerk("/demo/my"), Look("/demo/my", RESIDENT)),
    **MESSAGES,
    "/{area}/my/mandates": (Look("/demo/my/mandates", RESIDENT),),
    "/{area}/my/mandates/done": (Look("/demo/my/mandates/done", RESIDENT),),
    "/{area}/desk/mandates": clerk("/demo/desk/mandates"),
    "/{area}/my/erase": (Look("/demo/my/erase", RESIDENT), *anybody("/demo/my/erase"), ERASE),
    "/{area}/my/password": (*clerk("/demo/my/password"), PASSWORD),
    "/{area}/my/api-keys": (*clerk("/demo/my/api-keys"), Look("/demo/my/api-keys", RESIDENT)),
    "/{area}/my/providers": (*clerk("/demo/my/providers"), Look("/demo/my/providers", RESIDENT)),
    "/{area}/sign-in/with/{provider}": (refused("/demo/sign-in/with/nobody", 404),),
    "/{area}/sign-in/left": anybody("/demo/sign-in/left"),
    "/{area}/sign-in/leave/{provider}": (refused("/demo/sign-in/leave/nobody", 404),),
    "/{area}/sign-in/from/{provider}": (refused("/demo/sign-in/from/nobody", 404),),
    "/{area}/my/keys": clerk("/demo/my/keys"),
    "/{area}/my/sessions": clerk("/demo/my/sessions"),
    "/{area}/my/app-code": (*clerk("/demo/my/app-code"), APP_CODE),
    "/{area}/passkey": (refused("/demo/passkey?for=sign-in", 404),),
    "/{area}/sign-in": (*anybody("/demo/sign-in"), WRONG_PASSWORD),
    "/{area}/recover": (*anybody("/demo/recover"), RECOVERY),
    "/{area}/desk/recovery": (*clerk("/demo/desk/recovery"), refused("/demo/desk/recovery", 403, RESIDENT)),
    "/{area}/register": (*anybody("/demo/register"), REGISTER),
    "/{area}/files/{digest}": anybody("/demo/files/{photo}"),
    "/{area}/desk": (
        *clerk("/demo/desk"),
        Look("/demo/desk", NOBODY, 401),
        Look("/demo/desk", RESIDENT, 403),
    ),
    "/{area}/desk/known": (
        *clerk("/demo/desk/known", "/chiba/desk/known"),
        refused("/demo/desk/known", 403, RESIDENT),
    ),
    "/{area}/desk/audit": (
        *clerk("/demo/desk/audit", f"/demo/desk/audit?what=read&actor={CLERK}"),
        refused("/demo/desk/audit?actor=zzz&subject=zzz&since=zzz&until=2001-01-01", 422, CLERK),
        refused("/demo/desk/audit", 403, RESIDENT),
    ),
    "/{area}/desk/audit.csv": clerk("/demo/desk/audit.csv"),
    "/{area}/desk/access": (
        *clerk("/demo/desk/access", "/demo/desk/access?type=Report"),
        refused("/demo/desk/access", 403, RESIDENT),
    ),
    "/{area}/desk/factors": (*clerk("/demo/desk/factors"), refused("/demo/desk/factors", 403, RESIDENT)),
    "/{area}/my/second-factor": clerk("/demo/my/second-factor"),
    "/{area}/desk/subscriptions": (
        *clerk("/demo/desk/subscriptions", "/chiba/desk/subscriptions"),
        refused("/demo/desk/subscriptions", 403, RESIDENT),
    ),
    "/{area}/desk/subscriptions/{id:path}": (
        *clerk("/demo/desk/subscriptions/{subscription}"),
        refused("/demo/desk/subscriptions/urn:none", 404, CLERK),
    ),
    "/{area}/desk/{service}/{type}.csv": clerk("/demo/desk/reports/Report.csv"),
    "/{area}/desk/{service}/{type}": (
        *clerk("/demo/desk/reports/Report", "/demo/desk/reports/Report?q=zzzz"),
        refused("/demo/desk/reports/ReportContact", 403, CLERK),
        *further(
            CLERK,
            "/demo/desk/reports/ReportTheme",
            "/demo/desk/opendata/PublicToilet",
            "/demo/desk/opendata/DataSet",
            "/demo/desk/environment/WeatherObserved",
        ),
    ),
    "/{area}/desk/{service}/{type}/{id:path}": clerk(
        "/demo/desk/reports/Report/{report}",
        "/demo/desk/opendata/PublicToilet/{toilet}",
        "/demo/desk/environment/WeatherObserved/{sensor}",
    ),
    "/{area}/desk/{service}/do/{command}": (
        *clerk(
            "/demo/desk/reports/do/begin_disaster",
            "/demo/desk/reports/do/make_task?id=urn:ngsi-ld:Report:{office}",
            "/demo/desk/opendata/do/correct_mapping",
        ),
        COMMAND,
    ),
}
"""The pages of the portal itself for who signs in, and the desk."""
REPORTS: dict[str, tuple[Look | Drive, ...]] = {
    "reports/new": (REPORT, Look("/demo/reports/new?category=park")),
    "reports/new/place": (REPORT,),
    "reports/new/asset": (REPORT,),
    "reports/new/known": (REPORT,),
    "reports/new/photo": (REPORT,),
    "reports/new/check": (REPORT,),
    "reports/done/{number}": (REPORT,),
    "reports/new/offline": (OUTBOX,),
    "my/reports": (REPORT, Look("/demo/my/reports", CLERK)),
    "reports": anybody(
        "/demo/reports", "/demo/reports?state=closed&within=500&lat=35.35&lon=141.05", "/demo/reports?q=zzzz"
    ),
    "reports/tasks": anybody("/demo/reports/tasks", "/chiba/reports/tasks"),
    "reports/themes": anybody("/demo/reports/themes", "/chiba/reports/themes"),
    "reports/statistics": anybody("/demo/reports/statistics", "/chiba/reports/statistics"),
    "reports/statistics.csv": anybody("/demo/reports/statistics.csv"),
    "reports/desk": (
        *clerk(
            "/demo/reports/desk",
            "/demo/reports/desk?queue=ended&q=zzzz",
            "/demo/reports/desk?queue=open&open={received}",
            "/demo/reports/desk?open=R-1",
        ),
        *further(CLERK, *(f"/demo/reports/desk?queue=open&open={{{state}}}" for state in STATES)),
        DESK,
    ),
    "reports/desk/round": clerk(
        "/demo/reports/desk/round",
        "/demo/reports/desk/round?queue=open&here_lat=35.35&here_lon=141.05&order=route",
    ),
    "reports/desk/sheet": clerk(
        "/demo/reports/desk/sheet",
        "/demo/reports/desk/sheet?number={completed}",
        "/demo/reports/desk/sheet?number=x",
    ),
    "reports/desk/replies": clerk("/demo/reports/desk/replies"),
    "reports/desk/themes": (*clerk("/demo/reports/desk/themes?edit={theme}"), THEME),
    "reports/damage": clerk("/demo/reports/damage"),
    "reports/desk.csv": clerk("/demo/reports/desk.csv"),
    "reports/desk.js": clerk("/demo/reports/desk.js"),
    "reports/{number}": (
        *anybody(*(f"/demo/reports/{{{state}}}" for state in ("task", "witnessed", "duplicate"))),
        *(Look(f"/demo/reports/{{{state}}}", RESIDENT) for state in ("task", "completed", "closed")),
        *clerk("/demo/reports/{hidden}"),
        refused("/demo/reports/R-1", 404),
    ),
}
OPEN_DATA: dict[str, tuple[Look | Drive, ...]] = {
    "places": (
        *anybody(
            "/demo/places",
            "/demo/places?kind=shelter&near=35.35,141.05",
            "/demo/places?q=zzzz",
            "/chiba/places",
        ),
        refused("/demo/places?near=abc&hazard=dragons", 400),
    ),
    "places.csv": anybody("/demo/places.csv"),
    "places.geojson": anybody("/demo/places.geojson"),
    "places/{id:path}": anybody("/demo/places/{place}", "/demo/places/{toilet}"),
    "data": (*anybody("/demo/data", "/chiba/data"), Look("/demo/data?page=-1&sort=x", status=400)),
    "data/requests": (
        *anybody(
            "/demo/data/requests", "/demo/data/requests?state=published&sort=wanted", "/chiba/data/requests"
        ),
        Look("/demo/data/requests", RESIDENT),
    ),
    "data/requests/feed.atom": anybody("/demo/data/requests/feed.atom"),
    "data/requests/feed.json": anybody("/demo/data/requests/feed.json"),
    "data/requests/new": anybody("/demo/data/requests/new"),
    "data/requests/{number}": (
        *anybody("/demo/data/requests/{wish}"),
        Look("/demo/data/requests/{wish}", RESIDENT),
        refused("/demo/data/requests/Y-2000-00001", 404),
    ),
    "opendata/requests": clerk(
        "/demo/opendata/requests",
        "/demo/opendata/requests?open={wish}",
        "/demo/opendata/requests?open={unread}",
        "/demo/opendata/requests?queue=ended",
    ),
    "data/dashboard": (
        *anybody("/demo/data/dashboard", "/chiba/data/dashboard"),
        refused("/demo/data/dashboard?from=2027-01&to=2026-01", 400),
    ),
    "data/dashboard.csv": anybody("/demo/data/dashboard.csv"),
    "opendata/use": clerk("/demo/opendata/use", "/chiba/opendata/use"),
    "opendata/use.csv": clerk("/demo/opendata/use.csv"),
    "data/{id}": (
        *anybody("/demo/data/{data}"),
        *clerk("/demo/data/{data}"),
        Look("/demo/data/none", status=404),
    ),
    "data/{id}/schema.jsonld": anybody("/demo/data/{data}/schema.jsonld"),
    "data/{id}/records.csv": anybody("/demo/data/{data}/records.csv"),
    "data/{id}/records.xlsx": anybody("/demo/data/{data}/records.xlsx"),
    "data/{id}/records.csv-metadata.json": anybody("/demo/data/{data}/records.csv-metadata.json"),
    "data/{id}/datapackage.json": anybody("/demo/data/{data}/datapackage.json"),
    "data/{id}/records.geojson": anybody("/demo/data/{data}/records.geojson"),
    "data/{id}/records.jsonl": anybody("/demo/data/{data}/records.jsonl"),
    "data/feed.atom": anybody("/demo/data/feed.atom"),
    "data/feed.json": anybody("/demo/data/feed.json"),
    "data/{id}/feed.atom": anybody("/demo/data/{data}/feed.atom"),
    "data/{id}/feed.json": anybody("/demo/data/{data}/feed.json"),
    "data/{id}/changes": anybody("/demo/data/{data}/changes", "/demo/data/MapLayer/changes"),
    "data/{id}/changes.csv": anybody("/demo/data/{data}/changes.csv?since=2026-11-01"),
    "data/{id}/changes.json": anybody("/demo/data/{data}/changes.json?since=2026-11-01"),
    "data/{id}/records.gpkg": anybody("/demo/data/{data}/records.gpkg"),
    "data/{id}/records.parquet": anybody("/demo/data/{data}/records.parquet"),
    "data/{id}/lineage": (
        *anybody(
            "/demo/data/{data}/lineage", "/demo/data/{data}/lineage?line=3", "/demo/data/MapLayer/lineage"
        ),
        refused("/demo/data/{data}/lineage?line=x", 400),
        Look("/demo/data/none/lineage", status=404),
    ),
    "data/{id}/lineage.jsonld": anybody("/demo/data/{data}/lineage.jsonld"),
    "data/{id}/gtfs.zip": (refused("/demo/data/{data}/gtfs.zip", 404),),
    "data/{id}/quality": clerk("/demo/data/{data}/quality"),
    "data/{id}/readability": (
        *anybody("/demo/data/{data}/readability"),
        *clerk("/demo/data/{data}/readability"),
    ),
    "opendata/files": clerk("/demo/opendata/files"),
    "opendata/files/{id}": clerk("/demo/opendata/files/{delivery}"),
    "opendata/files/{id}/review": clerk("/demo/opendata/files/{undecided}/review"),
    "opendata/files/{id}/table.csv": clerk("/demo/opendata/files/{delivery}/table.csv"),
    "opendata/files/{id}/original": clerk("/demo/opendata/files/{delivery}/original"),
    "opendata/harvest": clerk("/demo/opendata/harvest"),
    "opendata/harvest/{id}": clerk("/demo/opendata/harvest/{source}"),
    "opendata/catalogues": clerk("/demo/opendata/catalogues"),
    "opendata/catalogues/{id}": clerk("/demo/opendata/catalogues/urn:ngsi-ld:HarvestCatalogue:next"),
    "opendata/inventory": clerk("/demo/opendata/inventory"),
    "opendata/inventory.csv": clerk("/demo/opendata/inventory.csv"),
    "opendata/inventory.xlsx": clerk("/demo/opendata/inventory.xlsx"),
    "opendata/check": clerk("/demo/opendata/check"),
    "data/{id}/describe": clerk("/demo/data/{data}/describe"),
    "data/{id}/mapping": clerk("/demo/data/{data}/mapping"),
    "opendata/release": (*clerk("/demo/opendata/release"), RELEASE),
    "opendata/release/{id}": (RELEASE,),
    "opendata/budgets": (*clerk("/demo/opendata/budgets"), RELEASE),
    "statistics/{id}": (RELEASE,),
    "statistics/{id}/table.csv": (refused("/demo/statistics/none/table.csv", 404),),
    "statistics/{id}/table.csv-metadata.json": (
        refused("/demo/statistics/none/table.csv-metadata.json", 404),
    ),
}
WALKS: dict[str, dict[str, tuple[Look | Drive, ...]]] = {
    "portal": PORTAL,
    "own": OWN,
    **{
        name: {"/{area}/" + path: states for path, states in rows.items()}
        for name, rows in {
            "reports": REPORTS,
            "opendata": OPEN_DATA | BACK_OF_DATA,
            "maps": MAPS | BACK_OF_MAPS,
            "participation": PARTICIPATION,
            "points": POINTS,
            "trust": TRUST,
            "counter": COUNTER,
        }.items()
    },
}
"""Every page by its address, with the states in which it is looked at; `test_walk_<part>` goes each part."""
STRICKEN: tuple[Look, ...] = (
    Look("/demo/"),
    Look("/demo/reports/new"),
    Look("/demo/reports"),
    Look("/demo/reports/{damage}"),
    Look("/demo/reports/new/offline"),
    Look("/demo/reports/damage", CLERK),
    Look("/demo/reports/desk?queue=open&open={damage}", CLERK),
)
"""What looks otherwise while a disaster is declared."""
