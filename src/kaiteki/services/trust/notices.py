"""What people read before they decide: texts in three languages, in numbered versions that stay readable."""

from __future__ import annotations

import hashlib
import importlib.resources
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from kaiteki.model.words import Words

_OF_THE_CHANGE: Final = ("changes", "material")
DAY_US: Final = 86_400_000_000


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One wording. `items` are what can be agreed to one by one (`Type.field`), `valid_days` how long a consent holds (0: until withdrawn).

    `changes` says in words what is other than in the version before. `material`: it matters so much that who agreed before has to
    decide again; what they agreed to holds no more from the moment that the version is there.
    """

    number: int
    since: str
    title: Words
    text: Words
    refusal: Words
    items: Mapping[str, Words]
    valid_days: int = 0
    changes: Words | None = None
    material: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the whole wording in all languages: what a record names as proof of what was read. What is said of the change
        is no part of it."""
        read = {name: getattr(self, name) for name in self.__struct_fields__ if name not in _OF_THE_CHANGE}
        return hashlib.sha256(msgspec.json.encode(read, order="sorted")).hexdigest()


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wordings for one purpose (`<service>.<purpose>`), the oldest first; the last one is what people read now."""

    purpose: str
    versions: tuple[Version, ...]

    @property
    def current(self) -> Version:
        """What people read now."""
        return self.versions[-1]

    @property
    def holds_from(self) -> int:
        """The oldest version to which an agreement still holds."""
        return next((one.number for one in reversed(self.versions) if one.material), 1)

    def version(self, number: int) -> Version | None:
        """A wording by its number."""
        return next((one for one in self.versions if one.number == number), None)


@cache
def of_the_package() -> Mapping[str, Notice]:
    """The notices that come with the services, by purpose."""
    folder = importlib.resources.files(__package__ or "").joinpath("notices")
    found: dict[str, Notice] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        purpose = file.name.removesuffix(".toml")
        rows = tomllib.loads(file.read_text(encoding="utf-8"))
        found[purpose] = msgspec.convert({"purpose": purpose, **rows}, Notice)
    return found


def notices_of(own: tuple[Notice, ...]) -> Mapping[str, Notice]:
    """The notices of an area: its own before those of the package, by purpose."""
    return {**of_the_package(), **{one.purpose: one for one in own}}
