"""How often anybody may ask this node, as the operator wants it, and what counts it. A node that runs with `--open` counts nobody."""

from __future__ import annotations

import os
import time
from typing import Final

import typer

from kaiteki.api.limits import Limits, Pace, Sizes
from kaiteki.api.proxies import Proxies
from kaiteki.kit.api_keys import ApiKeys
from kaiteki.main.settings import Settings

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
