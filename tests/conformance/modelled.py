"""What the operations of clause 5.6 do to entities, as plain Python over plain dictionaries.

An entity is `{"types": [...], "attrs": {name: {dataset or "": instance}}}`, an instance `{"value": …, "unitCode": …, sub: instance}`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Final, TypeAlias

NULL: Final = "urn:ngsi-ld:null"
_OWN: Final = frozenset({"type", "value", "unitCode", "datasetId"})

Entity: TypeAlias = dict[str, Any]
Document: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, list[str], list[str]]
"""Status, and of a 207 answer of a batch the ids that succeeded and that failed, sorted."""


class Wrong(Exception):
    """A refusal with its status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def instances_of(written: Any) -> list[tuple[str, Any]]:
    """The instances of a written attribute by dataset; None for those that are to be removed."""
    several = written if isinstance(written, list) else [written]
    found: list[tuple[str, Any]] = []
    for one in several:
        if one == NULL:
            found.append(("", None))
        else:
            removed = one.get("value") == NULL
            found.append((one.get("datasetId", ""), None if removed else one))
    return found


def attributes_of(document: Document) -> dict[str, list[tuple[str, Any]]]:
    """The attributes of a document."""
    return {name: instances_of(value) for name, value in document.items() if name not in ("id", "type")}


