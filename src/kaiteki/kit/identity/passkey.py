"""What a passkey is to this node, and where it is good."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import msgspec

from kaiteki.model.instant import Instant

PASSKEY: Final = "passkey"
"""The kind of its credential; the value is the id of the passkey in base64url."""


class Place(msgspec.Struct, frozen=True):
    """Where passkeys are good: the relying party of WebAuthn. `origin` is what browsers call the site, `name` what people do."""

    rp_id: str
    origin: str
    name: str = ""


class Passkey(msgspec.Struct, frozen=True):
    """What is kept of a passkey. `public_key` is its COSE key, `title` what the owner calls it.

    `doubted_at` is when its count of signatures went back: the key may have been copied, and signs nobody in from then on.
    """

    public_key: bytes
    sign_count: int
    rp_id: str
    title: str = ""
    backed_up: bool = False
    doubted_at: Instant = Instant(0)


class Asked(msgspec.Struct, frozen=True):
    """What a browser was asked to make a passkey for."""

    place: Place
    challenge: bytes
    account_id: str
    name: str


def place_of(origin: str, name: str) -> Place | None:
    """Where a site of an origin (`https://host:port`) keeps its passkeys; None where browsers allow none.

    That is at an address of numbers, and without encryption anywhere but on the machine itself (`localhost`).
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_local(host))
    return Place(host, origin, name) if host and is_safe and not _is_number(host) else None


def _is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
