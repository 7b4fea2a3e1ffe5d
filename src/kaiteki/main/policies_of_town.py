"""What policies mean for a town that is there: the areas, types, attributes and accounts that it holds, and whether its node has read them.

A node reads policies at its start and writes down which (`policies.read` in its data folder, in no copy).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from kaiteki.kit.engine import KIT
from kaiteki.kit.rulings.declared import catalogue_of
from kaiteki.kit.rulings.policies import BadPolicy, Policies, generic_policies
from kaiteki.kit.rulings.schema import REST, Catalogue
from kaiteki.kit.views import expand_name
from kaiteki.main.cities import BadCity, load_policies
from kaiteki.main.parts import SERVICES
from kaiteki.stores.store import Store

READ_NAME: Final = "policies.read"
READ_MODE: Final = 0o600
LINES_MAX: Final = 50
"""Notes of one kind that are told of an area; how many more there are is said."""


def sound_policies(names: list[str] | tuple[str, ...]) -> tuple[dict[str, Policies], list[str]]:
    """The policies of areas that have some and can be used, and the faults of the others."""
    catalogue = catalogue_of((*SERVICES, KIT))
    sound: dict[str, Policies] = {}
    faults: list[str] = []
    for name in names:
        try:
            for area, own in load_policies([name]).items():
                own.check(catalogue)
                sound[area] = own
        except (BadPolicy, BadCity) as bad:
            faults.append(str(bad))
    return sound, faults


class Holdings(msgspec.Struct, frozen=True):
    """What an area holds: how many entities of each type, and which attributes these have, by expanded names."""

    counts: Mapping[str, int]
    attributes: Mapping[str, frozenset[str]]


async def holdings(store: Store, area: str) -> Holdings:
    """What an area of a store holds."""
    counts: dict[str, int] = {}
    attributes: dict[str, frozenset[str]] = {}
    for one in await store.entities.summarise(area):
        for name in one.types:
            counts[name] = counts.get(name, 0) + one.count
            attributes[name] = attributes.get(name, frozenset()) | frozenset(one.attributes)
    return Holdings(counts, attributes)


async def notes_of_area(
    store: Store, held: Holdings, own: Policies | None, catalogue: Catalogue
) -> list[str]:
    """What policies name and the area does not hold, and what it holds and nobody speaks of; one sentence each."""
    policies = own or generic_policies()
    named = sorted(policies.named)
    types = {name for kind, name in named if kind == "Type"}
    fields = [name.rpartition(".") for kind, name in named if kind == "Attribute"]
    spoken = types | {type_name for type_name, _, _ in fields}
    declared = {one.name for one in catalogue.sights.values()}
    empty = sorted(name for name in spoken - declared if expand_name(name) not in held.counts)
    notes = [f"policies name the type {name}, of which there is nothing" for name in empty]
    notes += [
        f"policies name the attribute {type_name}.{field}, which no {type_name} has"
        for type_name, _, field in fields
        if type_name not in declared
        and type_name not in empty
        and field != REST
        and expand_name(field) not in held.attributes[expand_name(type_name)]
    ]
    known = {*catalogue.sights, *(expand_name(name) for name in spoken)}
    notes += _first(
        [
            f"{count} of the type {name.rsplit('/', 1)[-1]}: no service declares it and no policy names it, so it is for staff alone"
            for name, count in sorted(held.counts.items())
            if name not in known
        ]
    )
    people = [name for kind, name in named if kind == "Person"]
    gone = [name for name in people if await store.accounts.by_id(name) is None]
    return [*notes, *(f"policies name the account {name}, which there is not" for name in gone)]


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - LINES_MAX
    return [*lines[:LINES_MAX], f"and {more} more types of that kind"] if more > 0 else lines


def note_policies(data: Path, areas: Sequence[str]) -> None:
    """Write down which policies a node on a data folder reads now, for `unread`. Those with faults are said when the node reads them."""
    part = data / f"{READ_NAME}.part"
    part.touch(mode=READ_MODE)
    part.write_bytes(msgspec.json.encode({area: mark for area in areas if (mark := _mark(area))}))
    part.replace(data / READ_NAME)


def unread(data: Path, areas: Sequence[str]) -> list[str]:
    """A sentence for each area whose policies are others than those that the node which runs on a data folder has read."""
    if not (data / READ_NAME).is_file() or not _is_claimed(data):
        return []
    read = msgspec.json.decode((data / READ_NAME).read_bytes(), type=dict[str, str])
    return [
        f"{area}: the node that runs has read other policies than these; it takes them when it is started anew"
        for area in areas
        if area in read and read[area] != _mark(area)
    ]


def _mark(area: str) -> str:
    """A short text that is another one for other policies; empty for policies that cannot be read and for an area that there is not."""
    try:
        own = load_policies([area]).get(area) or generic_policies()
    except (BadPolicy, BadCity):
        return ""
    return hashlib.sha256("\x00".join(one.text for one in own.sources).encode()).hexdigest()[:32]


def _is_claimed(data: Path) -> bool:
    """Whether a node runs on a data folder (main.claims)."""
    folder = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(folder)
    return False
