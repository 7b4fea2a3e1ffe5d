"""Signing in elsewhere: an honest provider opens a session; one that lies in a single thing opens none, says so in words, and once in the log."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
import pytest_asyncio
import structlog
from untrue_provider import (
    CLIENT,
    UntrueProvider,
    keyed_with_the_public_key,
    unsigned,
    untrue_provider,
)

from kaiteki.kit.providers.asking import Asking, ProviderFailed
from kaiteki.kit.providers.client_proof import ClientProof
from kaiteki.kit.providers.configuration import Provider
from kaiteki.kit.providers.flow import Aim, RelyingParty
from kaiteki.main.clock import SystemClock
from kaiteki.main.node import Node, open_node
from kaiteki.main.settings import Settings
from kaiteki.model.instant import Instant
from reader import Answer, Reader

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[2]
SECRET = "a-secret-of-the-test"
PASSWORD = "a long enough password"
WORDS = '{ ja = "見本ID", en = "Sample ID", easy = "見本（みほん）ID" }'


def describe(*providers: tuple[str, UntrueProvider]) -> str:
    """The file identity.toml of the area."""
    return "\n".join(
        f'''[[providers]]
name = "{name}"
issuer = "{one.issuer}"
client_id = "{CLIENT}"
words = {WORDS}
algorithms = ["ES256"]
own_hosts = ["{urlsplit(one.issuer).netloc}"]
acr = {{ gold = 2 }}
'''
        for name, one in providers
    )


class Town:
    """A node with two providers that can lie, and browsers that go to them."""

    def __init__(self, node: Node, first: UntrueProvider, second: UntrueProvider) -> None:
        self.node, self.first, self.second = node, first, second
        self.site: Any = node.site.built()

    async def go(
        self, browser: Reader, link: str = "", provider: str = "first", following: str = "", step: str = ""
    ) -> dict[str, str]:
        """Follow the button to the provider; what the browser carries there."""
        told = (("link", link), ("step", step), ("next", following))
        asked = urlencode({key: value for key, value in told if value})
        sent = await browser.get(f"/demo/sign-in/with/{provider}?{asked}")
        assert sent.status == 303, sent.text
        address = urlsplit(sent.headers["location"])
        carried = {name: values[0] for name, values in parse_qs(address.query).items()}
        one = self.first if provider == "first" else self.second
        assert address._replace(query="").geturl() == f"{one.issuer}/authorize"
        one.nonce, one.challenge = carried["nonce"], carried["code_challenge"]
        return carried

    async def back(self, browser: Reader, carried: dict[str, str], **changed: str) -> Answer:
        """Come back with a code."""
        answer = {
            "code": f"code-{carried['state'][:8]}",
            "state": carried["state"],
            "iss": self.first.issuer,
            **changed,
        }
        where = answer.pop("where", "first")
        return await browser.get(f"/demo/sign-in/from/{where}?{urlencode(answer)}")

    async def enter(self, browser: Reader, **changed: str) -> Answer:
        """There and back."""
        return await self.back(browser, await self.go(browser), **changed)

    async def signed_in(self, browser: Reader) -> bool:
        """Whether this browser has a session."""
        return "kaiteki_session" in browser.cookies


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One town for all tests; each begins with honest providers."""
    folder = tmp_path_factory.mktemp("providers")
    with ExitStack() as stack, pytest.MonkeyPatch.context() as monkeypatch:
        first, second = (stack.enter_context(untrue_provider()) for _ in range(2))
        shutil.copytree(ROOT / "cities" / "demo", folder / "cities" / "demo")
        (folder / "cities" / "demo" / "identity.toml").write_text(
            describe(("first", first), ("second", second))
        )
        monkeypatch.setenv("KAITEKI_CITIES", str(folder / "cities"))
        monkeypatch.setenv("KAITEKI_SECRET_DEMO_FIRST", SECRET)
        monkeypatch.setenv("KAITEKI_SECRET_DEMO_SECOND", SECRET)
        async with open_node(
            Settings(data=folder / "data", cities=("demo",), public_url="https://city.example")
        ) as node:
            yield Town(node, first, second)


@pytest.fixture
def town(running: Town, request: pytest.FixtureRequest) -> Town:
    """The town, where somebody comes whom no other test knows."""
    for provider in (running.first, running.second):
        provider.reset()
        provider.subject = request.node.name
    return running


