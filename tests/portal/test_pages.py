"""The pages answer, in three languages, to whom they may, and keep what is sent to them honest."""

import json
import re
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from urllib.parse import quote, urljoin

import pytest
from trial_site import PASSWORD, TrialSite, open_site

from kaiteki.model.area import FIELDS
from kaiteki.model.words import LANGUAGES
from kaiteki.portal.guard import BROWSER_COOKIE, SESSION_COOKIE
from kaiteki.portal.pages.entering import within
from kaiteki.portal.posted import FILE_SIZE_MAX_BYTES, PLAIN_BODY_SIZE_MAX_BYTES
from reader import TOKEN, Reader

PUBLIC = (
    "/",
    "/demo/",
    "/chiba/",
    "/demo/search",
    f"/demo/search?q={quote('庭')}",
    "/demo/search?q=zzz",
    "/demo/map",
    "/demo/map?layer=Shelter&near=35.35,141.05",
    f"/demo/map?q={quote('ここにない')}",
    "/demo/map?near=x",
    "/chiba/map",
    "/demo/things/Shelter/urn:ngsi-ld:Shelter:1",
    "/demo/field/town",
    "/demo/field/learning",
    "/demo/services",
    "/demo/accessibility",
    "/demo/developers",
    "/demo/known",
    "/chiba/known",
    "/demo/about",
    "/chiba/about",
    "/demo/offline",
    "/demo/sign-in",
    "/demo/gardens",
    "/demo/gardens/new",
    "/demo/gardens/urn:ngsi-ld:Garden:1",
)
STAFF = (
    "/demo/my",
    "/demo/desk",
    "/demo/desk/garden/Garden",
    f"/demo/desk/garden/Shelter?q={quote('港')}&sort=-name&page=1",
    "/demo/desk/garden/Garden/urn:ngsi-ld:Garden:1",
    "/demo/desk/garden/do/visit?id=urn:ngsi-ld:Garden:1",
    "/demo/desk/known",
    "/demo/rounds",
    "/demo/desk/subscriptions",
    "/demo/desk/subscriptions/urn:ngsi-ld:Subscription:doors",
    "/demo/desk/subscriptions/urn:ngsi-ld:Subscription:doors?throw=1",
)


@pytest.fixture
async def site() -> AsyncGenerator[TrialSite]:
    yield await open_site()


@pytest.fixture
async def clerk(site: TrialSite) -> Reader:
    reader = Reader(site.app)
    assert (await reader.sign_in("desk", PASSWORD)).status == 303
    return reader


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_answers_in_every_language(site: TrialSite, clerk: Reader, language: str) -> None:
    for reader, paths in ((Reader(site.app), PUBLIC), (clerk, STAFF)):
        await reader.get(f"/demo/?lang={language}")
        for path in paths:
            answer = await reader.get(path)
            assert answer.status == 200, path
            assert f'<html lang="{"en" if language == "en" else "ja"}"' in answer.text, path
            assert answer.text.count("<h1") == 1, path


