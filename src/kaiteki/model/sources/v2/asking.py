"""What a source that speaks NGSI v2 is asked, as Orion asks it (`POST /op/query`, `POST /op/update`), and its answers in the one internal shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import UNSET

from kaiteki.model.entity import Entity, Instance, Json
from kaiteki.model.ngsi_v2.applying import created
from kaiteki.model.ngsi_v2.names import ID_PREFIX, from_id, from_iri
from kaiteki.model.ngsi_v2.reading import read_entity
from kaiteki.model.ngsi_v2.showing import show_attribute
from kaiteki.model.problem import Problem
from kaiteki.model.representation.applying import new_instance
from kaiteki.model.representation.patch import AttributePatch
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


def update_document(
    action: str, entity_id: str, types: Sequence[str], values: Mapping[str, Instance]
) -> dict[str, Json]:
    """The body of the update of one entity; `values` by expanded name."""
    entity: dict[str, Json] = {"id": from_id(entity_id)}
    if types:
        entity["type"] = from_iri(types[0])
    entity |= {from_iri(name): show_attribute(one) for name, one in values.items()}
    return {"actionType": action, "entities": [entity]}


def values_of(patches: Mapping[str, Sequence[AttributePatch]], names: Iterable[str]) -> dict[str, Instance]:
    """What is to be written of some attributes, as NGSI v2 writes it: whole values, without instances by datasetId.

    Raises OperationNotSupported for what is no whole value.
    """
    found: dict[str, Instance] = {}
    for name in names:
        one = next((patch for patch in patches.get(name, ()) if patch.dataset_id is None), None)
        if one is None or one.deleted or one.kind is None or one.value is UNSET:
            raise Problem(
                "OperationNotSupported", f"a source that speaks NGSI v2 takes whole values of {name}", name
            )
        found[name] = new_instance(one, BEFORE_ALL, name)
    return found


def read_v2_answer(document: Json, one: Registration) -> Entity:
    """An entity as a source shows it, normalized, in the scopes of the registration. Raises BadRequestData."""
    said = read_entity(document, key_values=False)
    if said.type is None:
        known = next(
            (name for part in one.information for each in part.entities for name in each.types), None
        )
        said = msgspec.structs.replace(said, type=known)
    return created(said, one.scopes, BEFORE_ALL)
