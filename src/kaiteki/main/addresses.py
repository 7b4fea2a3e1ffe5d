"""Addresses that users name: read once, in one canonical form, with limits; and whether they are on the public network.

Programs disagree about odd addresses: what one takes for a name is `127.0.0.1` to the next. So a host is read the way that browsers and
the look-up of this machine would read it (WHATWG URL, "host parsing"), and whatever two readers could understand in two ways is refused.
"""

from __future__ import annotations

import re
import ssl
import unicodedata
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

from kaiteki.ports.outgoing import Unreachable

Address: TypeAlias = IPv4Address | IPv6Address

URL_LENGTH_MAX: Final = 2048
HOST_LENGTH_MAX: Final = 253
PORTS: Final = {"http": 80, "https": 443}
PORTS_ALLOWED: Final = frozenset(
    {
        *(80, 443, 1026, 1883, 3000, 5000, 8000, 8008, 8081, 8443, 8883, 8888, 9000, 9090, 9443),
        *range(8080, 8090),
    }
)
"""Ports of web servers, context brokers and MQTT brokers; others are for the hosts that an area knows as its own."""
_NOT_PUBLIC_4: Final = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
            *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
"""What the registry of special addresses keeps from the public network (RFC 6890 and its heirs), and multicast."""
_NOT_PUBLIC_6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"))
)
_UNICAST: Final = IPv6Network("2000::/3")
"""Where all addresses of the public network lie; loopback, link-local, unique local, multicast and mapped ones lie outside of it."""
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 shows the IPv4 hosts of others; the IPv4 address is the end of it (RFC 6052)."""
_ISATAP: Final = (0x00005EFE, 0x02005EFE)
"""What stands before an IPv4 address in the last 64 bits of a tunnel of RFC 5214."""
_OWN_NAMES: Final = frozenset({"localhost", "metadata", "instance-data", "metadata.goog", "kubernetes"})
_OWN_ENDINGS: Final = (
    *(".localhost", ".local", ".internal", ".localdomain", ".lan", ".home.arpa", ".intranet", ".corp"),
    *(".home", ".private", ".in-addr.arpa", ".ip6.arpa", ".metadata.goog", ".svc", ".onion"),
)
"""Names that mean this machine, its network or the machine that it runs on, never a host of the public network."""
_DOTS: Final = str.maketrans("。．｡", "...")
_LABEL: Final = re.compile(r"(?!-)[^\W]([\w-]{0,61}[^\W])?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")


@cache
def trusted() -> ssl.SSLContext:
    """Who is trusted on the way out: the authorities of this machine. They are read once, which takes 50 to 100 ms, so not on an event loop."""
    return ssl.create_default_context()


def is_public(address: str) -> bool:
    """Whether an IP address is on the public network, also when it is an IPv4 address inside of an IPv6 one."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _NOT_PUBLIC_4)
    inside = IPv4Address(int(parsed) & 0xFFFFFFFF)
    if parsed in _NAT64:
        return is_public(str(inside))
    if (int(parsed) >> 32) & 0xFFFFFFFF in _ISATAP and not is_public(str(inside)):
        return False
    return parsed in _UNICAST and not any(parsed in network for network in _NOT_PUBLIC_6)


def is_own_name(host: str) -> bool:
    """Whether a name, in canonical form, means this machine or something in its network."""
    return host in _OWN_NAMES or host.endswith(_OWN_ENDINGS)


def canonical_host(text: str) -> str:
    """A host as one reader and the other have it: an IP address in its usual form, or a name in ASCII and lower case without a last dot.

    Raises ValueError for what is neither.
    """
    if ":" in text:
        if "%" in text:
            raise ValueError("an address with a zone")
        return str(IPv6Address(text))
    host = unicodedata.normalize("NFKC", text).translate(_DOTS).lower().removesuffix(".")
    last = host.rpartition(".")[2]
    if _NUMBER.fullmatch(last):
        return str(_ipv4(host.split(".")))
    host = host.encode("idna").decode("ascii") if not host.isascii() else host
    if len(host) > HOST_LENGTH_MAX or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise ValueError("neither a name nor an address")
    return host


def _ipv4(parts: list[str]) -> IPv4Address:
    """An IPv4 address of one to four decimal, octal or hexadecimal numbers; the last one fills what is left. Raises ValueError."""
    numbers = [_number(part) for part in parts]
    room = 256 ** (5 - len(numbers))
    if len(numbers) > 4 or any(number > 255 for number in numbers[:-1]) or numbers[-1] >= room:
        raise ValueError("no IPv4 address")
    return IPv4Address(numbers[-1] + sum(number << (8 * (3 - n)) for n, number in enumerate(numbers[:-1])))


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("no number")
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)


def parted(url: str) -> SplitResult:
    """The parts of an address with its host in canonical form; raises Unreachable where it has none, or could be read in two ways."""
    if len(url) > URL_LENGTH_MAX or any(
        ord(sign) <= 0x20 or ord(sign) == 0x7F or sign == "\\" for sign in url
    ):
        raise Unreachable("the address is malformed")
    try:
        parts = urlsplit(url)
        port, host = parts.port, canonical_host(parts.hostname or "")
    except ValueError:
        raise Unreachable("the address is malformed") from None
    if port == 0:
        raise Unreachable("the address is malformed")
    shown = f"[{host}]" if ":" in host else host
    signed_in = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return parts._replace(netloc=f"{signed_in}{shown}" + (f":{port}" if port is not None else ""))


def checked_url(url: str) -> SplitResult:
    """The parts of a http or https address without user names, its host in canonical form; raises Unreachable for any other text."""
    parts = parted(url)
    if parts.scheme not in PORTS or parts.username is not None:
        raise Unreachable("only http and https addresses without user names are fetched")
    return parts
