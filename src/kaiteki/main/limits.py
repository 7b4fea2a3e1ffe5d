"""How often anybody may ask this node and who may watch it, as the operator wants it. A node that runs with `--open` counts nobody."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Final, TypeAlias

import typer

from kaiteki.api.limits import Limits, Pace, Sizes
from kaiteki.api.proxies import Proxies
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.main.settings import Settings

WATCHERS_VARIABLE: Final = "KAITEKI_METRICS_FOR"
TOKEN_VARIABLE: Final = "KAITEKI_METRICS_TOKEN"
MayWatch: TypeAlias = Callable[[str, str], bool]
"""(address, Authorization header) -> whether the figures of the node are for who asks."""
PREFIX: Final = "KAITEKI_LIMIT_"


def sizes() -> Sizes:
    """The limits of this node: the default, or what KAITEKI_LIMIT_… says. Raises BadParameter for what is no number above 0."""
    told: dict[str, int] = {}
    for name in Sizes.__struct_fields__:
        text = os.environ.get(PREFIX + name.upper(), "")
        if text and not (text.isascii() and text.isdigit() and int(text) > 0):
            raise typer.BadParameter(f"{PREFIX}{name.upper()} is a number above 0")
        if text:
            told[name] = int(text)
    return Sizes(**told)


def open_pace(settings: Settings) -> Pace | None:
    """How fast accounts may write."""
    return None if settings.open else Pace(sizes(), time.time)


def open_limits(settings: Settings, keys: ApiKeys) -> Limits | None:
    """What counts requests."""
    return None if settings.open else Limits(keys, sizes(), Proxies(settings.proxies), time.time)


def watchers() -> MayWatch:
    """Who may read the figures of the node: this machine, the addresses and networks that are named, who has the token. Raises BadParameter."""
    try:
        networks = [ip_network(one) for one in os.environ.get(WATCHERS_VARIABLE, "").split()]
    except ValueError as wrong:
        raise typer.BadParameter(f"{WATCHERS_VARIABLE}: {wrong}") from wrong
    token = os.environ.get(TOKEN_VARIABLE, "")

    def may_watch(address: str, authorization: str) -> bool:
        if token and hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            return True
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return parsed.is_loopback or any(parsed in network for network in networks)

    return may_watch
