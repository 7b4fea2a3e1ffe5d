"""Which attributes of the types of the services stand sealed in the store, as their manifests say."""

from __future__ import annotations

from collections.abc import Iterable

from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import attribute, expand_name
from kaiteki.model.sealed import SealedType


def sealed_types(types: Iterable[EntityType]) -> tuple[SealedType, ...]:
    """The types of which something is sealed, with expanded names."""
    return tuple(
        SealedType(
            type=expand_name(one.name),
            names=frozenset(attribute(one.view, field) for field in one.sealed),
            holder=attribute(one.view, one.holder) if one.holder else "",
            sought={attribute(one.view, field): how for field, how in one.sought.items()},
        )
        for one in types
        if one.sealed
    )
