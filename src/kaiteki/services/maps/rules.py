"""What may happen with layers: taken over from the folder of the area, added, changed, arranged, withdrawn, published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, TypeVar, cast

import msgspec

from kaiteki.kit.forms import Label
from kaiteki.kit.manifest import State
from kaiteki.model.decision import Accepted, Asked, Refused
from kaiteki.model.words import Words
from kaiteki.services.maps.model import (
    CHANGES_MAX,
    HELD_ID,
    ID,
    HeldMapLayer,
    Layer,
    LayerChange,
    MapLayer,
)
from kaiteki.services.maps.settings import Settings, Told

AT_ONCE_MAX: Final = 100
"""Layers that are taken over in one decision; the next turn takes the next."""
_CONTENT: Final = tuple(one.name for one in msgspec.structs.fields(Layer))
L = TypeVar("L", bound=MapLayer)


class TakeOver(msgspec.Struct, frozen=True):
    """Bring the layers of these names to where the folder of the area has them."""

    names: Annotated[tuple[str, ...], msgspec.Meta(max_length=AT_ONCE_MAX)]


class Step(msgspec.Struct, frozen=True):
    """A step with a layer, and why."""

    id: str
    why: Annotated[str, Label(Words("理由", "Why", "わけ")), msgspec.Meta(max_length=200)] = ""


class Arrange(msgspec.Struct, frozen=True):
    """Where a layer stands among the others: the lower, the earlier."""

    id: str
    order: Annotated[
        int,
        Label(Words("順番（小さいほど先）", "Order (low comes first)", "じゅんばん")),
        msgspec.Meta(ge=0, le=9999),
    ]


def both_ids(name: str) -> tuple[str, str]:
    """The ids of a layer, public and held."""
    return ID + name, HELD_ID + name


def needed_for_taking(form: TakeOver, asked: Asked) -> Sequence[str]:
    """Each layer, whether public or held."""
    return tuple(one for name in form.names for one in both_ids(name))


def needed_for_step(form: Step | Arrange, asked: Asked) -> Sequence[str]:
    """The layer, public and held."""
    return both_ids(form.id.rpartition(":")[2])


def take_over(state: State, form: TakeOver, asked: Asked) -> Accepted | Refused:
    """What the folder says anew goes into layers that staff left as they were; what is no longer in it is held."""
    settings = cast(Settings, asked.settings)
    rows = {one.name: one for one in settings.every}
    writes: list[MapLayer] = []
    deletes: list[str] = []
    for name in form.names:
        kept = cast("MapLayer | None", state.get(ID + name))
        held = cast("HeldMapLayer | None", state.get(HELD_ID + name))
        row, there = rows.get(name), kept or held
        if row is None:
            if kept is not None and kept.told and not kept.edited:
                writes.append(_held(noted(kept, "withdrawn", asked)))
                deletes.append(kept.id)
        elif there is None:
            fresh = MapLayer(id=ID + name, told=row.digest, **content_of(row))
            writes.append(noted(fresh, "taken", asked))
        elif is_behind(there, row):
            writes.append(noted(with_content(there, row, told=row.digest), "renewed", asked))
    return Accepted(tuple(writes), tuple(deletes), answer={"taken": len(writes)})


def is_behind(layer: MapLayer, row: Told) -> bool:
    """Whether the folder says something that a layer does not follow yet."""
    return bool(layer.told) and not layer.edited and layer.told != row.digest


def withdraw(state: State, form: Step, asked: Asked) -> Accepted | Refused:
    """A layer is told to nobody but staff any more; its log goes along."""
    name = form.id.rpartition(":")[2]
    kept = state.get(ID + name)
    if not isinstance(kept, MapLayer):
        return Refused("conflict" if state.get(HELD_ID + name) else "not_found")
    return Accepted((_held(noted(kept, "withdrawn", asked, form.why)),), (kept.id,), answer={"name": name})


def publish(state: State, form: Step, asked: Asked) -> Accepted | Refused:
    """A held layer becomes public, for the first time or again."""
    name = form.id.rpartition(":")[2]
    held = state.get(HELD_ID + name)
    if not isinstance(held, HeldMapLayer):
        return Refused("conflict" if state.get(ID + name) else "not_found")
    line = noted(held, "published", asked, form.why)
    public = MapLayer(id=ID + name, told=held.told, edited=held.edited, log=line.log, **content_of(held))
    return Accepted((public,), (held.id,), answer={"name": name})


def arrange(state: State, form: Arrange, asked: Asked) -> Accepted | Refused:
    """A layer gets its place among the others."""
    name = form.id.rpartition(":")[2]
    there = state.get(ID + name) or state.get(HELD_ID + name)
    if not isinstance(there, MapLayer):
        return Refused("not_found")
    moved = msgspec.structs.replace(there, order=form.order, edited=True)
    return Accepted((noted(moved, "arranged", asked),), answer={"name": name})


def content_of(layer: Layer) -> dict[str, Any]:
    """What a layer says of itself, by field."""
    return {name: getattr(layer, name) for name in _CONTENT}


def with_content(layer: L, said: Layer, **more: Any) -> L:
    """A layer that says of itself what another one says."""
    return msgspec.structs.replace(layer, **content_of(said), **more)


def _held(layer: MapLayer) -> HeldMapLayer:
    return HeldMapLayer(
        id=HELD_ID + layer.name, told=layer.told, edited=layer.edited, log=layer.log, **content_of(layer)
    )


def noted(layer: L, what: str, asked: Asked, why: str = "") -> L:
    """The layer with one more line in its log, of which the last CHANGES_MAX stay."""
    line = LayerChange(asked.now, what, why)
    return msgspec.structs.replace(layer, log=(*layer.log, line)[-CHANGES_MAX:])
