"""What the sensors of the world send is what the service shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaiteki.kit.manifest import EntityType
from kaiteki.kit.views import attribute, read
from kaiteki.model.entity import Entity, Instance
from kaiteki.services.environment.manifest import service
from kaiteki.world.devices import entities_at
from kaiteki.world.things import things_of
from kaiteki.world.town import read_town

TOWN = read_town(Path(__file__).parents[3] / "cities" / "demo")


@pytest.mark.parametrize("declared", service.types, ids=lambda declared: declared.name)
def test_every_measured_attribute_is_shown_and_public(declared: EntityType) -> None:
    told = (*entities_at(1, TOWN, 1_795_305_600.0), *things_of(1, TOWN, 1_795_305_600.0))
    sent = next(one for one in told if one["type"] == declared.name)
    assert declared.raw == ("*",)
    short = {name for name in sent if name not in ("id", "type")}
    fields = {field: attribute(declared.view, field).rsplit("/", 1)[-1] for field in declared.public}
    assert set(fields.values()) == short
    assert set(declared.columns) <= set(declared.labels) <= set(declared.public)
    values = {name: sent[name].get("value", sent[name].get("object")) for name in short}
    instances = {
        attribute(declared.view, field): (Instance(sent[name]["type"], values[name]),)
        for field, name in fields.items()
    }
    view = read(declared.view, Entity(sent["id"], (declared.name,), instances))
    assert {field: getattr(view, field) for field in fields} == {f: values[n] for f, n in fields.items()}
