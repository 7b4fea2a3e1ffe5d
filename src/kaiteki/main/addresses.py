"""Addresses that users name: read with limits, and whether they are on the public network."""

from __future__ import annotations

import ipaddress
import ssl
from functools import cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

from kaiteki.ports.outgoing import Unreachable

URL_LENGTH_MAX: Final = 2048
PORTS: Final = {"http": 80, "https": 443}


@cache
def trusted() -> ssl.SSLContext:
    """Who is trusted on the way out: the authorities of this machine. They are read once, which takes 50 to 100 ms, so not on an event loop."""
    return ssl.create_default_context()


def is_public(address: str) -> bool:
    """Whether an IP address is on the public network, also when it is an IPv4 address inside of an IPv6 one."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    checked = mapped if mapped is not None else parsed
    return checked.is_global and not checked.is_multicast


def checked_url(url: str) -> SplitResult:
    """The parts of a http or https address without user names; raises Unreachable for any other text."""
    if len(url) > URL_LENGTH_MAX or any(ord(sign) <= 0x20 or ord(sign) == 0x7F for sign in url):
        raise Unreachable("the address is malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable("the address is malformed") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None or port == 0:
        raise Unreachable("only http and https addresses without user names are fetched")
    return parts
