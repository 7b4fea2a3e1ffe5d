"""Signing in at a provider that others wrote and that is certified (oidc-provider), set to the limits of デジタル認証アプリ."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwk

from kaiteki.main.node import open_node
from kaiteki.main.settings import Settings
from node_program import node_program
from node_under_test import free_port
from reader import Answer, Reader
from waiting import LONG_S

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).with_name("certified_provider")
HOPS_MAX = 10
SECRET = "a/secret with+signs%"
BACK = "https://city.example/demo/sign-in/from/"
WORDS = '{ ja = "デジタル認証アプリ", en = "Digital Authentication App", easy = "デジタル認証（にんしょう）アプリ" }'


class Certified(NamedTuple):
    """Where it answers, and the private key of the client that has one."""

    issuer: str
    key: Any


def settings_of(issuer: str, own: Any, client: Any) -> dict[str, Any]:
    """Its settings: a client with a key of its own, and one with a secret."""
    common = {
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "id_token_signed_response_alg": "ES256",
    }
    return {
        "issuer": issuer,
        "modules": str(FOLDER),
        "jwks": {"keys": [own.as_dict(private=True, kid="provider-1")]},
        "clients": [
            {
                **common,
                "client_id": "RP00000001",
                "redirect_uris": [f"{BACK}card"],
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "ES256",
                "jwks": {"keys": [client.as_dict(private=False)]},
            },
            {
                **common,
                "client_id": "RP00000002",
                "redirect_uris": [f"{BACK}plain"],
                "client_secret": SECRET,
                "token_endpoint_auth_method": "client_secret_basic",
            },
        ],
    }


@pytest.fixture(scope="module")
def certified() -> Iterator[Certified]:
    """oidc-provider at work; skipped where it is not installed (scripts/prepare_tests.py does that)."""
    program = node_program()
    if not program or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed")
    issuer = f"http://127.0.0.1:{free_port()}"
    own, client = (
        jwk.ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True) for _ in range(2)
    )
    told = settings_of(issuer, own, client)
    process = subprocess.Popen(
        [program, str(FOLDER / "provider.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "NODE_NO_WARNINGS": "1"},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(json.dumps(told).encode() + b"\n")
    process.stdin.flush()
    first = process.stdout.readline()
    if first.strip() != b"ready":
        process.kill()
        raise RuntimeError(process.stderr.read().decode()[-3000:])
    yield Certified(issuer, client)
    process.kill()
    process.wait(LONG_S)
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()


def walk(address: str, kept: dict[str, str] | None = None) -> str:
    """Follow a provider's redirects with its cookies (those `kept` of earlier visits), as a browser does, until it sends the browser
    back to the city."""
    cookies = {} if kept is None else kept
    for _ in range(HOPS_MAX):
        parts = urlsplit(address)
        if parts.netloc == "city.example":
            return address
        connection = http.client.HTTPConnection(parts.netloc, timeout=LONG_S)
        told = "; ".join(f"{name}={value}" for name, value in cookies.items())
        connection.request(
            "GET",
            parts._replace(scheme="", netloc="").geturl(),
            headers={"cookie": told, "host": parts.netloc},
        )
        answer = connection.getresponse()
        body = answer.read().decode()
        for line in answer.headers.get_all("set-cookie") or ():
            cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        connection.close()
        assert answer.status in (302, 303), f"{answer.status} {body[-500:]}"
        address = answer.headers["location"]
        if address.startswith("/"):
            address = f"{parts.scheme}://{parts.netloc}{address}"
    raise AssertionError("the provider never sent the browser back")


def describe(issuer: str, own: str) -> str:
    """The file identity.toml of the area."""
    return f'''
[[providers]]
name = "card"
profile = "digital-auth-app"
issuer = "{issuer}"
client_id = "RP00000001"
auth = "private_key_jwt"
scopes = ["openid", "name"]
algorithms = ["ES256"]
words = {WORDS}
own_hosts = ["{own}"]
userinfo = true

[[providers]]
name = "plain"
issuer = "{issuer}"
client_id = "RP00000002"
algorithms = ["ES256"]
words = {WORDS}
own_hosts = ["{own}"]
'''


def area_of(certified: Certified, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A node whose area has the provider twice: by the preset, and plainly."""
    shutil.copytree(ROOT / "cities" / "demo", folder / "cities" / "demo")
    told = describe(certified.issuer, urlsplit(certified.issuer).netloc)
    (folder / "cities" / "demo" / "identity.toml").write_text(told)
    key_file = folder / "card.json"
    key_file.write_text(json.dumps(certified.key.as_dict(private=True)))
    monkeypatch.setenv("KAITEKI_CITIES", str(folder / "cities"))
    monkeypatch.setenv("KAITEKI_SECRET_DEMO_CARD_FILE", str(key_file))
    monkeypatch.setenv("KAITEKI_SECRET_DEMO_PLAIN", SECRET)
    return Settings(data=folder / "data", cities=("demo",), public_url="https://city.example")