class Links(HTMLParser):
    """Every address that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ("href", "src"):
            if given.get(name):
                self.found.add(str(given[name]))


async def test_no_link_leads_nowhere(site: TrialSite, clerk: Reader) -> None:
    waiting, seen, dead = ["/"], {"/"}, []
    while waiting:
        here = waiting.pop()
        answer = await clerk.get(here)
        if answer.status == 303:
            continue
        if answer.status != 200:
            dead.append(here)
        if "text/html" not in answer.headers["content-type"]:
            continue
        links = Links()
        links.feed(answer.text)
        for link in links.found:
            path = urljoin(here, link).partition("#")[0]
            shape = re.sub(r"[:=]\d+|:%3A\d+|lang=[a-z-]+|page=\d+", "", path)
            if (
                path.startswith("/")
                and not path.startswith(("/ngsi-ld", "/openapi", "/demo/ogc"))
                and shape not in seen
            ):
                seen.add(shape)
                waiting.append(path)
    assert dead == []
    assert len(seen) > 60


async def test_language_of_the_address_is_kept(site: TrialSite) -> None:
    reader = Reader(site.app)
    assert "Skip to main content" in (await reader.get("/demo/?lang=en")).text
    assert "Skip to main content" in (await reader.get("/demo/services")).text
    assert "本文へ" in (await reader.get("/demo/services?lang=ja")).text


async def test_headers_shut_out_what_is_not_ours(site: TrialSite) -> None:
    headers = (await Reader(site.app).get("/demo/")).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_cookies_are_out_of_reach_of_scripts(site: TrialSite, clerk: Reader) -> None:
    fresh = Reader(site.app)
    await fresh.get("/demo/")
    given = [line for line in fresh.set_cookies if line.startswith(BROWSER_COOKIE)]
    assert len(given) == 1
    assert "HttpOnly" in given[0] and "SameSite=lax" in given[0]
    assert SESSION_COOKIE in clerk.cookies


async def test_a_forged_browser_id_is_not_believed(site: TrialSite) -> None:
    reader = Reader(site.app)
    await reader.get("/demo/")
    reader.cookies[BROWSER_COOKIE] = reader.cookies[BROWSER_COOKIE][:-1] + "0z"
    await reader.get("/demo/")
    assert any(line.startswith(BROWSER_COOKIE) for line in reader.set_cookies)


async def test_a_form_is_kept_and_its_note_shown_once(site: TrialSite) -> None:
    reader = Reader(site.app)
    sent = await reader.post("/demo/gardens/new", {"name": "駅前の庭", "words": "ばら"})
    assert sent.status == 303
    shown = await reader.get(sent.headers["location"])
    assert "駅前の庭" in shown.text and "庭を記録しました" in shown.text
    assert "庭を記録しました" not in (await reader.get(sent.headers["location"])).text


async def test_a_form_with_faults_says_all_of_them_and_keeps_what_was_written(site: TrialSite) -> None:
    reader = Reader(site.app)
    sent = await reader.post("/demo/gardens/new", {"name": "", "words": "ばら"})
    assert sent.status == 422
    assert 'href="#name"' in sent.text and 'id="name-error"' in sent.text and "ばら" in sent.text


async def test_no_two_pages_carry_the_same_token_and_each_is_taken(site: TrialSite) -> None:
    reader = Reader(site.app)
    pages = [(await reader.get("/demo/gardens/new")).text for _ in range(2)]
    first, second = (found[1] for page in pages if (found := TOKEN.search(page)))
    assert first != second
    for token in (first, second):
        answer = await reader.post("/demo/gardens/new", {"name": ""}, token=token)
        assert answer.status not in (403, 429)


@pytest.mark.parametrize("token", ["", "0" * 32, "0" * 48, "あ"])
async def test_a_form_without_our_token_is_refused(site: TrialSite, token: str) -> None:
    reader = Reader(site.app)
    await reader.get("/demo/gardens/new")
    assert (await reader.post("/demo/gardens/new", {"name": "x"}, token=token)).status == 403


async def test_the_token_of_another_browser_is_refused(site: TrialSite) -> None:
    other = Reader(site.app)
    found = TOKEN.search((await other.get("/demo/gardens/new")).text)
    reader = Reader(site.app)
    await reader.get("/demo/")
    assert found and (await reader.post("/demo/gardens/new", {"name": "x"}, token=found[1])).status == 403


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}, {"origin": "null"}]
)
async def test_a_form_from_another_site_is_refused(site: TrialSite, headers: dict[str, str]) -> None:
    reader = Reader(site.app)
    assert (await reader.post("/demo/gardens/new", {"name": "x"}, **headers)).status == 403


async def test_too_many_posts_are_told_to_wait(site: TrialSite) -> None:
    reader = Reader(site.app)
    statuses = [
        (await reader.post("/demo/gardens/new", {"name": ""}, token="0" * 32)).status for _ in range(31)
    ]
    assert statuses == [403] * 30 + [429]


async def test_a_body_over_its_limit_is_refused(site: TrialSite) -> None:
    reader = Reader(site.app)
    form = "application/x-www-form-urlencoded"
    assert (
        await reader.send("/demo/gardens/new", b"a" * (PLAIN_BODY_SIZE_MAX_BYTES + 1), form)
    ).status == 413
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    large = head + b"0" * (FILE_SIZE_MAX_BYTES + 1) + b"\r\n--x--\r\n"
    assert (await reader.send("/demo/gardens/new", large, "multipart/form-data; boundary=x")).status == 413
    assert (await reader.send("/demo/gardens/new", b"{}", "application/json")).status == 400
    assert (await reader.send("/demo/gardens/new", b"--y", "multipart/form-data; boundary=x")).status in (
        400,
        403,
    )


async def test_errors_say_what_to_do(site: TrialSite) -> None:
    reader = Reader(site.app)
    for path, status in (
        ("/nowhere", 404), ("/demo/nowhere/at/all", 404), ("/demo/map?layer=Nothing", 404), ("/demo/broken", 500),
        ("/demo/desk", 401), ("/demo/things/Shelter/urn:x", 404), ("/demo/things/No/urn:x", 404),
        ("/demo/files/" + "0" * 64, 404), ("/demo/files/..%2f", 404), ("/static/../app.py", 404), ("/demo/field/x", 404),
    ):  # fmt: skip
        answer = await reader.get(path)
        assert answer.status == status, path
        assert "<h1>" in answer.text and "ホームへ" in answer.text, path


async def test_a_program_gets_an_error_as_problem_details(site: TrialSite) -> None:
    answer = await Reader(site.app, accept="application/json").get("/demo/nowhere")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    told = json.loads(answer.body)
    assert (told["status"], told["type"]) == (404, "about:blank") and told["title"] and told["detail"]


async def test_every_field_leads_somewhere_and_states_its_own_figures(site: TrialSite) -> None:
    """A figure stands in the field of its datum and in no other; each field has a task or a kind of place."""
    reader = Reader(site.app)
    pages = {name: (await reader.get(f"/chiba/field/{name}")).text for name in FIELDS}
    assert {name for name, text in pages.items() if "合計特殊出生率" in text} == {"life"}
    assert {name for name, text in pages.items() if "葛南地域" in text} == {"business"}
    filled = {name: (await reader.get(f"/demo/field/{name}")).text for name in FIELDS}
    assert {name for name, text in filled.items() if 'class="empty"' in text} == {"life"}
    assert 'href="/demo/map?layer=Shelter"' in filled["town"]


async def test_the_desk_is_for_those_who_work_there(site: TrialSite) -> None:
    guest = Reader(site.app)
    await guest.sign_in("guest", PASSWORD)
    assert (await guest.get("/demo/desk")).status == 403
    assert (await guest.get("/demo/rounds")).status == 403
    assert (await guest.get("/demo/my")).status == 200
    elsewhere = Reader(site.app)
    await elsewhere.sign_in("desk", PASSWORD)
    assert (await elsewhere.get("/chiba/desk")).status == 403


async def test_the_desk_runs_a_command_and_shows_its_history(site: TrialSite, clerk: Reader) -> None:
    path = "/demo/desk/garden/do/visit?id=urn:ngsi-ld:Garden:1"
    wrong = await clerk.post(path, {"id": "urn:ngsi-ld:Garden:1", "state": "nonsense"})
    assert wrong.status == 422
    done = await clerk.post(path, {"id": "urn:ngsi-ld:Garden:1", "state": "seen"})
    assert done.headers["location"] == "/demo/desk/garden/Garden/urn:ngsi-ld:Garden:1"
    shown = (await clerk.get(done.headers["location"])).text
    assert "訪問を記録" in shown and "told → seen" in shown


async def test_the_table_file_opens_in_a_spreadsheet(site: TrialSite, clerk: Reader) -> None:
    file = await clerk.get("/demo/desk/garden/Shelter.csv")
    lines = file.body.decode("utf-8-sig").splitlines()
    assert file.headers["content-type"].startswith("text/csv")
    assert len(lines) == 131 and "名前" in lines[0]


async def test_signing_in_and_out(site: TrialSite, clerk: Reader) -> None:
    wrong = await Reader(site.app).sign_in("desk", "wrong password")
    assert wrong.status == 422 and "違います" in wrong.text
    assert "見本 花子さん" in (await clerk.get("/demo/my")).text
    assert "庭が1つふえました" in (await clerk.get("/demo/my")).text
    found = TOKEN.search((await clerk.get("/demo/my")).text)
    assert found and (await clerk.post("/demo/sign-out", {}, token=found[1])).status == 303
    after = (await clerk.get("/demo/my")).text
    shown = [one in after for one in ("この端末から消す", "見本 花子さん", "庭が1つふえました")]
    assert shown == [True, False, False]


async def test_one_changes_the_own_password_and_other_browsers_are_signed_out(site: TrialSite) -> None:
    here, there = Reader(site.app), Reader(site.app)
    for one in (here, there):
        await one.sign_in("guest", PASSWORD)
    path, new = "/demo/my/password", "a long new secret"
    wrong = (
        ({"old": PASSWORD, "password": new, "again": "another"}, "again", "2つで違います"),
        ({"old": PASSWORD, "password": "short", "again": "short"}, "password", "10文字以上"),
        ({"old": "not the one", "password": new, "again": new}, "old", "いまのパスワードが違います"),
    )
    for fields, field, said in wrong:
        answer = await here.post(path, fields)
        assert (answer.status, said in answer.text, f'href="#{field}"' in answer.text) == (422, True, True)
        assert fields["password"] not in answer.text
    done = await here.post(path, {"old": PASSWORD, "password": new, "again": new})
    assert (done.status, done.headers["location"]) == (303, "/demo/my")
    assert "パスワードを変えました" in (await here.get("/demo/my")).text
    assert "この端末から消す" in (await there.get("/demo/my")).text, "signed out"
    assert (await Reader(site.app).sign_in("guest", PASSWORD)).status == 422
    assert (await Reader(site.app).sign_in("guest", new)).status == 303
    stranger = await Reader(site.app).get(path)
    assert stranger.headers["location"] == "/demo/sign-in?next=my/password"


@pytest.mark.parametrize(
    ("following", "led"),
    [
        ("my/../../evil", ""),
        ("my/%2e%2E/evil", ""),
        ("my\\..\\..\\evil", ""),
        ("..", ""),
        ("./my", ""),
        ("gardens?of=../..", "gardens?of=../.."),
        ("/my/keys", "my/keys"),
    ],
)
def test_the_way_on_stays_in_the_area(following: str, led: str) -> None:
    assert within(following) == led


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(site: TrialSite, following: str) -> None:
    reader = Reader(site.app)
    token = TOKEN.search((await reader.get("/demo/sign-in")).text)
    fields = {"login": "desk", "password": PASSWORD}
    answer = await reader.post(
        f"/demo/sign-in?next={quote(following)}", fields, token=token[1] if token else ""
    )
    assert answer.status == 303 and answer.headers["location"].startswith("/demo/")
    assert "evil.example" not in answer.headers["location"].partition("/demo/")[0]


async def test_static_files_may_be_kept_for_good(site: TrialSite) -> None:
    page = (await Reader(site.app).get("/demo/")).text
    address = re.findall(r'href="(/static/kaiteki\.css\?[0-9a-f]+)"', page)[0]
    answer = await Reader(site.app).get(address)
    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["sign-out", "my/forget"])
async def test_a_link_signs_nobody_out_and_forgets_nothing(clerk: Reader, path: str) -> None:
    before = dict(clerk.cookies)
    assert (await clerk.get(f"/demo/{path}")).status == 404
    assert clerk.cookies == before
    assert (await clerk.get("/demo/my")).status == 200


async def test_the_desk_offers_no_command_of_residents(site: TrialSite, clerk: Reader) -> None:
    assert (await clerk.get("/demo/desk/garden/do/tell")).status == 404
    assert "/do/tell" not in (await clerk.get("/demo/desk/garden/Shelter")).text
    assert "/do/visit" in (await clerk.get("/demo/desk/garden/Garden/urn:ngsi-ld:Garden:1")).text
