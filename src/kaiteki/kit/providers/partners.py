"""The nodes of other cities that an area trusts: `cities/<area>/partners.toml` says whose signatures count, and for what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from kaiteki.model.words import Words

PARTNERS_MAX: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


class Partner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node of another city. It is known by `issuer`, the public address of that node.

    Its keys stand at `jwks_uri` or here (`jwks`). Whoever it speaks for gets at most `roles`, in `offices` (empty: all), for `purposes`
    (`<service>.<purpose>`, empty: any). `token_endpoint` is where this node asks that one for a token, in its area `area`.
    """

    name: str
    issuer: str
    words: Words
    jwks_uri: str = ""
    jwks: Mapping[str, Any] = {}
    token_endpoint: str = ""
    area: str = ""
    roles: tuple[str, ...] = ()
    offices: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()


class PartnersOfArea(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file `partners.toml` of an area."""

    partners: tuple[Partner, ...] = ()


def faults_of_partners(told: PartnersOfArea) -> list[str]:
    """What is wrong with the partners of an area, one sentence each."""
    faults: list[str] = []
    for field in ("name", "issuer"):
        values = [getattr(one, field) for one in told.partners]
        faults += [
            f"partners: {value} stands twice" for value in sorted(set(values)) if values.count(value) > 1
        ]
    if len(told.partners) > PARTNERS_MAX:
        faults.append(f"partners: at most {PARTNERS_MAX}")
    return faults + [f"partners.{one.name}: {fault}" for one in told.partners for fault in _faults_of(one)]


def _faults_of(partner: Partner) -> Iterator[str]:
    if not _NAME.fullmatch(partner.name):
        yield "a name has small letters, digits and hyphens"
    if bool(partner.jwks_uri) == bool(partner.jwks):
        yield "either jwks_uri or jwks"
    if bool(partner.token_endpoint) != bool(partner.area):
        yield "token_endpoint and area go together"
    for url in (partner.issuer, partner.jwks_uri, partner.token_endpoint):
        if url and not _may_be_asked(partner, url):
            yield f"{url}: only https, or a host of own_hosts"


def _may_be_asked(partner: Partner, url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    own = host in partner.own_hosts or f"{host}:{port}" in partner.own_hosts
    return bool(host) and (parts.scheme == "https" or (own and parts.scheme == "http"))