@pytest.mark.external
async def test_a_certified_provider_lets_in_and_the_card_is_worth_three(
    certified: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = area_of(certified, tmp_path, monkeypatch)
    seen: dict[str, tuple[int, int, str]] = {}
    async with open_node(settings) as node:
        site: Any = node.site.built()
        for name in ("card", "plain"):
            browser = Reader(site)
            sent = await browser.get(f"/demo/sign-in/with/{name}")
            asked = parse_qs(urlsplit(sent.headers["location"]).query)
            assert asked.get("acr_values") == (["aal3 crl"] if name == "card" else None)
            back = urlsplit(walk(sent.headers["location"]))
            assert parse_qs(back.query)["iss"] == [certified.issuer]
            came = await browser.get(f"{back.path}?{back.query}")
            assert came.status == 303, came.text
            visit = await node.joined.identity.visit(browser.cookies["kaiteki_session"])
            assert visit is not None
            seen[name] = (came.status, visit.session.assurance, visit.account.name)
            again = await browser.get(f"{back.path}?{back.query}")
            assert again.status == 400, "an answer is good once"
    # both clients see the same person here, so it is one account, named at its first sign-in
    assert seen == {"card": (303, 3, "認証 花子"), "plain": (303, 1, "認証 花子")}


@pytest.mark.external
async def test_it_has_people_sign_in_once_more_and_says_so_and_who_takes_the_wish_away_stays_as_they_were(
    certified: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_node(area_of(certified, tmp_path, monkeypatch)) as node:
        site: Any = node.site.built()
        browser, cookies = Reader(site), dict[str, str]()

        async def visit(name: str, step: str, without: str = "") -> tuple[dict[str, list[str]], Answer]:
            sent = await browser.get(f"/demo/sign-in/with/{name}?step={step}&next=my/keys")
            address = urlsplit(sent.headers["location"])
            asked = parse_qs(address.query)
            left = {key: values for key, values in asked.items() if not without or key not in without.split()}
            back = urlsplit(walk(address._replace(query=urlencode(left, doseq=True)).geturl(), cookies))
            return asked, await browser.get(f"{back.path}?{back.query}")

        async def is_fresh() -> bool:
            known = await node.joined.identity.visit(browser.cookies["kaiteki_session"])
            assert known is not None
            return node.joined.identity.is_fresh(known.session)

        asked, came = await visit("plain", "")
        assert (came.status, "prompt" in asked, "max_age" in asked) == (303, False, False)
        assert not await is_fresh(), "it was not asked when they showed who they are, and did not say"
        before = browser.cookies["kaiteki_session"]
        _, came = await visit("plain", "1", "prompt max_age")
        assert came.status == 400 and "いま本人であることを確認できませんでした" in came.text
        assert "/demo/sign-in?step=1&amp;next=my%2Fkeys" in came.text
        assert browser.cookies["kaiteki_session"] == before and not await is_fresh()
        asked, came = await visit("plain", "1")
        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        assert (came.status, came.headers["location"]) == (303, "/demo/my/keys")
        assert await is_fresh()
        asked, came = await visit("card", "1")
        assert (came.status, "prompt" in asked, "max_age" in asked) == (303, False, False)
        assert await is_fresh(), "the card is read at each sign-in"
