"""How often anybody may ask: by API key, by address, by account. Who asks too often waits; nobody else notices.

Addresses are counted by chance: about one request in sixty-four is looked at and counts for those before it, so that a reader who keeps to the
limit costs the node a subtraction. As soon as an address is over its limit every request is looked at until the minute ends.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec

from kaiteki.api.exchange import HeaderMap, Headers, Reply
from kaiteki.api.problems import READS, refuse
from kaiteki.api.proxies import Proxies
from kaiteki.api.rsgi import Scope
from kaiteki.kit.api_keys import MARK, ApiKeys
from kaiteki.model.access import Person
from kaiteki.model.problem import Problem

MINUTE_S: Final = 60
READABLE: Final = (
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "RateLimit, RateLimit-Policy, Retry-After"),
)
"""A page of another origin that asks too often may read that, and when to come again."""
DAY_S: Final = 86_400
GAP_MAX: Final = 127
"""At most so many requests go by between two that are looked at; half of it on average."""
NEVER: Final = 2**62
COUNTED_MAX: Final = 20_000
"""Keys, accounts or addresses that are counted at the same time; who was longest away is forgotten."""


class Sizes(msgspec.Struct, frozen=True):
    """How many requests each may send: an address (all together, without a key), a key, an account that writes, those without an account who send
    commands from one address, a client of OAuth from one address."""

    address_per_minute: int = 12_000
    key_per_minute: int = 6_000
    key_per_day: int = 1_000_000
    writes_per_minute: int = 60_000
    strangers_per_minute: int = 400
    tokens_per_minute: int = 60


class Window:
    """Counts by name in stretches of equal length."""

    def __init__(self, limit: int, length_s: int) -> None:
        self.limit: Final = limit
        self.length_s: Final = length_s
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, name: str, now_s: float, weight: int = 1) -> int:
        """How many are left after this one; below 0 when it is too many."""
        stretch = int(now_s) // self.length_s
        began, count = self._counts.get(name, (stretch, 0))
        count = (count if began == stretch else 0) + weight
        self._counts[name] = (stretch, count)
        self._counts.move_to_end(name)
        if len(self._counts) > COUNTED_MAX:
            self._counts.popitem(last=False)
        return self.limit - count

    def ends_in_s(self, now_s: float) -> int:
        """Whole seconds until the stretch is over."""
        return self.length_s - int(now_s) % self.length_s


def too_many(again_s: int, headers: Headers | None = None) -> Reply:
    """429, and when to come again."""
    problem = Problem("TooManyRequests", f"please ask again in {again_s} seconds")
    return refuse(problem, [("retry-after", str(again_s)), *READABLE, *(headers or [])])


def key_in(headers: HeaderMap) -> str | None:
    """The API key of a request: X-API-Key, or a bearer that is one."""
    key = headers.get("x-api-key")
    if key is not None:
        return key
    authorization = headers.get("authorization")
    if authorization is not None and MARK in authorization:
        return authorization.partition(" ")[2].strip()
    return None


class Pace:
    """How fast an account may write, and how fast all those without one who send commands from one address."""

    def __init__(self, sizes: Sizes, now_s: Callable[[], float]) -> None:
        self._writes = Window(sizes.writes_per_minute, MINUTE_S)
        self._strangers = Window(sizes.strangers_per_minute, MINUTE_S)
        self._now_s = now_s

    def count(self, person: Person, address: str = "") -> None:
        """One write. Raises TooManyRequests. Where no account is known, it counts for the address (this machine is not counted)."""
        now_s = self._now_s()
        here = "" if person.account_id else counted_as(address)
        if here and self._strangers.count(here, now_s) < 0:
            again_s = self._strangers.ends_in_s(now_s)
            raise Problem("TooManyRequests", f"without an account you may send again in {again_s} seconds")
        if person.account_id and self._writes.count(person.account_id, now_s) < 0:
            again_s = self._writes.ends_in_s(now_s)
            raise Problem("TooManyRequests", f"this account may write again in {again_s} seconds")


class Limits:
    """What the front of a node asks before it answers. This machine itself is not counted by its address."""

    def __init__(self, keys: ApiKeys, sizes: Sizes, proxies: Proxies, now_s: Callable[[], float]) -> None:
        self._keys = keys
        self._proxies = proxies
        self._now_s = now_s
        self._addresses = Window(sizes.address_per_minute, MINUTE_S)
        self._writes = Window(sizes.writes_per_minute, MINUTE_S)
        self._minute = Window(sizes.key_per_minute, MINUTE_S)
        self._day = Window(sizes.key_per_day, DAY_S)
        self._chance = random.Random()
        self._full_until_s = 0.0
        self._policy = (
            f'"minute";q={sizes.key_per_minute};w={MINUTE_S}, "day";q={sizes.key_per_day};w={DAY_S}'
        )

    def gap(self) -> int:
        """How many requests may go by before the next is looked at."""
        if self._now_s() < self._full_until_s:
            return 1
        return 1 + int(self._chance.random() * GAP_MAX)

    def look(self, scope: Scope, weight: int) -> Reply | None:
        """Count a request, and those before it that were not looked at, by its address; the refusal where these are too many."""
        if key_in(scope.headers) is not None:
            return None
        refused = self._count(self._addresses, self.sender(scope), weight)
        if refused is not None:
            now_s = self._now_s()
            self._full_until_s = now_s + self._addresses.ends_in_s(now_s)
        return refused

    def _count(self, window: Window, address: str, weight: int) -> Reply | None:
        """Count by the address; the refusal where it is too much. This machine is not counted."""
        now_s, name = self._now_s(), counted_as(address)
        if not name or window.count(name, now_s, weight) >= 0:
            return None
        return too_many(window.ends_in_s(now_s))

    async def admit(self, scope: Scope) -> Reply | Headers:
        """The refusal of a request, else what its answer says of its quota (nothing for one without a key)."""
        if scope.method not in READS:
            refused = self._count(self._writes, self.sender(scope), 1)
            if refused is not None:
                return refused
        key = key_in(scope.headers)
        if key is None:
            return []
        value = await self._keys.known(key)
        if value is None:
            refused = self._count(self._addresses, self.sender(scope), 1)
            unknown = Problem("Unauthorized", "the API key is not known here", "X-API-Key")
            return refused or refuse(unknown, [*READABLE])
        self._keys.used(value)
        now_s = self._now_s()
        told: Headers = [("ratelimit-policy", self._policy)]
        left = [(name, one.count(value, now_s), one.ends_in_s(now_s)) for name, one in self._windows()]
        told.append(
            ("ratelimit", ", ".join(f'"{name}";r={max(0, rest)};t={end}' for name, rest, end in left))
        )
        over = [end for _, rest, end in left if rest < 0]
        return too_many(max(over), told) if over else told

    def _windows(self) -> tuple[tuple[str, Window], ...]:
        return (("minute", self._minute), ("day", self._day))

    def sender(self, scope: Scope) -> str:
        """The address that asks, behind the proxies of the operator."""
        peer = scope.client.rpartition(":")[0].removeprefix("[").removesuffix("]")
        if not self._proxies.any:
            return peer
        forwarded = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
        return self._proxies.sender(peer, forwarded)


@lru_cache(COUNTED_MAX)
def counted_as(address: str) -> str:
    """By what an address is counted: IPv4 as it is, IPv6 by the network of one subscriber (/64), this machine (empty) not at all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if parsed.is_loopback:
        return ""
    if parsed.version == 4:
        return address
    return str(parsed.ipv4_mapped or ip_network((int(parsed) >> 64 << 64, 64)))
