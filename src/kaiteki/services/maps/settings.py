"""The layers that an area brings along as data: sets of the program that it takes up, and layers of its own.

```
sets/*.toml (the program) ─► [[sets]] of cities/<name>/services/maps.toml: whose data, who answers, without which ─┐
cities/<name>/layers/*.toml, each a list of [[layers]]: what is the area's own, or in the place of one of a set ───┴─► Settings.every
```
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from kaiteki.model.decision import digest_of
from kaiteki.model.words import Words
from kaiteki.services.maps.model import NAME, Layer

LAYERS_MAX = 300
"""Layers of an area."""


class Told(Layer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer as the folder of an area tells it; `name` is the last part of its id."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)]

    @property
    def digest(self) -> str:
        """What tells one version of the row from another."""
        told = msgspec.to_builtins(self)
        if not self.open_data:
            # (a member that came later: rows that do not have it are as they were)
            del told["open_data"]
        return digest_of(msgspec.json.encode(told, order="sorted"))


SETS: Final[Mapping[str, tuple[Told, ...]]] = {
    file.stem: msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), dict[str, tuple[Told, ...]])[
        "layers"
    ]
    for file in sorted((Path(__file__).parent / "sets").glob("*.toml"))
}
"""The layers that the program has for every area, by the names of their sets; they show types that every area has."""


class TakenUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set that an area takes up: whose data they are, under which licence and of which day, which office answers for them (and for
    single layers another one), and which layers it leaves out."""

    name: str
    source: Words
    maintainer: Words
    maintainers: dict[str, Words] = {}
    licence: str = ""
    as_of: str = ""
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse (ValueError) a set, or a layer of it, that there is not."""
        if self.name not in SETS:
            raise ValueError(f"there is no set {self.name}; there are {', '.join(SETS)}")
        known = {one.name for one in SETS[self.name]}
        for name in (*self.without, *self.maintainers):
            if name not in known:
                raise ValueError(
                    f"the set {self.name} has no layer {name}; it has {', '.join(sorted(known))}"
                )

    @property
    def layers(self) -> tuple[Told, ...]:
        """Its layers as the area has them."""
        return tuple(
            msgspec.structs.replace(
                one,
                source=self.source,
                licence=self.licence,
                as_of=self.as_of,
                maintainer=self.maintainers.get(one.name, self.maintainer),
            )
            for one in SETS[self.name]
            if one.name not in self.without
        )


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an area says of its maps."""

    layers: tuple[Told, ...] = ()
    sets: tuple[TakenUp, ...] = ()

    @property
    def every(self) -> tuple[Told, ...]:
        """The layers of the area: those of its sets where it has none of that name itself, then its own."""
        own = {one.name for one in self.layers}
        taken = (one for several in self.sets for one in several.layers)
        return (*(one for one in taken if one.name not in own), *self.layers)

    def __post_init__(self) -> None:
        """Refuse (ValueError) layers that cannot be told apart, and too many of them."""
        names = [one.name for one in self.every]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"layers that stand twice: {', '.join(twice)}")
        if len(names) > LAYERS_MAX:
            raise ValueError(f"{len(names)} layers, more than {LAYERS_MAX}")