def merged(target: Any, patch: Any) -> Any:
    """JSON merge patch with the NGSI-LD Null."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value == NULL:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def fresh(written: Any) -> Entity:
    """An instance that is written whole. Without a value it is refused."""
    if written is None or "value" not in written:
        raise Wrong(400)
    made: Entity = {"value": merged({}, written["value"])}
    if written.get("unitCode", NULL) != NULL:
        made["unitCode"] = written["unitCode"]
    for name, part in written.items():
        if name not in _OWN and part != NULL:
            made[name] = fresh(part)
    return made


def partly(instance: Entity, written: Any, deep: bool) -> Entity:
    """Partial update (clause 5.5.8), or merge (clause 5.5.12) where `deep`."""
    made = dict(instance)
    if "value" in written:
        made["value"] = merged(instance["value"], written["value"]) if deep else written["value"]
    for name, part in written.items():
        if name in ("type", "value", "datasetId"):
            continue
        if part == NULL:
            made.pop(name, None)
        elif name == "unitCode":
            made[name] = part
        else:
            made[name] = partly(made[name], part, deep) if deep and name in made else fresh(part)
    return made


class Model:
    """The entities, and each operation as a method that answers with a status."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {}

    def shown(self) -> list[Document]:
        """All entities in normalized form, by id."""
        return [self._shown(one, self.entities[one]) for one in sorted(self.entities)]

    def _shown(self, entity_id: str, entity: Entity) -> Document:
        types = entity["types"]
        document: Document = {"id": entity_id, "type": types[0] if len(types) == 1 else types}
        for name, by_dataset in entity["attrs"].items():
            several = [self._instance(dataset, by_dataset[dataset]) for dataset in sorted(by_dataset)]
            document[name] = several[0] if len(several) == 1 else several
        return document

    def _instance(self, dataset: str, instance: Entity) -> Document:
        told = {
            name: part if name in ("value", "unitCode") else self._instance("", part)
            for name, part in instance.items()
        }
        return {"type": "Property", **told, **({"datasetId": dataset} if dataset else {})}

    def _standing(self, entity_id: str) -> Entity:
        if entity_id not in self.entities:
            raise Wrong(404)
        return self.entities[entity_id]

    def _put(self, entity: Entity, name: str, by_dataset: dict[str, Entity]) -> None:
        if by_dataset:
            entity["attrs"][name] = by_dataset
        else:
            entity["attrs"].pop(name, None)

    def _add_types(self, entity: Entity, document: Document) -> None:
        told = document.get("type", [])
        for one in told if isinstance(told, list) else [told]:
            if one not in entity["types"]:
                entity["types"].append(one)

    def create(self, entity_id: str, document: Document) -> int:
        """5.6.1."""
        if entity_id in self.entities:
            raise Wrong(409)
        self._whole(entity_id, document)
        return 201

    def replace(self, entity_id: str, document: Document) -> int:
        """5.6.18."""
        self._standing(entity_id)
        self._whole(entity_id, document)
        return 204

    def _whole(self, entity_id: str, document: Document) -> None:
        entity: Entity = {"types": [], "attrs": {}}
        self._add_types(entity, document)
        for name, several in attributes_of(document).items():
            self._put(entity, name, {dataset: fresh(one) for dataset, one in several})
        self.entities[entity_id] = entity

    def delete(self, entity_id: str, _document: Any = None) -> int:
        """5.6.6."""
        self._standing(entity_id)
        del self.entities[entity_id]
        return 204

    def merge(self, entity_id: str, document: Document) -> int:
        """5.6.17."""
        entity = deepcopy(self._standing(entity_id))
        self._add_types(entity, document)
        for name, several in attributes_of(document).items():
            by_dataset = entity["attrs"].get(name, {})
            for dataset, one in several:
                if one is None:
                    by_dataset.pop(dataset, None)
                elif dataset in by_dataset:
                    by_dataset[dataset] = partly(by_dataset[dataset], one, deep=True)
                else:
                    by_dataset[dataset] = fresh(one)
            self._put(entity, name, by_dataset)
        self.entities[entity_id] = entity
        return 204

    def append(self, entity_id: str, document: Document, overwrite: bool = True) -> int:
        """5.6.3."""
        entity, left = deepcopy(self._standing(entity_id)), False
        self._add_types(entity, document)
        for name, several in attributes_of(document).items():
            by_dataset = entity["attrs"].get(name, {})
            stood = set(by_dataset)
            for dataset, one in several:
                if one is None:
                    raise Wrong(400)
                if overwrite or dataset not in stood:
                    by_dataset[dataset] = fresh(one)
                else:
                    left = True
            self._put(entity, name, by_dataset)
        self.entities[entity_id] = entity
        return 207 if left else 204

    def update(self, entity_id: str, document: Document) -> int:
        """5.6.2."""
        entity, left = deepcopy(self._standing(entity_id)), False
        self._add_types(entity, document)
        for name, several in attributes_of(document).items():
            by_dataset = entity["attrs"].get(name, {})
            stood = set(by_dataset)
            for dataset, one in several:
                if one is not None:
                    by_dataset[dataset] = fresh(one)
                elif dataset in stood:
                    by_dataset.pop(dataset)
                else:
                    left = True
            self._put(entity, name, by_dataset)
        self.entities[entity_id] = entity
        return 207 if left else 204

    def _instance_of(self, entity_id: str, name: str, dataset: str) -> dict[str, Entity]:
        by_dataset = self._standing(entity_id)["attrs"].get(name, {})
        if dataset not in by_dataset:
            raise Wrong(404)
        return by_dataset

    def update_attribute(self, entity_id: str, name: str, written: Document) -> int:
        """5.6.4."""
        dataset = written.get("datasetId", "")
        by_dataset = self._instance_of(entity_id, name, dataset)
        by_dataset[dataset] = partly(by_dataset[dataset], written, deep=False)
        return 204

    def replace_attribute(self, entity_id: str, name: str, written: Document) -> int:
        """5.6.19."""
        dataset = written.get("datasetId", "")
        self._instance_of(entity_id, name, dataset)[dataset] = fresh(written)
        return 204

    def delete_attribute(self, entity_id: str, name: str, dataset: str, every: bool) -> int:
        """5.6.5."""
        entity = self._standing(entity_id)
        by_dataset = entity["attrs"].get(name, {})
        if not by_dataset or (not every and dataset not in by_dataset):
            raise Wrong(404)
        self._put(
            entity, name, {} if every else {key: one for key, one in by_dataset.items() if key != dataset}
        )
        return 204

    def batch(self, act: Callable[[str, Any], object], items: Sequence[Any]) -> Answer:
        """5.6.7 to 5.6.10, 5.6.20: each item for itself, in order (clause 5.5.11)."""
        stood = set(self.entities)
        succeeded: set[str] = set()
        failed: list[str] = []
        for item in items:
            entity_id = item if isinstance(item, str) else item["id"]
            try:
                act(entity_id, item)
                succeeded.add(entity_id)
            except Wrong:
                failed.append(entity_id)
        if failed:
            return 207, sorted(succeeded), sorted(failed)
        return (201, sorted(succeeded - stood), []) if succeeded - stood else (204, [], [])

    def upsert(self, entity_id: str, document: Document) -> None:
        """5.6.8: replace what stands."""
        self._whole(entity_id, document)

    def upsert_updating(self, entity_id: str, document: Document) -> None:
        """5.6.8 with `update`."""
        if entity_id in self.entities:
            self.update(entity_id, document)
        else:
            self._whole(entity_id, document)
