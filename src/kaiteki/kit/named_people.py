"""People whom a form names by a number (`Label.person`), or another service by its ids: each is known by the id that the service keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from kaiteki.kit.forms import label_at
from kaiteki.model.decision import Refused
from kaiteki.model.faults import fault
from kaiteki.model.values import hints_of
from kaiteki.model.words import Words

Named: TypeAlias = Callable[[str, str, str], Awaitable[str]]
"""(service, area, number of somebody as it was typed) -> the id by which the service knows them; empty where it is nobody's."""
Lead: TypeAlias = Callable[[str, str, Sequence[str]], Awaitable[Mapping[str, str]]]
"""(service, area, ids by which any service knows people) -> those by which that one does; who is nobody (any more) is left out."""


def people_in(form: type[msgspec.Struct]) -> dict[str, Words]:
    """The fields of a form in which somebody is named by number, with what they are called."""
    labels = {field.name: label_at(hints_of(form)[field.name]) for field in msgspec.structs.fields(form)}
    return {name: label.words for name, label in labels.items() if label is not None and label.person}


async def with_people(
    form: msgspec.Struct, named: Callable[[str], Awaitable[str]]
) -> msgspec.Struct | Refused:
    """The form with the ids of the people it names; refused at the field where a number is nobody's. Empty fields stay empty."""
    known: dict[str, str] = {}
    for field, words in people_in(type(form)).items():
        if typed := getattr(form, field):
            known[field] = await named(typed)
            if not known[field]:
                return Refused("invalid", (fault("nobody", field, words),))
    return msgspec.structs.replace(form, **known) if known else form


async def led(
    seen: msgspec.Struct, fields: Sequence[str], lead: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
) -> msgspec.Struct:
    """What is seen of an entity, with the people in these fields (an id, or several) as they are led to."""
    there = {name: getattr(seen, name) for name in fields}
    several = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in there.items()}
    known = await lead(tuple(dict.fromkeys(one for ids in several.values() for one in ids if one)))
    found = {name: tuple(known[one] for one in ids if one in known) for name, ids in several.items()}
    changes = {
        name: "".join(found[name]) if isinstance(value, str) else found[name] for name, value in there.items()
    }
    return msgspec.structs.replace(seen, **changes)
