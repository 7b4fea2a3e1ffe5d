"""What a source that speaks NGSI v2 is asked, as Orion asks it (`POST /op/query`), and its answers in the one internal shape."""

from __future__ import annotations

from typing import Final

import msgspec

from kaiteki.model.entity import Entity, Json
from kaiteki.model.ngsi_v2.applying import created
from kaiteki.model.ngsi_v2.names import ID_PREFIX, from_id, from_iri
from kaiteki.model.ngsi_v2.reading import read_entity
from kaiteki.model.sources.answers import BEFORE_ALL
from kaiteki.model.sources.forwarding import Selection
from kaiteki.model.sources.matching import names_of_types
from kaiteki.model.sources.registration import Registration
from kaiteki.model.sources.v2.reading import ANYTHING

_BEGINNING: Final = f"^(?:{ID_PREFIX})?"
"""How an expression over v2 ids that begins with `^` looks over internal ids."""


def query_document(selection: Selection) -> dict[str, Json]:
    """The body of the query for a selection. Expressions over ids that only NGSI-LD understands are applied to the answer."""
    pattern = selection.id_pattern or ""
    told = pattern.replace(_BEGINNING, "^") if _BEGINNING in pattern else ANYTHING
    named: list[dict[str, Json]] = [{"id": from_id(one)} for one in selection.ids] or [{"idPattern": told}]
    types = names_of_types(selection.types) if selection.types is not None else ()
    kinds: list[dict[str, Json]] = [{"type": from_iri(name)} for name in types] or [{}]
    document: dict[str, Json] = {"entities": [{**one, **kind} for one in named for kind in kinds]}
    if selection.attrs:
        document["attrs"] = [from_iri(name) for name in selection.attrs]
    return document


def read_v2_answer(document: Json, one: Registration) -> Entity:
    """An entity as a source shows it, normalized, in the scopes of the registration. Raises BadRequestData."""
    said = read_entity(document, key_values=False)
    if said.type is None:
        known = next(
            (name for part in one.information for each in part.entities for name in each.types), None
        )
        said = msgspec.structs.replace(said, type=known)
    return created(said, one.scopes, BEFORE_ALL)
