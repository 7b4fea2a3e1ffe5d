"""The layers that an area brings along as data: each file of `cities/<name>/layers/` is a list of `[[layers]]`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from kaiteki.model.decision import digest_of
from kaiteki.services.maps.model import NAME, Layer

LAYERS_MAX = 300
"""Layers of an area."""


class Told(Layer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer as the folder of an area tells it; `name` is the last part of its id."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)]

    @property
    def digest(self) -> str:
        """What tells one version of the row from another."""
        return digest_of(msgspec.json.encode(self, order="sorted"))


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an area says of its maps."""

    layers: tuple[Told, ...] = ()

    def __post_init__(self) -> None:
        """Refuse (ValueError) layers that cannot be told apart, and too many of them."""
        names = [one.name for one in self.layers]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"layers that stand twice: {', '.join(twice)}")
        if len(names) > LAYERS_MAX:
            raise ValueError(f"{len(names)} layers, more than {LAYERS_MAX}")
