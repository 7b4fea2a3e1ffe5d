"""Any sequence of changes leaves what a plain model of clause 5.6 says, over every store, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any, Final, TypeAlias

import pytest

from conformance.modelled import NULL, Answer, Model, Wrong
from conformance.plane import ENTITIES, DataPlane

STEPS: Final = 120
IDS: Final = tuple(f"urn:ngsi-ld:{number}" for number in range(3))
NAMES: Final = ("a", "b")
DATASETS: Final = ("", "", "urn:d:1")

Step: TypeAlias = tuple[str, str, Any, Callable[[], Any]]
"""Method, path, document, and the same in the model."""


def value(random: Random, nulls: bool) -> Any:
    """A number, a text, or an object in which something may be removed."""
    inner = {"x": random.randrange(3), "y": {"z": random.randrange(3)}}
    if nulls and random.random() < 0.3:
        inner = {random.choice("xy"): NULL, "w": 1}
    return random.choice([random.randrange(9), random.choice("stu"), inner])


def instance(random: Random, fragment: bool = False, nulls: bool = False) -> dict[str, Any]:
    """An attribute, whole or in part. `nulls` may stand inside of values, as a merge lets them."""
    written: dict[str, Any] = {}
    if random.random() < 0.5:
        written["type"] = "Property"
    if not fragment or random.random() < 0.7:
        written["value"] = value(random, nulls)
    if random.random() < 0.3:
        written["unitCode"] = NULL if fragment and random.random() < 0.5 else random.choice(("CEL", "FAH"))
    if random.random() < 0.3:
        removed = fragment and random.random() < 0.4
        written["part"] = NULL if removed else {"type": "Property", "value": random.randrange(9)}
    if "value" not in written:
        # without a member of its own an object would be a value where nothing stands
        written = {"type": "Property", "unitCode": "WTT", **written}
    return written


def attribute(random: Random, fragment: bool = False, nulls: bool = False, removing: bool = False) -> Any:
    """One or two instances by dataset, or their removal."""
    several: list[Any] = []
    for dataset in dict.fromkeys(random.choices(DATASETS, k=random.randint(1, 2))):
        gone = removing and random.random() < 0.25
        one = {"type": "Property", "value": NULL} if gone else instance(random, fragment, nulls)
        several.append({**one, "datasetId": dataset} if dataset else one)
    if removing and random.random() < 0.15:
        return NULL
    return several[0] if len(several) == 1 else [{"type": "Property", **one} for one in several]


def document(random: Random, entity_id: str, **how: bool) -> dict[str, Any]:
    """An entity or a fragment of one."""
    names = [name for name in NAMES if random.random() < 0.7]
    return {
        "id": entity_id,
        "type": random.choice(("A", "B", ["A", "B"])),
        **{name: attribute(random, **how) for name in names},
    }


def single(random: Random, model: Model) -> Step:
    """A change of one entity or attribute."""
    entity_id, name, dataset = random.choice(IDS), random.choice(NAMES), random.choice(DATASETS)
    here = f"{ENTITIES}/{entity_id}"
    whole = document(random, entity_id)
    parts = document(random, entity_id, removing=True)
    merging = document(random, entity_id, fragment=True, nulls=True, removing=True)
    tagged = {"datasetId": dataset} if dataset else {}
    part, full = instance(random, fragment=True) | tagged, instance(random) | tagged
    every = random.random() < 0.3
    query = "?deleteAll=true" if every else f"?datasetId={dataset}" if dataset else ""
    return random.choice(
        (
            ("POST", ENTITIES, whole, partial(model.create, entity_id, whole)),
            ("POST", ENTITIES, whole, partial(model.create, entity_id, whole)),
            ("PUT", here, whole, partial(model.replace, entity_id, whole)),
            ("PATCH", here, merging, partial(model.merge, entity_id, merging)),
            ("PATCH", here, merging, partial(model.merge, entity_id, merging)),
            ("DELETE", here, None, partial(model.delete, entity_id)),
            ("POST", f"{here}/attrs", parts, partial(model.append, entity_id, parts)),
            ("POST", f"{here}/attrs", whole, partial(model.append, entity_id, whole)),
            (
                "POST",
                f"{here}/attrs?options=noOverwrite",
                whole,
                partial(model.append, entity_id, whole, False),
            ),
            ("PATCH", f"{here}/attrs", parts, partial(model.update, entity_id, parts)),
            ("PATCH", f"{here}/attrs/{name}", part, partial(model.update_attribute, entity_id, name, part)),
            ("PUT", f"{here}/attrs/{name}", full, partial(model.replace_attribute, entity_id, name, full)),
            (
                "DELETE",
                f"{here}/attrs/{name}{query}",
                None,
                partial(model.delete_attribute, entity_id, name, dataset, every),
            ),
        )
    )


def several(random: Random, model: Model) -> Step:
    """A batch."""
    ids = random.choices(IDS, k=random.randint(1, 4))
    whole = [document(random, one) for one in ids]
    parts = [document(random, one, removing=True) for one in ids]
    merging = [document(random, one, fragment=True, nulls=True, removing=True) for one in ids]
    path, items, act = random.choice(
        (
            ("create", whole, model.create),
            ("upsert", whole, model.upsert),
            ("upsert?options=update", parts, model.upsert_updating),
            ("update", whole, model.append),
            ("update?options=noOverwrite", whole, partial(model.append, overwrite=False)),
            ("merge", merging, model.merge),
            ("delete", ids, model.delete),
        )
    )
    return "POST", f"/entityOperations/{path}", items, partial(model.batch, act, items)


async def answered(plane: DataPlane, method: str, path: str, body: Any) -> Any:
    """What the data plane said, as the model says it."""
    reply = await plane.ask(method, path, body)
    if not path.startswith("/entityOperations/"):
        return reply.status
    told = reply.json() if reply.body else []
    if reply.status == 207:
        return 207, sorted(told["success"]), sorted(one["entityId"] for one in told["errors"])
    return reply.status, sorted(told), []


def modelled(act: Callable[[], int | Answer]) -> Any:
    try:
        return act()
    except Wrong as wrong:
        return wrong.status


@pytest.mark.parametrize("seed", range(4))
async def test_every_step_leaves_what_the_model_says(plane: DataPlane, seed: int) -> None:
    random, model = Random(seed), Model()
    met: Counter[Any] = Counter()
    for number in range(STEPS):
        method, path, body, act = (several if random.random() < 0.3 else single)(random, model)
        step = (number, method, path, body)
        said = await answered(plane, method, path, body)
        assert said == modelled(act), step
        met[said if isinstance(said, int) else said[0]] += 1
        assert await plane.told(f"{ENTITIES}?type=*&local=true") == model.shown(), step
    assert {201, 204, 207, 404, 409} <= met.keys()
