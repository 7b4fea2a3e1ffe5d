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
from typing import Annotated, Final, Literal

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


class Division(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a place is told its side of the division of the planning area (区域区分, 都市計画法7条): by the areas of a `layer`.

    `by` names a property, `promotion` and `control` its values for 市街化区域 and 市街化調整区域; without `by` all areas of the layer are
    市街化区域. What lies outside of them is 市街化調整区域 where `rest` says so (the whole area is planned and divided), else nobody can say.
    `none`: the area has no such division.
    """

    layer: str = ""
    by: str = ""
    promotion: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    rest: Literal["unknown", "control"] = "unknown"
    none: bool = False

    def __post_init__(self) -> None:
        """Refuse (ValueError) what says nothing or two things."""
        if self.none == bool(self.layer):
            raise ValueError("a division is none, or the areas of a layer")
        if bool(self.by) != bool(self.promotion or self.control):
            raise ValueError("the values of a division are those of a property, by")


class Under(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies under the layers of an area without wards: data sets by the last part of their ids. `outline` has lines or areas, `areas`
    are parts of the town with names, of which the ends in `without` are not said (吉永自治会: 吉永)."""

    outline: str = ""
    areas: str = ""
    without: tuple[str, ...] = ()

    def called(self, name: str) -> str:
        """The name of a part as it stands on the map."""
        return next(
            (short for end in self.without if (short := name.removesuffix(end)) not in ("", name)), name
        )


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an area says of its maps. Without a `division` nobody has given data on it."""

    layers: tuple[Told, ...] = ()
    sets: tuple[TakenUp, ...] = ()
    division: Division | None = None
    ground: Under | None = None

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
        if self.division is not None and not self.division.none and self.division.layer not in names:
            raise ValueError(f"the division names no layer of the area: {self.division.layer}")
        if len(names) > LAYERS_MAX:
            raise ValueError(f"{len(names)} layers, more than {LAYERS_MAX}")
