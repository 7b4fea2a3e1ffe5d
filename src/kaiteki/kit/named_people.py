"""People whom a form names by a number (`Label.person`): each is known, and known by the id that the service keeps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from kaiteki.kit.forms import label_at
from kaiteki.model.decision import Refused
from kaiteki.model.faults import fault
from kaiteki.model.values import hints_of
from kaiteki.model.words import Words

Named: TypeAlias = Callable[[str, str, str], Awaitable[str]]
"""(service, area, number of somebody as it was typed) -> the id by which the service knows them; empty where it is nobody's."""


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
