"""What an area may say of its providers of identity, and what is refused before a node starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kaiteki.kit.providers.configuration import (
    IdentityOfArea,
    Provider,
    faults_of_providers,
    secret_variable,
)
from kaiteki.kit.providers.partners import PartnersOfArea, faults_of_partners

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "identity-providers.md"
GOOD: dict[str, Any] = {
    "name": "card",
    "issuer": "https://id.example",
    "client_id": "RP1",
    "words": {"ja": "見本", "en": "Sample"},
}


def faults(**changed: Any) -> list[str]:
    """What is wrong with one provider of which something else is said."""
    return faults_of_providers(msgspec.convert({"providers": [{**GOOD, **changed}]}, IdentityOfArea))


def test_the_file_of_the_guide_is_right() -> None:
    told = [
        tomllib.loads(text)
        for text in re.findall(r"^```toml\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    ]
    named = [one for one in told if "providers" in one]
    assert named and [faults_of_providers(msgspec.convert(one, IdentityOfArea)) for one in named] == [
        []
    ] * len(named)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "http://id.example"}, "only https"),
        ({"issuer": "https://id.example?x=1"}, "no query"),
        ({"issuer": "https://user@id.example"}, "only https"),
        ({"name": "Card"}, "small letters"),
        ({"client_id": ""}, "client_id"),
        ({"scopes": ["name"]}, "openid"),
        ({"algorithms": ["none"]}, "none; allowed"),
        ({"algorithms": ["RS256", "HS256"]}, "HS256; allowed"),
        ({"algorithms": []}, "allowed are"),
        ({"assurance": 4}, "1 to 3"),
        ({"acr": {"gold": 0}}, "1 to 3"),
        ({"profile": "digital-auth-app", "scopes": ["openid", "email"]}, "email"),
        ({"profile": "digital-auth-app", "acr_values": "aal1"}, "aal3 crl"),
        ({"endpoints": {"authorization_endpoint": "https://a.example", "token_endpoint": "http://a.example", "jwks_uri": "https://a.example"}}, "http://a.example"),
    ],
)  # fmt: skip
def test_what_is_refused(changed: dict[str, Any], said: str) -> None:
    found = faults(**changed)
    assert len(found) == 1 and said in found[0]


def test_names_stand_once() -> None:
    twice = msgspec.convert({"providers": [GOOD, GOOD]}, IdentityOfArea)
    assert faults_of_providers(twice) == ["providers: card stands twice"]


def test_what_a_sign_in_is_worth() -> None:
    plain = msgspec.convert({**GOOD, "assurance": 1, "acr": {"gold": 2}}, Provider)
    card = msgspec.convert({**GOOD, "profile": "digital-auth-app"}, Provider)
    assert [plain.worth(acr) for acr in ("", "gold", "other")] == [1, 2, 1]
    assert [card.worth(acr) for acr in ("", "aal3", "aal3 crl", "aal2")] == [3, 3, 3, 1]
    assert card.asked_acr == "aal3 crl"


def test_where_a_secret_is_looked_for() -> None:
    assert secret_variable("chiba", "auth-app") == "KAITEKI_SECRET_CHIBA_AUTH_APP"


def partner_faults(**changed: Any) -> list[str]:
    """What is wrong with one partner of which something else is said."""
    good = {
        "name": "n",
        "issuer": "https://n.example",
        "words": GOOD["words"],
        "jwks_uri": "https://n.example/k",
    }
    return faults_of_partners(msgspec.convert({"partners": [{**good, **changed}]}, PartnersOfArea))


def test_what_may_be_said_of_another_city() -> None:
    guide = GUIDE.with_name("oauth.md").read_text(encoding="utf-8")
    told = [tomllib.loads(text) for text in re.findall(r"^```toml\n(.*?)^```$", guide, re.M | re.S)]
    assert [faults_of_partners(msgspec.convert(one, PartnersOfArea)) for one in told] == [[]]
    assert partner_faults() == []
    assert partner_faults(jwks={"keys": []}) == ["partners.n: either jwks_uri or jwks"]
    assert partner_faults(issuer="http://n.example") == [
        "partners.n: http://n.example: only https, or a host of own_hosts"
    ]
    assert partner_faults(area="x") == ["partners.n: token_endpoint and area go together"]
