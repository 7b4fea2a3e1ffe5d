"""What is sealed of an entity type, and what a sealed attribute looks like: one instance that holds ciphertext alone.

A sealed attribute stands as a Property (a JsonProperty as one, so that what is told of kinds of attributes is as it would be in clear)
whose value is its blind mark, so that it can be found by equality and by nothing else (`~` where it cannot be sought), with one sub-attribute: the id of the key and the ciphertext. Value, sub-attributes, unit, names
of datasets and languages are in the ciphertext; times at which it was measured and written stay, because history is ordered by them.
"""

from __future__ import annotations

import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias, cast

import msgspec

from kaiteki.model.entity import Entity, Instance, Json

SEALED: Final = "urn:kaiteki:sealed"
"""The sub-attribute with the id of the key and the ciphertext."""
MARK: Final = f'"{SEALED}"'.encode()
"""What stands in the stored bytes of each entity of which something is sealed."""
UNSOUGHT: Final = "~"
"""The value of a sealed attribute that has no blind mark, and how each mark begins."""

Sought: TypeAlias = Literal["exact", "folded"]
"""How a sealed attribute is sought: as it is written, or after NFKC and casefold, without space around."""


class SealedType(msgspec.Struct, frozen=True):
    """What of a type is sealed; all names expanded. `holder` is the attribute with the id of whose key it is."""

    type: str
    names: frozenset[str]
    holder: str
    sought: Mapping[str, Sought] = {}


class Ciphertext(NamedTuple):
    """What a sealed attribute holds."""

    key_id: str
    content: bytes


_decoder: Final = msgspec.json.Decoder(tuple[Instance, ...])
_encoder: Final = msgspec.json.Encoder()


def ciphertext_of(instances: Sequence[Instance]) -> Ciphertext | None:
    """The ciphertext of a sealed attribute; None for one that is plain."""
    if len(instances) != 1 or not instances[0].sub:
        return None
    sub = instances[0].sub.get(SEALED)
    held: Json = sub[0].value if sub else None
    if not isinstance(held, list):
        return None
    parts = cast("list[Json]", held)
    if len(parts) != 2 or not isinstance(parts[0], str) or not isinstance(parts[1], str):
        return None
    try:
        return Ciphertext(parts[0], b64decode(parts[1], validate=True))
    except ValueError:
        return None


def sealed_instance(mark: bytes, ciphertext: Ciphertext, plain: Sequence[Instance]) -> tuple[Instance, ...]:
    """The one instance that stands in the place of plain ones."""
    first = plain[0]
    held = [ciphertext.key_id, b64encode(ciphertext.content).decode()]
    return (
        Instance(
            kind="JsonProperty" if first.kind == "JsonProperty" else "Property",
            value=marked(mark),
            observed_at=first.observed_at,
            created_at=first.created_at,
            modified_at=max(one.modified_at for one in plain),
            sub={SEALED: (Instance(kind="JsonProperty", value=held),)},
        ),
    )


def marked(mark: bytes) -> str:
    """How a blind mark is written as a value."""
    return UNSOUGHT + b64encode(mark, b"-_").decode().rstrip("=")


def bound_to(area: str, entity_id: str, name: str) -> bytes:
    """What the ciphertext of an attribute is bound to: it opens nowhere else."""
    return _encoder.encode([area, entity_id, name])


def written(instances: Sequence[Instance]) -> bytes:
    """Plain instances as bytes to be sealed."""
    return _encoder.encode(instances)


def read_written(content: bytes) -> tuple[Instance, ...]:
    """What `written` wrote."""
    return _decoder.decode(content)


def folded(text: str, how: Sought) -> str:
    """A text as it is sought."""
    return unicodedata.normalize("NFKC", text).casefold().strip() if how == "folded" else text


def sought_text(instances: Sequence[Instance], how: Sought) -> str | None:
    """What an attribute is found by; None where it holds neither a text nor a number."""
    value: Json = instances[0].value
    if isinstance(value, str):
        return folded(value, how)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def holder_of(one: SealedType, area: str, entity: Entity) -> str:
    """Whose key it is that seals an entity: its holder, else one of its own."""
    held = entity.first(one.holder) if one.holder else None
    value: Json = held.value if held is not None else ""
    return value if isinstance(value, str) and value else f"entity {area} {entity.id}"
