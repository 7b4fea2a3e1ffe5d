"""What every address of a node answers with, so that no browser takes it for something else or keeps what is of one person."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from trial_site import PASSWORD, TrialSite, open_site
from walk import declared

from kaiteki.api.harbour import APART, Harbour
from kaiteki.portal.app import FORMS, OWN_PAGES
from kaiteki.portal.guard import BROWSER_COOKIE, SESSION_COOKIE
from node_under_test import NodeUnderTest
from reader import Answer, Reader

PORTAL = Path(__file__).parents[2] / "src" / "kaiteki" / "portal"
FILLED = {
    "{area}": "demo",
    "{path:path}": "kaiteki.css",
    "{type}": "Garden",
    "{id:path}": "urn:ngsi-ld:Garden:1",
    "{field}": "town",
    "{size:int}": "192",
    "{digest}": "0" * 64,
    "{service}": "garden",
    "{command}": "visit",
}
PROGRAMS = (
    "/openapi.json",
    "/metrics",
    "/health/ready",
    "/mcp",
    "/api/v1/demo/commands",
    "/demo/open311/v2/discovery.json",
    "/demo/open311/v2/services.json",
    "/demo/look.css",
    "/demo/outline.geojson",
    "/demo/manifest.webmanifest",
    "/demo/icon-192.png",
    "/nowhere",
    "/demo/nowhere/at/all",
)
JINJA = re.compile(r"\{[%#{].*?[%#}]\}", re.DOTALL)
# (a block of data is no code: browsers run none of it, and no policy of content is asked about it)
INLINE = re.compile(
    r"<style\b|<script(?![^>]*(?:\bsrc=|\btype=\"application/ld\+json\"))|\son[a-z]+\s*=|\sstyle\s*=|javascript:",
    re.IGNORECASE,
)


class Harboured:
    """A browser that reads over HTTPS: cookies with the attribute Secure are kept and sent."""

    def __init__(self, site: TrialSite, scheme: str) -> None:
        harbour = Harbour(site.app)

        async def app(scope: dict[str, object], receive: object, send: object) -> None:
            await harbour({**scope, "scheme": scheme}, receive, send)

        self.reader = Reader(app)


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


def filled(path: str) -> str:
    """An address of a route with names of the trial town."""
    for name, value in FILLED.items():
        path = path.replace(name, value)
    return re.sub(r"\{[^}]*\}", "urn:ngsi-ld:Garden:1", path)


def check(answer: Answer, https: bool = False) -> None:
    """What no answer may lack."""
    headers = answer.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] in ("same-origin", "cross-origin")
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    kind = headers.get("content-type", "")
    if kind.startswith("text/html"):
        assert (
            "object-src 'none'" in policy and "base-uri 'none'" in policy and "form-action 'self'" in policy
        )
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "publickey-credentials-get=(self)" in headers["permissions-policy"]
        assert INLINE.findall(answer.text) == []
    elif "javascript" not in kind:
        assert policy == APART
    assert ("strict-transport-security" in headers) is https
    assert ("cross-origin-opener-policy" in headers) is https


async def test_every_page_has_the_headers(site: TrialSite) -> None:
    """Every route of the portal, for a stranger and for a clerk; what shows a person is kept by no cache."""
    paths = sorted(
        {
            filled(path)
            for path in (
                *(path for path, _ in (*OWN_PAGES, *FORMS)),
                "/demo/sign-in",
                "/demo/gardens",
                "/demo/x",
            )
        }
    )
    assert len(paths) > 25
    stranger, clerk = Reader(Harbour(site.app)), Reader(Harbour(site.app))
    await clerk.sign_in("desk", PASSWORD)
    for path in paths:
        for reader in (stranger, clerk):
            check(await reader.get(path))


async def test_a_page_of_another_origin_may_read_with_a_key_and_write_nothing(site: TrialSite) -> None:
    """The preflight of the fetch standard: reading may be tried without cookies, with a key and with conditions."""

    def asking(**said: str) -> Reader:
        return Reader(Harbour(site.app), origin="https://app.example", **said)

    read, write = "access-control-request-method", {"access-control-request-method": "POST"}
    for method in ("GET", "HEAD"):
        answer = await asking(**{read: method}).ask("OPTIONS", "/demo/open311/v2/services.json")
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, "*")
        assert "x-api-key" in allowed and "if-none-match" in allowed
        assert "access-control-allow-credentials" not in answer.headers
    for said in (write, {}):
        answer = await asking(**said).ask("OPTIONS", "/demo/open311/v2/services.json")
        assert "access-control-allow-methods" not in answer.headers and answer.status >= 400


async def test_personal_pages_are_kept_by_nobody(site: TrialSite) -> None:
    clerk = Reader(Harbour(site.app))
    await clerk.sign_in("desk", PASSWORD)
    for path in (
        "/demo/",
        "/demo/my",
        "/demo/desk",
        "/demo/desk/garden/Garden",
        "/demo/desk/garden/Garden.csv",
    ):
        assert (await clerk.get(path)).headers["cache-control"] == "private, no-store", path
    assert (await Reader(Harbour(site.app)).get("/demo/my")).headers["cache-control"] == "private, no-store"
    assert (await Reader(Harbour(site.app)).get("/demo/")).headers["cache-control"] == "private, no-cache"


async def test_cookies_over_https_are_of_this_host_alone(site: TrialSite) -> None:
    safe, plain = Harboured(site, "https").reader, Harboured(site, "http").reader
    for reader in (safe, plain):
        assert (await reader.sign_in("desk", PASSWORD)).status == 303
        assert "見本 花子" in (await reader.get("/demo/my")).text
    assert {name.removeprefix("__Host-") for name in safe.cookies} == set(plain.cookies)
    assert all(name.startswith("__Host-") for name in safe.cookies) and SESSION_COOKIE in plain.cookies
    for line in safe.set_cookies:
        assert "; Secure" in line and "Path=/" in line and "HttpOnly" in line and "domain" not in line.lower()
        assert "samesite=lax" in line.lower()
    forged = Harboured(site, "https").reader
    forged.cookies = {
        name: value for name, value in plain.cookies.items() if name in (SESSION_COOKIE, BROWSER_COOKIE)
    }
    assert "見本 花子" not in (await forged.get("/demo/my")).text, (
        "a cookie without the prefix was laid by somebody else"
    )


async def test_https_is_asked_for_where_there_is_https(site: TrialSite) -> None:
    for path in ("/demo/", "/demo/nowhere", "/demo/icon-192.png"):
        safe = await Harboured(site, "https").reader.get(path)
        check(safe, https=True)
        assert safe.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        check(await Harboured(site, "http").reader.get(path))


async def test_signing_out_clears_the_browser(site: TrialSite) -> None:
    clerk = Harboured(site, "https").reader
    await clerk.sign_in("desk", PASSWORD)
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', (await clerk.get("/demo/my")).text)
    assert token is not None
    left = await clerk.post("/demo/sign-out", {}, token[1])
    assert left.headers["clear-site-data"] == '"cache"' and left.status == 303
    assert "見本 花子" not in (await clerk.get("/demo/my")).text


async def test_downloads_say_their_name(site: TrialSite) -> None:
    clerk = Reader(Harbour(site.app))
    await clerk.sign_in("desk", PASSWORD)
    table = await clerk.get("/demo/desk/garden/Garden.csv")
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%-]+", table.headers["content-disposition"])
    assert table.headers["content-security-policy"] == APART


def test_programs_get_them_too(node: NodeUnderTest) -> None:
    """Over the wire, with what stands around the site of a node; refusals and errors as well."""
    for path in PROGRAMS:
        answer = node.ask("GET", path)
        check(Answer(answer.status, answer.headers, answer.body))


def test_a_proxy_that_is_named_says_that_it_speaks_https(node: NodeUnderTest) -> None:
    """Who is no proxy of the operator is not believed: nobody makes a browser hold on to HTTPS that is not there."""
    told = node.ask("GET", "/demo/", headers={"x-forwarded-proto": "https"})
    assert "strict-transport-security" not in told.headers and "__Host-" not in told.headers["set-cookie"]


def test_trace_is_not_spoken(node: NodeUnderTest) -> None:
    for path in ("/demo/", "/ngsi-ld/v1/entities", "/v2/entities", "/openapi.json"):
        answer = node.ask("TRACE", path, headers={"x-planted": "echo"})
        assert answer.status in (404, 405, 501) and b"echo" not in answer.body, path


def test_no_page_holds_a_script_or_style_of_its_own() -> None:
    folders = (PORTAL / "templates", *(PORTAL.parent / "services").glob("*/pages"))
    templates = [file for folder in folders for file in folder.rglob("*.html")]
    assert len(templates) > 30
    markup = {file.name: JINJA.sub("", file.read_text(encoding="utf-8")) for file in templates}
    assert {name: found for name, text in markup.items() if (found := INLINE.findall(text))} == {}


def test_scripts_write_no_markup() -> None:
    """Own scripts put text into pages as text; nothing of them is made from what others wrote."""
    scripts = [file for file in (PORTAL.parent).rglob("*.js") if "vendor" not in file.parts]
    writes = re.compile(
        r"\.innerHTML|\.outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function"
    )
    assert len(scripts) > 4
    assert [file.name for file in scripts if writes.search(file.read_text(encoding="utf-8"))] == []


def test_no_source_runs_what_it_reads() -> None:
    wrong = re.compile(r"\beval\(|\bexec\(|\bpickle\b|\bmarshal\b|shell=True|yaml\.load\(|os\.system\(")
    sources = list((PORTAL.parent).rglob("*.py"))
    assert len(sources) > 300
    assert [file.name for file in sources if wrong.search(file.read_text(encoding="utf-8"))] == []


def test_the_walk_knows_every_page() -> None:
    """The routes that are filled here are those of the portal itself; pages of services are made by the same hands."""
    assert {path for path, _ in (*OWN_PAGES, *FORMS)} <= set(declared())
