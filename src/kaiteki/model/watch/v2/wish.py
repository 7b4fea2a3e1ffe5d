"""What a subscription made by NGSI v2 says beside what both faces have words for."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from kaiteki.model.entity import Json

AttrsFormat: TypeAlias = Literal[
    "normalized", "keyValues", "values", "legacy", "simplifiedNormalized", "simplifiedKeyValues"
]
FORMATS: Final[tuple[AttrsFormat, ...]] = get_args(AttrsFormat)
SINGLE: Final = frozenset({"simplifiedNormalized", "simplifiedKeyValues"})
"""Formats in which a notification is one entity and nothing around it."""
Alteration: TypeAlias = Literal["entityCreate", "entityChange", "entityUpdate", "entityDelete"]
ALTERATIONS: Final[tuple[Alteration, ...]] = get_args(Alteration)
DEFAULT_ALTERATIONS: Final[tuple[Alteration, ...]] = ("entityCreate", "entityChange")
SUBSCRIPTION_PREFIX: Final = "urn:ngsi-ld:Subscription:"
_ID: Final = re.compile(r"[0-9a-f]{24}", re.ASCII)


class Shape(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the entities of notifications look. Names are those of v2; `attrs` and `metadata` are None where nothing is said."""

    format: AttrsFormat = "normalized"
    attrs: tuple[str, ...] | None = None
    except_attrs: tuple[str, ...] = ()
    metadata: tuple[str, ...] | None = None
    only_changed: bool = False
    covered: bool = False


class Custom(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification made out of templates. `content` says which: the usual body, none, a text, a JSON document, or changes of the entity."""

    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    qs: tuple[tuple[str, str], ...] = ()
    content: Literal["usual", "none", "text", "json", "ngsi"] = "usual"
    text: str = ""
    document: Json = None


class V2Words(msgspec.Struct, frozen=True, omit_defaults=True):
    """A subscription as v2 wrote it: `subject` and `notification` are shown again as they came.

    `type_patterns` stand beside the selectors, empty where a selector has none; `path` is the service path it was made with.
    """

    subject: dict[str, Json]
    notification: dict[str, Json]
    shape: Shape = Shape()
    type_patterns: tuple[str, ...] = ()
    alterations: tuple[Alteration, ...] = DEFAULT_ALTERATIONS
    metadata_counts: bool = True
    path: str = ""
    oneshot: bool = False
    fails_max: int | None = None
    custom: Custom | None = None


def to_subscription_id(v2_id: str) -> str:
    """The internal id of a subscription of v2: below a prefix, where it is none of NGSI-LD."""
    return SUBSCRIPTION_PREFIX + v2_id if _ID.fullmatch(v2_id) else v2_id


def from_subscription_id(subscription_id: str) -> str:
    """The id that v2 shows: 24 hexadecimal digits, or the URI of a subscription that NGSI-LD made."""
    rest = subscription_id.removeprefix(SUBSCRIPTION_PREFIX)
    return rest if _ID.fullmatch(rest) else subscription_id
