"""Readers of texts that no request carries, under fuzz: files of areas, policies, documents of providers, tokens of other nodes, origins.

Each takes bytes and answers; what it may raise is its way to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from fuzz.asking import JSON_WORDS, _all
from kaiteki.api.oauth.assertions import unproven
from kaiteki.api.sockets import check_origin
from kaiteki.kit.engine import KIT
from kaiteki.kit.providers.asking import ProviderFailed
from kaiteki.kit.providers.configuration import Provider
from kaiteki.kit.providers.flow import _read_metadata
from kaiteki.kit.providers.keys import read_keys
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import BadPolicy, Policies, Source
from kaiteki.main.cities import BadCity, load_city, load_identity, load_partners, load_service_settings
from kaiteki.main.parts import SERVICES
from kaiteki.model.problem import Problem
from kaiteki.model.words import Words
from kaiteki.services.reports.settings import Settings

ROOT: Final = Path(__file__).parents[2]
DEMO: Final = ROOT / "cities" / "demo"
NAME: Final = "fuzzed"
PROVIDER: Final = Provider(
    name="town", issuer="https://idp.example", client_id="kaiteki", words=Words("市", "Town")
)
JWKS: Final = {
    "keys": [
        {"kty": "EC", "crv": "P-256", "kid": "a", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "use": "sig"},
        {"kty": "RSA", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aEAw3vRw", "e": "AQAB", "alg": "RS256"},
    ]
}  # fmt: skip
METADATA: Final = {
    "issuer": "https://idp.example",
    "authorization_endpoint": "https://idp.example/a",
    "token_endpoint": "https://idp.example/t",
    "jwks_uri": "https://idp.example/k",
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
}
IDENTITY: Final = """[[providers]]
name = "town"
issuer = "https://idp.example"
client_id = "kaiteki"
words = { ja = "市", en = "Town" }
"""
PARTNERS: Final = """[[partners]]
name = "neighbour"
issuer = "https://n.example"
words = { ja = "となり市", en = "Neighbour" }
roles = ["staff"]
offices = ["roads"]
purposes = ["reports.handling"]
jwks_uri = "https://n.example/keys"
"""


class Text(NamedTuple):
    """A kind of text: good examples, words of its language, what reads it, and by what that may refuse."""

    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...]
    read: Callable[[bytes, Path], object]
    refuses: tuple[type[Exception], ...]


def _laid(folder: Path, name: str, text: bytes) -> None:
    file = folder / NAME / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text)


def _city(text: bytes, folder: Path) -> object:
    _laid(folder, "city.toml", text)
    return load_city(NAME)


def _settings(text: bytes, folder: Path) -> object:
    _laid(folder, "city.toml", b"")
    _laid(folder, "services/reports.toml", text)
    return load_service_settings(NAME, "reports", Settings)


def _identity(text: bytes, folder: Path) -> object:
    _laid(folder, "city.toml", b"")
    _laid(folder, "identity.toml", text)
    return load_identity(NAME)


def _partners(text: bytes, folder: Path) -> object:
    _laid(folder, "city.toml", b"")
    _laid(folder, "partners.toml", text)
    return load_partners(NAME)


def _policies(text: bytes, _folder: Path) -> object:
    policies = Policies([Source("fuzzed", text.decode("utf-8", "replace"))])
    policies.check(catalogue_of((*SERVICES, KIT)))
    return policies.parsed, policies.members


def _keys(text: bytes, _folder: Path) -> object:
    return read_keys(msgspec.json.decode(text, type=dict))


def _metadata(text: bytes, _folder: Path) -> object:
    return _read_metadata(msgspec.json.decode(text, type=dict), PROVIDER)


def _token(text: bytes, _folder: Path) -> object:
    return unproven(text.decode("latin-1"))


def _origin(text: bytes, _folder: Path) -> object:
    return check_origin({"origin": text.decode("latin-1"), "cookie": "a=b", "host": "town.example"})


TOML: Final = (
    b"[",
    b"]]",
    b"=",
    b'"',
    b"{ ja = ",
    b"\n",
    b"nan",
    b"1979-05-27T07:32:00Z",
    b"-inf",
    b"[[sources]]",
    b"0x1f",
)
TEXTS: Final[dict[str, Text]] = {
    "city.toml": Text((DEMO.joinpath("city.toml").read_bytes()[:6000],), TOML, _city, (BadCity,)),
    "reports.toml": Text((DEMO.joinpath("services", "reports.toml").read_bytes()[:6000],), TOML, _settings, (BadCity,)),
    "identity.toml": Text((IDENTITY.encode(),), (*TOML, b"https://[", b"own_hosts"), _identity, (BadCity,)),
    "partners.toml": Text((PARTNERS.encode(),), TOML, _partners, (BadCity,)),
    "policies": Text(
        tuple(one.read_bytes()[:3000] for one in sorted((ROOT / "src" / "kaiteki" / "policies").glob("*.cedar"))),
        (b"permit", b"forbid", b"(", b");", b"when {", b"unless", b"principal", b"::", b'like "*"', b"@id", b"has", b"in ["),
        _policies,
        (BadPolicy,),
    ),
    "keys": Text(_all(JWKS), (*JSON_WORDS, b'"kty":"oct"', b'"x":', b"AQAB"), _keys, (ProviderFailed, msgspec.DecodeError)),
    "metadata": Text(_all(METADATA), (*JSON_WORDS, b"https://[", b"http://"), _metadata, (ProviderFailed, msgspec.DecodeError)),
    "token": Text(_all("a.eyJpc3MiOiJ4In0.b", "a..b", "a.e30.b"), (b".", b"=", b"e30", b"W10"), _token, (ProviderFailed,)),
    "origin": Text(_all("https://town.example", "http://[::1]:80", "null"), (b"[", b"]", b"//", b"@", b":", b"%"), _origin, (Problem,)),
}  # fmt: skip
"""Every reader of such a text, by what is broken."""


def read(kind: Text, text: bytes, folder: Path) -> bool:
    """Read a text; whether it was taken. To refuse is an answer."""
    try:
        kind.read(text, folder)
    except kind.refuses:
        return False
    return True