async def test_an_honest_provider_opens_a_session_for_the_same_account_each_time(town: Town) -> None:
    browser, again = Reader(town.site), Reader(town.site)
    assert "/demo/sign-in/with/first?next=my" in (await browser.get("/demo/sign-in?next=my")).text
    carried = await town.go(browser, following="my/reports")
    assert {name: carried[name] for name in ("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": "https://city.example/demo/sign-in/from/first",
        "scope": "openid",
        "code_challenge_method": "S256",
    }  # fmt: skip
    entered = await town.back(browser, carried)
    assert (entered.status, entered.headers["location"]) == (303, "/demo/my/reports")
    assert "見本 一子" in (await browser.get("/demo/my")).text
    identity = town.node.joined.identity
    session = await identity.visit(browser.cookies["kaiteki_session"])
    assert session is not None
    assert (session.session.method, session.session.assurance, session.account.kind) == (
        "provider",
        1,
        "person",
    )
    town.first.change = lambda claims: {**claims, "acr": "gold", "name": "別の名"}
    assert (await town.enter(again)).status == 303
    second = await identity.visit(again.cookies["kaiteki_session"])
    assert second is not None
    assert (second.account.id, second.session.assurance) == (session.account.id, 2)
    town.first.subject = "somebody else"
    other = Reader(town.site)
    await town.enter(other)
    third = await identity.visit(other.cookies["kaiteki_session"])
    assert third is not None and third.account.id != session.account.id


def claims_with(**changed: Any) -> Callable[[UntrueProvider], None]:
    """A provider whose token says something else; what is None it does not say."""

    def lie(provider: UntrueProvider) -> None:
        provider.change = lambda claims: {
            name: value for name, value in {**claims, **changed}.items() if value is not None
        }

    return lie


def having(**changed: Any) -> Callable[[UntrueProvider], None]:
    """A provider of which something else is untrue."""
    return lambda provider: [setattr(provider, name, value) for name, value in changed.items()] and None


def sign_with_a_stranger(provider: UntrueProvider) -> None:
    provider.signing = provider.other_key


def sign_with_a_stranger_under_its_name(provider: UntrueProvider) -> None:
    provider.forge = lambda one, claims: one.sign(claims)[:-8] + "AAAAAAAA"


LIES: dict[str, Callable[[UntrueProvider], None]] = {
    "another request (nonce)": claims_with(nonce="another"),
    "another request (nonce) ": claims_with(nonce=None),
    "another issuer": claims_with(iss="https://other.example"),
    "another client": claims_with(aud="somebody-else"),
    "another party": claims_with(aud=[CLIENT, "somebody-else"]),
    "another party ": claims_with(azp="somebody-else"),
    "is over": claims_with(exp=1),
    "is over ": claims_with(exp=None),
    "of the future": claims_with(iat=4_000_000_000),
    "too long ago": claims_with(iat=1_000_000_000),
    "names nobody": claims_with(sub=""),
    "at_hash": claims_with(at_hash="AAAA"),
    "'none', which is not allowed": having(forge=unsigned),
    "'HS256', which is not allowed": having(forge=keyed_with_the_public_key),
    "does not publish": sign_with_a_stranger,
    "does not hold": sign_with_a_stranger_under_its_name,
}
"""What the log says of each lie."""


async def test_one_lie_is_enough(town: Town) -> None:
    seen: dict[str, list[str]] = {}
    for said, lie in LIES.items():
        town.first.reset()
        lie(town.first)
        browser = Reader(town.site, **{"accept-language": "en"})
        with structlog.testing.capture_logs() as lines:
            answer = await town.enter(browser)
        assert (answer.status, await town.signed_in(browser)) == (400, False), said
        assert "You could not be signed in with Sample ID" in answer.text
        seen[said] = [line["why"] for line in lines if line["event"] == "sign-in refused"]
        assert SECRET not in repr(lines) and "eyJ" not in repr(lines)
    wrong = {said: why for said, why in seen.items() if len(why) != 1 or said.strip() not in why[0]}
    assert wrong == {}


async def test_the_answer_is_bound_to_the_browser_and_to_the_provider(town: Town) -> None:
    browser = Reader(town.site)
    carried = await town.go(browser)
    bad = {
        "a state of nobody": await town.back(browser, {**carried, "state": "x" * 43}),
    }
    stranger = Reader(town.site)
    bad["another browser"] = await town.back(stranger, carried)
    for name, changed in {
        "the issuer of the other": {"iss": town.second.issuer},
        "the address of the other": {"where": "second", "iss": town.second.issuer},
        "a refusal": {"error": "access_denied", "code": ""},
    }.items():
        fresh = Reader(town.site)
        bad[name] = await town.enter(fresh, **changed)
        assert not await town.signed_in(fresh), name
    silent = Reader(town.site)
    told = await town.go(silent)
    bad["no issuer where one is promised"] = await silent.get(
        f"/demo/sign-in/from/first?{urlencode({'code': 'c', 'state': told['state']})}"
    )
    good = Reader(town.site)
    way = await town.go(good)
    cookie = dict(good.cookies)
    assert (await town.back(good, way)).status == 303
    replaying = Reader(town.site)
    replaying.cookies = cookie
    bad["the same answer again"] = await town.back(replaying, way)
    assert {name: answer.status for name, answer in bad.items()} == dict.fromkeys(bad, 400)
    assert not any([await town.signed_in(one) for one in (browser, stranger, silent, replaying)])


def a_party(town: Town) -> RelyingParty:
    """The first provider as a node sees it that has just started."""
    told = tomllib.loads(describe(("first", town.first)))["providers"][0]
    provider = msgspec.convert(told, Provider)
    asking = Asking(town.node.joined.client, "demo")
    return RelyingParty(provider, asking, ClientProof(provider, SECRET), "https://city.example/back")


async def attempt(town: Town, party: RelyingParty, now: Instant | None = None) -> str:
    """Whom a party learns of, or why it learns of nobody."""
    now = now or SystemClock().now()
    try:
        _, pending = await party.begin("demo", Aim(), now)
        town.first.nonce = pending.nonce
        challenge = hashlib.sha256(pending.verifier.encode()).digest()
        town.first.challenge = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        answer = {"code": pending.state, "state": pending.state, "iss": town.first.issuer}
        return (await party.finish(pending, answer, now)).subject
    except ProviderFailed as failed:
        return str(failed)


async def test_a_provider_that_fails_or_points_elsewhere_is_not_followed(town: Town) -> None:
    outcomes = {}
    for said, lie in {
        "discovery document is of another issuer": having(discovery={"issuer": "https://other.example"}),
        "may not be used": having(discovery={"token_endpoint": "http://169.254.169.254/token"}),
        "may not be used ": having(discovery={"jwks_uri": "http://127.0.0.1:1/keys"}),
        "no PKCE": having(discovery={"code_challenge_methods_supported": ["plain"]}),
        "answered 302": having(moved="/.well-known/openid-configuration"),
        "not taken (302)": having(moved="/token"),
        "answered 302 ": having(moved="/keys"),
        "larger than": having(padding="x" * 70_000),
        "does not publish": having(published=[]),
        "a list of at most": having(published=[town.first.key] * 40),
    }.items():
        town.first.reset()
        lie(town.first)
        outcomes[said] = await attempt(town, a_party(town))
    assert {said: why for said, why in outcomes.items() if said.strip() not in why} == {}
    assert not any("elsewhere" in path for path in town.first.asked)


async def test_new_keys_are_found_and_looked_for_seldom(town: Town) -> None:
    town.first.subject = "somebody"
    party, now = a_party(town), SystemClock().now()
    assert await attempt(town, party, now) == "somebody"
    town.first.signing = town.first.other_key
    town.first.asked.clear()
    seconds = [Instant(now + second * 1_000_000) for second in range(3)]
    refused = [await attempt(town, party, at) for at in seconds]
    assert all("does not publish" in why for why in refused)
    assert town.first.asked.count("/keys") == 0, "it was looked at just now"
    town.first.published = [town.first.key, town.first.other_key]
    later = Instant(now + 31 * 1_000_000)
    assert await attempt(town, party, later) == "somebody"
    town.first.signing = town.first.key
    assert await attempt(town, party, later) == "somebody", "the key before it is still good"
    assert town.first.asked.count("/keys") == 1


async def test_a_name_at_userinfo_must_be_of_the_same_person(town: Town) -> None:
    assert await attempt(town, a_party(town)) == town.first.subject
    told = tomllib.loads(describe(("first", town.first)))["providers"][0]
    provider = msgspec.convert({**told, "userinfo": True}, Provider)
    asking = Asking(town.node.joined.client, "demo")
    town.first.discovery = {"userinfo_endpoint": f"{town.first.issuer}/userinfo"}
    town.first.change = lambda claims: {name: value for name, value in claims.items() if name != "name"}
    party = RelyingParty(provider, asking, ClientProof(provider, SECRET), "https://city.example/back")
    town.first.told_of = "somebody else"
    assert await attempt(town, party) == "userinfo speaks of somebody else"
    town.first.told_of = town.first.subject
    assert await attempt(town, party) == town.first.subject


async def test_a_link_needs_the_word_of_whoever_is_signed_in_after_the_answer(town: Town) -> None:
    joined = town.node.joined
    account: Any = await joined.identity.register("aoi", "青木 葵", PASSWORD)
    browser = Reader(town.site)
    await browser.sign_in("aoi", PASSWORD)
    carried = await town.go(browser, link="yes")
    moved = await town.back(browser, carried)
    assert (moved.status, moved.headers["location"]) == (303, "/demo/my/providers")
    assert await joined.store.credentials.of(account.id, "subject") == []
    asked = await browser.get("/demo/my/providers")
    assert "見本IDをこのアカウントにつなげますか" in asked.text and "見本 一子" in asked.text
    assert (await browser.post("/demo/my/providers", {})).status == 303
    linked = await joined.store.credentials.of(account.id, "subject")
    assert [one.value for one in linked] == [f"{town.first.issuer} {town.first.subject}"]
    elsewhere = Reader(town.site)
    await town.enter(elsewhere)
    visit = await joined.identity.visit(elsewhere.cookies["kaiteki_session"])
    assert visit is not None and visit.account.id == account.id
    assert (await browser.post("/demo/my/providers", {"unlink": linked[0].value})).status == 303
    assert await joined.store.credentials.of(account.id, "subject") == []


async def test_the_last_way_in_stays_and_a_link_of_another_is_not_taken(town: Town) -> None:
    owner = Reader(town.site)
    await town.enter(owner)
    value = f"{town.first.issuer} {town.first.subject}"
    kept = await owner.post("/demo/my/providers", {"unlink": value})
    assert kept.status == 422 and "ログインする方法がなくなる" in kept.text
    await town.node.joined.identity.register("fumi", "馬場 文", PASSWORD)
    other = Reader(town.site)
    await other.sign_in("fumi", PASSWORD)
    await town.back(other, await town.go(other, link="yes"))
    assert (await other.post("/demo/my/providers", {})).status == 422
    credential = await town.node.joined.store.credentials.get("subject", value)
    visit = await town.node.joined.identity.visit(owner.cookies["kaiteki_session"])
    assert credential is not None and visit is not None and credential.account_id == visit.account.id


async def test_a_closed_account_is_told_so(town: Town) -> None:
    browser = Reader(town.site)
    await town.enter(browser)
    identity = town.node.joined.identity
    visit = await identity.visit(browser.cookies["kaiteki_session"])
    assert visit is not None
    await identity.accounts.put(msgspec.structs.replace(visit.account, disabled=True))
    closed = Reader(town.site)
    assert (await town.enter(closed)).status == 403
    assert not await town.signed_in(closed)


async def test_signing_out_ends_the_session_here_and_shows_the_way_out_there(town: Town) -> None:
    browser = Reader(town.site)
    await town.enter(browser)
    token = browser.cookies["kaiteki_session"]
    page = (await browser.get("/demo/my")).text
    form = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert form is not None
    out = await browser.post("/demo/sign-out", {}, form[1])
    assert out.headers["location"] == "/demo/sign-in/left?at=first"
    assert await town.node.joined.identity.visit(token) is None
    assert 'href="/demo/sign-in/leave/first"' in (await browser.get("/demo/sign-in/left?at=first")).text
    assert "leave" not in (await browser.get("/demo/sign-in/left?at=https://evil.example")).text
    moved = await browser.get("/demo/sign-in/leave/first")
    asked = urlencode({"client_id": CLIENT, "post_logout_redirect_uri": "https://city.example/demo/"})
    assert moved.headers["location"] == f"{town.first.issuer}/leave?{asked}"
