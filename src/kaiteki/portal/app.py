"""The portal as one Starlette application: every address of it in one table."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from kaiteki.portal.answers import PageOf, endpoint
from kaiteki.portal.freshness import freshly
from kaiteki.portal.guard import SIGN_INS_PER_MINUTE_MAX
from kaiteki.portal.live import stream_of
from kaiteki.portal.pages import (
    access,
    api_keys,
    app_code,
    audit,
    audit_search,
    channels,
    counter,
    desk,
    desk_purpose,
    developers,
    entering,
    erasing,
    fields,
    hall,
    helped,
    home,
    keys,
    known,
    mandates,
    map_tiles,
    my,
    password,
    places,
    providers,
    search,
    second_factor,
    sessions,
    shell,
    subscriptions,
)
from kaiteki.portal.pages.desk_purpose import for_a_purpose
from kaiteki.portal.pages.mandates import alone
from kaiteki.portal.pages.service import page_of
from kaiteki.portal.pages.unsent import RESUMED, keep, resuming
from kaiteki.portal.site import Parts, Site

OWN_PAGES: tuple[tuple[str, PageOf], ...] = (
    ("/", home.start),
    ("/static/{path:path}", hall.static),
    ("/{area}/", home.home),
    ("/{area}", home.home),
    ("/{area}/look.css", hall.look),
    ("/{area}/outline.geojson", hall.outline),
    ("/{area}/base-map/style.json", map_tiles.style),
    ("/{area}/base-map/{z:int}/{x:int}/{y:int}", map_tiles.tile),
    ("/{area}/search", search.search),
    ("/{area}/map", places.map_page),
    ("/{area}/things/{type}/{id:path}", places.thing),
    ("/{area}/field/{field}", fields.field),
    ("/{area}/services", hall.services),
    ("/{area}/accessibility", hall.accessibility),
    ("/{area}/developers", developers.overview),
    ("/{area}/developers/apis/{api}", developers.one_api),
    ("/{area}/developers/data/{name}", developers.one_set),
    ("/{area}/about", hall.about),
    ("/{area}/known", known.known),
    ("/{area}/audit", audit.audit),
    ("/{area}/audit/line", audit.line),
    ("/{area}/offline", hall.offline),
    ("/{area}/manifest.webmanifest", shell.manifest),
    ("/{area}/icon-{size:int}.png", shell.icon_file),
    ("/{area}/icon-{size:int}-cut.png", shell.icon_file),
    ("/{area}/sw.js", shell.service_worker),
    ("/{area}/my", my.my_page),
    ("/{area}/my/letters/{id}", channels.letter),
    ("/{area}/sign-in/with/{provider}", providers.begin),
    ("/{area}/sign-in/from/{provider}", providers.come_back),
    ("/{area}/sign-in/left", providers.left),
    ("/{area}/sign-in/leave/{provider}", providers.leave),
    ("/{area}/passkey", entering.challenge),
    ("/{area}/files/{digest}", hall.file),
    ("/{area}/desk", desk.start),
    ("/{area}/desk/known", known.desk_known),
    ("/{area}/desk/audit", audit_search.desk_audit),
    ("/{area}/desk/audit.csv", audit_search.audit_file),
    ("/{area}/desk/access", access.listing),
    ("/{area}/my/mandates/done", helped.done),
    ("/{area}/desk/factors", second_factor.listing),
    ("/{area}/my/second-factor", second_factor.owed),
    ("/{area}/desk/subscriptions", subscriptions.listing),
    ("/{area}/desk/{service}/{type}.csv", for_a_purpose(desk.table_file)),
    ("/{area}/desk/{service}/{type}", for_a_purpose(desk.listing)),
    ("/{area}/desk/{service}/{type}/{id:path}", for_a_purpose(desk.one)),
)
"""The portal's own pages that only show."""
STOP = "/{area}/messages/stop/{mark}"
"""What a mail program posts to by itself (RFC 8058): such a form has no token, and does this one thing."""
FORMS: tuple[tuple[str, PageOf], ...] = (
    ("/{area}/desk/recovery", counter.desk),
    ("/{area}/my/password", password.password),
    ("/{area}/my/erase", erasing.erase),
    ("/{area}/my/providers", providers.own),
    ("/{area}/my/api-keys", api_keys.own),
    ("/{area}/my/messages", channels.own),
    (STOP, channels.stop),
    ("/{area}/my/keys", keys.keys),
    ("/{area}/my/sessions", sessions.sessions),
    ("/{area}/my/app-code", app_code.app_code),
    ("/{area}/my/mandates", mandates.mandates),
    ("/{area}/desk/mandates", mandates.counter),
    ("/{area}/desk/subscriptions/{id:path}", subscriptions.one),
    ("/{area}/desk/{service}/do/{command}", desk.do),
)
"""Pages that show a form and take it."""
ENTRANCES: tuple[tuple[str, PageOf], ...] = (
    ("/{area}/sign-in", my.sign_in),
    ("/{area}/register", entering.register),
    ("/{area}/recover", counter.recover),
)
"""Forms of those who are not known yet: few of them from one address."""
ACTS: tuple[tuple[str, PageOf], ...] = (
    ("/{area}/sign-out", my.sign_out),
    ("/{area}/my/forget", my.forget),
    ("/{area}/desk/purpose", desk_purpose.choose),
)
"""What only takes a form: a link or a picture that names such an address does nothing."""


def portal(parts: Parts) -> Starlette:
    """The application of a node's portal. Mount it last: it answers every path, with an error page where there is nothing."""
    site = Site(parts)
    forms = [(path, alone(path, freshly(path, page))) for path, page in FORMS]
    overdue = {STOP: channels.stop_by_mail}
    routes = [
        Route(
            path,
            endpoint(site, resuming(page), overdue=keep)
            if path in RESUMED
            else endpoint(site, page, overdue=overdue.get(path)),
            methods=["GET", "POST"],
        )
        for path, page in forms
    ]
    routes += [Route(path, endpoint(site, alone(path, page)), methods=["POST"]) for path, page in ACTS]
    routes += [Route(path, endpoint(site, alone(path, page)), methods=["GET"]) for path, page in OWN_PAGES]
    routes += [
        Route(path, endpoint(site, alone(path, page), SIGN_INS_PER_MINUTE_MAX), methods=["GET", "POST"])
        for path, page in ENTRANCES
    ]
    routes.append(Route("/{area}/my/acting", endpoint(site, mandates.act_for), methods=["POST"]))
    stream = stream_of(site.open_pages)
    for service in site.services:
        routes += [
            Route(
                "/{area}/live/" + page.path.strip("/"),
                endpoint(site, page_of(service, page, stream), is_file=True),
                methods=["GET"],
            )
            for page in service.pages
            if page.live is not None
        ]
        routes += [
            Route(
                "/{area}/" + page.path.strip("/"),
                endpoint(
                    site, resuming(page_of(service, page)), page.posts_per_minute_max, page.is_file, keep
                ),
                methods=["GET", "POST"] if page.act else ["GET"],
            )
            for page in service.pages
        ]
    nothing = endpoint(site, hall.missing)
    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    routes.append(Route("/{area}/{rest:path}", nothing, methods=every))
    routes.append(Route("/{rest:path}", nothing, methods=every))
    made = Starlette(routes=routes)
    made.state.open_pages = site.open_pages
    return made
