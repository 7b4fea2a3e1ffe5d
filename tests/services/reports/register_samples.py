"""A register of a small town as other services keep it: lights with owners, a device that watches one, a planned work."""

from __future__ import annotations

from typing import Any

import msgspec

from kaiteki.kit.manifest import Command, EntityType, Service
from kaiteki.kit.views import Link, Location, point, slots
from kaiteki.model.access import ANYONE
from kaiteki.model.decision import Accepted, Asked
from kaiteki.model.words import Words
from town import Town

LIGHT_AT = (141.05, 35.37)


class StreetLight(msgspec.Struct, frozen=True):
    """A light."""

    id: str
    identifier: str = ""
    owner: str = ""
    criticality: str = ""
    location: Location | None = None


class RoadWork(msgspec.Struct, frozen=True):
    """A work, of a type that the reports never heard of."""

    id: str
    name: str = ""
    asset: str = ""
    start_date: str = ""
    end_date: str = ""
    work_state: str = ""
    location: Location | None = None


class Lamp(msgspec.Struct, frozen=True):
    """A device in a light, of a type of another maker."""

    id: str
    name: str = ""
    controlled_asset: Link = ""
    device_state: str = ""


KEPT: dict[str, type[msgspec.Struct]] = {"asset": StreetLight, "work": RoadWork, "device": Lamp}


class Keep(msgspec.Struct, frozen=True):
    """Something for the register."""

    part: str
    values: dict[str, Any]


def keep(state: Any, form: Keep, asked: Asked) -> Accepted:
    """Keep it."""
    return Accepted(writes=(msgspec.convert(form.values, KEPT[form.part]),))


def keep_needs(form: Keep, asked: Asked) -> tuple[str, ...]:
    """What is kept, when it stands there already."""
    return (str(form.values["id"]),)


def _type(part: str, view: type[msgspec.Struct]) -> EntityType:
    public = tuple(slot.field for slot in slots(view))
    words = Words("街灯", "Street light", "あかり") if part == "asset" else Words(part, part)
    return EntityType(view.__name__, view, words, "id", public=public, plays=frozenset({part}))


register = Service(
    name="register",
    words=Words("台帳", "Register"),
    summary=Words("設備の台帳", "Register of assets"),
    field="hall",
    stage="lab",
    package="kaiteki.services.opendata",
    types=tuple(_type(part, view) for part, view in KEPT.items()),
    commands=(Command("keep", Words("残す", "Keep"), Keep, keep, keep_needs, (ANYONE,)),),
)


async def stand(town: Town, number: str, owner: str = "市", metres: float = 0.0, critical: str = "") -> str:
    """A light some metres north of LIGHT_AT; the answer is its id."""
    light = f"urn:ngsi-ld:StreetLight:{number}"
    place = point(LIGHT_AT[0], LIGHT_AT[1] + metres / 111_195)
    values = {
        "id": light,
        "identifier": number,
        "owner": owner,
        "criticality": critical,
        "location": place,
    }
    await kept_by_register(town, "asset", values)
    return light


async def kept_by_register(town: Town, part: str, values: dict[str, Any]) -> None:
    """Something that the register keeps."""
    assert isinstance(await town.run("register.keep", {"part": part, "values": values}), Accepted)
