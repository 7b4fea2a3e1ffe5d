"""The desk of maps: every layer, public and held, with the steps that staff may take; the form of one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaiteki.kit.editing import opening
from kaiteki.kit.forms import describe, parse_fields
from kaiteki.kit.pages import Missing, Moved, PageAsk, PageReply, Shown
from kaiteki.model.decision import Fault, Refused
from kaiteki.model.query import Query
from kaiteki.model.words import Words
from kaiteki.services.maps.browse import count_of
from kaiteki.services.maps.edit import EDITS, Edit, form_of
from kaiteki.services.maps.going_back import lines_of
from kaiteki.services.maps.model import DONE, GROUPS, HELD_ID, ID, SORTS, HeldMapLayer, MapLayer, Sort
from kaiteki.services.maps.offered import collections_of, faults_of, properties_of
from kaiteki.services.maps.rules import Arrange, Step
from kaiteki.services.maps.settings import LAYERS_MAX
from kaiteki.services.maps.shown import collection_of, layers_of
from kaiteki.services.maps.sorts import sampled

NEW: Final = "new"
_NOT_NOW: Final = Words("いまの状態ではできません", "This is not possible as it stands", "いまは できません")
_NOTES: Final = {
    "publish": Words("公開しました", "Published", "見（み）せました"),
    "withdraw": Words("公開をやめました", "Withdrawn", "見（み）せるのを やめました"),
    "arrange": Words("順番を変えました", "Order changed", "じゅんばんを かえました"),
    "keep": Words("保存しました", "Kept", "のこしました"),
}


async def show_desk(ask: PageAsk) -> PageReply:
    """Every layer with its steps."""
    return await _desk(ask, ())


async def act_desk(ask: PageAsk) -> PageReply:
    """Publish, withdraw or move a layer."""
    do, layer_id, why = (first(ask, name) for name in ("do", "id", "why"))
    if do == "arrange":
        order = first(ask, "order")
        number = int(order) if order.isascii() and order.isdigit() and len(order) < 5 else -1
        done = await ask.city.run("maps.arrange", Arrange(layer_id, number))
    elif do in ("publish", "withdraw"):
        done = await ask.city.run(f"maps.{do}", Step(layer_id, why))
    else:
        return Missing()
    if isinstance(done, Refused):
        return await _desk(ask, done.faults or (Fault("", done.code, _NOT_NOW),))
    return Moved("maps/desk", _NOTES[do].say(ask.language))


async def _desk(ask: PageAsk, faults: Sequence[Fault]) -> PageReply:
    held = (await ask.city.find(HeldMapLayer, Query(limit=LAYERS_MAX))).items
    public = await layers_of(ask.city)
    rows = {
        "public": [await _row(ask, one) for one in public],
        "held": [await _row(ask, one) for one in sorted(held, key=lambda one: (one.order, one.id))],
    }
    return Shown({**rows, "faults": faults}, 422 if faults else 200)


async def _row(ask: PageAsk, layer: MapLayer) -> dict[str, Any]:
    collection = await collection_of(ask.city, layer.collection)
    count = await count_of(ask, layer, collection)
    last = layer.log[-1] if layer.log else None
    return {
        "layer": layer,
        "title": layer.title.say(ask.language),
        "group": GROUPS[layer.group].say(ask.language),
        "counted": count.text if count is not None and count.number else "",
        "any": count is not None and count.number > 0,
        "known": collection is not None,
        "unlike": _unlike(layer, await sampled(ask.city, layer, collection), ask.language),
        "followed": bool(layer.told) and not layer.edited,
        "last": DONE[last.what].say(ask.language) if last is not None and last.what in DONE else "",
        "at": last.at if last is not None else None,
        "why": last.why if last is not None else "",
    }


def _unlike(layer: MapLayer, there: Sequence[Sort], language: str) -> str:
    """What the data are, where that is nothing that the layer draws: then it stays empty on the map."""
    if not there or layer.geometry == "any" or layer.geometry in there:
        return ""
    return "・".join(SORTS[one].say(language) for one in there)


async def show_edit(ask: PageAsk) -> PageReply:
    """The form of a layer, or of a new one."""
    layer = await _layer(ask)
    if layer is None and ask.path.get("name") != NEW:
        return Missing()
    return await _form(ask, layer, form_of(layer) if layer is not None else None, (), {})


async def act_edit(ask: PageAsk) -> PageReply:
    """Keep the form."""
    layer = await _layer(ask)
    if layer is None and ask.path.get("name") != NEW:
        return Missing()
    fields = ask.fields if layer is None else {**ask.fields, "name": (layer.name,)}
    if first(ask, "do") == "look":
        return await _form(ask, layer, None, (), fields)
    form = parse_fields(Edit, fields)
    if not isinstance(form, Edit):
        return await _form(ask, layer, None, form, fields)
    if unknown := await faults_of(ask, form, form_of(layer) if layer is not None else None):
        return await _form(ask, layer, form, unknown, fields)
    done = await ask.city.run("maps.add" if layer is None else "maps.change", form)
    if isinstance(done, Refused):
        return await _form(ask, layer, form, done.faults or (Fault("", done.code, _NOT_NOW),), fields)
    return Moved("maps/desk", _NOTES["keep"].say(ask.language))


async def _layer(ask: PageAsk) -> MapLayer | None:
    name = ask.path.get("name", "")
    if name == NEW:
        return None
    found = await ask.city.get(MapLayer, ID + name)
    return found if found is not None else await ask.city.get(HeldMapLayer, HELD_ID + name)


async def _form(
    ask: PageAsk,
    layer: MapLayer | None,
    form: Edit | None,
    faults: Sequence[Fault],
    given: Mapping[str, Sequence[str]],
) -> Shown:
    drawn = [one for one in describe(Edit, values=form) if layer is None or one.name != "name"]
    title = layer.title.say(ask.language) if layer is not None else ""
    chosen = next(iter(given.get("collection", ())), layer.collection if layer is not None else "").strip()
    collection = await collection_of(ask.city, chosen)
    return Shown(
        {
            "layer": layer,
            "title": title,
            "opened": opening(ask.fields, EDITS, form_of(layer)) if layer is not None else "",
            "drawn": [(one, _shown_value(next(iter(given.get(one.name, ())), one.default))) for one in drawn],
            "collections": await collections_of(ask),
            "properties": properties_of(collection, ask.language),
            "looked": first(ask, "do") == "look" or bool(faults),
            "faults": faults,
            "log": lines_of(layer, ask.language) if layer is not None else [],
        },
        422 if faults else 200,
    )


def _shown_value(value: Any) -> Any:
    """What stands in a field: nothing for what has no value yet."""
    return "" if value is None else value


def first(ask: PageAsk, name: str) -> str:
    """The first value of a posted field."""
    return next(iter(ask.fields.get(name, ())), "").strip()
