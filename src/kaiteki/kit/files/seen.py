"""Who sees a photo, and by which entities that is found out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from kaiteki.kit.engine import Engine
from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import where
from kaiteki.model.query import AnyOf, Query, TypeIs


class PhotoSeen(Enum):
    """Who of those who ask for a photo gets it: everybody, this person, or not even this person."""

    EVERYBODY = "everybody"
    PERSON = "person"
    NOBODY = "nobody"


def one_naming(declared: EntityType, fields: Sequence[str], digest: str) -> Query:
    """One entity of a type that names a photo in one of some fields."""
    named = tuple(where(declared.view, field, "==", digest) for field in fields)
    return Query(q=named[0] if len(named) == 1 else AnyOf(named), limit=1)


async def any_named(engine: Engine, area: str, asked: Sequence[tuple[EntityType, Query]]) -> bool:
    """Whether there is an entity by one of the queries, whoever may see it."""
    for declared, wanted in asked:
        typed = msgspec.structs.replace(wanted, types=TypeIs(engine.sights[declared.name].type))
        if (await engine.entities.find(area, typed)).rows:
            return True
    return False
