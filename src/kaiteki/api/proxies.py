"""From which address a request comes where proxies stand before the node: only those that the operator names are believed."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

HOPS_MAX: Final = 20
"""Addresses of X-Forwarded-For that are looked at, from the nearest one outwards."""


class BadProxy(ValueError):
    """What was named as a proxy is neither an address nor a network."""


class Proxies:
    """The proxies of an operator, as addresses and networks (`127.0.0.1`, `10.0.0.0/8`); none unless they are named."""

    def __init__(self, named: Sequence[str] = ()) -> None:
        """Raises BadProxy for a text that is no address or network."""
        try:
            self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, named))
        except ValueError as wrong:
            raise BadProxy(f"no address or network of a proxy: {wrong}") from wrong

    @property
    def any(self) -> bool:
        """Whether there are proxies at all."""
        return bool(self._networks)

    def sender(self, peer: str, forwarded: Sequence[str]) -> str:
        """The address behind the peer: the last of X-Forwarded-For (header values in their order) that is no proxy of ours.

        What stands further out is said by whoever sent it, so it is not believed; the answer never is a text that is no address.
        """
        hops = [hop.strip() for value in forwarded for hop in value.split(",")][-HOPS_MAX:]
        nearest = peer
        while self._is_ours(nearest) and hops:
            hop = hops.pop()
            if not _is_address(hop):
                break
            nearest = hop
        return nearest

    def scheme(self, peer: str, own: str, forwarded: Sequence[str]) -> str:
        """The scheme that a browser speaks: what the nearest proxy of ours says of it (X-Forwarded-Proto), else that of the connection."""
        said = [one.strip().lower() for value in forwarded for one in value.split(",")]
        return "https" if said and said[-1] == "https" and self._is_ours(peer) else own

    def _is_ours(self, address: str) -> bool:
        if not _is_address(address):
            return False
        found = ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
