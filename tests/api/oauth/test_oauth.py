"""Tokens for programs and for other cities: who gets one, what it may, when it ends, and everything that is refused."""

from __future__ import annotations

import base64
import json
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio
from joserfc import jwk

from kaiteki.api.oauth.tokens import LIFE_S, Held
from kaiteki.api.persons import ask_the_register
from kaiteki.kit.identity import Mandates
from kaiteki.kit.providers.client_proof import ASSERTION_TYPE, Signing
from kaiteki.kit.providers.keys import read_keys
from kaiteki.kit.providers.own_keys import EPOCH_S, public_keys, signing_key
from kaiteki.main.clock import SystemClock
from kaiteki.main.node import Node, open_node
from kaiteki.main.settings import Settings
from kaiteki.model.access import ANYONE, STAFF, Person
from kaiteki.model.instant import Instant
from kaiteki.model.problem import Problem
from kaiteki.ports.accounts import Account, Grant
from kaiteki.ports.credentials import Credential
from reader import Answer, Reader

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).parents[3]
HERE = "https://city.example"
THERE = "https://neighbour.example"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
FORM = "application/x-www-form-urlencoded"


class Town:
    """A node, a program with an account in it, and the key of a neighbour whom the area trusts."""

    def __init__(self, node: Node, machine: Account, bearer: str, key: Any) -> None:
        self.node, self.machine, self.bearer, self.neighbour = node, machine, bearer, Signing(key, "n1")
        self.secret = bearer.removeprefix(f"kaiteki_{machine.id}_")
        self.reader = Reader(node.site.built())

    async def ask(self, path: str = "/oauth/token", basic: str = "", **fields: str) -> Answer:
        """Send a form."""
        headers = {"authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}
        return await self.reader.send(path, urlencode(fields).encode(), FORM, **headers)

    async def client(self, **fields: str) -> Answer:
        """Ask as the program."""
        given = {"grant_type": "client_credentials", **fields}
        return await self.ask(basic=f"{self.machine.id}:{self.secret}", **given)

    async def person(self, token: str, area: str = "demo", **headers: str) -> Person:
        """Who a token stands for; the same way that every surface asks."""
        joined = self.node.joined
        mandates = Mandates(joined.store.accounts, joined.store.credentials, SystemClock())
        who = ask_the_register(joined.identity, "kaiteki_session", joined.tokens, mandates)
        return await who({"authorization": f"Bearer {token}", **headers}, area)

    def says(self, **changed: Any) -> str:
        """What the neighbour signs; None leaves a claim out."""
        now = SystemClock().now() // 1_000_000
        claims = {
            "iss": THERE,
            "sub": "s-1",
            "aud": HERE,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
            **changed,
        }
        return self.neighbour.sign({name: value for name, value in claims.items() if value is not None})

    async def exchange(self, token: str, **fields: str) -> Answer:
        """Ask as the neighbour."""
        given = {
            "grant_type": EXCHANGE,
            "subject_token": token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "audience": "demo",
            **fields,
        }
        return await self.ask(**given)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("oauth")
    key = jwk.ECKey.generate_key("P-256", private=True)
    shutil.copytree(ROOT / "cities" / "demo", folder / "cities" / "demo")
    public = {**key.as_dict(private=False), "kid": "n1"}
    told = "\n".join(f'{name} = "{value}"' for name, value in public.items())
    (folder / "cities" / "demo" / "partners.toml").write_text(f'''
[[partners]]
name = "neighbour"
issuer = "{THERE}"
words = {{ ja = "となり市", en = "Neighbour" }}
roles = ["staff"]
offices = ["roads"]
purposes = ["reports.handling"]
[[partners.jwks.keys]]
{told}
''')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAITEKI_CITIES", str(folder / "cities"))
        settings = Settings(data=folder / "data", cities=("demo", "chiba"), public_url=HERE)
        async with open_node(settings) as node:
            made: Any = await node.joined.identity.register_machine(
                "見本の計器", [Grant("demo", STAFF, "roads"), Grant("chiba", "admin")]
            )
            yield Town(node, *made, key)


async def test_a_program_gets_a_token_that_may_what_it_may(town: Town) -> None:
    answer = await town.client()
    told = json.loads(answer.body)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert {**told, "access_token": ""} == {"access_token": "", "token_type": "Bearer", "expires_in": LIFE_S}
    person = await town.person(told["access_token"])
    assert (person.account_id, person.kind) == (town.machine.id, "machine")
    assert (person.roles, person.offices) == ({ANYONE, STAFF}, {"roads"})
    kept = await town.node.joined.store.credentials.of(town.machine.id, "access_token")
    assert told["access_token"] not in repr(kept)
    page = Reader(town.reader.app, authorization=f"Bearer {told['access_token']}")
    assert (await page.get("/demo/services")).status == 200


async def test_a_scope_narrows_and_never_widens(town: Town) -> None:
    only = json.loads((await town.client(scope="staff")).body)
    assert only["scope"] == "staff"
    in_chiba = await town.person(only["access_token"], "chiba")
    assert (in_chiba.roles, in_chiba.offices) == ({ANYONE, STAFF}, {"*"}), (
        "who runs the area may be only staff in it"
    )
    nothing = json.loads((await town.client(scope="anyone")).body)
    assert (await town.person(nothing["access_token"])).roles == {ANYONE}
    wide = await town.client(scope="staff emperor")
    assert (wide.status, json.loads(wide.body)["error"]) == (400, "invalid_scope")


async def test_what_the_token_endpoint_refuses(town: Town) -> None:
    own = f"{town.machine.id}:{town.secret}"
    cases: dict[str, tuple[Answer, str]] = {
        "wrong secret": (await town.ask(basic=f"{town.machine.id}:x", grant_type="client_credentials"), "invalid_client"),
        "no client": (await town.ask(grant_type="client_credentials"), "invalid_client"),
        "two ways": (await town.client(client_secret=town.secret), "invalid_client"),
        "no grant": (await town.ask(basic=own, scope="staff"), "invalid_request"),
        "another grant": (await town.ask(basic=own, grant_type="password"), "unsupported_grant_type"),
        "twice": (await town.reader.send("/oauth/token", b"grant_type=a&grant_type=b", FORM), "invalid_request"),
        "json": (await town.reader.send("/oauth/token", b"{}", "application/json"), "invalid_request"),
        "large": (await town.reader.send("/oauth/token", b"a=" + b"x" * 40_000, FORM), "invalid_request"),
        "no form": (await town.reader.send("/oauth/token", b"\xff", FORM), "invalid_request"),
    }  # fmt: skip
    assert {
        name: (answer.status, json.loads(answer.body)["error"]) for name, (answer, _) in cases.items()
    } == {name: (401 if error == "invalid_client" else 400, error) for name, (_, error) in cases.items()}
    posted = await town.ask(
        grant_type="client_credentials", client_id=town.machine.id, client_secret=town.bearer
    )
    assert posted.status == 200, "the whole token of a program serves as its secret"


async def test_a_token_ends_when_it_is_over_revoked_or_its_account_closed(town: Town) -> None:
    tokens = town.node.joined.tokens
    first, second = [json.loads((await town.client()).body)["access_token"] for _ in range(2)]
    other: Any = await town.node.joined.identity.register_machine("別の計器", [])
    await tokens.revoke(first, other[0].id)
    await town.person(first)
    revoked = await town.ask("/oauth/revoke", basic=f"{town.machine.id}:{town.secret}", token=first)
    assert (revoked.status, revoked.body) == (200, b"{}")
    with pytest.raises(Problem, match="not known here"):
        await town.person(first)
    past = await tokens.issue(town.machine.id, Held(Instant(SystemClock().now() - 1_000_000)))
    with pytest.raises(Problem, match="not known here"):
        await town.person(past)
    accounts = town.node.joined.identity.accounts
    await accounts.put(msgspec.structs.replace(town.machine, disabled=True))
    with pytest.raises(Problem, match="not known here"):
        await town.person(second)
    await accounts.put(town.machine)
    assert (await town.person(second)).account_id == town.machine.id


async def test_a_program_with_a_key_signs_instead_of_telling_a_secret(town: Town) -> None:
    key = jwk.ECKey.generate_key("P-256", private=True)
    document = json.dumps({"keys": [{**key.as_dict(private=False), "kid": "k"}]}).encode()
    await town.node.joined.store.credentials.put(
        Credential("client", town.machine.id, town.machine.id, document)
    )
    now = SystemClock().now() // 1_000_000
    good = {
        "iss": town.machine.id,
        "sub": town.machine.id,
        "aud": f"{HERE}/oauth/token",
        "iat": now,
        "exp": now + 60,
        "jti": "one",
    }

    async def ask(signing: Signing, **changed: Any) -> int:
        claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
        answer = await town.ask(
            grant_type="client_credentials",
            client_assertion_type=ASSERTION_TYPE,
            client_assertion=signing.sign(claims),
        )
        return answer.status

    mine, stranger = Signing(key, "k"), Signing(jwk.ECKey.generate_key("P-256", private=True), "k")
    assert await ask(mine) == 200
    refused = {
        "the same again": await ask(mine),
        "a stranger": await ask(stranger, jti="2"),
        "for another": await ask(mine, jti="3", aud="https://other.example"),
        "over": await ask(mine, jti="4", iat=now - 500, exp=now - 400),
        "good too long": await ask(mine, jti="5", exp=now + 4000),
        "no jti": await ask(mine, jti=None),
        "another issuer": await ask(mine, jti="6", iss="mac-other"),
    }
    assert refused == dict.fromkeys(refused, 401)


async def test_a_neighbour_gets_a_token_for_its_people_by_what_it_signs(town: Town) -> None:
    answer = await town.exchange(town.says(act={"sub": "helper-1"}))
    told = json.loads(answer.body)
    assert (answer.status, told["issued_token_type"], told["scope"]) == (
        200,
        "urn:ietf:params:oauth:token-type:access_token",
        "staff",
    )
    person = await town.person(told["access_token"])
    assert (person.kind, person.roles, person.offices, person.name) == (
        "city",
        {ANYONE, STAFF},
        {"roads"},
        "となり市",
    )
    assert person.purpose == "reports.handling" and person.assurance == 2
    assert person.account_id.startswith("city-") and person.helper.startswith("city-")
    assert "s-1" not in repr(person) and person.helper != person.account_id
    again = json.loads((await town.exchange(town.says())).body)["access_token"]
    assert (await town.person(again)).account_id == person.account_id, "the same subject is the same here"
    with pytest.raises(Problem, match="not known here"):
        await town.person(again, "chiba")
    with pytest.raises(Problem, match="another purpose"):
        await town.person(again, **{"kaiteki-purpose": "reports.statistics"})


async def test_what_a_neighbour_is_refused(town: Town) -> None:
    used = town.says()
    assert (await town.exchange(used)).status == 200
    now = SystemClock().now() // 1_000_000
    forged = Signing(jwk.ECKey.generate_key("P-256", private=True), "n1").sign(
        {"iss": THERE, "sub": "s", "aud": HERE, "iat": now, "exp": now + 60, "jti": "x"}
    )
    cases = {
        "used before": (await town.exchange(used), "invalid_request"),
        "forged": (await town.exchange(forged), "invalid_request"),
        "unknown issuer": (await town.exchange(town.says(iss="https://evil.example")), "invalid_request"),
        "for another": (await town.exchange(town.says(aud="https://other.example")), "invalid_request"),
        "over": (await town.exchange(town.says(iat=now - 500, exp=now - 400)), "invalid_request"),
        "good too long": (await town.exchange(town.says(exp=now + 4000)), "invalid_request"),
        "no jti": (await town.exchange(town.says(jti=None)), "invalid_request"),
        "nobody": (await town.exchange(town.says(sub=None)), "invalid_request"),
        "a role too many": (await town.exchange(town.says(), scope="admin"), "invalid_scope"),
        "a purpose too many": (await town.exchange(town.says(purpose="reports.statistics")), "invalid_scope"),
        "an area that does not trust it": (
            await town.exchange(town.says(), audience="chiba"),
            "invalid_request",
        ),
        "no area": (await town.exchange(town.says(), audience=""), "invalid_target"),
        "no token": (await town.exchange("x.y"), "invalid_request"),
    }
    assert {
        name: (answer.status, json.loads(answer.body)["error"]) for name, (answer, _) in cases.items()
    } == {name: (400, error) for name, (_, error) in cases.items()}


async def test_metadata_and_keys_are_public_and_each_new_key_is_known_beforehand(town: Town) -> None:
    metadata = json.loads((await town.reader.get("/.well-known/oauth-authorization-server")).body)
    assert (metadata["issuer"], metadata["token_endpoint"]) == (HERE, f"{HERE}/oauth/token")
    published = json.loads((await town.reader.get("/.well-known/jwks.json")).body)
    assert len(published["keys"]) == 3 and not any("d" in key for key in published["keys"])
    assert [key.algorithms for key in read_keys(published)] == [("ES256",)] * 3
    secret, now = b"s" * 32, Instant(1_800_000_000_000_000)
    later = Instant(now + EPOCH_S * 1_000_000)
    kids = [[key["kid"] for key in public_keys(secret, at)["keys"]] for at in (now, later)]
    assert kids[0][1:] == kids[1][:2]
    assert signing_key(secret, now // 1_000_000 // EPOCH_S).kid == kids[0][1]


async def test_whoever_asks_for_tokens_too_often_is_told_to_wait(town: Town) -> None:
    wrong = {"grant_type": "client_credentials", "client_id": "mac-none", "client_secret": "x"}
    sent, answer = 1, await town.ask(**wrong)
    # a minute may end in between
    while answer.status == 401 and sent < 1000:
        sent, answer = sent + 1, await town.ask(**wrong)
    assert answer.status == 429 and sent > 60
    assert json.loads(answer.body)["error"] == "temporarily_unavailable"
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert (await town.client()).status == 200, "all others are answered"
