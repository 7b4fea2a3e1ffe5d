"""Finding hosts that users name: looked up once, all addresses checked, and the checked one is connected to.

So an answer that changes between two look-ups (DNS rebinding) changes nothing: there is no second look-up.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from kaiteki.main.addresses import PORTS, PORTS_ALLOWED, canonical_host, is_own_name, is_public, parted
from kaiteki.model.watch.mqtt import PORTS as MQTT_PORTS
from kaiteki.ports.outgoing import Unreachable

LookUp: TypeAlias = Callable[[str, int], Sequence[str]]
"""(host, port) -> its IP addresses; it may wait, and raises OSError."""
_SCHEMES: Final = {**PORTS, **MQTT_PORTS}


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as this machine finds them."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Resolver:
    """Says which hosts may be reached. `own` are the hosts (also `host:port`) of each area that are reached whatever their address is."""

    def __init__(self, own: Mapping[str, frozenset[str]], finds: LookUp = look_up) -> None:
        self._own = dict(own)
        self._finds = finds

    async def checked_address(self, area: str, host: str, port: int) -> str:
        """An address of a host that may be connected to in the name of an area. Raises Unreachable, OSError."""
        return await asyncio.to_thread(self.find, area, host, port)

    def find(self, area: str, host: str, port: int) -> str:
        """The same, waiting for it: the first address of a host; all of them must be public, unless the area knows the host as its own."""
        try:
            named = canonical_host(host)
        except ValueError:
            raise Unreachable(f"{host[:200]} is neither the name of a host nor an address") from None
        is_own = self._is_own(area, named, port)
        if not is_own:
            _check(named, port)
        addresses = self._finds(named, port)
        if not addresses or not (is_own or all(is_public(address) for address in addresses)):
            raise Unreachable(f"{named} is not on the public network")
        return addresses[0]

    def forbids(self, area: str, url: str) -> bool:
        """Whether an address will never be reached, as far as that is known without looking up its host.

        What a template fills in is not known yet; what is no address of a network is no business of this.
        """
        if not url or url.startswith("urn:") or "${" in url.partition("//")[2].partition("/")[0]:
            return False
        try:
            parts = parted(url)
            host, port = parts.hostname or "", parts.port or _SCHEMES.get(parts.scheme, 0)
            if parts.scheme not in _SCHEMES or (parts.username is not None and parts.scheme in PORTS):
                return True
            if not self._is_own(area, host, port):
                _check(host, port)
        except Unreachable:
            return True
        return False

    def _is_own(self, area: str, host: str, port: int) -> bool:
        """Whether an area knows a host as its own."""
        own = self._own.get(area, frozenset[str]())
        return host in own or f"{host}:{port}" in own


def _check(host: str, port: int) -> None:
    """Refuse a host that has no business on the public network, whatever it is found at, and ports of other services. Raises Unreachable."""
    try:
        is_private = not is_public(host)
    except ValueError:
        # a name: what it stands for is only known when it is looked up
        is_private = is_own_name(host)
    if is_private:
        raise Unreachable(f"{host} is not on the public network")
    if port not in PORTS_ALLOWED:
        raise Unreachable(f"port {port} of {host} is none that is asked")
