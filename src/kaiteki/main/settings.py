"""The settings of a node: what the command line and `KAITEKI_…` variables say."""

from __future__ import annotations

from pathlib import Path

import msgspec

CITIES_DEFAULT = ("chiba", "kashiwa")
HOST_DEFAULT = "127.0.0.1"
PORT_DEFAULT = 8000
MEMORY_MB_DEFAULT = 128
LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""The names of this machine for itself."""


class Settings(msgspec.Struct, frozen=True):
    """How a node runs. `cities` are the areas it serves, the first one answers requests without a tenant.

    `world_speed` is how many seconds a simulated world lives in each second, `world_seed` which world it is.

    `public_url` is where other nodes find this one; needed where it is not reached by `url`.

    `proxies` are the addresses and networks whose X-Forwarded-For is believed.

    `store` is the address of the database that the city is kept in (postgresql://…); empty for the data folder.

    `memory_mb` is what it may remember of what it has read and answered: half of it pages of the file, most of the rest entities
    as they were told.

    `open` switches access control off; such a node listens on loopback only, whatever `host` says.
    """

    data: Path = Path("var")
    store: str = ""
    cities: tuple[str, ...] = CITIES_DEFAULT
    host: str = HOST_DEFAULT
    port: int = PORT_DEFAULT
    proxies: tuple[str, ...] = ()
    public_url: str = ""
    memory_mb: int = MEMORY_MB_DEFAULT
    open: bool = False
    world: bool = False
    world_speed: float = 1.0
    world_seed: int = 1

    @property
    def pages_bytes(self) -> int:
        """What the store may keep of its file."""
        return self.memory_mb * 1_000_000 // 2

    @property
    def forms_bytes(self) -> int:
        """What entities may take as they were told."""
        return self.memory_mb * 3_000_000 // 8

    @property
    def answers_bytes(self) -> int:
        """What whole answers may take beside them."""
        return self.memory_mb * 1_000_000 // 8

    @property
    def address(self) -> str:
        """The address to listen on."""
        return "127.0.0.1" if self.open else self.host

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the node."""
        host = "127.0.0.1" if self.address in ("0.0.0.0", "::") else self.address
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def issuer(self) -> str:
        """By which address this node is known to providers of identity and to other cities."""
        return (self.public_url or self.url).rstrip("/")

    @property
    def address_for_sources(self) -> str:
        """Where context sources send their notifications; empty where this node does not know how others reach it."""
        return self.public_url or (self.url if self.address in LOOPBACK else "")
